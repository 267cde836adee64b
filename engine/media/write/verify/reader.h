/* SPDX-License-Identifier: MIT */
/* reader.h - a file that was just written, read again: its index, its packets, its frames.
 *
 * Only plain demuxing: nothing is repaired, left out by an edit list, or guessed.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_VERIFY_READER_H
#define VF_ENGINE_MEDIA_WRITE_VERIFY_READER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/write/verify/census.h"

struct AVCodecContext;
struct AVFormatContext;

/* Starts as {.problem, .problem_size, .is_called_off}. */
struct vf_verify_reader {
    char *problem; /* gets a line about what went wrong */
    size_t problem_size;
    const atomic_bool *is_called_off;
    struct AVFormatContext *format; /* once it is open */
    struct vf_census found;         /* filled in while it is read */
    /* Private: */
    struct AVCodecContext *decoders[VF_CENSUS_TRACKS];
};

/* Opens the file. Returns -EIO with a problem. Finish the reader in any case. */
VF_MUST_CHECK int vf_verify_reader_open(struct vf_verify_reader *reader, const char *path,
                                        bool has_all_facts);

/* Reads all packets, and decodes them if `is_decoding`: those of tracks that `written` calls copied
 * may begin with some that cannot be. Returns -EIO with a problem, or VF_END when it was called off.
 */
VF_MUST_CHECK int vf_verify_reader_read(struct vf_verify_reader *reader, struct vf_census *written,
                                        bool is_decoding);

void vf_verify_reader_finish(struct vf_verify_reader *reader);

#endif
