/* SPDX-License-Identifier: MIT */
/* trial.h - an encoder opened with what it is asked for, before there is anything to encode.
 *
 * Many encoders find out only then that they have no such preset or tune. In a process of its own,
 * since a supervisor opens no codec and some libraries do not come back whole.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_TRIAL_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_TRIAL_H

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"

struct vf_output_problem;

/* Opens the chosen encoder for frames of usual sizes. Returns -EINVAL, with what is wrong in
 * `problem`, where it opens at one of them without some setting and at none with it; VF_OK where it
 * opens, works on hardware, or where nothing tells why it does not. Forks. */
VF_MUST_CHECK int vf_output_try_encoder(const struct vf_output_choice *choice,
                                        const struct vf_output_settings *settings,
                                        const struct vf_output_problem *problem);

#endif
