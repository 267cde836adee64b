/* SPDX-License-Identifier: MIT */
/* frame_reader.h - frames that another program writes: raw, y4m, or in a container that libav reads.
 *
 * Raw frames and y4m are read straight into the memory in which they are sent on. Nothing here ever
 * waits but for that memory.
 */
#ifndef VF_ENGINE_MEDIA_PIPE_FRAME_READER_H
#define VF_ENGINE_MEDIA_PIPE_FRAME_READER_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_frame_reader;
struct vf_node_run;

/* Returns whether frames can be read in this form. */
bool vf_frame_reader_is(const char *form);

/* Makes a reader of `fd`, which is non-blocking. Raw frames have the format, the size and the rate of
 * `video`; of other forms it is not looked at. Borrows all but `video` for as long as the reader lives. */
VF_MUST_CHECK int vf_frame_reader_create(struct vf_frame_reader **reader, struct vf_node_run *run,
                                         const char *form, int fd, const struct vf_video *video);
void vf_frame_reader_destroy(struct vf_frame_reader **reader);

/* Returns the descriptor that can be read when there is something to read. */
int vf_frame_reader_fd(const struct vf_frame_reader *reader);

/* Reads what there is of a frame. Returns VF_OK when one is complete, -EAGAIN when more has to come,
 * VF_END after the last, and also when the task is to stop; or an error, -EBADMSG with why in
 * *complaint, one phrase, lent until the next call. */
VF_MUST_CHECK int vf_frame_reader_read(struct vf_frame_reader *reader, const char **complaint);

/* Makes a message of the frame that is complete. It is an answer to `answered`, from which it has
 * its times and what belongs to the picture; NULL: to nothing, and it has the times of the stream.
 * Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_frame_reader_take(struct vf_frame_reader *reader,
                                       const struct vf_message *answered,
                                       struct vf_message **message);

#endif
