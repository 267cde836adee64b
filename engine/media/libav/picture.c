/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/picture.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>

#include "engine/media/libav/payload_buffer.h"
#include "engine/node/node.h"

#define ALIGNMENT 64
#define GUARD 64 /* bytes after a plane that may be read */

/* Room for what belongs to a picture: tags and captions have some hundred bytes, an AVDynamicHDRPlus
 * has twelve thousand, which small pictures do not have. */
#define LEAST_TAIL 4096
#define TAIL_SHARE 128

unsigned vf_picture_plane_count(int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    if (!descriptor || descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL)
        return 0;
    int count = av_pix_fmt_count_planes(format);
    if (count <= 0 || count > VF_MAX_PLANES)
        return 0;
    return (unsigned)count + (descriptor->flags & AV_PIX_FMT_FLAG_PAL ? 1 : 0);
}

static bool is_palette(int format, unsigned plane)
{
    return plane == 1 && av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_PAL;
}

size_t vf_picture_row_bytes(int format, int width, unsigned plane)
{
    if (is_palette(format, plane))
        return AVPALETTE_SIZE;
    int bytes = av_image_get_linesize(format, width, (int)plane);
    return bytes < 0 ? 0 : (size_t)bytes;
}

unsigned vf_picture_rows(int format, int height, unsigned plane)
{
    if (is_palette(format, plane))
        return 1;
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    bool is_chroma = plane == 1 || plane == 2;
    return (unsigned)(is_chroma ? AV_CEIL_RSHIFT(height, descriptor->log2_chroma_h) : height);
}

int vf_picture_format(const char *name)
{
    static _Thread_local struct {
        char name[32];
        int format;
    } last = {"", AV_PIX_FMT_NONE};
    if (strcmp(name, last.name) != 0 || !name[0]) {
        last.format = av_get_pix_fmt(name);
        snprintf(last.name, sizeof(last.name), "%s", name);
    }
    return last.format;
}

/* Widens the rows until every plane's stride is aligned: aligning each by itself would break the
 * ratio between planes that codecs rely on. */
static int fill_linesizes(int linesizes[4], int format, int width)
{
    for (int unaligned = 1; unaligned; width += width & ~(width - 1)) {
        if (width <= 0 || av_image_fill_linesizes(linesizes, format, width) < 0)
            return -EINVAL;
        unaligned = 0;
        for (unsigned i = 0; i < VF_MAX_PLANES; i++)
            unaligned |= linesizes[i] % ALIGNMENT;
    }
    return VF_OK;
}

static void add_tail(struct vf_picture_layout *layout, size_t room)
{
    size_t bytes = (room + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    layout->tail += bytes;
    layout->size += bytes;
}

int vf_picture_layout_init(struct vf_picture_layout *layout, int format, int width, int height)
{
    *layout = (struct vf_picture_layout){.plane_count = vf_picture_plane_count(format)};
    if (!layout->plane_count || av_image_check_size((unsigned)width, (unsigned)height, 0, NULL) < 0)
        return -EINVAL;
    int err = fill_linesizes(layout->linesizes, format, width);
    if (err)
        return err;
    ptrdiff_t strides[VF_MAX_PLANES];
    for (unsigned i = 0; i < VF_MAX_PLANES; i++)
        strides[i] = layout->linesizes[i];
    size_t sizes[VF_MAX_PLANES];
    if (av_image_fill_plane_sizes(sizes, format, height, strides) < 0)
        return -EINVAL;
    for (unsigned i = 0; i < layout->plane_count; i++) {
        layout->offsets[i] = layout->size;
        layout->size += (sizes[i] + GUARD + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    add_tail(layout, LEAST_TAIL + layout->size / TAIL_SHARE);
    return VF_OK;
}

void vf_picture_foretell(struct vf_forecast *forecast, int format, int width, int height,
                         struct vf_rational frame_rate)
{
    struct vf_picture_layout layout;
    if (vf_picture_layout_init(&layout, format, width, height) != VF_OK)
        return;
    *forecast = (struct vf_forecast){
        .is_known = true,
        .type = VF_VALUE_VIDEO,
        .payload_bytes = layout.size,
        .video = {.width = width, .height = height, .frame_rate = frame_rate},
    };
    snprintf(forecast->video.format, sizeof(forecast->video.format), "%s",
             av_get_pix_fmt_name(format));
}

/* Gives `frame` the memory that `buffer` stands for. */
static void set_planes(AVFrame *frame, const struct vf_picture_layout *layout, AVBufferRef *buffer)
{
    frame->buf[0] = buffer;
    for (unsigned i = 0; i < layout->plane_count; i++) {
        frame->data[i] = buffer->data + layout->offsets[i];
        frame->linesize[i] = layout->linesizes[i];
    }
    frame->extended_data = frame->data;
}

int vf_picture_attach(AVFrame *frame, const struct vf_picture_layout *layout,
                      struct vf_payload **payload)
{
    (*payload)->tail = layout->tail;
    AVBufferRef *buffer = vf_payload_buffer_create(payload, 0, (*payload)->size);
    if (!buffer)
        return -ENOMEM;
    set_planes(frame, layout, buffer);
    return VF_OK;
}

struct geometry {
    int format, width, height;
    bool is_writable;
    size_t extras_size;
};

static int create(AVFrame **frame, struct vf_node_run *run, const struct geometry *geometry)
{
    *frame = NULL;
    struct vf_picture_layout layout;
    int err = vf_picture_layout_init(&layout, geometry->format, geometry->width, geometry->height);
    if (err)
        return err;
    if (geometry->extras_size > layout.tail)
        add_tail(&layout, geometry->extras_size - layout.tail);
    struct vf_payload *payload = NULL;
    err = vf_node_allocate(run, layout.size, &payload);
    if (err)
        return err;
    payload->tail = layout.tail;
    *frame = av_frame_alloc();
    AVBufferRef *buffer = NULL;
    if (*frame)
        buffer = geometry->is_writable ? vf_payload_buffer_create_writable(&payload)
                                       : vf_payload_buffer_create(&payload, 0, payload->size);
    if (!buffer) {
        av_frame_free(frame);
        vf_payload_drop(&payload);
        return -ENOMEM;
    }
    (*frame)->format = geometry->format;
    (*frame)->width = geometry->width;
    (*frame)->height = geometry->height;
    set_planes(*frame, &layout, buffer);
    return VF_OK;
}

int vf_picture_create(AVFrame **frame, struct vf_node_run *run, int format, int width, int height)
{
    return create(frame, run, &(struct geometry){format, width, height, false, 0});
}

int vf_picture_create_writable(AVFrame **frame, struct vf_node_run *run, int format, int width,
                               int height)
{
    return create(frame, run, &(struct geometry){format, width, height, true, 0});
}

int vf_picture_create_roomy(AVFrame **frame, struct vf_node_run *run, const AVFrame *like,
                            size_t extras_size)
{
    const struct geometry geometry = {like->format, like->width, like->height, false, extras_size};
    return create(frame, run, &geometry);
}
