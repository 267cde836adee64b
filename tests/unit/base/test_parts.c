/* SPDX-License-Identifier: MIT */
/* Bytes in several places, through a pipe that does not hold them all. */
#include "engine/base/parts.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECES ((size_t)3000) /* more than one call takes */
#define PIECE ((size_t)100)   /* bytes; PIECES of them are more than a pipe holds */
#define SPACE ((size_t)7)     /* between two of them */

static int ends[2];
static uint8_t *source, *target;
static struct vf_parts out, in;

static void setup(void)
{
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    source = malloc((PIECE + SPACE) * PIECES);
    target = calloc(PIECES, PIECE + SPACE);
    ck_assert(source && target);
    for (size_t i = 0; i < (PIECE + SPACE) * PIECES; i++)
        source[i] = (uint8_t)(i * 31 + i / 251);
    out = in = (struct vf_parts){0};
}

static void teardown(void)
{
    vf_parts_finish(&out);
    vf_parts_finish(&in);
    free(source);
    free(target);
    close(ends[0]);
    close(ends[1]);
}

static void add_all(struct vf_parts *parts, const uint8_t *bytes)
{
    for (size_t i = 0; i < PIECES; i++)
        ck_assert_int_eq(vf_parts_add(parts, bytes + i * (PIECE + SPACE), PIECE), VF_OK);
}

START_TEST(parts_go_through_a_small_pipe_whole)
{
    add_all(&out, source);
    add_all(&in, target);
    ck_assert_uint_eq(vf_parts_left(&out), PIECES * PIECE);
    while (vf_parts_left(&in)) {
        ssize_t written = vf_parts_left(&out) ? vf_parts_write(&out, ends[1]) : 0;
        ck_assert(written >= 0 || written == -EAGAIN);
        ck_assert_int_gt(vf_parts_read(&in, ends[0]), 0);
    }
    ck_assert_uint_eq(vf_parts_left(&out), 0);
    for (size_t i = 0; i < PIECES; i++) {
        size_t place = i * (PIECE + SPACE);
        ck_assert_mem_eq(target + place, source + place, PIECE);
        for (size_t j = 0; j < SPACE; j++)
            ck_assert_uint_eq(target[place + PIECE + j], 0);
    }
}
END_TEST

START_TEST(what_cannot_go_now_is_said_and_what_cannot_come_any_more)
{
    ck_assert_int_eq(vf_parts_add(&in, target, PIECE), VF_OK);
    ck_assert_int_eq(vf_parts_read(&in, ends[0]), -EAGAIN);
    add_all(&out, source);
    while (vf_parts_write(&out, ends[1]) > 0)
        continue;
    ck_assert_int_eq(vf_parts_write(&out, ends[1]), -EAGAIN);
    ck_assert_uint_gt(vf_parts_left(&out), 0);
    close(ends[1]);
    ck_assert_int_eq(vf_parts_read(&in, ends[0]), (ssize_t)PIECE);
    vf_parts_clear(&in);
    ck_assert_uint_eq(vf_parts_left(&in), 0);
    for (ssize_t got = 1; got > 0;) {
        vf_parts_clear(&in);
        ck_assert_int_eq(vf_parts_add(&in, target, PIECE), VF_OK);
        got = vf_parts_read(&in, ends[0]);
    }
    ck_assert_int_eq(vf_parts_read(&in, ends[0]), 0);
    ends[1] = dup(ends[0]);
}
END_TEST

START_TEST(parts_that_follow_each_other_become_one)
{
    ck_assert_int_eq(vf_parts_add(&out, source, 10), VF_OK);
    ck_assert_int_eq(vf_parts_add(&out, source + 10, 20), VF_OK);
    ck_assert_int_eq(vf_parts_add(&out, source + 30, 0), VF_OK);
    ck_assert_uint_eq(out.count, 1);
    ck_assert_int_eq(vf_parts_add(&out, source + 31, 5), VF_OK);
    ck_assert_uint_eq(out.count, 2);
    ck_assert_uint_eq(vf_parts_left(&out), 35);
}
END_TEST

Suite *parts_suite(void);
Suite *parts_suite(void)
{
    Suite *suite = suite_create("parts");
    TCase *tcase = tcase_create("parts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, parts_go_through_a_small_pipe_whole);
    tcase_add_test(tcase, what_cannot_go_now_is_said_and_what_cannot_come_any_more);
    tcase_add_test(tcase, parts_that_follow_each_other_become_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
