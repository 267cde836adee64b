/* SPDX-License-Identifier: MIT */
/* python - has the work done by a function or a class in Python. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "engine/base/program.h"
#include "engine/base/trust.h"
#include "engine/media/libav/options.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/program/batch.h"
#include "nodes/program/client.h"
#include "nodes/program/ports.h"
#include "nodes/program/python_source.h"

extern const struct vf_node vf_node_python;

/* What the interpreter runs: it has the folder of the module, and then what to call. */
#define RUNNER                                                                     \
    "import sys; sys.path = [sys.argv[1]] + [path for path in sys.path if path]; " \
    "from vflow._runner import main; main()"
#define MAX_INPUTS 24
#define MAX_WORDS 10

struct python_options {
    char *call, *code, *options, *format, *python;
    struct vf_map outputs, batch;
    bool is_stateless, splits, reloads;
    int keep, slots;
};

/* What a file looked like when it was read. */
struct stamp {
    struct timespec changed;
    off_t size;
    ino_t file;
};

struct python {
    struct vf_client client;
    struct vf_batch batch;
    const char *words[MAX_WORDS];
    char *module, *welcome;
    char *path; /* of the file that is watched; NULL: none is */
    struct stamp stamp;
    struct vf_scaler *scalers[MAX_INPUTS];
};

static const struct vf_option options[] = {
    {"call",
     "What is called with each input: FILE.py:NAME, or MODULE:NAME, a function or a class with "
     "process(); without a name it is process. With code, the name alone",
     VF_TEXT(struct python_options, call), .fallback = "", .is_main = true},
    {"code", "Python to run in place of a file", VF_TEXT(struct python_options, code),
     .fallback = ""},
    {"outputs",
     "What it returns: names and types, {boxes: value, out: video}; a type is video, audio, "
     "packet, array, value, or any, which is that of the first input. If none is named, it has "
     "one, "
     "out, of type any",
     VF_MAP(struct python_options, outputs), .fallback = "{}"},
    {"options", "Handed over to the class", VF_JSON_OBJECT(struct python_options, options),
     .fallback = "{}"},
    {"format", "Pixel format in which it gets its pictures, such as bgr24; empty: as they come",
     VF_PIXEL_FORMAT(struct python_options, format), .fallback = ""},
    {"python", "Interpreter, such as venv/bin/python; without a slash it is looked up in PATH",
     VF_TEXT(struct python_options, python), .fallback = "python3"},
    {"stateless",
     "What it returns depends on its present inputs alone: it may have replicas, and is started "
     "again when it fails. The class can say so, too",
     VF_BOOLEAN(struct python_options, is_stateless), .fallback = "false"},
    {"splits", "It may return several messages for one input, as a list",
     VF_BOOLEAN(struct python_options, splits), .fallback = "false"},
    {"reload", "Start it again whenever its file changes",
     VF_BOOLEAN(struct python_options, reloads), .fallback = "false"},
    VF_BATCH_OPTION(struct python_options),
    {"keep", "Inputs of each port that it may keep when it has answered them",
     VF_INTEGER(struct python_options, keep), VF_RANGE(0, 1000), .fallback = "4"},
    {"slots", "Outputs that it may have under construction at a time",
     VF_INTEGER(struct python_options, slots), VF_RANGE(1, VF_CLIENT_MAX_SLOTS), .fallback = "4"},
};

static int check_call(const struct python_options *asked, char *problem, size_t problem_size)
{
    struct stat status;
    char *path = *asked->code ? NULL : vf_python_source_file(asked->call);
    if (!*asked->call && !*asked->code)
        snprintf(problem, problem_size,
                 "nothing to call; give call: FILE.py:NAME, or code with the text itself");
    else if (path && vf_trust() != VF_TRUST_NAMES && stat(path, &status) != 0)
        snprintf(problem, problem_size, "call: %s: %s", path, strerror(errno));
    else if (!path && asked->reloads)
        snprintf(problem, problem_size, "reload: there is no file to watch; name one in call");
    free(path);
    return problem[0] ? -EINVAL : VF_OK;
}

static int python_check(const void *values, char *problem, size_t problem_size)
{
    const struct python_options *asked = values;
    problem[0] = '\0';
    if (*asked->format && !vf_scaler_can_draw(vf_picture_format(asked->format)))
        snprintf(problem, problem_size, "format: frames cannot be made in %s; take another",
                 asked->format);
    struct vf_batch_size batch;
    if (problem[0] || check_call(asked, problem, problem_size) < 0 ||
        vf_batch_read(&asked->batch, &batch, problem, problem_size) < 0)
        return -EINVAL;
    return vf_program_ports_check(&asked->outputs, problem, problem_size);
}

