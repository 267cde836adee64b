/* SPDX-License-Identifier: MIT */
#include "engine/media/write/pieces/packet_file.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"

#define MAGIC 0x316b70776f6c6676 /* "vflowpk1" */
#define HEADER_BYTES 28
#define RECORD_BYTES 40
#define SIDE_BYTES 8
#define MAX_BYTES (1 << 30) /* of a packet, or of what it says beside */
#define DIGEST_BYTES 32

struct vf_packet_writer {
    char *path;
    FILE *file;
    struct AVSHA *digest;
    uint64_t packets;
    int64_t bytes;
    bool is_finished;
};

struct vf_packet_reader {
    char *path;
    FILE *file;
    AVPacket *packet;
    AVRational time_base;
};

static int complain(const char *path, const char *what, int err)
{
    vf_log(VF_LOG_ERROR, "%s cannot be %s: %s", path, what, strerror(-err));
    return err;
}

static int put(struct vf_packet_writer *writer, const void *bytes, size_t size)
{
    if (!size)
        return VF_OK;
    if (fwrite(bytes, 1, size, writer->file) != size)
        return complain(writer->path, "written", errno ? -errno : -EIO);
    av_sha_update(writer->digest, bytes, size);
    writer->bytes += (int64_t)size;
    return VF_OK;
}

/* Fills in what comes first: what the packets are of. */
static void fill_header(uint8_t header[HEADER_BYTES], const AVCodecContext *encoder,
                        AVRational time_base)
{
    AV_WL64(header, MAGIC);
    AV_WL32(header + 8, (uint32_t)encoder->codec_id);
    AV_WL32(header + 12, (uint32_t)time_base.num);
    AV_WL32(header + 16, (uint32_t)time_base.den);
    AV_WL32(header + 20, (uint32_t)encoder->width << 16 | (uint32_t)encoder->height);
    AV_WL32(header + 24, (uint32_t)encoder->extradata_size);
}

int vf_packet_writer_create(struct vf_packet_writer **writer, const char *path,
                            const AVCodecContext *encoder, AVRational time_base)
{
    uint8_t header[HEADER_BYTES];
    struct vf_packet_writer *made = *writer = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->path = strdup(path);
    made->digest = av_sha_alloc();
    if (!made->path || !made->digest || av_sha_init(made->digest, 8 * DIGEST_BYTES) < 0) {
        vf_packet_writer_destroy(writer);
        return -ENOMEM;
    }
    made->file = fopen(path, "wbe");
    int err = made->file ? VF_OK : complain(path, "created", -errno);
    fill_header(header, encoder, time_base);
    if (!err)
        err = put(made, header, sizeof(header));
    if (!err)
        err = put(made, encoder->extradata, (size_t)encoder->extradata_size);
    if (err)
        vf_packet_writer_destroy(writer);
    return err;
}

int vf_packet_writer_add(struct vf_packet_writer *writer, const AVPacket *packet)
{
    uint8_t record[RECORD_BYTES], side[SIDE_BYTES];
    AV_WL64(record, (uint64_t)packet->pts);
    AV_WL64(record + 8, (uint64_t)packet->dts);
    AV_WL64(record + 16, (uint64_t)packet->duration);
    AV_WL32(record + 24, (uint32_t)packet->flags);
    AV_WL32(record + 28, (uint32_t)packet->side_data_elems);
    AV_WL64(record + 32, (uint64_t)packet->size);
    int err = put(writer, record, sizeof(record));
    for (int i = 0; i < packet->side_data_elems && !err; i++) {
        AV_WL32(side, (uint32_t)packet->side_data[i].type);
        AV_WL32(side + 4, (uint32_t)packet->side_data[i].size);
        err = put(writer, side, sizeof(side));
        if (!err)
            err = put(writer, packet->side_data[i].data, (size_t)packet->side_data[i].size);
    }
    if (!err)
        err = put(writer, packet->data, (size_t)packet->size);
    writer->packets += !err;
    return err;
}

int vf_packet_writer_finish(struct vf_packet_writer *writer, struct vf_piece *piece)
{
    uint8_t digest[DIGEST_BYTES];
    if (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0)
        return complain(writer->path, "written", -errno);
    av_sha_final(writer->digest, digest);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(piece->sha256 + 2 * i, 3, "%02x", digest[i]);
    piece->packets = writer->packets;
    piece->bytes = writer->bytes;
    writer->is_finished = true;
    return VF_OK;
}

