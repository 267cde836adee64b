/* SPDX-License-Identifier: MIT */
/* settings.h - how a user wants media to be opened and decoded. */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_SETTINGS_H
#define VF_ENGINE_MEDIA_READ_OPEN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/media/read/open/reconnect_option.h"
#include "engine/node/option/option.h"

/* How many sounds, and how many subtitles, of a source can be had by their number. */
#define VF_STREAM_NUMBERED 8

/* What a reader hands on of a source: one stream of each kind at most, those of sound and subtitles
 * with a certain number, the samples of the sound, and the packets of the video beside its frames. */
enum vf_stream {
    VF_STREAM_VIDEO,
    VF_STREAM_AUDIO,
    VF_STREAM_SUBTITLES,
    VF_STREAM_CHOICES,
    VF_STREAM_AUDIO_0 = VF_STREAM_CHOICES, /* audio[0] and so on */
    VF_STREAM_SUBTITLES_0 = VF_STREAM_AUDIO_0 + VF_STREAM_NUMBERED,
    VF_STREAM_AUDIO_FRAMES = VF_STREAM_SUBTITLES_0 + VF_STREAM_NUMBERED,
    VF_STREAM_KINDS,
    VF_STREAM_PACKETS = VF_STREAM_KINDS,
    VF_STREAM_COUNT
};

/* Whether a device decodes. */
enum vf_hardware { VF_HARDWARE_OFF, VF_HARDWARE_PREFER, VF_HARDWARE_REQUIRE };

/* Which pictures are decoded. */
enum vf_decoding {
    VF_DECODING_NEEDED, /* what is needed for those that are wanted: decode/sparse.h */
    VF_DECODING_ALL,
};

/* Filled from a node's options. */
struct vf_media_settings {
    char *decoder;                    /* of the video, by libav's name; "": the usual one */
    char *format;                     /* the demuxer, by libav's name; "": found in what is read */
    struct vf_map options;            /* of the demuxer, the protocol and the decoder */
    char *streams[VF_STREAM_CHOICES]; /* which of each kind: stream_choice.h */
    enum vf_hardware hw;
    enum vf_decoding decode;
    bool autorotate;
    bool is_strict;  /* what has a fault is worth nothing, and its reader reports it: decoder.h */
    int threads;     /* that decode; 0: as the task has */
    int64_t timeout; /* nanoseconds that a live source may be silent; 0: forever */
    struct vf_reconnect_option reconnect;
};

/* Nothing asked for: what libav finds, decoded by software, the right way up. */
extern const struct vf_media_settings vf_media_settings_plain;

#endif
