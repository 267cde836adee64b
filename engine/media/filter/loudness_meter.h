/* SPDX-License-Identifier: MIT */
/* loudness_meter.h - how loud sound is, as EBU R 128 and ITU-R BS.1770 measure it: by libavfilter's
 * ebur128.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_LOUDNESS_METER_H
#define VF_ENGINE_MEDIA_FILTER_LOUDNESS_METER_H

#include "engine/base/result.h"
#include "engine/message/message.h"

#define VF_LOUDNESS_LEAST (-120.0) /* silence */

struct vf_loudness_meter;

VF_MUST_CHECK int vf_loudness_meter_create(struct vf_loudness_meter **meter);
void vf_loudness_meter_destroy(struct vf_loudness_meter **meter);

/* Takes sound of any form, which may change. Says the momentary loudness after it, that of the last
 * 0.4 seconds, in LUFS; NAN: nothing has been measured. Keeps nothing of the message. */
VF_MUST_CHECK int vf_loudness_meter_take(struct vf_loudness_meter *meter,
                                         const struct vf_message *sound, double *loudness);

#endif
