/* SPDX-License-Identifier: MIT */
/* standard_output.h - what the commands print, whatever standard output is. */
#ifndef VF_CMD_STANDARD_OUTPUT_H
#define VF_CMD_STANDARD_OUTPUT_H

/* From here on, what is printed waits for room where standard output is one that does not wait:
 * programs such as Node leave their pipes like that. Does nothing when out of memory. */
void vf_standard_output_open(void);

#endif
