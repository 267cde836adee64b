/* SPDX-License-Identifier: MIT */
/* address_space.h - how much address space this process has taken up. */
#ifndef VF_ENGINE_BASE_ADDRESS_SPACE_H
#define VF_ENGINE_BASE_ADDRESS_SPACE_H

#include <stdint.h>

/* Returns the bytes that it has mapped; 0: the kernel does not say. */
uint64_t vf_address_space_used(void);

#endif
