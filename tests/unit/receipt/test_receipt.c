/* SPDX-License-Identifier: MIT */
/* Receipts of files, and what they find later. */
#include "engine/receipt/receipt.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/digest/sha256.h"
#include "engine/receipt/digests.h"
#include "engine/receipt/seal.h"
#include "tests/unit/support/scratch.h"

#define SIZE 1000

static char *output, *input, *receipt;
static unsigned char bytes[SIZE];

static void put(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* A report of a run that has read one file and written one. */
static json_t *make_report(void)
{
    json_t *report = json_pack(
        "{s:s, s:i, s:s, s:s, s:{s:s}, s:[{s:s, s:s, s:i}], s:[{s:s, s:s, s:i, s:b, s:i}],"
        " s:[{s:s}, {s:s, s:i}, {s:s}, {s:s}], s:[{s:s, s:s, s:i}, {s:s, s:s}, {s:s, s:s}]}",
        "file", "flow.yaml", "status", 0, "started", "then", "ended", "later", "versions", "vflow",
        "1", "inputs", "task", "reader", "path", input, "frames", 10, "outputs", "task", "out",
        "path", output, "bytes", SIZE, "complete", 1, "frames", 9, "tasks", "name", "reader",
        "name", "out", "failed", 3, "name", "other", "name", "reader.x", "edges", "from",
        "reader.video", "to", "out.video", "dropped_newest", 1, "from", "other.video", "to",
        "void.any", "from", "reader.x.video", "to", "void.any");
    ck_assert_ptr_nonnull(report);
    return report;
}

static void write_receipt(void)
{
    json_t *report = make_report(), *tasks = json_pack("[s]", "out");
    const struct vf_receipt_order order = {report, NULL, tasks, NULL};
    ck_assert_int_eq(vf_receipts_write(&order), VF_OK);
    json_decref(tasks);
    json_decref(report);
}

static void setup(void)
{
    scratch_create();
    output = vf_text_format("%s/out.mp4", scratch_path());
    input = vf_text_format("%s/in.mp4", scratch_path());
    receipt = vf_receipt_path(NULL, output);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 7);
    put(output, bytes, SIZE);
    put(input, "what was read", 13);
    write_receipt();
}

static void teardown(void)
{
    free(output);
    free(input);
    free(receipt);
    scratch_remove();
}

/* Returns the reason why the file is not as it was, the caller's; NULL: it is. */
static char *verify(const char *path, bool with_inputs)
{
    const struct vf_receipt_question question = {.with_inputs = with_inputs};
    json_t *answers;
    ck_assert_int_eq(vf_receipts_verify(&question, &path, 1, &answers), VF_OK);
    ck_assert_uint_eq(json_array_size(answers), 1);
    const json_t *answer = json_array_get(answers, 0);
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    ck_assert_int_eq(json_is_true(json_object_get(answer, "ok")), !reason);
    char *found = reason ? strdup(reason) : NULL;
    json_decref(answers);
    return found;
}

static void assert_found(const char *path, bool with_inputs, const char *wanted)
{
    char *reason = verify(path, with_inputs);
    ck_assert_ptr_nonnull(reason);
    ck_assert_msg(strstr(reason, wanted) != NULL, "%s", reason);
    free(reason);
}

START_TEST(a_file_that_is_as_it_was_passes)
{
    ck_assert_ptr_null(verify(output, true));
    ck_assert_ptr_null(verify(receipt, false));
}
END_TEST

START_TEST(any_bit_that_has_changed_is_found)
{
    for (size_t at = 0; at < SIZE; at++) {
        bytes[at] ^= (unsigned char)(1 << at % 8);
        put(output, bytes, SIZE);
        assert_found(output, false, "it has the right size, but other bytes than were written");
        bytes[at] ^= (unsigned char)(1 << at % 8);
    }
}
END_TEST

START_TEST(a_file_that_is_cut_anywhere_is_found)
{
    for (size_t size = 0; size < SIZE; size++) {
        ck_assert_int_eq(truncate(output, (off_t)size), 0);
        assert_found(output, false, "bytes, and its receipt says 1000");
        put(output, bytes, SIZE);
    }
    ck_assert_int_eq(truncate(output, SIZE + 1), 0);
    assert_found(output, false, "it has 1001 bytes, and its receipt says 1000");
}
END_TEST

START_TEST(any_bit_that_has_changed_in_a_receipt_is_found)
{
    static char text[16384];
    FILE *file = fopen(receipt, "r");
    size_t size = fread(text, 1, sizeof(text), file);
    fclose(file);
    for (size_t at = 0; at < size; at++) {
        bool is_space = text[at] == ' ' || text[at] == '\n';
        text[at] = (char)(text[at] ^ (1 << at % 7));
        put(receipt, text, size);
        char *reason = verify(output, false);
        bool is_still_space = strchr(" \n\t\r", text[at]) && text[at];
        ck_assert_msg(reason || (is_space && is_still_space), "at %zu", at);
        free(reason);
        text[at] = (char)(text[at] ^ (1 << at % 7));
    }
    for (size_t length = 0; length + 1 < size; length++) {
        put(receipt, text, length);
        assert_found(output, false, "its receipt cannot be read");
    }
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    ck_assert_int_eq(unlink(input), 0);
    ck_assert_ptr_null(verify(output, false));
    assert_found(output, true, "in.mp4: No such file or directory");
    ck_assert_int_eq(unlink(output), 0);
    assert_found(output, false, "No such file or directory");
    ck_assert_int_eq(unlink(receipt), 0);
    assert_found(output, false, "it has no receipt: there is no ");
}
END_TEST

