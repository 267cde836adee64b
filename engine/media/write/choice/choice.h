/* SPDX-License-Identifier: MIT */
/* choice.h - which container and which encoder a writer's options ask for.
 *
 * The same choice is made when a flow is checked and when it runs.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CHOICE_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CHOICE_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"

/* Chooses, and holds the settings against what was chosen. Opens no hardware. On a mistake returns
 * a negative errno with one line in `problem`: what is wrong; what would be right. */
VF_MUST_CHECK int vf_output_choose(struct vf_output_choice *choice,
                                   const struct vf_output_settings *settings, char *problem,
                                   size_t problem_size);

/* Frees what the choice owns. */
void vf_output_choice_finish(struct vf_output_choice *choice);

/* Returns libav's name of the codec: "h264". */
const char *vf_output_codec_name(const struct vf_output_choice *choice);

#endif
