/* SPDX-License-Identifier: MIT */
#include "engine/web/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/media/codec/preview.h"
#include "engine/message/array_json.h"
#include "engine/tap/feed.h"
#include "engine/tap/message_json.h"

#define SOURCES_MOST 12                 /* looked at in different ways at a time */
#define BOXES_MOST 256                  /* drawn on a picture */
#define AT_ONCE 32                      /* messages of one tap that are taken in a row */
#define BOXES_WAIT_NS (VF_NS_PER_S / 2) /* for boxes to be drawn on the first picture */

/* One place that is tapped. */
struct tap {
    struct vf_web_source *source;
    struct vf_tap_wish wish;
    struct vf_tap_feed feed;
    bool is_open;
};

/* What was found in one frame. */
struct boxes {
    uint64_t origin;
    struct vf_preview_box items[BOXES_MOST];
    size_t count;
};

struct vf_web_source {
    struct vf_web_live *live;
    struct vf_web_sight sight;
    unsigned viewers;
    struct tap main, boxes_tap;
    struct vf_preview *preview;
    struct vf_web_picture *picture; /* the newest */
    struct boxes boxes;             /* likewise */
    int64_t opened_ns;
    bool has_boxes; /* some frame's have come */
    json_t *values; /* the last, the newest last */
    uint64_t count;
    char problem[256]; /* why nothing comes; "": it may */
};

struct vf_web_live {
    struct vf_web_link *link;
    void (*changed)(void *context);
    void *context;
    struct vf_web_source *sources[SOURCES_MOST];
};

void vf_web_picture_drop(struct vf_web_picture **picture)
{
    struct vf_web_picture *gone = *picture;
    *picture = NULL;
    if (!gone || --gone->holders)
        return;
    free(gone->bytes);
    free(gone);
}

int vf_web_live_create(struct vf_web_live **live, struct vf_web_link *link,
                       void (*changed)(void *context), void *context)
{
    struct vf_web_live *made = calloc(1, sizeof(*made));
    *live = made;
    if (!made)
        return -ENOMEM;
    made->link = link;
    made->changed = changed;
    made->context = context;
    return VF_OK;
}

static void close_tap(struct tap *tap)
{
    vf_web_link_forget(tap->source->live->link, tap);
    if (tap->is_open)
        vf_tap_feed_close(&tap->feed);
    tap->is_open = false;
    vf_tap_wish_finish(&tap->wish);
}

static void destroy(struct vf_web_source *source)
{
    close_tap(&source->main);
    close_tap(&source->boxes_tap);
    vf_preview_destroy(&source->preview);
    vf_web_picture_drop(&source->picture);
    json_decref(source->values);
    free(source);
}

void vf_web_live_destroy(struct vf_web_live **live)
{
    struct vf_web_live *gone = *live;
    if (!gone)
        return;
    for (size_t i = 0; i < SOURCES_MOST; i++) {
        if (gone->sources[i])
            destroy(gone->sources[i]);
    }
    free(gone);
    *live = NULL;
}

static void fail(struct vf_web_source *source, const char *why)
{
    if (!source->problem[0])
        snprintf(source->problem, sizeof(source->problem), "%s", why);
    source->live->changed(source->live->context);
}

static const char *problem_of(int err, const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    if (error)
        return error;
    return err == -EBUSY    ? "as many look at this place already as can"
           : err == -ESTALE ? "the run has another version of vflow"
           : err == -EPIPE  ? "the run does not answer any more"
                            : strerror(-err);
}

/* The run has answered where the messages of a place are. */
static void hear_tap(void *context, json_t *answer, int *descriptors, size_t count)
{
    struct tap *tap = context;
    int err = answer ? VF_OK : -EPIPE;
    if (!err && !json_is_true(json_object_get(answer, "ok")))
        err = -ENOENT;
    if (!err) {
        err = vf_tap_wish_take(&tap->wish, answer, descriptors, count);
        for (size_t i = 0; i < count && tap->wish.places; i++)
            descriptors[i] = -1; /* they are the wish's */
    }
    if (!err)
        err = vf_tap_feed_open(&tap->feed, &tap->wish);
    tap->is_open = !err;
    if (err && tap == &tap->source->main)
        fail(tap->source, problem_of(err, answer));
}