START_TEST(an_input_that_has_changed_is_found_when_it_is_asked_for)
{
    put(input, "what was reat", 13);
    ck_assert_ptr_null(verify(output, false));
    assert_found(output, true, "in.mp4: it has the right size, but other bytes");
}
END_TEST

START_TEST(a_receipt_of_another_name_is_found)
{
    char *other = vf_text_format("%s/other.mp4", scratch_path());
    char *other_receipt = vf_receipt_path(NULL, other);
    ck_assert_int_eq(rename(output, other), 0);
    ck_assert_int_eq(rename(receipt, other_receipt), 0);
    assert_found(other, false, "its receipt is that of out.mp4");
    free(other_receipt);
    free(other);
}
END_TEST

START_TEST(a_receipt_says_what_was_lost_on_the_way_and_no_more)
{
    json_t *made = json_load_file(receipt, 0, NULL);
    const json_t *lost = json_object_get(made, "lost"), *inputs = json_object_get(made, "inputs");
    char *text = json_dumps(lost, JSON_COMPACT);
    ck_assert_str_eq(text, "[{\"where\":\"reader.video to out.video\",\"reason\":\"no room in the "
                           "queue\",\"count\":1},{\"where\":\"out\",\"reason\":\"the node "
                           "failed\",\"count\":3}]");
    ck_assert_uint_eq(json_array_size(inputs), 1);
    free(text);
    json_decref(made);
}
END_TEST

START_TEST(a_file_that_is_not_as_long_as_it_was_written_gets_none)
{
    json_t *report = make_report(), *tasks = json_pack("[s]", "out");
    const struct vf_receipt_order order = {report, NULL, tasks, NULL};
    ck_assert_int_eq(unlink(receipt), 0);
    ck_assert_int_eq(truncate(output, SIZE - 1), 0);
    capture_errors();
    int err = vf_receipts_write(&order);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "it has another size than what was written"));
    ck_assert_int_eq(err, -EIO);
    ck_assert_int_ne(access(receipt, F_OK), 0);
    json_decref(tasks);
    json_decref(report);
}
END_TEST

/* By the examples of FIPS 180-4. */
START_TEST(digests_are_those_of_the_standard)
{
    char digest[VF_SHA256_TEXT];
    int64_t size;
    ck_assert_int_eq(vf_sha256_bytes("abc", 3, digest), VF_OK);
    ck_assert_str_eq(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    put(output, "", 0);
    ck_assert_int_eq(vf_sha256_file(output, NULL, digest, &size), VF_OK);
    ck_assert_str_eq(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_int_eq(size, 0);
    ck_assert_int_eq(vf_sha256_file(scratch_path(), NULL, digest, &size), -EINVAL);
    ck_assert_int_eq(vf_sha256_file("/dev/null", NULL, digest, &size), -EINVAL);
}
END_TEST

START_TEST(many_files_are_read_at_once_and_each_is_found)
{
    struct vf_digests digests = {0};
    char digest[VF_SHA256_TEXT], name[32];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "%d", i % 50);
        scratch_write(name, name);
        char *path = vf_text_format("%s/%s", scratch_path(), name);
        ck_assert_int_eq(vf_digests_add(&digests, path), VF_OK);
        free(path);
    }
    vf_digests_make(&digests);
    ck_assert_uint_eq(digests.count, 50);
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "%d", i);
        char *path = vf_text_format("%s/%s", scratch_path(), name);
        const struct vf_digest *found = vf_digests_find(&digests, path);
        ck_assert_ptr_nonnull(found);
        ck_assert_int_eq(found->err, VF_OK);
        ck_assert_int_eq(vf_sha256_bytes(name, strlen(name), digest), VF_OK);
        ck_assert_str_eq(found->text, digest);
        free(path);
    }
    ck_assert_ptr_null(vf_digests_find(&digests, "none"));
    vf_digests_finish(&digests);
}
END_TEST

Suite *receipt_suite(void);
Suite *receipt_suite(void)
{
    Suite *suite = suite_create("receipt");
    TCase *tcase = tcase_create("receipt");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_file_that_is_as_it_was_passes);
    tcase_add_test(tcase, any_bit_that_has_changed_is_found);
    tcase_add_test(tcase, a_file_that_is_cut_anywhere_is_found);
    tcase_add_test(tcase, any_bit_that_has_changed_in_a_receipt_is_found);
    tcase_add_test(tcase, what_is_missing_is_named);
    tcase_add_test(tcase, an_input_that_has_changed_is_found_when_it_is_asked_for);
    tcase_add_test(tcase, a_receipt_of_another_name_is_found);
    tcase_add_test(tcase, a_receipt_says_what_was_lost_on_the_way_and_no_more);
    tcase_add_test(tcase, a_file_that_is_not_as_long_as_it_was_written_gets_none);
    tcase_add_test(tcase, digests_are_those_of_the_standard);
    tcase_add_test(tcase, many_files_are_read_at_once_and_each_is_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
