/* SPDX-License-Identifier: MIT */
/* events.h - samples of a run as Server-Sent Events, to all who listen.
 *
 * Who comes gets a whole sample, and then what has changed from one to the next, as a merge patch
 * (RFC 7396). Who reads too slowly loses none of that: what they have not read yet is dropped, and
 * they get a whole sample again. html.spec.whatwg.org/multipage/server-sent-events.html has the format.
 */
#ifndef VF_ENGINE_WEB_EVENTS_H
#define VF_ENGINE_WEB_EVENTS_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

#define VF_WEB_LISTENERS_MOST 64

struct vf_web_events;

/* Who comes is told the revision of the flow first. */
VF_MUST_CHECK int vf_web_events_create(struct vf_web_events **events, unsigned revision);
void vf_web_events_destroy(struct vf_web_events **events);

/* Makes a response that goes on until the run is over. NULL: there are as many listeners as may be, or
 * out of memory. Its connection has to be one that can be suspended. */
struct MHD_Response *vf_web_events_listen(struct vf_web_events *events,
                                          struct MHD_Connection *connection);

/* Returns how many listen. */
size_t vf_web_events_count(const struct vf_web_events *events);

/* Hands on a sample, which it takes. */
void vf_web_events_send(struct vf_web_events *events, json_t *sample);

/* Hands on an event of another kind, and, if it is the last, ends all responses after it. */
void vf_web_events_tell(struct vf_web_events *events, const char *name, const char *data,
                        bool is_last);

/* Makes what has to be changed in `before` to make it `after`, the caller's (RFC 7396); NULL: nothing
 * has, or out of memory. */
json_t *vf_web_merge_patch(const json_t *before, const json_t *after);

#endif
