/* SPDX-License-Identifier: MIT */
#include "nodes/peer/samples.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"

/* Formats as libav names them; with a "p" behind it each channel is a plane. */
static const struct format {
    char name[8], dtype[8];
    size_t bytes; /* of a sample */
} formats[] = {
    {"u8", "|u1", 1},  {"s16", "<i2", 2}, {"s32", "<i4", 4},
    {"s64", "<i8", 8}, {"flt", "<f4", 4}, {"dbl", "<f8", 8},
};

static const struct format *find_format(const struct vf_audio *audio, bool *is_planar)
{
    size_t length = strnlen(audio->format, sizeof(audio->format));
    *is_planar = length && audio->format[length - 1] == 'p';
    length -= *is_planar;
    for (size_t i = 0; i < VF_COUNT(formats); i++) {
        if (length == strlen(formats[i].name) &&
            memcmp(audio->format, formats[i].name, length) == 0)
            return &formats[i];
    }
    return NULL;
}

/* Returns whether the samples lie in the payload. */
static bool fits(const struct vf_message *message, size_t row_bytes, unsigned planes)
{
    const struct vf_audio *audio = &message->description.audio;
    uint64_t size = message->payload ? message->payload->size : 0;
    uint64_t extent = (uint64_t)audio->plane.stride * (planes - 1) + row_bytes;
    return audio->plane_count == planes && audio->plane.stride >= row_bytes &&
           audio->plane.offset <= size && extent <= size - audio->plane.offset;
}

/* Takes one sample of each plane, then the next of each. */
static void interleave(uint8_t *to, const uint8_t *from, const struct vf_audio *audio, size_t bytes)
{
    for (int32_t sample = 0; sample < audio->samples; sample++) {
        for (int32_t channel = 0; channel < audio->channels; channel++) {
            memcpy(to, from + (size_t)channel * audio->plane.stride + (size_t)sample * bytes,
                   bytes);
            to += bytes;
        }
    }
}

int vf_samples_take(struct vf_samples *samples, const struct vf_message *message)
{
    const struct vf_audio *audio = &message->description.audio;
    bool is_planar;
    const struct format *format = find_format(audio, &is_planar);
    *samples = (struct vf_samples){.payload = NULL};
    if (format && audio->samples > 0 && audio->channels > 0)
        samples->size = (size_t)audio->samples * (size_t)audio->channels * format->bytes;
    unsigned planes = is_planar ? (unsigned)audio->channels : 1;
    if (!samples->size || !fits(message, samples->size / planes, planes)) {
        vf_log(VF_LOG_ERROR, "sound was received whose description does not fit its bytes");
        return -EBADMSG;
    }
    memcpy(samples->dtype, format->dtype, sizeof(samples->dtype));
    int err = vf_payload_create(&samples->payload, samples->size);
    if (err)
        return err;
    const uint8_t *from = message->payload->data + audio->plane.offset;
    if (is_planar)
        interleave(samples->payload->data, from, audio, format->bytes);
    else
        memcpy(samples->payload->data, from, samples->size);
    return VF_OK;
}
