/* SPDX-License-Identifier: MIT */
/* Packets' times where those of their source jump. Times are in milliseconds here. */
#include "engine/media/read/timeline.h"

#include <check.h>

#include "engine/base/array.h"

#define US_PER_MS 1000
#define HOUR ((int64_t)3600 * 1000)
#define V VF_STREAM_VIDEO
#define A VF_STREAM_AUDIO
#define S VF_STREAM_SUBTITLES
#define MAX_PACKETS 8

struct packet {
    enum vf_stream kind;
    int64_t time, duration, placed;
};

static const struct {
    bool may_jump;
    unsigned jumps;
    unsigned count;
    struct packet packets[MAX_PACKETS];
} streams[] = {
    /* goes on */
    {true, 0, 3, {{V, 0, 40, 0}, {V, 40, 40, 40}, {V, 80, 40, 80}}},
    /* begins anywhere */
    {true, 0, 2, {{V, 5 * HOUR, 40, 5 * HOUR}, {V, 5 * HOUR + 40, 40, 5 * HOUR + 40}}},
    /* small steps stay: gaps, sound a little early, pictures that are decoded out of order */
    {true, 0, 3, {{V, 0, 40, 0}, {V, 9000, 40, 9000}, {V, 8950, 40, 8950}}},
    /* joined files: each begins at 0 */
    {true, 1, 4, {{V, 0, 40, 0}, {V, 960, 40, 960}, {V, 0, 40, 1000}, {V, 40, 40, 1040}}},
    /* forward, as after a splice */
    {true, 1, 3, {{V, 0, 40, 0}, {V, 60000, 40, 40}, {V, 60040, 40, 80}}},
    /* there and back */
    {true, 2, 4, {{V, 0, 40, 0}, {V, 60000, 40, 40}, {V, 80, 40, 80}, {V, 120, 40, 120}}},
    /* wraps of 33 bits, one after the other */
    {true,
     2,
     5,
     {{V, 95443700, 10, 95443700},
      {V, 0, 10, 95443710},
      {V, 9000, 10, 95452710},
      {V, 0, 10, 95452720},
      {V, 10, 10, 95452730}}},
    /* picture and sound stay together, though the sound of the part before comes late */
    {true,
     1,
     7,
     {{V, 1960, 40, 1960},
      {A, 1940, 20, 1940},
      {V, 0, 40, 2000},
      {A, 1960, 20, 1960},
      {A, 1980, 20, 1980},
      {A, 5, 20, 2005},
      {V, 40, 40, 2040}}},
    /* a part begins when all of the one before has ended */
    {true, 1, 4, {{V, 1960, 40, 1960}, {A, 2100, 20, 2100}, {V, 0, 40, 2120}, {A, 0, 20, 2120}}},
    /* of which the sound begins earlier than the picture, or ends later */
    {true, 1, 4, {{V, 1960, 40, 1960}, {A, 1980, 20, 1980}, {A, 0, 20, 2000}, {V, 300, 40, 2300}}},
    /* a stream that begins with the second part */
    {true, 1, 3, {{V, 100000, 40, 100000}, {V, 0, 40, 100040}, {A, 0, 20, 100040}}},
    {true, 1, 3, {{V, 100000, 40, 100000}, {A, 0, 20, 100040}, {V, 0, 40, 100040}}},
    /* subtitles go with the part that is nearest, and are never the reason for a jump */
    {true,
     1,
     6,
     {{V, 2960, 40, 2960},
      {S, 1000, 500, 1000},
      {V, 0, 40, 3000},
      {S, 2900, 500, 2900},
      {V, 40, 40, 3040},
      {S, 60, 500, 3060}}},
    {true, 0, 3, {{V, 0, 40, 0}, {S, 90000, 500, 90000}, {V, 40, 40, 40}}},
    /* where times do not jump a gap is a gap, and sound may overlap */
    {false,
     0,
     3,
     {{V, 0, 40, 0}, {V, 2 * HOUR, 40, 2 * HOUR}, {V, 2 * HOUR + 40, 40, 2 * HOUR + 40}}},
    {false,
     0,
     4,
     {{A, 3000, 20, 3000}, {V, 3000, 40, 3000}, {A, 2000, 20, 2000}, {A, 2020, 20, 2020}}},
    /* but a clock that was set is one */
    {false, 1, 3, {{V, 0, 40, 0}, {V, 50000 * HOUR, 40, 40}, {V, 50000 * HOUR + 40, 40, 80}}},
    {false, 1, 3, {{V, HOUR, 40, HOUR}, {V, 0, 40, HOUR + 40}, {V, 40, 40, HOUR + 80}}},
};

START_TEST(each_packet_gets_its_place)
{
    struct vf_timeline timeline = {.may_jump = streams[_i].may_jump};
    for (unsigned i = 0; i < streams[_i].count; i++) {
        const struct packet *packet = &streams[_i].packets[i];
        int64_t offset = vf_timeline_place(&timeline, packet->kind, packet->time * US_PER_MS,
                                           packet->duration * US_PER_MS);
        ck_assert_msg(packet->time * US_PER_MS + offset == packet->placed * US_PER_MS,
                      "packet %u: %lld instead of %lld", i,
                      (long long)(packet->time + offset / US_PER_MS), (long long)packet->placed);
        ck_assert_int_eq(vf_timeline_offset(&timeline, packet->kind), offset);
    }
    ck_assert_uint_eq(timeline.jumps, streams[_i].jumps);
}
END_TEST

/* Nothing overflows, whatever comes. */
START_TEST(any_time_can_be_placed)
{
    const int64_t most = INT64_MAX / 16;
    const int64_t times[] = {0, most, -most, 1, -most, most, 0};
    for (unsigned may_jump = 0; may_jump < 2; may_jump++) {
        struct vf_timeline timeline = {.may_jump = may_jump};
        int64_t last = -1;
        for (unsigned i = 0; i < VF_COUNT(times); i++) {
            int64_t placed = times[i] + vf_timeline_place(&timeline, V, times[i], 1);
            ck_assert_int_gt(placed, last);
            last = placed;
        }
    }
}
END_TEST

START_TEST(what_comes_after_an_outage_goes_on_where_it_is_told)
{
    struct vf_timeline timeline = {.may_jump = true};
    const int64_t at = 7000 * US_PER_MS;
    vf_timeline_go_on(&timeline, at);
    ck_assert_int_eq(vf_timeline_offset(&timeline, S), at);
    ck_assert_int_eq(vf_timeline_place(&timeline, V, 100 * US_PER_MS, 40 * US_PER_MS), at);
    ck_assert_int_eq(vf_timeline_place(&timeline, A, 90 * US_PER_MS, 20 * US_PER_MS), at);
    ck_assert_int_eq(vf_timeline_place(&timeline, S, 200 * US_PER_MS, 0), at);
    ck_assert_uint_eq(timeline.jumps, 0);
    /* A jump after that begins at the end of what came, as ever. */
    ck_assert_int_eq(vf_timeline_place(&timeline, V, 90000 * US_PER_MS, 40 * US_PER_MS),
                     at + (140 - 90000) * US_PER_MS);
    ck_assert_uint_eq(timeline.jumps, 1);
}
END_TEST

Suite *timeline_suite(void);
Suite *timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");
    tcase_add_loop_test(tcase, each_packet_gets_its_place, 0, (int)VF_COUNT(streams));
    tcase_add_test(tcase, any_time_can_be_placed);
    tcase_add_test(tcase, what_comes_after_an_outage_goes_on_where_it_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
