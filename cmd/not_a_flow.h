/* SPDX-License-Identifier: MIT */
/* not_a_flow.h - what was given in place of a flow file, and what to do with it. */
#ifndef VF_CMD_NOT_A_FLOW_H
#define VF_CMD_NOT_A_FLOW_H

#include <stdio.h>

enum vf_given_kind {
    VF_GIVEN_FLOW, /* as far as can be seen; or nothing that could be read */
    VF_GIVEN_VIDEO,
    VF_GIVEN_SOUND,
    VF_GIVEN_PICTURE,
    VF_GIVEN_BYTES, /* no text, and nothing of the above */
    VF_GIVEN_URL,
    VF_GIVEN_FOLDER,
    VF_GIVEN_CHAIN, /* without --chain before it */
};

/* Returns what `file` is, by its first bytes. */
enum vf_given_kind vf_given_kind_of(const char *file);

/* Returns what it is called: "a video". */
const char *vf_given_kind_name(enum vf_given_kind kind);

/* Prints the commands that do the usual with it; nothing for a flow. */
void vf_given_print_commands(FILE *out, enum vf_given_kind kind, const char *file);

#endif
