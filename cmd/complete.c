/* SPDX-License-Identifier: MIT */
/* complete.c - answers the shell's question what may come next.
 *
 * A shell's script (completion.c) calls `vflow complete -- WORD...` with the words after "vflow",
 * the last one being the one to complete. Each line of the answer is a word and, after a tab,
 * what it means. A line ":files" asks the shell for names of files instead.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_library.h"
#include "engine/base/array.h"
#include "engine/run/card.h"
#include "nodes/all_nodes.h"

struct question {
    const struct vf_command *command;
    char **words; /* between the subcommand and the word to complete */
    size_t count;
    const char *begun; /* what there is of the word to complete */
};

static bool starts_with(const char *word, const char *begun)
{
    return strncmp(word, begun, strlen(begun)) == 0;
}

static void offer(const char *begun, const char *word, const char *meaning)
{
    if (starts_with(word, begun))
        printf("%s\t%s\n", word, meaning);
}

static void offer_commands(const char *begun)
{
    for (size_t i = 0; i < vf_all_commands.count; i++) {
        const struct vf_command *command = vf_all_commands.items[i];
        if (!command->is_hidden)
            offer(begun, command->name, command->summary);
    }
}

static void offer_first_words(const char *begun)
{
    offer_commands(begun);
    if (begun[0] == '-') {
        offer(begun, "--help", "Show the commands");
        offer(begun, "--version", "Show the version");
    }
}

static void offer_nodes(const char *begun)
{
    for (size_t i = 0; i < vf_all_nodes.count; i++) {
        const struct vf_node *node = vf_node_at(&vf_all_nodes, i);
        if (node)
            offer(begun, node->name, node->summary);
    }
}

static void offer_runs(const char *begun)
{
    struct vf_run_cards cards = {0};
    vf_run_cards_collect(&cards);
    for (size_t i = 0; i < cards.count; i++)
        offer(begun, cards.items[i].name, cards.items[i].flow);
    vf_run_cards_finish(&cards);
}

/* Offers the flows that have names; `lead` is what stands before a name in the same word. */
static void offer_flows(const char *begun, const char *lead)
{
    struct vf_flow_library library = {0};
    char word[300];
    int err = vf_flow_library_read(&library);
    for (size_t i = 0; i < library.count && !err; i++) {
        struct vf_flow_description description = {0};
        snprintf(word, sizeof(word), "%s%s", lead, library.items[i].name);
        if (starts_with(word, begun) &&
            vf_flow_description_read(&description, library.items[i].path) == VF_OK)
            offer(begun, word, description.summary);
        vf_flow_description_finish(&description);
    }
    vf_flow_library_finish(&library);
}

static void offer_flags(const struct question *question)
{
    const struct vf_flag_list *flags = &question->command->flags;
    char word[80];
    for (size_t i = 0; i < flags->count; i++) {
        const struct vf_flag *flag = &flags->items[i];
        snprintf(word, sizeof(word), "--%s%s", flag->option.name, flag->argument ? "=" : "");
        offer(question->begun, word, flag->option.help);
    }
    offer(question->begun, "--help", "Show the flags");
}

static void offer_operands(const struct question *question)
{
    static const char *const shells[] = {"bash", "fish", "zsh"};
    switch (question->command->operand_kind) {
    case VF_OPERAND_NONE:
        break;
    case VF_OPERAND_FLOW:
    case VF_OPERAND_FILE:
        puts(":files");
        break;
    case VF_OPERAND_NAMED:
        offer_flows(question->begun, "");
        break;
    case VF_OPERAND_NODE:
        offer_nodes(question->begun);
        break;
    case VF_OPERAND_COMMAND:
        offer_commands(question->begun);
        break;
    case VF_OPERAND_RUN:
        if (!question->count)
            offer_runs(question->begun);
        break;
    case VF_OPERAND_SHELL:
        for (size_t i = 0; i < VF_COUNT(shells); i++)
            offer(question->begun, shells[i], "");
        break;
    }
}

/* Offers the values of a flag; `lead` is what stands before the value in the same word. */
static void offer_values(const struct vf_flag *flag, const char *lead, const char *begun)
{
    const struct vf_choice_list *choices = &flag->option.choices;
    for (size_t i = 0; i < choices->count; i++) {
        if (starts_with(choices->items[i].name, begun))
            printf("%s%s\t%s\n", lead, choices->items[i].name, choices->items[i].help);
    }
    bool is_path = strstr(flag->argument, "FILE") || strstr(flag->argument, "DIR");
    if (!choices->count && is_path)
        puts(":files");
}

/* Returns the flag whose value the word after `word` is, or NULL. */
static const struct vf_flag *flag_that_waits(const struct vf_command *command, const char *word)
{
    const struct vf_flag *flag = NULL;
    if (strncmp(word, "--", 2) == 0)
        flag = vf_flag_find(&command->flags, word + 2);
    else if (word[0] == '-' && word[1])
        flag = vf_flag_find_letter(&command->flags, word[strlen(word) - 1]);
    return flag && flag->argument ? flag : NULL;
}

/* Walks over the words before the one to complete. Returns the flag that waits for its value,
 * or NULL. Some shells make "=" a word of its own. */
static const struct vf_flag *walk(const struct question *question, bool *is_ended)
{
    const struct vf_flag *waiting = NULL;
    for (size_t i = 0; i < question->count; i++) {
        const char *word = question->words[i];
        if (waiting && strcmp(word, "=") == 0)
            continue;
        if (waiting)
            waiting = NULL;
        else if (strcmp(word, "--") == 0)
            *is_ended = true;
        else if (!*is_ended)
            waiting = flag_that_waits(question->command, word);
    }
    return waiting;
}

static void answer(const struct question *question)
{
    bool is_ended = false;
    const struct vf_flag *waiting = walk(question, &is_ended);
    const char *begun = question->begun;
    const char *equals = strchr(begun, '=');
    if (waiting) {
        offer_values(waiting, "", begun + (begun[0] == '='));
    } else if (!is_ended && strncmp(begun, "--", 2) == 0 && equals) {
        char flag_name[80];
        char lead[80];
        snprintf(flag_name, sizeof(flag_name), "%.*s", (int)(equals - begun - 2), begun + 2);
        snprintf(lead, sizeof(lead), "--%.70s=", flag_name);
        const struct vf_flag *flag = vf_flag_find(&question->command->flags, flag_name);
        if (flag && flag->argument)
            offer_values(flag, lead, equals + 1);
    } else if (!is_ended && begun[0] == '-') {
        offer_flags(question);
    } else {
        offer_operands(question);
    }
}

static int complete(int argc, char **argv)
{
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_complete, argc, argv, NULL, &words);
    if (err)
        return (int)vf_command_line_status(err);
    const char *begun = words.items[words.count - 1];
    if (words.count == 1) {
        offer_first_words(begun);
        return VF_EXIT_OK;
    }
    const struct vf_command *command = vf_command_find(words.items[0]);
    if (command)
        answer(&(struct question){command, words.items + 1, words.count - 2, begun});
    return VF_EXIT_OK;
}

const struct vf_command vf_command_complete = {
    .name = "complete",
    .summary = "Print completions of a command line, for the shell.",
    .operand = "WORD",
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .is_hidden = true,
    .run = complete,
};
