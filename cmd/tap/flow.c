/* SPDX-License-Identifier: MIT */
#include "cmd/tap/flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/tap/text.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/load.h"
#include "engine/flow/plan/plan.h"
#include "engine/process/engine.h"
#include "nodes/all_nodes.h"

#define USUAL_COLUMNS 80
#define USUAL_ROWS 24
#define USUAL_RATE 25
#define GRACE_NS (2 * VF_NS_PER_S)
#define HOME "\033[H"
#define PLAIN "\033[0m"

/* What the processes of the flow have from the one that started it. */
static const struct vf_tap_wish *wished;

struct source_options {
    int64_t limit;
};

struct source {
    struct vf_tap_feed feed;
    int64_t count;
};

static int source_open(struct vf_node_run *run)
{
    struct source *source = run->state;
    vf_node_expect_no_end(run);
    vf_node_send_live(run);
    return vf_tap_feed_open(&source->feed, wished);
}

/* Frames follow each other without gaps: those between them that were not seen are not repeated. */
static void retime(struct vf_description *description, int64_t number)
{
    struct vf_rational rate = description->video.frame_rate;
    bool is_known = rate.num > 0 && rate.den > 0;
    description->time_base =
        is_known ? (struct vf_rational){rate.den, rate.num} : (struct vf_rational){1, USUAL_RATE};
    description->timestamp = number;
    description->duration = 1;
}

