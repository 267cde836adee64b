/* SPDX-License-Identifier: MIT */
/* name_match.h - which files a pattern of names can have made, in this run or an earlier one.
 *
 * A field matches only what it prints, digit by digit: {seq:04d} is "0007" and "12345", and neither
 * "7" nor "00007". What depends on the source is that of one source.
 */
#ifndef VF_NODES_WRITE_NAME_MATCH_H
#define VF_NODES_WRITE_NAME_MATCH_H

#include <stdbool.h>

#include "nodes/write/name_field.h"

/* Returns the pattern for the files of one source, in fresh memory: with {source} and {folder} in
 * their place, and with a field of its own for each part of the path. NULL: out of memory. */
char *vf_name_match_settle(const char *pattern, const struct vf_name_facts *facts);

/* Returns whether `name` is one that `part` makes: a pattern of one part of a path, settled. */
bool vf_name_match_fits(const char *part, const char *name);

/* The same for the name of a file, which "-2" may follow, or a higher number, where a name came
 * again. */
bool vf_name_match_fits_file(const char *part, const char *name);

#endif
