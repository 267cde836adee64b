/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/run/card.h"
#include "tests/unit/support/scratch.h"

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path(), 1), 0);
    ck_assert_int_eq(setenv("VFLOW_TEST_RUNS", "1", 1), 0); /* and not what else runs here */
}

static void teardown(void)
{
    scratch_remove();
}

/* A run that others can find. */
struct run {
    struct vf_run_directory directory;
    struct vf_run_card card;
};

static int begin(struct run *run, const char *name, bool is_asked)
{
    run->card = (struct vf_run_card){.pid = getpid(), .flow = strdup("/a/flow.yaml")};
    snprintf(run->card.name, sizeof(run->card.name), "%s", name);
    vf_clock_print_utc(run->card.since, vf_clock_since_1970_ns());
    ck_assert_int_eq(vf_run_directory_create(&run->directory), VF_OK);
    return vf_run_card_publish(&run->directory, &run->card, is_asked);
}

static void end(struct run *run)
{
    vf_run_card_finish(&run->card);
    vf_run_directory_remove(&run->directory);
}

static size_t count_runs(void)
{
    struct vf_run_cards cards = {0};
    vf_run_cards_collect(&cards);
    size_t count = cards.count;
    vf_run_cards_finish(&cards);
    return count;
}

START_TEST(a_run_is_found_by_its_card_until_it_ends)
{
    struct run run;
    struct vf_run_cards cards = {0};
    ck_assert_int_eq(begin(&run, "detect", false), VF_OK);
    vf_run_cards_collect(&cards);
    ck_assert_uint_eq(cards.count, 1);
    ck_assert_str_eq(cards.items[0].name, "detect");
    ck_assert_str_eq(cards.items[0].flow, "/a/flow.yaml");
    ck_assert_str_eq(cards.items[0].folder, run.directory.path);
    ck_assert_str_eq(cards.items[0].since, run.card.since);
    ck_assert_int_eq(cards.items[0].pid, getpid());
    ck_assert(!cards.items[0].is_realtime);
    vf_run_cards_finish(&cards);
    end(&run);
    ck_assert_uint_eq(count_runs(), 0);
}
END_TEST

START_TEST(a_name_that_is_taken_gets_the_process_id)
{
    struct run first, second;
    char *wanted = vf_text_format("detect-%d", (int)getpid());
    ck_assert_int_eq(begin(&first, "detect", false), VF_OK);
    ck_assert_int_eq(begin(&second, "detect", false), VF_OK);
    ck_assert_str_eq(second.card.name, wanted);
    ck_assert_uint_eq(count_runs(), 2);
    end(&first);
    end(&second);
    free(wanted);
}
END_TEST

START_TEST(a_name_that_is_asked_for_is_not_changed)
{
    struct run first, second;
    ck_assert_int_eq(begin(&first, "detect", true), VF_OK);
    ck_assert_int_eq(begin(&second, "detect", true), -EEXIST);
    ck_assert_uint_eq(count_runs(), 1);
    end(&first);
    end(&second);
}
END_TEST

START_TEST(a_run_that_was_killed_is_none)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct run left;
        _exit(begin(&left, "detect", true) == VF_OK ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(count_runs(), 0);
    struct run next;
    ck_assert_int_eq(begin(&next, "detect", true), VF_OK);
    end(&next);
}
END_TEST

START_TEST(a_folder_without_a_card_is_no_run)
{
    struct vf_run_directory directory;
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    ck_assert_uint_eq(count_runs(), 0);
    vf_run_directory_remove(&directory);
}
END_TEST

static const char *const bad_cards[] = {"",   "rubbish",       "{}",
                                        "[]", "{\"name\": 1}", "{\"name\": \"a\", \"pid\": \"b\"}"};

START_TEST(a_card_with_rubbish_is_none)
{
    struct vf_run_directory directory;
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    char *path = vf_text_format("%s/" VF_RUN_CARD_FILE, directory.path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(bad_cards[_i], file);
    fclose(file);
    ck_assert_uint_eq(count_runs(), 0);
    free(path);
    vf_run_directory_remove(&directory);
}
END_TEST

static const struct {
    const char *flow, *name;
} names[] = {
    {"detect.yaml", "detect"},
    {"/a/b.c/detect.two.yml", "detect.two"},
    {"flow.json", "flow"},
    {"no_ending", "no_ending"},
    {"-", "stdin"},
    {"a flow (old).yaml", "a_flow__old_"},
    {"1.yaml", "flow-1"},
    {".yaml", "flow-.yaml"},
    {"--help.yaml", "flow---help"},
    {"gr\xc3\xbc\xc3\x9f.yaml", "gr\xc3\xbc\xc3\x9f"},
    {"latin\xe9.yaml", "latin_"},
    {"\xe2\x80\xae.yaml", "flow-___"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789x.yaml",
     "flow-01234567890123456789012345678901234567890123456789012345678"},
};

START_TEST(a_run_is_called_as_its_file)
{
    char name[VF_RUN_NAME_SIZE];
    vf_run_name_of_flow(name, names[_i].flow);
    ck_assert_str_eq(name, names[_i].name);
    ck_assert(vf_run_name_is_valid(name));
}
END_TEST

static const char *const bad_names[] = {"",         "12",   ".a",   "-a",      "_a",
                                        "a/b",      "a b",  "a\nb", "caf\xe9", "\xe2\x80\xae",
                                        "a\033[1m", "a%s;", "\"a\""};

START_TEST(a_run_cannot_have_every_name)
{
    ck_assert(!vf_run_name_is_valid(bad_names[_i]));
}
END_TEST

Suite *run_card_suite(void);
Suite *run_card_suite(void)
{
    Suite *suite = suite_create("run_card");
    TCase *tcase = tcase_create("run_card");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_run_is_found_by_its_card_until_it_ends);
    tcase_add_test(tcase, a_name_that_is_taken_gets_the_process_id);
    tcase_add_test(tcase, a_name_that_is_asked_for_is_not_changed);
    tcase_add_test(tcase, a_run_that_was_killed_is_none);
    tcase_add_test(tcase, a_folder_without_a_card_is_no_run);
    tcase_add_loop_test(tcase, a_card_with_rubbish_is_none, 0, VF_COUNT(bad_cards));
    tcase_add_loop_test(tcase, a_run_is_called_as_its_file, 0, VF_COUNT(names));
    tcase_add_loop_test(tcase, a_run_cannot_have_every_name, 0, VF_COUNT(bad_names));
    suite_add_tcase(suite, tcase);
    return suite;
}
