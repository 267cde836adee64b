/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/zipped_pickle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/wire/peer/parts.h"

#define CHUNK 65536

int vf_zipped_pickle_write(struct vf_text *zipped, const struct vf_plain_tree *tree, int protocol,
                           struct vf_complaint *complaint)
{
    struct vf_text pickle = {0};
    Bytef *bytes = NULL;
    int err = vf_pickle_write(&pickle, tree, protocol, complaint);
    if (err)
        goto finish;
    uLongf size = compressBound(pickle.length);
    bytes = malloc(size);
    err = bytes ? VF_OK : -ENOMEM;
    if (!err && compress(bytes, &size, (const Bytef *)pickle.bytes, pickle.length) != Z_OK)
        err = -ENOMEM;
    if (!err)
        vf_text_append(zipped, (const char *)bytes, size);
    if (err || zipped->failed)
        err = vf_complain(complaint, -ENOMEM, "memory is too short to zip the pickle");
finish:
    free(bytes);
    vf_text_finish(&pickle);
    return err;
}

/* Inflates until the end of the stream. Input goes in by pieces, since zlib counts in 32 bits. */
static int inflate_all(z_stream *stream, struct vf_text *inflated, size_t left, size_t limit,
                       struct vf_complaint *complaint)
{
    char chunk[CHUNK];
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        if (!stream->avail_in) {
            stream->avail_in = left < CHUNK ? (uInt)left : CHUNK;
            left -= stream->avail_in;
        }
        stream->next_out = (Bytef *)chunk;
        stream->avail_out = CHUNK;
        code = inflate(stream, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
            return -ENOMEM;
        if (code == Z_BUF_ERROR)
            return vf_complain(complaint, -EBADMSG, "the zipped pickle is cut short");
        if (code != Z_OK && code != Z_STREAM_END)
            return vf_complain(complaint, -EBADMSG, "the zipped pickle cannot be unzipped: %s",
                               stream->msg ? stream->msg : "it is no zlib stream");
        vf_text_append(inflated, chunk, CHUNK - stream->avail_out);
        if (inflated->length > limit)
            return vf_complain(complaint, -EMSGSIZE, "the pickle is longer than %zu bytes", limit);
    }
    return inflated->failed ? -ENOMEM : VF_OK;
}

int vf_zipped_pickle_read(struct vf_plain_tree **tree, const void *bytes, size_t size,
                          const struct vf_pickle_limits *limits, struct vf_complaint *complaint)
{
    *tree = NULL;
    struct vf_text pickle = {0};
    size_t limit = limits && limits->bytes ? limits->bytes : VF_PICKLE_MAX_BYTES;
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes};
    if (inflateInit(&stream) != Z_OK)
        return vf_complain(complaint, -ENOMEM, "memory is too short to unzip a pickle");
    int err = inflate_all(&stream, &pickle, size, limit, complaint);
    inflateEnd(&stream);
    if (err == -ENOMEM)
        err = vf_complain(complaint, err, "memory is too short for the pickle");
    if (!err)
        err = vf_pickle_read(tree, pickle.bytes ? pickle.bytes : "", pickle.length, limits,
                             complaint);
    vf_text_finish(&pickle);
    return err;
}

static void free_bytes(void *bytes, void *owner)
{
    (void)owner;
    free(bytes);
}

int vf_send_zipped_pickle(void *socket, const struct vf_plain_tree *tree, int flags, int protocol,
                          struct vf_complaint *complaint)
{
    struct vf_text zipped = {0};
    int err = vf_zipped_pickle_write(&zipped, tree, protocol, complaint);
    if (err) {
        vf_text_finish(&zipped);
        return err;
    }
    const struct vf_part part = {zipped.bytes, zipped.length, free_bytes, NULL};
    err = vf_parts_send(socket, &part, 1, flags);
    if (!err)
        return VF_OK;
    vf_text_finish(&zipped);
    return vf_complain(complaint, err, "cannot send: %s", strerror(-err));
}

int vf_recv_zipped_pickle(void *socket, struct vf_plain_tree **tree, int flags,
                          const struct vf_pickle_limits *limits, struct vf_complaint *complaint)
{
    struct vf_received_part *part;
    size_t size;
    *tree = NULL;
    int err = vf_part_receive(&part, socket, flags);
    if (err)
        return vf_complain(complaint, err, "cannot receive: %s", strerror(-err));
    const void *bytes = vf_part_bytes(part, &size);
    err = vf_zipped_pickle_read(tree, bytes, size, limits, complaint);
    if (err)
        vf_parts_skip(socket, part);
    vf_part_destroy(&part);
    return err;
}
