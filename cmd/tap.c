/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "cmd/tap/flow.h"
#include "cmd/tap/text.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/process/control/control.h"
#include "engine/tap/feed.h"

enum format { JSON, Y4M, MJPEG, JPEG, NPY, RAW };

struct tap_values {
    enum format format;
    int64_t limit, interval_ns;
    bool is_shown;
};

static const struct vf_flag flags[] = {
    VF_FLAG('f', "format", "FORMAT", "What to write",
            VF_CHOICE(struct tap_values, format,
                      {"json", JSON, "An object in a line: what came, and its value"},
                      {"y4m", Y4M, "Video, for ffplay and others"},
                      {"mjpeg", MJPEG, "JPEG pictures, one after the other"},
                      {"jpeg", JPEG, "One JPEG picture"},
                      {"npy", NPY, "Arrays, one after the other, for numpy.load"},
                      {"raw", RAW, "The bytes of the value"}),
            .fallback = "json"),
    VF_FLAG(0, "limit", "N", "End after N messages; 0: when the run does",
            VF_INTEGER64(struct tap_values, limit), VF_RANGE(0, 1e15), .fallback = "0"),
    VF_FLAG(0, "interval", "SECONDS", "Time between two messages, at least",
            VF_DURATION(struct tap_values, interval_ns), VF_RANGE(0, 86400), .fallback = "0"),
    VF_FLAG(0, "show", NULL, "Draw the pictures on the terminal; what is none is printed",
            VF_BOOLEAN(struct tap_values, is_shown)),
};

/* Writes messages until the run is over, or nobody reads them. */
static int print_all(struct vf_tap_feed *feed, const struct tap_values *values)
{
    struct vf_tap_view view;
    int err = VF_OK;
    for (int64_t count = 0; !err && (!values->limit || count < values->limit);) {
        err = vf_tap_feed_next(feed, &view);
        if (err == -EAGAIN) {
            err = VF_OK;
            continue;
        }
        if (err)
            break;
        err = values->format == JSON  ? vf_tap_print_json(feed->wish->places[view.place].task,
                                                          &view.description, view.bytes)
              : values->format == NPY ? vf_tap_print_npy(&view.description, view.bytes)
                                      : vf_tap_print_raw(&view.description, view.bytes);
        vf_tap_feed_done(feed, &view);
        count++;
    }
    return err;
}

static enum vf_exit_status print(const struct vf_tap_wish *wish, const struct tap_values *values)
{
    struct vf_tap_feed feed;
    if (vf_tap_feed_open(&feed, wish) < 0)
        return VF_EXIT_FAILED;
    int err = print_all(&feed, values);
    vf_tap_feed_close(&feed);
    if (!err || err == VF_END || err == -EPIPE) /* whoever reads has seen enough */
        return VF_EXIT_OK;
    if (err == -ENOTSUP)
        vf_log(VF_LOG_ERROR, "what comes is no array");
    else
        vf_log(VF_LOG_ERROR, "cannot write to standard output: %s", strerror(-err));
    return VF_EXIT_OUTPUT_FAILED;
}

static enum vf_exit_status show(const struct vf_tap_wish *wish, const struct tap_values *values,
                                const char *type)
{
    static const enum vf_tap_form forms[] = {
        [Y4M] = VF_TAP_Y4M, [MJPEG] = VF_TAP_MJPEG, [JPEG] = VF_TAP_MJPEG, [NPY] = VF_TAP_NPY};
    bool is_video = strcmp(type, "video") == 0;
    bool may_be_video = is_video || strcmp(type, "any") == 0; /* then what comes tells */
    bool is_picture = values->format == Y4M || values->format == MJPEG || values->format == JPEG;
    if (is_picture && !may_be_video) {
        vf_log(VF_LOG_ERROR, "%s is no video; use -f json or -f raw", type);
        return VF_EXIT_USAGE;
    }
    if (values->is_shown && is_video)
        return vf_tap_flow_run(wish, VF_TAP_SHOW, values->limit);
    if (is_picture || (is_video && values->format == NPY))
        return vf_tap_flow_run(wish, forms[values->format],
                               values->format == JPEG && !values->limit ? 1 : values->limit);
    return print(wish, values);
}

static enum vf_exit_status tap_link(struct vf_run_link *link, const char *place,
                                    const struct tap_values *values)
{
    struct vf_tap_wish wish = {.interval_ns = values->interval_ns, .link_fd = link->fd};
    int descriptors[VF_CONTROL_DESCRIPTORS];
    size_t count = VF_CONTROL_DESCRIPTORS;
    json_t *answer = NULL;
    json_t *request = json_pack("{ss ss}", "request", "tap", "place", place);
    int err = vf_run_link_ask_for_descriptors(link, request, &answer, descriptors, &count);
    if (err) {
        if (err == VF_END)
            vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link->card.name);
        return VF_EXIT_FAILED;
    }
    err = vf_tap_wish_take(&wish, answer, descriptors, count);
    const char *type = json_string_value(json_object_get(answer, "type"));
    enum vf_exit_status status = VF_EXIT_FAILED;
    if (err == -ESTALE)
        vf_log(VF_LOG_ERROR, "%s runs with another version of vflow; use that one to look at it",
               link->card.name);
    else if (err || !type)
        vf_log(VF_LOG_ERROR, "%s has answered something else than it was asked", link->card.name);
    else
        status = show(&wish, values, type);
    vf_tap_wish_finish(&wish);
    json_decref(answer);
    return status;
}

static enum vf_exit_status tap_run(const char *run, const char *place,
                                   const struct tap_values *values)
{
    struct vf_run_link link;
    enum vf_exit_status status = vf_run_link_open(&link, run);
    if (status != VF_EXIT_OK)
        return status;
    status = tap_link(&link, place, values);
    vf_run_link_close(&link);
    return status;
}

/* Returns whether what is asked for may go to standard output. */
static bool is_fit(const struct tap_values *values)
{
    bool is_terminal = isatty(STDOUT_FILENO);
    if (values->is_shown && !is_terminal)
        vf_log(VF_LOG_ERROR, "--show draws on a terminal, and standard output is none");
    else if (!values->is_shown && values->format != JSON && is_terminal)
        vf_log(VF_LOG_ERROR,
               "this is not for a terminal; write it to a file or a pipe, or use --show");
    else
        return true;
    return false;
}

static int tap(int argc, char **argv)
{
    struct tap_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_tap, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    signal(SIGPIPE, SIG_IGN); /* a write that fails is an error, and not the end */
    enum vf_exit_status status = VF_EXIT_USAGE;
    if (is_fit(&values))
        status =
            tap_run(words.count > 1 ? words.items[0] : NULL, words.items[words.count - 1], &values);
    vf_command_line_release(&vf_command_tap, &values);
    return (int)status;
}

const struct vf_command vf_command_tap = {
    .name = "tap",
    .summary = "Look at the messages that a task of a run sends.",
    .details = "The operands are RUN and TASK, or TASK.PORT; without RUN, it is the only run there "
               "is. PORT is an output, or an input, which stands for what is sent to it. The run "
               "never waits for whoever looks at it: messages that find them busy are not shown.",
    .operand = "[RUN] TASK",
    .operand_kind = VF_OPERAND_RUN,
    .minimum_operands = 1,
    .maximum_operands = 2,
    .flags = VF_LIST(flags),
    .run = tap,
};
