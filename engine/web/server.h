/* SPDX-License-Identifier: MIT */
/* server.h - the server of a run as those see it that make it up: server.c is its loop, exchange.c takes
 * a request from its first byte to its last, routes.c answers it, events.c and film.c send what goes on.
 */
#ifndef VF_ENGINE_WEB_SERVER_H
#define VF_ENGINE_WEB_SERVER_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/account/progress.h"
#include "engine/account/run_history.h"
#include "engine/account/standstill.h"
#include "engine/web/events.h"
#include "engine/web/link.h"
#include "engine/web/live.h"
#include "engine/web/web.h"

#define VF_WEB_BODY_MOST ((size_t)4096)
#define VF_WEB_FILMS_MOST 32 /* that are sent at a time */

struct vf_web_film;

struct vf_web {
    const struct vf_web_spec *spec;
    struct MHD_Daemon *daemon;
    struct vf_run_history *history;
    struct vf_progress_track *track;
    struct vf_standstill *standstill;
    struct vf_web_events *events;
    struct vf_web_link *link;
    struct vf_web_live *live;
    struct vf_web_film *films; /* a list */
    size_t film_count;
    struct vf_web_request *waiting; /* a list: those whose answer the run has not given */
    bool has_pictures;              /* since the films were looked at last */
    int log_fd;                     /* of the run; -1: it writes none */
};

/* One request. */
struct vf_web_request {
    struct vf_web *web;
    struct MHD_Connection *connection;
    const char *method, *path; /* lent by the connection while it is answered */
    char part[256];            /* of the path: what stands for * in the route */
    char body[VF_WEB_BODY_MOST + 1];
    size_t body_size;
    bool is_too_long;
    /* Of one that waits for the run, or for a picture: */
    struct vf_web_request *next; /* in `waiting` */
    bool is_waiting, is_answered;
    json_t *answer; /* of the run; NULL: it does not answer */
    struct vf_web_source *source;
    int64_t until_ns; /* when it has waited long enough */
};

/* Sleeps no more than this many milliseconds between two looks at pictures. */
#define VF_WEB_PICTURE_MS 10

#endif
