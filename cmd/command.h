/* SPDX-License-Identifier: MIT */
/* command.h - one subcommand of the program, described once.
 *
 * The same object finds the subcommand, parses its command line (command_line.h), prints
 * `vflow run --help`, and lets the shell complete it. A new subcommand is one file with one
 * object, and one line in VF_EACH_COMMAND.
 */
#ifndef VF_CMD_COMMAND_H
#define VF_CMD_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/exit_status.h"
#include "engine/node/option/option.h"

/* One flag. Its name (without "--"), help, kind of value, place in the values struct, default
 * and limits are those of an option of a node (option.h):
 *     VF_FLAG('n', "no-replace", NULL, "Keep existing files", VF_BOOLEAN(struct values, is_kept)),
 *     VF_FLAG(0, "grace", "SECONDS", "Time to finish", VF_DURATION(struct values, grace_ns),
 *             .fallback = "10"),
 * VF_COUNTER and VF_WORDS collect; of any other flag that is repeated, the last one counts.
 * No flag is required: without a fallback, its value stays as it was. */
struct vf_flag {
    char letter;          /* short form; 0: none */
    const char *argument; /* what its value is called; NULL: a switch, which takes none */
    struct vf_option option;
};

#define VF_FLAG(short_form, long_form, value, description, ...) \
    {                                                           \
        short_form, value,                                      \
        {                                                       \
            long_form, description, __VA_ARGS__                 \
        }                                                       \
    }

struct vf_flag_list {
    const struct vf_flag *items;
    size_t count;
};

/* The values of a flag in the order given: lent by argv, in an array of their own. */
struct vf_words {
    const char **items;
    size_t count;
};

/* Two kinds that only command lines have. */
extern const struct vf_option_kind vf_kind_count; /* int: how often a switch was given */
extern const struct vf_option_kind vf_kind_words; /* struct vf_words */
#define VF_WORDS(type, field) \
    .kind = &vf_kind_words, .offset = VF_FIELD(type, field, struct vf_words)
#define VF_COUNTER(type, field) .kind = &vf_kind_count, .offset = VF_FIELD(type, field, int)

/* What the operands are, for completion. */
enum vf_operand_kind {
    VF_OPERAND_NONE,
    VF_OPERAND_FLOW,           /* a flow file */
    VF_OPERAND_FLOW_AND_FILES, /* a flow file, and then any files */
    VF_OPERAND_FILE,           /* any file */
    VF_OPERAND_NAMED,          /* the name of a flow */
    VF_OPERAND_NODE,           /* a type of node */
    VF_OPERAND_COMMAND,        /* a subcommand */
    VF_OPERAND_SHELL,          /* a shell that has completion */
    VF_OPERAND_RUN,            /* a run */
};

#define VF_ANY_NUMBER UINT_MAX

struct vf_command {
    const char *name;
    const char *summary; /* one sentence, imperative, with a full stop */
    const char *details; /* what --help says beyond the summary and the flags; may be NULL */
    const char
        *operand; /* how the synopsis calls one: "FLOW", or all: "FLOW [NAME=VALUE]..."; NULL:
                            it takes none */
    enum vf_operand_kind operand_kind;
    unsigned minimum_operands, maximum_operands;
    struct vf_flag_list flags;
    bool is_for_many; /* takes several flows */
    bool is_hidden;   /* for programs, not shown to people */
    /* Runs it; argv[0] is its name. Returns the exit status. */
    int (*run)(int argc, char **argv);
};

/* Every subcommand, in the order in which help shows them. A new one is one line here. */
#define VF_EACH_COMMAND(COMMAND) \
    COMMAND(run)                 \
    COMMAND(batch)               \
    COMMAND(submit)              \
    COMMAND(check)               \
    COMMAND(config)              \
    COMMAND(test)                \
    COMMAND(explain)             \
    COMMAND(graph)               \
    COMMAND(capacity)            \
    COMMAND(ps)                  \
    COMMAND(top)                 \
    COMMAND(view)                \
    COMMAND(stop)                \
    COMMAND(restart)             \
    COMMAND(pause)               \
    COMMAND(resume)              \
    COMMAND(apply)               \
    COMMAND(logs)                \
    COMMAND(tap)                 \
    COMMAND(trace)               \
    COMMAND(report)              \
    COMMAND(probe)               \
    COMMAND(verify)              \
    COMMAND(new)                 \
    COMMAND(flows)               \
    COMMAND(service)             \
    COMMAND(export)              \
    COMMAND(list)                \
    COMMAND(inspect)             \
    COMMAND(schema)              \
    COMMAND(doctor)              \
    COMMAND(completion)          \
    COMMAND(help)                \
    COMMAND(complete)            \
    COMMAND(man)

#define VF_DECLARE_COMMAND(name) extern const struct vf_command vf_command_##name;
VF_EACH_COMMAND(VF_DECLARE_COMMAND)

struct vf_commands {
    const struct vf_command *const *items;
    size_t count;
};

/* All of these. */
extern const struct vf_commands vf_all_commands;

/* Returns the subcommand called `name`, or NULL. */
const struct vf_command *vf_command_find(const char *name);

/* Prints what is wrong with a subcommand's name, with the one that was probably meant. */
void vf_command_report_unknown(const char *name);

#endif
