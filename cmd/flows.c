/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_library.h"
#include "engine/base/display.h"
#include "engine/base/log.h"

struct flows_values {
    bool is_json;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "json", NULL, "Print the list as JSON", VF_BOOLEAN(struct flows_values, is_json)),
};

static bool has_word(const struct vf_library_flow *flow,
                     const struct vf_flow_description *description, const char *word)
{
    bool has = strcasestr(flow->name, word) || strcasestr(description->summary, word);
    for (size_t i = 0; i < description->wanted.count && !has; i++)
        has = strcasestr(description->wanted.items[i].name, word) != NULL;
    return has;
}

static void print_text(const struct vf_library_flow *flow,
                       const struct vf_flow_description *description)
{
    printf("@%s  %s\n", flow->name, description->summary);
    for (size_t i = 0; i < description->wanted.count; i++) {
        const struct vf_wanted_variable *variable = &description->wanted.items[i];
        printf("%s%s=%s", i ? "  " : "      ", variable->name,
               variable->fallback ? variable->fallback : "...");
    }
    if (description->wanted.count)
        putchar('\n');
}

static json_t *string_of(const char *bytes)
{
    char *utf8 = bytes ? vf_display_utf8(bytes) : NULL;
    json_t *string = utf8 ? json_string(utf8) : json_null();
    free(utf8);
    return string;
}

static json_t *to_json(const struct vf_library_flow *flow,
                       const struct vf_flow_description *description)
{
    json_t *variables = json_array();
    for (size_t i = 0; i < description->wanted.count; i++) {
        const struct vf_wanted_variable *variable = &description->wanted.items[i];
        json_array_append_new(variables,
                              json_pack("{s:o, s:o, s:b}", "name", string_of(variable->name),
                                        "default", string_of(variable->fallback), "required",
                                        variable->fallback == NULL));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "name", string_of(flow->name), "summary",
                     string_of(description->summary), "path", string_of(flow->path), "variables",
                     variables);
}

/* Prints those that have the word, or all; returns how many, or a negative errno. */
static int print_flows(const struct vf_flow_library *library, const char *word, json_t *list)
{
    int found = 0;
    for (size_t i = 0; i < library->count; i++) {
        const struct vf_library_flow *flow = &library->items[i];
        struct vf_flow_description description = {0};
        int err = vf_flow_description_read(&description, flow->path);
        bool is_wanted = !err && (!word || has_word(flow, &description, word));
        if (is_wanted && list)
            err = json_array_append_new(list, to_json(flow, &description)) ? -ENOMEM : VF_OK;
        else if (is_wanted)
            print_text(flow, &description);
        found += is_wanted;
        vf_flow_description_finish(&description);
        if (err)
            return err;
    }
    return found;
}

static enum vf_exit_status show(const struct flows_values *values, const char *word)
{
    struct vf_flow_library library = {0};
    json_t *list = values->is_json ? json_array() : NULL;
    int found = vf_flow_library_read(&library);
    if (!found)
        found = print_flows(&library, word, list);
    if (list && found >= 0) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(list);
    vf_flow_library_finish(&library);
    if (found < 0) {
        vf_log(VF_LOG_ERROR, "the flows could not be listed: %s", strerror(-found));
        return VF_EXIT_INTERNAL;
    }
    if (found || values->is_json)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR,
           word ? "no flow has the word \"%s\"; vflow flows lists all"
                : "there are no flows; name a folder of them in VFLOW_FLOWS",
           word);
    return VF_EXIT_USAGE;
}

static int flows(int argc, char **argv)
{
    struct flows_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_flows, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = show(&values, words.count ? words.items[0] : NULL);
    vf_command_line_release(&vf_command_flows, &values);
    return (int)status;
}

const struct vf_command vf_command_flows = {
    .name = "flows",
    .summary = "List the flows that can be run by their names.",
    .details =
        "Each with the variables that it takes; ... stands for a value that has to be given. "
        "Run one with vflow run @NAME NAME=VALUE..., print it with vflow new NAME. WORD "
        "lists only those that have it.\n\n"
        "Flows of your own: *.yaml in ~/.config/vflow/flows, or in the folders that "
        "VFLOW_FLOWS names, separated by colons.",
    .operand = "WORD",
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = flows,
};
