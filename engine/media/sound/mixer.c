/* SPDX-License-Identifier: MIT */
#include "engine/media/sound/mixer.h"

#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/sound.h"
#include "engine/media/sound/sound_line.h"

#define MAX_WAITING_BYTES ((size_t)256 << 20) /* of one input */
#define FORMAT AV_SAMPLE_FMT_FLTP
#define FRAME_SIZE 1024

enum presence {
    IS_HERE,
    RESTS,   /* it has no sound for now, and may have some again at any time */
    IS_AWAY, /* likewise, and is not waited for */
    HAS_ENDED,
};

struct input {
    struct vf_sound_line line;
    enum presence presence;
    bool has_begun;
    int64_t left_out; /* samples that came too late */
};

struct vf_mixer {
    int rate; /* 0: not known yet */
    AVChannelLayout layout;
    enum vf_mixer_end end;
    int64_t patience;
    AVBufferRef *facts; /* of the first sound, until something has come out */
    bool has_facts;
    bool has_begun;
    int64_t now; /* where the next frame begins, in samples */
    unsigned count;
    struct input inputs[];
};

bool vf_mixer_knows_layout(const char *layout)
{
    AVChannelLayout made = {0};
    bool is_known = av_channel_layout_from_string(&made, layout) == 0;
    av_channel_layout_uninit(&made);
    return is_known;
}

int vf_mixer_create(struct vf_mixer **mixer, const struct vf_mixer_order *order)
{
    struct vf_mixer *made = *mixer =
        calloc(1, sizeof(*made) + order->inputs * sizeof(made->inputs[0]));
    if (!made)
        return -ENOMEM;
    made->rate = order->rate;
    made->end = order->end;
    made->patience = order->patience;
    made->count = order->inputs;
    if (!order->layout[0] || av_channel_layout_from_string(&made->layout, order->layout) == 0)
        return VF_OK;
    vf_mixer_destroy(mixer);
    return -EINVAL;
}

void vf_mixer_destroy(struct vf_mixer **mixer)
{
    if (!*mixer)
        return;
    for (unsigned i = 0; i < (*mixer)->count; i++)
        vf_sound_line_finish(&(*mixer)->inputs[i].line);
    av_channel_layout_uninit(&(*mixer)->layout);
    av_buffer_unref(&(*mixer)->facts);
    free(*mixer);
    *mixer = NULL;
}

/* What is not known of the form is as the frame's. */
static int settle_form(struct vf_mixer *mixer, const AVFrame *frame)
{
    if (!mixer->rate)
        mixer->rate = frame->sample_rate;
    if (mixer->layout.nb_channels)
        return 0;
    if (frame->ch_layout.order != AV_CHANNEL_ORDER_UNSPEC)
        return av_channel_layout_copy(&mixer->layout, &frame->ch_layout);
    av_channel_layout_default(&mixer->layout, frame->ch_layout.nb_channels);
    return 0;
}

/* Returns where the samples of an input end that are there. */
static int64_t end_of(const struct input *input)
{
    return input->line.taken + vf_sound_line_count(&input->line);
}

static bool is_awaited(const struct input *input)
{
    return input->presence == IS_HERE || input->presence == RESTS;
}

static size_t waiting_bytes(const struct vf_mixer *mixer, const struct input *input)
{
    return (size_t)vf_sound_line_count(&input->line) * sizeof(float) *
           (size_t)mixer->layout.nb_channels;
}

/* Finds the input that is the furthest behind. */
static unsigned find_late(const struct vf_mixer *mixer)
{
    unsigned late = mixer->count;
    for (unsigned i = 0; i < mixer->count; i++) {
        const struct input *input = &mixer->inputs[i];
        bool is_later =
            late == mixer->count || !input->has_begun ||
            (mixer->inputs[late].has_begun && end_of(input) < end_of(&mixer->inputs[late]));
        if (is_awaited(input) && is_later)
            late = i;
    }
    return late;
}

static int begin_input(struct vf_mixer *mixer, struct input *input)
{
    input->line.format = FORMAT;
    input->line.rate = mixer->rate;
    input->line.may_jump = true;
    input->has_begun = true;
    return av_channel_layout_copy(&input->line.layout, &mixer->layout);
}

/* Keeps what the first sound says of its source. */
static int note_facts(struct vf_mixer *mixer, unsigned number, const AVFrame *frame)
{
    if (number || mixer->has_facts || !frame->opaque_ref)
        return 0;
    mixer->has_facts = true;
    mixer->facts = av_buffer_ref(frame->opaque_ref);
    return mixer->facts ? 0 : AVERROR(ENOMEM);
}

