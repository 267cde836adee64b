/* SPDX-License-Identifier: MIT */
/* number.h - the numbers of pickles, which protocols 0 and 1 spell in decimal. */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_NUMBER_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/wire/python/pickle/plain.h"

#define VF_DECIMAL_MAX_DIGITS 4300

/* Reads a decimal integer of any sign, "-12". Returns -EINVAL for anything else, -EMSGSIZE for
 * more than VF_DECIMAL_MAX_DIGITS. */
VF_MUST_CHECK int vf_decimal_read(struct vf_plain_tree *tree, const char *text, size_t length,
                                  struct vf_plain **value);

/* Adds an integer, small or big, in decimal. Returns -EMSGSIZE as above. */
VF_MUST_CHECK int vf_decimal_print(struct vf_text *text, const struct vf_plain *value);

/* Reads a float as Python's repr() writes it. Returns -EINVAL for anything else. */
VF_MUST_CHECK int vf_float_read(const char *text, size_t length, double *value);

/* Adds a float as repr() writes it: "0.1", "5.0", "1e+16", "inf". */
void vf_float_print(struct vf_text *text, double value);

#endif
