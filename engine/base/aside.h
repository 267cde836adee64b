/* SPDX-License-Identifier: MIT */
/* aside.h - work that is done beside the thread that waits for it, and gives way to all others.
 *
 * It has a thread of its own, which the system runs when nobody else wants the core; threads that it
 * starts are so, too. Who waits goes on to be seen, and can call it off.
 */
#ifndef VF_ENGINE_BASE_ASIDE_H
#define VF_ENGINE_BASE_ASIDE_H

#include <stdbool.h>

#include "engine/base/result.h"

struct vf_aside {
    int (*work)(void *context); /* in the other thread; what it returns is the result */
    void (*watch)(
        void *context); /* now and then, in the waiting one: it may tell the work to end */
    void *context;
    bool is_idle; /* it gets what nobody else wants; else it is as urgent as its caller */
};

/* Does the work, and returns its result, or -EAGAIN where no thread can be had. */
VF_MUST_CHECK int vf_aside_do(const struct vf_aside *aside);

#endif
