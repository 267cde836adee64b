/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/flow_run.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/flow/file/load.h"
#include "tests/nodes/test_nodes.h"
#include "tests/unit/support/scratch.h"

static struct vf_plan *plan;
static const char *errors;

void flow_run_setup(void)
{
    scratch_create();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path(), 1), 0);
    test_board_create();
}

/* The names of shared memory show in the list of mappings, and in that of descriptors. */
static void assert_no_shared_memory(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps))
        ck_assert_msg(!strstr(line, "memfd:vflow"), "left: %s", line);
    fclose(maps);
    for (int fd = 0; fd < 256; fd++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, line, sizeof(line) - 1);
        line[length > 0 ? length : 0] = '\0';
        ck_assert_msg(!strstr(line, "memfd:vflow"), "left: descriptor %d, %s", fd, line);
    }
}

void flow_run_teardown(void)
{
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a process is left");
    ck_assert_uint_eq(scratch_count(), 0);
    assert_no_shared_memory();
    test_board_destroy();
    scratch_remove();
}

static void make_plan(const char *mode, const char *nodes)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "flow.yaml"};
    struct vf_flow *flow;
    char *text = vf_text_format("vflow: 1\nmode: %s\nnodes:\n%s", mode, nodes);
    ck_assert_ptr_nonnull(text);
    int err = vf_flow_load_text(&request, text, strlen(text), &vf_test_nodes, &diagnostics, &flow);
    if (err)
        vf_diagnostics_print(&diagnostics, stderr);
    ck_assert_int_eq(err, VF_OK);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_test_nodes), VF_OK);
    vf_diagnostics_finish(&diagnostics);
    vf_flow_destroy(&flow);
    free(text);
}

struct vf_engine *flow_run_start(const char *mode, const char *nodes,
                                 const struct vf_engine_settings *settings)
{
    struct vf_engine *engine;
    make_plan(mode, nodes);
    ck_assert_int_eq(vf_engine_create(&engine, plan, settings), VF_OK);
    capture_errors();
    ck_assert_int_eq(vf_engine_allocate(engine), VF_OK);
    return engine;
}

enum vf_exit_status flow_run_join(struct vf_engine **engine)
{
    enum vf_exit_status status;
    ck_assert_int_eq(vf_engine_join(*engine, &status), VF_OK);
    vf_engine_destroy(engine);
    ck_assert_ptr_null(*engine);
    vf_plan_destroy(&plan);
    errors = captured_errors();
    return status;
}

enum vf_exit_status flow_run(const char *nodes)
{
    struct vf_engine_settings settings = {.grace_ns = FLOW_RUN_GRACE_NS};
    struct vf_engine *engine = flow_run_start("batch", nodes, &settings);
    return flow_run_join(&engine);
}

const char *flow_run_errors(void)
{
    return errors;
}

void flow_run_assert_said(const char *text)
{
    ck_assert_msg(strstr(errors, text), "nothing was said like \"%s\", only:\n%s", text, errors);
}

void flow_run_wait_for(atomic_int *number, int least)
{
    while (atomic_load(number) < least)
        usleep(1000); /* another process writes it, and wakes nobody */
}

void flow_run_assert_all(const struct test_sink *sink, int last)
{
    ck_assert_int_eq(atomic_load(&sink->count), last);
    for (int i = 0; i < last && i < BOARD_VALUES; i++)
        ck_assert_int_eq(sink->values[i], i + 1);
}
