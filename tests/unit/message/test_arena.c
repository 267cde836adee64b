/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/array.h"
#include "engine/message/arena.h"

#define ARENA_ID 7
#define ARENA_SIZE ((size_t)1 << 20)
#define LIMIT 24
#define BLOCK ((size_t)64 << 10)
#define THREADS 4

static uint8_t *memory;
static struct vf_arena *arena;

static void setup(void)
{
    memory = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(vf_arena_create(&arena, ARENA_ID, memory, ARENA_SIZE, LIMIT), VF_OK);
}

static void teardown(void)
{
    vf_arena_destroy(&arena);
    ck_assert_ptr_null(arena);
    munmap(memory, ARENA_SIZE);
}

static struct vf_payload *allocate(size_t size)
{
    struct vf_payload *payload;
    ck_assert_int_eq(vf_arena_allocate(arena, size, &payload), VF_OK);
    return payload;
}

/* Fills the arena with payloads that have a block of their own. */
static size_t fill(struct vf_payload **payloads)
{
    for (size_t i = 0; i < ARENA_SIZE / BLOCK; i++)
        payloads[i] = allocate(BLOCK - 64);
    return ARENA_SIZE / BLOCK;
}

static void drop_all(struct vf_payload **payloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vf_payload_drop(&payloads[i]);
}

START_TEST(a_payload_says_where_it_lies)
{
    struct vf_payload *first = allocate(1000), *second = allocate(50000);
    ck_assert_uint_eq(second->size, 50000);
    ck_assert_uint_eq(second->arena, ARENA_ID);
    ck_assert_ptr_eq(second->data, memory + second->offset);
    ck_assert_uint_eq(second->offset % 64, 0);
    ck_assert_uint_ge(second->offset, first->offset + first->size + 64);
    vf_payload_drop(&first);
    vf_payload_drop(&second);
}
END_TEST

START_TEST(what_was_freed_last_is_reused_first)
{
    struct vf_payload *payloads[] = {allocate(9000), allocate(9000), allocate(9000)};
    uint64_t second = payloads[1]->offset, third = payloads[2]->offset;
    vf_payload_drop(&payloads[2]);
    vf_payload_drop(&payloads[0]);
    vf_payload_drop(&payloads[1]);
    payloads[0] = allocate(9000);
    ck_assert_uint_eq(payloads[0]->offset, second);
    payloads[1] = allocate(8900); /* nearly the same size */
    ck_assert_uint_eq(payloads[1]->offset, 0);
    payloads[2] = allocate(9000);
    ck_assert_uint_eq(payloads[2]->offset, third);
    drop_all(payloads, VF_COUNT(payloads));
}
END_TEST

START_TEST(a_steady_stream_touches_no_more_than_what_lives_at_once)
{
    struct vf_payload *ring[3] = {NULL};
    for (int i = 0; i < 1000; i++) {
        vf_payload_drop(&ring[i % 3]);
        ring[i % 3] = allocate(BLOCK - 64);
    }
    ck_assert_uint_eq(vf_arena_touched(arena), 3 * BLOCK);
    drop_all(ring, 3);
    ck_assert_uint_eq(vf_arena_touched(arena), 3 * BLOCK);
}
END_TEST

START_TEST(no_more_live_at_once_than_the_limit)
{
    struct vf_payload *payloads[LIMIT], *surplus = NULL;
    for (size_t i = 0; i < LIMIT; i++)
        payloads[i] = allocate(100);
    ck_assert_int_eq(vf_arena_allocate(arena, 100, &surplus), -EAGAIN);
    ck_assert_ptr_null(surplus);
    vf_payload_drop(&payloads[5]);
    payloads[5] = allocate(100);
    drop_all(payloads, LIMIT);
}
END_TEST

START_TEST(what_could_never_fit_is_no_memory)
{
    static const size_t sizes[] = {ARENA_SIZE, ARENA_SIZE - 63, ARENA_SIZE + 1, SIZE_MAX};
    for (size_t i = 0; i < VF_COUNT(sizes); i++) {
        struct vf_payload *payload;
        ck_assert_int_eq(vf_arena_allocate(arena, sizes[i], &payload), -ENOMEM);
        ck_assert_ptr_null(payload);
    }
    struct vf_payload *largest = allocate(ARENA_SIZE - 64);
    vf_payload_drop(&largest);
}
END_TEST

