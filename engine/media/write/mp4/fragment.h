/* SPDX-License-Identifier: MIT */
/* fragment.h - packets of all tracks that belong to the same short time, and are written together.
 *
 * One track leads: its packets say where a fragment ends. The others' packets of later times
 * are kept for the next one, so that tracks lie near each other in the file however they come.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_MP4_FRAGMENT_H
#define VF_ENGINE_MEDIA_WRITE_MP4_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/packet_queue.h"

#define VF_FRAGMENT_MAX_TRACKS 64

/* How far sound may be ahead of the leading track before it no longer waits. */
#define VF_FRAGMENT_MAX_AHEAD_US 10000000

/* However short its time is, a fragment ends with the packet that makes it as large as this. */
#define VF_FRAGMENT_MAX_BYTES (4u << 20)

/* Starts as {.length_us, .lead}. */
struct vf_fragment {
    int64_t length_us;
    unsigned lead;
    struct {
        struct vf_packet_queue packets;
        int64_t end_us; /* where the last one ends, in decoding time */
        bool is_sparse; /* set by the caller: packets last as long as they like, as subtitles do */
    } tracks[VF_FRAGMENT_MAX_TRACKS];
    unsigned track_count;   /* that have had a packet */
    int64_t limit_us;       /* what is later stays */
    bool is_begun, is_open; /* there has been a cut; all of it may be taken */
};

/* Adds a packet, whose time base must be set. */
VF_MUST_CHECK int vf_fragment_push(struct vf_fragment *fragment, unsigned track,
                                   const struct AVPacket *packet);

/* Returns whether there is enough for a fragment. */
bool vf_fragment_is_due(const struct vf_fragment *fragment);

/* Ends the fragment: after its last packet of the leading track, or, with `is_all`, after
 * everything. The first one holds everything, too: containers want to see each track early. */
void vf_fragment_cut(struct vf_fragment *fragment, bool is_all);

/* Gives the next packet of the track before the cut to the caller, who frees it; NULL: there is
 * none. */
struct AVPacket *vf_fragment_take(struct vf_fragment *fragment, unsigned track);

/* Removes all packets, and frees what the fragment owns. */
void vf_fragment_finish(struct vf_fragment *fragment);

#endif
