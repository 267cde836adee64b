/* SPDX-License-Identifier: MIT */
#include "engine/wire/peer/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

_Static_assert((int)VF_PARTS_DONT_WAIT == ZMQ_DONTWAIT && (int)VF_PARTS_MORE == ZMQ_SNDMORE,
               "flags are passed on as they are");

struct vf_received_part {
    zmq_msg_t message; /* not movable: small messages lie in it */
};

/* What ZeroMQ has to know of a part that is not copied. */
struct lent_part {
    struct vf_part part;
    bool is_given_back;
};

static void release_lent(void *bytes, void *hint)
{
    struct lent_part *lent = hint;
    if (!lent->is_given_back)
        lent->part.release(bytes, lent->part.owner);
    free(lent);
}

static int init_copy(zmq_msg_t *message, const struct vf_part *part)
{
    if (zmq_msg_init_size(message, part->size) < 0)
        return -errno;
    if (part->size)
        memcpy(zmq_msg_data(message), part->bytes, part->size);
    return VF_OK;
}

static int init_lent(zmq_msg_t *message, const struct vf_part *part, struct lent_part **lent)
{
    *lent = malloc(sizeof(**lent));
    if (!*lent)
        return -ENOMEM;
    (*lent)->part = *part;
    (*lent)->is_given_back = false;
    void *bytes = (void *)(uintptr_t)part->bytes;
    if (zmq_msg_init_data(message, bytes, part->size, release_lent, *lent) < 0) {
        free(*lent);
        *lent = NULL;
        return -ENOMEM;
    }
    return VF_OK;
}

static int send_part(void *socket, const struct vf_part *part, int flags, bool is_first)
{
    zmq_msg_t message;
    struct lent_part *lent = NULL;
    int err = part->release ? init_lent(&message, part, &lent) : init_copy(&message, part);
    if (err)
        return err;
    int sent;
    do
        sent = zmq_msg_send(&message, socket, flags);
    while (sent < 0 && errno == EINTR && !is_first);
    if (sent >= 0)
        return VF_OK;
    err = -errno;
    if (lent)
        lent->is_given_back = true; /* still the caller's */
    zmq_msg_close(&message);
    return err;
}

int vf_parts_send(void *socket, const struct vf_part *parts, size_t count, int flags)
{
    int err = VF_OK;
    for (size_t i = 0; i < count && !err; i++) {
        bool is_last = i + 1 == count;
        err = send_part(socket, &parts[i], is_last ? flags : flags | ZMQ_SNDMORE, i == 0);
    }
    return err;
}

int vf_part_receive(struct vf_received_part **part, void *socket, int flags)
{
    *part = malloc(sizeof(**part));
    if (!*part)
        return -ENOMEM;
    zmq_msg_init(&(*part)->message);
    if (zmq_msg_recv(&(*part)->message, socket, flags & ZMQ_DONTWAIT) >= 0)
        return VF_OK;
    int err = -errno;
    vf_part_destroy(part);
    return err;
}

void vf_part_destroy(struct vf_received_part **part)
{
    if (!*part)
        return;
    zmq_msg_close(&(*part)->message);
    free(*part);
    *part = NULL;
}

const void *vf_part_bytes(const struct vf_received_part *part, size_t *size)
{
    *size = zmq_msg_size(&part->message);
    return zmq_msg_data((zmq_msg_t *)(uintptr_t)&part->message);
}

bool vf_part_has_more(const struct vf_received_part *part)
{
    return zmq_msg_more(&part->message) != 0;
}

void vf_parts_skip(void *socket, const struct vf_received_part *part)
{
    bool has_more = vf_part_has_more(part);
    while (has_more) {
        struct vf_received_part *next;
        int err = vf_part_receive(&next, socket, 0);
        if (err && err != -EINTR)
            return;
        has_more = err || vf_part_has_more(next);
        vf_part_destroy(&next);
    }
}
