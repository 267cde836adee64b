/* SPDX-License-Identifier: MIT */
#include "cmd/batch/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch/job.h"
#include "engine/account/progress_line.h"
#include "engine/base/columns.h"
#include "engine/base/display.h"
#include "engine/base/text.h"

#define MOST_COLUMNS 40 /* of the name of an input */

/* What an input is: one that was running when its batch was killed was interrupted. */
static const char *state_of(const struct vf_batch_manifest *manifest, const json_t *record)
{
    const char *state = json_string_value(json_object_get(record, "state"));
    int found = vf_batch_state_find(state);
    if (found < 0)
        return "unknown";
    if (found == VF_BATCH_RUNNING && !manifest->is_in_use)
        return vf_batch_state_name(VF_BATCH_INTERRUPTED);
    return vf_batch_state_name((enum vf_batch_state)found);
}

bool vf_batch_status_is_done(const struct vf_batch_manifest *manifest)
{
    const char *path;
    json_t *record;
    bool is_done = true;
    json_object_foreach(manifest->records, path, record)
    {
        const char *state = state_of(manifest, record);
        if (vf_batch_manifest_is_past(manifest, record))
            continue;
        is_done = is_done && strcmp(state, vf_batch_state_name(VF_BATCH_DONE)) == 0;
    }
    return is_done;
}

static const char *text_of(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));
    return text ? text : "";
}

/* Prints the first output of an input, and how many more there are; or why there is none. */
static void print_result(struct vf_text *line, const json_t *record)
{
    const json_t *outputs = json_object_get(record, "outputs");
    const char *reason = text_of(record, "reason");
    if (*reason)
        vf_text_print(line, "%s", reason);
    else if (json_array_size(outputs))
        vf_text_print(line, "%s", text_of(json_array_get(outputs, 0), "path"));
    if (!*reason && json_array_size(outputs) > 1)
        vf_text_print(line, " and %zu more", json_array_size(outputs) - 1);
}

/* Returns what is called what a line is of, the caller's; NULL: out of memory. */
static char *name_of(const json_t *record)
{
    const char *part = json_string_value(json_object_get(record, "part"));
    return part ? vf_text_format("%s, part %s", text_of(record, "input"), part)
                : strdup(text_of(record, "input"));
}

static void print_row(const struct vf_batch_manifest *manifest, const json_t *record, size_t width)
{
    struct vf_text line = {0}, time = {0};
    const json_t *seconds = json_object_get(record, "seconds");
    char *name = name_of(record);
    if (seconds)
        vf_progress_print_time(&time, json_number_value(seconds));
    vf_columns_pad(&line, name ? name : "", width);
    free(name);
    vf_text_print(&line, "  %-11s  %8s  ", state_of(manifest, record),
                  time.bytes ? time.bytes : "-");
    print_result(&line, record);
    while (line.length && line.bytes[line.length - 1] == ' ')
        line.bytes[--line.length] = '\0';
    if (line.bytes) {
        vf_display_hide_characters(line.bytes, '?');
        puts(line.bytes);
    }
    vf_text_finish(&line);
    vf_text_finish(&time);
}

static void print_table(const struct vf_batch_manifest *manifest)
{
    size_t width = strlen("input"), counts[VF_BATCH_STATES] = {0}, told = 0;
    const char *path;
    json_t *record;
    json_object_foreach(manifest->records, path, record)
    {
        char *name = name_of(record);
        size_t columns = name ? vf_columns_of(name) : 0;
        int state = vf_batch_state_find(state_of(manifest, record));
        free(name);
        if (vf_batch_manifest_is_past(manifest, record))
            continue;
        width = columns > width ? columns : width;
        if (state >= 0)
            counts[state]++;
    }
    width = width > MOST_COLUMNS ? MOST_COLUMNS : width;
    printf("%-*s  %-11s  %8s  %s\n", (int)width, "input", "state", "time", "result");
    json_object_foreach(manifest->records, path, record)
    {
        if (!vf_batch_manifest_is_past(manifest, record))
            print_row(manifest, record, width);
    }
    for (int i = 0; i < VF_BATCH_STATES; i++) {
        if (counts[i])
            printf("%s%zu %s", told++ ? ", " : "", counts[i],
                   vf_batch_state_name((enum vf_batch_state)i));
    }
    puts(told ? "" : "no inputs");
}

static int print_json(const struct vf_batch_manifest *manifest)
{
    json_t *inputs = json_array(), *record;
    const char *path;
    json_object_foreach(manifest->records, path, record)
    {
        if (vf_batch_manifest_is_past(manifest, record))
            continue;
        json_t *copy = json_copy(record);
        json_object_set_new(copy, "state", json_string(state_of(manifest, record)));
        json_array_append_new(inputs, copy);
    }
    json_t *all = json_pack("{sb sb so}", "done", vf_batch_status_is_done(manifest), "running",
                            manifest->is_in_use, "inputs", inputs);
    int err =
        all && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0 ? VF_OK : -EIO;
    putchar('\n');
    json_decref(all);
    return err;
}

int vf_batch_status_print(const struct vf_batch_manifest *manifest, bool is_json)
{
    if (is_json)
        return print_json(manifest);
    print_table(manifest);
    return ferror(stdout) ? -EIO : VF_OK;
}
