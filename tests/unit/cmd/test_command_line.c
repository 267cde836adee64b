/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command_line.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"

#define MAX_WORDS 10

struct values {
    bool is_kept, is_quiet;
    int verbosity, limit;
    int64_t grace_ns;
    unsigned format;
    char *title;
    struct vf_words variables;
};

static const struct vf_flag flags[] = {
    VF_FLAG('n', "no-replace", NULL, "Keep existing files", VF_BOOLEAN(struct values, is_kept)),
    VF_FLAG('q', "quiet", NULL, "Print nothing", VF_BOOLEAN(struct values, is_quiet)),
    VF_FLAG('v', "verbose", NULL, "Say more", VF_COUNTER(struct values, verbosity)),
    VF_FLAG(0, "limit", "N", "Errors allowed", VF_INTEGER(struct values, limit), VF_RANGE(0, 100),
            .fallback = "3"),
    VF_FLAG('g', "grace", "SECONDS", "Time to finish", VF_DURATION(struct values, grace_ns),
            .fallback = "10"),
    VF_FLAG(
        0, "format", "FORMAT", "How it is printed",
        VF_CHOICE(struct values, format, {"text", 0, "For people"}, {"json", 1, "For programs"}),
        .fallback = "text"),
    VF_FLAG('t', "title", "TEXT", "Heading", VF_TEXT(struct values, title)),
    VF_FLAG(0, "var", "NAME=VALUE", "Variable", VF_WORDS(struct values, variables)),
};

static const struct vf_command command = {
    .name = "sample",
    .summary = "Show how a command line is parsed.",
    .operand = "FLOW",
    .minimum_operands = 0,
    .maximum_operands = 2,
    .flags = VF_LIST(flags),
};

static struct values values;
static struct vf_operands operands;

/* Parses a line of words; what the parser prints is thrown away. */
static int parse(const char *line)
{
    static char text[200];
    static char *words[MAX_WORDS];
    int argc = 0;
    char *rest = text;
    snprintf(text, sizeof(text), "sample %s", line);
    while ((words[argc] = strtok_r(rest, " ", &rest)))
        argc++;
    int nowhere = open("/dev/null", O_WRONLY);
    ck_assert_int_ge(dup2(nowhere, STDERR_FILENO), 0);
    ck_assert_int_ge(dup2(nowhere, STDOUT_FILENO), 0);
    close(nowhere);
    return vf_command_line_parse(&command, argc, words, &values, &operands);
}

static void setup(void)
{
    values = (struct values){0};
}

static void teardown(void)
{
    vf_command_line_release(&command, &values);
}

START_TEST(without_words_every_value_is_its_fallback)
{
    ck_assert_int_eq(parse(""), VF_OK);
    ck_assert_int_eq(values.limit, 3);
    ck_assert_int_eq(values.grace_ns, 10 * VF_NS_PER_S);
    ck_assert_uint_eq(values.format, 0);
    ck_assert(!values.is_kept);
    ck_assert_ptr_null(values.title);
    ck_assert_uint_eq(operands.count, 0);
}
END_TEST

START_TEST(flags_and_operands_may_be_mixed)
{
    ck_assert_int_eq(parse("a.yaml --limit 7 -q b.yaml --grace=40ms"), VF_OK);
    ck_assert_uint_eq(operands.count, 2);
    ck_assert_str_eq(operands.items[0], "a.yaml");
    ck_assert_str_eq(operands.items[1], "b.yaml");
    ck_assert_int_eq(values.limit, 7);
    ck_assert_int_eq(values.grace_ns, 40 * VF_NS_PER_MS);
    ck_assert(values.is_quiet);
}
END_TEST

START_TEST(two_dashes_end_the_flags_and_one_is_an_operand)
{
    ck_assert_int_eq(parse("- -- -q"), VF_OK);
    ck_assert_uint_eq(operands.count, 2);
    ck_assert_str_eq(operands.items[0], "-");
    ck_assert_str_eq(operands.items[1], "-q");
    ck_assert(!values.is_quiet);
}
END_TEST

START_TEST(letters_stand_together_and_the_last_takes_the_rest)
{
    ck_assert_int_eq(parse("-vnvg5 -t heading"), VF_OK);
    ck_assert_int_eq(values.verbosity, 2);
    ck_assert(values.is_kept);
    ck_assert_int_eq(values.grace_ns, 5 * VF_NS_PER_S);
    ck_assert_str_eq(values.title, "heading");
}
END_TEST

