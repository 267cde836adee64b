/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/clips.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/codec/announcement.h"
#include "engine/media/write/clips/exact.h"
#include "engine/media/write/clips/state.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

/* Sound that lags behind the pictures by more is not waited for. */
#define MAX_SOUND_LAG_NS (10 * VF_NS_PER_S)

int vf_clips_create(struct vf_clips **clips, const struct vf_output_order *order)
{
    struct vf_clips *made = *clips = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    made->certain_ns = INT64_MIN;
    int err = order->settings->cut == VF_OUTPUT_CUT_EXACT ? vf_exact_open(made) : VF_OK;
    if (err)
        vf_clips_destroy(clips);
    return err;
}

void vf_clips_destroy(struct vf_clips **clips)
{
    if (!*clips)
        return;
    vf_output_destroy(&(*clips)->output);
    vf_edge_destroy(&(*clips)->edge);
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++) {
        vf_waiting_finish(&(*clips)->waiting[i]);
        vf_message_destroy(&(*clips)->announced[i]);
    }
    vf_spans_finish(&(*clips)->spans);
    vf_frame_index_finish(&(*clips)->index);
    free(*clips);
    *clips = NULL;
}

struct vf_spans *vf_clips_spans(struct vf_clips *clips)
{
    return &clips->spans;
}

const struct vf_frame_index *vf_clips_index(const struct vf_clips *clips)
{
    return &clips->index;
}

const struct vf_span *vf_clips_span(const struct vf_clips *clips)
{
    return &clips->span;
}

int64_t vf_clips_newest_ns(const struct vf_clips *clips)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    return pictures->has_come ? pictures->newest_ns : INT64_MIN;
}

static size_t waiting_bytes(const struct vf_clips *clips)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < clips->order.input_count; i++)
        bytes += clips->waiting[i].bytes;
    return bytes;
}

static bool is_full(const struct vf_clips *clips)
{
    return waiting_bytes(clips) > (size_t)clips->order.settings->buffer_bytes;
}

/* Finds the first group of those that wait. Returns whether it is known where it ends. */
static bool find_group(const struct vf_clips *clips, struct vf_group *group)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    size_t total = vf_waiting_count(pictures), next = 1;
    if (!total)
        return false;
    while (next < total && !vf_waiting_at(pictures, next)->is_key)
        next++;
    *group = (struct vf_group){.count = next, .begin_ns = vf_waiting_at(pictures, 0)->time_ns};
    if (next == total) {
        group->end_ns = clips->is_over ? INT64_MAX : pictures->newest_ns;
        return clips->is_over;
    }
    group->end_ns = vf_waiting_at(pictures, next)->time_ns;
    for (size_t i = next + 1; i < total; i++) {
        if (vf_waiting_at(pictures, i)->time_ns > group->end_ns ||
            vf_waiting_at(pictures, i)->is_key)
            return true;
        group->lead = i - next + 1;
    }
    return clips->is_over;
}

/* Whether the sound of a group has come, or need not be waited for. */
static bool has_sound(const struct vf_clips *clips, const struct vf_group *group)
{
    for (unsigned i = 1; i < clips->order.input_count; i++) {
        const struct vf_output_input *input = &clips->order.inputs[i];
        const struct vf_waiting *sound = &clips->waiting[i];
        bool has_come = sound->has_come && sound->newest_ns >= group->end_ns;
        if (input->kind == VF_TRACK_AUDIO && input->is_expected && !clips->has_ended[i] &&
            !has_come &&
            clips->waiting[VF_CLIPS_VIDEO].newest_ns - group->end_ns < MAX_SOUND_LAG_NS)
            return false;
    }
    return true;
}

int vf_clip_end(struct vf_clips *clips, bool is_complete)
{
    if (!clips->output)
        return VF_OK;
    vf_frame_index_sort(&clips->index);
    int err = vf_output_end(clips->output, is_complete);
    vf_output_destroy(&clips->output);
    vf_frame_index_clear(&clips->index);
    return err;
}

/* Tells a new clip what is known of its sound and subtitles. */
static int announce(struct vf_clips *clips)
{
    int err = VF_OK;
    for (unsigned i = 1; i < clips->order.input_count && !err; i++) {
        bool is_over = clips->has_ended[i] && !vf_waiting_count(&clips->waiting[i]);
        if (clips->announced[i])
            err = vf_output_take(clips->output, i, clips->announced[i]);
        if (!err && is_over && clips->order.inputs[i].is_expected)
            err = vf_output_end_input(clips->output, i);
    }
    return err;
}

