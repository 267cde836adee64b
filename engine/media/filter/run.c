/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/run.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/filter/lane.h"
#include "engine/media/filter/look.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/media/libav/picture.h"
#include "engine/media/libav/sound.h"

/* Filters that draw into their input save a copy where it may be written to. */
enum lending { LEND_READ_ONLY, LEND_COPY_TO_TRY, LEND_COPY, LEND_READ_ONLY_FOR_GOOD };

struct vf_filter_run {
    struct vf_filter_plan plan;
    struct vf_filter_graph *graph; /* NULL: an input is still of unknown form */
    struct vf_filter_lane lanes[VF_FILTER_INPUTS];
    enum lending lending;
    struct vf_description leader; /* of the last message of input 0; version 0: there was none */
    const struct vf_message *answered; /* message of input 0 that is being answered; or NULL */
    AVBufferRef *facts; /* the extras of the first sound, until something has come out */
    bool has_come;      /* sound, or an announcement of it */
};

int vf_filter_run_create(struct vf_filter_run **filters, const struct vf_filter_plan *plan)
{
    *filters = calloc(1, sizeof(**filters));
    if (!*filters)
        return -ENOMEM;
    (*filters)->plan = *plan;
    return VF_OK;
}

void vf_filter_run_destroy(struct vf_filter_run **filters)
{
    if (!*filters)
        return;
    vf_filter_graph_destroy(&(*filters)->graph);
    for (unsigned i = 0; i < VF_FILTER_INPUTS; i++) {
        vf_filter_lane_finish(&(*filters)->lanes[i]);
    }
    av_buffer_unref(&(*filters)->facts);
    free(*filters);
    *filters = NULL;
}

/* Replaces *frame by one in the task's arena that filters may draw into. Returns as
 * vf_node_allocate(). */
static int copy_into_arena(struct vf_node_run *run, AVFrame **frame)
{
    AVFrame *copy;
    int err = vf_media_frame_copy_writable(&copy, run, *frame);
    if (err)
        return err;
    av_frame_free(frame);
    *frame = copy;
    return VF_OK;
}

static bool is_sound(const struct vf_filter_run *filters)
{
    return filters->plan.media == VF_FILTER_SOUND;
}

static int lend(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input,
                AVFrame **frame)
{
    struct vf_filter_lane *lane = &filters->lanes[input];
    if (is_sound(filters))
        return av_frame_make_writable(*frame) < 0 ? -ENOMEM : VF_OK;
    if (filters->lending == LEND_COPY || filters->lending == LEND_COPY_TO_TRY)
        return copy_into_arena(run, frame);
    /* Beyond what it may keep only what it waits for: the sender of anything else can wait. */
    bool is_too_much = atomic_load(&lane->kept) >= VF_FILTER_HOLDS && filters->graph &&
                       vf_filter_graph_wants(filters->graph, input);
    if (is_too_much)
        return vf_media_frame_detach(*frame);
    vf_payload_buffer_count((*frame)->buf[0], &lane->kept);
    return VF_OK;
}

/* What a node emits has the numbers of its first input, and never one below what that was told to
 * have passed. */
static void set_origin(const struct vf_filter_run *filters, struct vf_message *message)
{
    struct vf_description *description = &message->description;
    const struct vf_description *leader = &filters->leader;
    if (filters->plan.is_steady && filters->answered) {
        vf_message_follow(message, filters->answered);
        return;
    }
    description->origin = leader->origin;
    description->event_time_ns = leader->event_time_ns;
    vf_message_copy_source(description, leader);
    if (!filters->answered && leader->version)
        description->origin.number++;
}

/* Learns from what came out of a frame how the next one is best lent. */
static void learn(struct vf_filter_run *filters, const AVFrame *frame, bool is_shared)
{
    const struct vf_filter_form *form = &filters->lanes[0].form;
    bool is_alike = frame->format == form->format && frame->width == form->width &&
                    frame->height == form->height;
    if (filters->lending == LEND_READ_ONLY)
        filters->lending = is_shared || !is_alike ? LEND_READ_ONLY_FOR_GOOD : LEND_COPY_TO_TRY;
    else if (filters->lending == LEND_COPY_TO_TRY)
        filters->lending = is_shared ? LEND_COPY : LEND_READ_ONLY_FOR_GOOD;
}

