/* SPDX-License-Identifier: MIT */
/* crop - cuts parts out of each frame. */
#include <errno.h>
#include <math.h>

#include "engine/base/log.h"
#include "engine/media/picture/crop.h"
#include "engine/node/node.h"
#include "nodes/picture/box_place.h"

#define VIDEO 0
#define BOXES 1

enum outside { OUTSIDE_FAIL, OUTSIDE_CLIP, OUTSIDE_SKIP };

struct crop_options {
    struct vf_option_texts boxes;
    int x, y, width, height;
    enum outside outside;
    bool is_exact;
};

struct crop {
    struct vf_box_list boxes; /* those of the options, or those last received */
};

static const struct vf_option options[] = {
    {"boxes", "Parts to cut out, as [ymin, xmin, ymax, xmax] in pixels; one frame is sent for each",
     VF_TEXT_LIST(struct crop_options, boxes), .fallback = "[]", .unit = "pixels", .is_main = true},
    {"x", "Left edge of a single part; -1: centred", VF_INTEGER(struct crop_options, x),
     .fallback = "-1", VF_RANGE(-1, 65535), .unit = "pixels"},
    {"y", "Top edge of a single part; -1: centred", VF_INTEGER(struct crop_options, y),
     .fallback = "-1", VF_RANGE(-1, 65535), .unit = "pixels"},
    {"width", "Width of a single part; 0: to the edge of the frame",
     VF_INTEGER(struct crop_options, width), .fallback = "0", VF_RANGE(0, 65535), .unit = "pixels"},
    {"height", "Height of a single part; 0: to the edge of the frame",
     VF_INTEGER(struct crop_options, height), .fallback = "0", VF_RANGE(0, 65535),
     .unit = "pixels"},
    {"outside", "What to do with a part that is outside the frame or empty",
     VF_CHOICE(struct crop_options, outside, {"fail", OUTSIDE_FAIL, "Fail"},
               {"clip", OUTSIDE_CLIP, "Cut out whatever lies inside the frame"},
               {"skip", OUTSIDE_SKIP, "Leave it out"}),
     .fallback = "fail"},
    {"exact", "Cut between the samples of subsampled chroma, too",
     VF_BOOLEAN(struct crop_options, is_exact), .fallback = "false"},
};

static bool has_area(const struct crop_options *asked)
{
    return asked->x >= 0 || asked->y >= 0 || asked->width || asked->height;
}

/* Returns whether each frame makes one at most, whatever its input brings. */
static bool is_single(const struct crop_options *asked)
{
    return has_area(asked) || asked->boxes.count == 1 ||
           (asked->boxes.count && asked->boxes.items[0][0] != '[');
}

static bool is_empty(const struct vf_rectangle *area)
{
    return area->width <= 0 || area->height <= 0;
}

static int check_boxes(const struct vf_box_list *boxes, enum outside outside, char *problem,
                       size_t problem_size)
{
    for (size_t i = 0; i < boxes->count && outside == OUTSIDE_FAIL; i++) {
        const struct vf_rectangle area = vf_box_touched(&boxes->items[i], 0);
        if (is_empty(&area)) {
            snprintf(problem, problem_size, "box %zu is empty; leave it out", i);
            return -EINVAL;
        }
        if (area.x < 0 || area.y < 0) {
            snprintf(problem, problem_size,
                     "box %zu begins at %s %d, outside of every frame; set outside: clip", i,
                     area.y < 0 ? "ymin" : "xmin", area.y < 0 ? area.y : area.x);
            return -EINVAL;
        }
    }
    return VF_OK;
}

static int crop_check(const void *values, char *problem, size_t problem_size)
{
    const struct crop_options *asked = values;
    struct vf_box_list boxes = {0};
    if (has_area(asked) && asked->boxes.count) {
        snprintf(problem, problem_size,
                 "both boxes and x, y, width or height; give one or the other");
        return -EINVAL;
    }
    int err = vf_box_list_parse(&boxes, &asked->boxes, 4, problem, problem_size);
    if (!err)
        err = check_boxes(&boxes, asked->outside, problem, problem_size);
    vf_box_list_finish(&boxes);
    return err;
}

/* Returns the area that x, y, width and height ask for. What stands in the middle is rounded
 * before. */
static struct vf_rectangle place_area(const struct crop_options *asked,
                                      const struct vf_video *video)
{
    struct vf_rectangle area = {.x = asked->x < 0 ? 0 : asked->x, .y = asked->y < 0 ? 0 : asked->y};
    area.width = asked->width ? asked->width : video->width - area.x;
    area.height = asked->height ? asked->height : video->height - area.y;
    if (!asked->is_exact)
        vf_crop_round(video, &area);
    if (asked->x < 0)
        area.x = (int)lrint((video->width - area.width) / 2.0);
    if (asked->y < 0)
        area.y = (int)lrint((video->height - area.height) / 2.0);
    return area;
}

/* Returns VF_OK, VF_DROPPED for what is left out, or -EINVAL. */
static int fit_area(const struct crop_options *asked, const struct vf_video *video,
                    struct vf_rectangle *area)
{
    const struct vf_rectangle frame = {.width = video->width, .height = video->height};
    const struct vf_rectangle clipped = vf_rectangle_common(area, &frame);
    bool is_inside = clipped.x == area->x && clipped.y == area->y && clipped.width == area->width &&
                     clipped.height == area->height;
    if (asked->outside == OUTSIDE_FAIL && (!is_inside || is_empty(area)))
        return -EINVAL;
    if (is_empty(&clipped) || (!is_inside && asked->outside == OUTSIDE_SKIP))
        return VF_DROPPED;
    *area = clipped;
    if (!asked->is_exact)
        vf_crop_round(video, area);
    return VF_OK;
}

