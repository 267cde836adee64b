/* SPDX-License-Identifier: MIT */
/* notices.h - what happens to a run itself, such as a task that is started again: told by whichever
 * process sees it, and heard by one task, which sends it on as events (vflow-events(7)).
 *
 * It is memory without a name, to which every process of the run appends records of one size, each
 * by one write. So record number n is always at the same place: who hears them can be followed by
 * another process, and nobody who tells something ever waits. What has been heard is let go of.
 */
#ifndef VF_ENGINE_JOURNAL_NOTICES_H
#define VF_ENGINE_JOURNAL_NOTICES_H

#include <jansson.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/journal/notice.h"

#define VF_NOTICE_SIZE 2048 /* bytes of a record: the text of an event, and NULs */

/* Starts as {.fd = -1, .bell = -1}: nobody hears, and what is told is forgotten. */
struct vf_notices {
    int fd;
    int bell; /* eventfd that can be read once something was appended */
};

/* Makes an empty one. */
VF_MUST_CHECK int vf_notices_create(struct vf_notices *notices);
void vf_notices_destroy(struct vf_notices *notices);

/* Appends a notice, and wakes who hears it. It is not worth a failure. */
void vf_notices_add(const struct vf_notices *notices, const struct vf_notice *notice);

/* Reads record number `number`, from 0, and lets go of those long before it. *event becomes an
 * object, the caller's. Returns -EAGAIN where there is none so far, and -EINVAL for what is no
 * notice, or was let go of. */
VF_MUST_CHECK int vf_notices_read(const struct vf_notices *notices, uint64_t number,
                                  json_t **event);

/* Silences the bell, before one looks whether there is something. */
void vf_notices_hush(const struct vf_notices *notices);

#endif
