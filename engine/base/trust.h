/* SPDX-License-Identifier: MIT */
/* trust.h - how far this process goes into what a flow names.
 *
 * A flow may be somebody else's. Who only looks at it loads no code that it names and opens nothing
 * that it names, but in a process that can do no harm (engine/sandbox/reader.h). Who runs it does so
 * anyway, and says so first: then mistakes in what it names are found before the start.
 */
#ifndef VF_ENGINE_BASE_TRUST_H
#define VF_ENGINE_BASE_TRUST_H

#include <stdbool.h>

enum vf_trust {
    VF_TRUST_NAMES = -1, /* what a flow names is not even looked for */
    VF_TRUST_LOOK = 0,   /* as it is at the start */
    VF_TRUST_RUN = 1,    /* the flow is going to run */
};

void vf_trust_set(enum vf_trust trust);
enum vf_trust vf_trust(void);

/* Says that nodes may do what is refused otherwise, if the flow asks for that, too. */
void vf_unsafe_allow(void);

bool vf_unsafe_is_allowed(void);

#endif