static int add_frame(struct vf_mixer *mixer, unsigned number, AVFrame *frame)
{
    struct input *input = &mixer->inputs[number];
    int code = settle_form(mixer, frame);
    if (code >= 0)
        code = note_facts(mixer, number, frame);
    if (code < 0 || !frame->nb_samples)
        return code;
    input->presence = IS_HERE;
    if (!input->has_begun)
        code = begin_input(mixer, input);
    return code < 0 ? code : vf_sound_line_add(&input->line, frame);
}

int vf_mixer_add(struct vf_mixer *mixer, unsigned number, const struct vf_message *message,
                 unsigned *late)
{
    struct input *input = &mixer->inputs[number];
    AVFrame *frame;
    int err = vf_media_sound_from_message(&frame, message);
    if (!err)
        err = vf_media_error(add_frame(mixer, number, frame));
    av_frame_free(&frame);
    if (err)
        return err;
    *late = find_late(mixer);
    if (waiting_bytes(mixer, input) <= MAX_WAITING_BYTES || *late == mixer->count)
        return VF_OK;
    if (mixer->inputs[*late].presence != RESTS)
        return -E2BIG;
    mixer->inputs[*late].presence = IS_AWAY;
    return VF_OK;
}

void vf_mixer_rest(struct vf_mixer *mixer, unsigned number)
{
    bool is_patient = mixer->patience == INT64_MAX;
    mixer->inputs[number].presence = is_patient ? RESTS : IS_AWAY;
}

int vf_mixer_end(struct vf_mixer *mixer, unsigned number)
{
    struct input *input = &mixer->inputs[number];
    if (input->presence == HAS_ENDED)
        return VF_OK;
    input->presence = HAS_ENDED;
    return input->has_begun ? vf_media_error(vf_sound_line_end(&input->line)) : VF_OK;
}

bool vf_mixer_is_silent(const struct vf_mixer *mixer)
{
    bool is_silent = true;
    for (unsigned i = 0; i < mixer->count; i++) {
        const struct input *input = &mixer->inputs[i];
        bool is_mixed = mixer->has_begun && vf_sound_line_count(&input->line) < FRAME_SIZE;
        is_silent = is_silent && input->presence != IS_HERE && (!input->has_begun || is_mixed);
    }
    return is_silent;
}

int64_t vf_mixer_left_out_us(const struct vf_mixer *mixer, unsigned number)
{
    return mixer->rate ? av_rescale(mixer->inputs[number].left_out, 1000000, mixer->rate) : 0;
}

/* Returns the samples that others may be ahead of an input. */
static int64_t patience_of(const struct vf_mixer *mixer)
{
    return mixer->patience == INT64_MAX ? INT64_MAX
                                        : av_rescale(mixer->patience, mixer->rate, 1000000);
}

/* Returns the last time that any input has reached; INT64_MIN: none has begun. */
static int64_t reached(const struct vf_mixer *mixer)
{
    int64_t latest = INT64_MIN;
    for (unsigned i = 0; i < mixer->count; i++) {
        const struct input *input = &mixer->inputs[i];
        if (input->has_begun && end_of(input) > latest)
            latest = end_of(input);
    }
    return latest;
}

/* Begins at the first sample, once each input has brought one, or will never. */
static bool begin(struct vf_mixer *mixer)
{
    int64_t first = INT64_MAX, latest = reached(mixer);
    bool is_waiting = false;
    for (unsigned i = 0; i < mixer->count; i++) {
        const struct input *input = &mixer->inputs[i];
        is_waiting = is_waiting || (!input->has_begun && is_awaited(input));
        if (input->has_begun && input->line.taken < first && vf_sound_line_count(&input->line))
            first = input->line.taken;
    }
    if (first == INT64_MAX || (is_waiting && latest - first <= patience_of(mixer)))
        return false;
    mixer->has_begun = true;
    mixer->now = first;
    return true;
}

/* Returns where the mix ends, by the sounds that have; INT64_MAX: that is not known. */
static int64_t end_of_mix(const struct vf_mixer *mixer)
{
    int64_t end = INT64_MAX;
    unsigned count = mixer->end == VF_MIXER_FIRST ? 1 : mixer->count;
    for (unsigned i = 0; i < count && mixer->end != VF_MIXER_LONGEST; i++) {
        const struct input *input = &mixer->inputs[i];
        if (input->presence == HAS_ENDED && input->has_begun && end_of(input) < end)
            end = end_of(input);
    }
    return end;
}

/* Returns how many samples can be mixed now: all inputs that go on have them, or are too late. */
static int64_t count_ready(const struct vf_mixer *mixer)
{
    int64_t latest = reached(mixer), least = latest, patience = patience_of(mixer);
    for (unsigned i = 0; i < mixer->count; i++) {
        const struct input *input = &mixer->inputs[i];
        int64_t end = input->has_begun ? end_of(input) : mixer->now;
        if (is_awaited(input) && patience != INT64_MAX && end < latest - patience)
            end = latest - patience;
        if (is_awaited(input) && end < least)
            least = end;
    }
    return least - mixer->now;
}

