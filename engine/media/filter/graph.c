/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/graph.h"

#include <errno.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/filter/outside.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/sound.h"

/* Pictures must then be of the colours that were announced. */
#define SOURCES_HAVE_COLOURS (LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100))

struct vf_filter_graph {
    AVFilterGraph *filters;
    enum vf_filter_media media;
    struct vf_filter_pads pads;
    AVFilterContext *sources[VF_FILTER_INPUTS], *sinks[VF_FILTER_OUTPUTS];
    struct vf_rational frame_rates[VF_FILTER_INPUTS], time_bases[VF_FILTER_INPUTS];
};

static AVRational rational_of(struct vf_rational value)
{
    return (AVRational){value.num, value.den};
}

static struct vf_rational rational_from(AVRational value)
{
    return (struct vf_rational){value.num, value.den};
}

static void describe_sound(AVBufferSrcParameters *parameters, const struct vf_filter_form *form)
{
    parameters->sample_rate = form->sample_rate;
    vf_media_sound_layout(&parameters->ch_layout, form->layout, form->channels);
}

static void describe_source(AVBufferSrcParameters *parameters, const struct vf_filter_form *form)
{
    parameters->format = form->format;
    if (form->sample_rate)
        describe_sound(parameters, form);
    parameters->width = form->width;
    parameters->height = form->height;
    parameters->time_base = rational_of(form->time_base);
    parameters->sample_aspect_ratio = rational_of(form->sample_aspect_ratio);
    if (form->frame_rate.num > 0 && form->frame_rate.den > 0)
        parameters->frame_rate = rational_of(form->frame_rate);
#if SOURCES_HAVE_COLOURS
    parameters->color_range = form->colour_range;
    parameters->color_space = form->colour_matrix;
#endif
}

static int add_source(struct vf_filter_graph *graph, unsigned input,
                      const struct vf_filter_form *form)
{
    const struct vf_filter_pad *pad = &graph->pads.inputs[input];
    char name[16];
    bool is_sound = graph->media == VF_FILTER_SOUND;
    const AVFilter *buffer = avfilter_get_by_name(is_sound ? "abuffer" : "buffer");
    snprintf(name, sizeof(name), "in%u", input);
    AVFilterContext *source = avfilter_graph_alloc_filter(graph->filters, buffer, name);
    AVBufferSrcParameters *parameters = av_buffersrc_parameters_alloc();
    int code = source && parameters ? 0 : AVERROR(ENOMEM);
    if (code >= 0) {
        describe_source(parameters, form);
        code = av_buffersrc_parameters_set(source, parameters);
    }
    if (parameters)
        av_channel_layout_uninit(&parameters->ch_layout);
    av_free(parameters);
    if (code >= 0)
        code = avfilter_init_str(source, NULL);
    if (code >= 0)
        code = avfilter_link(source, 0, pad->filter, pad->number);
    graph->sources[input] = source;
    graph->frame_rates[input] = form->frame_rate;
    graph->time_bases[input] = form->time_base;
    return code;
}

static int add_sink(struct vf_filter_graph *graph, unsigned output)
{
    const struct vf_filter_pad *pad = &graph->pads.outputs[output];
    char name[16];
    bool is_sound = graph->media == VF_FILTER_SOUND;
    const AVFilter *sink = avfilter_get_by_name(is_sound ? "abuffersink" : "buffersink");
    snprintf(name, sizeof(name), "out%u", output);
    int code =
        avfilter_graph_create_filter(&graph->sinks[output], sink, name, NULL, NULL, graph->filters);
    return code < 0 ? code : avfilter_link(pad->filter, pad->number, graph->sinks[output], 0);
}

/* Returns a code of libav's; what is wrong with the text is in *problem. */
static int assemble(struct vf_filter_graph *graph, const char *text,
                    const struct vf_filter_form *inputs, unsigned threads,
                    struct vf_filter_problem *problem)
{
    graph->filters = avfilter_graph_alloc();
    if (!graph->filters)
        return AVERROR(ENOMEM);
    graph->filters->nb_threads = (int)threads;
    int code = vf_filter_text_parse(text, graph->media, graph->filters, &graph->pads, problem);
    for (unsigned i = 0; i < graph->pads.input_count && code >= 0; i++)
        code = add_source(graph, i, &inputs[i]);
    for (unsigned i = 0; i < graph->pads.output_count && code >= 0; i++)
        code = add_sink(graph, i);
    return code < 0 ? code : avfilter_graph_config(graph->filters, NULL);
}

