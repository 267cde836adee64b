/* SPDX-License-Identifier: MIT */
/* receipt.h - what a file that a run has written was made of, in a file beside it, and whether it is
 * still the same.
 *
 * A receipt is one object of JSON, "out.mp4.receipt.json", with the SHA-256 of the file, of what was
 * read for it, and of the flow; schema.h has its schema. It also has its own, of all other keys.
 */
#ifndef VF_ENGINE_RECEIPT_RECEIPT_H
#define VF_ENGINE_RECEIPT_RECEIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

#define VF_RECEIPT_ENDING ".receipt.json"

struct vf_receipt_order {
    json_t *report;          /* of the run, which is over (engine/account/report_json.h) */
    const char *folder;      /* for the receipts of all outputs; NULL: each is beside its file */
    const json_t *tasks;     /* names of those whose outputs get one, where there is no folder */
    const json_t *elsewhere; /* names of those that have read on other hosts; NULL: of none */
    bool (*must_stop)(void *context); /* ends the work before its time; NULL: nothing does */
    void *context;
    const char *flow_sha256; /* of the flow, resolved; NULL: it could not be read again */
};

/* Writes a receipt for each file that was written to its end. Reads all these files, and those that
 * were read for them. What has a receipt is on the disk, and so is the receipt. Says in the report,
 * of each output, where its `receipt` is. Logs each receipt that cannot be written, and returns why
 * not. Returns -ECANCELED where it must stop; then some have none. */
VF_MUST_CHECK int vf_receipts_write(const struct vf_receipt_order *order);

/* Returns the name of the receipt of a file: the caller's; NULL: out of memory. */
char *vf_receipt_path(const char *folder, const char *path);

/* What is asked of a file. */
struct vf_receipt_question {
    const char *folder; /* of receipts; NULL: it is beside the file */
    bool with_inputs;   /* what was read is still as it was, too */
};

/* Compares files with their receipts. Gives an array with an object for each, the caller's: `file`,
 * `receipt`, `ok` and, where that is false, `reason`. */
VF_MUST_CHECK int vf_receipts_verify(const struct vf_receipt_question *question,
                                     const char *const *paths, size_t count, json_t **answers);

#endif
