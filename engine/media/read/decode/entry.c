/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/entry.h"

#include <libavcodec/avcodec.h>
#include <stdint.h>
#include <string.h>

/* Bytes that are looked at. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

#define EMPTY_VOP 8 /* bytes of a picture of MPEG-4 that may only say that there is none */

static bool is_intra_only(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && descriptor->props & AV_CODEC_PROP_INTRA_ONLY;
}

/* Two fields of a picture may be two packets. */
static bool has_fields(const AVCodecParameters *parameters)
{
    return parameters->field_order > AV_FIELD_PROGRESSIVE;
}

bool vf_entry_is_known(const AVCodecParameters *parameters)
{
    switch (parameters->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
        return !has_fields(parameters);
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
        return true;
    default:
        return is_intra_only(parameters->codec_id);
    }
}

/* Returns the bytes of the length in front of each unit, as the header says; 0: start codes stand
 * there. `place`: of the byte that says it. */
static size_t length_size(const AVCodecParameters *parameters, size_t place)
{
    const uint8_t *header = parameters->extradata;
    if (!header || (size_t)parameters->extradata_size <= place || header[0] != 1)
        return 0;
    return (size_t)(header[place] & 3) + 1;
}

/* Moves to behind the next start code. Returns false where there is none. */
static bool find_start(struct bytes *left)
{
    for (size_t i = 0; i + 3 < left->size; i++) {
        if (left->data[i] || left->data[i + 1] || left->data[i + 2] != 1)
            continue;
        left->data += i + 3;
        left->size -= i + 3;
        return true;
    }
    return false;
}

/* Takes the next unit from *left. Of one behind a start code, the end is not looked for. Returns false
 * after the last one, or where something else stands there, which *is_strange tells. */
static bool next_unit(struct bytes *left, size_t length_bytes, struct bytes *unit, bool *is_strange)
{
    size_t length = 0;
    if (!length_bytes) {
        bool is_there = find_start(left);
        *unit = *left;
        return is_there;
    }
    if (left->size < length_bytes)
        return false;
    for (size_t i = 0; i < length_bytes; i++)
        length = length << 8 | left->data[i];
    if (!length || length > left->size - length_bytes) {
        *is_strange = true;
        return false;
    }
    *unit = (struct bytes){left->data + length_bytes, length};
    left->data += length_bytes + length;
    left->size -= length_bytes + length;
    return true;
}

/* Returns whether a message of H.264 says that what is shown from this picture on is right. */
static bool says_recovery(struct bytes unit)
{
    size_t i = 1;
    while (i + 3 < unit.size) {
        unsigned type = 0, size = 0;
        for (; i + 1 < unit.size && unit.data[i] == 0xff; i++)
            type += 0xff;
        type += unit.data[i++];
        for (; i + 1 < unit.size && unit.data[i] == 0xff; i++)
            size += 0xff;
        size += unit.data[i++];
        if (type == 6)
            return i < unit.size && unit.data[i] & 0x80; /* after no further pictures */
        i += size;
    }
    return false;
}

static struct vf_coded_picture look_at_h264(const AVCodecParameters *parameters, struct bytes left,
                                            bool is_key)
{
    enum { DATA = 1, DATA_A, IDR = 5, MESSAGE, SEQUENCE, PICTURE };
    struct vf_coded_picture found = {0};
    bool is_clean = false, recovers = false, has_sequence = false, has_picture = false;
    size_t length_bytes = length_size(parameters, 4);
    struct bytes unit;
    /* All slices of a picture say the same. */
    while (!found.is_shown && next_unit(&left, length_bytes, &unit, &found.is_strange)) {
        unsigned type = unit.data[0] & 0x1f;
        bool is_slice = type == DATA || type == DATA_A || type == IDR;
        found.is_shown = is_slice;
        found.is_referenced = is_slice && unit.data[0] & 0x60;
        is_clean = is_clean || type == IDR;
        recovers = recovers || (type == MESSAGE && says_recovery(unit));
        has_sequence = has_sequence || type == SEQUENCE;
        has_picture = has_picture || type == PICTURE;
    }
    found.has_header = has_sequence && has_picture;
    found.is_strange = found.is_strange || !found.is_shown || (has_sequence != has_picture);
    if (is_key && (is_clean || recovers))
        found.entry = is_clean ? VF_ENTRY_CLOSED : VF_ENTRY_OPEN;
    return found;
}

