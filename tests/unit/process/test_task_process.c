/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/flow/check/check.h"
#include "engine/process/engine.h"
#include "engine/process/gpu_sight.h"
#include "engine/process/worker.h"
#include "engine/run/directory.h"
#include "tests/unit/support/scratch.h"

#define TASKS 2
#define SOURCE 1
#define SINK 2

/* What the processes of both tasks show the test. */
struct sight {
    atomic_int opened;
    char order[TASKS][32], visible[TASKS][32]; /* of CUDA, "(unset)" if it is */
    pid_t pid[TASKS];
};
static struct sight *sight;

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_run_directory directory;
static struct vf_address address;
static int ready[2], go;

static void note(char copy[32], const char *variable)
{
    const char *value = getenv(variable);
    snprintf(copy, 32, "%s", value ? value : "(unset)");
}

static int look(struct vf_node_run *run)
{
    int place = strcmp(run->name, "source") == 0 ? 0 : 1;
    note(sight->order[place], "CUDA_DEVICE_ORDER");
    note(sight->visible[place], "CUDA_VISIBLE_DEVICES");
    sight->pid[place] = getpid();
    atomic_fetch_add(&sight->opened, 1);
    return VF_OK;
}

static int source_next(struct vf_node_run *run)
{
    (void)run;
    return VF_END;
}

static int sink_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    (void)inputs;
    return VF_OK;
}

static const struct vf_node looking_source = {
    .name = "looking_source",
    .summary = "Look at the environment.",
    .kind = VF_PRODUCER,
    .outputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Nothing"}),
    .open = look,
    .next = source_next,
};

static const struct vf_node looking_sink = {
    .name = "looking_sink",
    .summary = "Look at the environment.",
    .kind = VF_CONSUMER,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_VALUE, .help = "Nothing"}),
    .open = look,
    .consume = sink_consume,
};

static const struct vf_node *const items[] = {&looking_source, &looking_sink};
static const struct vf_node_list nodes = VF_LIST(items);

/* A flow without a file. */
static void make_plan(void)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow;
    struct vf_flow_node *node;
    ck_assert_int_eq(vf_flow_create(&flow, "two tasks"), VF_OK);
    ck_assert_int_eq(vf_flow_add_node(flow, "source", "looking_source", &node), VF_OK);
    ck_assert_int_eq(vf_flow_add_node(flow, "sink", "looking_sink", &node), VF_OK);
    ck_assert_int_eq(vf_flow_add_input(node, NULL, "source", NULL), VF_OK);
    vf_diagnostics_begin(&diagnostics, "two tasks");
    ck_assert_int_eq(vf_flow_check(flow, &nodes, &diagnostics), VF_OK);
    vf_diagnostics_finish(&diagnostics);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &nodes), VF_OK);
    plan->transport.kind = VF_TRANSPORT_IPC;
    vf_flow_destroy(&flow);
}

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path(), 1), 0);
    ck_assert_int_eq(setenv("CUDA_VISIBLE_DEVICES", "5,6", 1), 0); /* as the user has it */
    ck_assert_int_eq(unsetenv("CUDA_DEVICE_ORDER"), 0);
    sight = mmap(NULL, sizeof(*sight), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(sight, MAP_FAILED);
    make_plan();
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    address = (struct vf_address){.directory = directory.path};
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    go = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    ck_assert_int_ge(go, 0);
}

static void teardown(void)
{
    close(ready[0]);
    close(ready[1]);
    close(go);
    vf_run_directory_remove(&directory);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
    munmap(sight, sizeof(*sight));
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a process is left");
    scratch_remove();
}

static struct vf_worker_spec spec_for(unsigned task)
{
    return (struct vf_worker_spec){
        .plan = plan,
        .memory = memory,
        .task = task,
        .address = &address,
        .supervisor = getpid(),
        .ready_fd = ready[1],
        .go_fd = go,
        .unwanted = ready, /* the end that is read; the other is closed by the task itself */
        .unwanted_count = 1,
    };
}

