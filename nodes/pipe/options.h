/* SPDX-License-Identifier: MIT */
/* options.h - what a flow says of a program that reads and writes pipes. */
#ifndef VF_NODES_PIPE_OPTIONS_H
#define VF_NODES_PIPE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/media/libav/options.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"

#define VF_FORM_LINES "jsonl"

enum vf_pipe_ratio { VF_PIPE_ONE, VF_PIPE_ANY };

struct vf_pipe_options {
    char *form, *output_form; /* "": there are no pipes; the usual one */
    char *format,
        *pixel_format; /* of what is written, and of raw frames that are read; "": not said */
    struct vf_frame_size size; /* of raw frames that are read; 0: not said */
    struct vf_rational rate;   /* 0/1: not said */
    unsigned ratio;            /* enum vf_pipe_ratio */
};

/* Returns the form of what the program writes; "": it writes nothing that is read. */
const char *vf_pipe_output_form(const struct vf_pipe_options *options,
                                const struct vf_map *outputs);

/* The parts of struct vf_node for such a node. `is_stateless` as the flow says. */
VF_MUST_CHECK int vf_pipe_check(const struct vf_pipe_options *options, const struct vf_map *outputs,
                                const struct vf_option_texts *command, bool is_stateless,
                                char *problem, size_t problem_size);
void vf_pipe_adapt(const struct vf_pipe_options *options, bool is_stateless, struct vf_node *copy);

/* Gives the ports of a copy, which the flow has declared, their types. */
void vf_pipe_declare(const struct vf_pipe_options *options, struct vf_node *copy);
void vf_pipe_forecast(const struct vf_pipe_options *options, const struct vf_map *outputs,
                      struct vf_foresight *foresight);

#endif
