/* SPDX-License-Identifier: MIT */
/* flow_run.h - whole flows in a test, with processes, made of the nodes of test_nodes.h. */
#ifndef VF_TESTS_UNIT_SUPPORT_FLOW_RUN_H
#define VF_TESTS_UNIT_SUPPORT_FLOW_RUN_H

#include "engine/base/clock.h"
#include "engine/process/engine.h"
#include "tests/nodes/test_board.h"

/* So long that no test passes that waits for it. */
#define FLOW_RUN_GRACE_NS (3600 * VF_NS_PER_S)

/* A fixture: a run directory of the test's own, and a clean board. The second fails the test when
 * a process, a file or shared memory of a run is left. */
void flow_run_setup(void);
void flow_run_teardown(void);

/* Runs `nodes`, the lines under "nodes:", to the end, and returns the exit status. */
enum vf_exit_status flow_run(const char *nodes);

/* The same in three steps, with a mode ("batch", "realtime") and settings. */
struct vf_engine *flow_run_start(const char *mode, const char *nodes,
                                 const struct vf_engine_settings *settings);
enum vf_exit_status flow_run_join(struct vf_engine **engine);

/* Lends what the last run said on standard error. */
const char *flow_run_errors(void);

/* Fails the test unless that contains `text`. */
void flow_run_assert_said(const char *text);

/* Waits until a number on the board has reached `least`, ten seconds at most. */
void flow_run_wait_for(atomic_int *number, int least);

/* Asserts that a sink was given 1, 2 ... up to `last`, and no more. */
void flow_run_assert_all(const struct test_sink *sink, int last);

#endif