START_TEST(words_collect_and_of_other_flags_the_last_counts)
{
    ck_assert_int_eq(parse("--var=a=1 --title=x --var b=2=3 --title=y"), VF_OK);
    ck_assert_uint_eq(values.variables.count, 2);
    ck_assert_str_eq(values.variables.items[0], "a=1");
    ck_assert_str_eq(values.variables.items[1], "b=2=3");
    ck_assert_str_eq(values.title, "y");
}
END_TEST

static const char *const mistakes[] = {
    "--limmit=5",  "-x",          "--limit=101",  "--limit x", "--limit", "-g",
    "--quiet=yes", "--format=xm", "--grace=soon", "--=5",      "-",
};

START_TEST(a_mistake_is_refused_and_nothing_stays_behind)
{
    char line[100];
    snprintf(line, sizeof(line), "a b --title=kept --var=a=1 %s", mistakes[_i]);
    ck_assert_int_eq(parse(line), -EINVAL);
    ck_assert_ptr_null(values.title);
    ck_assert_ptr_null(values.variables.items);
    ck_assert_int_eq(vf_command_line_status(-EINVAL), VF_EXIT_USAGE);
}
END_TEST

START_TEST(a_surplus_operand_is_refused)
{
    ck_assert_int_eq(parse("a b c"), -EINVAL);
}
END_TEST

START_TEST(help_ends_the_parsing_and_is_no_failure)
{
    ck_assert_int_eq(parse("--title=x --help --nonsense"), VF_END);
    ck_assert_int_eq(parse("-qh"), VF_END);
    ck_assert_int_eq(vf_command_line_status(VF_END), VF_EXIT_OK);
}
END_TEST

START_TEST(flags_are_found_by_name_and_letter)
{
    ck_assert_ptr_eq(vf_flag_find(&command.flags, "verbose"), &flags[2]);
    ck_assert_ptr_eq(vf_flag_find_letter(&command.flags, 'v'), &flags[2]);
    ck_assert_ptr_null(vf_flag_find(&command.flags, "verb"));
    ck_assert_ptr_null(vf_flag_find_letter(&command.flags, 'x'));
}
END_TEST

START_TEST(every_subcommand_describes_itself_fully)
{
    const struct vf_command *described = vf_all_commands.items[_i];
    ck_assert_ptr_eq(vf_command_find(described->name), described);
    ck_assert(described->run != NULL);
    ck_assert(strlen(described->summary) > 1);
    ck_assert(described->summary[strlen(described->summary) - 1] == '.');
    ck_assert((described->maximum_operands > 0) == (described->operand != NULL));
    for (size_t i = 0; i < described->flags.count; i++) {
        const struct vf_flag *flag = &described->flags.items[i];
        ck_assert_ptr_eq(vf_flag_find(&described->flags, flag->option.name), flag);
        if (flag->letter)
            ck_assert_ptr_eq(vf_flag_find_letter(&described->flags, flag->letter), flag);
        ck_assert(flag->option.help[strlen(flag->option.help) - 1] != '.');
        ck_assert_str_ne(flag->option.name, "help");
        ck_assert(flag->letter != 'h');
    }
}
END_TEST

Suite *command_line_suite(void);
Suite *command_line_suite(void)
{
    Suite *suite = suite_create("command_line");
    TCase *tcase = tcase_create("command_line");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_words_every_value_is_its_fallback);
    tcase_add_test(tcase, flags_and_operands_may_be_mixed);
    tcase_add_test(tcase, two_dashes_end_the_flags_and_one_is_an_operand);
    tcase_add_test(tcase, letters_stand_together_and_the_last_takes_the_rest);
    tcase_add_test(tcase, words_collect_and_of_other_flags_the_last_counts);
    tcase_add_loop_test(tcase, a_mistake_is_refused_and_nothing_stays_behind, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_surplus_operand_is_refused);
    tcase_add_test(tcase, help_ends_the_parsing_and_is_no_failure);
    tcase_add_test(tcase, flags_are_found_by_name_and_letter);
    tcase_add_loop_test(tcase, every_subcommand_describes_itself_fully, 0,
                        (int)vf_all_commands.count);
    suite_add_tcase(suite, tcase);
    return suite;
}
