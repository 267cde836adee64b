/* SPDX-License-Identifier: MIT */
/* failing_source, failing_step, failing_sink - do nothing remarkable until they fail. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "tests/nodes/test_board.h"

enum moment { NEVER, IN_OPEN, IN_WORK, IN_FLUSH, IN_CLOSE };
enum manner {
    BY_ERROR,
    BY_REPORT,
    BY_ABORT,
    BY_SEGMENTATION,
    BY_KILL,
    BY_EXIT,
    BY_LEAVE,
    BY_STALL,
    BY_COMPLAINT,
    BY_LOSS
};

struct failing_options {
    unsigned moment, manner;
    int frame, number;
};

struct failing {
    int frames;
};

static const struct vf_option options[] = {
    {"at", "When it fails",
     VF_CHOICE(struct failing_options, moment, {"never", NEVER, "It does not"},
               {"open", IN_OPEN, "Before anything"}, {"work", IN_WORK, "At a frame"},
               {"flush", IN_FLUSH, "After the last"}, {"close", IN_CLOSE, "At the very end"}),
     .fallback = "never"},
    {"by", "How it fails",
     VF_CHOICE(struct failing_options, manner, {"error", BY_ERROR, "A line and a code"},
               {"report", BY_REPORT, "A line, and it goes on"}, {"abort", BY_ABORT, "SIGABRT"},
               {"segv", BY_SEGMENTATION, "SIGSEGV"}, {"kill", BY_KILL, "SIGKILL"},
               {"exit", BY_EXIT, "Status 3"}, {"leave", BY_LEAVE, "Status 0"},
               {"stall", BY_STALL, "It comes to no end"},
               {"complaint", BY_COMPLAINT, "A code, and why in words"},
               {"loss", BY_LOSS, "The same, and nothing works any more"}),
     .fallback = "error"},
    {"frame", "At which frame, from 1", VF_INTEGER(struct failing_options, frame),
     VF_RANGE(1, 1000000), .fallback = "1"},
    {"number", "At which origin, in whatever process; 0: go by the frame",
     VF_INTEGER(struct failing_options, number), VF_RANGE(0, 1000000), .fallback = "0"},
};

/* Dies as a library that is called from a node does, without a sanitizer's report. */
static void die(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static int fail(struct vf_node_run *run, enum manner manner)
{
    static const int signals[] = {
        [BY_ABORT] = SIGABRT, [BY_SEGMENTATION] = SIGSEGV, [BY_KILL] = SIGKILL};
    if (manner == BY_REPORT) {
        vf_node_report_error(run, "something is missing");
        return VF_OK;
    }
    if (manner == BY_EXIT)
        _exit(3);
    if (manner == BY_LEAVE)
        _exit(VF_EXIT_OK);
    if (manner == BY_COMPLAINT || manner == BY_LOSS) {
        vf_node_complain(run, "it was told\nto", "by the flow\n");
        run->is_lost = manner == BY_LOSS;
        return -EIO;
    }
    if (manner == BY_STALL) {
        for (;;)
            pause();
    }
    if (manner != BY_ERROR)
        die(signals[manner]);
    vf_log(VF_LOG_ERROR, "failed as it was told");
    return -EIO;
}

static int reach(struct vf_node_run *run, enum moment moment)
{
    const struct failing_options *asked = run->options;
    struct failing *failing = run->state;
    if (moment == IN_WORK && ++failing->frames != asked->frame)
        return VF_OK;
    return asked->moment == moment ? fail(run, asked->manner) : VF_OK;
}

static int failing_open(struct vf_node_run *run)
{
    return reach(run, IN_OPEN);
}

static int failing_next(struct vf_node_run *run)
{
    struct vf_message *number = NULL;
    int err = reach(run, IN_WORK);
    if (!err)
        err = vf_message_create_integer(&number, ((struct failing *)run->state)->frames);
    if (!err)
        err = vf_node_emit(run, 0, &number);
    vf_message_destroy(&number);
    return err;
}

static int failing_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct failing_options *asked = run->options;
    bool is_reached = inputs[0]->description.origin.number == (uint64_t)asked->number;
    int err = VF_OK;
    if (!asked->number)
        err = reach(run, IN_WORK);
    else if (is_reached && asked->moment == IN_WORK)
        err = fail(run, asked->manner);
    return err ? err : vf_node_passthrough(run, 0, 0);
}

static int failing_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    return reach(run, IN_WORK);
}

static int failing_flush(struct vf_node_run *run)
{
    if (test_board)
        atomic_fetch_add(&test_board->flushes, 1);
    return reach(run, IN_FLUSH);
}

static void failing_close(struct vf_node_run *run)
{
    if (test_board)
        atomic_fetch_add(&test_board->closes, 1);
    int err = reach(run, IN_CLOSE);
    (void)err; /* a close cannot fail, only die */
}

extern const struct vf_node vf_node_failing_source, vf_node_failing_step, vf_node_failing_sink;

const struct vf_node vf_node_failing_source = {
    .name = "failing_source",
    .summary = "Count until it fails.",
    .kind = VF_PRODUCER,
    .options = VF_LIST(options),
    .options_size = sizeof(struct failing_options),
    .state_size = sizeof(struct failing),
    .outputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .open = failing_open,
    .next = failing_next,
    .flush = failing_flush,
    .close = failing_close,
};

const struct vf_node vf_node_failing_step = {
    .name = "failing_step",
    .summary = "Pass everything on until it fails.",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .options_size = sizeof(struct failing_options),
    .state_size = sizeof(struct failing),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .open = failing_open,
    .process = failing_process,
    .flush = failing_flush,
    .close = failing_close,
};

const struct vf_node vf_node_failing_sink = {
    .name = "failing_sink",
    .summary = "Throw everything away until it fails.",
    .kind = VF_CONSUMER,
    .options = VF_LIST(options),
    .options_size = sizeof(struct failing_options),
    .state_size = sizeof(struct failing),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .open = failing_open,
    .consume = failing_consume,
    .flush = failing_flush,
    .close = failing_close,
};
