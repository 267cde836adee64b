/* SPDX-License-Identifier: MIT */
/* Packets that are written together. */
#include "engine/media/write/mp4/fragment.h"

#include <check.h>
#include <libavcodec/packet.h>
#include <libavutil/avutil.h>

#define VIDEO 0
#define AUDIO 1
#define LENGTH_MS ((int64_t)250)

static struct vf_fragment fragment;

static void setup(void)
{
    fragment = (struct vf_fragment){.length_us = LENGTH_MS * 1000};
}

static void teardown(void)
{
    vf_fragment_finish(&fragment);
}

static void push_bytes(unsigned track, int64_t time_ms, int64_t duration_ms, int bytes)
{
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_eq(av_new_packet(packet, bytes), 0);
    packet->dts = time_ms;
    packet->duration = duration_ms;
    packet->time_base = (AVRational){1, 1000};
    ck_assert_int_eq(vf_fragment_push(&fragment, track, packet), VF_OK);
    av_packet_free(&packet);
}

static void push(unsigned track, int64_t time_ms, int64_t duration_ms)
{
    push_bytes(track, time_ms, duration_ms, 1);
}

/* Takes all of a track that is in front of the cut. Returns how much, *last_ms the last time. */
static unsigned take_all(unsigned track, int64_t *last_ms)
{
    unsigned count = 0;
    AVPacket *packet;
    *last_ms = -1;
    while ((packet = vf_fragment_take(&fragment, track))) {
        *last_ms = packet->dts;
        av_packet_free(&packet);
        count++;
    }
    return count;
}

/* The first fragment is another matter. */
static void pass_first(void)
{
    int64_t last_ms;
    push(VIDEO, 0, 40);
    push(AUDIO, 0, 20);
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(VIDEO, &last_ms), 1);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 1);
}

START_TEST(a_fragment_ends_when_its_time_is_full)
{
    for (int i = 0; i < 6; i++) {
        push(VIDEO, (int64_t)40 * i, 40);
        ck_assert(!vf_fragment_is_due(&fragment));
    }
    push(VIDEO, 240, 40);
    ck_assert(vf_fragment_is_due(&fragment));
}
END_TEST

START_TEST(a_picture_that_lasts_is_a_fragment)
{
    push(VIDEO, 0, LENGTH_MS);
    ck_assert(vf_fragment_is_due(&fragment));
}
END_TEST

START_TEST(a_fragment_ends_when_it_is_large)
{
    push_bytes(VIDEO, 0, 1, (int)VF_FRAGMENT_MAX_BYTES - 1);
    ck_assert(!vf_fragment_is_due(&fragment));
    push_bytes(VIDEO, 1, 1, 1);
    ck_assert(vf_fragment_is_due(&fragment));
}
END_TEST

START_TEST(the_other_track_ends_where_the_first_does)
{
    int64_t last_ms;
    pass_first();
    for (int i = 1; i <= 20; i++)
        push(AUDIO, (int64_t)20 * i, 20);
    ck_assert(!vf_fragment_is_due(&fragment));
    push(VIDEO, 40, LENGTH_MS);
    ck_assert(vf_fragment_is_due(&fragment));
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(VIDEO, &last_ms), 1);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 14);
    ck_assert_int_eq(last_ms, 280);
    ck_assert(!vf_fragment_is_due(&fragment));
}
END_TEST

START_TEST(the_first_fragment_holds_something_of_each_track)
{
    int64_t last_ms;
    push(VIDEO, 0, LENGTH_MS);
    push(AUDIO, 5000, 20);
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(VIDEO, &last_ms), 1);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 1);
}
END_TEST

START_TEST(a_track_far_ahead_waits_no_longer)
{
    int64_t last_ms;
    pass_first();
    for (int i = 0; i < 500; i++)
        push(AUDIO, (int64_t)20 * i, 20);
    ck_assert(vf_fragment_is_due(&fragment));
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(VIDEO, &last_ms), 0);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 500);
    ck_assert(!vf_fragment_is_due(&fragment));
}
END_TEST

START_TEST(the_last_fragment_holds_the_rest)
{
    int64_t last_ms;
    pass_first();
    push(AUDIO, 5000, 20);
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 0);
    vf_fragment_cut(&fragment, true);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 1);
}
END_TEST

START_TEST(a_packet_without_a_time_stays_with_the_one_before)
{
    int64_t last_ms;
    pass_first();
    push(VIDEO, 40, LENGTH_MS);
    push(AUDIO, 40, 20);
    push(AUDIO, AV_NOPTS_VALUE, 20);
    vf_fragment_cut(&fragment, false);
    ck_assert_uint_eq(take_all(AUDIO, &last_ms), 2);
}
END_TEST

Suite *fragment_suite(void);
Suite *fragment_suite(void)
{
    Suite *suite = suite_create("fragment");
    TCase *tcase = tcase_create("fragment");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_fragment_ends_when_its_time_is_full);
    tcase_add_test(tcase, a_picture_that_lasts_is_a_fragment);
    tcase_add_test(tcase, a_fragment_ends_when_it_is_large);
    tcase_add_test(tcase, the_other_track_ends_where_the_first_does);
    tcase_add_test(tcase, the_first_fragment_holds_something_of_each_track);
    tcase_add_test(tcase, a_track_far_ahead_waits_no_longer);
    tcase_add_test(tcase, the_last_fragment_holds_the_rest);
    tcase_add_test(tcase, a_packet_without_a_time_stays_with_the_one_before);
    suite_add_tcase(suite, tcase);
    return suite;
}
