/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/peer/parts.h"

static void release_nothing(void *bytes, void *owner)
{
    (void)bytes;
    (void)owner;
}

static int send_array(void *socket, const struct vf_numpy_array *array, int flags,
                      struct vf_part bytes, struct vf_complaint *complaint)
{
    struct vf_text header = {0};
    int err = vf_array_header_print(&header, array, complaint);
    if (!err) {
        const struct vf_part parts[] = {{.bytes = header.bytes, .size = header.length}, bytes};
        err = vf_parts_send(socket, parts, 2, flags);
        if (err)
            vf_complain(complaint, err, "cannot send: %s", strerror(-err));
    }
    vf_text_finish(&header);
    return err;
}

int vf_send_array(void *socket, const struct vf_numpy_array *array, int flags,
                  struct vf_complaint *complaint)
{
    const struct vf_part bytes = {.bytes = array->bytes, .size = array->size};
    return send_array(socket, array, flags, bytes, complaint);
}

int vf_send_array_zero_copy(void *socket, struct vf_numpy_array *array, int flags,
                            struct vf_complaint *complaint)
{
    const struct vf_part bytes = {.bytes = array->bytes,
                                  .size = array->size,
                                  .release = array->release ? array->release : release_nothing,
                                  .owner = array->owner};
    int err = send_array(socket, array, flags, bytes, complaint);
    if (!err)
        *array = (struct vf_numpy_array){0};
    return err;
}

static void release_part(void *bytes, void *owner)
{
    struct vf_received_part *part = owner;
    (void)bytes;
    vf_part_destroy(&part);
}

/* The parts of a message come together: there is no waiting for the second. */
static int receive_second(struct vf_received_part **part, void *socket)
{
    int err;
    do
        err = vf_part_receive(part, socket, 0);
    while (err == -EINTR);
    return err;
}

/* Reads a header and the part after it into *array, which then owns that part. */
static int receive_bytes(void *socket, struct vf_numpy_array *array,
                         const struct vf_received_part *header, struct vf_complaint *complaint)
{
    size_t header_size, size;
    if (!vf_part_has_more(header))
        return vf_complain(complaint, -EBADMSG,
                           "a message of one part, not of a header and an "
                           "array");
    struct vf_received_part *part;
    int err = receive_second(&part, socket);
    if (err)
        return vf_complain(complaint, err, "cannot receive: %s", strerror(-err));
    const void *text = vf_part_bytes(header, &header_size);
    const void *bytes = vf_part_bytes(part, &size);
    err = vf_array_header_read(array, text, header_size, size, complaint);
    if (err) {
        vf_parts_skip(socket, part);
        vf_part_destroy(&part);
        *array = (struct vf_numpy_array){0};
        return err;
    }
    array->bytes = bytes;
    array->size = size;
    array->release = release_part;
    array->owner = part;
    return VF_OK;
}

int vf_recv_array_zero_copy(void *socket, struct vf_numpy_array *array, int flags,
                            struct vf_complaint *complaint)
{
    *array = (struct vf_numpy_array){0};
    struct vf_received_part *header;
    int err = vf_part_receive(&header, socket, flags);
    if (err)
        return vf_complain(complaint, err, "cannot receive: %s", strerror(-err));
    err = receive_bytes(socket, array, header, complaint);
    vf_part_destroy(&header);
    return err;
}

static void free_bytes(void *bytes, void *owner)
{
    (void)owner;
    free(bytes);
}

int vf_recv_array(void *socket, struct vf_numpy_array *array, int flags,
                  struct vf_complaint *complaint)
{
    int err = vf_recv_array_zero_copy(socket, array, flags, complaint);
    if (err)
        return err;
    void *bytes = malloc(array->size + 1);
    if (!bytes) {
        vf_numpy_array_finish(array);
        return vf_complain(complaint, -ENOMEM, "memory is too short for the array");
    }
    if (array->size)
        memcpy(bytes, array->bytes, array->size);
    array->release(NULL, array->owner);
    array->bytes = bytes;
    array->release = free_bytes;
    array->owner = NULL;
    return VF_OK;
}
