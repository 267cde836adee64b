/* SPDX-License-Identifier: MIT */
/* option_names.h - options of libav's objects that are called nearly as somebody has written. */
#ifndef VF_ENGINE_MEDIA_LIBAV_OPTION_NAMES_H
#define VF_ENGINE_MEDIA_LIBAV_OPTION_NAMES_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

struct AVClass;
struct AVOption;

/* Returns the option of a class that is called `name` and has all of `flags`; NULL: it has none.
 * `class` may be NULL. */
const struct AVOption *vf_option_names_find(const struct AVClass *class, const char *name,
                                            int flags);

/* Considers the options of a class that have all of `flags` (AV_OPT_FLAG_...). `class` may be NULL:
 * it has none. */
void vf_option_names_consider(struct vf_text_nearest *nearest, const struct AVClass *class,
                              int flags);

/* Refuses the option `name` of a "demuxer" or "encoder" that is called `owner`. Returns -EINVAL,
 * with one line in `problem` that has the nearest name, or tells who lists them. */
VF_MUST_CHECK int vf_option_names_refuse(const struct AVClass *class, const char *kind,
                                         const char *owner, const char *name, char *problem,
                                         size_t problem_size);

#endif
