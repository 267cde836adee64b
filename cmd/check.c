/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/log_arguments.h"
#include "cmd/untrusted.h"
#include "engine/base/log.h"
#include "engine/base/trust.h"
#include "engine/flow/vocabulary.h"

struct check_values {
    struct vf_flow_arguments flow;
    struct vf_log_arguments log;
    bool is_json, has_no_variables, is_untrusted;
    json_t *deeds; /* with --untrusted --json: of each flow, by its file */
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct check_values, flow),
    VF_COLOUR_FLAG(struct check_values, log),
    VF_FLAG(0, "json", NULL, "Print the mistakes as JSON, on standard output",
            VF_BOOLEAN(struct check_values, is_json)),
    VF_FLAG(0, "no-vars", NULL, "Let variables have no value: what they are in is not checked",
            VF_BOOLEAN(struct check_values, has_no_variables)),
    VF_FLAG(0, "untrusted", NULL,
            "List what a flow would do outside of itself; open nothing that it names",
            VF_BOOLEAN(struct check_values, is_untrusted)),
};

/* Says which variables a flow has to be given, and which it has. */
static void print_variables(const struct vf_flow *flow)
{
    bool has_wants = flow->wants && *flow->wants, has_some = flow->has && *flow->has;
    if (has_wants)
        printf("  wants --var %s\n", flow->wants);
    if (has_some)
        printf("  has %s\n", flow->has);
}

static void print_summary(const struct vf_flow *flow)
{
    size_t edges = 0;
    for (size_t i = 0; i < flow->node_count; i++)
        edges += flow->nodes[i].input_count;
    printf("%s: %zu node%s, %zu edge%s, %s: ok\n", flow->file, flow->node_count,
           flow->node_count == 1 ? "" : "s", edges, edges == 1 ? "" : "s",
           vf_flow_mode_name(flow->mode));
    print_variables(flow);
}

/* Prints what a flow would do, or keeps it for who prints all as JSON. */
static int list_deeds(const struct check_values *values, const struct vf_flow *flow, bool are_many)
{
    json_t *deeds = NULL;
    int err = vf_untrusted_list(flow, &deeds);
    if (err)
        return err;
    if (values->is_json)
        return json_object_set_new(values->deeds, flow->file, deeds) ? -ENOMEM : VF_OK;
    if (are_many)
        printf("%s:\n", flow->file);
    vf_untrusted_print(deeds);
    json_decref(deeds);
    return VF_OK;
}

/* Returns as vf_flow_load(). */
static int check_file(const struct check_values *values, bool are_many, const char *file,
                      struct vf_diagnostics *diagnostics)
{
    struct vf_flow *flow;
    struct vf_flow_arguments arguments = values->flow;
    arguments.may_be_part = true;
    arguments.are_variables_optional = values->has_no_variables;
    int err = vf_flow_arguments_load(&arguments, file, diagnostics, &flow);
    if (!err && values->is_untrusted)
        err = list_deeds(values, flow, are_many);
    else if (!err && !values->is_json)
        print_summary(flow);
    vf_flow_destroy(&flow);
    return err;
}

/* Prints what the flows would do, and what is wrong with them. */
static int print_deeds(const struct check_values *values, const struct vf_diagnostics *diagnostics)
{
    json_t *mistakes = vf_diagnostics_to_json(diagnostics);
    json_t *all =
        mistakes ? json_pack("{sO so}", "flows", values->deeds, "mistakes", mistakes) : NULL;
    bool is_printed = all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(all);
    return is_printed ? VF_OK : all ? -EIO : -ENOMEM;
}

static enum vf_exit_status check_files(const struct check_values *values,
                                       const struct vf_operands *files)
{
    struct vf_diagnostics diagnostics = {0};
    enum vf_exit_status status = VF_EXIT_OK;
    int err = VF_OK;
    for (size_t i = 0; i < files->count && (!err || err == -EINVAL); i++) {
        err = check_file(values, files->count > 1, files->items[i], &diagnostics);
        if (err)
            status = VF_EXIT_INVALID_FLOW;
    }
    if (values->is_json && (!err || err == -EINVAL)) {
        int printed = values->is_untrusted ? print_deeds(values, &diagnostics)
                                           : vf_diagnostics_print_json(&diagnostics, stdout);
        err = printed ? printed : err;
    } else {
        if (files->count == 1)
            vf_flow_arguments_print(&values->flow, files->items[0], &diagnostics);
        else
            vf_diagnostics_print(&diagnostics, stderr);
    }
    vf_diagnostics_finish(&diagnostics);
    if (!err || err == -EINVAL)
        return status;
    vf_log(VF_LOG_ERROR, "the check could not be finished: %s", strerror(-err));
    return VF_EXIT_INTERNAL;
}

static int check(int argc, char **argv)
{
    struct check_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_check, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    vf_log_arguments_settle(&values.log);
    values.deeds = json_object();
    if (values.is_untrusted) {
        vf_trust_set(VF_TRUST_NAMES);
        vf_unsafe_allow(); /* so that it is listed */
    }
    enum vf_exit_status status = vf_flow_arguments_resolve(&values.flow, &vf_command_check, &files);
    if (status == VF_EXIT_OK && values.flow.is_batch && values.flow.is_realtime) {
        vf_log(VF_LOG_ERROR, "--batch and --realtime exclude each other");
        status = VF_EXIT_USAGE;
    }
    if (status == VF_EXIT_OK)
        status = check_files(&values, &files);
    json_decref(values.deeds);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_check, &values);
    return (int)status;
}

const struct vf_command vf_command_check = {
    .name = "check",
    .summary = "Find every mistake in flow files without running them.",
    .details = "Prints one line for each correct flow, and one for each mistake: where it is, "
               "what is wrong and what would be right. The exit status is 0 when every flow can "
               "run, and 78 otherwise.",
    .operand = "FLOW... [NAME=VALUE]...",
    .operand_kind = VF_OPERAND_FLOW,
    .is_for_many = true,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = check,
};
