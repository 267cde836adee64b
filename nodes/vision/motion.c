/* SPDX-License-Identifier: MIT */
/* motion - finds what moves before a background that it learns. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/luma.h"
#include "engine/node/node.h"
#include "nodes/vision/background.h"
#include "nodes/vision/episode.h"
#include "nodes/vision/event.h"
#include "nodes/vision/moving_parts.h"
#include "nodes/vision/shapes.h"

#define USUAL_WIDTH 480 /* of the small picture, about */
#define MOST_DIVISOR 64

enum { BOXES, STATE, EVENTS, MASK }; /* outputs */

struct motion_options {
    double scale, threshold, least, deviations, light;
    int begin, end, history, clean, gap;
    bool has_shadows;
    char *zones, *camera;
};

struct motion {
    struct vf_luma luma;
    struct vf_background background;
    struct vf_moving_parts parts;
    struct vf_shape_list zones;
    uint8_t *area;      /* 1 for each pixel of the small picture that is in a zone; NULL: all are */
    size_t area_pixels; /* of it */
    uint64_t source;
    int width, height;        /* of the frames that `area` is for */
    double share, most_share; /* that moves, in percent; the most since motion has begun */
    bool is_learning;
    struct vf_episode episode;
};

static const struct vf_shape_kind zone_kind = {
    .option = "zones",
    .article_name = "a zone",
    .least = 3,
    .example = "[[x, y], [x, y], [x, y]], its corners",
};

static const struct vf_option options[] = {
    {"threshold", "Share of the picture that has to move",
     VF_NUMBER(struct motion_options, threshold), .fallback = "0.2", VF_RANGE(0, 100),
     .unit = "percent"},
    {"begin", "Frames in a row with so much motion that begin it",
     VF_INTEGER(struct motion_options, begin), .fallback = "3", VF_RANGE(1, 100000),
     .unit = "frames"},
    {"end", "Frames in a row with less that end it", VF_INTEGER(struct motion_options, end),
     .fallback = "10", VF_RANGE(1, 100000), .unit = "frames"},
    {"least", "Share of the picture that a box has at least; what is smaller is not told",
     VF_NUMBER(struct motion_options, least), .fallback = "0.02", VF_RANGE(0, 100),
     .unit = "percent"},
    {"scale", "Size in which frames are looked at, as a share of theirs; 0: about 480 pixels wide",
     VF_NUMBER(struct motion_options, scale), .fallback = "0", VF_RANGE(0, 1)},
    {"history", "Frames that the background is made of", VF_INTEGER(struct motion_options, history),
     .fallback = "500", VF_RANGE(2, 1000000), .unit = "frames"},
    {"deviations", "Standard deviations from the background from which a pixel moves",
     VF_NUMBER(struct motion_options, deviations), .fallback = "4", VF_RANGE(1, 100)},
    {"shadows", "Shadows move, too", VF_BOOLEAN(struct motion_options, has_shadows),
     .fallback = "false"},
    {"light",
     "Share of the picture that, when it changes at once, is another light or another view, "
     "and no motion",
     VF_NUMBER(struct motion_options, light), .fallback = "50", VF_RANGE(0, 100),
     .unit = "percent"},
    {"clean", "Radius of specks that are taken for noise, in pixels of the small picture",
     VF_INTEGER(struct motion_options, clean), .fallback = "1", VF_RANGE(0, 64), .unit = "pixels"},
    {"gap", "Radius of gaps that are closed, in pixels of the small picture",
     VF_INTEGER(struct motion_options, gap), .fallback = "3", VF_RANGE(0, 64), .unit = "pixels"},
    {"zones",
     "Only what is in these areas counts, by their names, each with its corners in pixels of the "
     "frame: {yard: [[x, y], [x, y], [x, y]]}",
     VF_JSON_OBJECT(struct motion_options, zones), .fallback = "{}"},
    VF_CAMERA_OPTION(struct motion_options, camera),
};

/* Reads the zones, of which there may be none. */
static int read_zones(const struct motion_options *asked, struct vf_shape_list *zones,
                      char *problem, size_t size)
{
    if (strcmp(asked->zones, "{}") == 0)
        return VF_OK;
    return vf_shapes_parse(zones, asked->zones, &zone_kind, problem, size);
}

