/* SPDX-License-Identifier: MIT */
/* What the tasks of a plan are going to need, asked before anything starts. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/flow/file/load.h"
#include "engine/flow/plan/memory_limit.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define LIMIT_NS (20 * VF_NS_PER_S)
#define PLACES 5 /* of an edge: a queue of 4, and one in work */
#define SPARE 2
#define FLOW "vflow: 1\nnodes:\n"
#define SOURCE "  eye: {type: test_source, size: 640x360}\n"

static struct vf_flow *flow;
static struct vf_plan *plan;

static void plan_flow(const char *yaml)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "f"};
    ck_assert_int_eq(
        vf_flow_load_text(&request, yaml, strlen(yaml), &vf_all_nodes, &diagnostics, &flow), VF_OK);
    vf_diagnostics_finish(&diagnostics);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_all_nodes), VF_OK);
    ck_assert_int_eq(vf_plan_foresee(plan, LIMIT_NS), VF_OK);
}

static void teardown(void)
{
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    media_teardown();
}

static void assert_video(const char *task, int width, int height, const char *format)
{
    const struct vf_forecast *forecast = &find_task(plan, task)->forecasts[0];
    ck_assert(forecast->is_known);
    ck_assert_int_eq(forecast->video.width, width);
    ck_assert_int_eq(forecast->video.height, height);
    ck_assert_str_eq(forecast->video.format, format);
}

static void assert_needs(const char *name, unsigned payloads, size_t bytes)
{
    const struct vf_plan_task *task = find_task(plan, name);
    ck_assert(task->is_memory_known);
    ck_assert_uint_eq(task->payloads, payloads);
    ck_assert_uint_eq(task->memory, payloads * bytes);
}

START_TEST(frames_are_foretold_from_options_all_along_the_flow)
{
    plan_flow(FLOW SOURCE "  same: {type: identity, inputs: eye}\n"
                          "  small: {type: resize, inputs: same, width: 320}\n"
                          "  out: {type: void, inputs: small}\n");
    size_t large = 384 << 10, small = 128 << 10; /* rounded up to 64 KiB, guards included */
    assert_video("same", 640, 360, "yuv420p");
    assert_video("small", 320, 180, "yuv420p");
    assert_needs("eye", 2 * PLACES + SPARE, large);
    assert_needs("same", 0, 0);
    assert_needs("small", PLACES + SPARE, small);
    assert_needs("out", 0, 0);
    ck_assert_uint_eq(plan->memory,
                      find_task(plan, "eye")->memory + find_task(plan, "small")->memory);
    ck_assert(plan->is_memory_known);
}
END_TEST

START_TEST(what_is_resized_to_its_own_size_is_passed_on_and_stays_where_it_is)
{
    plan_flow(FLOW SOURCE "  same: {type: resize, inputs: eye, width: 640}\n"
                          "  out: {type: void, inputs: same}\n");
    assert_needs("same", 0, 0);
    ck_assert_uint_eq(find_task(plan, "eye")->payloads, 2 * PLACES + SPARE);
}
END_TEST

START_TEST(each_output_has_places_of_its_own_size)
{
    plan_flow(FLOW SOURCE "  v: {type: void, inputs: eye}\n"
                          "  a: {type: void, inputs: {from: eye.audio, queue: 9}}\n");
    const struct vf_plan_task *eye = find_task(plan, "eye");
    ck_assert_uint_eq(eye->pool_count, 2);
    ck_assert_uint_eq(eye->pools[0].count, PLACES + SPARE);
    ck_assert_uint_eq(eye->pools[1].count, 10 + SPARE);
    ck_assert_uint_lt(eye->pools[1].size, 4096);
}
END_TEST

START_TEST(a_group_needs_what_its_members_make)
{
    plan_flow(FLOW SOURCE "  a: {type: resize, inputs: eye, width: 320, group: g}\n"
                          "  b: {type: identity, inputs: a, group: g}\n"
                          "  c: {type: resize, inputs: b, width: 160, group: g}\n"
                          "  out: {type: void, inputs: c}\n"
                          "  too: {type: void, inputs: b}\n");
    const struct vf_plan_task *group = find_task(plan, "g");
    unsigned sized = 0;
    ck_assert(group->is_memory_known);
    for (size_t i = 0; i < group->pool_count; i++) {
        if (!group->pools[i].size)
            continue;
        sized++;
        ck_assert_uint_eq(group->pools[i].count, PLACES + SPARE);
    }
    ck_assert_uint_eq(sized, 2);
    assert_needs("eye", PLACES + SPARE, 384 << 10);
}
END_TEST

