/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "cmd/run_log.h"
#include "engine/base/columns.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#define PATIENCE_MS 1000 /* a run that does not answer keeps the others waiting */

struct ps_values {
    bool is_json, has_all;
};

static const struct vf_flag flags[] = {
    VF_FLAG('a', "all", NULL, "Also list runs in the background that are over",
            VF_BOOLEAN(struct ps_values, has_all)),
    VF_FLAG(0, "json", NULL, "Print JSON", VF_BOOLEAN(struct ps_values, is_json)),
};

/* What is known of a run that does not answer. */
static json_t *describe_silent(const struct vf_run_card *card)
{
    return json_pack("{ss si ss ss ss ss}", "name", card->name, "pid", (int)card->pid, "flow",
                     card->flow, "mode", card->is_realtime ? "realtime" : "batch", "since",
                     card->since, "state", "silent");
}

/* Asks a run how it goes; NULL: it is over. */
static json_t *ask(struct vf_run_card *card)
{
    struct vf_run_link link;
    json_t *answer = NULL;
    int err = vf_run_link_open_card(&link, card);
    if (err) { /* its socket is gone, or nobody takes connections from it */
        answer = err == -ECONNREFUSED || err == -ENOENT ? NULL : describe_silent(&link.card);
    } else {
        link.patience_ms = PATIENCE_MS;
        link.is_quiet = true;
        err = vf_run_link_ask(&link, json_pack("{ss}", "request", "status"), &answer);
        if (err && err != VF_END)
            answer = describe_silent(&link.card);
    }
    vf_run_link_close(&link);
    if (answer)
        json_object_del(answer, "ok");
    return answer;
}

/* Adds the runs in the background that are over. */
static void add_ended(json_t *runs)
{
    struct vf_run_records records = {0};
    vf_run_records_collect(&records);
    for (size_t i = 0; i < records.count; i++) {
        const struct vf_run_record_file *record = &records.items[i];
        if (record->is_running)
            continue;
        json_t *run = describe_silent(&record->card);
        bool was_killed = record->status < 0;
        json_object_set_new(run, "state", json_string("ended"));
        json_object_set_new(run, "status",
                            json_integer(was_killed ? VF_EXIT_KILLED : record->status));
        json_object_set_new(run, "ended", was_killed ? json_null() : json_string(record->ended));
        json_object_set_new(run, "log", json_string(record->card.log));
        json_array_append_new(runs, run);
    }
    vf_run_records_finish(&records);
}

static json_t *collect(bool has_all)
{
    struct vf_run_cards cards = {0};
    json_t *runs = json_array();
    if (has_all)
        add_ended(runs);
    vf_run_cards_collect(&cards);
    for (size_t i = 0; i < cards.count; i++) {
        json_t *run = ask(&cards.items[i]);
        if (run)
            json_array_append_new(runs, run);
    }
    vf_run_cards_finish(&cards);
    return runs;
}

static const char *text_of(const json_t *run, const char *key)
{
    const char *text = json_string_value(json_object_get(run, key));
    return text ? text : "-";
}

/* "2026-01-31 12:00:00", by the clock on the wall. */
static void print_moment(char moment[32], const json_t *run)
{
    struct tm utc = {0}, local;
    const char *since = text_of(run, "since");
    if (!strptime(since, "%Y-%m-%dT%H:%M:%S", &utc)) {
        snprintf(moment, 32, "%.20s", since);
        return;
    }
    time_t seconds = timegm(&utc);
    localtime_r(&seconds, &local);
    strftime(moment, 32, "%Y-%m-%d %H:%M:%S", &local);
}

/* A number with a format for doubles, or "-" where there is none. */
static void print_number(char text[32], const json_t *run, const char *key, const char *suffix,
                         int decimals)
{
    const json_t *value = json_object_get(run, key);
    if (json_is_number(value))
        snprintf(text, 32, "%.*f%s", decimals, json_number_value(value), suffix);
    else
        snprintf(text, 32, "-");
}

/* The state, and of a run that is over its exit status. */
static void print_state(char text[32], const json_t *run)
{
    const json_t *status = json_object_get(run, "status");
    if (status)
        snprintf(text, 32, "exit %d", (int)json_integer_value(status));
    else
        snprintf(text, 32, "%.30s", text_of(run, "state"));
}

