/* SPDX-License-Identifier: MIT */
/* letter_payload.h - what a message holds, as the bytes of a file that people can open. */
#ifndef VF_ENGINE_TASK_LETTER_PAYLOAD_H
#define VF_ENGINE_TASK_LETTER_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_letter_payload {
    const char *extension; /* of the file's name; NULL: there is nothing to be kept */
    const uint8_t *bytes;  /* lent by the message, or `made` */
    size_t size;
    uint8_t *made; /* for this file; NULL: the message's bytes are those of the file */
};

/* Makes a PNG file of a picture, a NumPy file of an array, a text file of a value. Of the rest, and
 * of a picture that cannot be made into a file here, the bytes are kept as they are. Borrows the
 * message until vf_letter_payload_finish(). */
VF_MUST_CHECK int vf_letter_payload_init(struct vf_letter_payload *payload,
                                         const struct vf_message *message);
void vf_letter_payload_finish(struct vf_letter_payload *payload);

#endif
