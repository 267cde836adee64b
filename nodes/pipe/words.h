/* SPDX-License-Identifier: MIT */
/* words.h - the words of a command, with what stands in braces: {width}, {height}, {pixel_format} and
 * {rate} of the frames that the program reads. Any other brace is the program's own.
 */
#ifndef VF_NODES_PIPE_WORDS_H
#define VF_NODES_PIPE_WORDS_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "engine/node/option/list.h"

/* Returns whether the command depends on the frames. */
bool vf_pipe_words_ask(const struct vf_option_texts *command);

/* Makes the words for a program that reads frames like `video`, ended by NULL, the caller's: for
 * vf_pipe_words_free(). Returns NULL when out of memory. */
char **vf_pipe_words_make(const struct vf_option_texts *command, const struct vf_video *video);
void vf_pipe_words_free(char **words);

#endif
