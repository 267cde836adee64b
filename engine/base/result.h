/* SPDX-License-Identifier: MIT */
/* result.h - what a function that can fail returns.
 *
 * Every such function returns an int: a negative errno on failure, otherwise
 * one of the values below. Whoever first knows the cause logs it, once.
 */
#ifndef VF_ENGINE_BASE_RESULT_H
#define VF_ENGINE_BASE_RESULT_H

enum vf_result {
    VF_OK = 0,
    VF_END = 1,     /* the stream is over, or the flow is to stop; nothing was produced */
    VF_DROPPED = 2, /* realtime delivery had no room and let the message go */
};

#define VF_MUST_CHECK __attribute__((warn_unused_result))
#define VF_PRINTF(place, first) __attribute__((format(printf, place, first)))

#endif
