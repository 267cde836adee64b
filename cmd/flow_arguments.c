/* SPDX-License-Identifier: MIT */
#include "cmd/flow_arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/not_a_flow.h"
#include "cmd/wire_check.h"
#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/flow/chain/chain.h"
#include "nodes/all_nodes.h"

#define FILE_OF_CHAIN "chain" /* as messages call it */

size_t vf_flow_arguments_assigns(const char *word)
{
    static const char letters[] = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strspn(word, letters);
    bool is_name = length && (word[0] < '0' || word[0] > '9');
    return is_name && word[length] == '=' ? length : 0;
}

/* Moves the operands that set variables to the variables. */
static enum vf_exit_status take_variables(struct vf_words *variables, struct vf_operands *operands)
{
    size_t kept = 0;
    for (size_t i = 0; i < operands->count; i++) {
        char *word = operands->items[i];
        if (!vf_flow_arguments_assigns(word) || access(word, F_OK) == 0) {
            operands->items[kept++] = word;
        } else if (vf_words_add(variables, word) < 0) {
            vf_log(VF_LOG_ERROR, "out of memory");
            return VF_EXIT_INTERNAL;
        }
    }
    operands->count = kept;
    return VF_EXIT_OK;
}

/* Puts the file of the flow in the place of its name. */
static enum vf_exit_status find_named(struct vf_flow_library *library, char **word)
{
    if (!library->items && vf_flow_library_read(library) < 0) {
        vf_log(VF_LOG_ERROR, "out of memory");
        return VF_EXIT_INTERNAL;
    }
    const struct vf_library_flow *flow = vf_flow_library_find(library, *word + 1);
    if (flow)
        *word = flow->path;
    else
        vf_flow_library_report_unknown(library, *word + 1);
    return flow ? VF_EXIT_OK : VF_EXIT_USAGE;
}

static enum vf_exit_status resolve_chain(const struct vf_command *command,
                                         struct vf_operands *operands)
{
    static char file[] = FILE_OF_CHAIN;
    static char *files[] = {file};
    if (operands->count) {
        vf_command_line_refuse(command,
                               "unexpected argument \"%s\": the chain takes the place of FLOW; "
                               "put quotes around all of it",
                               operands->items[0]);
        return VF_EXIT_USAGE;
    }
    *operands = (struct vf_operands){files, 1};
    return VF_EXIT_OK;
}

enum vf_exit_status vf_flow_arguments_resolve(struct vf_flow_arguments *arguments,
                                              const struct vf_command *command,
                                              struct vf_operands *operands)
{
    if (arguments->may_be_unsafe)
        vf_unsafe_allow();
    enum vf_exit_status status = take_variables(&arguments->variables, operands);
    if (status == VF_EXIT_OK)
        status = vf_plugins_load(&arguments->plugins);
    if (status != VF_EXIT_OK)
        return status;
    if (arguments->chain)
        return resolve_chain(command, operands);
    bool has_inputs = command->operand_kind == VF_OPERAND_FLOW_AND_FILES;
    if (!operands->count || (operands->count > 1 && !command->is_for_many && !has_inputs)) {
        if (operands->count)
            vf_command_line_refuse(command, "unexpected argument \"%s\": %s takes one flow",
                                   operands->items[1], command->name);
        else
            vf_command_line_refuse(command, "FLOW is missing");
        return VF_EXIT_USAGE;
    }
    size_t flows = has_inputs ? 1 : operands->count;
    for (size_t i = 0; i < flows && status == VF_EXIT_OK; i++) {
        if (operands->items[i][0] == '@')
            status = find_named(&arguments->library, &operands->items[i]);
    }
    return status;
}

static int repeat_words(struct vf_words *words, const char *flag, const struct vf_words *values)
{
    int err = VF_OK;
    for (size_t i = 0; i < values->count && !err; i++) {
        err = vf_words_add(words, flag);
        if (!err)
            err = vf_words_add(words, values->items[i]);
    }
    return err;
}

