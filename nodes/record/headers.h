/* SPDX-License-Identifier: MIT */
/* headers.h - headers of messages, as an option has them: {Name: "text with {fields}"}. */
#ifndef VF_NODES_RECORD_HEADERS_H
#define VF_NODES_RECORD_HEADERS_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/node/option/option.h"

/* Looks for mistakes. Returns as a node's check(). */
VF_MUST_CHECK int vf_headers_check(const struct vf_map *headers, char *problem,
                                   size_t problem_size);

/* Adds each header of a record (record.h), which comes from the task `task`: its name and its text,
 * with a NUL after both. What would end a line becomes a space. */
void vf_headers_print(struct vf_text *text, const struct vf_map *headers, const json_t *record,
                      const char *task);

#endif