static int copy(struct vf_node_run *run, const struct vf_tap_view *view, int64_t number,
                struct vf_message **message)
{
    struct vf_payload *payload = NULL;
    size_t size = (size_t)view->description.payload_size;
    int err = vf_node_allocate(run, size, &payload);
    if (err)
        return err;
    memcpy(payload->data, view->bytes, size);
    err = vf_message_create(message, (enum vf_value_type)view->description.type, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    (*message)->description = view->description;
    (*message)->description.origin = (struct vf_origin){0};
    (*message)->description.order = 0;
    retime(&(*message)->description, number);
    return VF_OK;
}

static int source_next(struct vf_node_run *run)
{
    const struct source_options *asked = run->options;
    struct source *source = run->state;
    struct vf_message *message = NULL;
    struct vf_tap_view view;
    if (asked->limit && source->count == asked->limit)
        return VF_END;
    int64_t since_ns = vf_clock_now_ns();
    int err = vf_tap_feed_next(&source->feed, &view);
    vf_node_waited(run, since_ns);
    if (err)
        return err == -EAGAIN ? VF_OK : err;
    bool is_video = view.description.type == VF_VALUE_VIDEO;
    if (is_video)
        err = copy(run, &view, source->count, &message);
    else
        vf_log(VF_LOG_ERROR, "what comes is no video; use -f json or -f raw");
    vf_tap_feed_done(&source->feed, &view);
    source->count += err == VF_OK;
    if (!is_video)
        return -EINVAL;
    return vf_node_emit_made(run, 0, err, &message);
}

static void source_close(struct vf_node_run *run)
{
    struct source *source = run->state;
    vf_tap_feed_close(&source->feed);
}

static const struct vf_option source_options[] = {
    {"limit", "Frames to pass; 0: all", VF_INTEGER64(struct source_options, limit),
     VF_RANGE(0, 1e15), .fallback = "0"},
};
static const struct vf_port source_outputs[] = {
    {.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"}};
static const struct vf_port picture_inputs[] = {
    {.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"}};

static const struct vf_node node_tapped = {
    .name = "tapped",
    .summary = "Look at another run.",
    .kind = VF_PRODUCER,
    .options = VF_LIST(source_options),
    .outputs = VF_LIST(source_outputs),
    .options_size = sizeof(struct source_options),
    .state_size = sizeof(struct source),
    .open = source_open,
    .next = source_next,
    .close = source_close,
};

static int npy_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    return vf_tap_print_npy(&inputs[0]->description, inputs[0]->payload->data);
}

static const struct vf_node node_npy = {
    .name = "tapped_npy",
    .summary = "Write arrays as numpy has them.",
    .kind = VF_CONSUMER,
    .inputs = VF_LIST(picture_inputs),
    .consume = npy_consume,
};

struct show_options {
    bool has_true_colour;
};

static const struct vf_option show_options[] = {
    {"true_colour", "The terminal has 16 million colours",
     VF_BOOLEAN(struct show_options, has_true_colour), .fallback = "true"},
};

/* The nearest of the 6 x 6 x 6 colours that a terminal of 256 has. */
static unsigned nearest_colour(const uint8_t *pixel)
{
    unsigned red = (pixel[0] * 5U + 127) / 255, green = (pixel[1] * 5U + 127) / 255,
             blue = (pixel[2] * 5U + 127) / 255;
    return 16 + 36 * red + 6 * green + blue;
}

/* Draws two pixels, one above the other, as one character. */
static void draw(struct vf_text *screen, const uint8_t *upper, const uint8_t *lower,
                 bool has_true_colour)
{
    if (has_true_colour)
        vf_text_print(screen, "\033[38;2;%u;%u;%u;48;2;%u;%u;%um", upper[0], upper[1], upper[2],
                      lower[0], lower[1], lower[2]);
    else
        vf_text_print(screen, "\033[38;5;%u;48;5;%um", nearest_colour(upper),
                      nearest_colour(lower));
    vf_text_print(screen, "▀");
}

static void terminal_size(int *columns, int *rows)
{
    struct winsize size = {0};
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *columns = is_known ? size.ws_col : USUAL_COLUMNS;
    *rows = is_known ? size.ws_row : USUAL_ROWS;
}

/* What a terminal that has become smaller has no room for is left out. */
static int show_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct show_options *asked = run->options;
    const struct vf_video *video = &inputs[0]->description.video;
    const struct vf_plane *plane = &video->planes[0];
    const uint8_t *bytes = inputs[0]->payload->data + plane->offset;
    struct vf_text screen = {0};
    int columns, rows;
    terminal_size(&columns, &rows);
    vf_text_print(&screen, HOME);
    for (int y = 0; y + 1 < video->height && y / 2 + 1 < rows; y += 2) {
        const uint8_t *upper = bytes + (size_t)y * plane->stride;
        for (int x = 0; x < video->width && x < columns; x++)
            draw(&screen, upper + (size_t)x * 3, upper + plane->stride + (size_t)x * 3,
                 asked->has_true_colour);
        vf_text_print(&screen, PLAIN "\033[K\n");
    }
    int err = screen.failed ? -ENOMEM : vf_write_all(STDOUT_FILENO, screen.bytes, screen.length);
    vf_text_finish(&screen);
    return err;
}

static const struct vf_node node_show = {
    .name = "tapped_show",
    .summary = "Draw pictures on the terminal.",
    .kind = VF_CONSUMER,
    .options = VF_LIST(show_options),
    .inputs = VF_LIST(picture_inputs),
    .options_size = sizeof(struct show_options),
    .consume = show_consume,
};

static const struct vf_node *const own_nodes[] = {&node_tapped, &node_npy, &node_show};

static const struct vf_node *bring(size_t number)
{
    return number < VF_COUNT(own_nodes) ? own_nodes[number]
                                        : vf_node_at(&vf_all_nodes, number - VF_COUNT(own_nodes));
}

/* All nodes, and those of this flow. The names are the caller's to free. */
static int list_nodes(struct vf_node_list *nodes)
{
    size_t count = VF_COUNT(own_nodes) + vf_node_total(&vf_all_nodes);
    const char **names = calloc(count, sizeof(*names));
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        names[i] = i < VF_COUNT(own_nodes)
                       ? own_nodes[i]->name
                       : vf_node_name_at(&vf_all_nodes, i - VF_COUNT(own_nodes));
    *nodes = (struct vf_node_list){.count = count, .names = names, .bring = bring};
    return VF_OK;
}

/* Half a character is one pixel high; the last line is left to the cursor. */
static void describe_show(struct vf_text *flow)
{
    const char *colours = getenv("COLORTERM");
    bool has_true_colour =
        colours && (strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0);
    int columns, rows;
    terminal_size(&columns, &rows);
    vf_text_print(flow,
                  "  small: {type: filter, inputs: tapped, graph: \"scale=w=%d:h=%d:"
                  "force_original_aspect_ratio=decrease:force_divisible_by=2,format=rgb24\"}\n"
                  "  out: {type: tapped_show, inputs: small, true_colour: %s}\n",
                  columns & ~1, (rows > 2 ? rows - 1 : 1) * 2, has_true_colour ? "true" : "false");
}

static char *describe(enum vf_tap_form form, int64_t limit)
{
    struct vf_text flow = {0};
    vf_text_print(&flow, "vflow: 1\nnodes:\n  tapped: {type: tapped, limit: %lld}\n",
                  (long long)limit);
    switch (form) {
    case VF_TAP_Y4M:
        vf_text_print(&flow, "  out: {type: video_writer, inputs: tapped, path: \"-\", format: "
                             "yuv4mpegpipe}\n");
        break;
    case VF_TAP_MJPEG:
        vf_text_print(&flow, "  out: {type: video_writer, inputs: tapped, path: \"-\", format: "
                             "mjpeg, codec: mjpeg}\n");
        break;
    case VF_TAP_NPY:
        vf_text_print(&flow, "  colours: {type: convert, inputs: tapped, format: rgb24}\n"
                             "  out: {type: tapped_npy, inputs: colours}\n");
        break;
    case VF_TAP_SHOW:
    default:
        describe_show(&flow);
        break;
    }
    return vf_text_take(&flow);
}

static enum vf_exit_status run_plan(const struct vf_plan *plan)
{
    struct vf_engine_settings settings = {
        .verbosity = VF_VERBOSITY_ERRORS, .grace_ns = GRACE_NS, .handles_signals = true};
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    if (!err && vf_engine_allocate(engine) == VF_OK)
        err = vf_engine_join(engine, &status);
    if (err)
        vf_log(VF_LOG_ERROR, "the frames cannot be shown: %s", strerror(-err));
    vf_engine_destroy(&engine);
    return status;
}

static enum vf_exit_status run_text(const char *text, const struct vf_node_list *nodes)
{
    static const struct vf_flow_request request = {.file = "tap"};
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow = NULL;
    struct vf_plan *plan = NULL;
    int err = vf_flow_load_text(&request, text, strlen(text), nodes, &diagnostics, &flow);
    vf_diagnostics_print(&diagnostics, stderr);
    if (!err)
        err = vf_plan_create(&plan, flow, nodes);
    enum vf_exit_status status = err ? VF_EXIT_INTERNAL : run_plan(plan);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    return status;
}

enum vf_exit_status vf_tap_flow_run(const struct vf_tap_wish *wish, enum vf_tap_form form,
                                    int64_t limit)
{
    struct vf_node_list nodes = {0};
    char *text = describe(form, limit);
    int err = text ? list_nodes(&nodes) : -ENOMEM;
    wished = wish;
    enum vf_exit_status status = err ? VF_EXIT_INTERNAL : run_text(text, &nodes);
    free((void *)(uintptr_t)nodes.names);
    free(text);
    return status;
}
