/* SPDX-License-Identifier: MIT */
/* process - has the work done by a program of the user's, in any language. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "engine/node/reach.h"
#include "nodes/pipe/options.h"
#include "nodes/pipe/pipe.h"
#include "nodes/program/batch.h"
#include "nodes/program/client.h"
#include "nodes/program/ports.h"

struct process_options {
    struct vf_option_texts command;
    struct vf_map outputs, batch;
    char *options;
    bool is_stateless, splits;
    int keep, slots;
    struct vf_pipe_options pipe;
};

struct process {
    struct vf_client client;
    struct vf_batch batch;
    const struct vf_pipe_work *work; /* NULL: there are no pipes */
    struct vf_pipe pipe;
    char **words;
    char *welcome;
};

static const struct vf_option options[] = {
    {"command", "Program and its arguments; without a slash the program is looked up in PATH",
     VF_TEXT_LIST(struct process_options, command), .is_main = true},
    {"outputs",
     "What the program sends: names and types, {boxes: array, out: video}; a type is video, audio, "
     "packet, array, value, or any, which is that of the first input",
     VF_MAP(struct process_options, outputs), .fallback = "{}"},
    {"options", "Handed over to the program, as JSON",
     VF_JSON_OBJECT(struct process_options, options), .fallback = "{}"},
    {"stateless",
     "What the program sends depends on its present inputs alone: it may have replicas, and is "
     "started again when it fails",
     VF_BOOLEAN(struct process_options, is_stateless), .fallback = "false"},
    {"splits", "It may send several outputs of one port for an input",
     VF_BOOLEAN(struct process_options, splits), .fallback = "false"},
    VF_BATCH_OPTION(struct process_options),
    {"keep", "Inputs of each port that the program may keep after it has answered them",
     VF_INTEGER(struct process_options, keep), VF_RANGE(0, 1000), .fallback = "4"},
    {"slots", "Outputs that the program may have under construction at a time",
     VF_INTEGER(struct process_options, slots), VF_RANGE(1, VF_CLIENT_MAX_SLOTS), .fallback = "4"},
    {"form",
     "How a program that knows nothing of vflow reads its standard input and writes its standard "
     "output: rawvideo, y4m, nut or another container, or jsonl, a JSON value a line; empty: it "
     "has the protocol of vflow-process(7)",
     VF_TEXT(struct process_options, pipe.form), .fallback = ""},
    {"output_form", "The same of its standard output alone; empty: jsonl for values, else `form`",
     VF_TEXT(struct process_options, pipe.output_form), .fallback = ""},
    {"format",
     "Pixel format in which frames are written to such a program; empty: that which they have",
     VF_PIXEL_FORMAT(struct process_options, pipe.format), .fallback = ""},
    {"pixel_format", "Pixel format of the raw frames that it writes; empty: as it reads them",
     VF_PIXEL_FORMAT(struct process_options, pipe.pixel_format), .fallback = ""},
    {"size", "Size of the raw frames that it writes; empty: as it reads them",
     VF_FRAME_SIZE(struct process_options, pipe.size), .fallback = ""},
    {"rate",
     "Frame rate that it is told, and of what it writes without times; empty: that of the "
     "frames, or 25",
     VF_FRAME_RATE(struct process_options, pipe.rate), .fallback = ""},
    {"ratio", "How many answers such a program gives",
     VF_CHOICE(struct process_options, pipe.ratio,
               {"one", VF_PIPE_ONE, "One to each input, from which it has its times"},
               {"any", VF_PIPE_ANY, "Any, with the times of its own stream, or by the rate"}),
     .fallback = "one"},
};

/* Whether the program has a form, and so is talked to by pipes. */
static bool is_piped(const struct process_options *asked)
{
    return asked->pipe.form && *asked->pipe.form;
}

static int check_pipe(const struct process_options *asked, char *problem, size_t problem_size)
{
    const struct vf_pipe_work *work = vf_pipe_work();
    if (work)
        return work->check(&asked->pipe, &asked->outputs, &asked->command, asked->is_stateless,
                           problem, problem_size);
    snprintf(problem, problem_size, "form: the module container, for pipes, cannot be loaded");
    return -EINVAL;
}

