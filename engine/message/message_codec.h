/* SPDX-License-Identifier: MIT */
/* message_codec.h - messages as bytes on a wire, and the border where they are checked.
 *
 * An envelope is what one process sends to another: which edge and which place in its sequence,
 * where the payload lies, and the message's description. A small private payload travels after
 * it. Within one machine, and between little-endian ones, it is sent as it stands in memory.
 * Whoever receives one copies it first and then asks vf_envelope_check(), which looks at
 * nothing else: a sender that lies cannot make a reader leave the memory it may read.
 */
#ifndef VF_ENGINE_MESSAGE_MESSAGE_CODEC_H
#define VF_ENGINE_MESSAGE_MESSAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

#define VF_ENVELOPE_MAGIC 0x776f6c66u  /* "flow" */
#define VF_INLINE_LIMIT 184            /* bytes of payload that travel with their envelope */
#define VF_ARENA_PART UINT32_MAX       /* in place of an arena: the payload is the next part */
#define VF_ARENA_LZ4 (UINT32_MAX - 1)  /* likewise: that part is what LZ4 has made of it */
#define VF_ARENA_H264 (UINT32_MAX - 2) /* likewise: H.264, of a picture */

struct vf_envelope {
    uint32_t magic;
    uint32_t edge;
    uint64_t sequence; /* dense on its edge, from 1 */
    uint32_t cell;     /* of the sender's outbox */
    uint32_t arena;    /* task id; 0: the payload follows inline, or there is none */
    uint64_t offset;   /* of the payload in that arena */
    struct vf_description description;
    uint8_t inline_bytes[VF_INLINE_LIMIT];
};

/* What an honest sender on an edge may say. */
struct vf_envelope_bounds {
    uint32_t edge;
    uint32_t cells;            /* of the outbox */
    const size_t *arena_sizes; /* by task id, from 0; 0: no arena that may be named here */
    uint32_t arena_count;
    const size_t *part_size; /* of the part after the envelope; NULL: there is none */
    bool may_be_hollow; /* whoever reads it says which pictures it wants (engine/node/wish.h) */
};

/* Returns how many bytes of `envelope` have to be sent; of one that does not hold, SIZE_MAX at
 * most. */
size_t vf_envelope_size(const struct vf_envelope *envelope);

/* Copies what has to be sent of an envelope, which may be written meanwhile, into the place of another.
 * Returns how many bytes that are by what has been copied; where it is more than an envelope has, without
 * the inline bytes. */
size_t vf_envelope_put(struct vf_envelope *place, const struct vf_envelope *from);

/* Checks what data says of its value, of `payload_size` bytes. Returns NULL, or one phrase that says
 * what is wrong (lent forever). */
const char *vf_description_check(const struct vf_description *description);

/* Checks `size` received bytes: every length, offset, stride and index. Returns VF_OK, or
 * -EBADMSG with one phrase that says what is wrong in *complaint (lent forever). */
VF_MUST_CHECK int vf_envelope_check(const struct vf_envelope *envelope, size_t size,
                                    const struct vf_envelope_bounds *bounds,
                                    const char **complaint);

#endif
