/* SPDX-License-Identifier: MIT */
/* frame_facts.h - the extras of a frame (its opaque_ref), and its side data.
 *
 * Between tasks all is in the extras, and nothing in side data, so that whoever only looks at a
 * picture pays for nothing. For libav's encoders and filters it is side data.
 */
#ifndef VF_ENGINE_MEDIA_FACTS_FRAME_FACTS_H
#define VF_ENGINE_MEDIA_FACTS_FRAME_FACTS_H

#include "engine/base/result.h"

struct AVFrame;
struct vf_records;

/* Makes of `facts`, which may be NULL, and of the frame's side data, its extras. */
VF_MUST_CHECK int vf_frame_facts_attach(struct AVFrame *frame, const struct vf_records *facts);

/* Gives the frame the side data that is in its extras, which stay. */
VF_MUST_CHECK int vf_frame_facts_restore(struct AVFrame *frame);

/* Gives the frame, whose side data has been restored, what its extras say of the mastering display
 * and the light level of its stream, where it says nothing of them itself. Returns -ENOMEM. */
VF_MUST_CHECK int vf_frame_facts_light(struct AVFrame *frame);

/* Makes the side data in its extras, which somebody else has filled, what it has itself. */
VF_MUST_CHECK int vf_frame_facts_collect(struct AVFrame *frame);

#endif
