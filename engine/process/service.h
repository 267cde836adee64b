/* SPDX-License-Identifier: MIT */
/* service.h - tells the service manager how a run is, as sd_notify(3) does: READY=1 once all nodes are
 * open, STATUS= with its progress, WATCHDOG=1 as long as the supervisor lives, STOPPING=1.
 *
 * The manager names a datagram socket in $NOTIFY_SOCKET, by a path or, after "@", an abstract name,
 * and in $WATCHDOG_USEC how long it waits for a sign of life. Nothing here waits or fails.
 */
#ifndef VF_ENGINE_PROCESS_SERVICE_H
#define VF_ENGINE_PROCESS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Starts as {.fd = -1}: nobody is told. */
struct vf_service {
    int fd;
    int64_t watchdog_ns;         /* how often to show life; 0: never */
    int64_t alive_ns, status_ns; /* when that, and the progress, was told last */
    bool is_stopping;            /* that has been told */
};

/* Finds out whom to tell. Workers do not inherit it. */
void vf_service_open(struct vf_service *service);
void vf_service_close(struct vf_service *service);

/* Sends lines, made as by printf. */
void vf_service_tell(const struct vf_service *service, const char *format, ...) VF_PRINTF(2, 3);

/* Shows life, if it is time. */
void vf_service_show_life(struct vf_service *service, int64_t now_ns);

#endif
