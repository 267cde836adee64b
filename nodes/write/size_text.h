/* SPDX-License-Identifier: MIT */
/* size_text.h - how large what was written is, at the end of a line about it. */
#ifndef VF_NODES_WRITE_SIZE_TEXT_H
#define VF_NODES_WRITE_SIZE_TEXT_H

#include <stdint.h>

#define VF_SIZE_TEXT 32

/* Prints ", 2.1 MB" or ", 12.3 kB" into `text`, VF_SIZE_TEXT bytes, and returns it; "" for a size
 * that is not known, below 0. */
const char *vf_size_text(char *text, int64_t bytes);

#endif