static size_t widest_name(const json_t *runs)
{
    size_t widest = strlen("NAME"), i;
    const json_t *run;
    json_array_foreach(runs, i, run)
    {
        size_t columns = vf_columns_of(text_of(run, "name"));
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

static void print_run(struct vf_text *out, const json_t *run, size_t name_columns)
{
    char state[32], moment[32], frames[32], fps[32], percent[32], restarts[32];
    char *flow = strdup(text_of(run, "flow"));
    print_state(state, run);
    print_moment(moment, run);
    print_number(frames, run, "frames", "", 0);
    print_number(fps, run, "fps", "", 1);
    print_number(percent, run, "percent", " %", 0);
    print_number(restarts, run, "restarts", "", 0);
    if (flow)
        vf_display_clean(flow);
    vf_columns_pad(out, text_of(run, "name"), name_columns);
    vf_text_print(out, " %8" JSON_INTEGER_FORMAT " %-8s %-8s %19s %9s %7s %6s %8s  %s\n",
                  json_integer_value(json_object_get(run, "pid")), state, text_of(run, "mode"),
                  moment, frames, fps, percent, restarts, flow ? flow : "-");
    free(flow);
}

static void print_table(const json_t *runs)
{
    struct vf_text out = {0};
    size_t columns = widest_name(runs), i;
    const json_t *run;
    vf_columns_pad(&out, "NAME", columns);
    vf_text_print(&out, " %8s %-8s %-8s %-19s %9s %7s %6s %8s  %s\n", "PID", "STATE", "MODE",
                  "SINCE", "FRAMES", "FPS", "DONE", "RESTARTS", "FLOW");
    json_array_foreach(runs, i, run)
    {
        print_run(&out, run, columns);
    }
    fputs(out.bytes ? out.bytes : "", stdout);
    vf_text_finish(&out);
}

/* Returns a run by its name or process id; NULL: it is not among them. */
static json_t *find(const json_t *runs, const char *wanted)
{
    json_t *run;
    size_t i;
    json_array_foreach(runs, i, run)
    {
        char pid[32];
        snprintf(pid, sizeof(pid), "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(run, "pid")));
        if (strcmp(text_of(run, "name"), wanted) == 0 || strcmp(pid, wanted) == 0)
            return run;
    }
    return NULL;
}

/* Returns whether a run has started, and answers. */
static bool is_well(const json_t *run)
{
    const char *state = text_of(run, "state");
    return strcmp(state, "running") == 0 || strcmp(state, "stopping") == 0;
}

/* Leaves those that are asked for. Returns whether all of them are well. */
static bool choose(json_t **runs, const struct vf_operands *wanted)
{
    json_t *chosen = json_array();
    bool are_well = chosen != NULL;
    for (size_t i = 0; i < wanted->count; i++) {
        json_t *run = find(*runs, wanted->items[i]);
        if (run && !find(chosen, wanted->items[i]))
            json_array_append(chosen, run);
        if (!run)
            vf_log(VF_LOG_ERROR, "there is no run \"%s\"", wanted->items[i]);
        are_well = are_well && run && is_well(run);
    }
    json_decref(*runs);
    *runs = chosen;
    return are_well;
}

static int ps(int argc, char **argv)
{
    struct ps_values values = {0};
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_ps, argc, argv, &values, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    json_t *runs = collect(values.has_all);
    bool are_well = true;
    if (runs && operands.count)
        are_well = choose(&runs, &operands);
    if (!runs)
        vf_log(VF_LOG_ERROR, "out of memory");
    else if (values.is_json)
        json_dumpf(runs, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)), putchar('\n');
    else
        print_table(runs);
    vf_command_line_release(&vf_command_ps, &values);
    json_decref(runs);
    return !runs ? VF_EXIT_INTERNAL : are_well ? VF_EXIT_OK : VF_EXIT_FAILED;
}

const struct vf_command vf_command_ps = {
    .name = "ps",
    .summary = "List the runs of this user.",
    .details = "Of runs that are named, the exit status says how they are: 0 when all of them have "
               "started and answer, else 1.",
    .operand = "[RUN]...",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = ps,
};
