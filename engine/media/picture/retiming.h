/* SPDX-License-Identifier: MIT */
/* retiming.h - the times of messages, made others. */
#ifndef VF_ENGINE_MEDIA_PICTURE_RETIMING_H
#define VF_ENGINE_MEDIA_PICTURE_RETIMING_H

#include "engine/message/message.h"

/* Returns the simplest fraction that is near enough to a positive number to be meant: 25/1 of 25,
 * 30000/1001 of 29.97003. */
struct vf_rational vf_retiming_fraction(double number);

/* Has what is described happen `speed` times as fast, from time 0 on. The timestamps stay and
 * their time base changes, or, where that is not exact, both do. */
void vf_retiming_speed_up(struct vf_description *description, struct vf_rational speed);

/* Returns what a frame rate becomes at that speed. */
struct vf_rational vf_retiming_rate(struct vf_rational frame_rate, struct vf_rational speed);

/* Has it happen as number `number`, from 0, of messages that come at `rate`. */
void vf_retiming_number(struct vf_description *description, int64_t number,
                        struct vf_rational rate);

#endif
