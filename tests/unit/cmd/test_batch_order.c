/* SPDX-License-Identifier: MIT */
#include "cmd/batch/order.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch/display.h"
#include "cmd/batch/split.h"
#include "cmd/batch/variables.h"
#include "engine/base/array.h"
#include "engine/base/exit_status.h"

static char paths[][3] = {"/a", "/b", "/c", "/d"};
static const struct vf_batch_input files[] = {
    {.path = paths[0], .size = 10},
    {.path = paths[1], .size = 30},
    {.path = paths[2], .size = 20},
    {.path = paths[3], .size = 20},
};

static struct vf_batch_jobs make_jobs(struct vf_batch_job jobs[4])
{
    for (size_t i = 0; i < 4; i++)
        jobs[i] = (struct vf_batch_job){.input = &files[i], .forecast = {.work = -1}, .part = -1};
    return (struct vf_batch_jobs){jobs, 4};
}

START_TEST(what_takes_longest_comes_first_and_what_is_unknown_before_it)
{
    struct vf_batch_job items[4];
    struct vf_batch_jobs jobs = make_jobs(items);
    size_t order[4];
    const size_t wanted[] = {1, 2, 3, 0};
    items[0].forecast.work = 5;
    items[3].forecast.work = 6;
    ck_assert_int_eq(vf_batch_order(&jobs, order), VF_OK);
    ck_assert_mem_eq(order, wanted, sizeof(order));
}
END_TEST

START_TEST(a_job_starts_only_where_there_is_room_and_one_alone_always)
{
    struct vf_batch_room room = {.jobs = 3, .memory = 1000000000};
    struct vf_batch_forecast next = {.memory = 400000000};
    ck_assert(vf_batch_has_room(&room, 0, 0, &next));
    ck_assert(vf_batch_has_room(&room, 2, 600000000, &next));
    ck_assert(!vf_batch_has_room(&room, 2, 600000001, &next));
    ck_assert(!vf_batch_has_room(&room, 3, 0, &next));
    next.memory = 2000000000;
    ck_assert(vf_batch_has_room(&room, 0, 0, &next));
    ck_assert(!vf_batch_has_room(&room, 1, 0, &next));
    room.memory = 0; /* nobody knows how much there is */
    ck_assert(vf_batch_has_room(&room, 1, 0, &next));
    next.is_alone = true;
    ck_assert(vf_batch_has_room(&room, 0, 0, &next));
    ck_assert(!vf_batch_has_room(&room, 1, 0, &next));
    next = (struct vf_batch_forecast){.tasks = 2};
    ck_assert_uint_gt(vf_batch_memory(&next), 1000000);
}
END_TEST

START_TEST(a_shard_is_read_as_its_number_and_how_many_there_are)
{
    static const char *const wrong[] = {"", "1", "0/2", "3/2", "1/", "/2", "1/2/3", "-1/2", "a/b"};
    struct vf_batch_shard shard;
    ck_assert(vf_batch_shard_read("2/3", &shard));
    ck_assert_uint_eq(shard.number, 2);
    ck_assert_uint_eq(shard.count, 3);
    for (size_t i = 0; i < VF_COUNT(wrong); i++)
        ck_assert_msg(!vf_batch_shard_read(wrong[i], &shard), "%s", wrong[i]);
}
END_TEST

/* Makes inputs of `count` files, the sizes of which are very different, in one order or the other. */
static void make_inputs(struct vf_batch_inputs *inputs, size_t count, bool is_reversed)
{
    *inputs = (struct vf_batch_inputs){calloc(count, sizeof(*inputs->items)), count};
    ck_assert_ptr_nonnull(inputs->items);
    for (size_t i = 0; i < count; i++) {
        size_t number = is_reversed ? count - 1 - i : i;
        char path[32];
        snprintf(path, sizeof(path), "/nowhere/%03zu", number);
        ck_assert_int_eq(vf_batch_input_init(&inputs->items[i], path), VF_OK);
        inputs->items[i].size = (int64_t)(number * number);
    }
}

