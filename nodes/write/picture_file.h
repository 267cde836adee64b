/* SPDX-License-Identifier: MIT */
/* picture_file.h - an encoded picture as a file, which gets its name only when it is complete. */
#ifndef VF_NODES_WRITE_PICTURE_FILE_H
#define VF_NODES_WRITE_PICTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"

struct vf_node_run;
struct vf_picture_encoder;

struct vf_picture_file {
    const char *path;
    bool must_not_replace;
    enum vf_output_verify verify;
    const struct vf_picture_encoder *encoder; /* that has made the bytes last */
};

/* Writes a picture: whoever looks at its name sees the whole of one, at any time. What is not what
 * was written, by `verify`, keeps the name of a part. */
VF_MUST_CHECK int vf_picture_file_write(struct vf_node_run *run,
                                        const struct vf_picture_file *picture, const uint8_t *bytes,
                                        size_t size);

#endif
