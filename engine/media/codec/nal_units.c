/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/nal_units.h"

#include <libavcodec/avcodec.h>

bool vf_nal_form_of(const AVCodecParameters *parameters, struct vf_nal_form *form)
{
    const uint8_t *header = parameters->extradata;
    size_t size = header ? (size_t)parameters->extradata_size : 0;
    bool is_hevc = parameters->codec_id == AV_CODEC_ID_HEVC;
    size_t least = is_hevc ? 23 : 7, place = is_hevc ? 21 : 4;
    *form = (struct vf_nal_form){is_hevc, 0};
    if (!is_hevc && parameters->codec_id != AV_CODEC_ID_H264)
        return false;
    if (size >= least && header[0] == 1)
        form->length_size = (header[place] & 3) + 1U;
    return true;
}

static bool next_by_length(unsigned length_size, const uint8_t *bytes, size_t size, size_t *place,
                           struct vf_nal *nal)
{
    size_t length = 0;
    if (size - *place < length_size)
        return false;
    for (unsigned i = 0; i < length_size; i++)
        length = length << 8 | bytes[*place + i];
    *place += length_size;
    if (!length || length > size - *place)
        return false;
    *nal = (struct vf_nal){bytes + *place, length};
    *place += length;
    return true;
}

/* Returns where the next start code of three bytes is; `size`: there is none. */
static size_t find_start(const uint8_t *bytes, size_t size, size_t from)
{
    for (size_t i = from; i + 3 <= size; i++) {
        if (!bytes[i] && !bytes[i + 1] && bytes[i + 2] == 1)
            return i;
    }
    return size;
}

static bool next_by_start(const uint8_t *bytes, size_t size, size_t *place, struct vf_nal *nal)
{
    size_t start = find_start(bytes, size, *place);
    if (size - start < 4)
        return false;
    size_t begin = start + 3, end = find_start(bytes, size, begin);
    *place = end;
    while (end > begin && !bytes[end - 1])
        end--;
    *nal = (struct vf_nal){bytes + begin, end - begin};
    return end > begin;
}

bool vf_nal_next(const struct vf_nal_form *form, const uint8_t *bytes, size_t size, size_t *place,
                 struct vf_nal *nal)
{
    return form->length_size ? next_by_length(form->length_size, bytes, size, place, nal)
                             : next_by_start(bytes, size, place, nal);
}

static enum vf_nal_kind hevc_kind(unsigned type)
{
    switch (type) {
    case 19:
    case 20:
        return VF_NAL_IDR;
    case 32:
        return VF_NAL_VIDEO_SET;
    case 33:
        return VF_NAL_STREAM_SET;
    case 34:
        return VF_NAL_PICTURE_SET;
    case 39:
    case 40:
        return VF_NAL_MESSAGE;
    default:
        return type >= 16 && type <= 21 ? VF_NAL_RANDOM : type < 16 ? VF_NAL_SLICE : VF_NAL_OTHER;
    }
}

static enum vf_nal_kind h264_kind(unsigned type)
{
    switch (type) {
    case 5:
        return VF_NAL_IDR;
    case 6:
        return VF_NAL_MESSAGE;
    case 7:
        return VF_NAL_STREAM_SET;
    case 8:
        return VF_NAL_PICTURE_SET;
    default:
        return type >= 1 && type <= 4 ? VF_NAL_SLICE : VF_NAL_OTHER;
    }
}

enum vf_nal_kind vf_nal_kind(const struct vf_nal_form *form, const struct vf_nal *nal)
{
    if (!nal->size)
        return VF_NAL_OTHER;
    return form->is_hevc ? hevc_kind(nal->bytes[0] >> 1 & 0x3f) : h264_kind(nal->bytes[0] & 0x1f);
}

enum vf_nal_kind vf_nal_picture(const struct vf_nal_form *form, const uint8_t *bytes, size_t size)
{
    struct vf_nal nal;
    size_t place = 0;
    while (vf_nal_next(form, bytes, size, &place, &nal)) {
        enum vf_nal_kind kind = vf_nal_kind(form, &nal);
        if (kind == VF_NAL_SLICE || kind == VF_NAL_IDR || kind == VF_NAL_RANDOM)
            return kind;
    }
    return VF_NAL_OTHER;
}
