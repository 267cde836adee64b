/* SPDX-License-Identifier: MIT */
/* journal.h - what the tasks of a run have read, written and complained of, one by one.
 *
 * Each task has a part of its own, and the supervisor another: memory without a name, to which its
 * processes append and which grows as it has to: a line of JSON for each entry, written at once. What a
 * process that died had appended stays. No task can write in another's name.
 */
#ifndef VF_ENGINE_JOURNAL_JOURNAL_H
#define VF_ENGINE_JOURNAL_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/journal/medium.h"

#define VF_JOURNAL_ERRORS 1000 /* that one process appends at most... */
#define VF_JOURNAL_MEDIA 10000 /* ...and files or addresses */

enum vf_journal_kind { VF_JOURNAL_INPUT, VF_JOURNAL_OUTPUT, VF_JOURNAL_ERROR, VF_JOURNAL_KINDS };

struct vf_journal_error {
    uint64_t frame; /* the origin number of what was in work; 0: none */
    const char *text;
    bool is_fatal; /* the task did not go on with it */
};

/* Where entries are read from. */
struct vf_journal_part {
    int fd;
    unsigned task; /* whose entries count; 0: everybody's */
};

/* Starts as {.fd = -1}. */
struct vf_journal {
    int fd;
    uint64_t errors, media, removals; /* of this process, appended or not */
    json_t *details;                  /* of the medium that it appends next; NULL: none */
};

/* Makes an empty one. */
VF_MUST_CHECK int vf_journal_create(struct vf_journal *journal);
void vf_journal_destroy(struct vf_journal *journal);

/* Append an entry of a task. Without a journal, or memory, nothing is: it is not worth a failure.
 * Those beyond the limits are only counted. */
void vf_journal_add_medium(struct vf_journal *journal, unsigned task, enum vf_journal_kind kind,
                           const struct vf_medium *medium);
/* Adds a key to the next medium. Takes `value`. */
void vf_journal_add_detail(struct vf_journal *journal, const char *key, json_t *value);

void vf_journal_add_error(struct vf_journal *journal, unsigned task,
                          const struct vf_journal_error *error);

/* Appends, for a task that ends, how many entries were left out, of each kind: {"more": 12}. */
void vf_journal_end(struct vf_journal *journal, unsigned task);

/* Returns all entries of a kind in all parts, in the order in which they were appended: an array of
 * objects, the caller's. `task` is the number of the task in each; the other keys are named as the fields
 * above, with `seconds` and `bytes` for what is known of the length and the size. What is no entry
 * is left out, and so is what has been removed again. NULL: out of memory. */
json_t *vf_journal_load(const struct vf_journal_part *parts, size_t count,
                        enum vf_journal_kind kind);

#endif
