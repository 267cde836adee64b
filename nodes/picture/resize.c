/* SPDX-License-Identifier: MIT */
/* resize - scales every frame to one size. */
#include <errno.h>

#include "engine/media/libav/picture.h"
#include "engine/media/picture/fitting.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"

enum padding { PAD_NONE, PAD_TOP_LEFT, PAD_CENTRE };

struct resize_options {
    int width, height;
    enum vf_scaler_filter filter;
    enum padding pad;
    struct vf_colour colour;
};

struct resize {
    struct vf_scaler *scaler;
};

static const struct vf_option options[] = {
    {"width", "Width of the output; -1: from the height and the aspect ratio",
     VF_INTEGER(struct resize_options, width), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels", .is_main = true},
    {"height", "Height of the output; -1: from the width and the aspect ratio",
     VF_INTEGER(struct resize_options, height), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels"},
    {"filter", "Scaling algorithm",
     VF_CHOICE(struct resize_options, filter, {"bicubic", VF_SCALER_BICUBIC, "Good for most uses"},
               {"bilinear", VF_SCALER_BILINEAR, "Faster and softer"},
               {"fast_bilinear", VF_SCALER_FAST_BILINEAR, "Fastest, for previews"},
               {"neighbor", VF_SCALER_NEIGHBOR, "The nearest pixel, without averaging"},
               {"area", VF_SCALER_AREA, "Average of all pixels, for much smaller pictures"},
               {"lanczos", VF_SCALER_LANCZOS, "Sharp, for final output"},
               {"spline", VF_SCALER_SPLINE, "Sharp, with less ringing"}),
     .fallback = "bicubic"},
    {"pad", "Keep the aspect ratio, and where to put the frame",
     VF_CHOICE(struct resize_options, pad, {"none", PAD_NONE, "Do not keep it: stretch the frame"},
               {"top_left", PAD_TOP_LEFT, "At the top left"},
               {"centre", PAD_CENTRE, "In the centre, between two bars"}),
     .fallback = "none"},
    {"colour", "Colour of the rest: a name, or #rrggbb", VF_COLOUR(struct resize_options, colour),
     .fallback = "black"},
};

static int resize_check(const void *values, char *problem, size_t problem_size)
{
    const struct resize_options *asked = values;
    if (asked->width == 0 || asked->height == 0) {
        snprintf(problem, problem_size,
                 "a side of 0 pixels; -1 keeps the ratio, 1 is the smallest size");
        return -EINVAL;
    }
    if (asked->width < 0 && asked->height < 0) {
        snprintf(problem, problem_size, "no size; give width, height or both");
        return -EINVAL;
    }
    if (asked->pad != PAD_NONE && (asked->width < 0 || asked->height < 0)) {
        snprintf(problem, problem_size,
                 "a frame that keeps its ratio is padded to a width and a height; give both");
        return -EINVAL;
    }
    return VF_OK;
}

static void resize_forecast(struct vf_foresight *foresight)
{
    const struct resize_options *asked = foresight->options;
    const struct vf_video *video = &foresight->inputs[0].video;
    int width = asked->width, height = asked->height;
    if (!foresight->inputs[0].is_known || video->width <= 0 || video->height <= 0)
        return;
    vf_scaler_keep_ratio(video, &width, &height);
    if (video->width == width && video->height == height)
        vf_forecast_forward(foresight);
    else
        vf_picture_foretell(&foresight->outputs[0], vf_picture_format(video->format), width, height,
                            video->frame_rate);
}

static int resize_open(struct vf_node_run *run)
{
    const struct resize_options *asked = run->options;
    struct resize *resize = run->state;
    return vf_scaler_create(&resize->scaler, asked->filter);
}

static int resize_frame(struct vf_node_run *run, const struct vf_message *frame, int width,
                        int height, struct vf_message **resized)
{
    const struct resize_options *asked = run->options;
    struct resize *resize = run->state;
    if (asked->pad == PAD_NONE)
        return vf_scaler_resize(resize->scaler, run, frame, width, height, resized);
    const struct vf_fitting fitting = {
        .width = width,
        .height = height,
        .is_centred = asked->pad == PAD_CENTRE,
        .colour = asked->colour,
    };
    return vf_fitting_apply(resize->scaler, run, frame, &fitting, resized);
}

static int resize_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    const struct resize_options *asked = run->options;
    const struct vf_video *video = &frames[0]->description.video;
    int width = asked->width, height = asked->height;
    vf_scaler_keep_ratio(video, &width, &height);
    if (video->width == width && video->height == height)
        return vf_node_passthrough(run, 0, 0);
    struct vf_message *resized = NULL;
    int err = resize_frame(run, frames[0], width, height, &resized);
    return vf_node_emit_made(run, 0, err, &resized);
}

static void resize_close(struct vf_node_run *run)
{
    struct resize *resize = run->state;
    vf_scaler_destroy(&resize->scaler);
}

const struct vf_node vf_node_resize = {
    .name = "resize",
    .summary = "Scale every frame to one size.",
    .related = "crop, convert, rate",
    .about =
        "Given one side, the other follows from the aspect ratio of the frame. Given both, the "
        "frame is stretched to them, and its pixel aspect ratio is set so that players show it "
        "undistorted; with pad it keeps its aspect ratio instead, and the rest is filled.\n\n"
        "The pixels are those of ffmpeg's scale filter with the same algorithm; where chroma is "
        "subsampled, a padded frame is as large as whole chroma samples allow.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  small: {type: resize, inputs: reader, width: 640, filter: bilinear}\n"
               "  out: {type: video_writer, inputs: small, path: small.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size"}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "Frames of that size; those that already have it pass untouched"}),
    .options_size = sizeof(struct resize_options),
    .state_size = sizeof(struct resize),
    .check = resize_check,
    .forecast = resize_forecast,
    .open = resize_open,
    .process = resize_process,
    .close = resize_close,
};
