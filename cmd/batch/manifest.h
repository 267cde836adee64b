/* SPDX-License-Identifier: MIT */
/* manifest.h - the file in which a batch notes how each of its inputs has ended.
 *
 * It has a JSON object in each line: the first says what the file is, each of the others how far an
 * input is; the last of an input counts. Lines are only added, and are on the disk when a function
 * here returns. A batch that is killed leaves whole lines, and perhaps the beginning of one, which
 * the next batch drops. One batch at a time has the file, by flock(2).
 */
#ifndef VF_CMD_BATCH_MANIFEST_H
#define VF_CMD_BATCH_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Starts as {.fd = -1}. */
struct vf_batch_manifest {
    int fd; /* -1: there is none */
    char *path;
    json_t *head;    /* its first line; NULL: there is none yet */
    json_t *records; /* an object: of the key of each input, its last line */
    bool is_in_use;  /* another batch has it; only when it is looked at */
};

/* Opens the file for a batch, or makes it, on which `flow` runs. Logs a failure: -EEXIST when there
 * is one and the batch is not to resume, -EAGAIN when another batch has it, -EBADMSG when it is no
 * manifest, or damaged before its last line. Close it in any case. */
VF_MUST_CHECK int vf_batch_manifest_open(struct vf_batch_manifest *manifest, const char *path,
                                         const char *flow, bool may_resume);

/* Reads a manifest without changing anything, and whether a batch is at work on it. Logs a failure,
 * as opening it does. */
VF_MUST_CHECK int vf_batch_manifest_look(struct vf_batch_manifest *manifest, const char *path);

/* Says that there is one already, which is not to be gone on with. Is -EEXIST. */
VF_MUST_CHECK int vf_batch_manifest_refuse(const struct vf_batch_manifest *manifest);

/* Reads one that batches may be about to open, which must not find it locked for a moment: whether
 * one is at work stays unknown. Logs a failure. */
VF_MUST_CHECK int vf_batch_manifest_watch(struct vf_batch_manifest *manifest, const char *path);

/* Returns the first line of a manifest, the caller's; NULL: out of memory. */
json_t *vf_batch_manifest_head(const char *flow);

/* Adds a line as it stands in a manifest. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_batch_manifest_print(struct vf_text *text, const json_t *record);

/* Returns the key of an input in `records`, or of a part of it ("2/6"; NULL: the whole), the caller's;
 * NULL: out of memory. */
char *vf_batch_manifest_key(const char *path, const char *part);

/* Lends the last line of an input; NULL: there is none. */
const json_t *vf_batch_manifest_find(const struct vf_batch_manifest *manifest, const char *path);

/* Returns whether a line says nothing more: it is of a part, and the whole is done. */
bool vf_batch_manifest_is_past(const struct vf_batch_manifest *manifest, const json_t *record);

/* Adds lines: an object, or an array of them. Does nothing without a file. Logs a failure; then none
 * of them is in it. */
VF_MUST_CHECK int vf_batch_manifest_add(struct vf_batch_manifest *manifest, const json_t *records);

void vf_batch_manifest_close(struct vf_batch_manifest *manifest);

#endif
