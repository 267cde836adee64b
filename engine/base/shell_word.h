/* SPDX-License-Identifier: MIT */
/* shell_word.h - words in scripts for the shell. */
#ifndef VF_ENGINE_BASE_SHELL_WORD_H
#define VF_ENGINE_BASE_SHELL_WORD_H

#include "engine/base/text.h"

/* Adds a word so that a POSIX shell reads it as it is: in quotes where that needs them. */
void vf_shell_word(struct vf_text *out, const char *word);

#endif