static int open_tap(struct vf_web_source *source, struct tap *tap, const char *place,
                    int64_t interval_ns)
{
    tap->source = source;
    tap->wish = (struct vf_tap_wish){.interval_ns = interval_ns, .link_fd = -1};
    if (!*place)
        return VF_OK;
    return vf_web_link_ask(source->live->link,
                           json_pack("{ss ss}", "request", "tap", "place", place), hear_tap, tap);
}

static bool is_same_sight(const struct vf_web_sight *a, const struct vf_web_sight *b)
{
    return strcmp(a->place, b->place) == 0 && strcmp(a->boxes_place, b->boxes_place) == 0 &&
           a->is_values == b->is_values && a->width == b->width && a->quality == b->quality &&
           a->interval_ns == b->interval_ns;
}

static int create(struct vf_web_source **source, struct vf_web_live *live,
                  const struct vf_web_sight *sight)
{
    struct vf_web_source *made = calloc(1, sizeof(*made));
    *source = made;
    if (!made)
        return -ENOMEM;
    made->live = live;
    made->sight = *sight;
    made->main.source = made->boxes_tap.source = made;
    made->values = json_array();
    made->opened_ns = vf_clock_now_ns();
    const struct vf_preview_settings settings = {.width = sight->width, .quality = sight->quality};
    int err = made->values ? VF_OK : -ENOMEM;
    if (!err && !sight->is_values)
        err = vf_preview_create(&made->preview, &settings);
    if (!err)
        err = open_tap(made, &made->main, sight->place, sight->interval_ns);
    if (!err && !sight->is_values)
        err = open_tap(made, &made->boxes_tap, sight->boxes_place, 0);
    if (err) {
        destroy(made);
        *source = NULL;
    }
    return err;
}

int vf_web_live_open(struct vf_web_live *live, const struct vf_web_sight *sight,
                     struct vf_web_source **source)
{
    struct vf_web_source **place = NULL;
    *source = NULL;
    for (size_t i = 0; i < SOURCES_MOST; i++) {
        struct vf_web_source *there = live->sources[i];
        if (!there)
            place = place ? place : &live->sources[i];
        else if (is_same_sight(&there->sight, sight) && !there->problem[0])
            *source = there;
    }
    if (!*source && !place)
        return -EBUSY;
    if (!*source) {
        int err = create(place, live, sight);
        if (err)
            return err;
        *source = *place;
    }
    (*source)->viewers++;
    return VF_OK;
}

void vf_web_live_close(struct vf_web_live *live, struct vf_web_source **source)
{
    struct vf_web_source *left = *source;
    *source = NULL;
    if (!left || --left->viewers)
        return;
    for (size_t i = 0; i < SOURCES_MOST; i++) {
        if (live->sources[i] == left)
            live->sources[i] = NULL;
    }
    destroy(left);
}

const char *vf_web_source_problem(const struct vf_web_source *source)
{
    return source->problem[0] ? source->problem : NULL;
}

struct vf_web_picture *vf_web_source_picture(struct vf_web_source *source)
{
    if (source->picture)
        source->picture->holders++;
    return source->picture;
}

json_t *vf_web_source_values(const struct vf_web_source *source, size_t limit)
{
    json_t *last = json_array();
    size_t count = json_array_size(source->values);
    for (size_t i = count > limit ? count - limit : 0; i < count; i++)
        json_array_append(last, json_array_get(source->values, i));
    return last;
}

uint64_t vf_web_source_count(const struct vf_web_source *source)
{
    return source->count;
}

/* Takes one row: ymin, xmin, ymax, xmax, and maybe a track, or a class and a score. */
static void take_box(struct boxes *boxes, const json_t *row)
{
    double at[4];
    for (size_t i = 0; i < VF_COUNT(at); i++) {
        const json_t *number = json_array_get(row, i);
        if (!json_is_number(number))
            return;
        at[i] = json_number_value(number);
    }
    double group = json_number_value(json_array_get(row, VF_COUNT(at)));
    if (boxes->count < BOXES_MOST)
        boxes->items[boxes->count++] = (struct vf_preview_box){
            at[0], at[1], at[2], at[3], group > 0 && group < UINT32_MAX ? (unsigned)group : 0};
}