static int motion_check(const void *values, char *problem, size_t size)
{
    struct vf_shape_list zones = {0};
    int err = read_zones(values, &zones, problem, size);
    vf_shapes_finish(&zones);
    return err;
}

static int divisor_for(const struct motion_options *asked, int width)
{
    double divisor = asked->scale > 0 ? 1 / asked->scale : (double)width / USUAL_WIDTH;
    return (int)lrint(fmin(fmax(divisor, 1), MOST_DIVISOR));
}

static void motion_forecast(struct vf_foresight *foresight)
{
    const struct vf_video *video = &foresight->inputs[0].video;
    if (!foresight->inputs[0].is_known || video->width <= 0 || video->height <= 0)
        return;
    int divisor = divisor_for(foresight->options, video->width);
    int width = video->width / divisor, height = video->height / divisor;
    if (width > 0 && height > 0)
        vf_picture_foretell(&foresight->outputs[MASK], vf_picture_format("gray"), width, height,
                            video->frame_rate);
}

static int motion_open(struct vf_node_run *run)
{
    const struct motion_options *asked = run->options;
    struct motion *motion = run->state;
    char problem[256] = "";
    motion->background.deviations = asked->deviations;
    motion->background.history = asked->history;
    motion->episode = (struct vf_episode){.what = "motion",
                                          .camera = asked->camera,
                                          .port = EVENTS,
                                          .begin = {asked->begin, 0},
                                          .end = {asked->end, 0}};
    int err = read_zones(asked, &motion->zones, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    return err;
}

static bool is_in_a_zone(const struct motion *motion, int x, int y)
{
    const double middle[2] = {(x + 0.5) * motion->luma.divisor, (y + 0.5) * motion->luma.divisor};
    bool is_in = false;
    for (size_t i = 0; i < motion->zones.count; i++)
        is_in |= vf_shape_depth(&motion->zones.items[i], middle) >= 0;
    return is_in;
}

/* Draws the zones in the small picture, when frames have another size than those before. */
static int draw_area(struct motion *motion, const struct vf_video *video)
{
    int width = motion->luma.width, height = motion->luma.height;
    size_t pixels = (size_t)width * (size_t)height;
    if (motion->width == video->width && motion->height == video->height)
        return VF_OK;
    motion->width = video->width;
    motion->height = video->height;
    motion->area_pixels = pixels;
    if (!motion->zones.count)
        return VF_OK;
    free(motion->area);
    motion->area = malloc(pixels);
    if (!motion->area)
        return -ENOMEM;
    motion->area_pixels = 0;
    for (size_t i = 0; i < pixels; i++) {
        motion->area[i] = is_in_a_zone(motion, (int)(i % (size_t)width), (int)(i / (size_t)width));
        motion->area_pixels += motion->area[i];
    }
    if (motion->area_pixels)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "zones: nothing of them is in the frames, which are %dx%d", video->width,
           video->height);
    return -EINVAL;
}

/* Leaves what moves in the zones. */
static void keep_zones(struct motion *motion)
{
    size_t pixels = (size_t)motion->luma.width * (size_t)motion->luma.height;
    for (size_t i = 0; motion->area && i < pixels; i++)
        motion->background.moving[i] &= motion->area[i];
}

/* How much of the area moves, in percent. */
static double share_of(const struct motion *motion)
{
    size_t pixels = (size_t)motion->luma.width * (size_t)motion->luma.height, moving = 0;
    for (size_t i = 0; i < pixels; i++)
        moving += motion->background.moving[i];
    return 100 * (double)moving / (double)motion->area_pixels;
}

/* Learns a frame. When everything changes at once, it is the new background. */
static int learn(struct motion *motion, const struct motion_options *asked)
{
    const struct vf_luma *luma = &motion->luma;
    struct vf_background *background = &motion->background;
    int err = vf_background_learn(background, luma->samples, luma->width, luma->height);
    motion->is_learning = background->seen <= 1;
    if (!err)
        keep_zones(motion);
    if (err || motion->is_learning || share_of(motion) <= asked->light)
        return err;
    vf_background_forget(background);
    motion->is_learning = true;
    return vf_background_learn(background, luma->samples, luma->width, luma->height);
}

