/* SPDX-License-Identifier: MIT */
/* flow_test.h - the tests that stand in a flow file, run with the real engine.
 *
 * A test changes the flow (variables, settings, other nodes in place of cameras), adds nodes that
 * write down what comes out of a port, runs it in a folder of its own by the program itself, and
 * holds the report, the files and what was written down against what is expected.
 */
#ifndef VF_CMD_FLOW_TEST_H
#define VF_CMD_FLOW_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* One test. */
struct vf_flow_test {
    const char *file;           /* of the flow; lent */
    const char *name;           /* lent by `tree` */
    const struct vf_tree *tree; /* lent: what stands there */
    bool may_be_unsafe;         /* its run may do what is refused otherwise */
};

struct vf_flow_test_list {
    struct vf_flow_test *items;
    size_t count;
};

/* What became of a test. Starts as {0}. */
struct vf_flow_test_result {
    struct vf_text failures; /* a line each; empty: it has passed */
    struct vf_text updates;  /* "LINE COLUMN VALUE", a line each: what would be right */
};

/* Adds the tests of a flow, `tests` of its tree, to the list. What is wrong with them is added to
 * `diagnostics`. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_flow_test_collect(struct vf_flow_test_list *list, const char *file,
                                       const struct vf_tree *root,
                                       struct vf_diagnostics *diagnostics);

/* From here on SIGINT, SIGTERM and SIGHUP stop what runs, and this process goes on. */
void vf_flow_test_catch_signals(void);

/* Returns the signal that has come; 0: none. */
int vf_flow_test_signal(void);

/* Runs a test in `folder`, which is there and empty; `has_updates`: says what would be right.
 * Returns a negative errno when it could not be run at all. */
VF_MUST_CHECK int vf_flow_test_run(const struct vf_flow_test *test, const char *folder,
                                   struct vf_flow_test_result *result);

/* Makes the flow of a test and writes it to flow.yaml in `folder`. Returns the status that a run
 * would refuse it with, and adds to *log why; 0: it can be run. Negative: errno. */
VF_MUST_CHECK int vf_flow_test_prepare(const struct vf_flow_test *test, const char *folder,
                                       struct vf_text *log);

/* Returns what holds what comes out of a port: "tap-NUMBER" of the expectation `index` among those of
 * `frames` or `values`. The name of a node; in fresh memory; NULL: out of memory. */
char *vf_flow_test_tap(const char *kind, size_t index);

/* What a run has left behind. */
struct vf_flow_test_run {
    const char *folder;
    int status; /* of the program; -1: it took too long */
    char *log, *output;
};

/* Holds what came against what is expected. */
VF_MUST_CHECK int vf_flow_test_judge(const struct vf_flow_test *test,
                                     const struct vf_flow_test_run *run,
                                     struct vf_flow_test_result *result);

/* Runs this program in `folder`, standard output and error into files there. Returns its exit status,
 * -1 when it took longer than `limit_ns`, after it was ended, or a smaller negative errno. */
int vf_flow_test_execute(const char *folder, const char *const *arguments, const char *output,
                         const char *log, int64_t limit_ns);

/* Returns all bytes of a file in a folder, the caller's, "" for none; NULL: out of memory. */
char *vf_flow_test_read(const char *folder, const char *name);

/* Writes what would be right into the flow file, in the places that `updates` names. Returns how many
 * could not be; negative: errno. */
VF_MUST_CHECK int vf_flow_test_update(const char *file, const char *updates);

void vf_flow_test_result_finish(struct vf_flow_test_result *result);

#endif
