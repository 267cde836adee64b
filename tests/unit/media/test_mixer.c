/* SPDX-License-Identifier: MIT */
/* Several sounds as one. */
#include <check.h>
#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>

#include "engine/media/libav/sound.h"
#include "engine/media/sound/mixer.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

#define RATE 8000
#define MOST 65536

static struct vf_bench bench;
static struct vf_mixer *mixer;
static float mixed[MOST]; /* by time */
static int64_t begin, end;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "identity"), 1, NULL, 0);
    memset(mixed, 0, sizeof(mixed));
    begin = INT64_MAX;
    end = INT64_MIN;
}

static void teardown(void)
{
    vf_mixer_destroy(&mixer);
    vf_bench_finish(&bench);
}

static void make_mixer(unsigned inputs, enum vf_mixer_end until, int64_t patience)
{
    const struct vf_mixer_order order = {
        .inputs = inputs, .layout = "", .end = until, .patience = patience};
    ck_assert_int_eq(vf_mixer_create(&mixer, &order), VF_OK);
}

/* Adds so many samples of one height from a time on, at the rate. */
static void add(unsigned input, int64_t from, int count, float height)
{
    struct vf_message *message;
    unsigned late;
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->sample_rate = RATE;
    frame->nb_samples = count;
    frame->pts = from;
    frame->time_base = (AVRational){1, RATE};
    av_channel_layout_default(&frame->ch_layout, 1);
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    for (int i = 0; i < count; i++)
        ((float *)(void *)frame->data[0])[i] = height;
    ck_assert_int_eq(vf_media_sound_to_message(&bench.run, frame, &message), VF_OK);
    ck_assert_int_eq(vf_mixer_add(mixer, input, message, &late), VF_OK);
    vf_message_destroy(&message);
    av_frame_free(&frame);
}

/* Takes what there is into `mixed`. Returns what the mixer does last. */
static int take(void)
{
    struct vf_message *message;
    int err;
    while ((err = vf_mixer_take(mixer, &bench.run, &message)) == VF_OK) {
        const struct vf_description *description = &message->description;
        int64_t at = description->timestamp;
        const struct vf_audio *audio = &description->audio;
        ck_assert_int_eq(audio->sample_rate, RATE);
        ck_assert(end == INT64_MIN || at == end);
        ck_assert(at >= 0 && at + audio->samples <= MOST);
        memcpy(&mixed[at], message->payload->data + audio->plane.offset,
               (size_t)audio->samples * sizeof(float));
        begin = at < begin ? at : begin;
        end = at + audio->samples;
        vf_message_destroy(&message);
    }
    return err;
}

static void end_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ck_assert_int_eq(vf_mixer_end(mixer, i), VF_OK);
    ck_assert_int_eq(take(), VF_END);
}

static void assert_height(int64_t from, int64_t until, double height)
{
    for (int64_t i = from; i < until; i++)
        ck_assert_msg(mixed[i] > height - 1e-6 && mixed[i] < height + 1e-6, "%g at %ld, not %g",
                      (double)mixed[i], (long)i, height);
}

START_TEST(samples_of_the_same_time_are_added)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 3000, 0.25F);
    ck_assert_int_eq(take(), -EAGAIN);
    add(1, 0, 3000, 0.5F);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_ge(end, 2048);
    end_all(2);
    ck_assert(begin == 0 && end == 3000);
    assert_height(0, 3000, 0.75);
}
END_TEST

START_TEST(a_sound_that_begins_later_is_silent_before)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 1000, 9000, 0.25F);
    add(1, 5000, 5000, 0.5F);
    end_all(2);
    ck_assert(begin == 1000 && end == 10000);
    assert_height(1000, 5000, 0.25);
    assert_height(5000, 10000, 0.75);
}
END_TEST

START_TEST(a_gap_is_silent_in_its_own_sound_only)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 12000, 0.25F);
    add(1, 0, 4000, 0.5F);
    add(1, 8000, 4000, 0.5F);
    end_all(2);
    assert_height(0, 4000, 0.75);
    assert_height(4000, 8000, 0.25);
    assert_height(8000, 12000, 0.75);
}
END_TEST

START_TEST(the_mix_goes_on_when_a_sound_has_ended)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 2000, 0.25F);
    add(1, 0, 10000, 0.5F);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_le(end, 2000);
    ck_assert_int_eq(vf_mixer_end(mixer, 0), VF_OK);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_gt(end, 8000);
    end_all(2);
    ck_assert_int_eq(end, 10000);
    assert_height(0, 2000, 0.75);
    assert_height(2000, 10000, 0.5);
}
END_TEST

