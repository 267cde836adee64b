/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/url_scheme.h"

#include <string.h>

#include "engine/base/array.h"

static const struct vf_url_scheme schemes[] = {
    {"ftp", .is_remote = true},
    {"gopher", .is_remote = true},
    {"gophers", .is_remote = true},
    {"http", .is_remote = true},
    {"https", .is_remote = true},
    {"mmsh", .is_remote = true},
    {"mmst", .is_remote = true},
    {"rist", "mpegts", .is_remote = true},
    {"rtmp", "flv", .is_remote = true},
    {"rtmpe", .is_remote = true},
    {"rtmps", "flv", .is_remote = true},
    {"rtmpt", "flv", .is_remote = true},
    {"rtmpte", .is_remote = true},
    {"rtmpts", "flv", .is_remote = true},
    {"rtp", "rtp_mpegts", .is_remote = true},
    {"rtsp", "rtsp", .is_remote = true, .is_of_container = true},
    {"rtsps", "rtsp", .is_remote = true, .is_of_container = true},
    {"sap", "sap", .is_of_container = true},
    {"sctp", .is_remote = true},
    {"srt", "mpegts", .is_remote = true},
    {"srtp", .is_remote = true},
    {"tcp", .is_remote = true},
    {"tls", .is_remote = true},
    {"udp", "mpegts", .is_remote = true},
    {"udplite", "mpegts", .is_remote = true},
};

const struct vf_url_scheme *vf_url_scheme_find(const char *name, size_t length)
{
    for (size_t i = 0; i < VF_COUNT(schemes); i++) {
        if (strlen(schemes[i].name) == length && strncmp(schemes[i].name, name, length) == 0)
            return &schemes[i];
    }
    return NULL;
}
