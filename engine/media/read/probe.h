/* SPDX-License-Identifier: MIT */
/* probe.h - what reading a file is going to bring, by its headers. */
#ifndef VF_ENGINE_MEDIA_READ_PROBE_H
#define VF_ENGINE_MEDIA_READ_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"
#include "engine/node/forecast.h"

struct vf_media_outlook {
    struct vf_forecast streams[VF_STREAM_COUNT]; /* of those chosen; where is none, no payloads */
    unsigned keeps; /* payloads that the decoder keeps: struct vf_node */
    bool knows_keeps;
};

/* Looks into the file `path` as far as it must. Returns what libav says when it cannot be opened or
 * has no video; what is not known without decoding much of it stays unknown. */
VF_MUST_CHECK int vf_media_probe(const char *path, const struct vf_media_settings *settings,
                                 unsigned threads, struct vf_media_outlook *outlook);

/* Returns how many frames there are in `duration_us` of the file `path` from `start_us`
 * (INT64_MAX: up to the end), by what its headers say; 0: it is not known. */
uint64_t vf_media_probe_count(const char *path, const struct vf_media_settings *settings,
                              int64_t start_us, int64_t duration_us);

#endif
