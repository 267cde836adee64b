/* SPDX-License-Identifier: MIT */
/* source_facts.h - what a reader sends along with frames and packets: what their file says of itself
 * and of their stream.
 */
#ifndef VF_ENGINE_MEDIA_READ_SOURCE_FACTS_H
#define VF_ENGINE_MEDIA_READ_SOURCE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/facts/records.h"
#include "engine/media/read/open/settings.h"

struct vf_demuxer;

/* Starts as {0}. */
struct vf_source_facts {
    struct vf_records usual[VF_STREAM_COUNT]; /* extras of the messages of a stream */
    struct vf_records first[VF_STREAM_COUNT]; /* of the first one: attachments, too */
    bool is_first_sent[VF_STREAM_COUNT];
};

struct vf_source_facts_order {
    int64_t start_us, end_us; /* of what is read, counted from the begin of the file */
    int64_t offset_us;        /* added to its time */
    bool is_silent;           /* no pictures are read: sound speaks for the file */
    bool is_turned;           /* pictures are turned as the file asks, and it asks no more */
};

/* Gathers what the source of `demuxer` says; what was gathered before is forgotten, but not what
 * has been sent. Returns -ENOMEM. */
VF_MUST_CHECK int vf_source_facts_gather(struct vf_source_facts *facts,
                                         const struct vf_demuxer *demuxer,
                                         const struct vf_source_facts_order *order);

/* Lends the extras of the next message of a stream. */
const struct vf_records *vf_source_facts_next(const struct vf_source_facts *facts,
                                              enum vf_stream kind);

void vf_source_facts_finish(struct vf_source_facts *facts);

#endif