/* Reads what was found in a frame, an array or a list of rows. What is none is passed over. */
static void take_boxes(struct vf_web_source *source, const struct vf_tap_view *view)
{
    struct vf_payload payload = {.data = (uint8_t *)(uintptr_t)view->bytes,
                                 .size = (size_t)view->description.payload_size};
    const struct vf_message message = {.description = view->description, .payload = &payload};
    json_t *rows = NULL;
    if (view->description.type == VF_VALUE_ARRAY)
        rows = vf_array_to_json(&message);
    else if (view->description.type == VF_VALUE_JSON)
        rows = json_loadb((const char *)view->bytes, payload.size, JSON_DECODE_ANY, NULL);
    source->boxes.origin = view->description.origin.number;
    source->boxes.count = 0;
    source->has_boxes = true;
    for (size_t i = 0; i < json_array_size(rows); i++)
        take_box(&source->boxes, json_array_get(rows, i));
    json_decref(rows);
}

static void replace_picture(struct vf_web_source *source, const uint8_t *bytes, size_t size)
{
    struct vf_web_picture *made = calloc(1, sizeof(*made));
    uint8_t *copy = made ? malloc(size) : NULL;
    if (!copy) {
        free(made);
        return; /* the one before stays */
    }
    memcpy(copy, bytes, size);
    *made = (struct vf_web_picture){
        .bytes = copy, .size = size, .number = ++source->count, .holders = 1};
    vf_web_picture_drop(&source->picture);
    source->picture = made;
    source->live->changed(source->live->context);
}

static void take_picture(struct vf_web_source *source, const struct vf_tap_view *view)
{
    struct vf_payload payload = {.data = (uint8_t *)(uintptr_t)view->bytes,
                                 .size = (size_t)view->description.payload_size,
                                 .holders = 1}; /* lent by the tap */
    const struct vf_message message = {.description = view->description, .payload = &payload};
    const uint8_t *bytes = NULL;
    size_t size;
    int err = view->description.type == VF_VALUE_VIDEO ? VF_OK : -EINVAL;
    if (!err)
        err = vf_preview_make(source->preview, &message, source->boxes.items, source->boxes.count,
                              &bytes, &size);
    if (!err)
        replace_picture(source, bytes, size);
    else
        fail(source, err == -EINVAL ? "what comes here is no picture"
                                    : "the pictures here cannot be shown");
}

static void take_value(struct vf_web_source *source, const struct vf_tap_view *view)
{
    const char *task = source->main.wish.places[view->place].task;
    json_t *value = vf_tap_message_json(task, &view->description, view->bytes);
    if (!value || json_array_append_new(source->values, value) != 0)
        return;
    if (json_array_size(source->values) > VF_WEB_VALUES_MOST)
        json_array_remove(source->values, 0);
    source->count++;
    source->live->changed(source->live->context);
}

/* Takes what has come from a tap. */
static void serve_tap(struct tap *tap)
{
    struct vf_web_source *source = tap->source;
    struct vf_tap_view view;
    int err = tap->is_open ? VF_OK : -EAGAIN;
    for (int i = 0; !err && i < AT_ONCE; i++) {
        err = vf_tap_feed_look(&tap->feed, &view);
        if (err)
            break;
        if (tap == &source->boxes_tap)
            take_boxes(source, &view);
        else if (source->sight.is_values)
            take_value(source, &view);
        else
            take_picture(source, &view);
        vf_tap_feed_done(&tap->feed, &view);
    }
    if (err && err != -EAGAIN && tap == &source->main)
        fail(source, problem_of(err, NULL));
}

bool vf_web_live_serve(struct vf_web_live *live)
{
    bool is_any = false;
    for (size_t i = 0; i < SOURCES_MOST; i++) {
        struct vf_web_source *source = live->sources[i];
        if (!source || source->problem[0])
            continue;
        is_any = true;
        serve_tap(&source->boxes_tap);
        bool is_early = source->sight.boxes_place[0] && !source->has_boxes &&
                        vf_clock_now_ns() - source->opened_ns < BOXES_WAIT_NS;
        if (!is_early)
            serve_tap(&source->main);
    }
    return is_any;
}
