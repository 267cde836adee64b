/* SPDX-License-Identifier: MIT */
/* Which GPUs there are, and which task gets which. */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/flow/gpu/gpu.h"
#include "engine/flow/gpu/probe.h"
#include "engine/process/engine.h"
#include "nodes/all_nodes.h"
#include "tests/nodes/environment.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

#define TWO                                      \
    "GPU 0: NVIDIA H200 (UUID: GPU-4b2f-aaaa)\n" \
    "GPU 1: NVIDIA A100-SXM4 (UUID: GPU-4c00-bbbb)\n"
#define SPLIT                                         \
    "GPU 0: NVIDIA A100 (UUID: GPU-4b2f-aaaa)\n"      \
    "  MIG 1g.10gb     Device  0: (UUID: MIG-1111)\n" \
    "  MIG 2g.20gb     Device  1: (UUID: MIG-2222)\n" \
    "GPU 1: NVIDIA H200 (UUID: GPU-4c00-bbbb)\n"

static struct vf_gpu_list gpus;

static void setup(void)
{
    gpus = (struct vf_gpu_list){0};
}

static void teardown(void)
{
    vf_gpu_list_finish(&gpus);
}

/* The ids in their order, with commas between them. Lent until the next call. */
static const char *ids(void)
{
    static char text[256];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < gpus.count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i ? "," : "",
                                   gpus.items[i].id);
    return text;
}

START_TEST(what_nvidia_smi_lists_is_read)
{
    ck_assert_int_eq(vf_gpu_list_parse(&gpus, TWO), VF_OK);
    ck_assert_str_eq(ids(), "0,1");
    ck_assert_str_eq(gpus.items[0].model, "NVIDIA H200");
    ck_assert_str_eq(gpus.items[1].uuid, "GPU-4c00-bbbb");
    ck_assert_int_eq(gpus.items[1].number, 1);
}
END_TEST

static const char *const listings_of_none[] = {
    "",
    "\n\n",
    "No devices found.\n",
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
    "Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.\n",
    "GPU x: (UUID: )",
    "GPU 0 NVIDIA (UUID: GPU-1)\n",
    "  MIG 1g.10gb Device 0: (UUID: MIG-1111)\n",
    "(UUID: ",
};

START_TEST(lines_that_name_no_gpu_are_skipped)
{
    ck_assert_int_eq(vf_gpu_list_parse(&gpus, listings_of_none[_i]), VF_OK);
    ck_assert_uint_eq(gpus.count, 0);
}
END_TEST

static const struct {
    const char *listing, *visible, *ids;
} restrictions[] = {
    {TWO, NULL, "0,1"},
    {TWO, "", ""},
    {TWO, "0", "0"},
    {TWO, "1,0", "1,0"},
    {TWO, " 1 ,\t0", "1,0"},
    {TWO, "GPU-4c00-bbbb", "1"},
    {TWO, "GPU-4c,0", "1,0"},
    {TWO, "GPU-4", ""}, /* both begin so */
    {TWO, "0,GPU-4,1", "0"},
    {TWO, "0,2,1", "0"},
    {TWO, "-1,0", ""},
    {TWO, "0,0,1", "0"},
    {TWO, "0,GPU-4b2f-aaaa,1", "0"},
    {TWO, "NoDevFiles", ""},
    {TWO, "0,", "0"},
    {TWO, "MIG-GPU-4b2f-aaaa/1/0,1", "MIG-GPU-4b2f-aaaa/1/0,1"},
    {SPLIT, NULL, "MIG-1111,MIG-2222,1"},
    {SPLIT, "MIG-2222,0", "MIG-2222,0"},
    {"", NULL, ""},
    {"", "0,1", ""},
};

START_TEST(what_is_visible_counts_as_cuda_counts_it)
{
    ck_assert_int_eq(vf_gpu_list_parse(&gpus, restrictions[_i].listing), VF_OK);
    ck_assert_int_eq(vf_gpu_list_restrict(&gpus, restrictions[_i].visible), VF_OK);
    ck_assert_str_eq(ids(), restrictions[_i].ids);
}
END_TEST

