/* SPDX-License-Identifier: MIT */
/* fields.h - text that is made of what a message says: "{what} at {camera}".
 *
 * A field is the name of a member of the value, as events have them ({where}), or of the record
 * ({number}, {source}); with a point, of a member of a member ({details.direction}). {task} is the
 * member of that name or, without one, the task that the message comes from. What is missing or null
 * is "none". Braces are written {{ and }}.
 */
#ifndef VF_NODES_RECORD_FIELDS_H
#define VF_NODES_RECORD_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "nodes/value/pattern.h"

/* Looks for mistakes in the fields of a text. Returns -EINVAL with a line that begins with `option`,
 * where the text stands. */
VF_MUST_CHECK int vf_fields_check(const char *option, const char *pattern, char *problem,
                                  size_t problem_size);

/* The same for one part of a pattern that is no text. */
VF_MUST_CHECK int vf_fields_check_part(const char *option, const struct vf_pattern_part *part,
                                       char *problem, size_t problem_size);

/* Returns whether a text has fields. */
bool vf_fields_vary(const char *pattern);

/* Adds the text of a record (record.h), which comes from the task `task`. `change` may change in its
 * place what a field has become; NULL: nothing does. */
void vf_fields_print(struct vf_text *text, const char *pattern, const json_t *record,
                     const char *task, void (*change)(char *field));

#endif
