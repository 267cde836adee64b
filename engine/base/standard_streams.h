/* SPDX-License-Identifier: MIT */
/* standard_streams.h - the descriptors 0, 1 and 2, which a program may be started without. */
#ifndef VF_ENGINE_BASE_STANDARD_STREAMS_H
#define VF_ENGINE_BASE_STANDARD_STREAMS_H

/* Fills those that are closed, or whatever is opened next would take their numbers and be read and
 * written as if it were they. What stands in reads as empty and cannot be written to: a write fails
 * as it would on a closed one. */
void vf_standard_streams_fill(void);

#endif