START_TEST(gpus_can_be_named_without_being_looked_for)
{
    ck_assert_int_eq(vf_gpu_list_name(&gpus, "3, 1,GPU-4b,MIG-1/2/3"), VF_OK);
    ck_assert_str_eq(ids(), "3,1,GPU-4b,MIG-1/2/3");
    ck_assert_int_eq(gpus.items[0].number, 3);
    ck_assert_int_eq(gpus.items[2].number, -1);
    vf_gpu_list_finish(&gpus);
    ck_assert_int_eq(vf_gpu_list_name(&gpus, "none"), VF_OK);
    ck_assert_uint_eq(gpus.count, 0);
}
END_TEST

static const struct {
    const char *named, *reason;
} wrong_names[] = {
    {"first", "vflow: \"first\" names no GPU; give numbers or UUIDs: 0,1\n"},
    {"0,,1", "vflow: \"\" names no GPU; give numbers or UUIDs: 0,1\n"},
    {"", "vflow: \"\" names no GPU; give numbers or UUIDs: 0,1\n"},
    {"-1", "vflow: \"-1\" names no GPU; give numbers or UUIDs: 0,1\n"},
    {"99999", "vflow: \"99999\" names no GPU; give numbers or UUIDs: 0,1\n"},
    {"0,1,0", "vflow: GPU 0 is named twice\n"},
};

START_TEST(what_cannot_name_a_gpu_is_refused)
{
    capture_errors();
    int err = vf_gpu_list_name(&gpus, wrong_names[_i].named);
    ck_assert_str_eq(captured_errors(), wrong_names[_i].reason);
    ck_assert_int_eq(err, -EINVAL);
}
END_TEST

#define ON_CPU(task) "vflow: warning: no GPU is available for " task ": it runs on the CPU\n"

static const struct {
    const char *gpus, *requests; /* a letter a task: - none, a any, s shared, a number; capital
                                    letters need it */
    const char *ids, *log;
    int err;
} assignments[] = {
    {"0,1", "-a-a", "-,0,-,1", "", VF_OK},
    {"5,3", "aa", "5,3", "", VF_OK},
    {"0,1", "aaa", "0,1,-", ON_CPU("t3"), VF_OK},
    {"0,1", "aAA", "0,1,-", "vflow: No GPU available to allocate t3\n", -ENODEV},
    {"0,1", "a0", "1,0", "", VF_OK}, /* numbers come first */
    {"0,1", "11", "1,1", "", VF_OK},
    {"0,1", "110", "1,1,0", "", VF_OK},
    {"0,1,2", "sasss", "1,0,2,1,2", "", VF_OK}, /* only those nobody has alone */
    {"0,1", "asas", "0,0,1,1", "", VF_OK},      /* or all */
    {"0", "sS", "0,0", "", VF_OK},
    {"none", "as1", "-,-,-", ON_CPU("t3") ON_CPU("t1") ON_CPU("t2"), VF_OK},
    {"none", "AS", "-,-",
     "vflow: No GPU available to allocate t1\nvflow: No GPU available to allocate t2\n", -ENODEV},
    {"0,1", "2", "-", "vflow: t1 asks for GPU 2, which is not there; there is: 0, 1\n", -ENODEV},
    {"GPU-1", "0", "-", "vflow: t1 asks for GPU 0, which is not there; there is: GPU-1\n", -ENODEV},
};

static struct vf_plan_task make_task(const char *name, char request)
{
    struct vf_plan_task task = {.name = name, .gpu = VF_GPU_NONE};
    task.gpu_is_needed = request == 'A' || request == 'S';
    if (request == 'a' || request == 'A')
        task.gpu = VF_GPU_ANY;
    else if (request == 's' || request == 'S')
        task.gpu = VF_GPU_SHARED;
    else if (request != '-')
        task.gpu = VF_GPU_NUMBER;
    if (task.gpu == VF_GPU_NUMBER)
        task.gpu_number = (unsigned)(request - '0');
    return task;
}

