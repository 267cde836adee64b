/* SPDX-License-Identifier: MIT */
/* picture_loader - what makes files of pictures, as the program has it: in a module, for frames
 * that are put aside, or told of. */
#include <errno.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/node/picture_file.h"

int vf_picture_file_make(const struct vf_message *message, const char *kind, int quality,
                         uint8_t **bytes, size_t *size)
{
    int (*make)(const struct vf_message *, const char *, int, uint8_t **, size_t *);
    const char *problem; /* seen by the frame being kept as bytes */
    void *address = vf_loader_find("codec", __func__, &problem);
    memcpy(&make, &address, sizeof(make)); /* C does not convert an object's address */
    return address ? make(message, kind, quality, bytes, size) : -ELIBACC;
}
