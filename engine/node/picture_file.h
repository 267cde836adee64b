/* SPDX-License-Identifier: MIT */
/* picture_file.h - a video message as a file that people can open.
 *
 * The engine itself knows no picture formats. The function is in engine/media; in the program,
 * another of the same name loads the module that has it, when it is called.
 */
#ifndef VF_ENGINE_NODE_PICTURE_FILE_H
#define VF_ENGINE_NODE_PICTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_message;

#define VF_PICTURE_PNG ".png"
#define VF_PICTURE_JPEG ".jpg"

/* Makes the bytes of a file of one of these kinds, a JPEG of that quality, 1 to 100; the caller frees them. An error means that there is
 * no picture, but the payload's bytes are still there. */
VF_MUST_CHECK int vf_picture_file_make(const struct vf_message *message, const char *kind,
                                       int quality, uint8_t **bytes, size_t *size);

#endif
