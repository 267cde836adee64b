/* SPDX-License-Identifier: MIT */
/* aac_form.h - the two ways in which AAC says what it is: once, in front of all packets (an
 * AudioSpecificConfig), or in each packet (an ADTS header).
 */
#ifndef VF_ENGINE_MEDIA_CODEC_AAC_FORM_H
#define VF_ENGINE_MEDIA_CODEC_AAC_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_AAC_CONFIG_SIZE 2 /* bytes of the shortest AudioSpecificConfig */

struct AVCodecParameters;
struct AVPacket;

/* What a decoder must know. Starts as {0}. */
struct vf_aac_form {
    int object_type; /* 2: LC */
    int rate_index;  /* in the standard's table; 15: `rate` says it */
    int rate;        /* Hz, of the core */
    int channels;    /* the standard's number of a layout; 0: the packets say more */
    bool has_sbr;    /* it is said in front that the rate is twice the core's */
};

/* Read a form from an AudioSpecificConfig, or from the ADTS header at the start of a packet. Return
 * whether there is one. */
bool vf_aac_form_of_config(struct vf_aac_form *form, const uint8_t *config, size_t size);
bool vf_aac_form_of_packet(struct vf_aac_form *form, const uint8_t *packet, size_t size);

/* Makes the form of plain AAC (LC) of such parameters. Returns false for other AAC, and for what
 * has no number in the standard. */
bool vf_aac_form_of_parameters(struct vf_aac_form *form,
                               const struct AVCodecParameters *parameters);

bool vf_aac_form_is_equal(const struct vf_aac_form *form, const struct vf_aac_form *other);

/* Writes the AudioSpecificConfig of a form that vf_aac_form_of_parameters() made. */
void vf_aac_form_write_config(const struct vf_aac_form *form, uint8_t config[VF_AAC_CONFIG_SIZE]);

/* Puts an ADTS header in front of the packet's data. Returns -EINVAL for a form that has none, or
 * a packet that is too large for one. */
VF_MUST_CHECK int vf_aac_form_wrap(const struct vf_aac_form *form, struct AVPacket *packet);

#endif
