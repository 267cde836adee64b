/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/exact.h"

#include "engine/media/write/clips/state.h"
#include "engine/message/message.h"

/* What of a group belongs to one clip. */
struct piece {
    const struct vf_group *group;
    size_t total;             /* packets of which some are shown before the next key frame */
    int64_t from_ns, last_ns; /* the times of its first and its last picture, at most */
    int64_t first_ns;         /* that of its first picture; INT64_MAX: it has none */
    bool is_last;             /* the clip ends with it */
};

static int take(void *context, const struct vf_message *packet)
{
    return vf_clip_write(context, packet, vf_message_time_ns(&packet->description));
}

int vf_exact_open(struct vf_clips *clips)
{
    const struct vf_edge_taker taker = {clips, take};
    return vf_edge_create(&clips->edge, clips->order.run, &taker);
}

static const struct vf_waiting *pictures_of(const struct vf_clips *clips)
{
    return &clips->waiting[VF_CLIPS_VIDEO];
}

/* Finds the spans that share times, from the first that has not ended before `from_ns` on. Returns
 * whether they share some with the group. */
static bool find_stretch(const struct vf_clips *clips, const struct vf_group *group,
                         int64_t from_ns, struct vf_span *stretch)
{
    const struct vf_spans *spans = &clips->spans;
    bool has_found = false;
    for (size_t i = 0; i < spans->count; i++) {
        const struct vf_span *span = &spans->items[i];
        if (span->end_ns < from_ns)
            continue;
        if (span->begin_ns >= group->end_ns || (has_found && span->begin_ns > stretch->end_ns))
            break;
        if (!has_found)
            *stretch = (struct vf_span){span->begin_ns, span->end_ns, 0};
        else if (span->end_ns > stretch->end_ns)
            stretch->end_ns = span->end_ns;
        has_found = true;
    }
    return has_found;
}

/* Whether a packet is of a picture that is shown between the key frame and the next. */
static bool is_shown(const struct vf_clips *clips, const struct vf_group *group, size_t number)
{
    int64_t time_ns = vf_waiting_at(pictures_of(clips), number)->time_ns;
    return number < group->count ? time_ns >= group->begin_ns : time_ns < group->end_ns;
}

static bool is_in(const struct vf_clips *clips, const struct piece *piece, size_t number)
{
    int64_t time_ns = vf_waiting_at(pictures_of(clips), number)->time_ns;
    return is_shown(clips, piece->group, number) && time_ns >= piece->from_ns &&
           time_ns <= piece->last_ns;
}

static void find_first(const struct vf_clips *clips, struct piece *piece)
{
    piece->first_ns = INT64_MAX;
    for (size_t i = 0; i < piece->total; i++) {
        int64_t time_ns = vf_waiting_at(pictures_of(clips), i)->time_ns;
        if (is_in(clips, piece, i) && time_ns < piece->first_ns)
            piece->first_ns = time_ns;
    }
}

/* Whether a clip becomes longer than it may, if it goes on after a group. */
static bool is_long(const struct vf_clips *clips, const struct piece *piece)
{
    int64_t longest_ns = clips->order.settings->longest_ns, end_ns = piece->group->end_ns;
    int64_t begin_ns = clips->output ? clips->begin_ns : piece->first_ns;
    return longest_ns && end_ns != INT64_MAX && begin_ns != INT64_MAX &&
           end_ns - begin_ns >= longest_ns;
}

static struct piece find_piece(const struct vf_clips *clips, const struct vf_group *group,
                               const struct vf_span *stretch)
{
    bool goes_on = vf_clip_goes_on_after(clips, group);
    struct piece piece = {.group = group,
                          .total = group->count + (goes_on ? group->lead : 0),
                          .from_ns = stretch->begin_ns > group->begin_ns ? stretch->begin_ns
                                                                         : group->begin_ns,
                          .last_ns = stretch->end_ns,
                          .is_last = stretch->end_ns < group->end_ns || !goes_on};
    if (piece.last_ns >= group->end_ns)
        piece.last_ns = group->end_ns - 1;
    find_first(clips, &piece);
    piece.is_last = piece.is_last || is_long(clips, &piece);
    return piece;
}

/* Pictures that are shown before the key frame need the group before, too. */
static bool is_left_out(const struct vf_clips *clips, const struct piece *piece, size_t number,
                        bool is_begun)
{
    return !is_begun && number < piece->group->count && !is_shown(clips, piece->group, number);
}

/* Returns how many packets can be copied, in the order of decoding, so that all pictures up to the
 * last of them, and no later ones, are there. */
static size_t count_copied(const struct vf_clips *clips, const struct piece *piece, bool is_begun)
{
    size_t copied = 0;
    int64_t latest_ns = INT64_MIN;
    if (!piece->is_last)
        return piece->group->count;
    for (size_t i = 0; i < piece->group->count; i++) {
        int64_t time_ns = vf_waiting_at(pictures_of(clips), i)->time_ns, next_ns = INT64_MAX;
        if (is_left_out(clips, piece, i, is_begun))
            continue;
        if (time_ns > piece->last_ns)
            break;
        latest_ns = time_ns > latest_ns ? time_ns : latest_ns;
        for (size_t k = i + 1; k < piece->total; k++) {
            int64_t later_ns = vf_waiting_at(pictures_of(clips), k)->time_ns;
            if (later_ns < next_ns && !is_left_out(clips, piece, k, is_begun))
                next_ns = later_ns;
        }
        if (next_ns > latest_ns)
            copied = i + 1;
    }
    return copied;
}