int vf_filter_graph_create(struct vf_filter_graph **graph, const char *text,
                           enum vf_filter_media media, const struct vf_filter_form *inputs,
                           unsigned threads, bool may_be_unsafe)
{
    struct vf_filter_problem problem = {0};
    vf_media_log_redirect();
    int err = may_be_unsafe ? VF_OK : vf_filter_outside_refuse(text, &problem);
    *graph = NULL;
    if (err == -EPERM)
        vf_log(VF_LOG_ERROR, "the graph \"%s\" is refused: %s", text, problem.text);
    if (err)
        return err;
    *graph = calloc(1, sizeof(**graph));
    if (*graph)
        (*graph)->media = media;
    int code = *graph ? assemble(*graph, text, inputs, threads, &problem) : AVERROR(ENOMEM);
    if (code >= 0)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "the graph \"%s\" does not work with %s: %s", text,
           media == VF_FILTER_SOUND ? "this sound" : "these pictures",
           problem.text[0] ? problem.text : vf_media_error_text(code).text);
    vf_filter_graph_destroy(graph);
    return vf_media_error(code);
}

void vf_filter_graph_destroy(struct vf_filter_graph **graph)
{
    if (!*graph)
        return;
    avfilter_graph_free(&(*graph)->filters);
    free(*graph);
    *graph = NULL;
}

unsigned vf_filter_graph_output_count(const struct vf_filter_graph *graph)
{
    return graph->pads.output_count;
}

static struct vf_filter_form sound_output(const AVFilterContext *sink)
{
    struct vf_filter_form form = {
        .format = av_buffersink_get_format(sink),
        .time_base = rational_from(av_buffersink_get_time_base(sink)),
        .sample_rate = av_buffersink_get_sample_rate(sink),
        .channels = av_buffersink_get_channels(sink),
    };
    AVChannelLayout layout = {0};
    if (av_buffersink_get_ch_layout(sink, &layout) < 0 ||
        av_channel_layout_describe(&layout, form.layout, sizeof(form.layout)) < 0)
        form.layout[0] = '\0';
    av_channel_layout_uninit(&layout);
    return form;
}

struct vf_filter_form vf_filter_graph_output(const struct vf_filter_graph *graph, unsigned output)
{
    const AVFilterContext *sink = graph->sinks[output];
    if (graph->media == VF_FILTER_SOUND)
        return sound_output(sink);
    AVRational rate = av_buffersink_get_frame_rate(sink);
    return (struct vf_filter_form){
        .format = av_buffersink_get_format(sink),
        .width = av_buffersink_get_w(sink),
        .height = av_buffersink_get_h(sink),
        .time_base = rational_from(av_buffersink_get_time_base(sink)),
        .frame_rate =
            rate.num > 0 && rate.den > 0 ? rational_from(rate) : (struct vf_rational){0, 1},
        .sample_aspect_ratio = rational_from(av_buffersink_get_sample_aspect_ratio(sink)),
    };
}

