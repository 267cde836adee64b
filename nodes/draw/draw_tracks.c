/* SPDX-License-Identifier: MIT */
/* draw_tracks - draws a box around each tracked object, and where it came from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/label.h"
#include "nodes/draw/tails.h"

#define LABEL_SIZE 64
#define LARGEST_ID 1e15

struct draw_tracks_options {
    struct vf_option_texts colours;
    char *font;
    int thickness, tail, text_size;
    bool show_id;
};

struct draw_tracks {
    const struct draw_tracks_options *asked;
    struct vf_box_source source;
    struct vf_tails tails;
    struct vf_coverage line;
    struct vf_colour *colours;
    struct vf_label label;
};

static const struct vf_option options[] = {
    {"tail", "Draw a line through the last N places of an object; 0: none",
     VF_INTEGER(struct draw_tracks_options, tail), .fallback = "30", VF_RANGE(0, VF_TAIL_LONGEST),
     .unit = "frames"},
    {"colours",
     "Colours of the objects by their number, repeated as needed; []: 12 built-in colours",
     VF_TEXT_LIST(struct draw_tracks_options, colours), .fallback = "[]"},
    {"thickness", "Thickness of the lines", VF_INTEGER(struct draw_tracks_options, thickness),
     .fallback = "2", VF_RANGE(1, 1000), .unit = "pixels"},
    {"show_id", "Label each box with the number of its object",
     VF_BOOLEAN(struct draw_tracks_options, show_id), .fallback = "true"},
    {"text_size", "Height of a line of text; 0: 1/40 of the height of the frame, at least 12",
     VF_INTEGER(struct draw_tracks_options, text_size), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "pixels"},
    {"font", "Installed font, such as \"DejaVu Sans:bold\", or a font file",
     VF_TEXT(struct draw_tracks_options, font), .fallback = "sans"},
};

static int draw_tracks_check(const void *values, char *problem, size_t size)
{
    const struct draw_tracks_options *asked = values;
    struct vf_colour *colours = NULL;
    int err = vf_drawing_colours(&asked->colours, &colours, problem, size);
    free(colours);
    if (!err && asked->show_id)
        err = vf_glyphs_check(asked->font, problem, size) ? -EINVAL : VF_OK;
    return err;
}

static void draw_tracks_reach(const void *values, const struct vf_reach *reach)
{
    const struct draw_tracks_options *asked = values;
    vf_label_reach(asked->font, reach);
}

static int draw_tracks_open(struct vf_node_run *run)
{
    const struct draw_tracks_options *asked = run->options;
    struct draw_tracks *drawn = run->state;
    char problem[256] = "";
    drawn->asked = asked;
    drawn->source.columns_least = VF_BOX_TRACK + 1;
    drawn->tails.length = (size_t)asked->tail;
    int err = vf_drawing_colours(&asked->colours, &drawn->colours, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err && asked->show_id)
        err = vf_label_open(&drawn->label, asked->font);
    return err;
}

static int64_t id_of(const struct vf_box *box)
{
    double id = box->at[VF_BOX_TRACK];
    return id > -LARGEST_ID && id < LARGEST_ID ? (int64_t)id : 0;
}

static struct vf_colour colour_of(const struct draw_tracks *drawn, int64_t id)
{
    int64_t count = (int64_t)drawn->asked->colours.count;
    if (!count)
        return vf_drawing_colour(id);
    return drawn->colours[(id % count + count) % count];
}

static int draw_tail(struct draw_tracks *drawn, struct vf_canvas *canvas,
                     const struct vf_tail *tail)
{
    const struct vf_colour colour = colour_of(drawn, tail->id);
    double thickness = drawn->asked->thickness;
    const struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    const struct vf_rectangle place = vf_tail_place(tail, thickness, &bounds);
    int err = vf_coverage_clear(&drawn->line, &place);
    if (err)
        return err;
    for (size_t i = 1; i < tail->count; i++)
        vf_coverage_add_line(&drawn->line, tail->points[i - 1].at, tail->points[i].at, thickness);
    vf_canvas_draw(canvas, &drawn->line, &colour);
    return VF_OK;
}

static int draw_track(struct draw_tracks *drawn, struct vf_canvas *canvas, const struct vf_box *box)
{
    const struct vf_rectangle place = vf_box_rectangle(box);
    int64_t id = id_of(box);
    const struct vf_colour colour = colour_of(drawn, id);
    char label[LABEL_SIZE];
    vf_canvas_outline(canvas, &place, drawn->asked->thickness, &colour);
    if (!drawn->asked->show_id)
        return VF_OK;
    snprintf(label, sizeof(label), "%lld", (long long)id);
    return vf_label_write_on_box(&drawn->label, canvas, label, &place, &colour);
}

static int draw_all(struct vf_canvas *canvas, void *drawing)
{
    struct draw_tracks *drawn = drawing;
    const struct vf_box_list *boxes = &drawn->source.boxes;
    int err = VF_OK;
    if (drawn->asked->show_id)
        err = vf_label_set_size(&drawn->label, drawn->asked->text_size, canvas);
    for (size_t i = 0; i < drawn->tails.count && !err; i++)
        err = draw_tail(drawn, canvas, &drawn->tails.items[i]);
    for (size_t i = 0; i < boxes->count && !err; i++)
        err = draw_track(drawn, canvas, &boxes->items[i]);
    return err;
}

static int add_places(struct draw_tracks *drawn)
{
    const struct vf_box_list *boxes = &drawn->source.boxes;
    int err = VF_OK;
    vf_tails_advance(&drawn->tails);
    for (size_t i = 0; i < boxes->count && !err; i++) {
        const double *at = boxes->items[i].at;
        const double centre[2] = {(at[VF_BOX_XMIN] + at[VF_BOX_XMAX]) / 2,
                                  (at[VF_BOX_YMIN] + at[VF_BOX_YMAX]) / 2};
        err = vf_tails_add(&drawn->tails, id_of(&boxes->items[i]), centre);
    }
    return err;
}

static int draw_tracks_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct draw_tracks *drawn = run->state;
    int err = vf_box_source_read(&drawn->source, inputs);
    if (!err)
        err = add_places(drawn);
    if (err)
        return err;
    if (drawn->source.boxes.count == 0 && drawn->tails.count == 0)
        return vf_drawing_pass(run);
    return vf_drawing_answer(run, inputs[0], draw_all, drawn);
}

static void draw_tracks_close(struct vf_node_run *run)
{
    struct draw_tracks *drawn = run->state;
    vf_box_source_finish(&drawn->source);
    vf_tails_finish(&drawn->tails);
    vf_coverage_finish(&drawn->line);
    vf_label_finish(&drawn->label);
    free(drawn->colours);
}

const struct vf_node vf_node_draw_tracks = {
    .name = "draw_tracks",
    .summary = "Draw a box around each tracked object, and its path.",
    .related = "track, draw_boxes",
    .about = "Tracks are an array of n x 5 numbers of any type, or a JSON list of such rows: "
             "ymin, xmin, ymax, xmax in pixels, and the number of the object, which selects its "
             "colour. The line connects the centres of the last boxes of the object, and "
             "disappears as the last of them gets too old.\n\n"
             "Frames keep their format, as with draw_boxes. A frame without tracks and lines "
             "passes untouched.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  # A Python program answers each frame with an array of its boxes.\n"
               "  frames: {type: zmq_out, inputs: reader, endpoint: \"tcp://127.0.0.1:6001\"}\n"
               "  tracker: {type: zmq_in, answers: frames, endpoint: \"tcp://127.0.0.1:6000\"}\n"
               "  marked:\n"
               "    type: draw_tracks\n"
               "    inputs: {video: reader, tracks: tracker.array}\n"
               "    tail: 50\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "tracks",
                        .type = VF_PORT_ANY,
                        .help = "The objects in each frame: an array or a JSON list"}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The frames with their tracks; those without pass untouched"}),
    .options_size = sizeof(struct draw_tracks_options),
    .state_size = sizeof(struct draw_tracks),
    .check = draw_tracks_check,
    .reach = draw_tracks_reach,
    .forecast = vf_drawing_forecast,
    .open = draw_tracks_open,
    .process = draw_tracks_process,
    .close = draw_tracks_close,
};
