/* SPDX-License-Identifier: MIT */
#include "engine/web/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "engine/base/text.h"

#define BLOCK ((size_t)16 << 10)
#define BACKLOG_MOST ((size_t)256 << 10) /* bytes that somebody may leave unread */

struct listener {
    struct vf_web_events *events;
    struct MHD_Connection *connection; /* NULL: nobody is in this place */
    struct vf_text text;               /* that is to be sent, */
    size_t sent;                       /* up to there */
    bool is_suspended;
    bool needs_all; /* the next sample is to be a whole one */
};

struct vf_web_events {
    struct listener listeners[VF_WEB_LISTENERS_MOST];
    json_t *sample; /* the last; NULL: none yet */
    uint64_t number;
    unsigned revision;
    bool is_over;
};

int vf_web_events_create(struct vf_web_events **events, unsigned revision)
{
    *events = calloc(1, sizeof(**events));
    if (!*events)
        return -ENOMEM;
    (*events)->revision = revision;
    return VF_OK;
}

void vf_web_events_destroy(struct vf_web_events **events)
{
    struct vf_web_events *gone = *events;
    if (!gone)
        return;
    for (size_t i = 0; i < VF_WEB_LISTENERS_MOST; i++)
        vf_text_finish(&gone->listeners[i].text);
    json_decref(gone->sample);
    free(gone);
    *events = NULL;
}

json_t *vf_web_merge_patch(const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value, *patch = json_object();
    json_object_foreach((json_t *)(uintptr_t)after, key, value)
    {
        const json_t *old = json_object_get(before, key);
        if (json_is_object(value) && json_is_object(old)) {
            json_t *inner = vf_web_merge_patch(old, value);
            if (inner)
                json_object_set_new(patch, key, inner);
        } else if (!old || !json_equal(old, value)) {
            json_object_set(patch, key, value);
        }
    }
    json_object_foreach((json_t *)(uintptr_t)before, key, value)
    {
        if (!json_object_get(after, key))
            json_object_set_new(patch, key, json_null());
    }
    if (json_object_size(patch))
        return patch;
    json_decref(patch);
    return NULL;
}

size_t vf_web_events_count(const struct vf_web_events *events)
{
    size_t count = 0;
    for (size_t i = 0; i < VF_WEB_LISTENERS_MOST; i++)
        count += events->listeners[i].connection != NULL;
    return count;
}

static void resume(struct listener *listener)
{
    if (listener->connection && listener->is_suspended) {
        listener->is_suspended = false;
        MHD_resume_connection(listener->connection);
    }
}

/* Returns an event as it is sent, the caller's; NULL: out of memory. */
static char *write_event(const struct vf_web_events *events, const char *name, const json_t *data)
{
    char *json = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(6));
    char *text = json ? vf_text_format("id: %llu\nevent: %s\ndata: %s\n\n",
                                       (unsigned long long)events->number, name, json)
                      : NULL;
    free(json);
    return text;
}

static void append(struct listener *listener, const char *text)
{
    if (text)
        vf_text_append(&listener->text, text, strlen(text));
    resume(listener);
}

/* Drops what somebody has not read, but for the event that is being sent. */
static void shorten(struct listener *listener)
{
    const char *rest = listener->text.bytes ? listener->text.bytes + listener->sent : "";
    const char *end = strstr(rest, "\n\n");
    size_t kept = end ? (size_t)(end - rest) + 2 : 0;
    if (listener->text.bytes)
        memmove(listener->text.bytes, rest, kept);
    listener->text.length = kept;
    if (listener->text.bytes)
        listener->text.bytes[kept] = '\0';
    listener->sent = 0;
    listener->needs_all = true;
}

void vf_web_events_send(struct vf_web_events *events, json_t *sample)
{
    json_t *patch = events->sample ? vf_web_merge_patch(events->sample, sample) : NULL;
    char *whole = NULL, *change = NULL;
    events->number++;
    for (size_t i = 0; i < VF_WEB_LISTENERS_MOST; i++) {
        struct listener *listener = &events->listeners[i];
        if (!listener->connection)
            continue;
        if (listener->text.length - listener->sent > BACKLOG_MOST) {
            shorten(listener);
            continue; /* until that has gone out */
        }
        if (listener->needs_all && !whole)
            whole = write_event(events, "sample", sample);
        if (!listener->needs_all && patch && !change)
            change = write_event(events, "change", patch);
        append(listener, listener->needs_all ? whole : change);
        listener->needs_all = false;
    }
    free(whole);
    free(change);
    json_decref(patch);
    json_decref(events->sample);
    events->sample = sample;
}

void vf_web_events_tell(struct vf_web_events *events, const char *name, const char *data,
                        bool is_last)
{
    char *text = vf_text_format("event: %s\ndata: %s\n\n", name, data);
    events->is_over = events->is_over || is_last;
    for (size_t i = 0; i < VF_WEB_LISTENERS_MOST; i++) {
        if (events->listeners[i].connection)
            append(&events->listeners[i], text);
    }
    free(text);
}

/* Gives the connection what there is; when there is nothing, it sleeps. */
static ssize_t read_on(void *context, uint64_t position, char *room, size_t most)
{
    struct listener *listener = context;
    size_t left = listener->text.length - listener->sent;
    (void)position;
    if (!left && listener->events->is_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!left) {
        listener->is_suspended = true;
        MHD_suspend_connection(listener->connection);
        return 0;
    }
    size_t size = left < most ? left : most;
    memcpy(room, listener->text.bytes + listener->sent, size);
    listener->sent += size;
    if (listener->sent == listener->text.length)
        listener->text.length = listener->sent = 0;
    return (ssize_t)size;
}

static void leave(void *context)
{
    struct listener *listener = context;
    vf_text_finish(&listener->text);
    *listener = (struct listener){0};
}

struct MHD_Response *vf_web_events_listen(struct vf_web_events *events,
                                          struct MHD_Connection *connection)
{
    struct listener *listener = NULL;
    for (size_t i = 0; i < VF_WEB_LISTENERS_MOST && !listener; i++) {
        if (!events->listeners[i].connection)
            listener = &events->listeners[i];
    }
    if (!listener)
        return NULL;
    *listener = (struct listener){.events = events, .connection = connection, .needs_all = true};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_on, listener, leave);
    char *first = events->sample ? write_event(events, "sample", events->sample) : NULL;
    if (!response) {
        *listener = (struct listener){0};
    } else {
        char begin[96];
        snprintf(begin, sizeof(begin), "retry: 1000\nevent: flow\ndata: {\"revision\":%u}\n\n",
                 events->revision);
        append(listener, begin);
        append(listener, first);
        listener->needs_all = !first;
    }
    free(first);
    return response;
}
