/* SPDX-License-Identifier: MIT */
/* pattern.h - text with fields in it: "{name}" or "{name:format}", and {{ }} for a brace. */
#ifndef VF_NODES_VALUE_PATTERN_H
#define VF_NODES_VALUE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

struct vf_pattern_span {
    const char *begin;
    size_t length;
};

enum vf_pattern_kind {
    VF_PATTERN_END,
    VF_PATTERN_TEXT,  /* `name` is to be taken as it stands */
    VF_PATTERN_FIELD, /* {name} or {name:format} */
    VF_PATTERN_OPEN,  /* a field that does not end; `name` is all of it */
    VF_PATTERN_LONE,  /* a closing brace with nothing to close */
};

struct vf_pattern_part {
    enum vf_pattern_kind kind;
    struct vf_pattern_span name, format; /* a format that is not given begins at NULL */
};

/* Takes the next part off the front of *pattern. Spans are lent by the pattern. */
struct vf_pattern_part vf_pattern_next(const char **pattern);

/* Says in `problem` what is wrong with a brace. Returns -EINVAL where something is. */
VF_MUST_CHECK int vf_pattern_check_braces(const struct vf_pattern_part *part, char *problem,
                                          size_t problem_size);

bool vf_pattern_span_is(const struct vf_pattern_span *span, const char *text);

/* Returns whether `format` is one of strftime(3), with conversions that fit on one line. */
bool vf_pattern_is_date(const struct vf_pattern_span *format);

/* Adds a date in local time; `wall_ns` is of CLOCK_REALTIME. */
void vf_pattern_print_date(struct vf_text *text, const struct vf_pattern_span *format,
                           int64_t wall_ns);

#endif
