/* SPDX-License-Identifier: MIT */
/* probe_print.h - what `vflow probe` has found, for people and for tables. */
#ifndef VF_CMD_PROBE_PRINT_H
#define VF_CMD_PROBE_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* Prints all that is known of one medium. */
void vf_probe_print_page(FILE *out, const json_t *facts);

/* Prints a line of it. */
void vf_probe_print_line(FILE *out, const json_t *facts);

/* Prints the names of the columns, and a row. */
void vf_probe_print_csv_head(FILE *out);
void vf_probe_print_csv(FILE *out, const json_t *facts);

#endif
