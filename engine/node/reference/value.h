/* SPDX-License-Identifier: MIT */
/* value.h - what is the same in every description of an option. */
#ifndef VF_ENGINE_NODE_REFERENCE_VALUE_H
#define VF_ENGINE_NODE_REFERENCE_VALUE_H

#include <stdio.h>

#include "engine/base/text.h"
#include "engine/node/option/option.h"

/* Adds ", 2 to 16384 pixels", as far as the option has a range and a unit. */
void vf_reference_add_range(struct vf_text *text, const struct vf_option *option);

/* Prints a value, in quotes where it would not be seen as it is. */
void vf_reference_print_value(FILE *out, const char *text);

/* Prints a JSON string. */
void vf_reference_print_json(FILE *out, const char *text);

#endif
