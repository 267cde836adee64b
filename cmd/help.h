/* SPDX-License-Identifier: MIT */
/* help.h - the page that greets whoever types `vflow`. */
#ifndef VF_CMD_HELP_H
#define VF_CMD_HELP_H

#include <stdio.h>

void vf_help_print(FILE *out);

#endif
