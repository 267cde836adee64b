/* SPDX-License-Identifier: MIT */
/* How far encoders look ahead. */
#include "engine/media/write/encode/encoder_delay.h"

#include <check.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#include "engine/base/array.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"

static const struct {
    const char *encoder, *preset;
    int rate, threads;
    const char *key, *text; /* what the user says */
    const char *option, *wanted;
} cases[] = {
    /* A second of 25 frames, less 1 in the other thread, 4 for B-frames, and 1. */
    {"libx264", "", 25, 2, NULL, NULL, "rc-lookahead", "19"},
    {"libx264", "medium", 25, 1, NULL, NULL, "rc-lookahead", "24"},
    {"libx264", "5", 25, 2, NULL, NULL, "rc-lookahead", "19"},
    {"libx264", "slower", 60, 4, NULL, NULL, "rc-lookahead", "52"},
    {"libx264", "slow", 25, 2, "bf", "8", "rc-lookahead", "14"},
    {"libx264", "slow", 25, 2, "preset", "veryfast", "rc-lookahead", "-1"},
    /* Not less than ten. */
    {"libx264", "medium", 25, 16, NULL, NULL, "rc-lookahead", "10"},
    {"libx264", "medium", 5, 2, NULL, NULL, "rc-lookahead", "10"},
    /* A rate that is not known counts as 25. */
    {"libx264", "medium", 0, 2, NULL, NULL, "rc-lookahead", "19"},
    /* Nothing is raised. */
    {"libx264", "ultrafast", 25, 2, NULL, NULL, "rc-lookahead", "-1"},
    {"libx264", "0", 25, 2, NULL, NULL, "rc-lookahead", "-1"},
    {"libx264", "veryfast", 5, 2, NULL, NULL, "rc-lookahead", "-1"},
    {"libx264", "medium", 60, 2, NULL, NULL, "rc-lookahead", "-1"},
    /* The user knows best. */
    {"libx264", "medium", 25, 2, "rc-lookahead", "40", "rc-lookahead", "40"},
    {"libx264", "medium", 25, 2, "x264-params", "rc-lookahead=40", "rc-lookahead", "-1"},
    {"libx264", "medium", 25, 2, "tune", "zerolatency", "rc-lookahead", "-1"},
    {"libx264", "medium", 25, 2, "tune", "film", "rc-lookahead", "19"},
    {"libx265", "slower", 25, 2, NULL, NULL, "x265-params", "rc-lookahead=17"},
    {"libx265", "medium", 25, 2, NULL, NULL, "x265-params", ""},
    {"libvpx-vp9", "", 10, 2, NULL, NULL, "lag-in-frames", "10"},
    {"libvpx-vp9", "", 25, 2, NULL, NULL, "lag-in-frames", "25"},
    {"mpeg4", "", 5, 2, NULL, NULL, "mpeg_quant", "0"},
};

START_TEST(what_an_encoder_holds_back_is_bounded)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(cases[_i].encoder);
    if (!codec)
        return; /* this libavcodec does without */
    struct vf_map_entry entry = {(char *)(uintptr_t)cases[_i].key,
                                 (char *)(uintptr_t)cases[_i].text};
    struct vf_output_settings settings = {
        .preset = (char *)(uintptr_t)cases[_i].preset,
        .crf = VF_CRF_UNSET,
        .options = {&entry, entry.key ? 1 : 0},
    };
    AVCodecContext *encoder = avcodec_alloc_context3(codec);
    encoder->thread_count = cases[_i].threads;
    encoder->framerate = (AVRational){cases[_i].rate, 1};
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    const struct vf_output_choice choice = {.encoder = codec};
    ck_assert_int_eq(vf_output_set_encoder(encoder, &choice, &settings, &problem), VF_OK);
    ck_assert_int_eq(vf_encoder_delay_bound(encoder, &settings), VF_OK);
    uint8_t *got = NULL;
    ck_assert_int_ge(av_opt_get(encoder, cases[_i].option, AV_OPT_SEARCH_CHILDREN, &got), 0);
    ck_assert_str_eq((char *)got, cases[_i].wanted);
    av_free(got);
    avcodec_free_context(&encoder);
}
END_TEST

Suite *encoder_delay_suite(void);
Suite *encoder_delay_suite(void)
{
    Suite *suite = suite_create("encoder_delay");
    TCase *tcase = tcase_create("encoder_delay");
    tcase_add_loop_test(tcase, what_an_encoder_holds_back_is_bounded, 0, (int)VF_COUNT(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
