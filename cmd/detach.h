/* SPDX-License-Identifier: MIT */
/* detach.h - a run in the background: in a session of its own, with a log instead of a terminal.
 *
 *     struct vf_detachment detachment;
 *     enum vf_exit_status status;
 *     if (vf_detach(&detachment, &status))
 *         return status;                            the caller's process: the run has begun, or failed
 *     ...run, with vf_detachment_ready as settings.on_ready...
 *     vf_detachment_end(&detachment, status);
 */
#ifndef VF_CMD_DETACH_H
#define VF_CMD_DETACH_H

#include <stdbool.h>

#include "engine/base/exit_status.h"
#include "engine/run/card.h"

struct vf_detachment {
    char *folder, *draft; /* of the log, and the log until the run has a name */
    char *log, *record;
    int told_fd; /* on which the caller's process hears that the run has begun */
};

/* Forks the process of the run, which goes on behind this function, where it returns false. In the
 * caller's process it waits until the run has begun, prints its name and process id, and what it has
 * said so far, and returns true with the status to exit with. */
bool vf_detach(struct vf_detachment *detachment, enum vf_exit_status *status);

/* Says that the run has begun: its log gets its name, and the caller's process ends. For
 * struct vf_engine_settings. */
void vf_detachment_ready(void *detachment, const struct vf_run_card *card);

/* Notes how the run has ended. */
void vf_detachment_end(struct vf_detachment *detachment, enum vf_exit_status status);

#endif