static bool is_stateless(const struct python_options *asked)
{
    char *path = *asked->code ? NULL : vf_python_source_file(asked->call);
    char *read = path ? vf_python_source_read(path) : NULL;
    const char *text = read ? read : asked->code, *name = vf_python_source_name(asked->call);
    if (*asked->code && *asked->call && !strchr(asked->call, ':'))
        name = asked->call;
    bool is_said = vf_python_source_is_stateless(text, name);
    free(read);
    free(path);
    return is_said || asked->is_stateless;
}

static void python_adapt(const void *values, struct vf_node *copy)
{
    const struct python_options *asked = values;
    copy->is_stateful = copy->may_lack = !is_stateless(asked);
    copy->may_split = asked->splits;
    copy->lingers = (unsigned)asked->keep;
    vf_batch_adapt(&asked->batch, asked->slots, !asked->reloads, copy);
    if (*asked->format) /* those that were converted lie in this task's memory */
        copy->keeps += (unsigned)asked->keep + 1 + copy->looks_ahead;
}

static void python_forecast(struct vf_foresight *foresight)
{
    const struct python_options *asked = foresight->options;
    const struct vf_video *video = foresight->input_count ? &foresight->inputs[0].video : NULL;
    if (!*asked->format || !video || !foresight->inputs[0].is_known || video->width <= 0 ||
        video->height <= 0)
        return;
    for (unsigned i = 0; i < foresight->output_count; i++) {
        if (foresight->outputs[i].type == VF_VALUE_VIDEO ||
            foresight->outputs[i].type == VF_VALUE_NONE)
            vf_picture_foretell(&foresight->outputs[i], vf_picture_format(asked->format),
                                video->width, video->height, video->frame_rate);
    }
}

static bool is_same(const struct stamp *one, const struct stamp *other)
{
    return one->changed.tv_sec == other->changed.tv_sec &&
           one->changed.tv_nsec == other->changed.tv_nsec && one->size == other->size &&
           one->file == other->file;
}

static bool look_at(const char *path, struct stamp *stamp)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    *stamp =
        (struct stamp){.changed = status.st_mtim, .size = status.st_size, .file = status.st_ino};
    return true;
}

static int start(struct vf_node_run *run, struct vf_client *client)
{
    const struct python_options *asked = run->options;
    struct python *python = run->state;
    const struct vf_client_settings settings = {
        .words = python->words,
        .welcome = python->welcome,
        .kind = run->node->kind,
        .output_count = (unsigned)run->node->outputs.count,
        .keep = (unsigned)asked->keep,
        .slots =
            vf_batch_slots(&python->batch.size, asked->slots, run->node) + python->batch.hurries,
        .batch = vf_batch_ahead(&python->batch),
        .grants = python->batch.hurries ? 2 : 1,
        .splits = asked->splits,
    };
    return vf_client_open(client, run, &settings);
}

/* Returns in *converted what the program gets of a message, with a hold of its own; VF_DROPPED: there
 * is no room for it. */
static int convert(struct vf_node_run *run, unsigned input, const struct vf_message *message,
                   struct vf_message **converted)
{
    const struct python_options *asked = run->options;
    struct python *python = run->state;
    struct vf_video described;
    if (message->description.type != VF_VALUE_VIDEO || !*asked->format ||
        vf_scaler_describes(python->scalers[input], &message->description.video,
                            vf_picture_format(asked->format), &described))
        return vf_message_clone(converted, message);
    return vf_scaler_convert(python->scalers[input], run, message, vf_picture_format(asked->format),
                             converted);
}

static void python_reach(const void *values, const struct vf_reach *reach)
{
    const struct python_options *asked = values;
    vf_reach_add(reach, VF_REACH_RUN, asked->python);
}

static int python_open(struct vf_node_run *run)
{
    static const char *const places[] = {"../share/vflow/python", "../../python"};
    const struct python_options *asked = run->options;
    struct python *python = run->state;
    python->client = (struct vf_client){.socket = -1, .guest = {.pidfd = -1}};
    python->module = vf_program_find(places, sizeof(places) / sizeof(places[0]));
    python->welcome = vf_program_ports_describe(run, asked->options);
    if (!python->module || !python->welcome)
        return -ENOMEM;
    if (asked->reloads)
        python->path = vf_python_source_file(asked->call);
    if (python->path)
        (void)look_at(python->path, &python->stamp);
    int err = vf_batch_open(&python->batch, run, &asked->batch, !asked->reloads, convert);
    if (err)
        return err;
    const char *words[] = {asked->python,
                           "-c",
                           RUNNER,
                           python->module,
                           asked->call,
                           asked->code,
                           asked->splits ? "splits" : "",
                           run->node->is_stateful ? "" : "stateless",
                           python->batch.size.max > 1 ? "batches" : "",
                           NULL};
    memcpy(python->words, words, sizeof(words));
    for (unsigned i = 0; i < run->input_count && *asked->format; i++) {
        err = vf_scaler_create(&python->scalers[i], VF_SCALER_BICUBIC);
        if (err)
            return err;
    }
    return start(run, &python->client);
}

