/* SPDX-License-Identifier: MIT */
#include "engine/media/intra/form.h"

#include <libavcodec/avcodec.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/picture.h"

#define ENCODER "libx264"
#define ENCODER_RGB "libx264rgb"
#define LARGEST_SIDE 16384 /* that libx264 takes */
/* A picture that was cut out of a larger one lies in the payload of that. */
#define MOST_SPARE 16
#define LEAST_SPARE (1u << 16)

#define ONE(plane)      \
    {                   \
        1,              \
        {               \
            plane, 0, 0 \
        }               \
    }
#define TWO(first, second)   \
    {                        \
        2,                   \
        {                    \
            first, second, 0 \
        }                    \
    }
#define THREE(first, second, third) \
    {                               \
        3,                          \
        {                           \
            first, second, third    \
        }                           \
    }
#define PLANAR                 \
    {                          \
        ONE(0), ONE(1), ONE(2) \
    }

static const struct vf_intra_form forms[] = {
    {"yuv420p", ENCODER, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P, 2, 2, PLANAR},
    {"yuvj420p", ENCODER, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P, 2, 2, PLANAR},
    {"yuv422p", ENCODER, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P, 2, 1, PLANAR},
    {"yuvj422p", ENCODER, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P, 2, 1, PLANAR},
    {"yuv444p", ENCODER, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P, 1, 1, PLANAR},
    {"yuvj444p", ENCODER, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P, 1, 1, PLANAR},
    {"nv12", ENCODER, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, 2, 2, {ONE(0), TWO(1, 2)}},
    {"nv21", ENCODER, AV_PIX_FMT_NV21, AV_PIX_FMT_YUV420P, 2, 2, {ONE(0), TWO(2, 1)}},
    {"nv16", ENCODER, AV_PIX_FMT_NV16, AV_PIX_FMT_YUV422P, 2, 1, {ONE(0), TWO(1, 2)}},
    {"gray", ENCODER, AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY8, 1, 1, {ONE(0)}},
    {"rgb24", ENCODER_RGB, AV_PIX_FMT_RGB24, AV_PIX_FMT_GBRP, 1, 1, {THREE(2, 0, 1)}},
    {"bgr24", ENCODER_RGB, AV_PIX_FMT_BGR24, AV_PIX_FMT_GBRP, 1, 1, {THREE(1, 0, 2)}},
};

static const struct vf_intra_form *find_form(const char *name)
{
    for (size_t i = 0; i < VF_COUNT(forms); i++) {
        if (strcmp(name, forms[i].name) == 0)
            return &forms[i];
    }
    return NULL;
}

static uint64_t extent(const struct vf_plane *plane)
{
    return (uint64_t)plane->stride * (plane->rows - 1) + plane->row_bytes;
}

/* Whether a plane has the rows that its format has, and no extras among them. */
static bool is_plane_right(const struct vf_description *description, unsigned number, int format)
{
    const struct vf_plane *plane = &description->video.planes[number];
    bool is_apart = !description->extras_size ||
                    description->extras_offset >= plane->offset + extent(plane) ||
                    description->extras_offset + description->extras_size <= plane->offset;
    return is_apart && plane->stride <= INT32_MAX &&
           plane->row_bytes == vf_picture_row_bytes(format, description->video.width, number) &&
           plane->rows == vf_picture_rows(format, description->video.height, number);
}

static bool is_laid_out(const struct vf_description *description, int format)
{
    const struct vf_video *video = &description->video;
    uint64_t pixels = 0;
    if (video->plane_count != vf_picture_plane_count(format))
        return false;
    for (unsigned i = 0; i < video->plane_count; i++) {
        if (!is_plane_right(description, i, format))
            return false;
        pixels += (uint64_t)video->planes[i].row_bytes * video->planes[i].rows;
    }
    uint64_t rest = description->payload_size - description->extras_size;
    return rest <= MOST_SPARE * pixels + LEAST_SPARE;
}

const struct vf_intra_form *vf_intra_form_of(const struct vf_description *description)
{
    const struct vf_video *video = &description->video;
    if (description->kind != VF_MESSAGE_DATA || description->type != VF_VALUE_VIDEO ||
        description->is_hollow)
        return NULL;
    const struct vf_intra_form *form = find_form(video->format);
    bool is_fit = form && video->width <= LARGEST_SIDE && video->height <= LARGEST_SIDE &&
                  video->width % form->columns == 0 && video->height % form->rows == 0;
    return is_fit && is_laid_out(description, form->format) ? form : NULL;
}

bool vf_intra_is_possible(void)
{
    return avcodec_find_encoder_by_name(ENCODER) != NULL;
}
