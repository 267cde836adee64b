/* SPDX-License-Identifier: MIT */
#include "tests/nodes/plain_nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct camera_options {
    char *path;
    int64_t wait;
};

static const struct vf_option camera_table[] = {
    {"path", "File to read", VF_INPUT_PATH(struct camera_options, path), .fallback = ""},
    {"wait", "Time between two frames", VF_DURATION(struct camera_options, wait), VF_RANGE(0, 60),
     .fallback = "40ms"},
};

static const struct vf_node camera = {
    .name = "camera",
    .summary = "Make frames, and sound with them.",
    .kind = VF_PRODUCER,
    .keeps = 5,
    .options = VF_LIST(camera_table),
    .options_size = sizeof(struct camera_options),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"},
                        {.name = "audio", .type = VF_PORT_PACKET, .help = "Sound"}),
};

static const struct vf_node counter = {
    .name = "counter",
    .summary = "Count.",
    .kind = VF_PRODUCER,
    .can_resume = true,
    .outputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
};

struct scale_options {
    int width, height;
    unsigned filter;
    double gain;
    bool is_exact;
    char *title;
};

static const struct vf_option scale_table[] = {
    {"width", "Width of the output", VF_INTEGER(struct scale_options, width), VF_RANGE(2, 16384),
     .unit = "pixels"},
    {"height", "Height of the output", VF_INTEGER(struct scale_options, height), VF_RANGE(2, 16384),
     .unit = "pixels", .fallback = "360"},
    {"filter", "How pixels are averaged",
     VF_CHOICE(struct scale_options, filter, {"bilinear", 1, "Fast, for previews"},
               {"lanczos", 2, "Sharp, for final output"}),
     .fallback = "bilinear"},
    {"gain", "Factor of the brightness", VF_NUMBER(struct scale_options, gain), .fallback = "1"},
    {"exact", "Round as the reference does", VF_BOOLEAN(struct scale_options, is_exact),
     .fallback = "false"},
    {"title", "Text \"in\" the picture; \\n is a line end", VF_TEXT(struct scale_options, title),
     .fallback = "\n"},
};

static int scale_check(const void *values, char *problem, size_t problem_size)
{
    const struct scale_options *asked = values;
    if (asked->width <= 2 * asked->height)
        return VF_OK;
    snprintf(problem, problem_size, "%dx%d is too wide; make it at most twice as wide as high",
             asked->width, asked->height);
    return -EINVAL;
}

static const struct vf_node scale = {
    .name = "scale",
    .summary = "Scale every frame to one size.",
    .about = "It scales, and does nothing else at all, however long one goes on to talk about what "
             "it might do.\n\n.Lines may begin with a dot; and \\n is no line end.",
    .example =
        "vflow: 1\nnodes:\n  eye: {type: camera}\n\n"
        "  small: {type: scale, inputs: eye, width: 640}\n  out: {type: sink, inputs: small}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(scale_table),
    .options_size = sizeof(struct scale_options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size"}),
    .outputs =
        VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of the asked size"}),
    .check = scale_check,
};

static const struct vf_node pass = {
    .name = "pass",
    .summary = "Pass everything on.",
    .kind = VF_PROCESSOR,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
};

static const struct vf_node window = {
    .name = "window",
    .summary = "Keep ten messages before the first one goes on.",
    .kind = VF_PROCESSOR,
    .holds = 10,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same, later"}),
};

struct some_options {
    int64_t nth, lag;
};

static const struct vf_option some_table[] = {
    {"nth", "Pass one of so many", VF_INTEGER64(struct some_options, nth), VF_RANGE(0, 1e15)},
    {"lag", "Pass those of so many before", VF_INTEGER64(struct some_options, lag), .fallback = "0",
     VF_RANGE(0, 1e15)},
};

static uint64_t some_thins(const void *values)
{
    const struct some_options *asked = values;
    return (uint64_t)asked->nth;
}

static uint64_t some_lags(const void *values)
{
    const struct some_options *asked = values;
    return (uint64_t)asked->lag;
}

static const struct vf_node some = {
    .name = "some",
    .summary = "Pass one message of so many.",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(some_table),
    .options_size = sizeof(struct some_options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "Some of it"}),
    .thins = some_thins,
    .lags = some_lags,
};

