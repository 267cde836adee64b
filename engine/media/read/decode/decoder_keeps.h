/* SPDX-License-Identifier: MIT */
/* decoder_keeps.h - how many pictures a decoder keeps to itself. */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_DECODER_KEEPS_H
#define VF_ENGINE_MEDIA_READ_DECODE_DECODER_KEEPS_H

struct AVCodecContext;

/* Returns how many pictures the decoder of `context` has at once at most, between asking for their
 * memory and giving the last hold of it back: reference pictures, those that wait for their turn
 * to be shown, and those in work in one of `threads` threads. The context need not be open; of it
 * the codec, its profile and its level count. */
unsigned vf_decoder_keeps(const struct AVCodecContext *context, int coded_width, int coded_height,
                          unsigned threads);

#endif
