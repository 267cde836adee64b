/* SPDX-License-Identifier: MIT */
/* gif_blocks.h - how many pictures a GIF has, by its blocks.
 *
 * libavformat looks for the next picture that it can find, and says nothing of those that it has
 * passed over for that.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_GIF_BLOCKS_H
#define VF_ENGINE_MEDIA_READ_OPEN_GIF_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Counts the pictures up to the first block that is damaged, or to the end. Returns whether the
 * end was reached, and is where it belongs. */
bool vf_gif_count(FILE *file, int64_t *pictures);

#endif