START_TEST(the_mix_ends_with_the_sound_that_ends_first)
{
    make_mixer(3, VF_MIXER_SHORTEST, INT64_MAX);
    add(0, 0, 9000, 0.25F);
    add(1, 0, 5001, 0.5F);
    add(2, 0, 9000, 0.125F);
    ck_assert_int_eq(vf_mixer_end(mixer, 1), VF_OK);
    ck_assert_int_eq(take(), VF_END);
    ck_assert_int_eq(end, 5001);
    assert_height(0, 5001, 0.875);
}
END_TEST

START_TEST(the_mix_ends_with_the_first_input)
{
    make_mixer(2, VF_MIXER_FIRST, INT64_MAX);
    add(0, 0, 5001, 0.25F);
    add(1, 0, 2000, 0.5F);
    ck_assert_int_eq(vf_mixer_end(mixer, 1), VF_OK);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_eq(vf_mixer_end(mixer, 0), VF_OK);
    ck_assert_int_eq(take(), VF_END);
    ck_assert_int_eq(end, 5001);
    assert_height(2000, 5001, 0.25);
}
END_TEST

START_TEST(who_is_patient_waits_for_a_sound_that_has_not_come)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 40000, 0.25F);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_eq(end, INT64_MIN);
    end_all(2);
    assert_height(0, 40000, 0.25);
}
END_TEST

START_TEST(who_is_not_goes_on_without_a_late_sound_until_it_has_caught_up)
{
    make_mixer(2, VF_MIXER_LONGEST, 500000);
    add(0, 0, 12000, 0.25F);
    add(1, 0, 2000, 0.5F);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_gt(end, 12000 - RATE / 2 - 1024); /* half a second behind */
    int64_t at = end;
    add(1, 2000, 10000, 0.5F);
    add(0, 12000, 12000, 0.25F);
    add(1, 12000, 12000, 0.5F);
    end_all(2);
    assert_height(0, 2000, 0.75);
    assert_height(2000, at, 0.25);
    assert_height(at, 24000, 0.75);
    ck_assert_int_eq(end, 24000);
}
END_TEST

START_TEST(a_gap_is_nothing_that_comes_too_late)
{
    make_mixer(2, VF_MIXER_LONGEST, 500000);
    add(0, 0, 24000, 0.25F);
    add(1, 0, 2000, 0.5F);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_gt(end, 4000);
    add(1, 20000, 4000, 0.5F);
    end_all(2);
    assert_height(0, 2000, 0.75);
    assert_height(2000, 20000, 0.25);
    assert_height(20000, 24000, 0.75);
    ck_assert_int_eq(vf_mixer_left_out_us(mixer, 1), 0);
}
END_TEST

START_TEST(sounds_that_never_come_make_no_mix)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    ck_assert(!vf_mixer_is_silent(mixer));
    end_all(2);
    ck_assert(vf_mixer_is_silent(mixer));
    ck_assert_int_eq(end, INT64_MIN);
}
END_TEST

START_TEST(a_sound_that_had_none_may_have_some_later)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 8000, 0.25F);
    vf_mixer_rest(mixer, 1);
    add(0, 8000, 8000, 0.25F);
    ck_assert_int_eq(take(), -EAGAIN);
    add(1, 8000, 8000, 0.5F);
    end_all(2);
    assert_height(0, 8000, 0.25);
    assert_height(8000, 16000, 0.75);
    ck_assert_int_eq(vf_mixer_left_out_us(mixer, 1), 0);
}
END_TEST

START_TEST(a_sound_that_stops_for_a_while_is_no_end)
{
    make_mixer(1, VF_MIXER_FIRST, INT64_MAX);
    add(0, 0, 4000, 0.25F);
    vf_mixer_rest(mixer, 0);
    ck_assert_int_eq(take(), -EAGAIN);
    add(0, 8000, 4000, 0.5F);
    end_all(1);
    assert_height(0, 4000, 0.25);
    assert_height(4000, 8000, 0);
    assert_height(8000, 12000, 0.5);
    ck_assert_int_eq(end, 12000);
}
END_TEST