int vf_clip_begin(struct vf_clips *clips, const struct vf_span *span, int64_t begin_ns)
{
    clips->span = *span;
    clips->begin_ns = begin_ns;
    int err = vf_output_create(&clips->output, &clips->order);
    return err ? err : announce(clips);
}

/* Returns how many packets of a group, and of its lead, have all pictures up to `end_ns`, and none
 * that another would have to be shown before. */
static size_t count_until(const struct vf_waiting *pictures, const struct vf_group *group,
                          int64_t end_ns)
{
    size_t total = group->count + group->lead;
    int64_t latest_ns = INT64_MIN;
    size_t count = 0;
    for (size_t i = 0; i < total; i++) {
        if (vf_waiting_at(pictures, i)->time_ns <= end_ns)
            count = i + 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (vf_waiting_at(pictures, i)->time_ns > latest_ns)
            latest_ns = vf_waiting_at(pictures, i)->time_ns;
    }
    for (size_t i = count; i < total; i++) {
        int64_t time_ns = vf_waiting_at(pictures, i)->time_ns;
        if (time_ns >= latest_ns)
            continue;
        for (; count <= i; count++) {
            if (vf_waiting_at(pictures, count)->time_ns > latest_ns)
                latest_ns = vf_waiting_at(pictures, count)->time_ns;
        }
    }
    return count;
}

int vf_clip_take_sides(struct vf_clips *clips, int64_t from_ns, int64_t until_ns, bool is_recorded)
{
    int err = VF_OK;
    for (unsigned i = 1; i < clips->order.input_count; i++) {
        struct vf_waiting *side = &clips->waiting[i];
        while (!err && vf_waiting_count(side) && vf_waiting_at(side, 0)->time_ns < until_ns) {
            const struct vf_waiting_item *item = vf_waiting_at(side, 0);
            if (is_recorded && item->time_ns >= from_ns)
                err = vf_output_take(clips->output, i, item->message);
            vf_waiting_drop(side, 1);
        }
    }
    return err;
}

int64_t vf_clip_shown_until(const struct vf_waiting_item *item)
{
    struct vf_description length = item->message->description;
    length.timestamp = length.duration > 0 ? length.duration : 0;
    int64_t length_ns = vf_message_time_ns(&length);
    return item->time_ns + (length_ns > 0 ? length_ns : 1);
}

/* Returns when the last of the first `count` pictures has been shown. */
static int64_t shown_until(const struct vf_waiting *pictures, size_t count)
{
    int64_t until_ns = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        int64_t item_ns = vf_clip_shown_until(vf_waiting_at(pictures, i));
        until_ns = item_ns > until_ns ? item_ns : until_ns;
    }
    return until_ns;
}

int vf_clip_write(struct vf_clips *clips, const struct vf_message *picture, int64_t time_ns)
{
    int err = vf_frame_index_add(&clips->index, time_ns);
    return err ? err : vf_output_take(clips->output, VF_CLIPS_VIDEO, picture);
}

/* Writes pictures. Of a clip that begins with them, those that are shown before its key frame are
 * left out: they need the group before. */
static int write_pictures(struct vf_clips *clips, const struct vf_group *group, size_t count)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    bool begins = clips->index.count == 0;
    int err = VF_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const struct vf_waiting_item *item = vf_waiting_at(pictures, i);
        if (begins && item->time_ns < group->begin_ns)
            continue;
        err = vf_clip_write(clips, item->message, item->time_ns);
    }
    return err;
}

bool vf_clip_goes_on_after(const struct vf_clips *clips, const struct vf_group *group)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    if (vf_waiting_count(pictures) <= group->count)
        return true;
    const struct vf_message *now = vf_waiting_at(pictures, 0)->message;
    const struct vf_message *next = vf_waiting_at(pictures, group->count)->message;
    const struct vf_packet *is = &now->description.packet, *becomes = &next->description.packet;
    return now->description.source_id == next->description.source_id &&
           strcmp(is->codec, becomes->codec) == 0 && is->width == becomes->width &&
           is->height == becomes->height && is->extradata_size == becomes->extradata_size &&
           memcmp(now->payload->data, next->payload->data, is->extradata_size) == 0;
}