static void crop_forecast(struct vf_foresight *foresight)
{
    const struct crop_options *asked = foresight->options;
    vf_forecast_forward(foresight);
    struct vf_video *video = &foresight->outputs[0].video;
    if (video->width <= 0 || video->height <= 0)
        return;
    struct vf_rectangle area = {0};
    bool is_known = has_area(asked);
    if (is_known) {
        area = place_area(asked, video);
        is_known = fit_area(asked, video, &area) == VF_OK;
    }
    video->width = is_known ? area.width : 0;
    video->height = is_known ? area.height : 0;
}

static int crop_open(struct vf_node_run *run)
{
    const struct crop_options *asked = run->options;
    struct crop *crop = run->state;
    char problem[256];
    bool is_fixed = has_area(asked) || asked->boxes.count;
    if (is_fixed && run->is_connected[BOXES]) {
        vf_log(VF_LOG_ERROR, "what is cut out is given by options and by the input boxes; take "
                             "one of them away");
        return -EINVAL;
    }
    if (!is_fixed && !run->is_connected[BOXES]) {
        vf_log(VF_LOG_ERROR, "nothing says what is cut out; set width and height, or boxes, or "
                             "connect the input boxes");
        return -EINVAL;
    }
    return vf_box_list_parse(&crop->boxes, &asked->boxes, 4, problem, sizeof(problem));
}

/* Cuts out one part of the frame and sends it. */
static int send_area(struct vf_node_run *run, const struct vf_message *frame,
                     const struct vf_rectangle *area)
{
    const struct vf_video *video = &frame->description.video;
    struct vf_message *part = NULL;
    int err;
    if (area->width == video->width && area->height == video->height) {
        err = vf_node_passthrough(run, 0, VIDEO);
    } else {
        err = vf_crop_apply(run, frame, area, &part);
        if (!err)
            err = vf_node_emit(run, 0, &part);
        vf_message_destroy(&part);
    }
    return err == VF_DROPPED ? VF_OK : err;
}

static int send_boxes(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct crop *crop = run->state;
    const struct vf_video *video = &frame->description.video;
    int err = VF_OK;
    for (size_t i = 0; i < crop->boxes.count && !err; i++) {
        const struct vf_box *box = &crop->boxes.items[i];
        struct vf_rectangle area = vf_box_touched(box, 0);
        int fits = fit_area(run->options, video, &area);
        if (fits == VF_OK)
            err = send_area(run, frame, &area);
        else if (fits < 0)
            err = fits;
        if (fits < 0)
            vf_log(VF_LOG_ERROR,
                   "box %zu, [%g, %g, %g, %g], %s a frame of %dx%d; set outside: clip or skip", i,
                   box->at[VF_BOX_YMIN], box->at[VF_BOX_XMIN], box->at[VF_BOX_YMAX],
                   box->at[VF_BOX_XMAX], is_empty(&area) ? "is empty, in" : "is not within",
                   video->width, video->height);
    }
    return err;
}

static int crop_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct crop_options *asked = run->options;
    struct crop *crop = run->state;
    const struct vf_video *video = &inputs[VIDEO]->description.video;
    if (!has_area(asked)) {
        int err = VF_OK;
        if (run->is_connected[BOXES] && !inputs[BOXES])
            return VF_OK;
        if (run->is_connected[BOXES])
            err = vf_box_list_read(&crop->boxes, inputs[BOXES], 4);
        return err ? err : send_boxes(run, inputs[VIDEO]);
    }
    struct vf_rectangle area = place_area(asked, video);
    int fits = fit_area(asked, video, &area);
    if (fits == VF_OK)
        return send_area(run, inputs[VIDEO], &area);
    if (fits < 0)
        vf_log(VF_LOG_ERROR, "%dx%d at %d, %d is not within a frame of %dx%d; set outside: clip",
               area.width, area.height, area.x, area.y, video->width, video->height);
    return fits < 0 ? fits : VF_OK;
}

static void crop_close(struct vf_node_run *run)
{
    struct crop *crop = run->state;
    vf_box_list_finish(&crop->boxes);
}

static void crop_adapt(const void *values, struct vf_node *copy)
{
    copy->may_split = !is_single(values);
}

const struct vf_node vf_node_crop = {
    .name = "crop",
    .summary = "Cut one or several parts out of every frame.",
    .related = "resize, filter",
    .about =
        "Give one part by x, y, width and height; or several by boxes, as an option or from an "
        "input: then one frame is sent for each box, in their order, and none for a frame without "
        "boxes. A box reaches from the left edge of pixel xmin to the left edge of pixel xmax; "
        "with fractions, all pixels that it touches are cut out.\n\n"
        "Where chroma is subsampled, the left and the top edge move outwards to a whole chroma "
        "sample, and width and height become multiples of one, as with ffmpeg's crop: even "
        "numbers in yuv420p. With exact, luma is cut exactly, and chroma may be off by a "
        "pixel.\n\n"
        "Nothing is copied: a part is a view of its frame, which stays in memory as long as the "
        "part does, and is sent as a whole over TCP.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  plate: {type: crop, inputs: reader, x: 320, y: 180, width: 640, height: 360}\n"
               "  out: {type: video_writer, inputs: plate, path: plate.mp4}\n",
    .kind = VF_PROCESSOR,
    .may_split = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size"},
                       {.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "The parts to cut out of each frame: an array of n x 4 or more "
                                "(ymin, xmin, ymax, xmax), or a list of lists",
                        .is_optional = true}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The parts"}),
    .options_size = sizeof(struct crop_options),
    .state_size = sizeof(struct crop),
    .check = crop_check,
    .adapt = crop_adapt,
    .forecast = crop_forecast,
    .open = crop_open,
    .process = crop_process,
    .close = crop_close,
};
