/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/media/pipe/frame_reader.h"
#include "engine/media/pipe/frame_writer.h"
#include "engine/media/pipe/y4m.h"
#include "nodes/pipe/words.h"

static bool is_of_lines(const char *form)
{
    return strcmp(form, VF_FORM_LINES) == 0;
}

static bool is_raw(const char *form)
{
    return strcmp(form, VF_FORM_RAW) == 0;
}

const char *vf_pipe_output_form(const struct vf_pipe_options *options, const struct vf_map *outputs)
{
    if (!outputs->count)
        return "";
    if (*options->output_form)
        return options->output_form;
    return strcmp(outputs->items[0].text, "value") == 0 ? VF_FORM_LINES : options->form;
}

static bool is_known(const char *form)
{
    return is_of_lines(form) || vf_frame_writer_is(form) || vf_frame_reader_is(form);
}

static void refuse_form(const char *option, const char *form, char *problem, size_t problem_size)
{
    static const char *const usual[] = {VF_FORM_RAW, VF_FORM_Y4M, "nut", VF_FORM_LINES};
    struct vf_text_nearest nearest = {.wanted = form};
    for (size_t i = 0; i < VF_COUNT(usual); i++)
        vf_text_nearest_consider(&nearest, usual[i]);
    snprintf(problem, problem_size, "%s: \"%s\" is no form that is known%s", option, form,
             vf_text_suggest_or(&nearest, "there are rawvideo, y4m, nut, jsonl, and others that "
                                          "`ffmpeg -formats` lists"));
}

/* Looks at the output that is declared. */
static void check_output(const struct vf_pipe_options *options, const struct vf_map *outputs,
                         char *problem, size_t problem_size)
{
    const char *form = vf_pipe_output_form(options, outputs);
    const char *type = outputs->count ? outputs->items[0].text : "value";
    bool is_value = strcmp(type, "value") == 0;
    if (outputs->count > 1)
        snprintf(problem, problem_size,
                 "outputs: %zu are named, and a program with a form has one standard output",
                 outputs->count);
    else if (outputs->count && !is_value && strcmp(type, "video") != 0)
        snprintf(problem, problem_size,
                 "outputs.%s: with a form, a program writes video or, as jsonl, a value",
                 outputs->items[0].key);
    else if (outputs->count && is_value != is_of_lines(form))
        snprintf(problem, problem_size, "outputs.%s: %s is no %s; %s", outputs->items[0].key, form,
                 type,
                 is_value ? "set output_form: jsonl, or the type video"
                          : "set output_form: rawvideo, y4m or nut, or the type value");
    else if (!outputs->count && *options->output_form)
        snprintf(problem, problem_size,
                 "output_form: nothing is read of the program; name an output in outputs");
}

static bool fits_y4m(const char *form, const char *format)
{
    int asked = vf_picture_format(format);
    return strcmp(form, VF_FORM_Y4M) != 0 || vf_y4m_format(asked) == asked;
}

/* Looks for what cannot be known of frames. */
static void check_frames(const struct vf_pipe_options *options, const struct vf_map *outputs,
                         const struct vf_option_texts *command, char *problem, size_t problem_size)
{
    const char *output = vf_pipe_output_form(options, outputs);
    if (*options->format && is_of_lines(options->form))
        snprintf(problem, problem_size, "format: jsonl has no pixels; leave it out");
    else if (*options->format && !vf_scaler_can_draw(vf_picture_format(options->format)))
        snprintf(problem, problem_size,
                 "format: frames cannot be made in the format %s; take another", options->format);
    else if (*options->format && !fits_y4m(options->form, options->format))
        snprintf(problem, problem_size, "format: y4m has no %s; take yuv420p, yuv444p or gray",
                 options->format);
    else if ((*options->pixel_format || options->size.width) && !is_raw(output))
        snprintf(problem, problem_size,
                 "%s: only rawvideo needs to be told what it reads; leave it out",
                 *options->pixel_format ? "pixel_format" : "size");
    else if (is_of_lines(options->form) && vf_pipe_words_ask(command))
        snprintf(problem, problem_size,
                 "command: {width} and the like are those of frames, and jsonl has none");
    else if (is_of_lines(options->form) && is_raw(output) &&
             (!options->size.width || !*options->pixel_format))
        snprintf(problem, problem_size,
                 "output_form: of raw frames from values, nothing is known; set size and "
                 "pixel_format");
}

int vf_pipe_check(const struct vf_pipe_options *options, const struct vf_map *outputs,
                  const struct vf_option_texts *command, bool is_stateless, char *problem,
                  size_t problem_size)
{
    if (!is_known(options->form))
        refuse_form("form", options->form, problem, problem_size);
    else if (*options->output_form && !is_known(options->output_form))
        refuse_form("output_form", options->output_form, problem, problem_size);
    else if (is_stateless && options->ratio == VF_PIPE_ANY)
        snprintf(problem, problem_size,
                 "ratio: a stateless program gives one answer to each input; leave it out");
    if (!problem[0])
        check_output(options, outputs, problem, problem_size);
    if (!problem[0])
        check_frames(options, outputs, command, problem, problem_size);
    return problem[0] ? -EINVAL : VF_OK;
}

void vf_pipe_adapt(const struct vf_pipe_options *options, bool is_stateless, struct vf_node *copy)
{
    copy->is_stateful = !is_stateless;
    copy->may_lack = false;
    copy->may_split = options->ratio == VF_PIPE_ANY;
    copy->answers_late = !is_stateless && !copy->may_split;
    copy->lingers = 0;
    copy->keeps = 1; /* what is being read */
}

void vf_pipe_declare(const struct vf_pipe_options *options, struct vf_node *copy)
{
    struct vf_port *input = copy->declared; /* the inputs are the first there */
    if (!copy->inputs.count || copy->inputs.items != input)
        return;
    copy->inputs.count = 1;
    input->is_repeated = false;
    input->type = is_of_lines(options->form) ? VF_PORT_VALUE : VF_PORT_VIDEO;
    input->also = is_of_lines(options->form) ? VF_PORT_ARRAY : VF_PORT_ANY;
}

void vf_pipe_forecast(const struct vf_pipe_options *options, const struct vf_map *outputs,
                      struct vf_foresight *foresight)
{
    const struct vf_forecast *input = foresight->input_count ? &foresight->inputs[0] : NULL;
    const char *form = vf_pipe_output_form(options, outputs);
    if (!*form || is_of_lines(form))
        return;
    const char *format = *options->pixel_format ? options->pixel_format : options->format;
    bool is_known = input && input->is_known;
    if (!*format && is_known)
        format = input->video.format;
    int width = options->size.width, height = options->size.height;
    if (!width && is_known) {
        width = input->video.width;
        height = input->video.height;
    }
    struct vf_rational rate = options->rate;
    if (rate.num <= 0 && is_known)
        rate = input->video.frame_rate;
    if (*format && width > 0 && height > 0)
        vf_picture_foretell(&foresight->outputs[0], vf_picture_format(format), width, height, rate);
}
