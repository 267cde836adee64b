/* SPDX-License-Identifier: MIT */
/* media_probe.h - what reading a file is going to bring, told from its headers. */
#ifndef VF_ENGINE_MEDIA_MEDIA_PROBE_H
#define VF_ENGINE_MEDIA_MEDIA_PROBE_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/node/forecast.h"

struct vf_media_outlook {
    struct vf_forecast video, audio; /* of the best stream of each; no audio: no payloads */
    unsigned keeps;                  /* payloads that the decoder keeps: struct vf_node */
};

/* Looks into `path` as far as it must. Returns what libav says when it cannot be opened or has no
 * video; what cannot be told without decoding much of it stays unknown. */
VF_MUST_CHECK int vf_media_probe(const char *path, unsigned threads,
                                 struct vf_media_outlook *outlook);

#endif
