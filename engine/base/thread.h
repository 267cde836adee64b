/* SPDX-License-Identifier: MIT */
/* thread.h - a thread beside those that were there, to which no signals come. */
#ifndef VF_ENGINE_BASE_THREAD_H
#define VF_ENGINE_BASE_THREAD_H

#include <pthread.h>

#include "engine/base/result.h"

/* Starts work(context) in a thread, which the caller joins. Signals stay with the threads that there
 * are: it has all blocked. Returns what pthread_create() does, as a negative number. */
VF_MUST_CHECK int vf_thread_start(pthread_t *thread, void *(*work)(void *context), void *context);

#endif