/* Waits until a task has reported. Returns what it said. */
static int report_of(unsigned task)
{
    struct vf_readiness readiness;
    ck_assert_int_eq(read(ready[0], &readiness, sizeof(readiness)), sizeof(readiness));
    ck_assert_uint_eq(readiness.task, task);
    return readiness.err;
}

/* Lets both tasks go. */
static void let_go(void)
{
    uint64_t both = TASKS;
    ck_assert_int_eq(write(go, &both, sizeof(both)), sizeof(both));
}

static int status_of(pid_t pid)
{
    int wait_status;
    ck_assert_int_eq(waitpid(pid, &wait_status, 0), pid);
    ck_assert(WIFEXITED(wait_status));
    return WEXITSTATUS(wait_status);
}

static void assert_sees(unsigned task, const char *order, const char *visible)
{
    ck_assert_str_eq(sight->order[task - 1], order);
    ck_assert_str_eq(sight->visible[task - 1], visible);
}

START_TEST(a_task_sees_the_gpu_that_it_is_created_with_and_otherwise_none)
{
    struct vf_worker_spec specs[] = {spec_for(SOURCE), spec_for(SINK)};
    pid_t source = vf_process_create_task(&specs[0]);
    ck_assert_int_gt(source, 0);
    ck_assert_int_eq(report_of(SOURCE), VF_OK);
    pid_t sink = vf_process_create_task_gpu(&specs[1], "GPU-8f3c");
    ck_assert_int_gt(sink, 0);
    ck_assert_int_eq(report_of(SINK), VF_OK);
    let_go();
    ck_assert_int_eq(status_of(source), VF_EXIT_OK);
    ck_assert_int_eq(status_of(sink), VF_EXIT_OK);
    assert_sees(SOURCE, "PCI_BUS_ID", "");
    assert_sees(SINK, "PCI_BUS_ID", "GPU-8f3c");
    ck_assert_int_eq(sight->pid[0], source);
    ck_assert_int_eq(sight->pid[1], sink);
    ck_assert_str_eq(getenv("CUDA_VISIBLE_DEVICES"), "5,6"); /* the supervisor's is its own */
    ck_assert_ptr_null(getenv("CUDA_DEVICE_ORDER"));
}
END_TEST

START_TEST(gpus_are_hidden_until_they_are_shown_again)
{
    struct vf_gpu_sight before = {0};
    ck_assert_int_eq(vf_gpu_sight_hide(&before), VF_OK);
    ck_assert_str_eq(getenv("CUDA_VISIBLE_DEVICES"), "");
    ck_assert_str_eq(getenv("CUDA_DEVICE_ORDER"), "PCI_BUS_ID");
    vf_gpu_sight_show(&before);
    ck_assert_str_eq(getenv("CUDA_VISIBLE_DEVICES"), "5,6");
    ck_assert_ptr_null(getenv("CUDA_DEVICE_ORDER"));
}
END_TEST

START_TEST(nothing_is_opened_before_all_are_ready)
{
    struct vf_worker_spec specs[] = {spec_for(SOURCE), spec_for(SINK)};
    pid_t source = vf_process_create_task(&specs[0]);
    ck_assert_int_eq(report_of(SOURCE), VF_OK);
    pid_t sink = vf_process_create_task(&specs[1]);
    ck_assert_int_eq(report_of(SINK), VF_OK);
    ck_assert_int_eq(atomic_load(&sight->opened), 0);
    let_go();
    ck_assert_int_eq(status_of(source), VF_EXIT_OK);
    ck_assert_int_eq(status_of(sink), VF_EXIT_OK);
    ck_assert_int_eq(atomic_load(&sight->opened), 2);
}
END_TEST

START_TEST(a_task_that_cannot_start_reports_why_and_ends)
{
    struct vf_worker_spec spec = spec_for(SOURCE);
    address.directory = "/nowhere/at/all";
    capture_errors();
    pid_t source = vf_process_create_task(&spec);
    ck_assert_int_eq(report_of(SOURCE), -ENOENT);
    ck_assert_int_eq(status_of(source), VF_EXIT_INTERNAL);
    ck_assert_ptr_nonnull(
        strstr(captured_errors(), "vflow: source: cannot start: No such file or directory\n"));
    ck_assert_int_eq(atomic_load(&sight->opened), 0);
}
END_TEST

