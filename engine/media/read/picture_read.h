/* SPDX-License-Identifier: MIT */
/* picture_read.h - one picture from a file, for nodes that need it beside their inputs. */
#ifndef VF_ENGINE_MEDIA_READ_PICTURE_READ_H
#define VF_ENGINE_MEDIA_READ_PICTURE_READ_H

#include "engine/base/result.h"

struct vf_message;
struct vf_node_run;

/* Reads the first picture of any file or URL that libav reads, into memory of this process: it is
 * not to be sent. Returns -ENODATA, after saying so,
 * where there is none, VF_END when the task is to stop, or as vf_demuxer_create(). */
VF_MUST_CHECK int vf_picture_read(struct vf_node_run *run, const char *path,
                                  struct vf_message **picture);

#endif