START_TEST(what_nobody_can_know_is_said_to_be_unknown)
{
    plan_flow(FLOW "  in: {type: zmq_in, endpoint: \"tcp://127.0.0.1:9\"}\n"
                   "  same: {type: identity, inputs: in}\n"
                   "  n: {type: int_source}\n"
                   "  out: {type: void, inputs: same}\n"
                   "  numbers: {type: void, inputs: n}\n");
    ck_assert(!find_task(plan, "in")->is_memory_known);
    ck_assert(find_task(plan, "same")->is_memory_known);
    ck_assert(find_task(plan, "n")->is_memory_known);
    ck_assert(!plan->is_memory_known);
    ck_assert_uint_eq(plan->memory, 0);
}
END_TEST

static const struct {
    const char *name, *codec, *format;
} files[] = {
    {"a.mp4", "libx264", "yuv420p"}, {"a.mkv", "libx264", "yuv420p"},
    {"a.avi", "mpeg4", "yuv420p"},   {"a.mkv", "ffv1", "yuv422p"},
    {"a.nut", "rawvideo", "rgb24"},  {"a.ts", "mpeg2video", "yuv420p"},
};

static const struct vf_message *read_back(const char *name)
{
    ck_assert_int_eq(media_read(name, "0", "0", "0"), VF_END);
    return vf_bench_output(&media_bench, VF_VIDEO, 0);
}

START_TEST(a_file_tells_the_size_that_its_frames_really_have)
{
    media_make("12", "854x482", files[_i].format);
    media_write(files[_i].name, files[_i].codec);
    char *yaml = vf_text_format(FLOW "  in: {type: video_reader, path: %s, threads: 2}\n"
                                     "  out: {type: void, inputs: in}\n",
                                media_path(files[_i].name));
    plan_flow(yaml);
    free(yaml);
    assert_video("in", 854, 482, files[_i].format);
    const struct vf_forecast *forecast = &find_task(plan, "in")->forecasts[VF_VIDEO];
    const struct vf_message *frame = read_back(files[_i].name);
    ck_assert_uint_eq(forecast->payload_bytes, frame->payload->size);
    ck_assert_uint_le(find_task(plan, "in")->keeps, 16 + 2);
}
END_TEST

START_TEST(a_file_that_is_no_medium_stays_unknown)
{
    char *yaml;
    capture_errors();
    FILE *file = fopen(media_path("a.mp4"), "w");
    fputs("nonsense", file);
    ck_assert_int_eq(fclose(file), 0);
    yaml = vf_text_format(FLOW "  in: {type: video_reader, path: %s}\n"
                               "  out: {type: void, inputs: in}\n",
                          media_path("a.mp4"));
    plan_flow(yaml);
    free(yaml);
    ck_assert(!find_task(plan, "in")->is_memory_known);
    ck_assert_uint_eq(find_task(plan, "in")->keeps, media_node("video_reader")->keeps);
    ck_assert_str_eq(captured_errors(), "");
}
END_TEST

static void hang(struct vf_foresight *foresight)
{
    (void)foresight;
    pause();
}

static void crash(struct vf_foresight *foresight)
{
    (void)foresight;
    abort();
}

START_TEST(a_node_that_hangs_or_crashes_over_its_forecast_leaves_it_unknown)
{
    plan_flow(FLOW SOURCE "  out: {type: void, inputs: eye}\n");
    struct vf_node node = {.kind = VF_PRODUCER, .outputs = plan->tasks[0].node->outputs};
    const struct vf_node *real = plan->tasks[0].node;
    node.forecast = _i ? crash : hang;
    plan->tasks[0].node = &node;
    memset(plan->tasks[0].forecasts, 0, real->outputs.count * sizeof(struct vf_forecast));
    ck_assert_int_eq(vf_plan_foresee(plan, VF_NS_PER_S / 10), VF_OK);
    plan->tasks[0].node = real;
    ck_assert(!plan->tasks[0].is_memory_known);
}
END_TEST