/* Starts the program again when its file has changed. The one that runs goes on when the new one
 * cannot. Between two inputs, so each is answered by one of them, once. */
static void reload(struct vf_node_run *run)
{
    struct python *python = run->state;
    struct vf_client fresh;
    struct stamp now;
    if (!python->path || !look_at(python->path, &now) || is_same(&now, &python->stamp))
        return;
    python->stamp = now;
    run->is_trying = true;
    int err = start(run, &fresh);
    run->is_trying = false;
    if (err) {
        vf_client_close(&fresh);
        run->is_lost = false;
        vf_node_complain(run, "", NULL);
        if (err != VF_END)
            vf_log_say("%s has changed and cannot be run; the one before goes on", python->path);
        return;
    }
    vf_client_close(&python->client);
    python->client = fresh;
    vf_log_say("%s has changed and was started again", python->path);
}

static int python_inputs(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct python *python = run->state;
    if (!vf_client_is_asked(&python->client))
        reload(run);
    int err = vf_batch_ask(&python->batch, &python->client, inputs);
    for (unsigned i = 0; err == VF_DROPPED && i < run->node->outputs.count; i++) {
        int dropped = vf_node_drop(run, i);
        if (dropped < 0)
            return dropped;
    }
    return err == VF_DROPPED ? VF_OK : err;
}

static int python_flush(struct vf_node_run *run)
{
    struct python *python = run->state;
    return vf_client_flush(&python->client);
}

static void python_close(struct vf_node_run *run)
{
    struct python *python = run->state;
    vf_client_close(&python->client);
    vf_batch_close(&python->batch);
    for (unsigned i = 0; i < MAX_INPUTS; i++)
        vf_scaler_destroy(&python->scalers[i]);
    free(python->module);
    free(python->welcome);
    free(python->path);
}

static int python_declare(const void *values, const struct vf_named_inputs *inputs,
                          struct vf_node *copy)
{
    const struct python_options *asked = values;
    char name[] = "out", type[] = "any";
    struct vf_map_entry out = {.key = name, .text = type};
    const struct vf_map one = {.items = &out, .count = 1};
    int err = vf_program_ports_declare(copy, inputs, asked->outputs.count ? &asked->outputs : &one);
    if (err)
        return err;
    if (!asked->outputs.count) /* a function may look at frames, and no more */
        ((struct vf_port *)(uintptr_t)copy->outputs.items)->is_optional = true;
    copy->kind = VF_PROCESSOR;
    if (!copy->inputs.count) /* for the check to say that it lacks one */
        copy->inputs = vf_node_python.inputs;
    return VF_OK;
}

const struct vf_node vf_node_python = {
    .name = "python",
    .summary = "Call a function or a class in Python with each input.",
    .about =
        "A picture is a numpy array over the memory in which it lies, read-only: formats with one "
        "plane are (height, width, channels), planar ones a tuple of planes. `format` converts it "
        "on the way, when it is another. Beside the pixels are pts, time, index, source and "
        "metadata.\n\n"
        "What is returned is sent on: the frame itself, without a copy; an array as a picture or "
        "an array, as `outputs` says; anything else as a value. None sends nothing, a dict "
        "what its keys, the outputs, name, and with `splits` a list one message for each element. "
        "With several inputs "
        "the function gets one of each. A class is made once, with `options`; its flush() is "
        "called after the last input.\n\n"
        "While it works on one input it is sent the next, so that it need not wait for that; not "
        "in realtime, where the next is to be the newest, nor with reload or batch.\n\n"
        "It runs in an interpreter of its own, so any library may be used in it; what it prints "
        "is logged. An exception is the failure of the task, with its traceback in the log. "
        "vflow-python(7) has examples.",
    .related = "process, zmq_out, filter",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  source: {type: test_source, size: 320x240, frames: 100}\n"
               "  bright:\n"
               "    type: python\n"
               "    inputs: source\n"
               "    format: gray\n"
               "    outputs: {mean: value}\n"
               "    code: |\n"
               "      def process(frame):\n"
               "          return frame.mean() if frame.index % 10 == 0 else None\n"
               "  out: {type: print, inputs: bright}\n",
    .kind = VF_PROCESSOR,
    .may_lack = true,
    .is_stateful = true,
    .may_split = true,
    .shares_arenas = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Whatever the flow names, in any number",
                        .is_repeated = true}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "What `outputs` names"}),
    .options_size = sizeof(struct python_options),
    .state_size = sizeof(struct python),
    .check = python_check,
    .adapt = python_adapt,
    .declare = python_declare,
    .reach = python_reach,
    .forecast = python_forecast,
    .open = python_open,
    .process = python_inputs,
    .flush = python_flush,
    .close = python_close,
};