static bool is_in_payload(const AVFrame *frame)
{
    struct vf_payload *payload = frame->buf[0] ? vf_payload_buffer_find(frame->buf[0]) : NULL;
    bool is_found = payload != NULL;
    vf_payload_drop(&payload);
    return is_found;
}

static bool is_behind_lead(const struct vf_filter_run *filters, const AVFrame *frame)
{
    const struct vf_filter_lane *lead = &filters->lanes[0];
    AVRational time_base = {lead->form.time_base.num, lead->form.time_base.den};
    return filters->plan.is_led && lead->has_ended && lead->has_form &&
           av_compare_ts(frame->pts, frame->time_base, lead->latest, time_base) > 0;
}

/* Makes a message of samples. What the source says of itself goes with the first, though filters
 * may have left it behind. */
static int make_sound(struct vf_filter_run *filters, struct vf_node_run *run, AVFrame *frame,
                      struct vf_message **message)
{
    if (!frame->opaque_ref) {
        frame->opaque_ref = filters->facts;
        filters->facts = NULL;
    }
    av_buffer_unref(&filters->facts);
    return vf_media_sound_to_message(run, frame, message);
}

static int make_picture(struct vf_filter_run *filters, struct vf_node_run *run, unsigned output,
                        AVFrame *frame, struct vf_message **message)
{
    if (filters->plan.is_steady && vf_filter_graph_output_count(filters->graph) == 1)
        learn(filters, frame, is_in_payload(frame));
    struct vf_filter_form form = vf_filter_graph_output(filters->graph, output);
    int err = vf_frame_facts_collect(frame);
    return err ? err : vf_media_frame_to_message(run, frame, form.frame_rate, message);
}

static int emit(struct vf_filter_run *filters, struct vf_node_run *run, unsigned output,
                AVFrame *frame)
{
    struct vf_message *message = NULL;
    if (is_behind_lead(filters, frame))
        return VF_END;
    if (!vf_node_is_read(run, output))
        return VF_OK;
    int err = is_sound(filters) ? make_sound(filters, run, frame, &message)
                                : make_picture(filters, run, output, frame, &message);
    if (!err)
        set_origin(filters, message);
    return vf_node_emit_made(run, output, err, &message);
}