START_TEST(gpus_are_given_to_tasks)
{
    static const char *const names[] = {"t1", "t2", "t3", "t4", "t5"};
    struct vf_plan_task tasks[VF_COUNT(names)];
    struct vf_plan plan = {.tasks = tasks, .task_count = strlen(assignments[_i].requests)};
    char given[128] = "";
    size_t length = 0;
    for (size_t i = 0; i < plan.task_count; i++)
        tasks[i] = make_task(names[i], assignments[_i].requests[i]);
    ck_assert_int_eq(vf_gpu_list_name(&gpus, assignments[_i].gpus), VF_OK);
    capture_errors();
    int err = vf_gpu_list_assign(&gpus, &plan);
    ck_assert_str_eq(captured_errors(), assignments[_i].log);
    ck_assert_int_eq(err, assignments[_i].err);
    for (size_t i = 0; i < plan.task_count; i++) {
        length += (size_t)snprintf(given + length, sizeof(given) - length, "%s%s", i ? "," : "",
                                   tasks[i].gpu_id ? tasks[i].gpu_id : "-");
        free(tasks[i].gpu_id);
    }
    ck_assert_str_eq(given, assignments[_i].ids);
}
END_TEST

START_TEST(nothing_is_looked_for_unless_a_task_asks)
{
    struct vf_plan_task task = make_task("t1", '-');
    struct vf_plan plan = {.tasks = &task, .task_count = 1};
    scratch_create();
    setenv("PATH", scratch_path(), 1);
    ck_assert_int_eq(vf_gpu_allocate(&gpus, &plan, NULL), VF_OK);
    ck_assert_uint_eq(gpus.count, 0);
    scratch_remove();
}
END_TEST

/* Puts a program of that name and text in the scratch folder, which becomes the PATH. */
static void make_program(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", scratch_path(), name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0755), 0);
    setenv("PATH", scratch_path(), 1);
}

/* Where NVML can be loaded, the program is never asked. */
static bool has_nvml(void)
{
    void *library = dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (library)
        dlclose(library);
    return library != NULL;
}

static const struct {
    const char *program, *listing, *log;
    int64_t limit_ms; /* 0: a minute */
} answers[] = {
    {"#!/bin/sh\necho \"$*: one (UUID: two)\"\n", "-L: one (UUID: two)\n", ""},
    {"#!/bin/sh\necho half\nexit 6\n", "half\n", ""},
    {"#!/bin/sh\necho half\nexec /bin/sleep 60\n", "",
     "vflow: warning: no GPUs are used: the driver did not name them within 0.2 s\n", 200},
    {"#!/bin/sh\nkill -SEGV $$\n", "",
     "vflow: warning: asking the driver for GPUs ended with signal 11\n"},
};

START_TEST(the_program_is_asked_but_not_for_ever)
{
    struct vf_text listing = {0};
    if (has_nvml())
        return;
    scratch_create();
    make_program("nvidia-smi", answers[_i].program);
    capture_errors();
    int64_t limit_ms = answers[_i].limit_ms;
    int err = vf_gpu_probe(&listing, (limit_ms ? limit_ms : 60000) * VF_NS_PER_MS);
    ck_assert_str_eq(captured_errors(), answers[_i].log);
    ck_assert_int_eq(err, VF_OK);
    ck_assert_str_eq(listing.bytes ? listing.bytes : "", answers[_i].listing);
    vf_text_finish(&listing);
    scratch_remove();
}
END_TEST

START_TEST(without_library_and_program_there_is_no_gpu)
{
    struct vf_text listing = {0};
    if (has_nvml())
        return;
    scratch_create();
    setenv("PATH", scratch_path(), 1);
    ck_assert_int_eq(vf_gpu_probe(&listing, 60 * VF_NS_PER_S), VF_OK);
    ck_assert_uint_eq(listing.length, 0);
    scratch_remove();
}
END_TEST

static int run(struct vf_plan *plan)
{
    struct vf_engine_settings settings = {.grace_ns = 10 * VF_NS_PER_S};
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    if (!err)
        err = vf_engine_allocate(engine);
    if (!err)
        err = vf_engine_join(engine, &status);
    vf_engine_destroy(&engine);
    ck_assert_int_eq(status, VF_EXIT_OK);
    return err;
}