static int look(struct motion *motion, const struct motion_options *asked)
{
    const struct vf_luma *luma = &motion->luma;
    uint8_t *moving = motion->background.moving;
    size_t pixels = (size_t)luma->width * (size_t)luma->height;
    if (!asked->has_shadows)
        vf_background_drop_shadows(&motion->background, luma->samples);
    int err = vf_moving_parts_clean(&motion->parts, moving, luma->width, luma->height, asked->clean,
                                    asked->gap);
    if (!err)
        err = vf_moving_parts_find(&motion->parts, moving, luma->width, luma->height,
                                   (size_t)ceil(asked->least / 100 * (double)pixels));
    motion->share = share_of(motion);
    return err;
}

static json_t *tell_share(double share)
{
    return json_pack("{s:f}", "share", round(share * 1000) / 1000);
}

/* Says whether motion begins or ends. A frame in which everything changes says neither. */
static int judge(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct motion_options *asked = run->options;
    struct motion *motion = run->state;
    bool moves = motion->share >= asked->threshold && motion->share > 0;
    enum vf_turn turn;
    if (motion->is_learning)
        return VF_OK;
    int err = vf_episode_take(&motion->episode, moves, frame, &turn);
    if (err)
        return err;
    if (turn == VF_TURN_BEGINS || motion->share > motion->most_share)
        motion->most_share = motion->share;
    return vf_episode_tell(&motion->episode, turn, run, tell_share(motion->most_share), frame);
}

/* In pixels of the frame, of which those that are less than one of the small picture belong to the
 * last. */
static void write_row(const struct motion *motion, const struct vf_moving_part *part,
                      const struct vf_video *video, uint8_t *bytes)
{
    int divisor = motion->luma.divisor;
    bool is_last_column = part->xmax == motion->luma.width;
    bool is_last_row = part->ymax == motion->luma.height;
    double area = (double)(part->ymax - part->ymin) * (part->xmax - part->xmin);
    const double row[6] = {part->ymin * divisor,
                           part->xmin * divisor,
                           is_last_row ? video->height : part->ymax * divisor,
                           is_last_column ? video->width : part->xmax * divisor,
                           0,
                           0.5 + 0.5 * (double)part->pixels / area};
    memcpy(bytes, row, sizeof(row));
}

static int emit_boxes(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct motion *motion = run->state;
    size_t count = motion->parts.count, row = 6 * sizeof(double);
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    int err = count ? vf_node_allocate(run, count * row, &payload) : VF_OK;
    for (size_t i = 0; i < count && !err; i++)
        write_row(motion, &motion->parts.items[i], &frame->description.video,
                  payload->data + i * row);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array =
            (struct vf_array){.dtype = "<f8", .dimensions = 2, .shape = {count, 6}};
        vf_message_follow(message, frame);
    }
    return vf_node_emit_made(run, BOXES, err, &message);
}

static int emit_state(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct motion *motion = run->state;
    struct vf_message *message = NULL;
    json_t *state = json_pack("{s:b, s:f, s:i, s:b}", "is_moving", motion->episode.is_on, "share",
                              round(motion->share * 1000) / 1000, "boxes", (int)motion->parts.count,
                              "is_learning", motion->is_learning);
    char *text = json_dumps(state, JSON_REAL_PRECISION(9));
    json_decref(state);
    int err = text ? vf_message_create_json(&message, text, strlen(text)) : -ENOMEM;
    free(text);
    if (!err)
        vf_message_follow(message, frame);
    return vf_node_emit_made(run, STATE, err, &message);
}

static int emit_mask(struct vf_node_run *run, const struct vf_message *frame)
{
    struct motion *motion = run->state;
    struct vf_message *picture = NULL;
    size_t pixels = (size_t)motion->luma.width * (size_t)motion->luma.height;
    for (size_t i = 0; i < pixels; i++)
        motion->background.moving[i] = motion->background.moving[i] ? 255 : 0;
    int made = vf_luma_picture(run, motion->background.moving, motion->luma.width,
                               motion->luma.height, frame, &picture);
    return vf_node_emit_made(run, MASK, made, &picture);
}

