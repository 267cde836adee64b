/* SPDX-License-Identifier: MIT */
/* complete.c - answers the shell's question what may come next.
 *
 * A shell's script (completion.c) calls `vflow complete -- WORD...` with the words after "vflow",
 * the last one being the one to complete. Each line of the answer is a word and, after a tab,
 * what it means. A line ":files" asks the shell for names of files, and ":flows" for those of flow
 * files and folders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/complete_flow.h"
#include "cmd/plugins.h"
#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/run/card.h"

struct question {
    const struct vf_command *command;
    char **words; /* between the subcommand and the word to complete */
    size_t count;
    struct vf_offers offers;
    const char *flow; /* the first operand that is none of a flag; NULL: none is there yet */
};

static void offer_commands(const struct vf_offers *offers)
{
    for (size_t i = 0; i < vf_all_commands.count; i++) {
        const struct vf_command *command = vf_all_commands.items[i];
        if (!command->is_hidden)
            vf_offer(offers, "", command->name, command->summary);
    }
}

static void offer_first_words(const struct vf_offers *offers)
{
    offer_commands(offers);
    if (offers->begun[0] == '-') {
        vf_offer(offers, "", "--help", "Show the commands");
        vf_offer(offers, "", "--version", "Show the version");
    }
}

static void offer_runs(const struct vf_offers *offers)
{
    struct vf_run_cards cards = {0};
    vf_run_cards_collect(&cards);
    for (size_t i = 0; i < cards.count; i++)
        vf_offer(offers, "", cards.items[i].name, cards.items[i].flow);
    vf_run_cards_finish(&cards);
}

static void offer_flags(const struct question *question)
{
    const struct vf_flag_list *flags = &question->command->flags;
    char word[80];
    for (size_t i = 0; i < flags->count; i++) {
        const struct vf_flag *flag = &flags->items[i];
        snprintf(word, sizeof(word), "--%s%s", flag->option.name, flag->argument ? "=" : "");
        vf_offer(&question->offers, "", word, flag->option.help);
    }
    vf_offer(&question->offers, "", "--help", "Show the flags");
}

/* Offers a flow, or after it the variables that it takes. */
static void offer_flow(const struct question *question)
{
    const char *begun = question->offers.begun;
    if (strchr(begun, '=') && begun[0] != '@')
        puts(":files");
    else if (question->flow)
        vf_offer_variables(&question->offers, "", question->flow);
    if (begun[0] == '@')
        vf_offer_flows(&question->offers, "@");
    else if (!strchr(begun, '=') && (!question->flow || question->command->is_for_many))
        puts(":flows");
}

static void offer_operands(const struct question *question)
{
    static const char *const shells[] = {"bash", "fish", "zsh"};
    const struct vf_offers *offers = &question->offers;
    switch (question->command->operand_kind) {
    case VF_OPERAND_NONE:
        break;
    case VF_OPERAND_FLOW:
        offer_flow(question);
        break;
    case VF_OPERAND_FLOW_AND_FILES:
        if (question->flow)
            puts(":files");
        else
            offer_flow(question);
        break;
    case VF_OPERAND_FILE:
        puts(":files");
        break;
    case VF_OPERAND_NAMED:
        vf_offer_flows(offers, "");
        vf_offer_chain(offers, "");
        break;
    case VF_OPERAND_NODE:
        vf_offer_nodes(offers, "");
        break;
    case VF_OPERAND_COMMAND:
        offer_commands(offers);
        break;
    case VF_OPERAND_RUN:
        if (!question->count)
            offer_runs(offers);
        break;
    case VF_OPERAND_SHELL:
        for (size_t i = 0; i < VF_COUNT(shells); i++)
            vf_offer(offers, "", shells[i], "");
        break;
    }
}

