/* SPDX-License-Identifier: MIT */
/* An ordinary file out of fragments. */
#include "engine/media/write/mp4/assembly.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

#define HEAD "FRONT"

static char *fragments, *whole;

static void setup(void)
{
    scratch_create();
    fragments = vf_text_format("%s/fragments", scratch_path());
    whole = vf_text_format("%s/whole", scratch_path());
}

static void teardown(void)
{
    free(fragments);
    free(whole);
    scratch_remove();
}

static void write_fragments(const char *bytes, size_t size)
{
    FILE *file = fopen(fragments, "w");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static int assemble(int64_t data_size, int64_t *size)
{
    const struct vf_mp4_front front = {(const uint8_t *)HEAD, strlen(HEAD), data_size};
    int from = open(fragments, O_RDONLY | O_CLOEXEC);
    int to = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 0);
    int err = vf_mp4_assemble(to, from, &front, size);
    close(from);
    close(to);
    return err;
}

static const char good[] = "\0\0\0\012ftypXX"
                           "\0\0\0\011moofY"
                           "\0\0\0\013mdatabc"
                           "\0\0\0\010mdat"
                           "\0\0\0\1mdat\0\0\0\0\0\0\0\022de";

START_TEST(data_of_all_fragments_follows_the_front)
{
    char got[32];
    int64_t size = 0;
    write_fragments(good, sizeof(good) - 1);
    ck_assert_int_eq(assemble(5, &size), VF_OK);
    FILE *file = fopen(whole, "r");
    size_t count = fread(got, 1, sizeof(got), file);
    fclose(file);
    ck_assert_uint_eq(count, 10);
    ck_assert_int_eq(size, 10);
    ck_assert_mem_eq(got, "FRONTabcde", 10);
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    int64_t data_size;
} wrong[] = {
    {good, sizeof(good) - 1, 4},                               /* the front speaks of less */
    {good, sizeof(good) - 1, 6},                               /* of more */
    {good, sizeof(good) - 2, 5},                               /* the last box is cut */
    {good, sizeof(good) - 5, 3},                               /* within its head */
    {"\0\0\0\7mdatabc", 11, 3},                                /* a box smaller than its head */
    {"\0\0\0\1mdat\0\0\0\0\0\0\0\017abcdefgh", 24, 8},         /* a large one, too */
    {"\0\0\0\1mdat\377\0\0\0\0\0\0\0abcdefgh", 24, 8},         /* a size beyond all files */
    {"\0\0\0\1mdat\177\377\377\377\377\377\377\377ab", 18, 2}, /* almost */
};

START_TEST(what_does_not_fit_together_is_refused)
{
    int64_t size;
    write_fragments(wrong[_i].bytes, wrong[_i].size);
    ck_assert_int_eq(assemble(wrong[_i].data_size, &size), -EPROTO);
}
END_TEST

START_TEST(a_disk_without_room_is_known_before)
{
    int64_t size;
    write_fragments(good, sizeof(good) - 1);
    ck_assert_int_eq(assemble(INT64_MAX / 2, &size), -ENOSPC);
}
END_TEST

Suite *mp4_assembly_suite(void);
Suite *mp4_assembly_suite(void)
{
    Suite *suite = suite_create("mp4_assembly");
    TCase *tcase = tcase_create("mp4_assembly");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, data_of_all_fragments_follows_the_front);
    tcase_add_loop_test(tcase, what_does_not_fit_together_is_refused, 0, (int)VF_COUNT(wrong));
    tcase_add_test(tcase, a_disk_without_room_is_known_before);
    suite_add_tcase(suite, tcase);
    return suite;
}
