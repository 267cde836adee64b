/* SPDX-License-Identifier: MIT */
/* constant_rate.h - the rate at which frames must come, where not any times will do.
 *
 * A file that counts its frames has no times; the codecs of MPEG-1 and -2, and some containers, know
 * a few rates only. Frames are repeated and left out then (picture/steady_rate.h).
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_CONSTANT_RATE_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_CONSTANT_RATE_H

#include <libavutil/rational.h>

#include "engine/message/message.h"

struct vf_output_choice;
struct vf_output_settings;

/* Returns the rate that `settings` ask for, or else, where one is needed, that of the first frame;
 * in either case the nearest that codec and container know, which is logged where it is another.
 * 0/1: any times will do. */
struct vf_rational vf_constant_rate(const struct vf_output_choice *choice,
                                    const struct vf_output_settings *settings,
                                    const struct vf_description *first);

/* Returns the frame rate of a stream that begins with such a frame; 0/1: it is not known. */
struct vf_rational vf_nominal_rate(const struct vf_description *first);

#endif
