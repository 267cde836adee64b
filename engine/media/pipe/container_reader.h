/* SPDX-License-Identifier: MIT */
/* container_reader.h - the frames of a container that comes through a pipe.
 *
 * libav reads as much as it wants and waits for it, so a thread of its own does that; a few frames
 * wait until they are taken. Whoever takes them never waits.
 */
#ifndef VF_ENGINE_MEDIA_PIPE_CONTAINER_READER_H
#define VF_ENGINE_MEDIA_PIPE_CONTAINER_READER_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVFrame;
struct vf_container_reader;

/* Returns whether libav reads what it calls `name` from a pipe. */
bool vf_container_reader_is(const char *name);

/* Begins to read `fd`, which is non-blocking, as a container of this name. Borrows both for as long as
 * the reader lives. */
VF_MUST_CHECK int vf_container_reader_create(struct vf_container_reader **reader, const char *name,
                                             int fd);

/* Stops wherever it is. */
void vf_container_reader_destroy(struct vf_container_reader **reader);

/* Returns a descriptor that can be read while there is something to take. */
int vf_container_reader_fd(const struct vf_container_reader *reader);

/* Gives the next frame, with its time base. Returns -EAGAIN when it has not come yet, VF_END after the
 * last, or an error, with why in *complaint, which is lent while the reader lives. */
VF_MUST_CHECK int vf_container_reader_take(struct vf_container_reader *reader,
                                           struct AVFrame **frame, struct vf_rational *rate,
                                           const char **complaint);

#endif
