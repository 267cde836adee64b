/* SPDX-License-Identifier: MIT */
#include "cmd/batch/manifest.h"

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

static const char *const lines[][2] = {{"/a", "waiting"}, {"/b", "waiting"}, {"/a", "running"},
                                       {"/a", "done"},    {"/b", "running"}, {"/b", "interrupted"}};

static char *path;
static struct vf_batch_manifest manifest;

static void setup(void)
{
    scratch_create();
    path = vf_text_format("%s/m.jsonl", scratch_path());
    manifest = (struct vf_batch_manifest){.fd = -1};
}

static void teardown(void)
{
    vf_batch_manifest_close(&manifest);
    free(path);
    scratch_remove();
}

static void add(const char *input, const char *state)
{
    json_t *record = json_pack("{ss ss}", "path", input, "state", state);
    ck_assert_int_eq(vf_batch_manifest_add(&manifest, record), VF_OK);
    json_decref(record);
}

static const char *state_of(const char *input)
{
    const json_t *record = vf_batch_manifest_find(&manifest, input);
    return record ? json_string_value(json_object_get(record, "state")) : "none";
}

/* Writes a manifest of all lines. Returns its bytes. */
static struct vf_text write_all_lines(void)
{
    struct vf_text text = {0};
    char bytes[4096];
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", false), VF_OK);
    for (size_t i = 0; i < VF_COUNT(lines); i++)
        add(lines[i][0], lines[i][1]);
    vf_batch_manifest_close(&manifest);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    vf_text_append(&text, bytes, fread(bytes, 1, sizeof(bytes), file));
    fclose(file);
    return text;
}

static void write_bytes(const char *bytes, size_t size, size_t zeros)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    for (size_t i = 0; i < zeros; i++)
        fputc(0, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* Returns what an input is after so many whole lines, the first of the file among them. */
static const char *state_after(const char *input, size_t whole)
{
    const char *state = "none";
    for (size_t i = 0; i + 1 < whole; i++)
        state = strcmp(lines[i][0], input) == 0 ? lines[i][1] : state;
    return state;
}

START_TEST(wherever_it_is_cut_the_whole_lines_count_and_it_is_gone_on_with)
{
    struct vf_text all = write_all_lines();
    for (size_t size = 0; size <= all.length; size++) {
        size_t whole = 0;
        for (size_t i = 0; i < size; i++)
            whole += all.bytes[i] == '\n';
        write_bytes(all.bytes, size, (size_t)_i); /* a file may end with zeros then */
        ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", true), VF_OK);
        ck_assert_str_eq(state_of("/a"), state_after("/a", whole));
        ck_assert_str_eq(state_of("/b"), state_after("/b", whole));
        add("/c", "done");
        vf_batch_manifest_close(&manifest);
        ck_assert_int_eq(vf_batch_manifest_look(&manifest, path), VF_OK);
        ck_assert_str_eq(state_of("/a"), state_after("/a", whole));
        ck_assert_str_eq(state_of("/c"), "done");
        ck_assert(!manifest.is_in_use);
        vf_batch_manifest_close(&manifest);
    }
    vf_text_finish(&all);
}
END_TEST

START_TEST(a_line_that_is_damaged_before_whole_ones_is_no_cut)
{
    struct vf_text all = write_all_lines();
    char *second = strchr(all.bytes, '\n') + 1;
    *second = '#';
    write_bytes(all.bytes, all.length, 0);
    capture_errors();
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", true), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "m.jsonl:2: this line is damaged"));
    vf_batch_manifest_close(&manifest);
    ck_assert_int_eq(truncate(path, (off_t)all.length), 0); /* it has kept its size */
    vf_text_finish(&all);
}
END_TEST

START_TEST(other_files_stay_as_they_are)
{
    static const char *const others[] = {"x", "{\"manifest\":\"other\"}\n", "vflow: 1\n", "{\n"};
    write_bytes(others[_i], strlen(others[_i]), 0);
    capture_errors();
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", true), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "is no manifest of vflow batch"));
    ck_assert_str_eq(scratch_read("m.jsonl"), others[_i]);
}
END_TEST

START_TEST(one_batch_at_a_time_has_it_and_it_is_not_begun_again)
{
    struct vf_batch_manifest other;
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", false), VF_OK);
    add("/a", "running");
    capture_errors();
    ck_assert_int_eq(vf_batch_manifest_open(&other, path, "flow.yaml", true), -EAGAIN);
    vf_batch_manifest_close(&other);
    ck_assert_int_eq(vf_batch_manifest_look(&other, path), VF_OK);
    ck_assert(other.is_in_use);
    vf_batch_manifest_close(&other);
    vf_batch_manifest_close(&manifest);
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", false), -EEXIST);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "go on with what it lacks by --resume"));
}
END_TEST

START_TEST(what_cannot_be_written_is_not_in_it)
{
    ck_assert_int_eq(vf_batch_manifest_open(&manifest, path, "flow.yaml", false), VF_OK);
    add("/a", "done");
    int fd = manifest.fd;
    manifest.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    json_t *record = json_pack("{ss}", "path", "/b");
    capture_errors();
    ck_assert_int_eq(vf_batch_manifest_add(&manifest, record), -ENOSPC);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "cannot be written: No space left"));
    json_decref(record);
    close(manifest.fd);
    manifest.fd = fd;
}
END_TEST

Suite *batch_manifest_suite(void);
Suite *batch_manifest_suite(void)
{
    Suite *suite = suite_create("batch_manifest");
    TCase *tcase = tcase_create("batch_manifest");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, wherever_it_is_cut_the_whole_lines_count_and_it_is_gone_on_with, 0,
                        3);
    tcase_add_test(tcase, a_line_that_is_damaged_before_whole_ones_is_no_cut);
    tcase_add_loop_test(tcase, other_files_stay_as_they_are, 0, 4);
    tcase_add_test(tcase, one_batch_at_a_time_has_it_and_it_is_not_begun_again);
    tcase_add_test(tcase, what_cannot_be_written_is_not_in_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
