/* SPDX-License-Identifier: MIT */
/* parameter_sets.h - the parameter sets of pictures that are encoded again, beside those of the
 * packets that are copied.
 *
 * H.264 and HEVC call sets by numbers, and encoders call all of theirs 0, as most sources do. What is
 * encoded again gets other numbers, so that one header has all sets, and no packet changes any. The
 * number of a set takes one bit more for each time that it doubles: those with nine bits take the
 * place of 0, which has one, with all that follows moved by a whole byte.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_PARAMETER_SETS_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_PARAMETER_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/nal_units.h"

struct AVIOContext;

/* What the sets of encoded pictures are called. */
struct vf_set_numbers {
    unsigned stream, picture;
};

struct vf_bytes {
    const uint8_t *bytes;
    size_t size;
};

/* Chooses numbers that the sets in a header do not have: extra data of libav's, or a packet with
 * sets. Returns -ENOTSUP where there are none. */
VF_MUST_CHECK int vf_set_numbers_choose(struct vf_set_numbers *numbers,
                                        const struct vf_nal_form *form,
                                        const struct vf_bytes *header);

/* Writes a unit that an encoder has made, as `form` has units, with these numbers instead of 0.
 * Messages about the timing of a buffer, which name sets, are left out. Returns -ENOTSUP for a unit
 * that has other numbers. */
VF_MUST_CHECK int vf_set_numbers_apply(const struct vf_set_numbers *numbers,
                                       const struct vf_nal_form *form, const struct vf_nal *nal,
                                       struct AVIOContext *to);

/* Makes a header with all sets of `header` and of `made`, an encoder's with start codes, as `form`
 * has it. The caller frees *joined by av_free(). */
VF_MUST_CHECK int vf_parameter_sets_join(const struct vf_set_numbers *numbers,
                                         const struct vf_nal_form *form,
                                         const struct vf_bytes *header, const struct vf_bytes *made,
                                         struct vf_bytes *joined);

#endif
