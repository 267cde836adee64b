/* SPDX-License-Identifier: MIT */
#include "cmd/batch/rehearsal.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/account/progress_line.h"
#include "engine/base/display.h"
#include "engine/base/text.h"

/* What is said of a job, or of several. */
enum fate { RUNS, FAILS, IS_DONE, HAS_FAILED };

static enum fate fate_of(const struct vf_batch_job *job)
{
    if (job->is_kept)
        return job->state == VF_BATCH_DONE ? IS_DONE : HAS_FAILED;
    return job->forecast.status ? FAILS : RUNS;
}

static void print_job(const struct vf_batch_job *job)
{
    const struct vf_batch_forecast *forecast = &job->forecast;
    struct vf_text line = {0};
    const json_t *output;
    size_t i;
    char *name = vf_batch_job_name(job);
    vf_text_print(&line, "  %s", name ? name : "");
    free(name);
    if (forecast->status)
        vf_text_print(&line, ": status %d", forecast->status);
    if (forecast->seconds > 0) {
        vf_text_print(&line, ", ");
        vf_progress_print_time(&line, forecast->seconds);
    }
    json_array_foreach(job->shard.count ? NULL : forecast->outputs, i, output)
    {
        vf_text_print(&line, "%s %s", i ? "," : " ->", json_string_value(output));
    }
    if (line.bytes) {
        vf_display_hide_characters(line.bytes, '?');
        puts(line.bytes);
    }
    vf_text_finish(&line);
}

static size_t print_fate(const struct vf_batch_jobs *jobs, const size_t *order, enum fate fate,
                         const char *heading)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        const struct vf_batch_job *job = &jobs->items[order[i]];
        if (fate_of(job) != fate)
            continue;
        if (count++ == 0)
            puts(heading);
        print_job(job);
    }
    return count;
}

enum vf_exit_status vf_batch_rehearse(const struct vf_batch_jobs *jobs,
                                      const struct vf_batch_room *room)
{
    size_t *order = calloc(jobs->count + 1, sizeof(*order));
    if (!order || vf_batch_order(jobs, order) < 0) {
        free(order);
        return VF_EXIT_INTERNAL;
    }
    size_t running = print_fate(jobs, order, RUNS, "would run");
    size_t failing = print_fate(jobs, order, FAILS, "would fail");
    failing += print_fate(jobs, order, HAS_FAILED, "failed before");
    (void)print_fate(jobs, order, IS_DONE, "done before");
    if (running)
        printf("would start\n  up to %u at a time\n", room->jobs);
    free(order);
    return failing ? VF_EXIT_FAILED : VF_EXIT_OK;
}
