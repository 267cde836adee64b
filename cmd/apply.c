/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

struct apply_values {
    int64_t timeout_ns;
    bool is_watching;
};

static const struct vf_flag flags[] = {
    VF_FLAG('w', "watch", NULL, "Go on, and apply the flow each time that it is saved",
            VF_BOOLEAN(struct apply_values, is_watching)),
    VF_FLAG(0, "timeout", "SECONDS", "How long to wait for the new processes",
            VF_DURATION(struct apply_values, timeout_ns), VF_RANGE(0.001, 1e6), .fallback = "60"),
};

static void print_mistakes(const json_t *mistakes)
{
    size_t i;
    const json_t *mistake;
    json_array_foreach(mistakes, i, mistake)
    {
        const char *file = json_string_value(json_object_get(mistake, "file"));
        const char *setting = json_string_value(json_object_get(mistake, "setting"));
        const char *message = json_string_value(json_object_get(mistake, "message"));
        long long line = json_integer_value(json_object_get(mistake, "line"));
        long long column = json_integer_value(json_object_get(mistake, "column"));
        if (setting)
            fprintf(stderr, "%s: ", setting);
        else if (line)
            fprintf(stderr, "%s:%lld:%lld: ", file ? file : "?", line, column);
        else
            fprintf(stderr, "%s: ", file ? file : "?");
        fprintf(stderr, "%s\n", message ? message : "?");
    }
}

/* Returns whether all that is to run has a process that knows of the change. */
static bool print_tasks(const json_t *tasks)
{
    bool is_whole = true;
    size_t i;
    const json_t *task;
    if (!json_array_size(tasks))
        puts("nothing has changed");
    json_array_foreach(tasks, i, task)
    {
        const char *name = json_string_value(json_object_get(task, "name"));
        const char *step = json_string_value(json_object_get(task, "step"));
        bool is_removed = step && strcmp(step, "removed") == 0;
        bool is_done = is_removed || json_is_integer(json_object_get(task, "pid"));
        printf("%s: %s\n", name ? name : "?", !is_done ? "has ended" : step ? step : "changed");
        is_whole = is_whole && is_done;
    }
    fflush(stdout);
    return is_whole;
}

static enum vf_exit_status apply_once(struct vf_run_link *link, const char *file)
{
    json_t *answer = NULL;
    int err =
        vf_run_link_ask(link, json_pack("{ss ss}", "request", "change", "file", file), &answer);
    const json_t *mistakes = json_object_get(answer, "mistakes");
    const json_t *tasks = json_object_get(answer, "tasks");
    enum vf_exit_status status = VF_EXIT_FAILED;
    if (mistakes) {
        print_mistakes(mistakes);
        status = VF_EXIT_INVALID_FLOW;
    } else if (tasks) {
        status = print_tasks(tasks) ? VF_EXIT_OK : VF_EXIT_FAILED;
    } else if (err >= 0) {
        vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link->card.name);
    }
    json_decref(answer);
    return status;
}

/* Waits until a file of this name has been written, or taken the name. Returns VF_END when the run is
 * over. */
static int await_change(int watch, int run, const char *name)
{
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (;;) {
        struct pollfd fds[] = {{.fd = watch, .events = POLLIN}, {.fd = run, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return -errno;
        if (fds[1].revents)
            return VF_END;
        ssize_t size = fds[0].revents ? read(watch, bytes, sizeof(bytes)) : 0;
        for (char *at = bytes; size > 0 && at < bytes + size;) {
            const struct inotify_event *event = (const void *)at;
            if (event->len && strcmp(event->name, name) == 0)
                return VF_OK;
            at += sizeof(*event) + event->len;
        }
    }
}

/* Editors write a file again, or give another one its name: so its folder is watched. */
static enum vf_exit_status watch_file(struct vf_run_link *link, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash ? vf_text_format("%.*s", (int)(slash - file + 1), file) : NULL;
    int watch = inotify_init1(IN_CLOEXEC);
    int err = watch < 0 || !folder ? -errno : VF_OK;
    if (!err && inotify_add_watch(watch, folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        err = -errno;
    enum vf_exit_status status = VF_EXIT_OK;
    while (!err) {
        err = await_change(watch, link->fd, slash + 1);
        if (!err)
            status = apply_once(link, file);
    }
    if (err == VF_END)
        vf_log_say("%s is over", link->card.name);
    else
        vf_log(VF_LOG_ERROR, "%s cannot be watched: %s", file, strerror(-err));
    if (watch >= 0)
        close(watch);
    free(folder);
    return err == VF_END ? VF_EXIT_OK : err ? VF_EXIT_INTERNAL : status;
}

static enum vf_exit_status apply_file(const char *run, const char *file,
                                      const struct apply_values *values)
{
    struct vf_run_link link;
    char *path = realpath(file, NULL);
    if (!path) {
        vf_log(VF_LOG_ERROR, "%s: %s", file, strerror(errno));
        return VF_EXIT_INVALID_FLOW;
    }
    enum vf_exit_status status = vf_run_link_open(&link, run);
    if (status == VF_EXIT_OK) {
        link.patience_ms = (int)(values->timeout_ns / VF_NS_PER_MS);
        status = apply_once(&link, path);
        if (values->is_watching)
            status = watch_file(&link, path);
        vf_run_link_close(&link);
    }
    free(path);
    return status;
}

static int apply(int argc, char **argv)
{
    struct apply_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_apply, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    const char *run = words.count > 1 ? words.items[0] : NULL;
    enum vf_exit_status status = apply_file(run, words.items[words.count - 1], &values);
    vf_command_line_release(&vf_command_apply, &values);
    return (int)status;
}

const struct vf_command vf_command_apply = {
    .name = "apply",
    .summary = "Change a flow while it runs.",
    .details =
        "The operands are RUN and FLOW; without RUN, it is the only run there is. Tasks that are "
        "described in FLOW as before go on; those whose options, inputs or outputs have changed "
        "get "
        "a new process; what is new is started, and what is missing ends. No message is lost. What "
        "cannot be changed is said, and then nothing is.",
    .operand = "[RUN] FLOW",
    .operand_kind = VF_OPERAND_RUN,
    .minimum_operands = 1,
    .maximum_operands = 2,
    .flags = VF_LIST(flags),
    .run = apply,
};
