/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/picture_check.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/media/libav/error.h"

#define CHUNK (64u << 10)

static int refuse(const struct vf_picture_check *check, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct vf_picture_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->problem, check->problem_size, format, arguments);
    va_end(arguments);
    return -EIO;
}

static int compare_bytes(const struct vf_picture_check *check)
{
    uint8_t chunk[CHUNK];
    size_t place = 0;
    while (place < check->size) {
        size_t wanted = check->size - place < CHUNK ? check->size - place : CHUNK;
        ssize_t count = pread(check->fd, chunk, wanted, (off_t)place);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return refuse(check, "it cannot be read again: %s",
                          count ? strerror(errno) : "it is too short");
        if (memcmp(chunk, check->bytes + place, (size_t)count) != 0)
            return refuse(check, "other bytes are in it between %zu and %zu", place,
                          place + (size_t)count);
        place += (size_t)count;
    }
    return VF_OK;
}

int vf_picture_check_file(const struct vf_picture_check *check, bool is_read)
{
    struct stat status;
    if (fstat(check->fd, &status) != 0)
        return refuse(check, "it cannot be found again: %s", strerror(errno));
    if ((uint64_t)status.st_size != check->size)
        return refuse(check, "%zu bytes were written, and it has %" PRId64, check->size,
                      (int64_t)status.st_size);
    return is_read ? compare_bytes(check) : VF_OK;
}

/* Returns an error of libav's. */
static int decode(AVCodecContext *context, const struct vf_picture_check *check, AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    int code = packet ? av_new_packet(packet, (int)check->size) : AVERROR(ENOMEM);
    if (code >= 0) {
        memcpy(packet->data, check->bytes, check->size);
        code = avcodec_send_packet(context, packet);
    }
    if (code >= 0)
        code = avcodec_send_packet(context, NULL);
    if (code >= 0)
        code = avcodec_receive_frame(context, frame);
    av_packet_free(&packet);
    return code;
}

int vf_picture_check_decode(const struct vf_picture_check *check)
{
    const AVCodec *codec = avcodec_find_decoder((enum AVCodecID)check->codec_id);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    AVFrame *frame = av_frame_alloc();
    int code = !codec ? AVERROR_DECODER_NOT_FOUND : context && frame ? 0 : AVERROR(ENOMEM);
    int err = VF_OK;
    if (code >= 0) {
        context->err_recognition = AV_EF_CRCCHECK; /* the bytes are what was encoded */
        context->thread_count = 1;
        code = avcodec_open2(context, codec, NULL);
    }
    if (code >= 0)
        code = decode(context, check, frame);
    if (code < 0)
        err = refuse(check, "it cannot be decoded: %s", vf_media_error_text(code).text);
    else if (frame->width != check->width || frame->height != check->height)
        err = refuse(check, "%dx%d pixels were written, and %dx%d come out of it", check->width,
                     check->height, frame->width, frame->height);
    av_frame_free(&frame);
    avcodec_free_context(&context);
    return err;
}
