/* SPDX-License-Identifier: MIT */
/* pipe.h - a program that reads standard input and writes standard output, as the node of a task.
 *
 * It may read and write whenever it likes: what it has for us is read while it is written to, and
 * nobody waits for the other. Its answers are matched with the inputs by their order; of an input
 * that is not answered yet, only what the answer is to have of it is kept.
 *
 * A program that is stateless gets the next input when it has answered the last one, so that a new
 * process can repeat that.
 */
#ifndef VF_NODES_PIPE_PIPE_H
#define VF_NODES_PIPE_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/parts.h"
#include "engine/node/node.h"
#include "nodes/pipe/child.h"
#include "nodes/pipe/lines.h"
#include "nodes/pipe/options.h"
#include "nodes/time/history.h"

struct vf_frame_reader;
struct vf_frame_writer;

struct vf_pipe {
    struct vf_node_run *run;
    const struct vf_pipe_options *options;
    const struct vf_option_texts *command;
    const char *output_form; /* "": nothing is read */
    bool is_written;         /* it has an input */
    bool is_stateless;
    struct vf_pipe_child child;
    bool is_running, has_begun; /* the program; that its streams are known */
    bool out_has_ended;
    bool has_input_closed;          /* it has closed its standard input before the end */
    struct vf_frame_writer *writer; /* NULL: lines are written, or nothing is */
    struct vf_frame_reader *reader; /* NULL: lines are read, or nothing is */
    struct vf_line_reader lines;
    struct vf_text line;          /* that is being written */
    struct vf_parts parts;        /* that are being written */
    struct vf_history unanswered; /* what their answers are to have, without the payloads */
    struct vf_message *last;      /* the same of the input that came last */
    uint64_t given, answered;     /* to and by the program that runs */
    bool is_flushing;
};

/* Starts the program, unless its command depends on frames that have not come. Borrows what it is given
 * until vf_pipe_close(). Logs what fails. */
struct vf_pipe_order {
    const struct vf_pipe_options *options;
    const struct vf_option_texts *command;
    const struct vf_map *outputs;
    bool is_stateless;
};
VF_MUST_CHECK int vf_pipe_open(struct vf_pipe *pipe, struct vf_node_run *run,
                               const struct vf_pipe_order *order);

/* Writes an input, and sends on what the program has answered meanwhile. Returns VF_END when it wants no
 * more, or the flow is to stop. */
VF_MUST_CHECK int vf_pipe_ask(struct vf_pipe *pipe, const struct vf_message *input);

/* Of a producer: sends on what comes next. */
VF_MUST_CHECK int vf_pipe_next(struct vf_pipe *pipe);

/* Closes the program's input, sends on what still comes, and waits for its end. */
VF_MUST_CHECK int vf_pipe_flush(struct vf_pipe *pipe);

/* Ends the program, if it runs, and frees everything. */
void vf_pipe_close(struct vf_pipe *pipe);

/* All that a node needs of this folder: what works on pipes needs large libraries, which a program in a
 * protocol does not. */
struct vf_pipe_work {
    int (*check)(const struct vf_pipe_options *options, const struct vf_map *outputs,
                 const struct vf_option_texts *command, bool is_stateless, char *problem,
                 size_t problem_size);
    void (*adapt)(const struct vf_pipe_options *options, bool is_stateless, struct vf_node *copy);
    void (*declare)(const struct vf_pipe_options *options, struct vf_node *copy);
    void (*forecast)(const struct vf_pipe_options *options, const struct vf_map *outputs,
                     struct vf_foresight *foresight);
    int (*open)(struct vf_pipe *pipe, struct vf_node_run *run, const struct vf_pipe_order *order);
    int (*next)(struct vf_pipe *pipe);
    int (*ask)(struct vf_pipe *pipe, const struct vf_message *input);
    int (*flush)(struct vf_pipe *pipe);
    void (*close)(struct vf_pipe *pipe);
};

/* Returns it; NULL: it cannot be had, and why is logged. */
const struct vf_pipe_work *vf_pipe_work(void);

#endif