/* Looks for options that only a program with a form has. */
static int check_without_pipe(const struct process_options *asked, char *problem,
                              size_t problem_size)
{
    const struct vf_pipe_options *pipe = &asked->pipe;
    const char *set = *pipe->output_form    ? "output_form"
                      : *pipe->format       ? "format"
                      : *pipe->pixel_format ? "pixel_format"
                      : pipe->size.width    ? "size"
                      : pipe->rate.num      ? "rate"
                      : pipe->ratio         ? "ratio"
                                            : NULL;
    if (set)
        snprintf(problem, problem_size, "%s: this is for a program with a form; set form", set);
    return set ? -EINVAL : VF_OK;
}

static int process_check(const void *values, char *problem, size_t problem_size)
{
    const struct process_options *asked = values;
    struct vf_batch_size batch;
    if (!asked->command.count || !asked->command.items[0][0]) {
        snprintf(problem, problem_size, "command: it is empty; name a program");
        return -EINVAL;
    }
    int err = vf_program_ports_check(&asked->outputs, problem, problem_size);
    if (!err)
        err = vf_batch_read(&asked->batch, &batch, problem, problem_size);
    if (!err && batch.max > 1 && is_piped(asked)) {
        snprintf(problem, problem_size,
                 "batch: a program with a form reads a stream, as far ahead as it likes; leave "
                 "batch out");
        return -EINVAL;
    }
    if (err)
        return err;
    return is_piped(asked) ? check_pipe(asked, problem, problem_size)
                           : check_without_pipe(asked, problem, problem_size);
}

static int open_pipe(struct vf_node_run *run)
{
    const struct process_options *asked = run->options;
    struct process *process = run->state;
    const struct vf_pipe_order order = {.options = &asked->pipe,
                                        .command = &asked->command,
                                        .outputs = &asked->outputs,
                                        .is_stateless = asked->is_stateless};
    process->work = vf_pipe_work();
    return process->work ? process->work->open(&process->pipe, run, &order) : -ELIBACC;
}

static int prepare(struct vf_node_run *run, unsigned input, const struct vf_message *message,
                   struct vf_message **prepared)
{
    (void)run;
    (void)input;
    return vf_message_clone(prepared, message);
}

static void process_reach(const void *values, const struct vf_reach *reach)
{
    const struct process_options *asked = values;
    for (size_t i = 0; i < asked->command.count && i < 1; i++)
        vf_reach_add(reach, VF_REACH_RUN, asked->command.items[i]);
}

static int process_open(struct vf_node_run *run)
{
    const struct process_options *asked = run->options;
    struct process *process = run->state;
    process->client = (struct vf_client){.socket = -1, .guest = {.pidfd = -1}};
    if (is_piped(asked))
        return open_pipe(run);
    int err = vf_batch_open(&process->batch, run, &asked->batch, false, prepare);
    if (err)
        return err;
    process->words = calloc(asked->command.count + 1, sizeof(char *));
    process->welcome = vf_program_ports_describe(run, asked->options);
    if (!process->words || !process->welcome)
        return -ENOMEM;
    for (size_t i = 0; i < asked->command.count; i++)
        process->words[i] = asked->command.items[i];
    const struct vf_client_settings settings = {
        .words = (const char *const *)process->words,
        .welcome = process->welcome,
        .kind = run->node->kind,
        .output_count = (unsigned)run->node->outputs.count,
        .keep = (unsigned)asked->keep,
        .slots = vf_batch_slots(&process->batch.size, asked->slots, run->node),
        .batch = (unsigned)process->batch.size.max,
        .splits = asked->splits,
    };
    return vf_client_open(&process->client, run, &settings);
}

static int process_next(struct vf_node_run *run)
{
    struct process *process = run->state;
    return process->work ? process->work->next(&process->pipe) : vf_client_next(&process->client);
}

static int process_inputs(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct process *process = run->state;
    return process->work ? process->work->ask(&process->pipe, inputs[0])
                         : vf_batch_ask(&process->batch, &process->client, inputs);
}

