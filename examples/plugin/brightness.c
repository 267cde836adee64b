/* SPDX-License-Identifier: MIT */
/* brightness - a consumer: writes a line for each picture to a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nodes.h"

struct options {
    char *path;
};

struct state {
    FILE *file;
    uint64_t lines;
};

static const struct vf_option options[] = {
    {"path", "The file", VF_OUTPUT_PATH(struct options, path), .is_main = true},
};

static int fail(const struct options *asked, const char *what)
{
    int err = errno ? -errno : -EIO;
    vf_log(VF_LOG_ERROR, "%s: cannot be %s: %s", asked->path, what, strerror(-err));
    return err;
}

static uint64_t count_lines(FILE *file)
{
    uint64_t lines = 0;
    for (int byte = getc(file); byte != EOF; byte = getc(file))
        lines += byte == '\n';
    return lines;
}

/* A process that takes the place of one that has died goes on at the end of the file. */
static int brightness_open(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    struct state *state = run->state;
    const char *mode = run->is_restarted ? "a+e" : run->must_not_replace ? "wxe" : "we";
    state->file = fopen(asked->path, mode);
    if (!state->file)
        return fail(asked, "opened");
    state->lines = run->is_restarted ? count_lines(state->file) : 0;
    return VF_OK;
}

static double mean(const struct vf_plane *plane, const uint8_t *bytes)
{
    uint64_t sum = 0, count = (uint64_t)plane->rows * plane->row_bytes;
    for (uint32_t y = 0; y < plane->rows; y++) {
        const uint8_t *row = bytes + plane->offset + (size_t)y * plane->stride;
        for (uint32_t x = 0; x < plane->row_bytes; x++)
            sum += row[x];
    }
    return count ? (double)sum / (double)count : 0;
}

static int brightness_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct options *asked = run->options;
    struct state *state = run->state;
    const struct vf_description *description = &inputs[0]->description;
    double value = mean(&description->video.planes[0], inputs[0]->payload->data);
    int written = fprintf(state->file, "%" PRIu64 " %.1f\n", description->origin.number, value);
    /* What has been taken must not be lost with this process: hence flushed. */
    if (written < 0 || fflush(state->file) != 0)
        return fail(asked, "written");
    state->lines++;
    return VF_OK;
}

static int brightness_flush(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    struct state *state = run->state;
    const struct vf_medium medium = {.path = asked->path,
                                     .unit = "lines",
                                     .count = state->lines,
                                     .duration_ns = -1,
                                     .size_bytes = ftell(state->file),
                                     .is_complete = vf_node_has_all(run)};
    vf_node_note_output(run, &medium);
    vf_node_report_output(run, "%s: %" PRIu64 " lines", asked->path, state->lines);
    return VF_OK;
}

static void brightness_close(struct vf_node_run *run)
{
    struct state *state = run->state;
    if (state->file)
        fclose(state->file);
}

const struct vf_node node_brightness = {
    .name = "brightness",
    .summary = "Write the mean of the first plane of each picture to a file.",
    .related = "posterize",
    .example = "vflow: 1\n"
               "plugins: nodes.so\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  means: {type: brightness, inputs: reader, path: means.txt}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* lines have an order */
    .continues = VF_CONTINUES_OUTPUT,
    .options = VF_LIST(options),
    .options_size = sizeof(struct options),
    .state_size = sizeof(struct state),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Pictures of bytes"}),
    .open = brightness_open,
    .consume = brightness_consume,
    .flush = brightness_flush,
    .close = brightness_close,
};
