/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/frame_writer.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/media/pipe/container_writer.h"
#include "engine/media/pipe/frame_parts.h"
#include "engine/media/pipe/y4m.h"

enum form { RAW, Y4M, CONTAINER };

struct vf_frame_writer {
    enum form form;
    char *name;
    int asked;              /* AVPixelFormat; AV_PIX_FMT_NONE: none */
    struct vf_video source; /* what frames are before they are written, and then */
    struct vf_video written;
    bool is_begun;
    struct vf_text head; /* before the planes of a frame */
    struct vf_container_writer *container;
    struct vf_scaler *scaler; /* NULL: nothing was converted yet */
    AVFrame *converted;
    AVFrame *frame; /* that is being written */
};

static enum form form_of(const char *name)
{
    if (strcmp(name, VF_FORM_RAW) == 0)
        return RAW;
    return strcmp(name, VF_FORM_Y4M) == 0 ? Y4M : CONTAINER;
}

bool vf_frame_writer_is(const char *form)
{
    return form_of(form) != CONTAINER || vf_container_writer_is(form);
}

int vf_frame_writer_create(struct vf_frame_writer **writer, const char *form, const char *format)
{
    struct vf_frame_writer *made = calloc(1, sizeof(*made));
    *writer = made;
    if (!made)
        return -ENOMEM;
    vf_media_log_redirect();
    made->form = form_of(form);
    made->name = strdup(form);
    made->asked = *format ? vf_picture_format(format) : AV_PIX_FMT_NONE;
    if (made->name)
        return VF_OK;
    vf_frame_writer_destroy(writer);
    return -ENOMEM;
}

void vf_frame_writer_destroy(struct vf_frame_writer **writer)
{
    struct vf_frame_writer *gone = *writer;
    if (!gone)
        return;
    vf_frame_writer_clear(gone);
    vf_container_writer_destroy(&gone->container);
    vf_scaler_destroy(&gone->scaler);
    av_frame_free(&gone->converted);
    vf_text_finish(&gone->head);
    free(gone->name);
    free(gone);
    *writer = NULL;
}

bool vf_frame_writer_fits(const struct vf_frame_writer *writer, const struct vf_video *video)
{
    const struct vf_video *source = &writer->source;
    return writer->is_begun && video->width == source->width && video->height == source->height &&
           strcmp(video->format, source->format) == 0;
}

static int choose_format(const struct vf_frame_writer *writer, int format)
{
    if (writer->asked != AV_PIX_FMT_NONE)
        return writer->asked;
    return writer->form == Y4M ? vf_y4m_format(format) : format;
}

/* Makes a frame to convert into, whose rows follow each other without padding. */
static int make_converted(struct vf_frame_writer *writer, int format)
{
    const struct vf_video *source = &writer->source;
    av_frame_free(&writer->converted);
    writer->converted = av_frame_alloc();
    if (!writer->converted)
        return -ENOMEM;
    writer->converted->format = format;
    writer->converted->width = source->width;
    writer->converted->height = source->height;
    if (av_frame_get_buffer(writer->converted, 0) < 0)
        return -ENOMEM;
    return writer->scaler ? VF_OK : vf_scaler_create(&writer->scaler, VF_SCALER_BICUBIC);
}

int vf_frame_writer_begin(struct vf_frame_writer *writer, const struct vf_video *video,
                          struct vf_rational rate, const struct vf_video **written)
{
    int source = vf_media_pixel_format(video), format = choose_format(writer, source);
    writer->source = writer->written = *video;
    writer->written.frame_rate = rate;
    *written = &writer->written;
    if (!vf_picture_plane_count(format)) {
        vf_log(VF_LOG_ERROR, "frames of format %s cannot be written to a program; set format",
               video->format);
        return -EINVAL;
    }
    writer->is_begun = true;
    vf_container_writer_destroy(&writer->container);
    writer->head.length = 0;
    snprintf(writer->written.format, sizeof(writer->written.format), "%s",
             av_get_pix_fmt_name(format));
    if (format != source)
        writer->written.colour_range =
            (uint8_t)vf_scaler_range(source, video->colour_range, format);
    if (writer->form == Y4M)
        vf_y4m_print(&writer->head, &writer->written);
    int err = writer->form == CONTAINER
                  ? vf_container_writer_create(&writer->container, writer->name)
                  : VF_OK;
    return err || format == source ? err : make_converted(writer, format);
}

/* Makes writer->frame of a message. */
static int make_frame(struct vf_frame_writer *writer, const struct vf_message *message)
{
    vf_frame_writer_clear(writer);
    int err = vf_media_frame_from_message(&writer->frame, message);
    if (err || strcmp(writer->source.format, writer->written.format) == 0)
        return err;
    err = av_frame_make_writable(writer->converted) < 0 ? -ENOMEM : VF_OK;
    if (!err)
        err = vf_scaler_draw(writer->scaler, writer->frame, writer->converted);
    AVFrame *converted = err ? NULL : av_frame_clone(writer->converted);
    if (!err && !converted)
        err = -ENOMEM;
    av_frame_free(&writer->frame);
    writer->frame = converted;
    return err;
}

static int put_in_container(struct vf_frame_writer *writer, const struct vf_message *message,
                            struct vf_parts *parts)
{
    struct vf_description described = message->description;
    const uint8_t *bytes;
    size_t size;
    described.video.frame_rate = writer->written.frame_rate;
    int err = vf_container_writer_put(writer->container, writer->frame, &described, &bytes, &size);
    return err ? err : vf_parts_add(parts, bytes, size);
}

int vf_frame_writer_put(struct vf_frame_writer *writer, const struct vf_message *message,
                        struct vf_parts *parts)
{
    int err = make_frame(writer, message);
    if (err || writer->form == CONTAINER)
        return err ? err : put_in_container(writer, message, parts);
    if (writer->form == Y4M) {
        vf_text_print(&writer->head, VF_Y4M_FRAME "\n");
        err = writer->head.failed ? -ENOMEM
                                  : vf_parts_add(parts, writer->head.bytes, writer->head.length);
    }
    return err ? err : vf_frame_parts_add(parts, writer->frame);
}

void vf_frame_writer_clear(struct vf_frame_writer *writer)
{
    bool has_put = writer->frame != NULL;
    av_frame_free(&writer->frame);
    if (has_put)
        writer->head.length = 0;
}

int vf_frame_writer_end(struct vf_frame_writer *writer, struct vf_parts *parts)
{
    const uint8_t *bytes;
    size_t size;
    vf_frame_writer_clear(writer);
    if (!writer->container)
        return VF_OK;
    int err = vf_container_writer_end(writer->container, &bytes, &size);
    return err ? err : vf_parts_add(parts, bytes, size);
}
