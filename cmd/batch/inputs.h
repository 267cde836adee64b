/* SPDX-License-Identifier: MIT */
/* inputs.h - the inputs of a batch, as a command line and lists name them. */
#ifndef VF_CMD_BATCH_INPUTS_H
#define VF_CMD_BATCH_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* One input. Its texts are its own. */
struct vf_batch_input {
    char *input;             /* as it is given */
    char *path;              /* the same from the root, by which it is known; of a URL: itself */
    char *dir, *name, *stem; /* its folder, its name in it, and that without its ending */
    int64_t size;            /* bytes; -1: it is no file that is there */
    int64_t modified_ns;     /* since 1970 */
};

/* Starts as {0}. */
struct vf_batch_inputs {
    struct vf_batch_input *items;
    size_t count;
};

/* Adds what `word` names: a file, the files of a folder, or those that a pattern matches, in the
 * order of their names. A file that is not there is added as well: its run says what is wrong. What
 * begins with a point is left out of folders. Returns -ENOENT, logged, when a folder or a pattern has
 * no file; `place` is where the word stands, such as "list.txt:3: ", or "". */
VF_MUST_CHECK int vf_batch_inputs_add(struct vf_batch_inputs *inputs, const char *place,
                                      const char *word);

/* Adds what a list names, "-" being standard input: one a line, or ended by a NUL each, if there is
 * any. Empty lines do not count. Logs a failure. */
VF_MUST_CHECK int vf_batch_inputs_add_list(struct vf_batch_inputs *inputs, const char *list);

/* Leaves out each input that was there before. Returns how many it has left out. */
size_t vf_batch_inputs_drop_repeated(struct vf_batch_inputs *inputs);

void vf_batch_inputs_finish(struct vf_batch_inputs *inputs);

/* Fills one in. Finish it in any case. */
VF_MUST_CHECK int vf_batch_input_init(struct vf_batch_input *input, const char *word);
void vf_batch_input_finish(struct vf_batch_input *input);

/* Returns whether the file has another size or time than it had. */
bool vf_batch_input_has_changed(const struct vf_batch_input *input);

/* Returns the path from the root of a file that need not be there, in fresh memory; NULL: out of
 * memory. Links in the path of its folder are followed. */
char *vf_batch_find_path(const char *path);

#endif
