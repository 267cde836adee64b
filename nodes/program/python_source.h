/* SPDX-License-Identifier: MIT */
/* python_source.h - what `call` of a python node names: "detect.py:Detector".
 *
 * Nothing of Python runs here, so a flow can be checked where it cannot be run.
 */
#ifndef VF_NODES_PROGRAM_PYTHON_SOURCE_H
#define VF_NODES_PROGRAM_PYTHON_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the file that `call` names, in fresh memory, the caller's; NULL: it names a module, or out of
 * memory. */
char *vf_python_source_file(const char *call);

/* Returns what it names in that, lent by `call`: "process" where it does not say. */
const char *vf_python_source_name(const char *call);

/* Returns whether the class `name` in a text says `stateless = True`. */
bool vf_python_source_is_stateless(const char *text, const char *name);

/* Returns the text of a file, the caller's; NULL: it cannot be read. */
char *vf_python_source_read(const char *path);

#endif
