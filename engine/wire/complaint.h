/* SPDX-License-Identifier: MIT */
/* complaint.h - what is wrong with bytes that another program sent, in one line.
 *
 * A message from outside that cannot be read is not a failure of the task that reads it: who
 * reads decides whether to log it, count it or pass it on.
 */
#ifndef VF_ENGINE_WIRE_COMPLAINT_H
#define VF_ENGINE_WIRE_COMPLAINT_H

#include "engine/base/result.h"

struct vf_complaint {
    char text[256];
};

/* Writes the complaint, where one is wanted (NULL: it is not). Returns `err`. */
int vf_complain(struct vf_complaint *complaint, int err, const char *format, ...) VF_PRINTF(3, 4);

#endif