/* Records a group, as far as the span goes that it is in. */
static int record(struct vf_clips *clips, const struct vf_group *group, const struct vf_span *span)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    int64_t longest_ns = clips->order.settings->longest_ns;
    bool is_last = span->end_ns < group->end_ns, is_cut = !vf_clip_goes_on_after(clips, group);
    size_t count = group->count;
    int64_t until_ns = is_cut ? INT64_MAX : group->end_ns;
    int err = clips->output ? VF_OK : vf_clip_begin(clips, span, group->begin_ns);
    if (err)
        return err;
    if (is_last)
        count = count_until(pictures, group, span->end_ns);
    else if (!is_cut && longest_ns && group->end_ns != INT64_MAX &&
             group->end_ns - clips->begin_ns >= longest_ns) {
        is_cut = true;
        count += group->lead;
    }
    if (is_last && !is_cut)
        until_ns = shown_until(pictures, count);
    int64_t begin_ns = clips->index.count ? INT64_MIN : group->begin_ns;
    err = vf_clip_take_sides(clips, begin_ns, until_ns, true);
    if (!err)
        err = write_pictures(clips, group, count);
    if (!err && (is_last || is_cut))
        err = vf_clip_end(clips, true);
    return err;
}

/* Writes a group that shares a time with a span. What does not begin with a key frame can only go on
 * with a clip. */
static int write_group(struct vf_clips *clips, const struct vf_group *group)
{
    const struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    struct vf_span span;
    bool is_wanted = vf_spans_find(&clips->spans, group->begin_ns, group->end_ns, &span) &&
                     (clips->output || vf_waiting_at(pictures, 0)->is_key);
    return is_wanted ? record(clips, group, &span) : vf_clip_end(clips, true);
}

/* Writes a group, or leaves it out. */
static int settle_group(struct vf_clips *clips, const struct vf_group *group)
{
    struct vf_waiting *pictures = &clips->waiting[VF_CLIPS_VIDEO];
    int err = clips->edge ? vf_exact_write(clips, group) : write_group(clips, group);
    if (!err)
        err = vf_clip_take_sides(clips, 0, group->end_ns, false);
    vf_waiting_drop(pictures, group->count);
    if (group->end_ns != INT64_MAX)
        vf_spans_forget(&clips->spans, group->end_ns);
    return err;
}

/* Settles the first group before that is certain, so that no more memory is taken. */
static int make_room(struct vf_clips *clips)
{
    struct vf_group group;
    if (!clips->has_told_full)
        vf_node_report_error(clips->order.run,
                             "more waits for events than buffer_size: what is older is settled "
                             "before they are all known; make it larger");
    else
        vf_node_count_error(clips->order.run);
    clips->has_told_full = true;
    (void)find_group(clips, &group);
    return settle_group(clips, &group);
}

int vf_clips_advance(struct vf_clips *clips, int64_t certain_ns)
{
    struct vf_group group;
    int err = VF_OK;
    if (certain_ns > clips->certain_ns)
        clips->certain_ns = certain_ns;
    while (!err && find_group(clips, &group) &&
           (clips->is_over || (clips->certain_ns >= group.end_ns && has_sound(clips, &group))))
        err = settle_group(clips, &group);
    while (!err && is_full(clips) && vf_waiting_count(&clips->waiting[VF_CLIPS_VIDEO]))
        err = make_room(clips);
    clips->has_failed = clips->has_failed || err;
    return err;
}

static int note_announcement(struct vf_clips *clips, unsigned input,
                             const struct vf_message *message)
{
    vf_message_destroy(&clips->announced[input]);
    int err = vf_waiting_copy(&clips->announced[input], message);
    if (!err && clips->output)
        err = vf_output_take(clips->output, input, message);
    return err;
}

int vf_clips_take(struct vf_clips *clips, unsigned input, const struct vf_message *message)
{
    int err;
    if (input != VF_CLIPS_VIDEO && !vf_media_has_content(message))
        err = note_announcement(clips, input, message);
    else
        err = vf_waiting_push(&clips->waiting[input], message);
    clips->has_failed = clips->has_failed || err;
    return err;
}

void vf_clips_end_input(struct vf_clips *clips, unsigned input)
{
    clips->has_ended[input] = true;
}

int vf_clips_end(struct vf_clips *clips, bool is_complete)
{
    int err = VF_OK;
    clips->is_over = true;
    if (!clips->has_failed)
        err = vf_clips_advance(clips, INT64_MAX);
    if (!err && clips->edge && !clips->has_failed)
        err = vf_exact_end(clips);
    int end_err = vf_clip_end(clips, is_complete && !clips->has_failed && !err);
    return err ? err : end_err;
}
