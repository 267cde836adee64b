/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_log.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define LOOK_MS 500 /* whether the run is over; what it writes is seen at once */

struct logs_values {
    bool follows;
    int64_t lines;
};

static const struct vf_flag flags[] = {
    VF_FLAG('f', "follow", NULL, "Go on until the run is over",
            VF_BOOLEAN(struct logs_values, follows)),
    VF_FLAG('n', "lines", "N", "Print the last N lines only; -1: all",
            VF_INTEGER64(struct logs_values, lines), VF_RANGE(-1, 1e9), .fallback = "-1"),
};

static bool is_called(const struct vf_run_record_file *record, const char *run)
{
    char *end;
    long pid = strtol(run, &end, 10);
    return strcmp(record->card.name, run) == 0 || (end != run && !*end && pid == record->card.pid);
}

static void report_unknown(const struct vf_run_records *records, const char *run)
{
    struct vf_text_nearest nearest = {.wanted = run};
    for (size_t i = 0; i < records->count; i++)
        vf_text_nearest_consider(&nearest, records->items[i].card.name);
    vf_log(VF_LOG_ERROR, "there is no log of a run called \"%s\"%s", run,
           vf_text_suggest_or(&nearest, "runs with --detach have one, and vflow ps --all shows "
                                        "them"));
}

/* Finds the latest run that is meant; without a name, of those that run, or else of all. */
static const struct vf_run_record_file *find(const struct vf_run_records *records, const char *run)
{
    const struct vf_run_record_file *found = NULL;
    size_t running = 0;
    for (size_t i = 0; i < records->count; i++)
        running += records->items[i].is_running;
    for (size_t i = 0; i < records->count; i++) {
        const struct vf_run_record_file *record = &records->items[i];
        if (run ? is_called(record, run) : record->is_running || !running)
            found = record;
    }
    if (!found && run)
        report_unknown(records, run);
    else if (!found)
        vf_log(VF_LOG_ERROR, "there is no log; runs with --detach have one");
    else if (!run && running > 1) {
        vf_log(VF_LOG_ERROR, "name one run; vflow ps shows them");
        return NULL;
    }
    return found;
}

/* Returns where the last so many lines of a file begin. */
static off_t find_lines(int fd, int64_t lines)
{
    char bytes[4096];
    off_t size = lseek(fd, 0, SEEK_END), at = size;
    if (lines == 0)
        return size;
    while (lines > 0 && at > 0) {
        off_t from = at > (off_t)sizeof(bytes) ? at - (off_t)sizeof(bytes) : 0;
        ssize_t got = pread(fd, bytes, (size_t)(at - from), from);
        if (got <= 0)
            break;
        for (ssize_t i = got; i > 0; i--) {
            bool is_last = from + i == size; /* it ends a line, and begins none */
            if (bytes[i - 1] == '\n' && !is_last && --lines == 0)
                return from + i;
        }
        at = from;
    }
    return 0;
}

/* Prints what has been added. Returns a negative errno where it cannot. */
static int print_on(int fd)
{
    char bytes[16384];
    ssize_t size;
    int err = VF_OK;
    while (!err && (size = read(fd, bytes, sizeof(bytes))) > 0)
        err = vf_write_all(STDOUT_FILENO, bytes, (size_t)size);
    return err;
}

/* Returns whether a run is over, and gives its record as it is now. */
static bool is_over(pid_t pid, const char *since, int *status)
{
    struct vf_run_records records = {0};
    bool is_running = false;
    vf_run_records_collect(&records);
    *status = VF_EXIT_KILLED;
    for (size_t i = 0; i < records.count; i++) {
        const struct vf_run_record_file *record = &records.items[i];
        if (record->card.pid != pid || strcmp(record->card.since, since) != 0)
            continue;
        is_running = record->is_running;
        if (record->status >= 0)
            *status = record->status;
    }
    vf_run_records_finish(&records);
    return !is_running;
}

static int follow(int fd, const struct vf_run_record_file *record, int *status)
{
    struct pollfd news = {.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN};
    int err = VF_OK;
    bool is_done = false;
    if (news.fd >= 0)
        (void)inotify_add_watch(news.fd, record->card.log, IN_MODIFY);
    while (!err && !is_done) {
        char events[4096];
        is_done = is_over(record->card.pid, record->card.since, status);
        err = print_on(fd);
        if (!err && !is_done && poll(&news, 1, LOOK_MS) > 0)
            (void)!read(news.fd, events, sizeof(events));
    }
    if (news.fd >= 0)
        close(news.fd);
    return err;
}

static enum vf_exit_status show(const struct vf_run_record_file *record,
                                const struct logs_values *values)
{
    int status = record->status < 0 ? VF_EXIT_KILLED : record->status;
    int fd = open(record->card.log, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        vf_log(VF_LOG_ERROR, "cannot read %s: %s", record->card.log, strerror(errno));
        return VF_EXIT_FAILED;
    }
    (void)lseek(fd, find_lines(fd, values->lines), SEEK_SET);
    bool follows = values->follows && record->is_running;
    int err = follows ? follow(fd, record, &status) : print_on(fd);
    close(fd);
    if (err == -EPIPE)
        return VF_EXIT_OK; /* whoever reads has had enough */
    if (err)
        vf_log(VF_LOG_ERROR, "cannot write the log: %s", strerror(-err));
    else if (!record->is_running || follows)
        vf_log_say("%s: %s (exit status %d)", record->card.name, vf_run_log_meaning(status),
                   status);
    return err ? VF_EXIT_OUTPUT_FAILED : VF_EXIT_OK;
}

static int logs(int argc, char **argv)
{
    struct logs_values values = {0};
    struct vf_operands runs;
    struct vf_run_records records = {0};
    int err = vf_command_line_parse(&vf_command_logs, argc, argv, &values, &runs);
    if (err)
        return (int)vf_command_line_status(err);
    vf_run_records_collect(&records);
    const struct vf_run_record_file *record = find(&records, runs.count ? runs.items[0] : NULL);
    enum vf_exit_status status = record ? show(record, &values) : VF_EXIT_FAILED;
    vf_run_records_finish(&records);
    vf_command_line_release(&vf_command_logs, &values);
    return (int)status;
}

const struct vf_command vf_command_logs = {
    .name = "logs",
    .summary = "Print the log of a run in the background.",
    .details =
        "RUN is a name or process id, also of a run that is over; without it, the run in the "
        "background, or the last one.",
    .operand = "RUN",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = logs,
};
