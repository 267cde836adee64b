/* SPDX-License-Identifier: MIT */
#include "cmd/command_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

#define HELP_WIDTH 28 /* columns of a flag before its help */
#define LINE_WIDTH 79

struct parser {
    const struct vf_command *command;
    char **argv; /* what is left */
    void *values;
    struct vf_operands *operands;
};

static int parse_count(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    (void)text;
    *(int *)field += 1;
    return VF_OK;
}

const struct vf_option_kind vf_kind_count = {
    .name = "count",
    .schema_type = "integer",
    .parse = parse_count,
};

int vf_words_add(struct vf_words *words, const char *word)
{
    const char **items = realloc(words->items, (words->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    words->items = items;
    words->items[words->count++] = word;
    return VF_OK;
}

static int parse_word(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    return vf_words_add(field, text);
}

static void release_words(void *field)
{
    struct vf_words *words = field;
    free(words->items);
    *words = (struct vf_words){0};
}

const struct vf_option_kind vf_kind_words = {
    .name = "text",
    .schema_type = "array",
    .parse = parse_word,
    .release = release_words,
};

const struct vf_flag *vf_flag_find(const struct vf_flag_list *flags, const char *name)
{
    for (size_t i = 0; i < flags->count; i++) {
        if (strcmp(flags->items[i].option.name, name) == 0)
            return &flags->items[i];
    }
    return NULL;
}

const struct vf_flag *vf_flag_find_letter(const struct vf_flag_list *flags, char letter)
{
    for (size_t i = 0; i < flags->count; i++) {
        if (flags->items[i].letter == letter)
            return &flags->items[i];
    }
    return NULL;
}

/* Says what is wrong, with the arguments of printf, and where to read what would be right. */
static void print_refusal(const struct vf_command *command, const char *format, va_list arguments)
{
    struct vf_text problem = {0};
    vf_text_vprint(&problem, format, arguments);
    vf_log(VF_LOG_ERROR, "%s: %s (see vflow %s --help)", command->name,
           problem.bytes ? problem.bytes : "out of memory", command->name);
    vf_text_finish(&problem);
}

void vf_command_line_refuse(const struct vf_command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_refusal(command, format, arguments);
    va_end(arguments);
}

static int refuse(const struct parser *parser, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct parser *parser, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_refusal(parser->command, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int refuse_unknown(const struct parser *parser, const char *name)
{
    const struct vf_flag_list *flags = &parser->command->flags;
    struct vf_text_nearest nearest = {.wanted = name, .before = "\"--"};
    for (size_t i = 0; i < flags->count; i++)
        vf_text_nearest_consider(&nearest, flags->items[i].option.name);
    vf_text_nearest_consider(&nearest, "help");
    return refuse(parser, "unknown flag \"--%s\"%s", name, vf_text_suggest(&nearest));
}

static int refuse_value(const struct parser *parser, const struct vf_flag *flag, const char *text,
                        int err)
{
    struct vf_text right = {0};
    if (err == -ERANGE)
        vf_option_describe_limits(&flag->option, &right);
    else
        vf_option_describe(&flag->option, &right);
    refuse(parser, "--%s cannot be \"%s\"; it is %s", flag->option.name, text,
           right.bytes ? right.bytes : flag->option.kind->name);
    vf_text_finish(&right);
    return -EINVAL;
}

static int set_flag(const struct parser *parser, const struct vf_flag *flag, const char *text)
{
    int err = vf_option_set(&flag->option, flag->argument ? text : "true", parser->values);
    if (err == -EINVAL || err == -ERANGE)
        return refuse_value(parser, flag, text, err);
    return err;
}

/* Takes the value of a flag that did not bring it along. */
static int take_value(struct parser *parser, const struct vf_flag *flag)
{
    const char *text = *parser->argv;
    if (!text)
        return refuse(parser, "--%s needs %s", flag->option.name, flag->argument);
    parser->argv++;
    return set_flag(parser, flag, text);
}

static int print_help(const struct parser *parser)
{
    vf_command_line_print_help(stdout, parser->command);
    return VF_END;
}

static int parse_long(struct parser *parser, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] ? word + length + 1 : NULL;
    char *name = strndup(word, length);
    if (!name)
        return -ENOMEM;
    const struct vf_flag *flag = vf_flag_find(&parser->command->flags, name);
    int err;
    if (!flag && strcmp(name, "help") == 0)
        err = print_help(parser);
    else if (!flag)
        err = refuse_unknown(parser, name);
    else if (!flag->argument && value)
        err = refuse(parser, "--%s takes no value", name);
    else if (!flag->argument || value)
        err = set_flag(parser, flag, value);
    else
        err = take_value(parser, flag);
    free(name);
    return err;
}

static int parse_letters(struct parser *parser, const char *letters)
{
    for (; *letters; letters++) {
        const struct vf_flag *flag = vf_flag_find_letter(&parser->command->flags, *letters);
        if (!flag && *letters == 'h')
            return print_help(parser);
        if (!flag)
            return refuse(parser, "unknown flag \"-%c\"", *letters);
        if (flag->argument && letters[1])
            return set_flag(parser, flag, letters + 1);
        if (flag->argument)
            return take_value(parser, flag);
        int err = set_flag(parser, flag, NULL);
        if (err)
            return err;
    }
    return VF_OK;
}

static int parse_words(struct parser *parser)
{
    bool is_ended = false;
    while (*parser->argv) {
        char *word = *parser->argv++;
        int err = VF_OK;
        if (is_ended || word[0] != '-' || !word[1])
            parser->operands->items[parser->operands->count++] = word;
        else if (strcmp(word, "--") == 0)
            is_ended = true;
        else if (word[1] == '-')
            err = parse_long(parser, word + 2);
        else
            err = parse_letters(parser, word + 1);
        if (err)
            return err;
    }
    return VF_OK;
}

static int set_fallbacks(const struct parser *parser)
{
    const struct vf_flag_list *flags = &parser->command->flags;
    for (size_t i = 0; i < flags->count; i++) {
        if (!flags->items[i].option.fallback)
            continue;
        int err =
            vf_option_set(&flags->items[i].option, flags->items[i].option.fallback, parser->values);
        if (err)
            return err;
    }
    return VF_OK;
}

static int check_operands(const struct parser *parser)
{
    const struct vf_command *command = parser->command;
    size_t count = parser->operands->count;
    if (count < command->minimum_operands)
        return refuse(parser, "%s is missing", command->operand);
    if (count > command->maximum_operands)
        return refuse(parser, "unexpected argument \"%s\"",
                      parser->operands->items[command->maximum_operands]);
    return VF_OK;
}

int vf_command_line_parse(const struct vf_command *command, int argc, char **argv, void *values,
                          struct vf_operands *operands)
{
    *operands = (struct vf_operands){.items = argv + 1};
    struct parser parser = {command, argc > 0 ? argv + 1 : argv, values, operands};
    int err = set_fallbacks(&parser);
    if (!err)
        err = parse_words(&parser);
    if (!err)
        err = check_operands(&parser);
    if (err)
        vf_command_line_release(command, values);
    return err;
}

enum vf_exit_status vf_command_line_status(int err)
{
    if (err >= 0)
        return VF_EXIT_OK;
    return err == -EINVAL ? VF_EXIT_USAGE : VF_EXIT_INTERNAL;
}

void vf_command_line_release(const struct vf_command *command, void *values)
{
    for (size_t i = 0; i < command->flags.count; i++) {
        const struct vf_option *option = &command->flags.items[i].option;
        if (option->kind->release)
            option->kind->release((char *)values + option->offset);
    }
}

static void print_flag(FILE *out, const struct vf_flag *flag)
{
    const struct vf_option *option = &flag->option;
    const char *argument = flag->argument ? flag->argument : "";
    char short_form[] = {'-', flag->letter, ',', ' ', '\0'};
    int width = fprintf(out, "  %s--%s%s%s", flag->letter ? short_form : "    ", option->name,
                        flag->argument ? "=" : "", argument);
    if (width >= HELP_WIDTH)
        fprintf(out, "\n%*s", HELP_WIDTH, "");
    else
        fprintf(out, "%*s", HELP_WIDTH - width, "");
    fputs(option->help, out);
    for (size_t i = 0; i < option->choices.count; i++)
        fprintf(out, "%s%s", i ? ", " : ": ", option->choices.items[i].name);
    if (option->fallback)
        fprintf(out, " [%s]", option->fallback);
    fputc('\n', out);
}

/* Prints lines no longer than a terminal's, broken at spaces. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        bool is_full = *text == ' ' && column + 1 + strcspn(text + 1, " \n") > LINE_WIDTH;
        fputc(is_full ? '\n' : *text, out);
        column = is_full || *text == '\n' ? 0 : column + 1;
    }
    fputc('\n', out);
}

void vf_command_line_print_help(FILE *out, const struct vf_command *command)
{
    static const struct vf_flag help = {'h', NULL, {.name = "help", .help = "Show this help"}};
    const char *operand = command->operand ? command->operand : "";
    bool is_optional = command->minimum_operands == 0;
    bool is_complete = strpbrk(operand, ". ") != NULL; /* says itself how many there may be */
    fprintf(out, "Usage: vflow %s%s", command->name, command->flags.count ? " [FLAG]..." : "");
    if (command->operand)
        fprintf(out, is_optional && !is_complete ? " [%s]" : " %s", operand);
    fprintf(out, "%s\n\n%s\n", command->maximum_operands > 1 && !is_complete ? "..." : "",
            command->summary);
    if (command->details) {
        fputc('\n', out);
        print_wrapped(out, command->details);
    }
    fputs("\nFlags:\n", out);
    for (size_t i = 0; i < command->flags.count; i++)
        print_flag(out, &command->flags.items[i]);
    print_flag(out, &help);
}
