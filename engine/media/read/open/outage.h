/* SPDX-License-Identifier: MIT */
/* outage.h - the time that a live source is away, and when it is opened again.
 *
 * Each attempt waits twice as long as the one before. It is one outage until something has come
 * again, however often the source was opened meanwhile; the log has its end.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_OUTAGE_H
#define VF_ENGINE_MEDIA_READ_OPEN_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/reconnect_option.h"

struct vf_node_run;

#define VF_USUAL_FRAME_US 40000 /* for a frame whose duration nobody knows */

/* Starts as {0}, but for the first three. */
struct vf_outage {
    const char *name; /* of the source, borrowed */
    struct vf_reconnect_wish wish;
    bool is_shared;   /* others may wait for the same source: not all come back at once */
    int64_t since_ns; /* 0: there is none */
    int tried;        /* attempts during it */
};

/* Begins an outage at `since_ns`, unless there is one already: the log, and who hears of the run, have
 * its cause, "was lost (timed out)", and the log what is done about it, "connecting again". */
void vf_outage_begin(struct vf_outage *outage, struct vf_node_run *run, int64_t since_ns,
                     const char *cause, const char *remedy);

/* Tells who hears of the run of a source that is away for good. */
void vf_outage_tell_loss(struct vf_node_run *run, const char *name, int64_t since_ns,
                         const char *cause);

/* Sleeps until the next attempt is due. Returns VF_END when the task is to stop, and -ENOTCONN,
 * after it has logged why, when there have been enough. */
VF_MUST_CHECK int vf_outage_wait(struct vf_outage *outage, struct vf_node_run *run);

/* Says that something has come: the outage is over, if there was one. */
void vf_outage_end(struct vf_outage *outage, struct vf_node_run *run);

/* Returns how long to wait before attempt number `attempt`, from 0: `chance`, any number, makes it
 * up to a fifth less or more; UINT32_MAX / 2 leaves it as it is. */
int64_t vf_outage_wait_ns(const struct vf_reconnect_wish *wish, int attempt, uint32_t chance);

#endif