START_TEST(a_task_whose_supervisor_has_gone_does_not_start)
{
    struct vf_worker_spec spec = spec_for(SOURCE);
    spec.supervisor = 1; /* as if the process that forked it had died since */
    pid_t source = vf_process_create_task(&spec);
    ck_assert_int_eq(status_of(source), VF_EXIT_INTERNAL);
    ck_assert_int_eq(atomic_load(&sight->opened), 0);
}
END_TEST

static const struct vf_engine_settings patient = {.grace_ns = 3600 * VF_NS_PER_S};

START_TEST(an_engine_gives_each_task_the_gpu_of_the_plan)
{
    enum vf_exit_status status;
    struct vf_engine *engine;
    plan->tasks[SINK - 1].gpu_id = strdup("3");
    ck_assert_int_eq(vf_engine_create(&engine, plan, &patient), VF_OK);
    ck_assert_int_eq(vf_engine_allocate(engine), VF_OK);
    ck_assert_int_eq(vf_engine_join(engine, &status), VF_OK);
    ck_assert_int_eq(status, VF_EXIT_OK);
    assert_sees(SOURCE, "PCI_BUS_ID", "");
    assert_sees(SINK, "PCI_BUS_ID", "3");
    vf_engine_destroy(&engine);
}
END_TEST

START_TEST(what_was_not_allocated_can_be_neither_stopped_nor_joined)
{
    enum vf_exit_status status;
    struct vf_engine *engine;
    ck_assert_int_eq(vf_engine_create(&engine, plan, &patient), VF_OK);
    ck_assert_int_eq(vf_engine_signal_termination(engine), -EINVAL);
    ck_assert_int_eq(vf_engine_join(engine, &status), -EINVAL);
    vf_engine_destroy(&engine);
}
END_TEST

START_TEST(after_a_failed_start_no_task_was_started_and_none_will_be)
{
    enum vf_exit_status status;
    struct vf_engine *engine;
    size_t count;
    int next = dup(STDIN_FILENO);
    const struct rlimit few = {(rlim_t)next + 4, (rlim_t)next + 4}; /* descriptors */
    ck_assert_int_eq(close(next), 0);
    ck_assert_int_eq(vf_engine_create(&engine, plan, &patient), VF_OK);
    capture_errors();
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    ck_assert_int_lt(vf_engine_allocate(engine), 0);
    ck_assert_int_eq(vf_engine_allocate(engine), -EALREADY);
    ck_assert_int_eq(vf_engine_signal_termination(engine), -EINVAL);
    ck_assert_int_eq(vf_engine_join(engine, &status), -EINVAL);
    const struct vf_task_outcome *outcomes = vf_engine_outcomes(engine, &count);
    ck_assert_uint_eq(count, TASKS);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(outcomes[i].pid, 0);
        ck_assert_int_eq(outcomes[i].exit_status, -1);
        ck_assert_int_eq(outcomes[i].signal, 0);
    }
    vf_engine_destroy(&engine);
}
END_TEST

Suite *task_process_suite(void);
Suite *task_process_suite(void)
{
    Suite *suite = suite_create("task_process");
    TCase *tcase = tcase_create("task_process");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_task_sees_the_gpu_that_it_is_created_with_and_otherwise_none);
    tcase_add_test(tcase, gpus_are_hidden_until_they_are_shown_again);
    tcase_add_test(tcase, nothing_is_opened_before_all_are_ready);
    tcase_add_test(tcase, a_task_that_cannot_start_reports_why_and_ends);
    tcase_add_test(tcase, a_task_whose_supervisor_has_gone_does_not_start);
    tcase_add_test(tcase, an_engine_gives_each_task_the_gpu_of_the_plan);
    tcase_add_test(tcase, what_was_not_allocated_can_be_neither_stopped_nor_joined);
    tcase_add_test(tcase, after_a_failed_start_no_task_was_started_and_none_will_be);
    suite_add_tcase(suite, tcase);
    return suite;
}