START_TEST(a_full_arena_has_room_again_when_something_is_dropped)
{
    struct vf_payload *payloads[LIMIT], *payload;
    size_t count = fill(payloads);
    ck_assert_int_eq(vf_arena_allocate(arena, BLOCK - 64, &payload), -EAGAIN);
    vf_payload_drop(&payloads[3]);
    payloads[3] = allocate(BLOCK - 64);
    drop_all(payloads, count);
}
END_TEST

START_TEST(free_neighbours_merge_for_a_larger_payload)
{
    struct vf_payload *payloads[LIMIT], *large;
    size_t count = fill(payloads);
    vf_payload_drop(&payloads[4]);
    vf_payload_drop(&payloads[6]);
    ck_assert_int_eq(vf_arena_allocate(arena, 2 * BLOCK - 64, &large), -EAGAIN);
    vf_payload_drop(&payloads[5]);
    large = allocate(3 * BLOCK - 64);
    ck_assert_uint_eq(large->offset, 4 * BLOCK);
    vf_payload_drop(&large);
    drop_all(payloads, count);
    large = allocate(ARENA_SIZE - 64);
    vf_payload_drop(&large);
}
END_TEST

START_TEST(a_large_gap_is_cut_for_smaller_payloads)
{
    struct vf_payload *large = allocate(ARENA_SIZE - 64), *small[LIMIT];
    vf_payload_drop(&large);
    size_t count = fill(small);
    ck_assert_uint_eq(vf_arena_touched(arena), ARENA_SIZE);
    drop_all(small, count);
}
END_TEST

/* Fills every byte that may be written, so that payloads that overlap spoil each other. */
static void paint(const struct vf_payload *payload, unsigned mark)
{
    memset(payload->data, (int)(mark & 0xff), payload->size);
}

static bool is_intact(const struct vf_payload *payload, unsigned mark)
{
    for (size_t i = 0; i < payload->size; i++) {
        if (payload->data[i] != (mark & 0xff))
            return false;
    }
    return true;
}

START_TEST(any_mix_of_sizes_and_lives_keeps_every_payload_whole)
{
    struct vf_payload *payloads[LIMIT] = {NULL};
    unsigned dice = (unsigned)_i + 1, given = 0;
    for (int i = 0; i < 5000; i++) {
        dice = dice * 1103515245 + 12345;
        unsigned place = (dice >> 16) % LIMIT;
        if (payloads[place]) {
            ck_assert_msg(is_intact(payloads[place], place), "spoilt in round %d", i);
            vf_payload_drop(&payloads[place]);
            continue;
        }
        size_t size = (size_t)1 << ((dice >> 8) % 18);
        int err = vf_arena_allocate(arena, size + (dice >> 20) % 100, &payloads[place]);
        ck_assert(err == VF_OK || err == -EAGAIN);
        if (err == VF_OK) {
            given++;
            paint(payloads[place], place);
        }
    }
    ck_assert_uint_gt(given, 1000);
    drop_all(payloads, LIMIT);
    struct vf_payload *all = allocate(ARENA_SIZE - 64);
    vf_payload_drop(&all);
}
END_TEST

static void *allocate_and_drop(void *argument)
{
    unsigned mark = *(const unsigned *)argument;
    struct vf_payload *held[3] = {NULL};
    for (size_t i = 0; i < 3000; i++) {
        struct vf_payload **place = &held[i % 3];
        if (*place)
            ck_assert(is_intact(*place, mark));
        vf_payload_drop(place);
        ck_assert_int_eq(vf_arena_allocate(arena, (size_t)200 << i % 5, place), VF_OK);
        paint(*place, mark);
    }
    drop_all(held, 3);
    return NULL;
}

START_TEST(several_threads_share_an_arena)
{
    pthread_t threads[THREADS];
    unsigned marks[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        marks[i] = i + 1;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, allocate_and_drop, &marks[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

Suite *arena_suite(void);
Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_payload_says_where_it_lies);
    tcase_add_test(tcase, what_was_freed_last_is_reused_first);
    tcase_add_test(tcase, a_steady_stream_touches_no_more_than_what_lives_at_once);
    tcase_add_test(tcase, no_more_live_at_once_than_the_limit);
    tcase_add_test(tcase, what_could_never_fit_is_no_memory);
    tcase_add_test(tcase, a_full_arena_has_room_again_when_something_is_dropped);
    tcase_add_test(tcase, free_neighbours_merge_for_a_larger_payload);
    tcase_add_test(tcase, a_large_gap_is_cut_for_smaller_payloads);
    tcase_add_loop_test(tcase, any_mix_of_sizes_and_lives_keeps_every_payload_whole, 0, 8);
    tcase_add_test(tcase, several_threads_share_an_arena);
    suite_add_tcase(suite, tcase);
    return suite;
}
