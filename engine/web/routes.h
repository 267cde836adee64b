/* SPDX-License-Identifier: MIT */
/* routes.h - what the server of a run answers: the one table of its paths, vflow-http(7). */
#ifndef VF_ENGINE_WEB_ROUTES_H
#define VF_ENGINE_WEB_ROUTES_H

#include "engine/web/gate.h"
#include "engine/web/server.h"

struct vf_web_route {
    const char *method; /* "GET" stands for HEAD, too */
    const char *path;   /* one * stands for any part of it, such as a name */
    enum vf_web_need need;
    /* Returns the response, whose status it fills in, 200 before; NULL: out of memory, or the request
     * waits (vf_web_wait()). */
    struct MHD_Response *(*answer)(struct vf_web_request *request, unsigned *status);
};

/* Finds the route of a request, and copies what its * stands for into `part`. NULL: there is none, and
 * *status is 404, or 405 where the path takes other methods. */
const struct vf_web_route *vf_web_route_find(const char *method, const char *path, char *part,
                                             size_t part_size, unsigned *status);

#endif