struct split_options {
    int parts;
};

static const struct vf_option split_table[] = {
    {"parts", "Messages to make of one; 1: it needs to remember nothing",
     VF_INTEGER(struct split_options, parts), VF_RANGE(1, 9), .fallback = "2"},
};

static void split_adapt(const void *options, struct vf_node *copy)
{
    if (((const struct split_options *)options)->parts > 1)
        return;
    copy->is_stateful = copy->may_split = false;
    copy->outputs.count = 1;
}

static const struct vf_node split = {
    .name = "split",
    .summary = "Make several messages of one.",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(split_table),
    .options_size = sizeof(struct split_options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .is_stateful = true,
    .may_split = true,
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "Parts of it"},
                        {.name = "rest", .type = VF_PORT_ANY, .help = "What is left of it"}),
    .adapt = split_adapt,
};

static const struct vf_node total = {
    .name = "total",
    .summary = "Add up all that has come.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_VALUE, .help = "Their sum"}),
};

static const struct vf_node join = {
    .name = "join",
    .summary = "Put messages together.",
    .kind = VF_PROCESSOR,
    .inputs =
        VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything", .is_repeated = true}),
    .outputs = VF_PORTS({.name = "list", .type = VF_PORT_VALUE, .help = "All of them"}),
};

static const struct vf_node both = {
    .name = "both",
    .summary = "Take two messages of one origin.",
    .kind = VF_CONSUMER,
    .inputs = VF_PORTS({.name = "first", .type = VF_PORT_ANY, .help = "Anything"},
                       {.name = "second", .type = VF_PORT_ANY, .help = "Anything"}),
};

static const struct vf_node several = {
    .name = "several",
    .summary = "Take one message after the other from two lists of sources.",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .inputs = VF_PORTS({.name = "first",
                        .type = VF_PORT_ANY,
                        .help = "Anything",
                        .is_optional = true,
                        .is_repeated = true},
                       {.name = "second",
                        .type = VF_PORT_ANY,
                        .help = "Anything",
                        .is_optional = true,
                        .is_repeated = true}),
};

struct file_options {
    char *path;
    struct vf_map options;
};

static const struct vf_option file_table[] = {
    {"path", "File to write", VF_OUTPUT_PATH(struct file_options, path)},
    {"options", "Settings of the encoder", VF_MAP(struct file_options, options), .fallback = "{}"},
};

/* A list goes on where frames come live, and several files do anyway. */
static void file_adapt(const void *values, struct vf_node *copy)
{
    const struct file_options *asked = values;
    if (strstr(asked->path, ".m3u8"))
        copy->continues = VF_CONTINUES_LIVE;
    else if (strchr(asked->path, '{'))
        copy->continues = VF_CONTINUES_OUTPUT;
}

static const struct vf_node file = {
    .name = "file",
    .summary = "Write a file.",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .options = VF_LIST(file_table),
    .options_size = sizeof(struct file_options),
    .adapt = file_adapt,
    .inputs =
        VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"},
                 {.name = "audio", .type = VF_PORT_PACKET, .help = "Sound", .is_optional = true}),
};

static const struct vf_node sink = {
    .name = "sink",
    .summary = "Throw everything away.",
    .kind = VF_CONSUMER,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
};

static const struct vf_node *const nodes[] = {
    &camera, &counter, &scale, &pass,    &window, &some, &split,
    &total,  &join,    &both,  &several, &file,   &sink,
};

const struct vf_node_list vf_plain_nodes = VF_LIST(nodes);
