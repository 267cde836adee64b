/* SPDX-License-Identifier: MIT */
/* overlay - lays pictures over the frames of another input. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/media/filter/look.h"
#include "engine/media/filter/run.h"
#include "engine/node/node.h"

#define MAIN 0
#define PICTURE 1

struct overlay_options {
    char *x, *y;
    int width, height;
    double opacity;
    int64_t at, until;
};

struct overlay {
    struct vf_filter_run *filters;
};

static const struct vf_option options[] = {
    {"x", "Position of the left edge: pixels, or an expression such as W-w-10",
     VF_TEXT(struct overlay_options, x), .fallback = "0"},
    {"y", "Position of the top edge: pixels, or an expression such as (H-h)/2",
     VF_TEXT(struct overlay_options, y), .fallback = "0"},
    {"width", "Width of the picture; -1: from its height and aspect ratio",
     VF_INTEGER(struct overlay_options, width), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels"},
    {"height", "Height of the picture; -1: from its width and aspect ratio",
     VF_INTEGER(struct overlay_options, height), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels"},
    {"opacity", "Opacity of the picture; 0: invisible, 1: opaque",
     VF_NUMBER(struct overlay_options, opacity), .fallback = "1", VF_RANGE(0, 1)},
    {"at", "Time at which it appears", VF_DURATION(struct overlay_options, at), .fallback = "0",
     VF_RANGE(0, 1e9)},
    {"until", "Time at which it disappears; 0: never", VF_DURATION(struct overlay_options, until),
     .fallback = "0", VF_RANGE(0, 1e9)},
};

/* How the main picture's format, as libav names it, is called by the filter; and of what format the
 * other one becomes. The first name that the format begins with counts. */
static const struct {
    const char *name, *overlay, *other;
} formats[] = {
    {"yuv420p10", "yuv420p10", "yuva420p10le"},
    {"yuv422p10", "yuv422p10", "yuva422p10le"},
    {"yuv444p1", "yuv422p10", "yuva422p10le"},
    {"yuv420p1", "yuv420p10", "yuva420p10le"},
    {"yuv422p1", "yuv422p10", "yuva422p10le"},
    {"p01", "yuv420p10", "yuva420p10le"},
    {"yuv422", "yuv422", "yuva422p"},
    {"yuva422", "yuv422", "yuva422p"},
    {"yuyv422", "yuv422", "yuva422p"},
    {"uyvy422", "yuv422", "yuva422p"},
    {"yuvj422", "yuv422", "yuva422p"},
    {"yuv444", "yuv444", "yuva444p"},
    {"yuva444", "yuv444", "yuva444p"},
    {"yuvj444", "yuv444", "yuva444p"},
    {"gbr", "gbrp", "gbrap"},
    {"rgb", "rgb", "rgba"},
    {"bgr", "rgb", "rgba"},
    {"argb", "rgb", "rgba"},
    {"abgr", "rgb", "rgba"},
    {"0rgb", "rgb", "rgba"},
    {"0bgr", "rgb", "rgba"},
    {"", "yuv420", "yuva420p"},
};

static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    (void)forms;
    const struct overlay_options *asked = values;
    size_t format = 0;
    while (strncmp(videos[MAIN].format, formats[format].name, strlen(formats[format].name)) != 0)
        format++;
    vf_text_print(text, "[in1]null");
    if (asked->width > 0 || asked->height > 0)
        vf_text_print(text, ",scale=%d:%d", asked->width, asked->height);
    if (asked->opacity < 1) {
        vf_text_print(text, ",format=%s,lut=c3=val*", formats[format].other);
        vf_text_print_real(text, asked->opacity);
    }
    vf_text_print(text, "[picture];[in0][picture]overlay=x='%s':y='%s':format=%s", asked->x,
                  asked->y, formats[format].overlay);
    if (asked->at || asked->until)
        vf_text_print(text, ":enable='gte(t,%" PRId64 "/1e9)", asked->at);
    if (asked->until)
        vf_text_print(text, "*lt(t,%" PRId64 "/1e9)", asked->until);
    if (asked->at || asked->until)
        vf_text_print(text, "'");
}

/* What would end the formula, or the filter. */
static bool is_formula(const char *text)
{
    return text[0] && !strpbrk(text, "'\\:;[]=");
}

static int check_formulas(const struct overlay_options *asked, char *problem, size_t problem_size)
{
    const struct vf_video videos[2] = {{.format = "yuv420p"}};
    struct vf_filter_nature nature;
    struct vf_filter_problem found;
    struct vf_text text = {0};
    compose(asked, NULL, videos, &text);
    int err = text.bytes && !text.failed
                  ? vf_filter_look(text.bytes, VF_FILTER_PICTURES, &nature, &found)
                  : -ENOMEM;
    vf_text_finish(&text);
    if (err == -EINVAL)
        snprintf(problem, problem_size, "x or y: %s; they may have W, H, w, h, t and n in them",
                 found.text);
    return err;
}

