/* SPDX-License-Identifier: MIT */
/* message_time.h - when a message is, for nodes that count seconds. */
#ifndef VF_NODES_TIME_MESSAGE_TIME_H
#define VF_NODES_TIME_MESSAGE_TIME_H

#include "engine/message/message.h"

/* Times that differ by less are one: what is left of rounding. */
#define VF_TIME_ROUNDING 1e-6

/* Returns the time of a message in seconds: by its timestamp, or, without one, by when its
 * producer made it. */
double vf_message_seconds(const struct vf_message *message);

#endif
