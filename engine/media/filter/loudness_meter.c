/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/loudness_meter.h"

#include <errno.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <math.h>
#include <stdlib.h>

#include "engine/media/filter/graph.h"
#include "engine/media/filter/lane.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/sound.h"

#define GRAPH "ebur128=metadata=1:framelog=verbose"
#define MOMENTARY "lavfi.r128.M"

struct vf_loudness_meter {
    struct vf_filter_graph *graph; /* NULL: nothing has come */
    struct vf_filter_form form;
    AVFrame *measured;
    double loudness;
};

int vf_loudness_meter_create(struct vf_loudness_meter **meter)
{
    *meter = calloc(1, sizeof(**meter));
    if (!*meter)
        return -ENOMEM;
    (*meter)->loudness = NAN;
    (*meter)->measured = av_frame_alloc();
    if ((*meter)->measured)
        return VF_OK;
    vf_loudness_meter_destroy(meter);
    return -ENOMEM;
}

void vf_loudness_meter_destroy(struct vf_loudness_meter **meter)
{
    if (!*meter)
        return;
    vf_filter_graph_destroy(&(*meter)->graph);
    av_frame_free(&(*meter)->measured);
    free(*meter);
    *meter = NULL;
}

/* Has a graph for sound of this form. */
static int prepare(struct vf_loudness_meter *meter, const AVFrame *frame)
{
    struct vf_filter_form form = vf_filter_form_of(frame, (struct vf_rational){0, 1});
    if (meter->graph && vf_filter_form_fits(&meter->form, &form) &&
        meter->form.time_base.den == form.time_base.den)
        return VF_OK;
    vf_filter_graph_destroy(&meter->graph);
    meter->form = form;
    return vf_filter_graph_create(&meter->graph, GRAPH, VF_FILTER_SOUND, &form, 1, false);
}

/* Reads what has been measured, every tenth of a second. */
static int read_out(struct vf_loudness_meter *meter)
{
    int err;
    while ((err = vf_filter_graph_receive(meter->graph, 0, meter->measured)) == VF_OK) {
        const AVDictionaryEntry *entry = av_dict_get(meter->measured->metadata, MOMENTARY, NULL, 0);
        double loudness = entry ? strtod(entry->value, NULL) : NAN;
        if (entry)
            meter->loudness = loudness > VF_LOUDNESS_LEAST ? loudness : VF_LOUDNESS_LEAST;
        av_frame_unref(meter->measured);
    }
    return err == -EAGAIN ? VF_OK : err;
}

/* The graph may keep frames for a while: those of its own memory. */
static int measure(struct vf_loudness_meter *meter, AVFrame **frame)
{
    int err = prepare(meter, *frame);
    if (!err)
        err = av_frame_make_writable(*frame) < 0 ? -ENOMEM : VF_OK;
    if (!err)
        err = vf_filter_graph_send(meter->graph, 0, frame);
    return err ? err : read_out(meter);
}

int vf_loudness_meter_take(struct vf_loudness_meter *meter, const struct vf_message *sound,
                           double *loudness)
{
    AVFrame *frame;
    int err = VF_OK;
    if (!vf_media_sound_is_none(sound) && !vf_media_sound_is_announcement(sound)) {
        err = vf_media_sound_from_message(&frame, sound);
        if (!err)
            err = measure(meter, &frame);
        av_frame_free(&frame);
    }
    *loudness = meter->loudness;
    return err;
}
