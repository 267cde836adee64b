/* SPDX-License-Identifier: MIT */
/* settings.h - what a writer's options ask for, and what was chosen for them. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_SETTINGS_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/media/write/choice/metadata.h"
#include "engine/message/message.h"
#include "engine/node/option/option.h"

struct AVBufferRef;
struct AVCodec;
struct AVOutputFormat;

#define VF_CRF_UNSET (-1.0)

enum vf_output_hw {
    VF_OUTPUT_HW_OFF,     /* the encoder that was named */
    VF_OUTPUT_HW_PREFER,  /* one of graphics hardware, if there is any for the codec */
    VF_OUTPUT_HW_REQUIRE, /* one of graphics hardware, or none */
};

/* What becomes of pictures whose size an encoder does not take: encode/picture_fit.h. */
enum vf_picture_fit {
    VF_PICTURE_FIT_PAD,  /* the last columns and rows are repeated, */
    VF_PICTURE_FIT_CROP, /* or left out */
    VF_PICTURE_FIT_NONE, /* the task fails */
};

/* How sure it has to be that a file is what was written, before it gets its name. */
enum vf_output_verify {
    VF_OUTPUT_VERIFY_NONE,
    VF_OUTPUT_VERIFY_COUNTS,  /* what went in is what its index says */
    VF_OUTPUT_VERIFY_PACKETS, /* and every packet can be read from it */
    VF_OUTPUT_VERIFY_DECODE,  /* and decoded */
};

/* Where clips begin and end. */
enum vf_output_cut {
    VF_OUTPUT_CUT_KEY,   /* between groups of pictures, so that all packets are copied */
    VF_OUTPUT_CUT_EXACT, /* at just their times: pictures at the edges are encoded again */
};

/* What of the pictures is encoded at the same time. */
enum vf_output_split {
    VF_OUTPUT_SPLIT_NONE, /* what one encoder does by itself */
    VF_OUTPUT_SPLIT_GOP,  /* groups of pictures, each by an encoder of its own: choice/split.h */
};

struct vf_output_settings {
    char *path;   /* a file, a pattern of names, a URL, or "-" */
    char *format; /* "": by the path */
    char *codec;  /* "auto": what suits the container best; "copy": no encoder */
    enum vf_output_hw hw;
    char *preset;     /* "": the encoder's own */
    double crf;       /* VF_CRF_UNSET: the encoder's own */
    int64_t bit_rate; /* bits a second; 0: the encoder's own */
    int threads;      /* 0: as the task has */
    enum vf_output_split split;
    int workers;        /* encoders at a time, where it is split; 0: as there are processors */
    int gop;            /* frames of a group; 0: VF_SPLIT_USUAL_GOP */
    char *pixel_format; /* "": the input's, or the nearest to it */
    enum vf_picture_fit fit;
    struct vf_rational fps; /* 0/1: as the timestamps say */
    char *audio;            /* "auto", "copy", "none", or an encoder */
    int64_t audio_bit_rate; /* bits a second; 0: the encoder's own */
    struct vf_map options;
    struct vf_output_metadata metadata;
    int64_t segment_ns, segment_bytes; /* how long a file becomes, at most; 0: any length */
    int64_t pre_roll_ns, post_roll_ns; /* what is recorded before and after an event */
    enum vf_output_cut cut;            /* of clips of packets */
    int64_t event_delay_ns;            /* how much later than its beginning one may be told */
    int64_t longest_ns;                /* of one clip, after which another file goes on; 0: any */
    int64_t buffer_bytes;              /* of packets that may wait for events */
    int keep;                          /* files that stay; 0: all */
    int64_t keep_for_ns, keep_bytes;   /* how long, and how much in all; 0: any */
    int64_t min_free_bytes;            /* that stay free on the disk; 0: any */
    enum vf_output_verify verify;      /* before a file gets its name */
    int64_t checkpoint_ns;             /* length of the pieces that are noted; 0: none are */
    bool receipt;                      /* is wanted: cmd/run_receipts.c */
    bool per_source;                   /* a new file for each file that frames were read from */
    bool crash_safe;                   /* what a writer that is killed leaves can be played */
    int64_t timeout_ns;                /* how long a stream's receiver may take nothing */
};

/* Starts as {0}. */
struct vf_output_choice {
    const struct AVOutputFormat *container;
    const struct AVCodec *encoder;
    const char *protocol; /* libav's name for it; NULL: none, the container's own, or a file */
    bool has_pictures;    /* the container can have some, else sound or subtitles only */
    bool is_copy;         /* pictures are not encoded: there is no encoder */
    bool is_stream;       /* written as frames come, for somebody who takes them at once */
    const struct AVCodec *named; /* the encoder that the settings are for */
    struct AVBufferRef *device;  /* the hardware that `encoder` works on; NULL: it needs none */
};

#endif