static struct vf_coded_picture look_at_hevc(const AVCodecParameters *parameters, struct bytes left,
                                            bool is_key)
{
    enum { LAST_PLAIN = 14, FIRST_KEY = 16, CLEAN = 21, LAST_KEY = 23, SETS = 32, LAST_SET = 34 };
    enum { END_OF_SEQUENCE = 36, END_OF_STREAM };
    struct vf_coded_picture found = {0};
    unsigned sets = 0;
    bool is_entry = false, is_clean = false;
    size_t length_bytes = length_size(parameters, 21);
    struct bytes unit;
    while (!found.is_shown && next_unit(&left, length_bytes, &unit, &found.is_strange) &&
           unit.size > 1) {
        unsigned type = unit.data[0] >> 1 & 0x3f;
        bool is_slice = type < SETS;
        found.is_layered = is_slice && (unit.data[1] & 7) > 1;
        found.is_shown = is_slice;
        found.is_referenced = is_slice && (type > LAST_PLAIN || type & 1);
        is_entry = type >= FIRST_KEY && type <= LAST_KEY;
        is_clean = type >= FIRST_KEY && type < CLEAN;
        if (type >= SETS && type <= LAST_SET)
            sets |= 1U << (type - SETS);
        found.is_strange = found.is_strange || type == END_OF_SEQUENCE || type == END_OF_STREAM;
    }
    found.has_header = sets == 7;
    found.is_strange = found.is_strange || !found.is_shown || (sets && sets != 7);
    if (is_key && is_entry)
        found.entry = is_clean ? VF_ENTRY_CLOSED : VF_ENTRY_OPEN;
    return found;
}

static struct vf_coded_picture look_at_mpeg2(struct bytes left, bool is_key)
{
    enum { PICTURE = 0, SLICE, SEQUENCE = 0xb3, GROUP = 0xb8, INTRA = 1, BETWEEN = 3 };
    struct vf_coded_picture found = {0};
    bool is_closed = false;
    unsigned type = 0;
    while (!found.is_shown && find_start(&left)) {
        found.has_header = found.has_header || left.data[0] == SEQUENCE;
        if (left.data[0] == GROUP && left.size > 4)
            is_closed = left.data[4] & 0x40;
        if (left.data[0] != PICTURE || left.size < 3)
            continue;
        type = left.data[2] >> 3 & 7;
        found.is_shown = true;
    }
    found.is_referenced = type != BETWEEN;
    found.is_strange = !found.is_shown || (found.has_header && type != INTRA);
    if (is_key && type == INTRA && found.has_header)
        found.entry = is_closed ? VF_ENTRY_CLOSED : VF_ENTRY_OPEN;
    return found;
}

/* Two pictures in one packet, and one that is none, are how AVI has those that wait. */
static struct vf_coded_picture look_at_mpeg4(struct bytes left, bool is_key)
{
    enum { PICTURE = 0xb6, INTRA = 0, BETWEEN = 2 };
    struct vf_coded_picture found = {.is_strange = left.size < EMPTY_VOP};
    unsigned count = 0, type = INTRA;
    while (find_start(&left)) {
        if (left.data[0] != PICTURE || left.size < 2)
            continue;
        type = left.data[1] >> 6;
        count++;
    }
    found.is_shown = true;
    found.is_referenced = type != BETWEEN;
    found.is_strange = found.is_strange || count != 1;
    found.entry = is_key && type == INTRA ? VF_ENTRY_OPEN : VF_ENTRY_NONE;
    return found;
}

