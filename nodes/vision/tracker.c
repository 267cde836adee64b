/* SPDX-License-Identifier: MIT */
#include "nodes/vision/tracker.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/vision/assignment.h"

#define UNSURE_OVERLAP 0.5 /* that an unsure box needs */
#define NEW_OVERLAP \
    0.3 /* that the second box of an object needs, or `overlap` where that is more */
#define SAME_OVERLAP 0.85 /* of two tracks that are one */
#define MOST_SHIFTED 24   /* tracks and boxes among which a shift is looked for */
#define SHIFT_GAIN 0.15   /* in overlap for each track, with which a shift is believed */
#define MOST 100000       /* tracks, and boxes of a frame */
#define SIMILAR 1.6       /* ratio of the sizes of a box and a track that may be one */

double vf_box_overlap(const struct vf_box *one, const struct vf_box *other)
{
    const double *a = one->at, *b = other->at;
    double height = fmin(a[VF_BOX_YMAX], b[VF_BOX_YMAX]) - fmax(a[VF_BOX_YMIN], b[VF_BOX_YMIN]);
    double width = fmin(a[VF_BOX_XMAX], b[VF_BOX_XMAX]) - fmax(a[VF_BOX_XMIN], b[VF_BOX_XMIN]);
    if (height <= 0 || width <= 0)
        return 0;
    double first = (a[VF_BOX_YMAX] - a[VF_BOX_YMIN]) * (a[VF_BOX_XMAX] - a[VF_BOX_XMIN]);
    double second = (b[VF_BOX_YMAX] - b[VF_BOX_YMIN]) * (b[VF_BOX_XMAX] - b[VF_BOX_XMIN]);
    return height * width / (first + second - height * width);
}

static double score_of(const struct vf_box_list *boxes, size_t i)
{
    return boxes->columns > VF_BOX_SCORE ? boxes->items[i].at[VF_BOX_SCORE] : 1;
}

static double class_of(const struct vf_box_list *boxes, size_t i)
{
    return boxes->columns > VF_BOX_SCORE ? boxes->items[i].at[VF_BOX_CLASS] : 0;
}

static bool may_be(const struct vf_tracker *tracker, const struct vf_track *track,
                   const struct vf_box_list *boxes, size_t i)
{
    double apart = track->class - class_of(boxes, i);
    return !tracker->settings.is_by_class || (apart > -0.5 && apart < 0.5);
}

/* Makes room for `count` items at least. Returns them; NULL: there is no memory. */
static void *grow(void *items, size_t *room, size_t count, size_t size)
{
    if (items && count <= *room)
        return items;
    size_t wanted = 2 * count + 16;
    void *grown = wanted <= SIZE_MAX / size ? realloc(items, wanted * size) : NULL;
    if (grown)
        *room = wanted;
    return grown;
}

