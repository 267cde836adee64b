/* SPDX-License-Identifier: MIT */
/* instruments.h - what was built into this process, or loaded before it, to watch it; and how a process
 * ends that was forked, which some of these have to notice.
 */
#ifndef VF_ENGINE_BASE_INSTRUMENTS_H
#define VF_ENGINE_BASE_INSTRUMENTS_H

#include <stdbool.h>

/* Returns whether a sanitizer is in it, be it built in or preloaded: it makes system calls of its own,
 * and looks for leaks at the end. */
bool vf_is_sanitized(void);

/* Returns whether it is built to measure its coverage, which it writes at its end. */
bool vf_measures_coverage(void);

/* Ends a process that was forked. What is buffered is written. Handlers of atexit(3) and destructors of
 * libraries are not called: those of the parent are not its own to call, and what they free the kernel
 * frees sooner. Only where there are instruments, or LD_PRELOAD names some, they are, for their sake. */
_Noreturn void vf_leave(int status);

#endif