static int motion_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct motion_options *asked = run->options;
    const struct vf_description *frame = &inputs[0]->description;
    struct motion *motion = run->state;
    if (frame->source_id != motion->source)
        vf_background_forget(&motion->background);
    motion->source = frame->source_id;
    int err = vf_luma_read(&motion->luma, inputs[0], divisor_for(asked, frame->video.width));
    if (!err)
        err = draw_area(motion, &frame->video);
    if (!err)
        err = learn(motion, asked);
    if (!err)
        err = look(motion, asked);
    if (!err)
        err = judge(run, inputs[0]);
    if (!err && vf_node_is_read(run, BOXES))
        err = emit_boxes(run, inputs[0]);
    if (!err && vf_node_is_read(run, STATE))
        err = emit_state(run, inputs[0]);
    if (!err && vf_node_is_read(run, MASK))
        err = emit_mask(run, inputs[0]);
    return err;
}

static int motion_flush(struct vf_node_run *run)
{
    struct motion *motion = run->state;
    return vf_episode_end(&motion->episode, run, tell_share(motion->most_share));
}

static void motion_close(struct vf_node_run *run)
{
    struct motion *motion = run->state;
    vf_episode_finish(&motion->episode);
    vf_shapes_finish(&motion->zones);
    free(motion->area);
    vf_luma_finish(&motion->luma);
    vf_background_finish(&motion->background);
    vf_moving_parts_finish(&motion->parts);
}

const struct vf_node vf_node_motion = {
    .name = "motion",
    .summary = "Find what moves in the picture of a camera that stands still.",
    .about =
        "The background is learned from the frames, pixel by pixel, and what differs from it "
        "moves: that is cleaned of specks, gaps are closed, and each part gets a box. An object "
        "that stops becomes background after about a tenth of history. Leaves that sway, water and "
        "noise are background, too, once they have been seen for a while.\n\n"
        "When everything becomes brighter or darker, the background does so at once. When more "
        "than light of the picture changes from one frame to the next, because somebody has "
        "switched the light on or turned the camera, that frame is the new background: nothing "
        "moves in it, and the state stays as it was. The first frame of another file is a new "
        "background, too.\n\n"
        "A shadow is where the background still shows through, evenly darker. Of an object that is "
        "darker than an even ground and is even itself, only the outline can be told from one: "
        "with "
        "shadows: true, all of it moves.\n\n"
        "Frames are looked at in a smaller size, and by their luma alone, of 8 to 16 bits: formats "
        "without a luma plane, such as RGB, are converted first, which takes longer. The size of a "
        "box is a multiple of the pixels of the small picture. With zones, all shares are of their "
        "area; for other shapes, put a mask node before.\n\n"
        "The method is the Gaussian mixture of Z. Zivkovic (2004, 2006), which OpenCV calls MOG2, "
        "on gray pictures; shadows are told as J. Jacques, C. Jung and S. Musse do (2005).",
    .related = "track, draw_boxes, blur_boxes, mask, crop",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  found: {type: motion, inputs: reader, threshold: 0.5}\n"
               "  marked: {type: draw_boxes, inputs: {video: reader, boxes: found}}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n"
               "  table: {type: file_append, inputs: found.state, path: motion.jsonl}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_PORTS(
        {.name = "boxes",
         .type = VF_PORT_ARRAY,
         .help = "An array of n x 6: ymin, xmin, ymax, xmax, the class 0, and a score from 0.5 to "
                 "1: the more of the box moves, the higher"},
        {.name = "state",
         .type = VF_PORT_VALUE,
         .help = "Of each frame is_moving, share (of the picture that moves, in percent), boxes "
                 "(how many) and is_learning: it is a new background"},
        {.name = "events",
         .type = VF_PORT_VALUE,
         .help = "A message when motion begins, and one when it ends: vflow-events(7)",
         .may_split = true},
        {.name = "mask",
         .type = VF_PORT_VIDEO,
         .help = "What moves, white on black, in the small size"}),
    .options_size = sizeof(struct motion_options),
    .state_size = sizeof(struct motion),
    .forecast = motion_forecast,
    .check = motion_check,
    .open = motion_open,
    .process = motion_process,
    .flush = motion_flush,
    .close = motion_close,
};
