/* SPDX-License-Identifier: MIT */
#include "nodes/write/clip/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/codec/packet.h"
#include "engine/media/write/choice/settings.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

/* Times of frames that are in files are removed so many at a time. */
#define MANY_WRITTEN 4096

struct vf_segment {
    char *path;
    struct vf_frame_index index;
};

static void finish_file(struct vf_segment *file)
{
    free(file->path);
    vf_frame_index_finish(&file->index);
}

/* Forgets the files of which no event to come tells. */
static void forget(struct vf_segments *segments)
{
    int64_t delay_ns = segments->events.settings->event_delay_ns;
    int64_t until_ns =
        vf_told_before(vf_told_until(&segments->told, segments->newest_ns, delay_ns), delay_ns);
    size_t old = 0;
    while (old < segments->count && vf_frame_index_last_ns(&segments->files[old].index) < until_ns)
        finish_file(&segments->files[old++]);
    segments->count -= old;
    if (old)
        memmove(segments->files, segments->files + old, segments->count * sizeof(*segments->files));
}

static int64_t complete_until(const struct vf_segments *segments)
{
    return segments->count ? vf_frame_index_last_ns(&segments->files[segments->count - 1].index)
                           : INT64_MIN;
}

static int take_event(struct vf_segments *segments, unsigned input,
                      const struct vf_message *message)
{
    vf_told_note(&segments->told, input, message);
    int err = vf_clip_events_take(&segments->events, input, message, NULL);
    for (size_t i = 0; i < segments->count && !err; i++)
        vf_clip_events_look(&segments->events, segments->files[i].path, &segments->files[i].index);
    if (!err)
        err = vf_clip_events_tell(&segments->events, complete_until(segments));
    return err;
}

static int take_picture(struct vf_segments *segments, const struct vf_message *message)
{
    int64_t time_ns = vf_message_time_ns(&message->description);
    if (time_ns != VF_NO_TIMESTAMP && time_ns > segments->newest_ns)
        segments->newest_ns = time_ns;
    return segments->is_copy ? VF_OK : vf_frame_index_add(&segments->taken, time_ns);
}

int vf_segments_take(struct vf_segments *segments, unsigned input, const struct vf_message *message)
{
    if (!segments->has_come)
        segments->newest_ns = INT64_MIN;
    segments->has_come = true;
    int err = vf_told_is_by(&segments->told, input) ? take_event(segments, input, message)
                                                    : take_picture(segments, message);
    if (err >= 0)
        forget(segments);
    return err;
}

/* Returns the time of the next frame that goes into a file: encoders keep their number. */
static int64_t next_taken(struct vf_segments *segments)
{
    struct vf_frame_index *taken = &segments->taken;
    if (segments->written >= taken->count)
        return VF_NO_TIMESTAMP;
    int64_t time_ns = taken->times_ns[segments->written++];
    if (segments->written < MANY_WRITTEN)
        return time_ns;
    taken->count -= segments->written;
    memmove(taken->times_ns, taken->times_ns + segments->written,
            taken->count * sizeof(*taken->times_ns));
    segments->written = 0;
    return time_ns;
}

int vf_segments_note_packet(struct vf_segments *segments, const struct AVPacket *packet)
{
    int64_t time_ns = segments->is_copy ? vf_media_packet_shown_ns(packet) : next_taken(segments);
    /* What is shown before the key frame that a copied file begins with cannot be decoded. */
    bool is_lost =
        segments->is_copy && segments->present.count && time_ns < segments->present.times_ns[0];
    return time_ns == VF_NO_TIMESTAMP || is_lost ? VF_OK
                                                 : vf_frame_index_add(&segments->present, time_ns);
}

static int add_file(struct vf_segments *segments, const char *path)
{
    if (segments->count == segments->room) {
        size_t room = segments->room ? 2 * segments->room : 16;
        struct vf_segment *files = realloc(segments->files, room * sizeof(*files));
        if (!files)
            return -ENOMEM;
        segments->files = files;
        segments->room = room;
    }
    struct vf_segment file = {strdup(path), segments->present};
    if (!file.path)
        return -ENOMEM;
    segments->files[segments->count++] = file;
    segments->present = (struct vf_frame_index){0};
    return VF_OK;
}

int vf_segments_note_file(struct vf_segments *segments, const char *path, bool is_complete)
{
    vf_frame_index_sort(&segments->present);
    int64_t last_ns = vf_frame_index_last_ns(&segments->present);
    int err = is_complete && segments->present.count ? add_file(segments, path) : VF_OK;
    vf_frame_index_clear(&segments->present);
    if (err)
        return err;
    if (is_complete && segments->count)
        vf_clip_events_look(&segments->events, path, &segments->files[segments->count - 1].index);
    err = vf_clip_events_tell(&segments->events, last_ns);
    forget(segments);
    return err;
}

int vf_segments_end(struct vf_segments *segments)
{
    return vf_clip_events_end(&segments->events);
}

void vf_segments_finish(struct vf_segments *segments)
{
    for (size_t i = 0; i < segments->count; i++)
        finish_file(&segments->files[i]);
    free(segments->files);
    segments->files = NULL;
    segments->count = segments->room = 0;
    vf_frame_index_finish(&segments->present);
    vf_frame_index_finish(&segments->taken);
    vf_clip_events_finish(&segments->events);
}
