/* SPDX-License-Identifier: MIT */
/* problem.h - one line that says what is wrong with what a writer is asked for. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_PROBLEM_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_PROBLEM_H

#include <stddef.h>
#include <stdio.h>

struct vf_output_problem {
    char *text;
    size_t size;
};

/* Says what is wrong, as by printf. Is `err`. */
#define VF_COMPLAIN(problem, err, ...) \
    (snprintf((problem)->text, (problem)->size, __VA_ARGS__), (err))

#endif
