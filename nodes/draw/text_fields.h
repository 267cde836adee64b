/* SPDX-License-Identifier: MIT */
/* text_fields.h - text for a frame, with what is known of it in the place of fields.
 *
 *     {time}       timestamp: 01:02:03.456
 *     {frame}      number of the frame, from 1
 *     {source}     the file that it was read from: its path below the folder of the reader
 *     {source_time}  the time within that: 01:02:03.456
 *     {fps}        nominal frame rate
 *     {date}       now, local time: 2026-01-31 23:59:59; {date:%H:%M} as strftime(3)
 *     {value}      what came on the second input; {value.key.0} a part of it
 *     {{ }}        a brace
 */
#ifndef VF_NODES_DRAW_TEXT_FIELDS_H
#define VF_NODES_DRAW_TEXT_FIELDS_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/message/message.h"

/* Returns -EINVAL with one line in `problem` for an unknown field, a format that does not fit it, a
 * brace that is not closed. */
VF_MUST_CHECK int vf_text_fields_check(const char *pattern, char *problem, size_t problem_size);

/* Returns whether there is a {value} in it. */
bool vf_text_fields_have_value(const char *pattern);

/* Adds the text for a frame; `value` may be NULL. What is not known is "-". Returns -EINVAL, after
 * saying why, for a value that cannot be read. */
VF_MUST_CHECK int vf_text_fields_print(struct vf_text *text, const char *pattern,
                                       const struct vf_description *frame,
                                       const struct vf_message *value, int64_t wall_ns);

#endif
