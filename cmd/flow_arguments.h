/* SPDX-License-Identifier: MIT */
/* flow_arguments.h - the flags that every command shares which reads a flow file.
 *
 *     struct run_values {
 *         struct vf_flow_arguments flow;
 *         ...
 *     };
 *     static const struct vf_flag flags[] = {
 *         VF_FLOW_FLAGS(struct run_values, flow),
 *         ...
 *     };
 */
#ifndef VF_CMD_FLOW_ARGUMENTS_H
#define VF_CMD_FLOW_ARGUMENTS_H

#include <stdbool.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_library.h"
#include "cmd/plugins.h"
#include "engine/flow/file/load.h"
#include "engine/flow/vocabulary.h"

enum vf_asked_transport { VF_ASKED_NOTHING, VF_ASKED_SHM, VF_ASKED_IPC, VF_ASKED_TCP };

struct vf_flow_arguments {
    struct vf_words variables, settings, plugins;
    bool is_batch, is_realtime, may_be_insecure, may_be_unsafe;
    enum vf_asked_transport transport;
    enum vf_sandbox_wish sandbox; /* VF_SANDBOX_BY_FLOW: nobody has said */
    bool may_be_part;             /* set by commands that only look; see struct vf_flow_request */
    bool are_variables_optional;  /* likewise */
    char *memory;
    const char *host, *hosts;        /* set by commands that run; struct vf_flow_request */
    char *chain;                     /* in place of a file; NULL: none */
    struct vf_flow_library library;  /* read for flows that are named */
    const char *report;              /* set by commands that write one; borrowed */
    const char *report_page;         /* likewise */
    const char *trace;               /* likewise */
    struct vf_diagnostics *mistakes; /* that get what is wrong with the flow; borrowed. NULL: it is
                                        only printed */
    const char *dead_letter;         /* set by commands that put messages aside; borrowed */
};

#define VF_UNSAFE_FLAG(type, member)                                           \
    VF_FLAG(0, "allow-unsafe", NULL,                                           \
            "Allow what nodes with unsafe: true ask for, of a flow you trust", \
            VF_BOOLEAN(type, member))

/* Eleven flags: --batch, --realtime, --transport, --insecure, --allow-unsafe, --sandbox, --memory,
 * --chain, --var, --set and --plugin. */
#define VF_FLOW_FLAGS(type, member)                                                             \
    VF_FLAG(0, "batch", NULL, "Lose nothing: a sender waits while a queue is full",             \
            VF_BOOLEAN(type, member.is_batch)),                                                 \
        VF_FLAG(0, "realtime", NULL, "Never wait: drop messages while a queue is full",         \
                VF_BOOLEAN(type, member.is_realtime)),                                          \
        VF_FLAG(0, "transport", "HOW", "Transport of messages, in place of the flow's",         \
                VF_CHOICE(type, member.transport, VF_TRANSPORTS(VF_ASKED_))),                   \
        VF_FLAG(0, "insecure", NULL, "Allow other machines to reach sockets without keys",      \
                VF_BOOLEAN(type, member.may_be_insecure)),                                      \
        VF_UNSAFE_FLAG(type, member.may_be_unsafe),                                             \
        VF_FLAG(0, "sandbox", "HOW", "Keep tasks from what they do not need: on, off, require", \
                VF_SANDBOX_CHOICE(type, member.sandbox)),                                       \
        VF_FLAG(0, "memory", "AMOUNT", "Limit for the memory of all frames, such as 2GB",       \
                VF_TEXT(type, member.memory)),                                                  \
        VF_FLAG(0, "chain", "CHAIN", "Take a flow in one line, in place of FLOW",               \
                VF_TEXT(type, member.chain)),                                                   \
        VF_FLAG(0, "var", "NAME=VALUE", "Set a variable of the flow",                           \
                VF_WORDS(type, member.variables)),                                              \
        VF_FLAG('s', "set", "PATH=VALUE", "Change a value, such as nodes.small.width=320",      \
                VF_WORDS(type, member.settings)),                                               \
        VF_PLUGIN_FLAG(type, member.plugins)

/* What the synopsis calls the operands of a command that has these flags. */
#define VF_FLOW_OPERAND "FLOW [NAME=VALUE]..."

/* Returns how long the name is in a word that is NAME=VALUE; 0: it is none. */
size_t vf_flow_arguments_assigns(const char *word);

/* Resolves the operands of `command`, after they have been parsed, and loads plugins: NAME=VALUE sets a variable, @NAME
 * is replaced by the file of that flow, and what is left are files: one, with its inputs where the
 * command takes them, or many if it is for many; with
 * --chain it is the one file "chain". Says what is wrong, and returns the exit status. */
VF_MUST_CHECK enum vf_exit_status vf_flow_arguments_resolve(struct vf_flow_arguments *arguments,
                                                            const struct vf_command *command,
                                                            struct vf_operands *operands);

/* Adds the words that say to another vflow what the flags said: all but variables and a chain. They are
 * lent by `arguments`. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_flow_arguments_repeat(const struct vf_flow_arguments *arguments,
                                           struct vf_words *words);

/* Frees what resolving has taken; the flags are released with those of the command. */
void vf_flow_arguments_release(struct vf_flow_arguments *arguments);

/* Loads `file` ("-": standard input) with the values the flags gave, and adds what is wrong to
 * `diagnostics`. Returns as vf_flow_load(). */
VF_MUST_CHECK int vf_flow_arguments_load(const struct vf_flow_arguments *arguments,
                                         const char *file, struct vf_diagnostics *diagnostics,
                                         struct vf_flow **flow);

/* Makes the tree of the file, without checking nodes. Returns as vf_flow_load_tree(). */
VF_MUST_CHECK int vf_flow_arguments_load_tree(const struct vf_flow_arguments *arguments,
                                              const char *file, enum vf_flow_stage stage,
                                              struct vf_diagnostics *diagnostics,
                                              struct vf_flow **keeper, struct vf_tree *root);

/* Prints on standard error what is wrong with `file`, and what helps: the place in a chain, the
 * variables that a flow wants, what to do with a video. */
void vf_flow_arguments_print(const struct vf_flow_arguments *arguments, const char *file,
                             const struct vf_diagnostics *diagnostics);

/* Loads it, and prints what is wrong. Returns the exit status; *flow is the
 * caller's with VF_EXIT_OK, otherwise NULL. */
VF_MUST_CHECK enum vf_exit_status vf_flow_arguments_open(const struct vf_flow_arguments *arguments,
                                                         const char *file, struct vf_flow **flow);

/* The exit status for a flow whose mistakes were printed. */
enum vf_exit_status vf_flow_arguments_status(const struct vf_diagnostics *diagnostics, int err);

#endif
