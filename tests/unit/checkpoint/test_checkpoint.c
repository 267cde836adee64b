/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/checkpoint/checkpoint.h"
#include "tests/unit/support/scratch.h"

#define PIECES 3

static char *output;
static struct vf_checkpoint checkpoint;

static void setup(void)
{
    scratch_create();
    output = vf_text_format("%s/out.mp4", scratch_path());
    ck_assert_int_eq(vf_checkpoint_open(&checkpoint, output, VF_CHECKPOINT_ADD), VF_OK);
}

static void teardown(void)
{
    vf_checkpoint_finish(&checkpoint);
    free(output);
    scratch_remove();
}

static void make_piece_file(uint64_t number)
{
    char *path = vf_checkpoint_piece_path(output, number);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    free(path);
}

static bool has_piece_file(uint64_t number)
{
    char *path = vf_checkpoint_piece_path(output, number);
    bool is_there = access(path, F_OK) == 0;
    free(path);
    return is_there;
}

/* Numbers 2, 4, 6: a piece without pictures is none. */
static void note_pieces(void)
{
    json_t *header = json_pack("{s:i, s:s}", "vflow-checkpoint", 1, "flow", "f");
    ck_assert_int_eq(vf_checkpoint_begin(&checkpoint, header), VF_OK);
    json_decref(header);
    for (uint64_t i = 1; i <= PIECES; i++) {
        struct vf_piece piece = {
            .number = 2 * i, .frames = i, .packets = i, .bytes = 7, .is_last = i == PIECES};
        memset(piece.sha256, 'a', sizeof(piece.sha256) - 1);
        make_piece_file(piece.number);
        ck_assert_int_eq(vf_checkpoint_add(&checkpoint, &piece), VF_OK);
    }
}

/* Reads the file as another process would. */
static void read_again(void)
{
    vf_checkpoint_finish(&checkpoint);
    ck_assert_int_eq(vf_checkpoint_open(&checkpoint, output, VF_CHECKPOINT_ADD), VF_OK);
}

START_TEST(what_was_noted_is_read)
{
    note_pieces();
    read_again();
    ck_assert_str_eq(json_string_value(json_object_get(checkpoint.header, "flow")), "f");
    ck_assert_uint_eq(checkpoint.count, PIECES);
    for (uint64_t i = 1; i <= PIECES; i++) {
        ck_assert_uint_eq(checkpoint.pieces[i - 1].number, 2 * i);
        ck_assert_uint_eq(checkpoint.pieces[i - 1].frames, i);
        ck_assert_int_eq(checkpoint.pieces[i - 1].is_last, i == PIECES);
    }
}
END_TEST

/* Cut off at every byte, the file has the pieces whose lines are whole, and takes more. */
START_TEST(a_line_that_was_cut_off_counts_as_none)
{
    struct stat status;
    char *path = vf_checkpoint_path(output);
    note_pieces();
    ck_assert_int_eq(stat(path, &status), 0);
    off_t size = status.st_size;
    size_t last = PIECES;
    while (size-- > 0) {
        ck_assert_int_eq(truncate(path, size), 0);
        read_again();
        ck_assert_uint_le(checkpoint.count, last);
        ck_assert_uint_ge(checkpoint.count + 1, last);
        ck_assert(checkpoint.header || !checkpoint.count);
        last = checkpoint.count;
    }
    ck_assert_uint_eq(last, 0);
    free(path);
}
END_TEST

START_TEST(what_follows_a_line_that_was_cut_off_replaces_it)
{
    struct vf_piece piece = {.number = 9, .frames = 1};
    char *path = vf_checkpoint_path(output);
    struct stat status;
    memset(piece.sha256, 'b', sizeof(piece.sha256) - 1);
    note_pieces();
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(truncate(path, status.st_size - 3), 0);
    read_again();
    ck_assert_uint_eq(checkpoint.count, PIECES - 1);
    ck_assert_int_eq(vf_checkpoint_add(&checkpoint, &piece), VF_OK);
    read_again();
    ck_assert_uint_eq(checkpoint.count, PIECES);
    ck_assert_uint_eq(checkpoint.pieces[PIECES - 1].number, 9);
    free(path);
}
END_TEST

START_TEST(what_is_forgotten_is_removed)
{
    note_pieces();
    ck_assert_int_eq(vf_checkpoint_cut(&checkpoint, 1), VF_OK);
    read_again();
    ck_assert_uint_eq(checkpoint.count, 1);
    ck_assert(has_piece_file(2));
    ck_assert(!has_piece_file(4));
    ck_assert(!has_piece_file(6));
}
END_TEST

START_TEST(a_beginning_removes_what_was_there)
{
    json_t *header = json_pack("{s:i}", "vflow-checkpoint", 1);
    note_pieces();
    make_piece_file(77);
    ck_assert_int_eq(vf_checkpoint_begin(&checkpoint, header), VF_OK);
    json_decref(header);
    read_again();
    ck_assert_uint_eq(checkpoint.count, 0);
    ck_assert(!has_piece_file(2));
    ck_assert(!has_piece_file(77));
}
END_TEST

START_TEST(nothing_is_left_of_what_is_removed)
{
    struct vf_checkpoint none;
    note_pieces();
    vf_checkpoint_remove(&checkpoint);
    ck_assert(!has_piece_file(2));
    ck_assert_int_eq(vf_checkpoint_open(&none, output, VF_CHECKPOINT_LOOK), -ENOENT);
    vf_checkpoint_finish(&none);
}
END_TEST