void vf_packet_writer_destroy(struct vf_packet_writer **writer)
{
    struct vf_packet_writer *old = *writer;
    if (!old)
        return;
    if (old->file)
        fclose(old->file);
    if (old->file && !old->is_finished)
        (void)unlink(old->path);
    av_free(old->digest);
    free(old->path);
    free(old);
    *writer = NULL;
}

static int get(struct vf_packet_reader *reader, void *bytes, size_t size)
{
    if (fread(bytes, 1, size, reader->file) == size)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s is shorter than it was", reader->path);
    return -EBADMSG;
}

/* Compares what comes first with what the encoder would write. */
static int check_header(struct vf_packet_reader *reader, const AVCodecContext *encoder)
{
    uint8_t wanted[HEADER_BYTES], header[HEADER_BYTES];
    size_t size = (size_t)encoder->extradata_size;
    uint8_t *extradata = malloc(size + 1);
    fill_header(wanted, encoder, reader->time_base);
    int err = extradata ? get(reader, header, sizeof(header)) : -ENOMEM;
    bool is_same = !err && memcmp(wanted, header, sizeof(header)) == 0;
    if (is_same)
        err = get(reader, extradata, size);
    is_same = is_same && !err &&
              memcmp(extradata, encoder->extradata ? encoder->extradata : extradata, size) == 0;
    free(extradata);
    if (!err && !is_same) {
        vf_log(VF_LOG_ERROR, "%s was made by an encoder with other parameters", reader->path);
        err = -EBADMSG;
    }
    return err;
}

int vf_packet_reader_open(struct vf_packet_reader **reader, const char *path,
                          const AVCodecContext *encoder, AVRational time_base)
{
    struct vf_packet_reader *made = *reader = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->path = strdup(path);
    made->packet = av_packet_alloc();
    made->time_base = time_base;
    int err = made->path && made->packet ? VF_OK : -ENOMEM;
    if (!err && !(made->file = fopen(path, "rbe")))
        err = complain(path, "opened", -errno);
    if (!err)
        err = check_header(made, encoder);
    if (err)
        vf_packet_reader_close(reader);
    return err;
}

void vf_packet_reader_close(struct vf_packet_reader **reader)
{
    struct vf_packet_reader *old = *reader;
    if (!old)
        return;
    if (old->file)
        fclose(old->file);
    av_packet_free(&old->packet);
    free(old->path);
    free(old);
    *reader = NULL;
}

static int get_side_data(struct vf_packet_reader *reader)
{
    uint8_t side[SIDE_BYTES];
    int err = get(reader, side, sizeof(side));
    uint32_t size = err ? 0 : AV_RL32(side + 4);
    uint8_t *data = NULL;
    if (!err && size > MAX_BYTES)
        err = -EBADMSG;
    if (!err)
        data =
            av_packet_new_side_data(reader->packet, (enum AVPacketSideDataType)AV_RL32(side), size);
    if (!err && !data)
        err = -ENOMEM;
    return err ? err : get(reader, data, size);
}

int vf_packet_reader_next(struct vf_packet_reader *reader, const AVPacket **packet)
{
    uint8_t record[RECORD_BYTES];
    AVPacket *next = reader->packet;
    av_packet_unref(next);
    int first = fgetc(reader->file);
    if (first == EOF)
        return VF_END;
    record[0] = (uint8_t)first;
    int err = get(reader, record + 1, sizeof(record) - 1);
    uint64_t size = err ? 0 : AV_RL64(record + 32);
    if (!err && size > MAX_BYTES)
        err = -EBADMSG;
    if (!err && av_new_packet(next, (int)size) < 0)
        err = -ENOMEM;
    for (uint32_t i = 0; !err && i < AV_RL32(record + 28); i++)
        err = get_side_data(reader);
    if (!err)
        err = get(reader, next->data, (size_t)size);
    if (err)
        return err;
    next->pts = (int64_t)AV_RL64(record);
    next->dts = (int64_t)AV_RL64(record + 8);
    next->duration = (int64_t)AV_RL64(record + 16);
    next->flags = (int)AV_RL32(record + 24);
    next->time_base = reader->time_base;
    *packet = next;
    return VF_OK;
}
