/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "cmd/run_log.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

#define EXIT_PATIENCE_MS 5000 /* between the answer of a run and its end */

struct stop_values {
    bool is_now;
    int64_t timeout_ns;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "now", NULL, "Let every task end at its next message",
            VF_BOOLEAN(struct stop_values, is_now)),
    VF_FLAG(0, "timeout", "SECONDS", "How long to wait for the end; 0: do not wait",
            VF_DURATION(struct stop_values, timeout_ns), VF_RANGE(0, 1e6), .fallback = "1000000"),
};

static enum vf_exit_status report_slow(const struct vf_run_link *link,
                                       const struct stop_values *values)
{
    vf_log(VF_LOG_ERROR, "%s (process %d) has not ended within %.1f s", link->card.name,
           (int)link->card.pid, (double)values->timeout_ns / VF_NS_PER_S);
    return VF_EXIT_TIMED_OUT;
}

/* Says how a run has ended; without an answer it was killed. */
static void report_end(const struct vf_run_link *link, const json_t *answer)
{
    int status = VF_EXIT_KILLED;
    if (answer)
        status = (int)json_integer_value(json_object_get(answer, "status"));
    vf_run_link_await_exit(link, EXIT_PATIENCE_MS);
    printf("%s: %s (exit status %d)\n", link->card.name, vf_run_log_meaning(status), status);
}

static enum vf_exit_status stop_run(const char *run, const struct stop_values *values)
{
    struct vf_run_link link;
    json_t *answer;
    bool waits = values->timeout_ns > 0;
    enum vf_exit_status status = vf_run_link_open(&link, run);
    if (status != VF_EXIT_OK)
        return status;
    if (waits)
        link.patience_ms = (int)(values->timeout_ns / VF_NS_PER_MS);
    link.is_quiet = link.tells_silence = waits;
    int err = vf_run_link_ask(&link,
                              json_pack("{ss ss sb}", "request", "stop", "level",
                                        values->is_now ? "halt" : "drain", "wait", waits),
                              &answer);
    if (waits && err == -ETIMEDOUT)
        status = report_slow(&link, values);
    else if (waits && err >= 0)
        report_end(&link, answer);
    else if (err < 0)
        status = VF_EXIT_FAILED;
    json_decref(answer);
    vf_run_link_close(&link);
    return status;
}

static int stop(int argc, char **argv)
{
    struct stop_values values = {0};
    struct vf_operands runs;
    int err = vf_command_line_parse(&vf_command_stop, argc, argv, &values, &runs);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = stop_run(runs.count ? runs.items[0] : NULL, &values);
    vf_command_line_release(&vf_command_stop, &values);
    return (int)status;
}

const struct vf_command vf_command_stop = {
    .name = "stop",
    .summary = "Stop a run, and say how it has ended.",
    .details =
        "RUN is a name or process id, as vflow ps shows them; without it, the only run there is.",
    .operand = "RUN",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = stop,
};