START_TEST(shards_have_each_input_once_are_even_and_do_not_depend_on_the_order)
{
    enum { COUNT = 100, SHARDS = 7 };
    int64_t most = 0, least = INT64_MAX;
    unsigned owners[COUNT] = {0};
    for (unsigned number = 1; number <= SHARDS; number++) {
        const struct vf_batch_shard shard = {number, SHARDS};
        struct vf_batch_inputs inputs, same;
        struct vf_batch_jobs one, other;
        int64_t sum = 0;
        make_inputs(&inputs, COUNT, false);
        make_inputs(&same, COUNT, true);
        ck_assert_int_eq(vf_batch_jobs_init(&one, &inputs), VF_OK);
        ck_assert_int_eq(vf_batch_jobs_init(&other, &same), VF_OK);
        ck_assert_int_eq(vf_batch_take_shard(&one, &shard), VF_OK);
        ck_assert_int_eq(vf_batch_take_shard(&other, &shard), VF_OK);
        ck_assert_uint_eq(one.count, other.count);
        for (size_t i = 0; i < one.count; i++) {
            const struct vf_batch_input *input = one.items[i].input;
            ck_assert_str_eq(input->path, other.items[one.count - 1 - i].input->path);
            owners[strtoul(input->name, NULL, 10)]++;
            sum += input->size;
        }
        most = sum > most ? sum : most;
        least = sum < least ? sum : least;
        vf_batch_jobs_finish(&one);
        vf_batch_jobs_finish(&other);
        vf_batch_inputs_finish(&inputs);
        vf_batch_inputs_finish(&same);
    }
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(owners[i], 1);
    ck_assert_int_le(most - least, most / 50);
}
END_TEST

/* How many parts are made of an input that lasts 100 s, has so many pieces, and is split after so
 * long. */
static const struct {
    uint64_t cuts;
    double seconds;
    unsigned parts;
} splits[] = {{100, 30, 4},    {100, 50, 2}, {100, 100, 0}, {100, 500, 0},
              {100, 0.1, 100}, {3, 30, 3},   {1, 30, 0},    {0, 30, 0}};

START_TEST(an_input_is_split_where_there_are_pieces_and_it_is_long_enough)
{
    struct vf_batch_inputs inputs;
    struct vf_batch_jobs jobs;
    make_inputs(&inputs, 2, false);
    ck_assert_int_eq(vf_batch_jobs_init(&jobs, &inputs), VF_OK);
    jobs.items[1].forecast = (struct vf_batch_forecast){
        .seconds = 100, .work = 1000, .cuts = splits[_i].cuts, .pieces = json_array()};
    ck_assert_int_eq(vf_batch_split(&jobs, splits[_i].seconds), VF_OK);
    ck_assert_uint_eq(jobs.items[1].parts, splits[_i].parts);
    ck_assert_uint_eq(jobs.count, 2 + splits[_i].parts);
    for (unsigned i = 1; i <= splits[_i].parts; i++) {
        const struct vf_batch_job *part = &jobs.items[1 + i];
        ck_assert_uint_eq(part->whole, 1);
        ck_assert_uint_eq(part->shard.number, i);
        ck_assert_uint_eq(part->shard.count, splits[_i].parts);
        ck_assert_double_eq_tol(part->forecast.work, 1000.0 / splits[_i].parts, 1e-9);
    }
    vf_batch_jobs_finish(&jobs);
    vf_batch_inputs_finish(&inputs);
}
END_TEST

START_TEST(shards_get_parts_and_not_what_joins_them)
{
    unsigned seen[2][5] = {{0}};
    for (unsigned number = 1; number <= 3; number++) {
        struct vf_batch_inputs inputs;
        struct vf_batch_jobs jobs;
        make_inputs(&inputs, 2, false);
        ck_assert_int_eq(vf_batch_jobs_init(&jobs, &inputs), VF_OK);
        jobs.items[1].forecast = (struct vf_batch_forecast){.seconds = 100, .cuts = 9};
        ck_assert_int_eq(vf_batch_split(&jobs, 25), VF_OK);
        ck_assert_int_eq(vf_batch_take_shard(&jobs, &(struct vf_batch_shard){number, 3}), VF_OK);
        for (size_t i = 0; i < jobs.count; i++) {
            const struct vf_batch_job *job = &jobs.items[i];
            seen[job->input == &inputs.items[1]][job->shard.number]++;
            ck_assert_uint_eq(job->whole, VF_BATCH_NO_JOB);
        }
        vf_batch_jobs_finish(&jobs);
        vf_batch_inputs_finish(&inputs);
    }
    for (unsigned part = 0; part <= 4; part++) {
        ck_assert_uint_eq(seen[0][part], part == 0);
        ck_assert_uint_eq(seen[1][part], part > 0);
    }
}
END_TEST

