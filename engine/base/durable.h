/* SPDX-License-Identifier: MIT */
/* durable.h - what a loss of power does not take back.
 *
 * What a program has written is on the disk some time later, and the name of a new file on its own:
 * it is in the folder, whose name is in the folder above. What cannot be told to do more than it
 * does, such as a device or a file system without that, is no failure. Nothing is logged.
 */
#ifndef VF_ENGINE_BASE_DURABLE_H
#define VF_ENGINE_BASE_DURABLE_H

#include "engine/base/result.h"

/* Has what a file holds on the disk. */
VF_MUST_CHECK int vf_durable_bytes(int fd);

/* Has the names that are in a folder on the disk, and its own name where it is new. `folder` may be a
 * descriptor that only names it (O_PATH). */
VF_MUST_CHECK int vf_durable_names(int folder);

/* The same for the folder that the file called `path` is in. */
VF_MUST_CHECK int vf_durable_name(const char *path);

/* Has a file on the disk: what it holds, and its name. */
VF_MUST_CHECK int vf_durable_file(const char *path);

#endif
