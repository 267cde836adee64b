/* SPDX-License-Identifier: MIT */
/* container_writer.h - frames as raw video in a container such as nut, as bytes in memory. */
#ifndef VF_ENGINE_MEDIA_PIPE_CONTAINER_WRITER_H
#define VF_ENGINE_MEDIA_PIPE_CONTAINER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVFrame;
struct vf_container_writer;
struct vf_description;

/* Returns whether libav writes raw video in the container it calls `name`, into a pipe. */
bool vf_container_writer_is(const char *name);

VF_MUST_CHECK int vf_container_writer_create(struct vf_container_writer **writer, const char *name);
void vf_container_writer_destroy(struct vf_container_writer **writer);

/* Makes the bytes of a frame, with those of the header before the first. All have its format, size
 * and time base, which `described` has, too. Lends the bytes until the next call. */
VF_MUST_CHECK int vf_container_writer_put(struct vf_container_writer *writer,
                                          const struct AVFrame *frame,
                                          const struct vf_description *described,
                                          const uint8_t **bytes, size_t *size);

/* Makes the bytes of the end. */
VF_MUST_CHECK int vf_container_writer_end(struct vf_container_writer *writer, const uint8_t **bytes,
                                          size_t *size);

#endif
