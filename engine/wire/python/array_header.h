/* SPDX-License-Identifier: MIT */
/* array_header.h - arrays of numbers as numpy has them, and the header with their shape.
 *
 * A header is the JSON text {"dtype": "float32", "shape": [2, 3]}, with the type as numpy's
 * str(array.dtype) spells it. Types are booleans, integers of 1 to 8 bytes, floats of 2, 4 and 8
 * bytes and complex numbers of 8 and 16, in either byte order. float128 and complex256 mean
 * something else on each kind of machine, and the other types of numpy are no numbers; they are
 * refused.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_ARRAY_HEADER_H
#define VF_ENGINE_WIRE_PYTHON_ARRAY_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/wire/complaint.h"

#define VF_NUMPY_MAX_DIMENSIONS 32
#define VF_NUMPY_DTYPE_SIZE 8
#define VF_NUMPY_MAX_HEADER 65536 /* bytes */

/* An array in C order. Starts as {0}. */
struct vf_numpy_array {
    char dtype[VF_NUMPY_DTYPE_SIZE]; /* as numpy's array.dtype.str: "<f4", ">i2", "|u1" */
    uint32_t dimensions;             /* 0: a single number */
    uint64_t shape[VF_NUMPY_MAX_DIMENSIONS];
    const void *bytes; /* in the byte order of `dtype`; may be NULL where size is 0 */
    size_t size;
    void (*release)(void *bytes, void *owner); /* frees the bytes; NULL: they are borrowed */
    void *owner;
};

/* Frees the bytes, if they are its own, and empties the array. */
void vf_numpy_array_finish(struct vf_numpy_array *array);

/* Returns how many bytes one number of `dtype` has, written "<f4" or "float32"; 0: no such type. */
size_t vf_numpy_item_size(const char *dtype);

/* Returns how many bytes dtype and shape ask for. -EINVAL with a complaint: an unknown type, too
 * many dimensions, or more bytes than can be. */
VF_MUST_CHECK int vf_numpy_array_size(const struct vf_numpy_array *array, size_t *size,
                                      struct vf_complaint *complaint);

/* Adds the header of `array`. Returns -EINVAL as above, and when its bytes are not as many. */
VF_MUST_CHECK int vf_array_header_print(struct vf_text *header, const struct vf_numpy_array *array,
                                        struct vf_complaint *complaint);

/* Fills in dtype and shape of `array`, and checks that `bytes_size` bytes belong to them; other
 * members of the header are ignored. Returns -EBADMSG, with a complaint, for a bad header. */
VF_MUST_CHECK int vf_array_header_read(struct vf_numpy_array *array, const void *header,
                                       size_t header_size, size_t bytes_size,
                                       struct vf_complaint *complaint);

#endif
