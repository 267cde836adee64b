/* SPDX-License-Identifier: MIT */
/* gate.h - who may ask what of the server of a run: a pure function of what a request says.
 *
 * A page of somebody else in the same browser must reach nothing. So a name that is not this server's
 * own is refused, whatever address it has (DNS rebinding), what changes something has to come from
 * this server's page or from no page at all, and control always needs the token.
 */
#ifndef VF_ENGINE_WEB_GATE_H
#define VF_ENGINE_WEB_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/web/web.h"

#define VF_WEB_COOKIE_SIZE 32 /* of the name of the cookie, with its NUL */

/* What a request says of whoever sent it; NULL: nothing. */
struct vf_web_head {
    const char *host, *origin, *site; /* the headers Host, Origin and Sec-Fetch-Site */
    const char *authorization;
    const char *cookie; /* the value of the cookie that vf_web_cookie_name() names */
    const char *token;  /* in the query */
};

enum vf_web_need {
    VF_WEB_NOTHING, /* whoever reaches the server */
    VF_WEB_LOOK,
    VF_WEB_CONTROL,
};

/* Returns 0, or the status of HTTP by which a request is refused, and why, in a line. */
unsigned vf_web_gate(const struct vf_web_access *access, const struct vf_web_head *head,
                     enum vf_web_need need, const char **why);

/* Returns whether a request has the token. */
bool vf_web_gate_knows(const struct vf_web_access *access, const struct vf_web_head *head);

/* Writes the name of the cookie that holds the token: another for each port, since browsers give the
 * cookies of one host to all its ports. */
void vf_web_cookie_name(const struct vf_web_access *access, char name[VF_WEB_COOKIE_SIZE]);

#endif
