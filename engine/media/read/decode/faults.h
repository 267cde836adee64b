/* SPDX-License-Identifier: MIT */
/* faults.h - which packets a decoder could not decode without a fault.
 *
 * What a frame says of its own faults depends on when it is asked: one thread gives it out, another
 * is still decoding it. So a note is kept of each packet that is in work. A thread of libavcodec
 * finds that of its packet by the context that it has, and marks it when libavcodec logs an error.
 * Faults are taken from the notes in the order of the packets, once all frames up to there have
 * come out: by then all threads have said what they had to say.
 *
 * Where a stream begins in the middle, it is no fault that what lies before is missing.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_FAULTS_H
#define VF_ENGINE_MEDIA_READ_DECODE_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVCodecContext;
struct AVFrame;
struct AVPacket;

/* Of one packet. */
struct vf_fault_note {
    void *owner;
    int64_t time; /* when it is shown, else decoded, in the stream's ticks */
    atomic_bool has_fault;
    bool is_expected; /* that it has a fault is none */
    bool is_told;
};

/* Starts as {0}, and stays where it is. */
struct vf_faults {
    struct AVCodecContext *context;
    struct vf_fault_note *notes; /* a ring; beside them one that is nobody's */
    struct vf_fault_note *spare;
    unsigned capacity, first, count;
    enum { VF_FAULTS_NO_KEY, VF_FAULTS_KEY_NEXT, VF_FAULTS_LEADING, VF_FAULTS_STEADY } place;
    int64_t key_time; /* of the key frame that the stream began with */
};

/* Takes over the `opaque` of a context that is not open yet. vf_faults_owner() gives `owner` for it,
 * and for those of its threads. */
VF_MUST_CHECK int vf_faults_init(struct vf_faults *faults, struct AVCodecContext *context,
                                 void *owner, unsigned threads);

/* Call it when the context is gone. */
void vf_faults_finish(struct vf_faults *faults);
void *vf_faults_owner(const struct AVCodecContext *context);

/* What is sent next need not be the beginning: pictures that are shown before its first key frame
 * may lack what they refer to. `may_lack_key`: so may others, until a key frame comes. */
void vf_faults_begin(struct vf_faults *faults, bool may_lack_key);

/* Makes the note of a packet that is about to be sent; the oldest must have been taken when there
 * is no room. */
bool vf_faults_has_room(const struct vf_faults *faults);
void vf_faults_note(struct vf_faults *faults, const struct AVPacket *packet);

/* Collects what the context itself has heard since. Call it when it has returned. */
void vf_faults_collect(struct vf_faults *faults);

/* Says that the context has returned an error. Returns whether that is to be told, and when the
 * packet is shown that it is most likely about; what is told now is not taken later. */
bool vf_faults_refuse(struct vf_faults *faults, int64_t *time);

/* Says that a frame has come that has a fault by its own account. */
void vf_faults_note_frame(struct vf_faults *faults, const struct AVFrame *frame);

/* Takes the notes of packets that are shown until `time`, in the order in which they were sent, as
 * far as the next that has a fault. Returns false when there is none. */
bool vf_faults_take(struct vf_faults *faults, int64_t until, int64_t *time);

#endif
