/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_delay.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#include "engine/media/libav/error.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/encode/encoder_time.h"

#define MAX_RATE 1000

/* Looking ahead less than this would cost too much: with 10 frames x264 needs 13 % more bytes for
 * the same quality than with 40, with 20 it needs 6 % (a street, seen by a camera that stands). */
#define LEAST_FRAMES 10

/* What an encoder holds back with one of its presets. */
struct habit {
    int look_ahead, b_frames;
};

struct known_encoder {
    const char *name;
    const char *option;     /* sets how many frames to look ahead */
    const char *params;     /* libav's option whose list `option` is in; NULL: it is libav's own */
    const char *others[2];  /* options that may say as much; NULL: none */
    bool has_frame_threads; /* each of which holds a frame */
    bool has_presets;       /* `habits` has one for each; else for all of them */
    const struct habit *habits;
};

/* x264 and x265 take their presets by name or by number. */
static const char *const presets[] = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                      "medium",    "slow",      "slower",   "veryslow", "placebo"};
#define MEDIUM 5

static const struct habit x264_habits[VF_COUNT(presets)] = {
    {0, 0}, {0, 3}, {10, 3}, {20, 3}, {30, 3}, {40, 3}, {50, 3}, {60, 3}, {60, 8}, {60, 16},
};

static const struct habit x265_habits[VF_COUNT(presets)] = {
    {5, 3}, {10, 3}, {15, 4}, {15, 4}, {15, 4}, {20, 4}, {25, 4}, {40, 8}, {40, 8}, {60, 8},
};

static const struct habit vp9_habit = {25, 0}, av1_habit = {35, 0};

static const struct known_encoder known_encoders[] = {
    {"libx264", "rc-lookahead", NULL, {"x264-params", "x264opts"}, true, true, x264_habits},
    {"libx264rgb", "rc-lookahead", NULL, {"x264-params", "x264opts"}, true, true, x264_habits},
    {"libx265", "rc-lookahead", "x265-params", {"x265-params"}, false, true, x265_habits},
    {"libvpx-vp9", "lag-in-frames", NULL, {"rc_lookahead"}, false, false, &vp9_habit},
    {"libaom-av1", "lag-in-frames", NULL, {"aom-params"}, false, false, &av1_habit},
};

static const struct known_encoder *find_known(const char *name)
{
    for (size_t i = 0; i < VF_COUNT(known_encoders); i++) {
        if (strcmp(known_encoders[i].name, name) == 0)
            return &known_encoders[i];
    }
    return NULL;
}

static bool is_about_delay(const struct known_encoder *known, const struct vf_map_entry *entry)
{
    const char *key = entry->key;
    if (strcmp(key, "tune") == 0)
        return strstr(entry->text, "zerolatency") != NULL;
    return strcmp(key, known->option) == 0 ||
           (known->others[0] && strcmp(key, known->others[0]) == 0) ||
           (known->others[1] && strcmp(key, known->others[1]) == 0);
}

static bool is_said(const struct known_encoder *known, const struct vf_output_settings *settings)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        if (is_about_delay(known, &settings->options.items[i]))
            return true;
    }
    return false;
}

static const struct habit *find_habit(AVCodecContext *encoder, const struct known_encoder *known)
{
    if (!known->has_presets)
        return known->habits;
    uint8_t *preset = NULL; /* may stand among the options, too */
    size_t found = MEDIUM;
    if (av_opt_get(encoder, "preset", AV_OPT_SEARCH_CHILDREN, &preset) < 0)
        preset = NULL;
    for (size_t i = 0; i < VF_COUNT(presets) && preset; i++) {
        const char number[] = {(char)('0' + i), 0};
        if (strcmp((char *)preset, presets[i]) == 0 || strcmp((char *)preset, number) == 0)
            found = i;
    }
    av_free(preset);
    return &known->habits[found];
}

/* Frames that are held back beside those looked ahead at: one of each further thread; then those
 * between two key pictures, and one whose duration is not known yet. */
static int count_others(const AVCodecContext *encoder, const struct known_encoder *known,
                        const struct habit *habit)
{
    if (!known->has_frame_threads)
        return habit->b_frames;
    int threads = encoder->thread_count > 1 ? encoder->thread_count : 1;
    int b_frames = encoder->max_b_frames >= 0 ? encoder->max_b_frames : habit->b_frames;
    return threads > 1 ? threads + b_frames + 1 : 1;
}

static int frames_a_second(const AVCodecContext *encoder)
{
    double rate = av_q2d(vf_encoder_rate(encoder));
    return rate < MAX_RATE ? (int)rate : MAX_RATE;
}

int vf_encoder_delay_bound(AVCodecContext *encoder, const struct vf_output_settings *settings)
{
    const struct known_encoder *known = find_known(encoder->codec->name);
    if (!known || is_said(known, settings))
        return VF_OK;
    const struct habit *habit = find_habit(encoder, known);
    int frames = frames_a_second(encoder) - count_others(encoder, known, habit);
    if (frames < LEAST_FRAMES)
        frames = LEAST_FRAMES;
    if (frames >= habit->look_ahead)
        return VF_OK;
    char text[64];
    snprintf(text, sizeof(text), known->params ? "rc-lookahead=%d" : "%d", frames);
    int code = av_opt_set(encoder, known->params ? known->params : known->option, text,
                          AV_OPT_SEARCH_CHILDREN);
    return code < 0 ? vf_media_error(code) : VF_OK;
}
