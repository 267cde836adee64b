/* SPDX-License-Identifier: MIT */
/* An arena that is divided as a plan says. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/array.h"
#include "engine/message/arena.h"
#include "tests/unit/support/scratch.h"

#define ARENA_SIZE ((size_t)64 << 20)
#define LIMIT 100
#define FRAME ((size_t)600000)
#define PACKET ((size_t)1000)
#define FRAMES 6
#define PACKETS 10

static uint8_t *memory;
static struct vf_arena *arena;

static void setup(void)
{
    memory = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(vf_arena_create(&arena, 1, memory, ARENA_SIZE, LIMIT), VF_OK);
}

static void teardown(void)
{
    vf_arena_destroy(&arena);
    munmap(memory, ARENA_SIZE);
}

static void divide(size_t frame, size_t packet, size_t ceiling)
{
    const struct vf_arena_pool pools[] = {{frame, FRAMES}, {packet, PACKETS}};
    vf_arena_divide(arena, pools, VF_COUNT(pools), ceiling);
}

static size_t planned(size_t frame, size_t packet)
{
    return FRAMES * vf_arena_place_size(frame) + PACKETS * vf_arena_place_size(packet);
}

static void allocate(struct vf_payload **payloads, unsigned count, size_t size)
{
    for (unsigned i = 0; i < count; i++)
        ck_assert_int_eq(vf_arena_allocate(arena, size, &payloads[i]), VF_OK);
}

/* Allocates as many as there are places, and makes sure that there are `count`. */
static void fill(struct vf_payload **payloads, unsigned count, size_t size)
{
    struct vf_payload *surplus;
    allocate(payloads, count, size);
    ck_assert_int_eq(vf_arena_allocate(arena, size, &surplus), -EAGAIN);
}

static void drop_all(struct vf_payload **payloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vf_payload_drop(&payloads[i]);
}

START_TEST(a_full_arena_has_touched_what_was_planned)
{
    struct vf_payload *frames[FRAMES], *packets[PACKETS];
    divide(FRAME, PACKET, 0);
    fill(packets, PACKETS, PACKET);
    fill(frames, FRAMES, FRAME);
    ck_assert_uint_eq(vf_arena_touched(arena), planned(FRAME, PACKET));
    drop_all(frames, FRAMES);
    drop_all(packets, PACKETS);
}
END_TEST

START_TEST(no_mix_of_smaller_sizes_touches_more_than_was_planned)
{
    struct vf_payload *held[FRAMES + PACKETS] = {NULL};
    unsigned dice = (unsigned)_i + 1, given = 0;
    divide(FRAME, PACKET, 0);
    for (unsigned i = 0; i < 4000; i++) {
        dice = dice * 1103515245 + 12345;
        struct vf_payload **place = &held[(dice >> 16) % VF_COUNT(held)];
        size_t size = dice >> 30 ? PACKET - (dice >> 8) % 900 : FRAME - (dice >> 8) % 400000;
        if (*place) {
            vf_payload_drop(place);
            continue;
        }
        int err = vf_arena_allocate(arena, size, place);
        ck_assert(err == VF_OK || err == -EAGAIN);
        given += err == VF_OK;
    }
    ck_assert_uint_gt(given, 1000);
    ck_assert_uint_le(vf_arena_touched(arena), planned(FRAME, PACKET));
    drop_all(held, VF_COUNT(held));
}
END_TEST

START_TEST(a_steady_stream_stays_in_the_places_it_needs)
{
    struct vf_payload *ring[3] = {NULL};
    divide(FRAME, PACKET, 0);
    for (int i = 0; i < 1000; i++) {
        vf_payload_drop(&ring[i % 3]);
        ck_assert_int_eq(vf_arena_allocate(arena, FRAME, &ring[i % 3]), VF_OK);
    }
    ck_assert_uint_eq(vf_arena_touched(arena), 3 * vf_arena_place_size(FRAME));
    drop_all(ring, 3);
}
END_TEST

START_TEST(the_first_payload_tells_the_size_that_was_not_known)
{
    struct vf_payload *frames[FRAMES], *packets[PACKETS];
    divide(0, 0, 0);
    allocate(frames, FRAMES, FRAME);
    fill(packets, PACKETS, PACKET);
    ck_assert_uint_eq(vf_arena_touched(arena), planned(FRAME, PACKET));
    drop_all(frames, FRAMES);
    drop_all(packets, PACKETS);
}
END_TEST

