/* SPDX-License-Identifier: MIT */
/* command_line.h - one parser for the command lines of all subcommands.
 *
 * Flags and operands may be mixed; "--" ends the flags and "-" is an operand. Long flags take
 * their value as --grace=5 or --grace 5, short ones as -s5 or -s 5, and switches may stand
 * together: -qn. Every subcommand also has -h and --help.
 *
 *     struct run_values values = {0};
 *     struct vf_operands flows;
 *     int err = vf_command_line_parse(&vf_command_run, argc, argv, &values, &flows);
 *     if (err)
 *         return vf_command_line_status(err);
 *     ...
 *     vf_command_line_release(&vf_command_run, &values);
 */
#ifndef VF_CMD_COMMAND_LINE_H
#define VF_CMD_COMMAND_LINE_H

#include <stddef.h>
#include <stdio.h>

#include "cmd/command.h"
#include "engine/base/result.h"

/* Lent by argv. */
struct vf_operands {
    char **items;
    size_t count;
};

/* Fills `values`, which starts zeroed (NULL for a command without flags), and moves the operands
 * to the front of argv. Returns VF_END after it has printed help, -EINVAL after it has said what
 * is wrong, or -ENOMEM; in these cases `values` owns nothing. */
VF_MUST_CHECK int vf_command_line_parse(const struct vf_command *command, int argc, char **argv,
                                        void *values, struct vf_operands *operands);

/* Says what is wrong with a command line, and where to read what would be right. */
void vf_command_line_refuse(const struct vf_command *command, const char *format, ...)
    VF_PRINTF(2, 3);

/* Adds a word, which is borrowed, to those of a flag. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_words_add(struct vf_words *words, const char *word);

/* The exit status to leave with when parsing did not return VF_OK. */
enum vf_exit_status vf_command_line_status(int err);

/* Frees what `values` owns. The struct itself stays the caller's. */
void vf_command_line_release(const struct vf_command *command, void *values);

/* Prints what `vflow COMMAND --help` shows. */
void vf_command_line_print_help(FILE *out, const struct vf_command *command);

/* Returns the flag called `name` (without dashes), or the one with that letter; NULL: none. */
const struct vf_flag *vf_flag_find(const struct vf_flag_list *flags, const char *name);
const struct vf_flag *vf_flag_find_letter(const struct vf_flag_list *flags, char letter);

#endif