static int encode(struct vf_clips *clips, const struct piece *piece, int64_t from_ns,
                  size_t decoded_like)
{
    const struct vf_waiting *pictures = pictures_of(clips);
    bool has_next = piece->total > piece->group->count;
    const struct vf_message *key =
        vf_waiting_at(pictures, has_next ? piece->group->count : 0)->message;
    int64_t decoded = key->description.packet.decode_timestamp;
    const struct vf_edge_range range = {
        .packets = pictures,
        .count = piece->total,
        .own = piece->group->count,
        .from_ns = from_ns,
        .until_ns = piece->last_ns,
        .decoded_like = decoded_like,
        .delay = decoded == VF_NO_TIMESTAMP ? 0 : key->description.timestamp - decoded};
    return vf_edge_encode(clips->edge, &range);
}

/* Copies as much as can be, and encodes the rest. */
static int copy(struct vf_clips *clips, const struct piece *piece, bool is_begun)
{
    size_t count = count_copied(clips, piece, is_begun);
    int64_t next_ns = piece->from_ns;
    int err = vf_edge_end(clips->edge, true);
    clips->is_encoding = false;
    for (size_t i = 0; i < count && !err; i++) {
        const struct vf_waiting_item *item = vf_waiting_at(pictures_of(clips), i);
        if (is_left_out(clips, piece, i, is_begun))
            continue;
        next_ns = item->time_ns >= next_ns ? item->time_ns + 1 : next_ns;
        err = vf_edge_copy(clips->edge, item->message);
    }
    if (err || !piece->is_last)
        return err;
    struct piece rest = *piece;
    rest.from_ns = next_ns;
    find_first(clips, &rest);
    return rest.first_ns == INT64_MAX ? VF_OK : encode(clips, piece, next_ns, count);
}

/* Until when the sound of a piece lasts. */
static int64_t sound_until(const struct vf_clips *clips, const struct piece *piece)
{
    int64_t until_ns = INT64_MIN;
    if (!vf_clip_goes_on_after(clips, piece->group))
        return INT64_MAX;
    if (piece->last_ns == piece->group->end_ns - 1)
        return piece->group->end_ns;
    for (size_t i = 0; i < piece->total; i++) {
        int64_t shown_ns = vf_clip_shown_until(vf_waiting_at(pictures_of(clips), i));
        if (is_in(clips, piece, i) && shown_ns > until_ns)
            until_ns = shown_ns;
    }
    return until_ns;
}

int vf_exact_end(struct vf_clips *clips)
{
    int err = vf_edge_end(clips->edge, false);
    clips->is_encoding = false;
    return err;
}

static int end_clip(struct vf_clips *clips)
{
    int err = vf_exact_end(clips);
    int end_err = vf_clip_end(clips, !err);
    return err ? err : end_err;
}

/* Records a piece: copies it from its key frame on, where that is in it and can be shown after what
 * comes before; else encodes it. */
static int record(struct vf_clips *clips, const struct piece *piece, const struct vf_span *stretch)
{
    const struct vf_message *key = vf_waiting_at(pictures_of(clips), 0)->message;
    bool begins = !clips->output, is_begun = !begins && !clips->is_encoding;
    bool has_key = piece->from_ns == piece->group->begin_ns;
    bool is_copied = is_begun || (has_key && (begins || vf_edge_may_join(clips->edge, key)));
    int err = begins ? vf_clip_begin(clips, stretch, piece->first_ns) : VF_OK;
    if (!err)
        err = vf_clip_take_sides(clips, begins ? piece->first_ns : INT64_MIN,
                                 sound_until(clips, piece), true);
    if (!err && is_copied)
        err = copy(clips, piece, is_begun);
    else if (!err)
        err = encode(clips, piece, piece->from_ns, 0);
    clips->is_encoding = !is_copied;
    if (!err && piece->is_last)
        err = end_clip(clips);
    return err;
}

int vf_exact_write(struct vf_clips *clips, const struct vf_group *group)
{
    const struct vf_waiting_item *first = vf_waiting_at(pictures_of(clips), 0);
    struct vf_span stretch;
    int64_t from_ns = group->begin_ns;
    int err = VF_OK;
    bool is_found = find_stretch(clips, group, from_ns, &stretch);
    if (clips->output && (!is_found || stretch.begin_ns > group->begin_ns))
        err = end_clip(clips);
    if (!first->is_key && !clips->output)
        return err;
    if (is_found && !err)
        err = vf_edge_prepare(clips->edge, first->message);
    for (; is_found && !err; is_found = find_stretch(clips, group, from_ns, &stretch)) {
        const struct piece piece = find_piece(clips, group, &stretch);
        if (piece.first_ns != INT64_MAX || clips->output)
            err = record(clips, &piece, &stretch);
        if (stretch.end_ns >= group->end_ns)
            break;
        from_ns = stretch.end_ns + 1;
    }
    return err;
}