/* The places of an output that sends nothing would else be all that another gets. */
START_TEST(kinds_that_were_not_foreseen_share_their_places)
{
    struct vf_payload *packets[FRAMES + PACKETS];
    divide(0, 0, 0);
    fill(packets, FRAMES + PACKETS, PACKET);
    drop_all(packets, FRAMES + PACKETS);
}
END_TEST

START_TEST(a_stream_that_becomes_larger_gets_as_many_larger_places_and_says_so)
{
    struct vf_payload *frames[FRAMES], *kept;
    capture_errors();
    divide(FRAME, PACKET, 0);
    fill(frames, FRAMES, FRAME);
    kept = vf_payload_hold(frames[2]);
    memset(kept->data, 0x5a, kept->size);
    drop_all(frames, FRAMES);
    struct vf_payload *larger[FRAMES - 1];
    fill(larger, FRAMES - 1, 4 * FRAME);
    for (unsigned i = 0; i < FRAMES - 1; i++)
        memset(larger[i]->data, 0, larger[i]->size);
    for (size_t i = 0; i < kept->size; i++)
        ck_assert_uint_eq(kept->data[i], 0x5a);
    vf_payload_drop(&kept);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "instead of the 0.66 MB foreseen"));
    drop_all(larger, FRAMES - 1);
}
END_TEST

START_TEST(sizes_that_come_and_go_use_the_same_memory_again)
{
    struct vf_payload *frames[FRAMES];
    divide(0, PACKET, 0);
    fill(frames, FRAMES, FRAME);
    drop_all(frames, FRAMES);
    fill(frames, FRAMES, 4 * FRAME);
    drop_all(frames, FRAMES);
    size_t touched = vf_arena_touched(arena);
    for (unsigned i = 0; i < 20; i++) {
        fill(frames, FRAMES, i % 2 ? FRAME : 4 * FRAME);
        drop_all(frames, FRAMES);
    }
    ck_assert_uint_eq(vf_arena_touched(arena), touched);
}
END_TEST

START_TEST(what_would_pass_the_ceiling_is_refused)
{
    struct vf_payload *payload, *frames[FRAMES];
    size_t ceiling = planned(FRAME, PACKET) + 2 * FRAME;
    capture_errors();
    divide(FRAME, PACKET, ceiling);
    ck_assert_int_eq(vf_arena_allocate(arena, 2 * FRAME, &payload), -ENOMEM);
    ck_assert_ptr_null(payload);
    fill(frames, FRAMES, FRAME);
    ck_assert_uint_le(vf_arena_touched(arena), ceiling);
    drop_all(frames, FRAMES);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "6 payloads of 1.25 MB"));
}
END_TEST

START_TEST(a_payload_of_no_foreseen_kind_finds_room_of_its_own)
{
    struct vf_payload *frames[FRAMES], *small[PACKETS];
    const struct vf_arena_pool pools[] = {{0, PACKETS}, {FRAME, FRAMES}};
    vf_arena_divide(arena, pools, VF_COUNT(pools), 0);
    fill(small, PACKETS, PACKET);
    fill(frames, FRAMES, FRAME);
    drop_all(frames, FRAMES);
    drop_all(small, PACKETS);
}
END_TEST

Suite *arena_pools_suite(void);
Suite *arena_pools_suite(void)
{
    Suite *suite = suite_create("arena_pools");
    TCase *tcase = tcase_create("arena_pools");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_full_arena_has_touched_what_was_planned);
    tcase_add_loop_test(tcase, no_mix_of_smaller_sizes_touches_more_than_was_planned, 0, 4);
    tcase_add_test(tcase, a_steady_stream_stays_in_the_places_it_needs);
    tcase_add_test(tcase, the_first_payload_tells_the_size_that_was_not_known);
    tcase_add_test(tcase, kinds_that_were_not_foreseen_share_their_places);
    tcase_add_test(tcase, a_stream_that_becomes_larger_gets_as_many_larger_places_and_says_so);
    tcase_add_test(tcase, sizes_that_come_and_go_use_the_same_memory_again);
    tcase_add_test(tcase, what_would_pass_the_ceiling_is_refused);
    tcase_add_test(tcase, a_payload_of_no_foreseen_kind_finds_room_of_its_own);
    suite_add_tcase(suite, tcase);
    return suite;
}
