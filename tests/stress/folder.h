/* SPDX-License-Identifier: MIT */
/* folder.h - the folder of a trial. */
#ifndef VF_TESTS_STRESS_FOLDER_H
#define VF_TESTS_STRESS_FOLDER_H

#include "engine/base/text.h"

/* Adds the beginning of the run's log. */
void folder_print_log(struct vf_text *text, const char *directory);

/* Removes the folder and the files in it. */
void folder_remove(const char *directory);

#endif