/* Checks the limit of the flow, and returns what is said. */
static char *check_limit(const char *limit, int expected)
{
    struct vf_diagnostics diagnostics = {0};
    char *yaml = vf_text_format("vflow: 1\nmemory: %s\nnodes:\n" SOURCE
                                "  small: {type: resize, inputs: eye, width: 320, replicas: 2}\n"
                                "  out: {type: void, inputs: small}\n",
                                limit);
    char *messages;
    size_t size;
    plan_flow(yaml);
    free(yaml);
    vf_diagnostics_begin(&diagnostics, "f");
    ck_assert_int_eq(vf_flow_memory_check(flow, plan, &diagnostics), expected);
    FILE *stream = open_memstream(&messages, &size);
    vf_diagnostics_print(&diagnostics, stream);
    ck_assert_int_eq(fclose(stream), 0);
    vf_diagnostics_finish(&diagnostics);
    return messages;
}

START_TEST(a_flow_that_needs_more_than_it_may_have_is_told_who_needs_it)
{
    char *messages = check_limit("2MB", -EINVAL);
    ck_assert_str_eq(messages,
                     "f:2:9: the frames of this flow need 6.6 MB, more than the 2.0 MB of memory "
                     "that it may have: eye 4.7 MB (12 of 0.4 MB), small.1-2 1.8 MB (7 of 0.1 MB "
                     "each); smaller queues, fewer replicas or smaller frames would help\n");
    free(messages);
}
END_TEST

START_TEST(a_flow_that_fits_may_have_the_rest_of_its_limit_for_surprises)
{
    char *messages = check_limit("100 MB", VF_OK);
    ck_assert_str_eq(messages, "");
    free(messages);
    uint64_t sum = 0;
    for (size_t i = 0; i < plan->task_count; i++) {
        uint64_t ceiling = vf_plan_memory_ceiling(plan, &plan->tasks[i]);
        ck_assert_uint_ge(ceiling, plan->tasks[i].memory);
        sum += ceiling;
    }
    ck_assert_uint_le(sum, 100000000);
    ck_assert_uint_gt(sum, 99000000);
}
END_TEST

START_TEST(a_machine_without_so_much_memory_refuses)
{
    char *path = strdup(media_path("meminfo"));
    const struct vf_memory_sources sources = {path, media_path("none"), path};
    FILE *file = fopen(path, "w");
    fputs("MemAvailable: 3000 kB\n", file);
    ck_assert_int_eq(fclose(file), 0);
    capture_errors();
    plan_flow(FLOW SOURCE "  out: {type: void, inputs: {from: eye, queue: 50}}\n");
    ck_assert_int_eq(vf_flow_memory_check_machine(plan, &sources), -ENOMEM);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "this machine has only 3.1 MB of memory left"));
    free(path);
}
END_TEST

Suite *flow_forecast_suite(void);
Suite *flow_forecast_suite(void)
{
    Suite *suite = suite_create("flow_forecast");
    TCase *tcase = tcase_create("flow_forecast");
    tcase_add_checked_fixture(tcase, media_setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, frames_are_foretold_from_options_all_along_the_flow);
    tcase_add_test(tcase, what_is_resized_to_its_own_size_is_passed_on_and_stays_where_it_is);
    tcase_add_test(tcase, each_output_has_places_of_its_own_size);
    tcase_add_test(tcase, a_group_needs_what_its_members_make);
    tcase_add_test(tcase, what_nobody_can_know_is_said_to_be_unknown);
    tcase_add_loop_test(tcase, a_file_tells_the_size_that_its_frames_really_have, 0,
                        (int)VF_COUNT(files));
    tcase_add_test(tcase, a_file_that_is_no_medium_stays_unknown);
    tcase_add_loop_test(tcase, a_node_that_hangs_or_crashes_over_its_forecast_leaves_it_unknown, 0,
                        2);
    tcase_add_test(tcase, a_flow_that_needs_more_than_it_may_have_is_told_who_needs_it);
    tcase_add_test(tcase, a_flow_that_fits_may_have_the_rest_of_its_limit_for_surprises);
    tcase_add_test(tcase, a_machine_without_so_much_memory_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}
