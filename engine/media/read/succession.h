/* SPDX-License-Identifier: MIT */
/* succession.h - which stream goes on where one ends.
 *
 * In the middle of a recording the picture or the sound of a programme may get another number (PID
 * of MPEG-TS), and is another stream then. It is followed at once where the programme no longer
 * names the stream that was read, else when that has been silent for a second beside it: until then
 * the packets are kept.
 */
#ifndef VF_ENGINE_MEDIA_READ_SUCCESSION_H
#define VF_ENGINE_MEDIA_READ_SUCCESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/read/open/settings.h"

struct AVFormatContext;
struct AVPacket;
struct AVStream;

/* Starts as {0}. */
struct vf_succession {
    /* Private: */
    /* Which streams had begun when those that are read were chosen: a bit for each, and of those
     * for which there is no bit, all that there were. */
    uint64_t seen;
    unsigned count;
    struct vf_rival {
        const struct AVStream *stream; /* NULL: none */
        const struct AVStream *former; /* that was read before */
        int64_t begin_us;
        struct vf_packet_queue packets;
        bool is_followed; /* its packets are to be given out */
    } rivals[VF_STREAM_CHOICES];
};

/* Notes which streams there are. */
void vf_succession_begin(struct vf_succession *succession, const struct AVFormatContext *format);

/* Takes a packet of a stream that is not read. Returns VF_OK; then `*kind` is the one whose stream
 * `current` it follows from now on, VF_STREAM_COUNT: none. Its packets come by
 * vf_succession_pop(). */
VF_MUST_CHECK int vf_succession_take(struct vf_succession *succession,
                                     const struct AVFormatContext *format,
                                     struct AVStream *const *current, const struct AVPacket *packet,
                                     enum vf_stream *kind);

/* Says that there are no more packets. Returns the kind whose stream is followed by *stream all the
 * same, though that was there for less than a second; VF_STREAM_COUNT: none. */
enum vf_stream vf_succession_end(struct vf_succession *succession, struct AVStream *const *current,
                                 const struct AVStream **stream);

/* Says that a stream that is read goes on. */
void vf_succession_goes_on(struct vf_succession *succession, enum vf_stream kind);

/* Gives the next packet that was kept of a stream that is followed. Returns false when there is
 * none. */
bool vf_succession_pop(struct vf_succession *succession, struct AVPacket *packet);

/* Forgets all packets. */
void vf_succession_clear(struct vf_succession *succession);

#endif
