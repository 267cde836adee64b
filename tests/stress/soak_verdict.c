/* SPDX-License-Identifier: MIT */
/* What became of the frames, and whether a process has grown. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "tests/stress/soak.h"

/* What the memory of a process may grow by, the larger of the two: a queue that is full for the
 * first time touches memory for the first time. */
#define GROWTH_PERCENT 2
#define GROWTH_KB 256

/* Mappings that may be added: an allocator's own. */
#define GROWTH_MAPPINGS 4

static const json_t *find_task(const json_t *report, const char *key, const char *name, pid_t pid)
{
    size_t i;
    const json_t *task;
    json_array_foreach(json_object_get(report, "tasks"), i, task)
    {
        const char *its_name = json_string_value(json_object_get(task, "name"));
        if (name ? its_name && strcmp(its_name, name) == 0
                 : json_integer_value(json_object_get(task, "pid")) == pid)
            return json_object_get(task, key);
    }
    return NULL;
}

static bool is_of(const json_t *edge, const char *key, const char *task)
{
    const char *end = json_string_value(json_object_get(edge, key));
    size_t length = strlen(task);
    return end && strncmp(end, task, length) == 0 && end[length] == '.';
}

/* Counts what did not get through on the way from the film to the screen, by the branch that has
 * no replicas. */
static uint64_t count_lost(const json_t *report)
{
    static const char *const way[] = {"film", "tint", "right", "blend", "lab", "screen"};
    static const char *const fates[] = {"dropped_newest", "dropped_oldest", "unmatched", "refused",
                                        "unread"};
    uint64_t lost = 0;
    size_t i;
    const json_t *edge;
    json_array_foreach(json_object_get(report, "edges"), i, edge)
    {
        size_t step = 1;
        while (step < VF_COUNT(way) &&
               !(is_of(edge, "from", way[step - 1]) && is_of(edge, "to", way[step])))
            step++;
        for (size_t fate = 0; step < VF_COUNT(way) && fate < VF_COUNT(fates); fate++)
            lost += (uint64_t)json_integer_value(json_object_get(edge, fates[fate]));
    }
    return lost;
}

static void judge_frames(struct soak *soak, const json_t *report)
{
    const json_t *out = find_task(report, "out", "film", 0);
    uint64_t made = (uint64_t)json_integer_value(json_object_get(out, "video"));
    uint64_t shown = (uint64_t)json_integer_value(find_task(report, "inputs", "screen", 0));
    uint64_t lost = count_lost(report);
    bool is_realtime = soak->mode == VF_MODE_REALTIME;
    double seconds = (double)soak->took_ns / VF_NS_PER_S;
    vf_text_print(&soak->table,
                  "%s: %" PRIu64 " frames in %.1f s, %.0f a second%s; %" PRIu64 " shown, %" PRIu64
                  " dropped\n",
                  is_realtime ? "realtime" : "batch", made, seconds, (double)made / seconds,
                  soak->is_stopped ? ", then stopped" : "", shown, lost);
    if (made > soak->frames || (!soak->is_stopped && made < soak->frames))
        soak_complain(soak, "%" PRIu64 " frames were to be made", soak->frames);
    if (made != shown + lost)
        soak_complain(soak, "%" PRIu64 " frames were made, but %" PRIu64 " are accounted for", made,
                      shown + lost);
    if (!is_realtime && lost)
        soak_complain(soak, "batch must not drop anything");
    if (is_realtime && !lost)
        soak_complain(soak, "nothing was dropped, so drops were not tried");
    if (!json_is_true(json_object_get(report, "is_balanced")))
        soak_complain(soak, "the ledger does not balance");
}

static void judge_status(struct soak *soak)
{
    int status = soak->wait_status;
    int expected = soak->is_stopped ? VF_EXIT_TERMINATED : VF_EXIT_OK;
    if (soak->is_killed)
        soak_complain(soak, "it did not end when it was asked to, and was killed");
    else if (WIFSIGNALED(status))
        soak_complain(soak, "the supervisor was killed by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != expected)
        soak_complain(soak, "the exit status is %d", WEXITSTATUS(status));
}

static void judge_process(struct soak *soak, size_t process, const char *name)
{
    struct usage early = soak_watch_tenth(&soak->watch, process, 1);
    struct usage late = soak_watch_tenth(&soak->watch, process, 9);
    uint64_t allowed_kb = early.memory_kb * GROWTH_PERCENT / 100;
    if (allowed_kb < GROWTH_KB)
        allowed_kb = GROWTH_KB;
    vf_text_print(&soak->table,
                  "  %-12s %8" PRIu64 " %8" PRIu64 " %+6" PRId64 " %6" PRIu64 " %6" PRIu64
                  " %6" PRIu64 " %6" PRIu64 "\n",
                  name, early.memory_kb, late.memory_kb,
                  (int64_t)late.memory_kb - (int64_t)early.memory_kb, early.descriptors,
                  late.descriptors, early.mappings, late.mappings);
    if (late.memory_kb > early.memory_kb + allowed_kb)
        soak_complain(soak, "the memory of %s has grown by more than %" PRIu64 " kB", name,
                      allowed_kb);
    if (late.descriptors > early.descriptors)
        soak_complain(soak, "%s has more descriptors open", name);
    if (late.mappings > early.mappings + GROWTH_MAPPINGS)
        soak_complain(soak, "%s has more mappings", name);
}

static void judge_usage(struct soak *soak, const json_t *report)
{
    const struct soak_watch *watch = &soak->watch;
    if (watch->round_count < SOAK_LEAST_ROUNDS) {
        soak_complain(soak, "too short: its processes were looked at only %zu times",
                      watch->round_count);
        return;
    }
    vf_text_print(&soak->table,
                  "  second and last tenth of %zu looks\n"
                  "  %-12s %24s %13s %13s\n",
                  watch->round_count, "process", "memory, kB", "descriptors", "mappings");
    judge_process(soak, 0, "(supervisor)");
    for (size_t i = 1; i < watch->process_count; i++) {
        const char *name = json_string_value(find_task(report, "name", NULL, watch->processes[i]));
        judge_process(soak, i, name ? name : "?");
    }
}

void soak_judge(struct soak *soak)
{
    char *path = vf_text_format("%s/report.json", soak->directory);
    json_t *report = path ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    judge_status(soak);
    if (report) {
        judge_frames(soak, report);
        judge_usage(soak, report);
    } else {
        soak_complain(soak, "there is no report");
    }
    json_decref(report);
    if (soak->table.failed)
        soak_complain(soak, "there is no memory for the table");
}