/* Receives from one output what there is. Returns -EAGAIN or VF_END in front of the next. */
static int empty_output(struct vf_filter_run *filters, struct vf_node_run *run, unsigned output,
                        bool *has_some)
{
    AVFrame *frame = av_frame_alloc();
    int err = frame ? VF_OK : -ENOMEM;
    bool is_ended = false;
    while (!err) {
        err = vf_filter_graph_receive(filters->graph, output, frame);
        is_ended = err == VF_END;
        if (err)
            break;
        *has_some = true;
        err = emit(filters, run, output, frame);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
    /* The end of the flow is another matter than that of an output. */
    return err == VF_END && !is_ended ? -ECANCELED : err;
}

/* Emits all that the graph has made. Returns VF_END when no more can come out of it, and -ECANCELED
 * when the flow is to stop. */
static int empty_graph(struct vf_filter_run *filters, struct vf_node_run *run)
{
    unsigned count = vf_filter_graph_output_count(filters->graph), ended;
    bool has_some;
    do {
        ended = 0;
        has_some = false;
        for (unsigned i = 0; i < count; i++) {
            int err = empty_output(filters, run, i, &has_some);
            if (err < 0 && err != -EAGAIN)
                return err;
            ended += err == VF_END;
        }
    } while (has_some && count > 1); /* one output may have made something for another */
    return ended == count ? VF_END : VF_OK;
}

static int end_lane(struct vf_filter_run *filters, unsigned input)
{
    return vf_filter_graph_end(filters->graph, input, filters->lanes[input].end);
}

/* Says that nothing more comes at all, and receives what is left. */
static int finish_graph(struct vf_filter_run *filters, struct vf_node_run *run)
{
    int err = VF_OK;
    for (unsigned i = 0; i < filters->plan.input_count && !err; i++)
        err = end_lane(filters, i);
    if (!err)
        err = empty_graph(filters, run);
    vf_filter_graph_destroy(&filters->graph);
    return err == VF_END ? VF_OK : err;
}

/* Returns whether every input is of known form, or will never be. */
static bool is_ready(const struct vf_filter_run *filters)
{
    bool has_any = false;
    for (unsigned i = 0; i < filters->plan.input_count; i++) {
        if (!filters->lanes[i].has_form && !filters->lanes[i].has_ended)
            return false;
        has_any = has_any || filters->lanes[i].has_form;
    }
    return has_any;
}

/* An input that nothing came of is like the first of the others. */
static void fill_forms(const struct vf_filter_run *filters, struct vf_filter_form *forms,
                       struct vf_video *videos)
{
    unsigned first = 0;
    while (!filters->lanes[first].has_form)
        first++;
    for (unsigned i = 0; i < filters->plan.input_count; i++) {
        const struct vf_filter_lane *lane = &filters->lanes[filters->lanes[i].has_form ? i : first];
        forms[i] = lane->form;
        videos[i] = lane->video;
    }
}

static int start_graph(struct vf_filter_run *filters)
{
    struct vf_filter_form forms[VF_FILTER_INPUTS];
    struct vf_video videos[VF_FILTER_INPUTS];
    struct vf_text text = {0};
    fill_forms(filters, forms, videos);
    filters->plan.compose(filters->plan.options, forms, videos, &text);
    int err = -ENOMEM;
    if (text.bytes && !text.failed)
        err = vf_filter_graph_create(&filters->graph, text.bytes, filters->plan.media, forms,
                                     filters->plan.threads, filters->plan.may_be_unsafe);
    vf_text_finish(&text);
    filters->lending = filters->plan.is_steady ? LEND_READ_ONLY : LEND_READ_ONLY_FOR_GOOD;
    for (unsigned i = 0; i < filters->plan.input_count && !err; i++) {
        struct vf_filter_lane *lane = &filters->lanes[i];
        for (size_t j = 0; j < lane->waiting_count && !err; j++)
            err = vf_filter_graph_send(filters->graph, i, &lane->waiting[j]);
        vf_filter_lane_drop_waiting(lane);
        if (!err && lane->has_ended)
            err = end_lane(filters, i);
    }
    return err;
}

/* Begins a new graph for pictures of another form. Of inputs that have ended, such as a still
 * picture to lay over, the last one goes in again. */
static int start_over(struct vf_filter_run *filters, struct vf_node_run *run, unsigned changed)
{
    int err = finish_graph(filters, run);
    for (unsigned i = 0; i < filters->plan.input_count && !err; i++) {
        struct vf_filter_lane *lane = &filters->lanes[i];
        AVFrame *again =
            i != changed && lane->has_ended && lane->last ? av_frame_clone(lane->last) : NULL;
        if (again)
            err = vf_filter_lane_wait(lane, &again);
        av_frame_free(&again);
    }
    return err;
}

/* Only a graph with several inputs may lose one of them before the others. What has sounded does
 * not sound again. */
static int remember(struct vf_filter_run *filters, struct vf_filter_lane *lane,
                    const AVFrame *frame)
{
    if (filters->plan.input_count == 1 || is_sound(filters))
        return VF_OK;
    av_frame_free(&lane->last);
    lane->last = av_frame_clone(frame);
    return lane->last ? VF_OK : -ENOMEM;
}

static int take_frame(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input,
                      const struct vf_message *message, AVFrame **frame)
{
    struct vf_filter_lane *lane = &filters->lanes[input];
    const struct vf_video *video = &message->description.video;
    struct vf_rational none = {0, 1};
    struct vf_filter_form form =
        vf_filter_form_of(*frame, is_sound(filters) ? none : video->frame_rate);
    bool is_other = lane->has_form && !vf_filter_form_fits(&lane->form, &form);
    int err = is_other && filters->graph ? start_over(filters, run, input) : VF_OK;
    if (!lane->has_form || is_other) {
        lane->form = form;
        lane->has_form = true;
        if (!is_sound(filters))
            lane->video = *video;
    }
    if (is_sound(filters) && !(*frame)->nb_samples)
        return err; /* an announcement */
    vf_filter_lane_set_times(lane, *frame, form.time_base);
    if (!err)
        err = lend(filters, run, input, frame);
    if (!err)
        err = remember(filters, lane, *frame);
    if (!err && filters->graph)
        return vf_filter_graph_send(filters->graph, input, frame);
    return err ? err : vf_filter_lane_wait(lane, frame);
}

static int take_picture(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input,
                        const struct vf_message *message)
{
    AVFrame *frame;
    int err = vf_media_frame_from_message(&frame, message);
    if (!err)
        err = vf_frame_facts_restore(frame);
    if (!err)
        err = take_frame(filters, run, input, message, &frame);
    av_frame_free(&frame);
    return err;
}

/* Returns whether all inputs have said that they have no sound, or have ended without any. */
static bool is_silent(const struct vf_filter_run *filters)
{
    bool is_silent = true;
    for (unsigned i = 0; i < filters->plan.input_count; i++) {
        const struct vf_filter_lane *lane = &filters->lanes[i];
        is_silent = is_silent && (lane->is_silent || (lane->has_ended && !lane->has_form));
    }
    return is_silent;
}

/* Where no input has sound, none comes out. */
static int pass_none(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input)
{
    int err = VF_OK;
    filters->has_come = true;
    for (unsigned i = 0; i < filters->plan.output_count && !err; i++)
        err = vf_node_outcome(vf_node_passthrough(run, i, input));
    return err;
}

/* Answers an announcement: says of what form the sound will be that comes out. */
static int announce(struct vf_filter_run *filters, struct vf_node_run *run)
{
    int err = VF_OK;
    for (unsigned i = 0; i < vf_filter_graph_output_count(filters->graph) && !err; i++) {
        struct vf_filter_form form = vf_filter_graph_output(filters->graph, i);
        struct vf_message *message = NULL;
        AVFrame *frame = av_frame_alloc();
        if (!frame)
            return -ENOMEM;
        frame->format = form.format;
        frame->sample_rate = form.sample_rate;
        frame->time_base = (AVRational){form.time_base.num, form.time_base.den};
        vf_media_sound_layout(&frame->ch_layout, form.layout, form.channels);
        frame->opaque_ref = filters->facts ? av_buffer_ref(filters->facts) : NULL;
        err = vf_media_sound_to_message(run, frame, &message);
        if (!err)
            set_origin(filters, message);
        err = vf_node_emit_made(run, i, err, &message);
        av_frame_free(&frame);
    }
    return err;
}

static int take_sound(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input,
                      const struct vf_message *message)
{
    AVFrame *frame;
    if (vf_media_sound_is_none(message)) {
        filters->lanes[input].is_silent = true;
        return is_silent(filters) ? pass_none(filters, run, input) : VF_OK;
    }
    int err = vf_media_sound_from_message(&frame, message);
    if (!err && input == 0 && frame->opaque_ref && !filters->has_come) {
        filters->facts = av_buffer_ref(frame->opaque_ref);
        err = filters->facts ? VF_OK : -ENOMEM;
    }
    filters->has_come = true;
    filters->lanes[input].is_silent = false;
    if (!err)
        err = take_frame(filters, run, input, message, &frame);
    av_frame_free(&frame);
    return err;
}

static int take(struct vf_filter_run *filters, struct vf_node_run *run, unsigned input,
                const struct vf_message *message)
{
    return is_sound(filters) ? take_sound(filters, run, input, message)
                             : take_picture(filters, run, input, message);
}

/* An input may end while others go on. */
static int notice_ends(struct vf_filter_run *filters, const struct vf_node_run *run)
{
    int err = VF_OK;
    for (unsigned i = 0; i < filters->plan.input_count; i++) {
        struct vf_filter_lane *lane = &filters->lanes[i];
        if (lane->has_ended || !vf_node_has_ended(run, i))
            continue;
        lane->has_ended = true;
        if (!err && filters->graph)
            err = end_lane(filters, i);
    }
    return err;
}

/* Emits what can be made of what has come. */
static int answer(struct vf_filter_run *filters, struct vf_node_run *run)
{
    int err = VF_OK;
    if (!filters->graph && is_ready(filters))
        err = start_graph(filters);
    bool is_announced = filters->answered && vf_media_sound_is_announcement(filters->answered);
    if (!err && filters->graph && is_announced)
        err = announce(filters, run);
    return !err && filters->graph ? empty_graph(filters, run) : err;
}

int vf_filter_run_process(struct vf_filter_run *filters, struct vf_node_run *run,
                          struct vf_message *const *inputs)
{
    int err = VF_OK;
    filters->answered = inputs[0];
    if (inputs[0])
        filters->leader = inputs[0]->description;
    for (unsigned i = 0; i < filters->plan.input_count && !err; i++) {
        if (inputs[i])
            err = take(filters, run, i, inputs[i]);
    }
    if (err == VF_DROPPED) { /* of a copy to draw into, in realtime */
        filters->answered = NULL;
        return vf_node_drop(run, 0);
    }
    if (!err)
        err = answer(filters, run);
    filters->answered = NULL;
    return err == -ECANCELED ? VF_END : err;
}

int vf_filter_run_input_ended(struct vf_filter_run *filters, struct vf_node_run *run)
{
    int err = notice_ends(filters, run);
    if (!err)
        err = answer(filters, run);
    return err == -ECANCELED ? VF_END : err;
}

int vf_filter_run_flush(struct vf_filter_run *filters, struct vf_node_run *run)
{
    int err = VF_OK;
    for (unsigned i = 0; i < filters->plan.input_count; i++)
        filters->lanes[i].has_ended = true;
    if (!filters->graph && is_ready(filters))
        err = start_graph(filters);
    if (!err && filters->graph)
        err = finish_graph(filters, run);
    return err == -ECANCELED ? VF_OK : err;
}

static void foretell_input(const struct vf_forecast *forecast, struct vf_filter_form *form)
{
    const struct vf_video *video = &forecast->video;
    bool has_rate = video->frame_rate.num > 0 && video->frame_rate.den > 0;
    struct vf_rational rate = has_rate ? video->frame_rate : (struct vf_rational){25, 1};
    *form = (struct vf_filter_form){
        .format = vf_media_pixel_format(video),
        .width = video->width,
        .height = video->height,
        .colour_matrix = AVCOL_SPC_UNSPECIFIED,
        .time_base = {rate.den, rate.num},
        .frame_rate = rate,
        .sample_aspect_ratio = video->sample_aspect_ratio,
    };
}

void vf_filter_run_foretell(const struct vf_filter_plan *plan, struct vf_foresight *foresight)
{
    struct vf_filter_form inputs[VF_FILTER_INPUTS], outputs[VF_FILTER_OUTPUTS];
    struct vf_video videos[VF_FILTER_INPUTS];
    struct vf_text text = {0};
    unsigned count = 0;
    for (unsigned i = 0; i < plan->input_count; i++) {
        const struct vf_forecast *input = &foresight->inputs[i];
        if (i >= foresight->input_count || !input->is_known || input->video.width <= 0)
            return;
        videos[i] = input->video;
        foretell_input(input, &inputs[i]);
    }
    plan->compose(plan->options, inputs, videos, &text);
    int err = text.bytes
                  ? vf_filter_look_ahead(text.bytes, inputs, plan->input_count, outputs, &count)
                  : -ENOMEM;
    for (unsigned i = 0; i < count && !err && i < foresight->output_count; i++)
        vf_picture_foretell(&foresight->outputs[i], outputs[i].format, outputs[i].width,
                            outputs[i].height, outputs[i].frame_rate);
    vf_text_finish(&text);
}