static int grow_numbers(size_t **numbers, size_t room, size_t count)
{
    size_t *grown = grow(*numbers, &room, count, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    *numbers = grown;
    return VF_OK;
}

/* Makes room for all tracks, after each box has begun one, and all boxes. */
static int make_room(struct vf_tracker *tracker, size_t boxes)
{
    struct vf_tracker_work *work = &tracker->work;
    size_t tracks = tracker->count + boxes;
    if (tracks > MOST || boxes > MOST)
        return -ENOMEM;
    struct vf_track *all = grow(tracker->tracks, &tracker->capacity, tracks, sizeof(*all));
    if (!all)
        return -ENOMEM;
    tracker->tracks = all;
    double *costs = grow(work->costs, &work->cost_room, tracks * boxes, sizeof(*costs));
    if (!costs)
        return -ENOMEM;
    work->costs = costs;
    int err = grow_numbers(&work->tracks, work->track_room, tracks);
    if (!err)
        err = grow_numbers(&work->chosen, work->track_room, tracks);
    if (!err)
        err = grow_numbers(&work->boxes, work->box_room, boxes);
    if (err)
        return err;
    bool *taken = grow(work->is_taken, &work->box_room, boxes, sizeof(*taken));
    if (!taken)
        return -ENOMEM;
    work->is_taken = taken;
    if (tracks > work->track_room)
        work->track_room = tracks;
    return VF_OK;
}

void vf_tracker_skip(struct vf_tracker *tracker, uint64_t frames)
{
    uint64_t steps = frames <= (uint64_t)tracker->settings.lost + 1
                         ? frames
                         : (uint64_t)tracker->settings.lost + 1;
    for (size_t i = 0; i < tracker->count; i++) {
        struct vf_track *track = &tracker->tracks[i];
        for (uint64_t step = 0; step < steps; step++)
            vf_motion_predict(&track->motion);
        track->age += frames;
        track->unseen += frames;
    }
}

/* How well the boxes fit the tracks when those are moved: the sum of what overlaps most with each. */
static double fit(const struct vf_box *tracks, size_t track_count, const struct vf_box_list *boxes,
                  size_t box_count, const double shift[2])
{
    double sum = 0;
    for (size_t i = 0; i < track_count; i++) {
        struct vf_box moved = tracks[i];
        double most = 0;
        moved.at[VF_BOX_XMIN] += shift[0];
        moved.at[VF_BOX_XMAX] += shift[0];
        moved.at[VF_BOX_YMIN] += shift[1];
        moved.at[VF_BOX_YMAX] += shift[1];
        for (size_t j = 0; j < box_count; j++)
            most = fmax(most, vf_box_overlap(&moved, &boxes->items[j]));
        sum += most;
    }
    return sum;
}

static bool is_similar(double one, double other)
{
    return one > 0 && other > 0 && one / other < SIMILAR && other / one < SIMILAR;
}

/* Returns whether a box has about the size of a track, and where it would be moved to it. */
static bool find_shift(const struct vf_box *track, const struct vf_box *box, double shift[2])
{
    const double *a = track->at, *b = box->at;
    shift[0] = (b[VF_BOX_XMIN] + b[VF_BOX_XMAX] - a[VF_BOX_XMIN] - a[VF_BOX_XMAX]) / 2;
    shift[1] = (b[VF_BOX_YMIN] + b[VF_BOX_YMAX] - a[VF_BOX_YMIN] - a[VF_BOX_YMAX]) / 2;
    return is_similar(a[VF_BOX_XMAX] - a[VF_BOX_XMIN], b[VF_BOX_XMAX] - b[VF_BOX_XMIN]) &&
           is_similar(a[VF_BOX_YMAX] - a[VF_BOX_YMIN], b[VF_BOX_YMAX] - b[VF_BOX_YMIN]);
}

/* Lists where the tracks that were seen last should be. Returns how many. */
static size_t list_seen(const struct vf_tracker *tracker, struct vf_box *places)
{
    size_t count = 0;
    for (size_t i = 0; i < tracker->count && count < MOST_SHIFTED; i++) {
        if (tracker->tracks[i].state == VF_TRACK_SEEN)
            vf_motion_box(&tracker->tracks[i].motion, &places[count++]);
    }
    return count;
}

/* Looks for the shift with which the boxes fit best, and sets `best` to it where it fits them much
 * better than none. */
static void find_best_shift(const struct vf_box *places, size_t seen,
                            const struct vf_box_list *boxes, size_t count, double best[2])
{
    double most = fit(places, seen, boxes, count, best) + SHIFT_GAIN * (double)seen;
    for (size_t i = 0; i < seen * count; i++) {
        double shift[2];
        if (!find_shift(&places[i / count], &boxes->items[i % count], shift))
            continue;
        double found = fit(places, seen, boxes, count, shift);
        if (found > most) {
            most = found;
            memcpy(best, shift, sizeof(shift));
        }
    }
}

/* Moves all tracks when by that the boxes fit them much better. With one or two objects, it might as
 * well be them that have moved. */
static void steady(struct vf_tracker *tracker, const struct vf_box_list *boxes)
{
    struct vf_box places[MOST_SHIFTED];
    size_t seen = list_seen(tracker, places);
    size_t count = boxes->count < MOST_SHIFTED ? boxes->count : MOST_SHIFTED;
    double best[2] = {0, 0};
    if (seen >= 3 && count >= 3)
        find_best_shift(places, seen, boxes, count, best);
    for (size_t i = 0; i < tracker->count; i++)
        vf_motion_shift(&tracker->tracks[i].motion, best[0], best[1]);
}

static void give(struct vf_track *track, const struct vf_box_list *boxes, size_t i)
{
    vf_motion_update(&track->motion, &boxes->items[i]);
    track->score = score_of(boxes, i);
    track->class = class_of(boxes, i);
    track->unseen = 0;
    track->hits++;
    if (track->state == VF_TRACK_LOST)
        track->state = VF_TRACK_SEEN;
}

/* Which tracks and which boxes a round is about. */
struct round {
    bool (*has_track)(const struct vf_track *track);
    double score_least, score_below; /* of the boxes */
    double overlap;
    bool weighs_scores; /* the surer box is the nearer one */
};

static bool is_known(const struct vf_track *track)
{
    return track->state != VF_TRACK_NEW;
}

static bool is_seen(const struct vf_track *track)
{
    return track->state == VF_TRACK_SEEN;
}

static bool is_new(const struct vf_track *track)
{
    return track->state == VF_TRACK_NEW;
}

/* Lists the tracks of a round that have no box of this frame yet, and the boxes that are left. */
static void list_round(struct vf_tracker *tracker, const struct vf_box_list *boxes,
                       const struct round *round, size_t *rows, size_t *columns)
{
    struct vf_tracker_work *work = &tracker->work;
    *rows = *columns = 0;
    for (size_t i = 0; i < tracker->count; i++) {
        const struct vf_track *track = &tracker->tracks[i];
        if (track->unseen && round->has_track(track))
            work->tracks[(*rows)++] = i;
    }
    for (size_t i = 0; i < boxes->count; i++) {
        double score = score_of(boxes, i);
        if (!work->is_taken[i] && score >= round->score_least && score < round->score_below)
            work->boxes[(*columns)++] = i;
    }
}

/* Sets what each pair costs: 1 where it is none. */
static void set_costs(struct vf_tracker *tracker, const struct vf_box_list *boxes,
                      const struct round *round, size_t rows, size_t columns)
{
    struct vf_tracker_work *work = &tracker->work;
    for (size_t i = 0; i < rows * columns; i++) {
        const struct vf_track *track = &tracker->tracks[work->tracks[i / columns]];
        size_t box = work->boxes[i % columns];
        struct vf_box place = {{0}};
        vf_motion_box(&track->motion, &place);
        bool may_fit = may_be(tracker, track, boxes, box);
        double overlap = may_fit ? vf_box_overlap(&place, &boxes->items[box]) : 0;
        double weight = round->weighs_scores ? 0.5 + 0.5 * score_of(boxes, box) : 1;
        bool is_pair = overlap >= round->overlap && overlap > 0;
        work->costs[i] = is_pair ? 1 - overlap * weight : 1;
    }
}

/* Gives boxes to tracks. */
static int pair(struct vf_tracker *tracker, const struct vf_box_list *boxes,
                const struct round *round)
{
    struct vf_tracker_work *work = &tracker->work;
    size_t rows, columns;
    list_round(tracker, boxes, round, &rows, &columns);
    if (!rows || !columns)
        return VF_OK;
    set_costs(tracker, boxes, round, rows, columns);
    int err = vf_assign(work->costs, rows, columns, 1, work->chosen);
    for (size_t row = 0; row < rows && !err; row++) {
        if (work->chosen[row] == VF_UNASSIGNED)
            continue;
        size_t box = work->boxes[work->chosen[row]];
        work->is_taken[box] = true;
        give(&tracker->tracks[work->tracks[row]], boxes, box);
    }
    return err;
}

static void confirm(struct vf_tracker *tracker, struct vf_track *track)
{
    if (track->state != VF_TRACK_NEW || track->hits < (uint64_t)tracker->settings.confirm)
        return;
    track->state = VF_TRACK_SEEN;
    track->id = ++tracker->last_id;
}

static void begin_tracks(struct vf_tracker *tracker, const struct vf_box_list *boxes)
{
    for (size_t i = 0; i < boxes->count; i++) {
        if (tracker->work.is_taken[i] || score_of(boxes, i) < tracker->settings.begin)
            continue;
        struct vf_track *track = &tracker->tracks[tracker->count++];
        *track =
            (struct vf_track){.class = class_of(boxes, i), .score = score_of(boxes, i), .hits = 1};
        vf_motion_begin(&track->motion, &boxes->items[i]);
        confirm(tracker, track);
    }
}

/* Whether a track is that of one of the `count` first ones as well. */
static bool is_double(const struct vf_tracker *tracker, const struct vf_track *track, size_t count)
{
    struct vf_box place = {{0}}, other = {{0}};
    vf_motion_box(&track->motion, &place);
    for (size_t i = 0; i < count; i++) {
        const struct vf_track *older = &tracker->tracks[i];
        vf_motion_box(&older->motion, &other);
        bool is_one_lost = (older->state == VF_TRACK_LOST) != (track->state == VF_TRACK_LOST);
        bool is_of_class = !tracker->settings.is_by_class || older->class == track->class;
        if (is_one_lost && is_of_class && vf_box_overlap(&place, &other) > SAME_OVERLAP)
            return true;
    }
    return false;
}

/* What was not seen is lost, and forgotten in the end. */
static void sort_out(struct vf_tracker *tracker)
{
    size_t kept = 0;
    for (size_t i = 0; i < tracker->count; i++) {
        struct vf_track *track = &tracker->tracks[i];
        if (track->unseen && track->state == VF_TRACK_SEEN) {
            track->state = VF_TRACK_LOST;
            vf_motion_keep_size(&track->motion);
        }
        confirm(tracker, track);
        bool is_gone = track->unseen && (track->state == VF_TRACK_NEW ||
                                         track->unseen > (uint64_t)tracker->settings.lost);
        if (!is_gone)
            tracker->tracks[kept++] = *track;
    }
    tracker->count = kept;
    kept = 0;
    for (size_t i = 0; i < tracker->count; i++) {
        if (!is_double(tracker, &tracker->tracks[i], kept))
            tracker->tracks[kept++] = tracker->tracks[i];
    }
    tracker->count = kept;
}

int vf_tracker_update(struct vf_tracker *tracker, const struct vf_box_list *boxes, uint64_t frames)
{
    const struct vf_tracker_settings *settings = &tracker->settings;
    const struct round rounds[] = {
        {is_known, settings->sure, INFINITY, settings->overlap, true},
        {is_seen, settings->unsure, settings->sure, fmax(settings->overlap, UNSURE_OVERLAP), false},
        {is_new, settings->sure, INFINITY, fmax(settings->overlap, NEW_OVERLAP), true},
    };
    int err = make_room(tracker, boxes->count);
    if (err)
        return err;
    vf_tracker_skip(tracker, frames);
    for (size_t i = 0; i < boxes->count; i++)
        tracker->work.is_taken[i] = false;
    if (settings->steadies)
        steady(tracker, boxes);
    for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]) && !err; i++)
        err = pair(tracker, boxes, &rounds[i]);
    if (err)
        return err;
    sort_out(tracker);
    begin_tracks(tracker, boxes);
    return VF_OK;
}

void vf_tracker_finish(struct vf_tracker *tracker)
{
    free(tracker->tracks);
    free(tracker->work.tracks);
    free(tracker->work.boxes);
    free(tracker->work.chosen);
    free(tracker->work.costs);
    free(tracker->work.is_taken);
    *tracker = (struct vf_tracker){.settings = tracker->settings};
}