int vf_flow_arguments_repeat(const struct vf_flow_arguments *arguments, struct vf_words *words)
{
    static const char *const transports[] = {
        [VF_ASKED_SHM] = "shm", [VF_ASKED_IPC] = "ipc", [VF_ASKED_TCP] = "tcp"};
    const char *sandbox = vf_node_key_word(VF_KEY_SANDBOX, arguments->sandbox);
    const struct {
        const char *flag, *value; /* a switch has no value */
        bool is_given;
    } flags[] = {
        {"--batch", NULL, arguments->is_batch},
        {"--realtime", NULL, arguments->is_realtime},
        {"--transport", transports[arguments->transport], arguments->transport != VF_ASKED_NOTHING},
        {"--insecure", NULL, arguments->may_be_insecure},
        {"--sandbox", sandbox, sandbox != NULL},
        {"--allow-unsafe", NULL, arguments->may_be_unsafe},
        {"--memory", arguments->memory, arguments->memory != NULL},
    };
    int err = VF_OK;
    for (size_t i = 0; i < VF_COUNT(flags) && !err; i++) {
        if (flags[i].is_given)
            err = vf_words_add(words, flags[i].flag);
        if (flags[i].is_given && flags[i].value && !err)
            err = vf_words_add(words, flags[i].value);
    }
    if (!err)
        err = repeat_words(words, "--set", &arguments->settings);
    return err ? err : repeat_words(words, "--plugin", &arguments->plugins);
}

void vf_flow_arguments_release(struct vf_flow_arguments *arguments)
{
    vf_flow_library_finish(&arguments->library);
}

/* Prints how a flow is called with all variables that it wants. */
static void print_wanted(const struct vf_flow_arguments *arguments, const char *file)
{
    struct vf_flow_description description = {0};
    const char *shown = file;
    char *name = NULL;
    for (size_t i = 0; i < arguments->library.count; i++) {
        const struct vf_library_flow *flow = &arguments->library.items[i];
        if (flow->path == file)
            shown = name = vf_text_format("@%s", flow->name);
    }
    if (vf_flow_description_read(&description, file) == VF_OK && shown) {
        fprintf(stderr, "Usage: vflow run %s", shown);
        for (size_t i = 0; i < description.wanted.count; i++) {
            const struct vf_wanted_variable *variable = &description.wanted.items[i];
            fprintf(stderr, variable->fallback ? " [%s=%s]" : " %s=...", variable->name,
                    variable->fallback);
        }
        fputc('\n', stderr);
    }
    free(name);
    vf_flow_description_finish(&description);
}

/* Fills in a request with what the flags say. `mode` is lent to it. */
static struct vf_flow_request make_request(const struct vf_flow_arguments *arguments,
                                           const char *file, enum vf_flow_mode *mode)
{
    static const enum vf_transport_kind kinds[] = {
        [VF_ASKED_SHM] = VF_TRANSPORT_SHM,
        [VF_ASKED_IPC] = VF_TRANSPORT_IPC,
        [VF_ASKED_TCP] = VF_TRANSPORT_TCP,
    };
    size_t plugin_count;
    const char *const *plugins = vf_plugins_of_flags(&plugin_count);
    *mode = arguments->is_realtime ? VF_MODE_REALTIME : VF_MODE_BATCH;
    return (struct vf_flow_request){
        .file = file,
        .variables = arguments->variables.items,
        .variable_count = arguments->variables.count,
        .settings = arguments->settings.items,
        .setting_count = arguments->settings.count,
        .plugins = plugins,
        .plugin_count = plugin_count,
        .plug = vf_plugin_load_of_flow,
        .memory = arguments->memory,
        .report = arguments->report,
        .report_page = arguments->report_page,
        .trace = arguments->trace,
        .dead_letter = arguments->dead_letter,
        .host = arguments->host,
        .hosts = arguments->hosts,
        .may_be_insecure = arguments->may_be_insecure,
        .sandbox = arguments->sandbox,
        .may_be_part = arguments->may_be_part,
        .are_variables_optional = arguments->are_variables_optional,
        .mode = arguments->is_batch || arguments->is_realtime ? mode : NULL,
        .transport = arguments->transport ? &kinds[arguments->transport] : NULL,
    };
}

/* Makes the tree of a chain. */
static int read_chain(const char *chain, struct vf_diagnostics *diagnostics, struct vf_tree *root)
{
    vf_diagnostics_begin(diagnostics, FILE_OF_CHAIN);
    diagnostics->text = chain;
    return diagnostics->failure ? diagnostics->failure
                                : vf_chain_read(chain, &vf_all_nodes, diagnostics, root);
}

static int load_chain(const char *chain, const struct vf_flow_request *request,
                      struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    struct vf_tree root = {0};
    int err = read_chain(chain, diagnostics, &root);
    if (!err)
        err = vf_flow_load_made(request, &root, &vf_all_nodes, diagnostics, flow);
    vf_tree_finish(&root);
    return err;
}

