/* SPDX-License-Identifier: MIT */
#include "engine/media/read/picture_read.h"

#include <errno.h>
#include <stddef.h>

#include "engine/base/log.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/settings.h"
#include "engine/node/node.h"

/* Feeds the decoder with the next packet of pictures, or with the end. */
static int feed(struct vf_demuxer *demuxer, struct vf_decoder *decoder)
{
    enum vf_stream stream;
    const struct AVPacket *packet;
    int err;
    do
        err = vf_demuxer_read(demuxer, &stream, &packet);
    while (err == VF_OK && stream != VF_STREAM_VIDEO);
    if (err != VF_OK && err != VF_END)
        return err;
    return vf_decoder_send(decoder, err == VF_END ? NULL : packet);
}

int vf_picture_read(struct vf_node_run *run, const char *path, struct vf_message **picture)
{
    const struct vf_demuxer_wish wish = {0};
    struct vf_node_run alone = *run;
    struct vf_demuxer *demuxer = NULL;
    struct vf_decoder *decoder = NULL;
    *picture = NULL;
    alone.is_private = true;
    int err = vf_demuxer_create(&demuxer, &alone, path, &vf_media_settings_plain, &wish);
    if (!err)
        err = vf_decoder_create(&decoder, &alone, vf_demuxer_stream(demuxer, VF_STREAM_VIDEO),
                                &vf_media_settings_plain, 1);
    if (!err)
        err = vf_decoder_receive(decoder, picture);
    while (err == -EAGAIN) {
        err = feed(demuxer, decoder);
        if (!err)
            err = vf_decoder_receive(decoder, picture);
    }
    if (err == VF_END && !vf_node_stop_requested(run)) {
        vf_log(VF_LOG_ERROR, "%s has no picture that can be decoded", path);
        err = -ENODATA;
    }
    vf_decoder_destroy(&decoder);
    vf_demuxer_destroy(&demuxer);
    return err;
}
