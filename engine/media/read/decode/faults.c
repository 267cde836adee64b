/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/faults.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/error.h"

#define MORE_NOTES 64 /* than there can be in the threads: pictures that wait for their turn */

/* What decoders log as an error, though the picture is whole, by how it begins. */
static const char *const harmless[] = {
    "unable to decode APP fields", /* of a camera's JPEG */
    "SEI type",
    "mmco: ", /* says which picture is forgotten; one that is missed is another line */
    "Failed setup for format",
    "hwaccel", /* then software decodes */
};

/* By this one knows which contexts are a decoder's own. */
static int (*_Atomic get_buffer)(AVCodecContext *, AVFrame *, int);

static struct vf_fault_note *note_of(const AVCodecContext *context)
{
    return context->opaque;
}

static void hear(void *object, const char *format)
{
    const AVCodecContext *context = object;
    if (context->get_buffer2 != atomic_load(&get_buffer) || !context->opaque)
        return;
    for (size_t i = 0; i < VF_COUNT(harmless); i++) {
        if (strncmp(format, harmless[i], strlen(harmless[i])) == 0)
            return;
    }
    atomic_store(&note_of(context)->has_fault, true);
}

int vf_faults_init(struct vf_faults *faults, AVCodecContext *context, void *owner, unsigned threads)
{
    *faults = (struct vf_faults){.context = context, .capacity = 2 * threads + MORE_NOTES};
    faults->notes = calloc(faults->capacity + 1, sizeof(*faults->notes));
    if (!faults->notes)
        return -ENOMEM;
    for (unsigned i = 0; i <= faults->capacity; i++)
        faults->notes[i].owner = owner;
    faults->spare = &faults->notes[faults->capacity];
    context->opaque = faults->spare;
    atomic_store(&get_buffer, context->get_buffer2);
    vf_media_log_listen("AVCodecContext", hear);
    vf_faults_begin(faults, false);
    return VF_OK;
}

void vf_faults_finish(struct vf_faults *faults)
{
    free(faults->notes);
    *faults = (struct vf_faults){0};
}

void *vf_faults_owner(const AVCodecContext *context)
{
    return note_of(context)->owner;
}

void vf_faults_begin(struct vf_faults *faults, bool may_lack_key)
{
    faults->place = may_lack_key ? VF_FAULTS_NO_KEY : VF_FAULTS_KEY_NEXT;
}

static int64_t time_of(const AVPacket *packet)
{
    return packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

/* Finds where in the stream a packet stands. Returns whether it may lack what it refers to. */
static bool is_in_the_middle(struct vf_faults *faults, const AVPacket *packet)
{
    bool is_key = packet->flags & AV_PKT_FLAG_KEY;
    if (is_key && faults->place < VF_FAULTS_LEADING) {
        faults->key_time = time_of(packet);
        faults->place = VF_FAULTS_LEADING;
        return false;
    }
    if (faults->place == VF_FAULTS_NO_KEY)
        return true;
    if (faults->place == VF_FAULTS_LEADING && time_of(packet) < faults->key_time)
        return true;
    faults->place = VF_FAULTS_STEADY;
    return false;
}

bool vf_faults_has_room(const struct vf_faults *faults)
{
    return faults->count < faults->capacity;
}

static struct vf_fault_note *note_at(const struct vf_faults *faults, unsigned index)
{
    return &faults->notes[(faults->first + index) % faults->capacity];
}

void vf_faults_note(struct vf_faults *faults, const AVPacket *packet)
{
    struct vf_fault_note *note = note_at(faults, faults->count++);
    note->time = time_of(packet);
    note->is_expected = is_in_the_middle(faults, packet);
    note->is_told = false;
    atomic_store(&note->has_fault, false);
    /* Each thread is given the context as it is when it begins. Where there are others than such,
     * nobody may write to it while they read. */
    if (faults->context->active_thread_type & FF_THREAD_FRAME)
        faults->context->opaque = note;
}

void vf_faults_collect(struct vf_faults *faults)
{
    if (atomic_exchange(&faults->spare->has_fault, false) && faults->count)
        atomic_store(&note_at(faults, faults->count - 1)->has_fault, true);
}

bool vf_faults_refuse(struct vf_faults *faults, int64_t *time)
{
    vf_faults_collect(faults);
    for (unsigned i = 0; i < faults->count; i++) {
        struct vf_fault_note *note = note_at(faults, i);
        if (!atomic_load(&note->has_fault) || note->is_told)
            continue;
        note->is_told = true;
        *time = note->time;
        return !note->is_expected;
    }
    return faults->place == VF_FAULTS_STEADY || faults->place == VF_FAULTS_KEY_NEXT;
}

void vf_faults_note_frame(struct vf_faults *faults, const AVFrame *frame)
{
    for (unsigned i = 0; i < faults->count; i++) {
        struct vf_fault_note *note = note_at(faults, i);
        if (note->time == frame->pts)
            atomic_store(&note->has_fault, true);
    }
}

bool vf_faults_take(struct vf_faults *faults, int64_t until, int64_t *time)
{
    bool is_full = !vf_faults_has_room(faults);
    while (faults->count) {
        const struct vf_fault_note *note = note_at(faults, 0);
        bool is_due = note->time == AV_NOPTS_VALUE || note->time <= until || is_full;
        if (!is_due)
            return false;
        faults->first = (faults->first + 1) % faults->capacity;
        faults->count--;
        is_full = false;
        *time = note->time;
        if (atomic_load(&note->has_fault) && !note->is_expected && !note->is_told)
            return true;
    }
    return false;
}