static int process_flush(struct vf_node_run *run)
{
    struct process *process = run->state;
    return process->work ? process->work->flush(&process->pipe) : vf_client_flush(&process->client);
}

static void process_close(struct vf_node_run *run)
{
    struct process *process = run->state;
    if (process->work)
        process->work->close(&process->pipe);
    vf_client_close(&process->client);
    vf_batch_close(&process->batch);
    free(process->words);
    free(process->welcome);
}

static void process_adapt(const void *values, struct vf_node *copy)
{
    const struct process_options *asked = values;
    copy->is_stateful = copy->may_lack = !asked->is_stateless;
    copy->may_split = asked->splits;
    copy->lingers = (unsigned)asked->keep;
    vf_batch_adapt(&asked->batch, asked->slots, false, copy);
    if (is_piped(asked) && vf_pipe_work())
        vf_pipe_work()->adapt(&asked->pipe, asked->is_stateless, copy);
}

static void process_forecast(struct vf_foresight *foresight)
{
    const struct process_options *asked = foresight->options;
    if (is_piped(asked) && vf_pipe_work())
        vf_pipe_work()->forecast(&asked->pipe, &asked->outputs, foresight);
}

static int process_declare(const void *values, const struct vf_named_inputs *inputs,
                           struct vf_node *copy)
{
    const struct process_options *asked = values;
    int err = vf_program_ports_declare(copy, inputs, &asked->outputs);
    if (!err && is_piped(asked) && vf_pipe_work())
        vf_pipe_work()->declare(&asked->pipe, copy);
    copy->next = copy->kind == VF_PRODUCER ? process_next : NULL;
    copy->process = copy->kind == VF_PROCESSOR ? process_inputs : NULL;
    copy->consume = copy->kind == VF_CONSUMER ? process_inputs : NULL;
    return err;
}

const struct vf_node vf_node_process = {
    .name = "process",
    .summary = "Run a program of your own as a node.",
    .about =
        "The program gets each input and answers it, over a socket, in the protocol that "
        "vflow-process(7) describes. Frames are not copied: it reads them where they are, and "
        "writes its own where they are read. It is started by exec, in a process of its own, so "
        "any library may be used in it.\n\n"
        "The inputs of the node are those that the flow names, in any number and of any type; "
        "`outputs` names what the program sends. With no inputs it is a producer, with no outputs "
        "a consumer. What it writes to standard output and standard error becomes lines of the "
        "log.\n\n"
        "A program that knows nothing of vflow is told by `form` how it reads its standard input "
        "and writes its standard output: rawvideo, y4m, nut or jsonl. Then it has one input and "
        "one output at most, and its answers are matched with its inputs by their order. In "
        "`command`, {width}, {height}, {pixel_format} and {rate} stand for those of the frames. "
        "vflow-process(7) has more of it.\n\n"
        "Its failure is the failure of the task: an exit before the end, a signal, a message "
        "that breaks the protocol, or an error that it reports, whose text is in the log and in "
        "the note of a dead letter. With `stall_after`, it is killed when it takes longer for an "
        "answer. It ends with the task, and so does all that it has started.",
    .related = "zmq_in, zmq_out, webhook",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  camera: {type: test_source, size: 320x240, frames: 100}\n"
               "  detect:\n"
               "    type: process\n"
               "    command: [./detect, --fast]\n"
               "    inputs: camera\n"
               "    outputs: {boxes: value}\n"
               "    options: {threshold: 0.4}\n"
               "  out: {type: print, inputs: detect.boxes}\n",
    .kind = VF_PROCESSOR,
    .may_lack = true,
    .is_stateful = true,
    .may_split = true,
    .shares_arenas = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Whatever the flow names, in any number",
                        .is_optional = true,
                        .is_repeated = true}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "What `outputs` names"}),
    .options_size = sizeof(struct process_options),
    .state_size = sizeof(struct process),
    .check = process_check,
    .adapt = process_adapt,
    .declare = process_declare,
    .reach = process_reach,
    .forecast = process_forecast,
    .open = process_open,
    .process = process_inputs,
    .flush = process_flush,
    .close = process_close,
};
