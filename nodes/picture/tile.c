/* SPDX-License-Identifier: MIT */
/* tile - puts several pictures into one, side by side. */
#include <errno.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/picture/mosaic.h"
#include "engine/node/node.h"

struct tile_options {
    int columns, rows, frames, width, height, gap, margin;
    struct vf_colour colour;
    enum vf_scaler_filter filter;
};

struct tile {
    struct vf_mosaic *mosaic;
    int count;                    /* cells of the sheet that are filled */
    struct vf_description latest; /* of the last frame in it */
    struct vf_description first;  /* of the first one */
};

static const struct vf_option options[] = {
    {"columns", "Cells in a row; 0: about a square", VF_INTEGER(struct tile_options, columns),
     .fallback = "0", VF_RANGE(0, 64), .is_main = true},
    {"rows", "Rows of cells; 0: as many as needed", VF_INTEGER(struct tile_options, rows),
     .fallback = "0", VF_RANGE(0, 64)},
    {"frames", "Consecutive frames of one input in a sheet; 0: one cell for each input",
     VF_INTEGER(struct tile_options, frames), .fallback = "0", VF_RANGE(0, 4096)},
    {"width", "Width of a cell; -1: from its height and the first frame",
     VF_INTEGER(struct tile_options, width), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels"},
    {"height", "Height of a cell; -1: from its width and the first frame",
     VF_INTEGER(struct tile_options, height), .fallback = "-1", VF_RANGE(-1, 16384),
     .unit = "pixels"},
    {"gap", "Space between cells", VF_INTEGER(struct tile_options, gap), .fallback = "0",
     VF_RANGE(0, 4096), .unit = "pixels"},
    {"margin", "Space around all cells", VF_INTEGER(struct tile_options, margin), .fallback = "0",
     VF_RANGE(0, 4096), .unit = "pixels"},
    {"colour", "Colour of the background", VF_COLOUR(struct tile_options, colour),
     .fallback = "black"},
    {"filter", "Scaling algorithm",
     VF_CHOICE(struct tile_options, filter, {"bicubic", VF_SCALER_BICUBIC, "Good for most uses"},
               {"bilinear", VF_SCALER_BILINEAR, "Faster and softer"},
               {"area", VF_SCALER_AREA, "Average of all pixels, for much smaller pictures"},
               {"lanczos", VF_SCALER_LANCZOS, "Sharp, for final output"}),
     .fallback = "bicubic"},
};

static unsigned side_of_square(unsigned cells)
{
    unsigned side = 1;
    while (side * side < cells)
        side++;
    return side;
}

/* Returns false where the grid that is asked for has too few cells. */
static bool plan_of(const struct tile_options *asked, unsigned cells, struct vf_mosaic_plan *plan)
{
    unsigned columns = (unsigned)asked->columns, rows = (unsigned)asked->rows;
    if (!columns && rows)
        columns = (cells + rows - 1) / rows;
    else if (!columns)
        columns = side_of_square(cells);
    if (!rows)
        rows = (cells + columns - 1) / columns;
    *plan = (struct vf_mosaic_plan){.columns = columns,
                                    .rows = rows,
                                    .width = asked->width,
                                    .height = asked->height,
                                    .gap = asked->gap,
                                    .margin = asked->margin,
                                    .colour = asked->colour,
                                    .filter = asked->filter};
    return columns * rows >= cells;
}

static int tile_check(const void *values, char *problem, size_t problem_size)
{
    const struct tile_options *asked = values;
    struct vf_mosaic_plan plan;
    if (asked->width == 0 || asked->height == 0)
        snprintf(problem, problem_size, "a side of 0 pixels; -1 keeps the ratio");
    else if (asked->frames && !plan_of(asked, (unsigned)asked->frames, &plan))
        snprintf(problem, problem_size,
                 "%d frames do not fit into %u columns and %u rows; leave rows out", asked->frames,
                 plan.columns, plan.rows);
    else
        return VF_OK;
    return -EINVAL;
}

static void tile_forecast(struct vf_foresight *foresight)
{
    const struct tile_options *asked = foresight->options;
    unsigned cells = asked->frames ? (unsigned)asked->frames : foresight->input_count;
    struct vf_mosaic_plan plan;
    if (plan_of(asked, cells, &plan))
        vf_mosaic_foretell(&plan, &foresight->inputs[0], &foresight->outputs[0]);
}

static int tile_open(struct vf_node_run *run)
{
    const struct tile_options *asked = run->options;
    struct tile *tile = run->state;
    unsigned cells = asked->frames ? (unsigned)asked->frames : run->input_count;
    struct vf_mosaic_plan plan;
    if (plan_of(asked, cells, &plan))
        return vf_mosaic_create(&tile->mosaic, &plan);
    vf_log(VF_LOG_ERROR, "%u inputs do not fit into %u columns and %u rows; leave rows out", cells,
           plan.columns, plan.rows);
    return -EINVAL;
}

/* Lends the first frame that is there; NULL: none is. */
static const struct vf_message *first_there(const struct vf_node_run *run,
                                            struct vf_message *const *frames)
{
    for (unsigned i = 0; i < run->input_count; i++) {
        if (frames[i])
            return frames[i];
    }
    return NULL;
}

/* The time is that of the first frame, or else what the task knows of it. */
static void set_time(struct vf_message *picture, const struct vf_message *first)
{
    if (first)
        vf_message_follow(picture, first);
    else
        picture->description.time_base = (struct vf_rational){0, 1};
}

/* One frame of each input makes a picture. Where inputs may be absent, it stays as the first one
 * was, whoever comes and goes. */
static int lay_side_by_side(struct vf_node_run *run, struct vf_message *const *frames)
{
    struct tile *tile = run->state;
    struct vf_message *picture = NULL;
    const struct vf_message *first = first_there(run, frames);
    bool stays = run->may_lack && vf_mosaic_has_form(tile->mosaic);
    if (!first && !stays)
        return VF_OK;
    int err = vf_mosaic_begin(tile->mosaic, run, stays ? NULL : first);
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (frames[i])
            err = vf_mosaic_put(tile->mosaic, i, frames[i]);
        else
            err = vf_mosaic_name(tile->mosaic, i, run->input_names[i]);
    }
    if (!err)
        err = vf_mosaic_finish(tile->mosaic, run, &picture);
    if (!err)
        set_time(picture, first);
    return vf_node_emit_made(run, 0, err, &picture);
}