static bool have_all_ended(const struct vf_mixer *mixer)
{
    bool have_ended = true;
    for (unsigned i = 0; i < mixer->count; i++)
        have_ended = have_ended && mixer->inputs[i].presence == HAS_ENDED;
    return have_ended;
}

static int make_frame(const struct vf_mixer *mixer, int count, AVFrame **made)
{
    AVFrame *frame = *made = av_frame_alloc();
    if (!frame)
        return AVERROR(ENOMEM);
    frame->format = FORMAT;
    frame->sample_rate = mixer->rate;
    frame->nb_samples = count;
    frame->time_base = (AVRational){1, mixer->rate};
    frame->pts = mixer->now;
    int code = av_channel_layout_copy(&frame->ch_layout, &mixer->layout);
    if (code >= 0 && count)
        code = av_frame_get_buffer(frame, 0);
    if (code >= 0 && count)
        code = av_samples_set_silence(frame->extended_data, 0, count, mixer->layout.nb_channels,
                                      FORMAT);
    if (code < 0)
        av_frame_free(made);
    return code < 0 ? code : 0;
}

static void add_samples(AVFrame *mix, int place, const AVFrame *samples)
{
    for (int channel = 0; channel < mix->ch_layout.nb_channels; channel++) {
        float *to = (float *)(void *)mix->extended_data[channel] + place;
        const float *from = (const float *)(const void *)samples->extended_data[channel];
        for (int i = 0; i < samples->nb_samples; i++)
            to[i] += from[i];
    }
}

/* Takes samples of an input up to `end`, and gives those to *samples; NULL: there are none. */
static int take_until(struct input *input, int64_t end, AVFrame **samples)
{
    int64_t count = end - input->line.taken;
    int there = vf_sound_line_count(&input->line);
    *samples = NULL;
    if (count <= 0 || !there)
        return 0;
    return vf_sound_line_take(&input->line, count < there ? (int)count : there, samples);
}

/* Adds what an input has for the frame. What has come too late for the mix is left out. */
static int mix_input(struct input *input, AVFrame *mix)
{
    AVFrame *samples;
    int code = take_until(input, mix->pts, &samples);
    input->left_out += samples ? samples->nb_samples : 0;
    av_frame_free(&samples);
    if (code >= 0)
        code = take_until(input, mix->pts + mix->nb_samples, &samples);
    if (code >= 0 && samples)
        add_samples(mix, (int)(samples->pts - mix->pts), samples);
    av_frame_free(&samples);
    return code;
}

static int take_frame(struct vf_mixer *mixer, AVFrame **frame)
{
    *frame = NULL;
    bool is_last = have_all_ended(mixer);
    if (!mixer->has_begun && !begin(mixer))
        return is_last ? VF_END : -EAGAIN;
    int64_t count = count_ready(mixer), end = end_of_mix(mixer);
    if (mixer->now + count >= end) {
        count = end - mixer->now;
        is_last = true;
    }
    if (count < FRAME_SIZE && !is_last)
        return -EAGAIN;
    if (count <= 0)
        return VF_END;
    int code = make_frame(mixer, count < FRAME_SIZE ? (int)count : FRAME_SIZE, frame);
    for (unsigned i = 0; i < mixer->count && code >= 0; i++) {
        if (mixer->inputs[i].has_begun)
            code = mix_input(&mixer->inputs[i], *frame);
    }
    if (code < 0) {
        av_frame_free(frame);
        return vf_media_error(code);
    }
    mixer->now += (*frame)->nb_samples;
    return VF_OK;
}

int vf_mixer_take(struct vf_mixer *mixer, struct vf_node_run *run, struct vf_message **message)
{
    AVFrame *frame;
    *message = NULL;
    int err = take_frame(mixer, &frame);
    if (err)
        return err;
    vf_compat_set_frame_duration(frame, frame->nb_samples);
    frame->opaque_ref = mixer->facts;
    mixer->facts = NULL;
    err = vf_media_sound_to_message(run, frame, message);
    av_frame_free(&frame);
    return err;
}

int vf_mixer_announce(const struct vf_mixer *mixer, struct vf_node_run *run,
                      struct vf_message **message)
{
    AVFrame *frame;
    *message = NULL;
    if (!mixer->rate || !mixer->layout.nb_channels)
        return -EAGAIN;
    int code = make_frame(mixer, 0, &frame);
    if (code < 0)
        return vf_media_error(code);
    frame->opaque_ref = mixer->facts ? av_buffer_ref(mixer->facts) : NULL;
    int err = vf_media_sound_to_message(run, frame, message);
    av_frame_free(&frame);
    return err;
}
