/* SPDX-License-Identifier: MIT */
/* squeeze.h - payloads as fewer bytes, for a wire, each by itself.
 *
 * There are several ways, each with a library that nothing else here needs. The program has each in a
 * module, and loads it when it is first asked for: that is to be before workers are forked, so that
 * they find it loaded.
 */
#ifndef VF_ENGINE_WIRE_SQUEEZE_SQUEEZE_H
#define VF_ENGINE_WIRE_SQUEEZE_SQUEEZE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* What a way keeps from one payload of an edge to the next, such as codecs: nothing that the next one
 * needs to be right. NULL: nothing yet. */
struct vf_squeeze_kept;

struct vf_squeeze_way {
    /* Returns whether its library can do it here. */
    bool (*is_possible)(void);

    /* Makes *squeezed, the caller's, of a payload, which stays as it is. VF_DROPPED: it is nothing that
     * goes this way, or would not be smaller, and there is none; nor where it fails. */
    int (*squeeze)(struct vf_squeeze_kept **kept, const struct vf_description *description,
                   struct vf_payload *payload, struct vf_payload **squeezed);

    /* Makes *payload, the caller's, of the size that `description` says, of what a stranger may have
     * sent, the description too. -EBADMSG: it is nothing that was squeezed, or not of that; then nothing
     * larger was allocated than what it can have been. */
    int (*unsqueeze)(struct vf_squeeze_kept **kept, const struct vf_description *description,
                     const struct vf_payload *squeezed, struct vf_payload **payload);

    /* Sets *kept to NULL. Does nothing when it is NULL already. */
    void (*forget)(struct vf_squeeze_kept **kept);
};

/* Return the way, lent forever; NULL: it cannot be loaded, which has been logged.
 * By LZ4, without loss; and pictures by H.264, with loss: nothing else, and of them nothing but
 * their samples. */
const struct vf_squeeze_way *vf_squeeze_lz4(void);
const struct vf_squeeze_way *vf_squeeze_h264(void);

#endif
