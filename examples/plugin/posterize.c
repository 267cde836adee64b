/* SPDX-License-Identifier: MIT */
/* posterize - a processor: makes a new picture of each that it gets. */
#include <errno.h>
#include <string.h>

#include "nodes.h"

enum planes { ALL_PLANES, FIRST_PLANE };

struct options {
    int levels;
    enum planes planes;
};

/* What each value of a byte becomes. */
struct state {
    uint8_t values[256];
};

static const struct vf_option options[] = {
    {"levels", "How many values are left of 256", VF_INTEGER(struct options, levels),
     VF_RANGE(2, 256), .fallback = "4", .is_main = true},
    {"planes", "What is changed",
     VF_CHOICE(struct options, planes, {"all", ALL_PLANES, "Every plane"},
               {"first", FIRST_PLANE, "The first plane: of YUV formats, the brightness"}),
     .fallback = "all"},
};

/* Formats whose samples are bytes. */
static const char *const formats[] = {"gray",     "yuv420p", "yuv422p", "yuv444p",
                                      "yuvj420p", "nv12",    "rgb24",   "bgr24"};

static bool is_of_bytes(const struct vf_video *video)
{
    for (size_t i = 0; i < VF_COUNT(formats); i++) {
        if (strcmp(formats[i], video->format) == 0)
            return true;
    }
    return false;
}

static int posterize_open(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    struct state *state = run->state;
    int steps = asked->levels - 1;
    for (int i = 0; i < 256; i++)
        state->values[i] = (uint8_t)((i * steps + 127) / 255 * 255 / steps);
    return VF_OK;
}

static void change(const struct state *state, const struct vf_plane *plane, uint8_t *bytes)
{
    for (uint32_t y = 0; y < plane->rows; y++) {
        uint8_t *row = bytes + plane->offset + (size_t)y * plane->stride;
        for (uint32_t x = 0; x < plane->row_bytes; x++)
            row[x] = state->values[row[x]];
    }
}

static int posterize_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct options *asked = run->options;
    const struct vf_video *video = &inputs[0]->description.video;
    struct vf_message *picture = NULL;
    if (!is_of_bytes(video)) {
        vf_log(VF_LOG_ERROR, "pictures are %s; put {type: convert, format: yuv420p} before this",
               video->format);
        return -EINVAL;
    }
    int made = vf_node_copy(run, inputs[0], &picture);
    uint32_t count = asked->planes == FIRST_PLANE ? 1 : video->plane_count;
    for (uint32_t i = 0; i < count && !made; i++)
        change(run->state, &video->planes[i], picture->payload->data);
    return vf_node_emit_made(run, 0, made, &picture);
}

/* Pictures as they come, in memory of this node. */
static void posterize_forecast(struct vf_foresight *foresight)
{
    foresight->outputs[0] = foresight->inputs[0];
    foresight->outputs[0].forwards = 0;
}

const struct vf_node node_posterize = {
    .name = "posterize",
    .summary = "Leave few values of each colour.",
    .about = "Samples of one byte: gray, yuv420p and the like, rgb24.",
    .related = "convert, brightness",
    .example = "vflow: 1\n"
               "plugins: nodes.so\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  poster: {type: posterize, inputs: reader, levels: 3}\n"
               "  out: {type: video_writer, inputs: poster, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .options_size = sizeof(struct options),
    .state_size = sizeof(struct state),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Pictures"}),
    .outputs =
        VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The same, with few values"}),
    .forecast = posterize_forecast,
    .open = posterize_open,
    .process = posterize_process,
};
