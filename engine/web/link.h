/* SPDX-License-Identifier: MIT */
/* link.h - asks the run, without waiting for its answers: they come one after the other. */
#ifndef VF_ENGINE_WEB_LINK_H
#define VF_ENGINE_WEB_LINK_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/result.h"

#define VF_WEB_LINK_MOST 64 /* questions at a time */

struct vf_web_link;

/* Who is told. `answer` is lent, with its descriptors, which become -1 where they are taken; NULL: the
 * run does not answer any more. */
typedef void vf_web_link_hear(void *context, json_t *answer, int *descriptors, size_t count);

/* Takes a connection to a run (engine/process/control/control.h). -1: nothing can be asked. */
VF_MUST_CHECK int vf_web_link_create(struct vf_web_link **link, int fd);
void vf_web_link_destroy(struct vf_web_link **link);

/* Asks; takes `request`. `hear` is called later, once, unless this fails, or it is forgotten. */
VF_MUST_CHECK int vf_web_link_ask(struct vf_web_link *link, json_t *request, vf_web_link_hear *hear,
                                  void *context);

/* Nobody is told any more of what was asked with this context. */
void vf_web_link_forget(struct vf_web_link *link, const void *context);

/* Returns the descriptor to sleep over, -1: none; and deals with what has come. */
int vf_web_link_fd(const struct vf_web_link *link);
void vf_web_link_serve(struct vf_web_link *link);

#endif
