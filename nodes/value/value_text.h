/* SPDX-License-Identifier: MIT */
/* value_text.h - values as text: as JSON on an edge, and as Python prints them. */
#ifndef VF_NODES_VALUE_VALUE_TEXT_H
#define VF_NODES_VALUE_VALUE_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/text.h"
#include "engine/message/message.h"

/* Parses the JSON value of a message. NULL, after saying why: it is not one. */
json_t *vf_value_parse(const struct vf_message *message);

/* Returns whether it is the JSON value null. */
bool vf_value_is_null(const struct vf_message *message);

/* Adds a value as JSON, on one line. A number is the shortest that is read back as the same one. */
void vf_value_write(struct vf_text *text, const json_t *value);

/* Adds the shortest decimal that is read back as the same number, as Python writes it: 0.1,
 * 5.0, 1e+16. */
void vf_value_print_real(struct vf_text *text, double value);

/* Adds a message of any type as Python's print() shows it: numbers and text bare, a list as a
 * tuple, an object as JSON; a frame, packet or array in a few words. Returns -EINVAL,
 * after saying why, for a value that cannot be read. */
VF_MUST_CHECK int vf_value_print(struct vf_text *text, const struct vf_message *message);

/* Adds a value that has been parsed, in the same way. */
void vf_value_print_parsed(struct vf_text *text, const json_t *value);

/* Adds a message of any type as JSON: a value as it is, anything else as an object that says what
 * it is, its number and its time. */
void vf_value_print_json(struct vf_text *text, const struct vf_message *message);

/* Tells the timestamp in seconds. False: there is none. */
bool vf_value_seconds(const struct vf_description *description, double *seconds);

#endif
