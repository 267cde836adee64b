/* SPDX-License-Identifier: MIT */
/* mask - shows only what a mask shows of each frame. */
#include <errno.h>

#include "engine/base/log.h"
#include "engine/media/draw/canvas.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/mask.h"
#include "engine/media/read/picture_read.h"
#include "engine/node/node.h"

#define VIDEO 0
#define MASK 1

struct mask_options {
    char *path;
    bool is_inverted;
    struct vf_colour colour;
};

struct mask {
    struct vf_mask *mask;
};

static const struct vf_option options[] = {
    {"path", "Picture to use as the mask; empty: masks come from the input mask",
     VF_INPUT_PATH(struct mask_options, path), .fallback = "", .is_main = true},
    {"invert", "Show the black part of the mask instead of the white",
     VF_BOOLEAN(struct mask_options, is_inverted), .fallback = "false"},
    {"colour", "Colour of the hidden part: a name, or #rrggbb; append @0.5 for half opacity",
     VF_COLOUR(struct mask_options, colour), .fallback = "black"},
};

static void mask_forecast(struct vf_foresight *foresight)
{
    const struct vf_video *video = &foresight->inputs[VIDEO].video;
    if (foresight->inputs[VIDEO].is_known && video->width > 0 && video->height > 0)
        vf_picture_foretell(&foresight->outputs[0], vf_picture_format(video->format), video->width,
                            video->height, video->frame_rate);
}

static int mask_open(struct vf_node_run *run)
{
    const struct mask_options *asked = run->options;
    struct mask *state = run->state;
    struct vf_message *picture = NULL;
    bool has_path = *asked->path;
    if (has_path == run->is_connected[MASK]) {
        vf_log(VF_LOG_ERROR, "%s; give one of them",
               has_path ? "the mask is given by path and by an input"
                        : "there is no mask, neither path nor an input");
        return -EINVAL;
    }
    int err = vf_mask_create(&state->mask);
    if (!err && has_path)
        err = vf_picture_read(run, asked->path, &picture);
    if (!err && has_path)
        err = vf_mask_read(state->mask, picture);
    vf_message_destroy(&picture);
    return err;
}

static int draw(struct vf_node_run *run, const struct vf_message *frame,
                const struct vf_coverage *hidden)
{
    const struct mask_options *asked = run->options;
    struct vf_canvas canvas;
    int err = vf_canvas_open(&canvas, run, frame);
    if (err == VF_DROPPED)
        return vf_node_drop(run, 0);
    if (err)
        return err;
    vf_canvas_draw(&canvas, hidden, &asked->colour);
    err = vf_canvas_emit(&canvas, run, 0, frame);
    vf_canvas_finish(&canvas);
    return err;
}

static int mask_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct mask_options *asked = run->options;
    struct mask *state = run->state;
    const struct vf_video *video = &inputs[VIDEO]->description.video;
    const struct vf_coverage *hidden = NULL;
    int err = VF_OK;
    if (inputs[MASK])
        err = vf_mask_read(state->mask, inputs[MASK]);
    if (!err && (inputs[MASK] || *asked->path))
        err = vf_mask_cover(state->mask, video->width, video->height, asked->is_inverted, &hidden);
    if (err)
        return err;
    return hidden ? draw(run, inputs[VIDEO], hidden) : vf_node_passthrough(run, 0, VIDEO);
}

static void mask_close(struct vf_node_run *run)
{
    struct mask *state = run->state;
    vf_mask_destroy(&state->mask);
}

const struct vf_node vf_node_mask = {
    .name = "mask",
    .summary = "Show only the part of each frame that a mask selects.",
    .related = "draw_masks, overlay",
    .about =
        "Each pixel is multiplied by the mask: it stays as it is where the mask is white, becomes "
        "black, or another colour, where the mask is black, and is blended in between. A mask of "
        "another size is scaled to the frame. The mask is a picture, whose brightness counts; or "
        "an input with one mask for each frame: a frame, or an array of height x width, of uint8 "
        "from 0 to 255 or of any other type from 0 to 1. A frame with nothing hidden passes "
        "untouched.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  # Leaves the windows of the neighbours black.\n"
               "  street: {type: mask, inputs: reader, path: street.png}\n"
               "  out: {type: video_writer, inputs: street, path: street.mp4}\n",
    .kind = VF_PROCESSOR,
    .redacts = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size"},
                       {.name = "mask",
                        .type = VF_PORT_ANY,
                        .help = "A mask for the same frame: a frame, or an array",
                        .is_optional = true}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The masked frames"}),
    .options_size = sizeof(struct mask_options),
    .state_size = sizeof(struct mask),
    .forecast = mask_forecast,
    .open = mask_open,
    .process = mask_process,
    .close = mask_close,
};