int vf_filter_graph_send(struct vf_filter_graph *graph, unsigned input, AVFrame **frame)
{
    int code = av_buffersrc_add_frame_flags(graph->sources[input], *frame,
                                            AV_BUFFERSRC_FLAG_NO_CHECK_FORMAT);
    av_frame_free(frame);
    if (code == AVERROR_EOF)
        return VF_OK; /* this input has been read to the end that the graph wants */
    if (code < 0)
        vf_log(VF_LOG_ERROR, "the filters do not take a frame: %s", vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_filter_graph_end(struct vf_filter_graph *graph, unsigned input, int64_t timestamp)
{
    int code = av_buffersrc_close(graph->sources[input], timestamp, 0);
    return code < 0 && code != AVERROR_EOF ? vf_media_error(code) : VF_OK;
}

bool vf_filter_graph_wants(const struct vf_filter_graph *graph, unsigned input)
{
    return av_buffersrc_get_nb_failed_requests(graph->sources[input]) > 0;
}

static bool is_same(struct vf_rational a, AVRational b)
{
    bool are_unknown = a.num <= 0 && b.num <= 0;
    return are_unknown || (a.num == b.num && a.den == b.den);
}

/* Filters that change the rate leave the durations as they were, up to FFmpeg 6.0. */
static void set_duration(const struct vf_filter_graph *graph, unsigned output, AVFrame *frame)
{
    const AVFilterContext *sink = graph->sinks[output];
    AVRational rate = av_buffersink_get_frame_rate(sink);
    AVRational time_base = av_buffersink_get_time_base(sink);
    bool is_as_before =
        is_same(graph->frame_rates[0], rate) && is_same(graph->time_bases[0], time_base);
    frame->time_base = time_base;
    if (graph->media == VF_FILTER_SOUND) {
        AVRational sample = {1, frame->sample_rate};
        vf_compat_set_frame_duration(frame, av_rescale_q(frame->nb_samples, sample, time_base));
        return;
    }
    if (VF_FILTERS_KEEP_DURATION || is_as_before)
        return;
    int64_t duration = 0;
    if (rate.num > 0 && rate.den > 0)
        duration = av_rescale_q(1, av_inv_q(rate), time_base);
    vf_compat_set_frame_duration(frame, duration);
}

int vf_filter_graph_receive(struct vf_filter_graph *graph, unsigned output, AVFrame *frame)
{
    int code = av_buffersink_get_frame(graph->sinks[output], frame);
    if (code == AVERROR_EOF)
        return VF_END;
    if (code == AVERROR(EAGAIN))
        return -EAGAIN;
    if (code < 0) {
        vf_log(VF_LOG_ERROR, "the filters fail: %s", vf_media_error_text(code).text);
        return vf_media_error(code);
    }
    set_duration(graph, output, frame);
    return VF_OK;
}

int vf_filter_graph_try(const char *text, const struct vf_filter_form *inputs,
                        struct vf_filter_form *outputs, unsigned *output_count)
{
    struct vf_filter_problem problem = {0};
    struct vf_filter_graph graph = {0};
    vf_media_log_redirect();
    vf_media_log_hush(true);
    int code = assemble(&graph, text, inputs, 1, &problem);
    *output_count = code < 0 ? 0 : graph.pads.output_count;
    for (unsigned i = 0; i < *output_count; i++)
        outputs[i] = vf_filter_graph_output(&graph, i);
    avfilter_graph_free(&graph.filters);
    vf_media_log_hush(false);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_filter_graph_try_formulas(const char *text, enum vf_filter_media media,
                                 struct vf_filter_problem *problem)
{
    static const struct vf_filter_form usual[] = {
        [VF_FILTER_PICTURES] = {.format = AV_PIX_FMT_YUV420P,
                                .width = 1920,
                                .height = 1080,
                                .time_base = {1, 25},
                                .frame_rate = {25, 1},
                                .sample_aspect_ratio = {1, 1}},
        [VF_FILTER_SOUND] = {.format = AV_SAMPLE_FMT_FLTP,
                             .time_base = {1, 48000},
                             .sample_rate = 48000,
                             .channels = 2,
                             .layout = "stereo"},
    };
    struct vf_filter_form inputs[VF_FILTER_INPUTS];
    struct vf_filter_graph graph = {.media = media};
    for (unsigned i = 0; i < VF_FILTER_INPUTS; i++)
        inputs[i] = usual[media == VF_FILTER_SOUND ? VF_FILTER_SOUND : VF_FILTER_PICTURES];
    vf_media_log_redirect();
    vf_media_log_hush(true);
    int code = assemble(&graph, text, inputs, 1, problem);
    avfilter_graph_free(&graph.filters);
    vf_media_log_hush(false);
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    if (code >= 0 || !vf_media_log_expected_of_formula())
        return VF_OK;
    snprintf(problem->text, sizeof(problem->text), "a formula cannot be read: %.200s",
             vf_media_log_expected());
    return -EINVAL;
}
