/* SPDX-License-Identifier: MIT */
/* film.h - pictures of an edge one after the other, as multipart/x-mixed-replace: what browsers show as
 * one picture that changes. Who reads slowly gets fewer of them. */
#ifndef VF_ENGINE_WEB_FILM_H
#define VF_ENGINE_WEB_FILM_H

#include <microhttpd.h>

#include "engine/web/server.h"

#define VF_WEB_FILM_TYPE "multipart/x-mixed-replace; boundary=vflow-picture"

/* Makes a response that goes on until the run is over; takes *source, except on failure. NULL: as many
 * are sent as may be, or out of memory. */
struct MHD_Response *vf_web_film_show(struct vf_web *web, struct MHD_Connection *connection,
                                      struct vf_web_source **source);

/* Has all go on that can, or come to their end. */
void vf_web_films_go_on(struct vf_web *web, bool is_over);

#endif
