/* SPDX-License-Identifier: MIT */
#include "nodes/write/shots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "nodes/time/message_time.h"

/* What is known of an object. */
struct note {
    struct vf_track_note head;
    struct vf_message *frame; /* its best picture; NULL: it has none in hand */
    struct vf_tracked object; /* as it is there */
    double worth, seen;
    char *what, *where;       /* of the first event of it */
    bool is_due;              /* a picture is wanted */
    bool is_over, is_written; /* no other picture is looked for; there is one */
};

static void release_note(void *bytes, void *context)
{
    struct note *note = bytes;
    (void)context;
    vf_message_destroy(&note->frame);
    free(note->what);
    free(note->where);
}

void vf_shots_open(struct vf_shots *shots)
{
    shots->notes.note_size = sizeof(struct note);
    shots->notes.release = release_note;
}

/* Gives the picture of an object, if it is wanted; there will be no other. */
static int give(struct vf_shots *shots, struct note *note)
{
    const struct vf_shot shot = {.frame = note->frame,
                                 .object = note->object,
                                 .has_track = true,
                                 .has_box = true,
                                 .worth = note->worth,
                                 .what = note->what,
                                 .where = note->where};
    int err = VF_OK;
    note->is_over = true;
    if (!note->frame)
        return VF_OK;
    if (note->is_due) {
        note->is_written = true;
        err = shots->take(shots->context, &shot);
    }
    vf_message_destroy(&note->frame);
    shots->count--;
    return err;
}

int vf_shots_begin(struct vf_shots *shots, const struct vf_message *frame)
{
    int err = VF_OK;
    for (size_t i = 0; i < shots->notes.count && !err;) {
        struct note *note = vf_track_notes_at(&shots->notes, i);
        if (shots->now - note->seen < shots->gone - VF_TIME_ROUNDING) {
            i++;
            continue;
        }
        err = give(shots, note);
        vf_track_notes_forget(&shots->notes, i);
    }
    double now = vf_message_seconds(frame);
    if (now < shots->now && !err) /* another file, whose time begins again */
        err = vf_shots_end(shots);
    shots->now = now;
    return err;
}

/* Finds the object in hand that was not seen for the longest. */
static struct note *find_oldest(const struct vf_shots *shots)
{
    struct note *oldest = NULL;
    for (size_t i = 0; i < shots->notes.count; i++) {
        struct note *note = vf_track_notes_at(&shots->notes, i);
        if (note->frame && (!oldest || note->seen < oldest->seen))
            oldest = note;
    }
    return oldest;
}

static int make_room(struct vf_shots *shots)
{
    struct note *oldest = shots->count >= shots->held ? find_oldest(shots) : NULL;
    if (!oldest)
        return VF_OK;
    if (!shots->has_warned)
        vf_log(
            VF_LOG_WARNING,
            "more objects are followed at once than the %zu of held: those that were not seen for "
            "the longest get the picture that they have; raise it for the best one of each",
            shots->held);
    shots->has_warned = true;
    return give(shots, oldest);
}

static int keep(struct vf_shots *shots, struct note *note, const struct vf_message *frame,
                const struct vf_tracked *object, double worth)
{
    struct vf_message *kept;
    int err = note->frame ? VF_OK : make_room(shots);
    if (!err)
        err = vf_message_clone(&kept, frame);
    if (err)
        return err;
    shots->count += !note->frame;
    vf_message_destroy(&note->frame);
    note->frame = kept;
    note->object = *object;
    note->worth = worth;
    return VF_OK;
}

int vf_shots_follow(struct vf_shots *shots, struct vf_node_run *run, const struct vf_message *frame,
                    const struct vf_tracked *object)
{
    double worth;
    struct note *note = vf_track_notes_take(&shots->notes, object->id);
    if (!note)
        return -ENOMEM;
    note->seen = shots->now;
    note->is_due = note->is_due || !shots->needs_events;
    if (note->is_over)
        return VF_OK;
    int err = vf_best_shot_judge(&shots->luma, run, frame, object, &worth);
    if (err || worth <= note->worth)
        return err;
    return keep(shots, note, frame, object, worth);
}

static struct note *find_note(const struct vf_shots *shots, int64_t id)
{
    for (size_t i = 0; i < shots->notes.count; i++) {
        struct note *note = vf_track_notes_at(&shots->notes, i);
        if (note->head.id == id)
            return note;
    }
    return NULL;
}

static int copy_text(char **copy, const char *text)
{
    *copy = text ? strdup(text) : NULL;
    return text && !*copy ? -ENOMEM : VF_OK;
}

static int give_at_once(struct vf_shots *shots, const struct vf_message *frame,
                        const struct vf_told *told)
{
    const struct vf_shot shot = {.frame = frame,
                                 .object = told->object,
                                 .has_track = told->has_track,
                                 .has_box = told->has_box,
                                 .what = told->what,
                                 .where = told->where};
    return shots->take(shots->context, &shot);
}

int vf_shots_mark(struct vf_shots *shots, const struct vf_message *frame,
                  const struct vf_told *told)
{
    struct note *note = told->has_track ? find_note(shots, told->object.id) : NULL;
    if (!note || (note->is_over && !note->is_written)) {
        if (note)
            note->is_written = true;
        return give_at_once(shots, frame, told);
    }
    if (note->what)
        return VF_OK;
    note->is_due = true;
    int err = copy_text(&note->what, told->what);
    return err ? err : copy_text(&note->where, told->where);
}

int vf_shots_end(struct vf_shots *shots)
{
    int err = VF_OK;
    while (shots->notes.count && !err) {
        err = give(shots, vf_track_notes_at(&shots->notes, 0));
        vf_track_notes_forget(&shots->notes, 0);
    }
    return err;
}

void vf_shots_finish(struct vf_shots *shots)
{
    vf_track_notes_finish(&shots->notes);
    vf_luma_finish(&shots->luma);
    shots->count = 0;
}
