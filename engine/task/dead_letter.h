/* SPDX-License-Identifier: MIT */
/* dead_letter.h - messages a task gives up on, saved as files that people can open. */
#ifndef VF_ENGINE_TASK_DEAD_LETTER_H
#define VF_ENGINE_TASK_DEAD_LETTER_H

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_dead_letter {
    const char *folder; /* NULL: nothing is written; it is logged all the same */
    const char *task;
    const char *cause;                /* what became of those who tried: "was killed by SIGSEGV" */
    const char *details;              /* what else the note says of it, in lines; NULL: nothing */
    struct vf_message *const *inputs; /* NULL elements were not connected, or had none */
    unsigned input_count;
};

/* Tells of it, and writes the inputs and a note into the folder. Names each file that cannot be
 * written, with the cause, and writes the others all the same. Returns the first failure. */
VF_MUST_CHECK int vf_dead_letter_write(const struct vf_dead_letter *letter);

#endif