static const struct vf_node *nodes[2];
static const struct vf_node_list list = VF_LIST(nodes);

/* Three tasks, each of which writes its environment in a file of its name. */
static struct vf_plan *plan_run(void)
{
    char folder[256];
    const char *variables[] = {folder};
    struct vf_flow_request request = {.file = "f", .variables = variables, .variable_count = 1};
    struct vf_diagnostics mistakes = {0};
    struct vf_flow *flow;
    struct vf_plan *plan;
    static const char yaml[] =
        "vflow: 1\nnodes:\n"
        "  numbers: {type: int_source, end: 3}\n"
        "  one: {type: environment, path: \"${at}/one\", inputs: numbers, gpu: any}\n"
        "  two: {type: environment, path: \"${at}/two\", inputs: numbers}\n"
        "  three: {type: environment, path: \"${at}/three\", inputs: numbers, gpu: 3,\n"
        "          dies: true, restart: on-failure, backoff: 1ms}\n";
    snprintf(folder, sizeof(folder), "at=%s", scratch_path());
    nodes[0] = vf_node_find(&vf_all_nodes, "int_source");
    nodes[1] = &vf_node_environment;
    ck_assert_int_eq(vf_flow_load_text(&request, yaml, strlen(yaml), &list, &mistakes, &flow),
                     VF_OK);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &list), VF_OK);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&mistakes);
    return plan;
}

static void check_line(FILE *file, const char *wanted)
{
    char line[256];
    ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
    ck_assert_str_eq(line, wanted);
}

/* Fails the test unless that is what each of a task's processes has written. */
static void check_told(const char *task, int processes, const char *visible)
{
    char path[256], more[256], wanted[256];
    snprintf(path, sizeof(path), "%s/%s", scratch_path(), task);
    snprintf(wanted, sizeof(wanted), "CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=%s\n",
             visible);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < processes; i++)
        check_line(file, wanted);
    ck_assert_ptr_null(fgets(more, sizeof(more), file));
    fclose(file);
}

/* The third is started again, and keeps its own. */
START_TEST(a_task_sees_the_gpu_it_was_given_and_no_other)
{
    scratch_create();
    setenv("CUDA_VISIBLE_DEVICES", "7", 1);
    struct vf_plan *plan = plan_run();
    ck_assert_int_eq(vf_gpu_allocate(&gpus, plan, "3,GPU-4b"), VF_OK);
    ck_assert_int_eq(run(plan), VF_OK);
    check_told("one", 1, "GPU-4b");
    check_told("two", 1, "");
    check_told("three", 2, "3");
    vf_plan_destroy(&plan);
    scratch_remove();
}
END_TEST

Suite *gpu_suite(void);
Suite *gpu_suite(void)
{
    Suite *suite = suite_create("gpu");
    TCase *tcase = tcase_create("gpu");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_nvidia_smi_lists_is_read);
    tcase_add_loop_test(tcase, lines_that_name_no_gpu_are_skipped, 0,
                        (int)VF_COUNT(listings_of_none));
    tcase_add_loop_test(tcase, what_is_visible_counts_as_cuda_counts_it, 0,
                        (int)VF_COUNT(restrictions));
    tcase_add_test(tcase, gpus_can_be_named_without_being_looked_for);
    tcase_add_loop_test(tcase, what_cannot_name_a_gpu_is_refused, 0, (int)VF_COUNT(wrong_names));
    tcase_add_loop_test(tcase, gpus_are_given_to_tasks, 0, (int)VF_COUNT(assignments));
    tcase_add_test(tcase, nothing_is_looked_for_unless_a_task_asks);
    tcase_add_loop_test(tcase, the_program_is_asked_but_not_for_ever, 0, (int)VF_COUNT(answers));
    tcase_add_test(tcase, without_library_and_program_there_is_no_gpu);
    tcase_add_test(tcase, a_task_sees_the_gpu_it_was_given_and_no_other);
    suite_add_tcase(suite, tcase);
    return suite;
}
