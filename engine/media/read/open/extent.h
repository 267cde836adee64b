/* SPDX-License-Identifier: MIT */
/* extent.h - how long a video is, and how many frames it has, by what its headers say. */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_EXTENT_H
#define VF_ENGINE_MEDIA_READ_OPEN_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

struct AVFormatContext;
struct AVStream;

/* Returns when a file begins, in its own time. */
int64_t vf_media_begin_us(const struct AVFormatContext *format);

/* Returns when `video`, or else the whole file, should end, in the file's own time; INT64_MIN: it
 * is not known. */
int64_t vf_media_expected_end_us(const struct AVFormatContext *format,
                                 const struct AVStream *video);

/* Returns whether that may be when a subtitle ends: the header does not tell it apart. */
bool vf_media_may_end_with_subtitle(const struct AVFormatContext *format);

/* Returns the length of the video; 0: it is not known. */
int64_t vf_media_length_us(const struct AVFormatContext *format, const struct AVStream *video);

/* Returns how many frames there are in `duration_us` from `start_us` (INT64_MAX: up to the end);
 * 0: it is not known. */
uint64_t vf_media_frame_count(const struct AVFormatContext *format, const struct AVStream *video,
                              int64_t start_us, int64_t duration_us);

/* Returns how long a frame lasts on the average; 0: it is not known. */
int64_t vf_media_frame_us(const struct AVStream *video);

#endif
