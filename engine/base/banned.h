/* SPDX-License-Identifier: MIT */
/* banned.h - makes functions that invite mistakes fail to compile.
 *
 * The Makefile includes it before every source file.
 */
#ifndef VF_ENGINE_BASE_BANNED_H
#define VF_ENGINE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VF_BANNED(name) vf_##name##_is_banned

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef atol
#undef atof
#undef system

#define strcpy(to, from) VF_BANNED(strcpy)
#define strcat(to, from) VF_BANNED(strcat)
#define strncpy(to, from, size) VF_BANNED(strncpy)
#define strncat(to, from, size) VF_BANNED(strncat)
#define sprintf(...) VF_BANNED(sprintf)
#define vsprintf(...) VF_BANNED(vsprintf)
#define strtok(text, delimiters) VF_BANNED(strtok)
#define atoi(text) VF_BANNED(atoi)
#define atol(text) VF_BANNED(atol)
#define atof(text) VF_BANNED(atof)
#define system(command) VF_BANNED(system)

#endif
