/* SPDX-License-Identifier: MIT */
#include "engine/tap/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/message/message_codec.h"

#define MOMENT_MS 50   /* the lease of a slot lasts longer */
#define MANY_WAIT_MS 5 /* where there are several places, only one of which can be waited for */

void vf_tap_wish_finish(struct vf_tap_wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        free(wish->places[i].task);
        if (wish->places[i].fd >= 0)
            close(wish->places[i].fd);
    }
    free(wish->places);
    wish->places = NULL;
    wish->count = 0;
}

int vf_tap_wish_take(struct vf_tap_wish *wish, const json_t *answer, const int *descriptors,
                     size_t count)
{
    const json_t *taps = json_object_get(answer, "taps"), *tap;
    size_t i;
    wish->places = calloc(count + 1, sizeof(*wish->places));
    if (!wish->places)
        return -ENOMEM;
    for (i = 0; i < count; i++)
        wish->places[wish->count++].fd = descriptors[i];
    json_array_foreach(taps, i, tap)
    {
        const char *task = json_string_value(json_object_get(tap, "task"));
        if (i == count || !task)
            return -EPROTO;
        wish->places[i].port = (unsigned)json_integer_value(json_object_get(tap, "port"));
        wish->places[i].task = strdup(task);
        if (!wish->places[i].task)
            return -ENOMEM;
    }
    json_int_t version = json_integer_value(json_object_get(answer, "version"));
    json_int_t size = json_integer_value(json_object_get(answer, "size"));
    if (i != count || !count)
        return -EPROTO;
    return version == VF_MESSAGE_VERSION && size == sizeof(struct vf_description) ? VF_OK : -ESTALE;
}

static int open_reader(struct vf_tap_feed *feed, size_t place)
{
    const struct vf_tap_place *wanted = &feed->wish->places[place];
    int err = vf_tap_reader_create(&feed->readers[place], wanted->fd, wanted->port,
                                   feed->wish->interval_ns);
    if (err == -EBUSY)
        vf_log(VF_LOG_ERROR, "%u programs look at %s already", VF_TAP_SLOTS, wanted->task);
    else if (err)
        vf_log(VF_LOG_ERROR, "cannot look at %s: %s", wanted->task, strerror(-err));
    return err;
}

int vf_tap_feed_open(struct vf_tap_feed *feed, const struct vf_tap_wish *wish)
{
    *feed = (struct vf_tap_feed){.wish = wish};
    feed->readers = calloc(wish->count, sizeof(*feed->readers));
    int err = feed->readers ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < wish->count; i++)
        err = open_reader(feed, i);
    if (err)
        vf_tap_feed_close(feed);
    return err;
}

void vf_tap_feed_close(struct vf_tap_feed *feed)
{
    for (size_t i = 0; feed->readers && i < feed->wish->count; i++)
        vf_tap_reader_destroy(&feed->readers[i]);
    free(feed->readers);
    feed->readers = NULL;
}

/* Whatever a task has written there, what is used of it is checked. */
static bool is_whole(const struct vf_description *description)
{
    size_t size = (size_t)description->payload_size;
    const char *complaint;
    struct vf_envelope_bounds bounds = {.cells = 1, .part_size = &size};
    struct vf_envelope envelope = {
        .magic = VF_ENVELOPE_MAGIC,
        .sequence = 1,
        .arena = size ? VF_ARENA_PART : 0,
        .description = *description,
    };
    return vf_envelope_check(&envelope, offsetof(struct vf_envelope, inline_bytes), &bounds,
                             &complaint) == VF_OK;
}

static bool is_over(const struct vf_tap_feed *feed)
{
    struct pollfd link = {.fd = feed->wish->link_fd, .events = POLLIN};
    return poll(&link, 1, 0) > 0;
}

/* Looks at the places in turn, so that none is seen less than the others. */
static bool look(struct vf_tap_feed *feed, struct vf_tap_view *view)
{
    for (size_t i = 0; i < feed->wish->count; i++) {
        size_t place = (feed->turn + i) % feed->wish->count;
        struct vf_tap_reader *reader = &feed->readers[place];
        if (!vf_tap_reader_look(reader, &view->description, &view->bytes))
            continue;
        view->place = place;
        feed->turn = place + 1;
        if (is_whole(&view->description))
            return true;
        vf_tap_reader_empty(reader);
    }
    return false;
}

/* Says that somebody is still there; takes another slot where this process had stopped for so long
 * that it lost its own. */
static int stay(struct vf_tap_feed *feed)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < feed->wish->count; i++) {
        if (vf_tap_reader_stay(&feed->readers[i]))
            continue;
        vf_tap_reader_destroy(&feed->readers[i]);
        err = open_reader(feed, i);
    }
    return err;
}

int vf_tap_feed_look(struct vf_tap_feed *feed, struct vf_tap_view *view)
{
    int err = stay(feed);
    if (err)
        return err;
    if (look(feed, view))
        return VF_OK;
    return is_over(feed) ? VF_END : -EAGAIN;
}

int vf_tap_feed_next(struct vf_tap_feed *feed, struct vf_tap_view *view)
{
    int err = vf_tap_feed_look(feed, view);
    if (err != -EAGAIN)
        return err;
    size_t waited = feed->turn % feed->wish->count;
    vf_tap_reader_wait(&feed->readers[waited], feed->wish->count > 1 ? MANY_WAIT_MS : MOMENT_MS);
    return look(feed, view) ? VF_OK : -EAGAIN;
}

void vf_tap_feed_done(struct vf_tap_feed *feed, const struct vf_tap_view *view)
{
    vf_tap_reader_empty(&feed->readers[view->place]);
}