START_TEST(progress_counts_work_and_not_what_was_done_before)
{
    struct vf_batch_job items[4];
    struct vf_batch_jobs jobs = make_jobs(items);
    struct vf_batch_progress progress;
    struct vf_text line = {0};
    items[0].forecast.work = 10;
    items[1].forecast.work = 30; /* those of which nothing is known count as 20 */
    items[0].state = VF_BATCH_DONE;
    items[1].state = VF_BATCH_RUNNING;
    items[1].part = 0.5;
    items[2].state = VF_BATCH_FAILED;
    items[2].is_kept = true;
    vf_batch_progress_read(&progress, &jobs, 10);
    ck_assert_double_eq_tol(progress.part, 25.0 / 60, 1e-9);
    ck_assert_double_eq_tol(progress.left_seconds, 14, 1e-9);
    vf_batch_progress_print(&line, &progress);
    ck_assert_str_eq(line.bytes, "41 %  1/4 done  1 failed  1 running  0:14 left");
    vf_text_finish(&line);
}
END_TEST

START_TEST(a_run_without_a_report_is_explained_by_its_first_error)
{
    struct vf_batch_job items[4];
    (void)make_jobs(items);
    struct vf_batch_end end = {.status = 70,
                               .said = "task  in\nvflow: warning: slow\nvflow: no memory\n"};
    ck_assert_int_eq(vf_batch_job_end(&items[0], &end), VF_OK);
    ck_assert_int_eq(items[0].state, VF_BATCH_FAILED);
    ck_assert_str_eq(items[0].reason, "no memory");
    end = (struct vf_batch_end){.status = 137};
    ck_assert_int_eq(vf_batch_job_end(&items[0], &end), VF_OK);
    ck_assert_str_eq(items[0].reason, "its run was killed by signal 9");
    end.was_asked_to_stop = true;
    ck_assert_int_eq(vf_batch_job_end(&items[0], &end), VF_OK);
    ck_assert_int_eq(items[0].state, VF_BATCH_INTERRUPTED);
    end.status = VF_EXIT_FAILED; /* its programs were stopped as well */
    ck_assert_int_eq(vf_batch_job_end(&items[0], &end), VF_OK);
    ck_assert_int_eq(items[0].state, VF_BATCH_INTERRUPTED);
    end = (struct vf_batch_end){.status = 0};
    ck_assert_int_eq(vf_batch_job_end(&items[0], &end), VF_OK);
    ck_assert_int_eq(items[0].state, VF_BATCH_FAILED);
    ck_assert_str_eq(items[0].reason, "its run has left no report");
    free(items[0].reason);
    json_decref(items[0].outputs);
}
END_TEST

START_TEST(variables_are_expanded_wherever_they_stand_and_others_are_not)
{
    char whole[] = "m/$a.mp4", dir[] = "m", name[] = "$a.mp4", stem[] = "${name}";
    const struct vf_batch_input input = {.input = whole, .dir = dir, .name = name, .stem = stem};
    char *text = vf_batch_variables_expand("o=${dir}/${stem}-${stem}${x}${nam}$", &input);
    ck_assert_str_eq(text, "o=m/${name}-${name}${x}${nam}$");
    free(text);
    ck_assert(vf_batch_variables_are_in("$${input}"));
    ck_assert(!vf_batch_variables_are_in("${inputs}"));
    ck_assert(!vf_batch_variables_are_in(""));
}
END_TEST

Suite *batch_order_suite(void);
Suite *batch_order_suite(void)
{
    Suite *suite = suite_create("batch_order");
    TCase *tcase = tcase_create("batch_order");
    tcase_add_test(tcase, what_takes_longest_comes_first_and_what_is_unknown_before_it);
    tcase_add_test(tcase, a_job_starts_only_where_there_is_room_and_one_alone_always);
    tcase_add_test(tcase, a_shard_is_read_as_its_number_and_how_many_there_are);
    tcase_add_test(tcase, shards_have_each_input_once_are_even_and_do_not_depend_on_the_order);
    tcase_add_loop_test(tcase, an_input_is_split_where_there_are_pieces_and_it_is_long_enough, 0,
                        VF_COUNT(splits));
    tcase_add_test(tcase, shards_get_parts_and_not_what_joins_them);
    tcase_add_test(tcase, progress_counts_work_and_not_what_was_done_before);
    tcase_add_test(tcase, a_run_without_a_report_is_explained_by_its_first_error);
    tcase_add_test(tcase, variables_are_expanded_wherever_they_stand_and_others_are_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
