/* SPDX-License-Identifier: MIT */
/* told_events.h - feeds a node what a tracker tells, and looks at the events that it makes of it. */
#ifndef VF_TESTS_UNIT_SUPPORT_TOLD_EVENTS_H
#define VF_TESTS_UNIT_SUPPORT_TOLD_EVENTS_H

#include <jansson.h>
#include <stdint.h>

#include "tests/unit/support/node_bench.h"

/* Feeds the objects of frame `number` of street.avi, which has 25 a second and is read from its
 * tenth second on. */
int told_feed(struct vf_bench *bench, uint64_t number, const char *text);

/* Returns the value of message `index` that came out of `port`. It is the caller's. */
json_t *told_value(const struct vf_bench *bench, unsigned port, unsigned index);

/* Expects it to be as this JSON says. */
void told_expect(const struct vf_bench *bench, unsigned port, unsigned index, const char *json);

#endif
