/* SPDX-License-Identifier: MIT */
/* hint.h - the second half of a diagnostic about a name: what would be right. */
#ifndef VF_ENGINE_FLOW_HINT_H
#define VF_ENGINE_FLOW_HINT_H

#include <stddef.h>

#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/node/option/option.h"

/* Starts as {.nearest.wanted = NAME}; feed every name that would be right. */
struct vf_hint {
    struct vf_text_nearest nearest;
    struct vf_text names;
    size_t count;
};

void vf_hint_consider(struct vf_hint *hint, const char *name);

/* Lends `; did you mean "width"?`, or the names there are as `; they are width, height`, where
 * `they_are` is the caller's wording; "" without any name. */
const char *vf_hint_text(struct vf_hint *hint, const char *they_are);

void vf_hint_finish(struct vf_hint *hint);

/* Adds that `text` is no value for `option` of `owner`, as vf_option_set() found: `err`. */
void vf_hint_report_value(struct vf_diagnostics *diagnostics, const struct vf_option *option,
                          const char *owner, const char *text, struct vf_place place, int err);

#endif
