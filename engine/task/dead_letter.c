/* SPDX-License-Identifier: MIT */
#include "engine/task/dead_letter.h"

#include "engine/base/log.h"

void vf_dead_letter_write(const struct vf_dead_letter *letter)
{
    unsigned long long number = 0;
    for (unsigned i = 0; i < letter->input_count && !number; i++)
        number = letter->inputs[i] ? letter->inputs[i]->description.origin.number : 0;
    vf_log(VF_LOG_WARNING, "frame %llu is put aside: %s %s", number, letter->task, letter->cause);
}