/* The sheet has the timestamp of its first frame, and lasts up to the end of the last. */
static int emit_sheet(struct vf_node_run *run, bool is_flushing)
{
    const struct tile_options *asked = run->options;
    struct tile *tile = run->state;
    struct vf_message *sheet = NULL;
    int err = vf_mosaic_finish(tile->mosaic, run, &sheet);
    tile->count = 0;
    if (!err) {
        struct vf_description *description = &sheet->description;
        const struct vf_description *first = &tile->first, *latest = &tile->latest;
        if (first->timestamp != VF_NO_TIMESTAMP && latest->timestamp != VF_NO_TIMESTAMP)
            description->duration = latest->timestamp + latest->duration - first->timestamp;
        vf_message_copy_source(description, first);
    }
    if (!err)
        sheet->description.video.frame_rate.den *= asked->frames;
    if (!err && is_flushing) { /* the number of the last frame has passed */
        sheet->description.origin = tile->latest.origin;
        sheet->description.origin.number++;
        sheet->description.event_time_ns = tile->latest.event_time_ns;
    }
    return vf_node_emit_made(run, 0, err, &sheet);
}

static int add_to_sheet(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct tile_options *asked = run->options;
    struct tile *tile = run->state;
    int err = VF_OK;
    if (!vf_mosaic_is_begun(tile->mosaic)) {
        err = vf_mosaic_begin(tile->mosaic, run, frame);
        tile->first = frame->description;
    }
    if (err == VF_DROPPED)
        return vf_node_drop(run, 0);
    if (!err)
        err = vf_mosaic_put(tile->mosaic, (unsigned)tile->count, frame);
    if (err)
        return err;
    tile->latest = frame->description;
    return ++tile->count == asked->frames ? emit_sheet(run, false) : VF_OK;
}

static int tile_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    const struct tile_options *asked = run->options;
    return asked->frames ? add_to_sheet(run, frames[0]) : lay_side_by_side(run, frames);
}

static int tile_flush(struct vf_node_run *run)
{
    const struct tile *tile = run->state;
    int err = tile->count ? emit_sheet(run, true) : VF_OK;
    return err == VF_END ? VF_OK : err;
}

static void tile_close(struct vf_node_run *run)
{
    struct tile *tile = run->state;
    vf_mosaic_destroy(&tile->mosaic);
}

/* A sheet is kept while it is filled, of one input alone. */
static void tile_adapt(const void *values, struct vf_node *copy)
{
    static const struct vf_port input = {
        .name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size and format"};
    const struct tile_options *asked = values;
    if (!asked->frames)
        return;
    copy->is_stateful = true;
    copy->keeps = 1;
    copy->inputs = (struct vf_port_list){&input, 1};
}

const struct vf_node vf_node_tile = {
    .name = "tile",
    .summary = "Arrange several pictures side by side in one.",
    .related = "overlay, joiner",
    .about =
        "With several inputs, one frame of each makes a picture, row by row, in the order of the "
        "inputs. The picture has the format and the timestamp of the first frame, whose size is "
        "the size of a cell. A frame of another size is scaled, keeps its aspect ratio, and is "
        "centred in its cell.\n\n"
        "join decides which frames belong together. In batch mode, different sources are joined by "
        "order, and the first that ends, ends the node. For videos of different rates, "
        "join: {by: time, missing: last} keeps showing the last frame of an input that is "
        "silent or has ended, for as long as the first input continues.\n\n"
        "In realtime mode, different sources are joined by latest: a wall of cameras. Pictures "
        "come at a constant rate, that of the first input if it is known before the start, "
        "otherwise 25 a second, or as join: {by: latest, rate: 10} says; each shows the newest "
        "frame of every input, and waits for none. A cell whose input has sent nothing yet, has "
        "ended, or has been silent for gone_after, shows the name of the input in white on black; "
        "with missing: last, the last frame stays, and so does a single picture, such as a logo. "
        "The first picture decides size and format, and "
        "the node ends with the last input.\n\n"
        "With one input and frames: 20, twenty consecutive frames make a contact sheet; the last "
        "sheet may be partly filled. Put the node every before it to choose the frames.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  few: {type: every, inputs: reader, fps: 0.1}\n"
               "  sheet: {type: tile, inputs: few, frames: 20, columns: 4, width: 320, gap: 8}\n"
               "  out: {type: image_writer, inputs: sheet, path: sheet.jpg}\n",
    .kind = VF_PROCESSOR,
    .live_join = VF_LIVE_TICKS,
    .may_lack = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video",
                        .type = VF_PORT_VIDEO,
                        .help = "Frames of any size and format",
                        .is_repeated = true}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The combined pictures"}),
    .options_size = sizeof(struct tile_options),
    .state_size = sizeof(struct tile),
    .check = tile_check,
    .adapt = tile_adapt,
    .forecast = tile_forecast,
    .open = tile_open,
    .process = tile_process,
    .flush = tile_flush,
    .close = tile_close,
};