static int overlay_check(const void *values, char *problem, size_t problem_size)
{
    const struct overlay_options *asked = values;
    if (!is_formula(asked->x) || !is_formula(asked->y))
        snprintf(problem, problem_size, "%s is \"%s\"; it is pixels, or a formula such as %s",
                 is_formula(asked->x) ? "y" : "x", is_formula(asked->x) ? asked->y : asked->x,
                 is_formula(asked->x) ? "(H-h)/2" : "W-w-10");
    else if (asked->width == 0 || asked->height == 0)
        snprintf(problem, problem_size, "a side of 0 pixels; -1 keeps the ratio");
    else if (asked->until && asked->until <= asked->at)
        snprintf(problem, problem_size, "until is not after at; until: 0 is for all that follow");
    else
        return check_formulas(asked, problem, problem_size);
    return -EINVAL;
}

static struct vf_filter_plan plan_of(const void *asked, unsigned threads)
{
    return (struct vf_filter_plan){.compose = compose,
                                   .options = asked,
                                   .input_count = 2,
                                   .output_count = 1,
                                   .is_led = true,
                                   .threads = threads};
}

static void overlay_forecast(struct vf_foresight *foresight)
{
    const struct vf_filter_plan plan = plan_of(foresight->options, foresight->threads);
    vf_filter_run_foretell(&plan, foresight);
}

static int overlay_open(struct vf_node_run *run)
{
    const struct vf_filter_plan plan = plan_of(run->options, run->threads);
    struct overlay *overlay = run->state;
    return vf_filter_run_create(&overlay->filters, &plan);
}

/* A live picture goes in with the time of the frame that it is laid over, so that the filter never
 * waits for a later one. Without one, the frame is sent as it is. */
static int process_live(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct overlay *overlay = run->state;
    struct vf_message *together[] = {inputs[MAIN], NULL};
    if (!inputs[MAIN])
        return VF_OK;
    if (!inputs[PICTURE])
        return vf_node_passthrough(run, 0, MAIN);
    int err = vf_message_clone(&together[PICTURE], inputs[PICTURE]);
    if (err)
        return err;
    const struct vf_description *frame = &inputs[MAIN]->description;
    together[PICTURE]->description.timestamp = frame->timestamp;
    together[PICTURE]->description.time_base = frame->time_base;
    together[PICTURE]->description.duration = frame->duration;
    err = vf_filter_run_process(overlay->filters, run, together);
    vf_message_destroy(&together[PICTURE]);
    return err;
}

static int overlay_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct overlay *overlay = run->state;
    if (run->may_lack)
        return process_live(run, inputs);
    return vf_filter_run_process(overlay->filters, run, inputs);
}

static int overlay_input_ended(struct vf_node_run *run)
{
    struct overlay *overlay = run->state;
    return vf_filter_run_input_ended(overlay->filters, run);
}

static int overlay_flush(struct vf_node_run *run)
{
    struct overlay *overlay = run->state;
    return vf_filter_run_flush(overlay->filters, run);
}

static void overlay_close(struct vf_node_run *run)
{
    struct overlay *overlay = run->state;
    vf_filter_run_destroy(&overlay->filters);
}

const struct vf_node vf_node_overlay = {
    .name = "overlay",
    .summary = "Overlay pictures on the frames of another input.",
    .related = "tile, mask, draw_text",
    .about =
        "The frame shows through where the picture is transparent. Every frame of the main input "
        "is sent once, with its own size, timestamp and, up to ten bits, format. The pixels are "
        "those of libavfilter's overlay.\n\n"
        "A frame gets the last picture whose timestamp is not later than its own. When there are "
        "no more pictures, the last one stays: a still picture is a source that sends one and "
        "ends. When the main input ends, so does the node. While the other input sends nothing "
        "and has not ended, frames wait for it.\n\n"
        "In realtime mode the inputs are joined by latest: a frame gets the newest picture, "
        "whatever its timestamp, and none waits. Until the first picture comes, frames are sent "
        "without one.\n\n"
        "In x and y, W and H are the size of the frame, w and h that of the picture, t is the "
        "timestamp in seconds and n the number of the frame.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  match: {type: video_reader, path: match.mp4}\n"
               "  face: {type: video_reader, path: face.mp4}\n"
               "  both: {type: overlay, inputs: [match, face], width: 320, x: W-w-16, y: H-h-16}\n"
               "  out: {type: video_writer, inputs: both, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .takes = VF_TAKES_EACH,
    .live_join = VF_LIVE_LED,
    .may_lack = true,
    .is_stateful = true,
    .may_split = true,
    .holds = VF_FILTER_HOLDS,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"},
                       {.name = "picture",
                        .type = VF_PORT_VIDEO,
                        .help = "Pictures to overlay, of any size and format"}),
    .outputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "The frames with the picture on them"}),
    .options_size = sizeof(struct overlay_options),
    .state_size = sizeof(struct overlay),
    .check = overlay_check,
    .forecast = overlay_forecast,
    .open = overlay_open,
    .process = overlay_process,
    .input_ended = overlay_input_ended,
    .flush = overlay_flush,
    .close = overlay_close,
};