static struct vf_coded_picture look_at_vp8(struct bytes all, bool is_key)
{
    bool is_intra = !(all.data[0] & 1);
    return (struct vf_coded_picture){
        .entry = is_key && is_intra ? VF_ENTRY_CLOSED : VF_ENTRY_NONE,
        .is_referenced = true,
        .is_shown = all.data[0] & 0x10,
    };
}

/* A frame that is not shown is in one packet with one that is; if not, it tells so. */
static struct vf_coded_picture look_at_vp9(struct bytes all, bool is_key)
{
    unsigned first = all.data[0], last = all.data[all.size - 1];
    bool has_more = (first & 0x30) == 0x30;                      /* profile 3: one bit more */
    unsigned bits = has_more ? (first & 7U) << 1 : first & 0xfU; /* repeats; inter; shown; ... */
    bool is_repeated = bits & 8, is_intra = !(bits & 12), is_many = (last & 0xe0) == 0xc0;
    return (struct vf_coded_picture){
        .entry = is_key && is_intra ? VF_ENTRY_CLOSED : VF_ENTRY_NONE,
        .is_referenced = true,
        .is_shown = is_repeated || is_many || bits & 2,
        .is_strange = first >> 6 != 2,
    };
}

/* Reads a number of LEB128, and moves behind it. */
static bool read_size(struct bytes *left, size_t *size)
{
    *size = 0;
    for (unsigned shift = 0; left->size && shift < 35; shift += 7) {
        unsigned byte = *left->data++;
        left->size--;
        *size |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static struct vf_coded_picture look_at_av1(struct bytes left, bool is_key)
{
    enum { SEQUENCE = 1, HEADER = 3, FRAME = 6 };
    struct vf_coded_picture found = {.is_referenced = true, .is_shown = true};
    unsigned type = 0;
    while (left.size && type != HEADER && type != FRAME) {
        unsigned head = left.data[0];
        size_t skipped = head & 4 ? 2 : 1, size = 0;
        if (left.size < skipped)
            break;
        left.data += skipped;
        left.size -= skipped;
        type = head >> 3 & 15;
        found.has_header = found.has_header || type == SEQUENCE;
        if (!(head & 2))
            size = left.size;
        else if (!read_size(&left, &size))
            break;
        if (size > left.size || (!size && (type == HEADER || type == FRAME)))
            break;
        /* Not one that was decoded before; a key frame; shown at once. */
        bool is_whole = (type == HEADER || type == FRAME) && left.data[0] >> 4 == 1;
        found.entry = is_key && is_whole ? VF_ENTRY_CLOSED : VF_ENTRY_NONE;
        left.data += size;
        left.size -= size;
    }
    found.is_strange = type != HEADER && type != FRAME;
    return found;
}

struct vf_coded_picture vf_entry_of(const AVCodecParameters *parameters, const AVPacket *packet)
{
    struct bytes all = {packet->data, packet->size > 0 ? (size_t)packet->size : 0};
    bool is_key = packet->flags & AV_PKT_FLAG_KEY;
    if (!all.data || all.size < 2)
        return (struct vf_coded_picture){.is_strange = true};
    switch (parameters->codec_id) {
    case AV_CODEC_ID_H264:
        return look_at_h264(parameters, all, is_key);
    case AV_CODEC_ID_HEVC:
        return look_at_hevc(parameters, all, is_key);
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
        return look_at_mpeg2(all, is_key);
    case AV_CODEC_ID_MPEG4:
        return look_at_mpeg4(all, is_key);
    case AV_CODEC_ID_VP8:
        return look_at_vp8(all, is_key);
    case AV_CODEC_ID_VP9:
        return look_at_vp9(all, is_key);
    case AV_CODEC_ID_AV1:
        return look_at_av1(all, is_key);
    default:
        return (struct vf_coded_picture){.entry = is_key ? VF_ENTRY_CLOSED : VF_ENTRY_NONE,
                                         .is_shown = true};
    }
}
