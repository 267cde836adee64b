/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define CHUNK 65536

struct trace_values {
    int64_t last_ns;
    char *output;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "last", "SECONDS", "How far to look back", VF_DURATION(struct trace_values, last_ns),
            VF_RANGE(0.001, 1e6), .fallback = "10"),
    VF_FLAG('o', "output", "FILE", "File to write; - is standard output",
            VF_TEXT(struct trace_values, output)),
};

/* Copies what a run writes, up to its end. Returns how many bytes there were, or a negative errno. */
static int64_t copy(int from, struct vf_new_file *file)
{
    static char bytes[CHUNK];
    int64_t sum = 0;
    ssize_t got;
    int err = VF_OK;
    while (!err && (got = read(from, bytes, sizeof(bytes))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        sum += got;
        err = file ? vf_new_file_fill(file, bytes, (size_t)got)
                   : vf_write_all(STDOUT_FILENO, bytes, (size_t)got);
    }
    return err ? err : sum;
}

static enum vf_exit_status report(const char *path, int64_t size)
{
    if (size > 0)
        return VF_EXIT_OK;
    if (size == 0)
        vf_log(VF_LOG_ERROR, "the run gave no trace; it may have ended meanwhile");
    else
        vf_log(VF_LOG_ERROR, "cannot write %s: %s", path, strerror((int)-size));
    return size == 0 ? VF_EXIT_FAILED : VF_EXIT_OUTPUT_FAILED;
}

static enum vf_exit_status write_file(int from, const char *path)
{
    struct vf_new_file file;
    if (vf_new_file_init(&file, path, false) < 0)
        return VF_EXIT_CANNOT_CREATE;
    int64_t size = vf_new_file_create(&file);
    if (!size)
        size = copy(from, &file);
    enum vf_exit_status status = report(path, size);
    if (status != VF_EXIT_OK)
        vf_new_file_remove(&file);
    else if (vf_new_file_publish(&file) < 0)
        status = VF_EXIT_OUTPUT_FAILED;
    else
        printf("%s: %.1f MB; open it at https://ui.perfetto.dev\n", path, (double)size / 1e6);
    vf_new_file_finish(&file);
    return status;
}

static enum vf_exit_status write_trace(int from, const char *path, const char *run)
{
    char *usual = NULL;
    if (path && strcmp(path, "-") == 0)
        return report("standard output", copy(from, NULL));
    if (!path)
        path = usual = vf_text_format("%s.pftrace", run);
    enum vf_exit_status status = path ? write_file(from, path) : VF_EXIT_INTERNAL;
    free(usual);
    return status;
}

static enum vf_exit_status trace_run(const char *run, const struct trace_values *values)
{
    struct vf_run_link link;
    json_t *answer = NULL;
    int fd = -1;
    size_t count = 1;
    enum vf_exit_status status = vf_run_link_open(&link, run);
    if (status != VF_EXIT_OK)
        return status;
    json_t *request =
        json_pack("{ss sf}", "request", "trace", "seconds", (double)values->last_ns / VF_NS_PER_S);
    int err = vf_run_link_ask_for_descriptors(&link, request, &answer, &fd, &count);
    if (err == VF_END)
        vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link.card.name);
    status = err || count != 1 ? VF_EXIT_FAILED : write_trace(fd, values->output, link.card.name);
    if (!err && count == 1)
        close(fd);
    json_decref(answer);
    vf_run_link_close(&link);
    return status;
}

static int trace(int argc, char **argv)
{
    struct trace_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_trace, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = VF_EXIT_USAGE;
    if (values.output && strcmp(values.output, "-") == 0 && isatty(STDOUT_FILENO))
        vf_log(VF_LOG_ERROR, "a trace is not for a terminal; name a file by -o");
    else
        status = trace_run(words.count ? words.items[0] : NULL, &values);
    vf_command_line_release(&vf_command_trace, &values);
    return (int)status;
}

const struct vf_command vf_command_trace = {
    .name = "trace",
    .summary = "Write down what the tasks of a run did last.",
    .details = "The file is a timeline for https://ui.perfetto.dev; without -o it is called "
               "RUN.pftrace. The run is not slowed down. To record a whole run, use vflow run "
               "--trace.",
    .operand = "RUN",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = trace,
};