/* Returns VF_OK for what may be a flow; for a video and the like -EINVAL, and says what it is. */
static int refuse_media(const char *file, struct vf_diagnostics *diagnostics)
{
    enum vf_given_kind given = VF_GIVEN_FLOW;
    if (strcmp(file, "-") != 0)
        given = vf_given_kind_of(file);
    if (given == VF_GIVEN_FLOW)
        return VF_OK;
    vf_diagnostics_begin(diagnostics, file);
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "not-a-flow", (struct vf_place){0},
                       "this is %s, not a flow", vf_given_kind_name(given));
    return diagnostics->failure ? diagnostics->failure : -EINVAL;
}

int vf_flow_arguments_load(const struct vf_flow_arguments *arguments, const char *file,
                           struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    enum vf_flow_mode mode;
    const struct vf_flow_request request = make_request(arguments, file, &mode);
    *flow = NULL;
    int err = arguments->chain ? load_chain(arguments->chain, &request, diagnostics, flow)
                               : refuse_media(file, diagnostics);
    if (!err && !arguments->chain)
        err = vf_flow_load(&request, &vf_all_nodes, diagnostics, flow);
    if (!err)
        err = vf_wire_check(*flow, diagnostics);
    if (err)
        vf_flow_destroy(flow);
    return err;
}

int vf_flow_arguments_load_tree(const struct vf_flow_arguments *arguments, const char *file,
                                enum vf_flow_stage stage, struct vf_diagnostics *diagnostics,
                                struct vf_flow **keeper, struct vf_tree *root)
{
    enum vf_flow_mode mode;
    struct vf_flow_request request = make_request(arguments, file, &mode);
    request.plug = vf_plugin_accept_of_flow; /* a tree has no nodes of theirs */
    *keeper = NULL;
    int err = arguments->chain ? read_chain(arguments->chain, diagnostics, root)
                               : refuse_media(file, diagnostics);
    return err ? err : vf_flow_load_tree(&request, stage, diagnostics, keeper, root);
}

void vf_flow_arguments_print(const struct vf_flow_arguments *arguments, const char *file,
                             const struct vf_diagnostics *diagnostics)
{
    bool is_variable_missing = false;
    enum vf_given_kind given = VF_GIVEN_FLOW;
    vf_diagnostics_print(diagnostics, stderr);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const char *code = diagnostics->items[i].code;
        is_variable_missing |= strcmp(code, "unset-variable") == 0;
        if (strcmp(code, "not-a-flow") == 0)
            given = vf_given_kind_of(file);
    }
    vf_given_print_commands(stderr, given, file);
    if (is_variable_missing && !arguments->chain && strcmp(file, "-") != 0)
        print_wanted(arguments, file);
}

enum vf_exit_status vf_flow_arguments_status(const struct vf_diagnostics *diagnostics, int err)
{
    if (!err)
        return VF_EXIT_OK;
    if (err != -EINVAL)
        return VF_EXIT_INTERNAL;
    switch (vf_diagnostics_gravest(diagnostics, 0)) {
    case VF_GRAVITY_SOURCE:
        return VF_EXIT_NO_SOURCE;
    case VF_GRAVITY_OUTPUT:
        return VF_EXIT_CANNOT_CREATE;
    case VF_GRAVITY_NONE:
    case VF_GRAVITY_WARNING:
    case VF_GRAVITY_FLOW:
        break;
    }
    return VF_EXIT_INVALID_FLOW;
}

enum vf_exit_status vf_flow_arguments_open(const struct vf_flow_arguments *arguments,
                                           const char *file, struct vf_flow **flow)
{
    *flow = NULL;
    if (arguments->is_batch && arguments->is_realtime) {
        vf_log(VF_LOG_ERROR, "--batch and --realtime exclude each other");
        return VF_EXIT_USAGE;
    }
    struct vf_diagnostics diagnostics = {0};
    int err = vf_flow_arguments_load(arguments, file, &diagnostics, flow);
    vf_flow_arguments_print(arguments, file, &diagnostics);
    enum vf_exit_status status = vf_flow_arguments_status(&diagnostics, err);
    if (status == VF_EXIT_INTERNAL)
        vf_log(VF_LOG_ERROR, "the flow could not be loaded: %s", strerror(-err));
    if (arguments->mistakes)
        *arguments->mistakes = diagnostics;
    else
        vf_diagnostics_finish(&diagnostics);
    return status;
}
