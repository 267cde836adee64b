/* SPDX-License-Identifier: MIT */
#include "nodes/draw/drawing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/libav/picture.h"

#define PROBLEM_SIZE 512

int vf_box_option_check(const struct vf_option_texts *given, unsigned columns_least, char *problem,
                        size_t problem_size)
{
    struct vf_box_list boxes = {0};
    int err = given->count ? vf_box_list_parse(&boxes, given, columns_least, problem, problem_size)
                           : VF_OK;
    vf_box_list_finish(&boxes);
    return err;
}

int vf_box_source_open(struct vf_box_source *source, const struct vf_node_run *run,
                       const struct vf_option_texts *given, unsigned columns_least)
{
    char problem[PROBLEM_SIZE];
    source->columns_least = columns_least;
    source->is_fixed = given->count > 0;
    if (source->is_fixed == run->is_connected[1]) {
        vf_log(VF_LOG_ERROR, "%s; give one of them",
               source->is_fixed ? "boxes both as an option and as an input"
                                : "no boxes, neither as an option nor as an input");
        return -EINVAL;
    }
    if (!source->is_fixed)
        return VF_OK;
    int err = vf_box_list_parse(&source->boxes, given, columns_least, problem, sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    return err;
}

int vf_box_source_read(struct vf_box_source *source, struct vf_message *const *inputs)
{
    if (source->is_fixed)
        return VF_OK;
    return vf_box_list_read(&source->boxes, inputs[1], source->columns_least);
}

void vf_box_source_finish(struct vf_box_source *source)
{
    vf_box_list_finish(&source->boxes);
}

int vf_drawing_answer(struct vf_node_run *run, const struct vf_message *video,
                      int (*draw)(struct vf_canvas *canvas, void *drawing), void *drawing)
{
    struct vf_canvas canvas;
    int err = vf_canvas_open(&canvas, run, video);
    if (err == VF_DROPPED)
        return vf_node_drop(run, 0);
    if (!err)
        err = draw(&canvas, drawing);
    if (!err)
        err = vf_canvas_emit(&canvas, run, 0, video);
    vf_canvas_finish(&canvas);
    return err;
}

int vf_drawing_pass(struct vf_node_run *run)
{
    return vf_node_passthrough(run, 0, 0);
}

void vf_drawing_forecast(struct vf_foresight *foresight)
{
    const struct vf_forecast *input = &foresight->inputs[0];
    if (!input->is_known)
        return;
    vf_picture_foretell(&foresight->outputs[0], vf_picture_format(input->video.format),
                        input->video.width, input->video.height, input->video.frame_rate);
    foresight->outputs[0].video.sample_aspect_ratio = input->video.sample_aspect_ratio;
}

struct vf_colour vf_drawing_colour(int64_t number)
{
    static const struct vf_colour colours[] = {
        {0xe6, 0x19, 0x4b, 255}, {0x3c, 0xb4, 0x4b, 255}, {0xff, 0xe1, 0x19, 255},
        {0x43, 0x63, 0xd8, 255}, {0xf5, 0x82, 0x31, 255}, {0x91, 0x1e, 0xb4, 255},
        {0x42, 0xd4, 0xf4, 255}, {0xf0, 0x32, 0xe6, 255}, {0xbf, 0xef, 0x45, 255},
        {0xfa, 0xbe, 0xd4, 255}, {0x46, 0x99, 0x90, 255}, {0x9a, 0x63, 0x24, 255},
    };
    const int64_t count = (int64_t)VF_COUNT(colours);
    return colours[((number % count) + count) % count];
}

int vf_drawing_colours(const struct vf_option_texts *texts, struct vf_colour **colours,
                       char *problem, size_t problem_size)
{
    *colours = calloc(texts->count + 1, sizeof(**colours));
    if (!*colours)
        return -ENOMEM;
    for (size_t i = 0; i < texts->count; i++) {
        if (vf_colour_parse(&(*colours)[i], texts->items[i]) == VF_OK)
            continue;
        snprintf(problem, problem_size, "\"%s\" is no colour; one is red, \"#ff8800\" or white@0.5",
                 texts->items[i]);
        free(*colours);
        *colours = NULL;
        return -EINVAL;
    }
    return VF_OK;
}