START_TEST(parts_of_runs_that_were_killed_are_removed)
{
    char *part = vf_text_format("%s/out.part-abcdefgh.mp4", scratch_path());
    int fd = open(part, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    note_pieces();
    ck_assert_int_eq(vf_checkpoint_note_part(&checkpoint, part), VF_OK);
    read_again();
    ck_assert_uint_eq(checkpoint.count, PIECES);
    vf_checkpoint_remove_parts(&checkpoint);
    ck_assert_int_ne(access(part, F_OK), 0);
    free(part);
}
END_TEST

START_TEST(one_at_a_time_has_it)
{
    struct vf_checkpoint own, other;
    capture_errors();
    ck_assert_int_eq(vf_checkpoint_open(&own, output, VF_CHECKPOINT_OWN), VF_OK);
    ck_assert_int_eq(vf_checkpoint_open(&other, output, VF_CHECKPOINT_OWN), -EBUSY);
    vf_checkpoint_finish(&other);
    vf_checkpoint_finish(&own);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "another run is making these pieces"));
    ck_assert_int_eq(vf_checkpoint_open(&other, output, VF_CHECKPOINT_OWN), VF_OK);
    vf_checkpoint_finish(&other);
}
END_TEST

/* Notes pieces of shard `number` of 3, two of them, and whether that is all. */
static void note_shard(unsigned number, const char *flow, bool is_complete)
{
    char name[32];
    struct vf_checkpoint part;
    snprintf(name, sizeof(name), "%u-3", number);
    const struct vf_checkpoint_shard shard = {name, 2 * number, 2 * number + 2};
    json_t *header = json_pack("{s:i, s:s}", "vflow-checkpoint", 1, "flow", flow);
    ck_assert_int_eq(vf_checkpoint_open_shard(&part, output, &shard, VF_CHECKPOINT_OWN), VF_OK);
    ck_assert_int_eq(vf_checkpoint_begin(&part, header), VF_OK);
    for (uint64_t i = 0; i < 2; i++) {
        struct vf_piece piece = {.number = 2 * number + i, .is_last = i && is_complete};
        memset(piece.sha256, 'a', sizeof(piece.sha256) - 1);
        make_piece_file(piece.number);
        ck_assert_int_eq(vf_checkpoint_add(&part, &piece), VF_OK);
    }
    vf_checkpoint_finish(&part);
    json_decref(header);
}

START_TEST(shards_that_are_complete_are_gathered)
{
    char *missing;
    for (unsigned i = 3; i > 0; i--)
        note_shard(i, "f", true);
    ck_assert(vf_checkpoint_has_shards(&checkpoint));
    ck_assert_int_eq(vf_checkpoint_gather(&checkpoint, &missing), VF_OK);
    ck_assert_ptr_null(missing);
    read_again();
    ck_assert_uint_eq(checkpoint.count, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(checkpoint.pieces[i].number, i + 2);
        ck_assert_int_eq(checkpoint.pieces[i].is_last, i == 5);
    }
    vf_checkpoint_remove(&checkpoint);
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

static const struct {
    const char *flow;
    bool is_there, is_complete;
} others[] = {{"f", false, true}, {"f", true, false}, {"g", true, true}};

START_TEST(nothing_is_gathered_without_a_shard_that_fits)
{
    char *missing;
    note_shard(1, "f", true);
    if (others[_i].is_there)
        note_shard(2, others[_i].flow, others[_i].is_complete);
    note_shard(3, "f", true);
    ck_assert_int_eq(vf_checkpoint_gather(&checkpoint, &missing), VF_OK);
    ck_assert_str_eq(missing, "2-3");
    free(missing);
    ck_assert_uint_eq(checkpoint.count, 0);
    vf_checkpoint_discard(&checkpoint);
    ck_assert(has_piece_file(2));
}
END_TEST

START_TEST(a_shard_leaves_the_pieces_of_others)
{
    note_shard(1, "f", true);
    note_shard(3, "f", true);
    note_shard(2, "f", true);
    for (uint64_t i = 2; i < 8; i++)
        ck_assert(has_piece_file(i));
}
END_TEST

Suite *checkpoint_suite(void);
Suite *checkpoint_suite(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tcase = tcase_create("checkpoint");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_was_noted_is_read);
    tcase_add_test(tcase, a_line_that_was_cut_off_counts_as_none);
    tcase_add_test(tcase, what_follows_a_line_that_was_cut_off_replaces_it);
    tcase_add_test(tcase, what_is_forgotten_is_removed);
    tcase_add_test(tcase, a_beginning_removes_what_was_there);
    tcase_add_test(tcase, nothing_is_left_of_what_is_removed);
    tcase_add_test(tcase, parts_of_runs_that_were_killed_are_removed);
    tcase_add_test(tcase, one_at_a_time_has_it);
    tcase_add_test(tcase, shards_that_are_complete_are_gathered);
    tcase_add_loop_test(tcase, nothing_is_gathered_without_a_shard_that_fits, 0,
                        (int)VF_COUNT(others));
    tcase_add_test(tcase, a_shard_leaves_the_pieces_of_others);
    suite_add_tcase(suite, tcase);
    return suite;
}
