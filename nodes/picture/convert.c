/* SPDX-License-Identifier: MIT */
/* convert - gives every frame another pixel format, or other colours of YUV. */
#include <errno.h>

#include "engine/media/libav/frame.h"
#include "engine/media/libav/options.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"

/* As ISO/IEC 23091-2 numbers them. */
enum range { RANGE_KEEP, RANGE_LIMITED, RANGE_FULL };
enum matrix { MATRIX_KEEP, MATRIX_BT709 = 1, MATRIX_BT601 = 6, MATRIX_BT2020 = 9 };

struct convert_options {
    char *format;
    enum range range;
    enum matrix matrix;
};

struct convert {
    struct vf_scaler *scaler;
};

static const struct vf_option options[] = {
    {"format", "Pixel format: gray, rgb24, yuv420p or any other that `ffmpeg -pix_fmts` lists",
     VF_PIXEL_FORMAT(struct convert_options, format), .fallback = "", .is_main = true},
    {"range", "Range of YUV values from black to white",
     VF_CHOICE(struct convert_options, range, {"keep", RANGE_KEEP, "Those of the input"},
               {"limited", RANGE_LIMITED, "16 to 235, as in television"},
               {"full", RANGE_FULL, "0 to 255, as in JPEG"}),
     .fallback = "keep"},
    {"matrix", "Matrix between YUV and red, green and blue",
     VF_CHOICE(struct convert_options, matrix, {"keep", MATRIX_KEEP, "As it is in the input"},
               {"bt601", MATRIX_BT601, "As in standard definition"},
               {"bt709", MATRIX_BT709, "As in high definition"},
               {"bt2020", MATRIX_BT2020, "As in ultra-high definition"}),
     .fallback = "keep"},
};

static int convert_check(const void *values, char *problem, size_t problem_size)
{
    const struct convert_options *asked = values;
    if (!*asked->format && !asked->range && !asked->matrix) {
        snprintf(problem, problem_size, "nothing to convert to; give format, range or matrix");
        return -EINVAL;
    }
    if (*asked->format && !vf_scaler_can_draw(vf_picture_format(asked->format))) {
        snprintf(problem, problem_size, "frames cannot be made in the format %s; take another",
                 asked->format);
        return -EINVAL;
    }
    return VF_OK;
}

static int format_of(const struct convert_options *asked, const struct vf_video *video)
{
    return *asked->format ? vf_picture_format(asked->format) : vf_media_pixel_format(video);
}

static void convert_forecast(struct vf_foresight *foresight)
{
    const struct convert_options *asked = foresight->options;
    const struct vf_video *video = &foresight->inputs[0].video;
    if (!foresight->inputs[0].is_known || video->width <= 0 || video->height <= 0)
        return;
    if (strcmp(video->format, asked->format) == 0 && !asked->range && !asked->matrix)
        vf_forecast_forward(foresight);
    else
        vf_picture_foretell(&foresight->outputs[0], format_of(asked, video), video->width,
                            video->height, video->frame_rate);
}

static int convert_open(struct vf_node_run *run)
{
    const struct convert_options *asked = run->options;
    struct convert *convert = run->state;
    int err = vf_scaler_create(&convert->scaler, VF_SCALER_BICUBIC);
    if (!err)
        vf_scaler_set_colours(convert->scaler, (int)asked->range, (int)asked->matrix);
    return err;
}

static int convert_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    const struct convert_options *asked = run->options;
    struct convert *convert = run->state;
    struct vf_message *converted = NULL;
    struct vf_video described;
    const struct vf_video *video = &frames[0]->description.video;
    int format = format_of(asked, video), err;
    if (vf_scaler_describes(convert->scaler, video, format, &described)) {
        err = vf_message_clone(&converted, frames[0]);
        if (!err)
            converted->description.video = described;
    } else {
        err = vf_scaler_convert(convert->scaler, run, frames[0], format, &converted);
    }
    return vf_node_emit_made(run, 0, err, &converted);
}

static void convert_close(struct vf_node_run *run)
{
    struct convert *convert = run->state;
    vf_scaler_destroy(&convert->scaler);
}

const struct vf_node vf_node_convert = {
    .name = "convert",
    .summary = "Convert every frame to another pixel format.",
    .related = "resize, filter",
    .about =
        "The picture keeps its colours as far as the format can hold them; only the numbers that "
        "stand for them change. Gray is the brightness alone. Frames that already have the format "
        "pass untouched; if only their range or matrix is not marked, it is marked. A frame "
        "without a marked range counts as limited, one without a marked matrix as bt601. RGB has "
        "neither, and gray has full range.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  gray: {type: convert, inputs: reader, format: gray}\n"
               "  out: {type: zmq_out, inputs: gray, endpoint: \"tcp://127.0.0.1:6001\"}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of that format"}),
    .options_size = sizeof(struct convert_options),
    .state_size = sizeof(struct convert),
    .check = convert_check,
    .forecast = convert_forecast,
    .open = convert_open,
    .process = convert_process,
    .close = convert_close,
};
