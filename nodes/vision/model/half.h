/* SPDX-License-Identifier: MIT */
/* half.h - real numbers of 16 bits (IEEE 754 binary16), as some models take and tell them. */
#ifndef VF_NODES_VISION_MODEL_HALF_H
#define VF_NODES_VISION_MODEL_HALF_H

#include <stdint.h>

/* Returns the nearest one; what is too large is infinite. */
uint16_t vf_half_from_float(float number);

float vf_half_to_float(uint16_t half);

#endif