START_TEST(who_is_not_patient_goes_on_at_once_without_a_sound_that_rests)
{
    make_mixer(2, VF_MIXER_LONGEST, 500000);
    add(0, 0, 2048, 0.25F);
    vf_mixer_rest(mixer, 1);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert_int_ge(end, 2048 - 1024);
    add(1, 0, 3000, 0.5F); /* what is late is left out */
    add(0, 2048, 952, 0.25F);
    end_all(2);
    ck_assert_int_ge(vf_mixer_left_out_us(mixer, 1), 1024 * 1000000LL / RATE);
    assert_height(2048, 3000, 0.75);
}
END_TEST

START_TEST(what_waits_for_a_sound_that_rests_is_not_silent)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(1, 0, 1000, 0.5F);
    ck_assert_int_eq(vf_mixer_end(mixer, 1), VF_OK);
    vf_mixer_rest(mixer, 0);
    ck_assert(!vf_mixer_is_silent(mixer));
    ck_assert_int_eq(vf_mixer_end(mixer, 0), VF_OK);
    ck_assert_int_eq(take(), VF_END);
    assert_height(0, 1000, 0.5);
}
END_TEST

START_TEST(sounds_that_all_rest_are_silent_though_there_was_some)
{
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 3000, 0.25F);
    add(1, 0, 3000, 0.25F);
    vf_mixer_rest(mixer, 0);
    ck_assert(!vf_mixer_is_silent(mixer));
    vf_mixer_rest(mixer, 1);
    ck_assert_int_eq(take(), -EAGAIN);
    ck_assert(vf_mixer_is_silent(mixer));
}
END_TEST

START_TEST(a_sound_may_begin_before_the_time_zero)
{
    struct vf_message *message;
    make_mixer(2, VF_MIXER_LONGEST, INT64_MAX);
    add(0, 0, 4000, 0.25F);
    add(1, -4000, 4000, 0.5F);
    ck_assert_int_eq(vf_mixer_take(mixer, &bench.run, &message), VF_OK);
    ck_assert_int_eq(message->description.timestamp, -4000);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(what_comes_out_is_announced_as_the_order_says)
{
    const struct vf_mixer_order order = {.inputs = 1, .rate = 22050, .layout = "5.1"};
    struct vf_message *message;
    ck_assert_int_eq(vf_mixer_create(&mixer, &order), VF_OK);
    ck_assert_int_eq(vf_mixer_announce(mixer, &bench.run, &message), VF_OK);
    ck_assert(vf_media_sound_is_announcement(message));
    ck_assert_int_eq(message->description.audio.sample_rate, 22050);
    ck_assert_int_eq(message->description.audio.channels, 6);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(layouts_are_known_by_libavs_names)
{
    ck_assert(vf_mixer_knows_layout("stereo"));
    ck_assert(vf_mixer_knows_layout("5.1(side)"));
    ck_assert(!vf_mixer_knows_layout("five"));
}
END_TEST

Suite *mixer_suite(void);
Suite *mixer_suite(void)
{
    Suite *suite = suite_create("mixer");
    TCase *tcase = tcase_create("core");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, samples_of_the_same_time_are_added);
    tcase_add_test(tcase, a_sound_that_begins_later_is_silent_before);
    tcase_add_test(tcase, a_gap_is_silent_in_its_own_sound_only);
    tcase_add_test(tcase, the_mix_goes_on_when_a_sound_has_ended);
    tcase_add_test(tcase, the_mix_ends_with_the_sound_that_ends_first);
    tcase_add_test(tcase, the_mix_ends_with_the_first_input);
    tcase_add_test(tcase, who_is_patient_waits_for_a_sound_that_has_not_come);
    tcase_add_test(tcase, who_is_not_goes_on_without_a_late_sound_until_it_has_caught_up);
    tcase_add_test(tcase, a_gap_is_nothing_that_comes_too_late);
    tcase_add_test(tcase, sounds_that_never_come_make_no_mix);
    tcase_add_test(tcase, a_sound_that_had_none_may_have_some_later);
    tcase_add_test(tcase, a_sound_that_stops_for_a_while_is_no_end);
    tcase_add_test(tcase, who_is_not_patient_goes_on_at_once_without_a_sound_that_rests);
    tcase_add_test(tcase, what_waits_for_a_sound_that_rests_is_not_silent);
    tcase_add_test(tcase, sounds_that_all_rest_are_silent_though_there_was_some);
    tcase_add_test(tcase, a_sound_may_begin_before_the_time_zero);
    tcase_add_test(tcase, what_comes_out_is_announced_as_the_order_says);
    tcase_add_test(tcase, layouts_are_known_by_libavs_names);
    suite_add_tcase(suite, tcase);
    return suite;
}
