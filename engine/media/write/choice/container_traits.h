/* SPDX-License-Identifier: MIT */
/* container_traits.h - what is known of containers beyond what libavformat says. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_TRAITS_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_TRAITS_H

#include <libavcodec/codec_id.h>
#include <libavutil/rational.h>
#include <stdbool.h>

struct AVOutputFormat;

/* Lists are of names, with commas between them; NULL: as libavformat says. So is
 * AV_CODEC_ID_NONE. */
struct vf_container_traits {
    const char *names;       /* of the containers, as libavformat has them */
    bool is_mp4;             /* MP4 or one of its relatives */
    bool has_index;          /* MP4 with an index of all samples, which can be written first */
    bool says_length;        /* at its beginning, how long all of it lasts */
    bool is_one_packet;      /* its encoder makes all pictures one */
    bool repacks;            /* packets of pictures are not read again as they were written */
    bool is_followed;        /* a list of segments that players read while it grows */
    bool is_no_file;         /* pictures, or several outputs: not what a writer writes */
    bool is_for_players;     /* what is written is played, and seldom worked on */
    bool keeps_times;        /* any time, though libavformat says that it counts frames */
    bool counts_frames;      /* and has no times, though libavformat says that it has */
    bool is_television;      /* 25 or 29.97 frames a second, by the number of lines */
    const AVRational *rates; /* it has these only, up to 0/0; NULL: any */
    int most_frames;         /* a second: more are played slowly; 0: any number */
    bool says_in_band;       /* what sound is stands in its packets, and nowhere else */
    bool holds_display;      /* the mastering display of HDR10, beside the pictures */
    bool holds_light;        /* and its light level */
    bool needs_end;          /* what a writer that is killed leaves can never be played */
    enum AVCodecID video;    /* the usual codec of video, */
    enum AVCodecID sound;    /* of sound, */
    enum AVCodecID text;     /* and of subtitles that are text; AV_CODEC_ID_NONE: none */
    const char *holds_sound; /* codecs of sound: these only */
    const char *holds_video; /* codecs of video: these only */
    const char *refuses;     /* codecs that libavformat takes, and nobody can read */
    const char *doubts;      /* codecs of sound that it takes if an option allows them */
    const char *raw_formats; /* pixel formats in which raw frames can be read again; "*": those
                                that libavcodec has a code for; NULL: any */
    int sample_rate;         /* of all sound, in Hz; 0: any */
};

/* Returns what is known of a container; all zero: nothing but what libavformat says. */
const struct vf_container_traits *vf_container_traits(const struct AVOutputFormat *container);

#endif
