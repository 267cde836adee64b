/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/error.h"

#include <errno.h>
#include <libavutil/error.h>
#include <stdio.h>

#include "engine/base/array.h"

static const struct {
    int libav, ours;
} codes[] = {
    {AVERROR_EOF, -ENODATA},
    {AVERROR_EXIT, -ECANCELED},
    {AVERROR_INVALIDDATA, -EBADMSG},
    {AVERROR_STREAM_NOT_FOUND, -ENODATA},
    {AVERROR_DECODER_NOT_FOUND, -ENOTSUP},
    {AVERROR_ENCODER_NOT_FOUND, -ENOTSUP},
    {AVERROR_DEMUXER_NOT_FOUND, -ENOTSUP},
    {AVERROR_MUXER_NOT_FOUND, -ENOTSUP},
    {AVERROR_BSF_NOT_FOUND, -ENOTSUP},
    {AVERROR_PATCHWELCOME, -ENOTSUP},
    {AVERROR_EXPERIMENTAL, -ENOTSUP},
    {AVERROR_PROTOCOL_NOT_FOUND, -EPROTONOSUPPORT},
    {AVERROR_OPTION_NOT_FOUND, -EINVAL},
    {AVERROR_BUFFER_TOO_SMALL, -ENOBUFS},
    {AVERROR_HTTP_NOT_FOUND, -ENOENT},
    {AVERROR_HTTP_UNAUTHORIZED, -EACCES},
    {AVERROR_HTTP_FORBIDDEN, -EACCES},
    {AVERROR_HTTP_BAD_REQUEST, -EREMOTEIO},
    {AVERROR_HTTP_OTHER_4XX, -EREMOTEIO},
    {AVERROR_HTTP_SERVER_ERROR, -EREMOTEIO},
};

#define LARGEST_ERRNO 4095 /* libav's own codes lie far beyond it */

int vf_media_error(int code)
{
    for (size_t i = 0; i < VF_COUNT(codes); i++) {
        if (codes[i].libav == code)
            return codes[i].ours;
    }
    return code < -LARGEST_ERRNO ? -EIO : code;
}

struct vf_media_text vf_media_error_text(int code)
{
    struct vf_media_text text;
    if (av_strerror(code, text.text, sizeof(text.text)) < 0)
        snprintf(text.text, sizeof(text.text), "error %d", code);
    return text;
}
