/* SPDX-License-Identifier: MIT */
/* Files against their receipts. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/receipt/digests.h"
#include "engine/receipt/receipt.h"
#include "engine/receipt/seal.h"

/* A file that is verified. */
struct candidate {
    char *path, *receipt_path;
    json_t *receipt; /* NULL: there is none that can be read */
    char *reason;    /* why it is not as it was; NULL: it is */
};

struct verifying {
    const struct vf_receipt_question *question;
    struct candidate *candidates;
    size_t count;
    struct vf_digests digests;
};

static void refuse(struct candidate *candidate, const char *format, ...) VF_PRINTF(2, 3);

/* Only the first reason counts. */
static void refuse(struct candidate *candidate, const char *format, ...)
{
    struct vf_text text = {0};
    va_list arguments;
    if (candidate->reason)
        return;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    candidate->reason = vf_text_take(&text);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Returns the path of a file that belongs to the one that is verified, beside which it is; NULL: out
 * of memory. */
static char *beside(const struct candidate *candidate, const char *path)
{
    return vf_text_format("%.*s%s", (int)(base_of(candidate->path) - candidate->path),
                          candidate->path, base_of(path));
}

static void load_receipt(struct candidate *candidate)
{
    json_error_t error;
    if (access(candidate->receipt_path, F_OK) != 0) {
        refuse(candidate, "it has no receipt: there is no %s", candidate->receipt_path);
        return;
    }
    json_t *receipt = json_load_file(candidate->receipt_path, JSON_REJECT_DUPLICATES, &error);
    bool is_known = json_integer_value(json_object_get(receipt, "receipt")) == 1 &&
                    *text_of(json_object_get(receipt, "output"), "sha256");
    if (!receipt)
        refuse(candidate, "its receipt cannot be read: %s: line %d: %s", candidate->receipt_path,
               error.line, error.text);
    else if (vf_receipt_check_seal(receipt) < 0)
        refuse(candidate, "its receipt is damaged: %s", candidate->receipt_path);
    else if (!is_known)
        refuse(candidate, "%s is no receipt that this vflow knows", candidate->receipt_path);
    else
        candidate->receipt = receipt;
    if (!candidate->receipt)
        json_decref(receipt);
}

/* Calls `visit` with each file that a receipt speaks of, and where it is to be. */
static int visit_files(struct verifying *verifying, struct candidate *candidate,
                       int (*visit)(struct verifying *, struct candidate *, const char *path,
                                    const json_t *file))
{
    const json_t *output = json_object_get(candidate->receipt, "output"), *item, *file;
    int err = visit(verifying, candidate, candidate->path, output);
    size_t i, n;
    json_array_foreach(json_object_get(output, "files"), i, item)
    {
        char *path = beside(candidate, text_of(item, "path"));
        if (!err)
            err = path ? visit(verifying, candidate, path, item) : -ENOMEM;
        free(path);
    }
    if (!verifying->question->with_inputs)
        return err;
    json_array_foreach(json_object_get(candidate->receipt, "inputs"), i, item)
    {
        const json_t *files = json_object_get(item, "files");
        if (!err && !files)
            err = visit(verifying, candidate, text_of(item, "path"), item);
        json_array_foreach(files, n, file)
        {
            if (!err)
                err = visit(verifying, candidate, text_of(file, "path"), file);
        }
    }
    return err;
}

static int add_file(struct verifying *verifying, struct candidate *candidate, const char *path,
                    const json_t *file)
{
    (void)candidate;
    return *text_of(file, "sha256") ? vf_digests_add(&verifying->digests, path) : VF_OK;
}

static int compare_file(struct verifying *verifying, struct candidate *candidate, const char *path,
                        const json_t *file)
{
    const struct vf_digest *digest = vf_digests_find(&verifying->digests, path);
    int64_t size = json_integer_value(json_object_get(file, "bytes"));
    const char *is_other = strcmp(path, candidate->path) == 0 ? "" : path;
    const char *colon = *is_other ? ": " : "";
    if (!digest)
        return VF_OK; /* it was no file on a disk */
    if (digest->err)
        refuse(candidate, "%s%s%s", is_other, colon, strerror(-digest->err));
    else if (digest->size_bytes != size)
        refuse(candidate, "%s%sit has %" PRId64 " bytes, and its receipt says %" PRId64, is_other,
               colon, digest->size_bytes, size);
    else if (strcmp(digest->text, text_of(file, "sha256")) != 0)
        refuse(candidate, "%s%sit has the right size, but other bytes than were written", is_other,
               colon);
    return VF_OK;
}

static int open_candidate(struct verifying *verifying, struct candidate *candidate,
                          const char *path)
{
    size_t length = strlen(path), ending = strlen(VF_RECEIPT_ENDING);
    bool is_receipt = length > ending && strcmp(path + length - ending, VF_RECEIPT_ENDING) == 0;
    candidate->path = strndup(path, is_receipt ? length - ending : length);
    if (!candidate->path)
        return -ENOMEM;
    candidate->receipt_path = vf_receipt_path(verifying->question->folder, candidate->path);
    if (!candidate->receipt_path)
        return -ENOMEM;
    load_receipt(candidate);
    const char *name = text_of(json_object_get(candidate->receipt, "output"), "name");
    if (candidate->receipt && strcmp(name, base_of(candidate->path)) != 0)
        refuse(candidate, "its receipt is that of %s", name);
    return candidate->receipt ? visit_files(verifying, candidate, add_file) : VF_OK;
}

static int answer(const struct candidate *candidate, json_t *answers)
{
    json_t *object = json_pack("{s:s, s:s, s:b}", "file", candidate->path, "receipt",
                               candidate->receipt_path, "ok", !candidate->reason);
    if (object && candidate->reason)
        json_object_set_new(object, "reason", json_string(candidate->reason));
    return object && json_array_append_new(answers, object) == 0 ? VF_OK : -ENOMEM;
}

static void finish(struct verifying *verifying)
{
    for (size_t i = 0; i < verifying->count; i++) {
        free(verifying->candidates[i].path);
        free(verifying->candidates[i].receipt_path);
        free(verifying->candidates[i].reason);
        json_decref(verifying->candidates[i].receipt);
    }
    free(verifying->candidates);
    vf_digests_finish(&verifying->digests);
}

int vf_receipts_verify(const struct vf_receipt_question *question, const char *const *paths,
                       size_t count, json_t **answers)
{
    struct verifying verifying = {.question = question,
                                  .candidates = calloc(count, sizeof(*verifying.candidates))};
    int err = verifying.candidates || !count ? VF_OK : -ENOMEM;
    *answers = json_array();
    for (; verifying.count < count && !err; verifying.count++)
        err = open_candidate(&verifying, &verifying.candidates[verifying.count],
                             paths[verifying.count]);
    if (!err)
        vf_digests_make(&verifying.digests);
    for (size_t i = 0; i < verifying.count && !err; i++) {
        struct candidate *candidate = &verifying.candidates[i];
        if (candidate->receipt)
            err = visit_files(&verifying, candidate, compare_file);
        if (!err)
            err = answer(candidate, *answers);
    }
    finish(&verifying);
    return err;
}
