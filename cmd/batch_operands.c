/* SPDX-License-Identifier: MIT */
#include "cmd/batch_operands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

/* Returns whether a text has a variable in it, as "${name}" or "${name:-default}". */
static bool has_variable(const char *text, const char *name, size_t length)
{
    for (; text && (text = strstr(text, "${")); text += 2) {
        const char *end = text + 2 + length;
        if (strncmp(text + 2, name, length) == 0 && (*end == '}' || *end == ':'))
            return true;
    }
    return false;
}

/* Returns whether a word sets a variable that is in the flow, or in what the flags say of it. */
static bool sets_variable(const struct vf_flow_arguments *arguments, const struct vf_wanted *wanted,
                          const char *word, size_t length)
{
    bool is_set = has_variable(arguments->chain, word, length);
    for (size_t i = 0; i < wanted->count && !is_set; i++)
        is_set = strlen(wanted->items[i].name) == length &&
                 strncmp(wanted->items[i].name, word, length) == 0;
    for (size_t i = 0; i < arguments->settings.count && !is_set; i++)
        is_set = has_variable(arguments->settings.items[i], word, length);
    return is_set;
}

/* Refuses what is neither a variable nor a file. */
static enum vf_exit_status refuse(const char *word, size_t length, const struct vf_wanted *wanted)
{
    struct vf_text known = {0};
    for (size_t i = 0; i < wanted->count; i++)
        vf_text_print(&known, "%s%s", i ? ", " : "; it has ", wanted->items[i].name);
    vf_command_line_refuse(&vf_command_batch,
                           "the flow has no variable \"%.*s\"%s; an input of that name is ./%s",
                           (int)length, word, known.bytes ? known.bytes : "", word);
    vf_text_finish(&known);
    return VF_EXIT_USAGE;
}

static enum vf_exit_status take_variables(struct vf_flow_arguments *arguments,
                                          const struct vf_wanted *wanted,
                                          struct vf_operands *operands)
{
    size_t kept = 0;
    for (size_t i = 0; i < operands->count; i++) {
        char *word = operands->items[i];
        size_t length = vf_flow_arguments_assigns(word);
        bool is_variable = length && sets_variable(arguments, wanted, word, length);
        if (length && !is_variable && access(word, F_OK) != 0 && !strpbrk(word, "*?["))
            return refuse(word, length, wanted);
        if (!is_variable)
            operands->items[kept++] = word;
        else if (vf_words_add(&arguments->variables, word) < 0)
            return VF_EXIT_INTERNAL;
    }
    operands->count = kept;
    return VF_EXIT_OK;
}

/* Takes the flow out of the operands: the first that sets no variable. */
static enum vf_exit_status take_flow(struct vf_flow_arguments *arguments,
                                     struct vf_operands *operands, const char **file)
{
    size_t at = 0;
    while (!arguments->chain && at + 1 < operands->count &&
           vf_flow_arguments_assigns(operands->items[at]) && access(operands->items[at], F_OK) != 0)
        at++;
    if (!arguments->chain && strcmp(operands->items[at], "-") == 0) {
        vf_command_line_refuse(&vf_command_batch,
                               "the flow is read several times; give the name of a file");
        return VF_EXIT_USAGE;
    }
    struct vf_operands flow = {operands->items + at, arguments->chain ? 0 : 1};
    enum vf_exit_status status = vf_flow_arguments_resolve(arguments, &vf_command_batch, &flow);
    *file = status == VF_EXIT_OK ? flow.items[0] : NULL;
    if (!arguments->chain) {
        for (size_t i = at; i > 0; i--)
            operands->items[i] = operands->items[i - 1];
        operands->items++;
        operands->count--;
    }
    return status;
}

enum vf_exit_status vf_batch_operands_resolve(struct vf_flow_arguments *arguments,
                                              struct vf_operands *operands, const char **file)
{
    struct vf_flow_description description = {0};
    enum vf_exit_status status = take_flow(arguments, operands, file);
    if (status != VF_EXIT_OK)
        return status;
    int err = arguments->chain ? VF_OK : vf_flow_description_read(&description, *file);
    if (err != -ENOMEM) /* what else is wrong with the flow is said when it is loaded */
        status = take_variables(arguments, &description.wanted, operands);
    else
        status = VF_EXIT_INTERNAL;
    vf_flow_description_finish(&description);
    return status;
}