/* Offers the values of a flag; `lead` is what stands before the value in the same word. */
static void offer_values(const struct question *question, const struct vf_flag *flag,
                         const char *lead)
{
    const struct vf_choice_list *choices = &flag->option.choices;
    const char *name = flag->option.name;
    for (size_t i = 0; i < choices->count; i++)
        vf_offer(&question->offers, lead, choices->items[i].name, choices->items[i].help);
    if (strcmp(name, "var") == 0)
        vf_offer_variables(&question->offers, lead, question->flow);
    else if (strcmp(name, "set") == 0)
        vf_offer_settings(&question->offers, lead, question->flow);
    else if (strcmp(name, "chain") == 0)
        vf_offer_chain(&question->offers, lead);
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

/* Loads the plugin that a word names, alone or after its flag, so that its nodes are offered. One that
 * cannot be is not there. */
static void take_plugin(const struct vf_flag *waiting, const char *word)
{
    static const char flag[] = "--plugin=";
    char ignored[1];
    const char *file = NULL;
    if (waiting && strcmp(waiting->option.name, "plugin") == 0)
        file = word;
    else if (!waiting && strncmp(word, flag, strlen(flag)) == 0)
        file = word + strlen(flag);
    if (file)
        (void)!vf_plugin_load(file, ignored, sizeof(ignored));
}

/* Walks over the words before the one to complete, loads the plugins among them, and finds the flow.
 * Returns the flag that waits for its value, or NULL. */
static const struct vf_flag *walk(struct question *question, bool *is_ended)
{
    const struct vf_flag *waiting = NULL;
    for (size_t i = 0; i < question->count; i++) {
        const char *word = question->words[i];
        if (!*is_ended)
            take_plugin(waiting, word);
        bool is_operand = !waiting && (*is_ended || word[0] != '-' || !word[1]);
        if (is_operand && !question->flow && (word[0] == '@' || !strchr(word, '=')))
            question->flow = word;
        if (waiting)
            waiting = NULL;
        else if (strcmp(word, "--") == 0)
            *is_ended = true;
        else if (!*is_ended)
            waiting = flag_that_waits(question->command, word);
    }
    return waiting;
}

/* Offers the values of "--FLAG=". */
static void offer_values_of_word(const struct question *question, const char *equals)
{
    const char *begun = question->offers.begun;
    char *name = strndup(begun + 2, (size_t)(equals - begun - 2));
    char *lead = strndup(begun, (size_t)(equals - begun + 1));
    const struct vf_flag *flag = name ? vf_flag_find(&question->command->flags, name) : NULL;
    if (lead && flag && flag->argument)
        offer_values(question, flag, lead);
    free(lead);
    free(name);
}

static void answer(struct question *question)
{
    bool is_ended = false;
    const struct vf_flag *waiting = walk(question, &is_ended);
    const char *begun = question->offers.begun;
    const char *equals = strchr(begun, '=');
    if (waiting)
        offer_values(question, waiting, "");
    else if (!is_ended && strncmp(begun, "--", 2) == 0 && equals)
        offer_values_of_word(question, equals);
    else if (!is_ended && begun[0] == '-')
        offer_flags(question);
    else
        offer_operands(question);
}

/* Joins two words, in memory that `joined` lists; NULL: out of memory. */
static char *join_two(const char *left, const char *middle, const char *right,
                      struct vf_text *joined)
{
    char *whole = vf_text_format("%s%s%s", left, middle, right);
    if (whole)
        vf_text_append(joined, (const char *)&whole, sizeof(whole));
    return whole;
}

/* Some shells make "=" and "@" words of their own. Puts such words together again, in their places;
 * what the last one has before the part that the shell completes is the strip. Returns how many
 * words there are then. */
static size_t join_words(char **words, size_t count, struct vf_text *joined, size_t *strip)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_equals = strcmp(words[i], "=") == 0 && kept > 0;
        bool is_at = strcmp(words[i], "@") == 0;
        bool is_last = i + 2 >= count;
        const char *next = i + 1 < count ? words[i + 1] : "";
        char *whole = NULL;
        if (is_equals && is_last)
            *strip = strlen(words[kept - 1]) + 1;
        if (is_equals)
            whole = join_two(words[--kept], "=", next, joined);
        else if (is_at)
            whole = join_two("@", "", next, joined);
        i += whole && i + 1 < count;
        words[kept++] = whole ? whole : words[i];
    }
    return kept;
}

static int complete(int argc, char **argv)
{
    struct vf_operands words;
    struct vf_text joined = {0};
    size_t strip = 0;
    int err = vf_command_line_parse(&vf_command_complete, argc, argv, NULL, &words);
    if (err)
        return (int)vf_command_line_status(err);
    (void)!vf_plugins_load(NULL); /* those of the environment, of which none fails */
    size_t count = join_words(words.items, words.count, &joined, &strip);
    const struct vf_offers offers = {words.items[count - 1], strip};
    const struct vf_command *command = count > 1 ? vf_command_find(words.items[0]) : NULL;
    if (count == 1)
        offer_first_words(&offers);
    else if (command)
        answer(&(struct question){command, words.items + 1, count - 2, offers, NULL});
    for (size_t i = 0; i < joined.length; i += sizeof(char *)) {
        char *whole;
        memcpy(&whole, joined.bytes + i, sizeof(whole));
        free(whole);
    }
    vf_text_finish(&joined);
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
