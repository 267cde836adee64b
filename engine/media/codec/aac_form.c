/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/aac_form.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#include "engine/base/array.h"

#define ADTS_SIZE 7
#define ADTS_MAX_SIZE 8191 /* bytes of header and data */
#define OBJECT_LC 2
#define OBJECT_SBR 5
#define OBJECT_PS 29
#define OBJECT_ESCAPE 31
#define RATE_IS_SAID 15
#define SYNC_EXTENSION 0x2b7

static const int rates[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                            22050, 16000, 12000, 11025, 8000,  7350};

/* Reads bits from the highest on; behind the end they are 0. */
struct bits {
    const uint8_t *bytes;
    size_t size, position;
};

static int take(struct bits *bits, unsigned count)
{
    int value = 0;
    while (count-- > 0) {
        size_t byte = bits->position / 8;
        int bit = byte < bits->size ? bits->bytes[byte] >> (7 - bits->position % 8) & 1 : 0;
        value = value << 1 | bit;
        bits->position++;
    }
    return value;
}

static int take_object_type(struct bits *bits)
{
    int type = take(bits, 5);
    return type == OBJECT_ESCAPE ? 32 + take(bits, 6) : type;
}

static int rate_of(int index)
{
    return (size_t)index < VF_COUNT(rates) ? rates[index] : 0;
}

/* Behind plain AAC it may be said that there is more. */
static bool finds_sbr_behind(struct bits *bits)
{
    bits->position += 3; /* of the core: length of frames, dependence, extension */
    return take(bits, 11) == SYNC_EXTENSION && take_object_type(bits) == OBJECT_SBR &&
           take(bits, 1);
}

bool vf_aac_form_of_config(struct vf_aac_form *form, const uint8_t *config, size_t size)
{
    struct bits bits = {.bytes = config, .size = size};
    *form = (struct vf_aac_form){.object_type = take_object_type(&bits)};
    form->rate_index = take(&bits, 4);
    form->rate = form->rate_index == RATE_IS_SAID ? take(&bits, 24) : rate_of(form->rate_index);
    form->channels = take(&bits, 4);
    if (form->object_type == OBJECT_SBR || form->object_type == OBJECT_PS) {
        form->has_sbr = true;
        if (take(&bits, 4) == RATE_IS_SAID)
            bits.position += 24;
        form->object_type = take_object_type(&bits);
    } else if (form->object_type == OBJECT_LC && form->channels) {
        form->has_sbr = finds_sbr_behind(&bits);
    }
    return size >= VF_AAC_CONFIG_SIZE && form->object_type && form->rate;
}

bool vf_aac_form_of_packet(struct vf_aac_form *form, const uint8_t *packet, size_t size)
{
    if (size < ADTS_SIZE || packet[0] != 0xff || (packet[1] & 0xf6) != 0xf0)
        return false;
    struct bits bits = {.bytes = packet, .size = size, .position = 16};
    *form = (struct vf_aac_form){.object_type = take(&bits, 2) + 1};
    form->rate_index = take(&bits, 4);
    form->rate = rate_of(form->rate_index);
    bits.position++; /* private */
    form->channels = take(&bits, 3);
    return form->rate > 0;
}

static int find_rate(int rate)
{
    for (size_t i = 0; i < VF_COUNT(rates); i++) {
        if (rates[i] == rate)
            return (int)i;
    }
    return -1;
}

bool vf_aac_form_of_parameters(struct vf_aac_form *form, const AVCodecParameters *parameters)
{
    int channels = parameters->ch_layout.nb_channels;
    int index = find_rate(parameters->sample_rate);
    *form = (struct vf_aac_form){.object_type = OBJECT_LC,
                                 .rate_index = index,
                                 .rate = parameters->sample_rate,
                                 .channels = channels == 8 ? 7 : channels};
    bool is_known = channels >= 1 && channels <= 8 && channels != 7;
    return is_known && index >= 0 && parameters->profile == OBJECT_LC - 1;
}

bool vf_aac_form_is_equal(const struct vf_aac_form *form, const struct vf_aac_form *other)
{
    return form->object_type == other->object_type && form->rate == other->rate &&
           form->channels == other->channels && form->has_sbr == other->has_sbr;
}

void vf_aac_form_write_config(const struct vf_aac_form *form, uint8_t config[VF_AAC_CONFIG_SIZE])
{
    config[0] = (uint8_t)(form->object_type << 3 | form->rate_index >> 1);
    config[1] = (uint8_t)((form->rate_index & 1) << 7 | form->channels << 3);
}

int vf_aac_form_wrap(const struct vf_aac_form *form, AVPacket *packet)
{
    int size = packet->size + ADTS_SIZE;
    bool has_header = form->object_type >= 1 && form->object_type <= 4 &&
                      form->rate_index < RATE_IS_SAID && form->channels && form->channels < 8;
    if (!has_header || size > ADTS_MAX_SIZE)
        return -EINVAL;
    if (av_grow_packet(packet, ADTS_SIZE) < 0)
        return -ENOMEM;
    memmove(packet->data + ADTS_SIZE, packet->data, (size_t)(size - ADTS_SIZE));
    const uint8_t header[ADTS_SIZE] = {
        0xff,
        0xf1, /* MPEG-4, without a checksum */
        (uint8_t)((form->object_type - 1) << 6 | form->rate_index << 2 | form->channels >> 2),
        (uint8_t)((form->channels & 3) << 6 | size >> 11),
        (uint8_t)(size >> 3),
        (uint8_t)((size & 7) << 5 | 0x1f), /* how full a decoder's buffer is: not said */
        0xfc,
    };
    memcpy(packet->data, header, ADTS_SIZE);
    return VF_OK;
}
