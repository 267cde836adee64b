/* SPDX-License-Identifier: MIT */
#include "cmd/submit/script.h"
#include "engine/base/shell_word.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

static const struct {
    const char *text;
    uint64_t seconds;
} times[] = {
    {"90", 5400},        {"30:15", 1815},        {"4:00:00", 14400}, {"1-12", 129600},
    {"1-12:30", 131400}, {"2-00:00:01", 172801}, {"UNLIMITED", 0},   {"", 0},
    {"1:", 0},           {"1:2:3:4", 0},         {"5 minutes", 0},   {"-3", 0},
};

START_TEST(a_time_limit_is_read_as_slurm_reads_it)
{
    ck_assert_uint_eq(vf_submit_time_seconds(times[_i].text), times[_i].seconds);
}
END_TEST

static const char *const words[][2] = {
    {"made/a.mp4", "made/a.mp4"}, {"", "''"},     {"a b", "'a b'"},
    {"it's", "'it'\\''s'"},       {"$x", "'$x'"}, {"a\nb", "'a\nb'"},
    {"\xc3\xa4", "'\xc3\xa4'"},   {"~", "'~'"},   {"a=b,c:d@e+f%g_h", "a=b,c:d@e+f%g_h"},
};

START_TEST(a_word_is_quoted_where_a_shell_would_change_it)
{
    struct vf_text text = {0};
    vf_shell_word(&text, words[_i][0]);
    ck_assert_str_eq(text.bytes, words[_i][1]);
    vf_text_finish(&text);
}
END_TEST

static struct vf_submit_job usual_job(void)
{
    return (struct vf_submit_job){.name = "films",
                                  .program = "/usr/bin/vflow",
                                  .folder = "/share/films.slurm",
                                  .shards = 3,
                                  .side_by_side = 1,
                                  .cpus = 4,
                                  .memory = ((uint64_t)300 << 20) + 1,
                                  .notice_seconds = 90};
}

START_TEST(what_slurm_cannot_read_is_refused)
{
    struct vf_submit_job job = usual_job();
    ck_assert_ptr_null(vf_submit_job_refuse(&job));
    job.time = "1:31";
    ck_assert_ptr_null(vf_submit_job_refuse(&job));
    job.time = "1:30";
    ck_assert_ptr_nonnull(strstr(vf_submit_job_refuse(&job), "--time"));
    job = usual_job();
    job.folder = "/share/it's";
    ck_assert_ptr_nonnull(strstr(vf_submit_job_refuse(&job), "--folder"));
    job = usual_job();
    job.name = "a \"b\"";
    ck_assert_ptr_nonnull(strstr(vf_submit_job_refuse(&job), "name of the job"));
}
END_TEST

START_TEST(what_a_shard_needs_stands_in_its_script)
{
    struct vf_submit_job job = usual_job();
    struct vf_text text = {0};
    job.folder = "/share/50% done";
    job.at_most = 2;
    vf_submit_print_shard(&text, &job);
    ck_assert_ptr_nonnull(strstr(text.bytes, "\n#SBATCH --array=1-3%2\n"));
    ck_assert_ptr_nonnull(strstr(text.bytes, "\n#SBATCH --mem=301M\n"));
    ck_assert_ptr_nonnull(
        strstr(text.bytes, "\n#SBATCH --output=\"/share/50%% done/shard-%a.log\"\n"));
    ck_assert_ptr_nonnull(strstr(text.bytes, "\nfolder='/share/50% done'\n"));
    vf_text_finish(&text);
}
END_TEST

START_TEST(the_last_job_asks_for_a_run_where_it_joins_parts)
{
    struct vf_submit_job job = usual_job();
    struct vf_text text = {0};
    const char *const given[] = {"--split", "10m", "--", "film.yaml"};
    job.words = given;
    job.word_count = VF_COUNT(given);
    vf_submit_print_merge(&text, &job);
    ck_assert_ptr_nonnull(strstr(text.bytes, "\n#SBATCH --mem=256M\n"));
    ck_assert_ptr_null(strstr(text.bytes, "--join"));
    vf_text_finish(&text);
    job.is_split = true;
    vf_submit_print_merge(&text, &job);
    ck_assert_ptr_nonnull(strstr(text.bytes, "\n#SBATCH --cpus-per-task=4\n#SBATCH --mem=301M\n"));
    ck_assert_ptr_nonnull(strstr(text.bytes, " batch --join "));
    ck_assert_ptr_nonnull(strstr(text.bytes, "\t--split 10m -- film.yaml\n"));
    vf_text_finish(&text);
}
END_TEST

Suite *submit_script_suite(void);

Suite *submit_script_suite(void)
{
    Suite *suite = suite_create("submit_script");
    TCase *tcase = tcase_create("submit_script");
    tcase_add_loop_test(tcase, a_time_limit_is_read_as_slurm_reads_it, 0, VF_COUNT(times));
    tcase_add_loop_test(tcase, a_word_is_quoted_where_a_shell_would_change_it, 0, VF_COUNT(words));
    tcase_add_test(tcase, what_slurm_cannot_read_is_refused);
    tcase_add_test(tcase, what_a_shard_needs_stands_in_its_script);
    tcase_add_test(tcase, the_last_job_asks_for_a_run_where_it_joins_parts);
    suite_add_tcase(suite, tcase);
    return suite;
}
