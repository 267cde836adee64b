/* SPDX-License-Identifier: MIT */
/* The report of a run: its sums, worked out again, and compared with what nodes recorded. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/exit_status.h"
#include "tests/stress/supervisor.h"
#include "tests/stress/trial.h"

static uint64_t number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "?";
}

static void judge_edge(struct trial *trial, const json_t *edge, bool is_complete)
{
    uint64_t published = number(edge, "published"), dropped_newest = number(edge, "dropped_newest"),
             dropped_oldest = number(edge, "dropped_oldest");
    uint64_t sent = published + dropped_newest + number(edge, "refused");
    uint64_t gone = number(edge, "taken") + number(edge, "unmatched") + dropped_oldest;
    bool is_lossless =
        trial->sketch.mode == VF_MODE_BATCH || strcmp(text(edge, "drop"), "never") == 0;
    const char *fault = NULL;
    if (number(edge, "produced") != sent)
        fault = "what was produced is not what was published, dropped and refused";
    else if (gone > published || (is_complete && published != gone + number(edge, "unread")))
        fault = "what was published is not what was taken, dropped and left";
    else if (is_lossless && (dropped_newest || dropped_oldest))
        fault = "something was dropped";
    else if (number(edge, "done") > published)
        fault = "more was released than published";
    if (!fault)
        return;
    char *line = json_dumps(edge, JSON_COMPACT | JSON_PRESERVE_ORDER);
    trial_complain(trial, "the report: %s: %s", fault, line ? line : "?");
    free(line);
}

static void judge_task(struct trial *trial, const json_t *task, const uint64_t *sets,
                       const struct record_made *made)
{
    const char *name = text(task, "name");
    unsigned index = (unsigned)strtoul(name[0] == 'n' ? name + 1 : "0", NULL, 10);
    bool is_node = index && index <= trial->sketch.node_count && !strchr(name, '.');
    const struct sketch_node *node = is_node ? &trial->sketch.nodes[index - 1] : NULL;
    bool is_complete = WEXITSTATUS(trial->wait_status) != VF_EXIT_KILLED;
    if (!node || !is_complete)
        return;
    if (sketch_is_consumer(node) && number(task, "inputs") != sets[index - 1])
        trial_complain(trial, "the report: %s got %" PRIu64 " inputs, but recorded %" PRIu64, name,
                       number(task, "inputs"), sets[index - 1]);
    const json_t *out = json_object_get(task, "out");
    if (node->type != SKETCH_SOURCE || !made || trial->stopped)
        return;
    /* One message may have been on its way when the last reader ended. */
    uint64_t told = number(out, "out") + number(out, "side");
    uint64_t counted = made[index - 1].counts[0] + made[index - 1].counts[1];
    if (told < counted || told > counted + 1)
        trial_complain(trial, "the report: %s made %" PRIu64 " messages, but counted %" PRIu64,
                       name, told, counted);
}

void trial_judge_report(struct trial *trial, const uint64_t *sets, const struct record_made *made)
{
    char *path = vf_text_format("%s/report.json", trial->directory);
    json_t *report = path ? json_load_file(path, 0, NULL) : NULL;
    size_t i;
    const json_t *item;
    free(path);
    if (!report) {
        trial_complain(trial, "there is no report");
        return;
    }
    int status = WEXITSTATUS(trial->wait_status);
    bool is_complete = status == VF_EXIT_OK || trial->stopped <= 1;
    if ((int)number(report, "status") != status && status != SUPERVISOR_LEFTOVERS)
        trial_complain(trial, "the report has another exit status");
    if (!json_is_true(json_object_get(report, "is_balanced")))
        trial_complain(trial, "the report says that the ledger does not balance");
    json_array_foreach(json_object_get(report, "edges"), i, item)
        judge_edge(trial, item, is_complete);
    json_array_foreach(json_object_get(report, "tasks"), i, item)
        judge_task(trial, item, sets, made);
    json_decref(report);
}
