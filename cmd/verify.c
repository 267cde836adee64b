/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/base/log.h"
#include "engine/receipt/receipt.h"

struct verify_values {
    char *receipts;
    bool is_json, with_inputs, is_quiet;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "receipts", "DIR", "Where run --receipts has put the receipts",
            VF_TEXT(struct verify_values, receipts)),
    VF_FLAG(0, "inputs", NULL, "What was read for a file has to be as it was, too",
            VF_BOOLEAN(struct verify_values, with_inputs)),
    VF_FLAG(0, "json", NULL, "Print an array of objects",
            VF_BOOLEAN(struct verify_values, is_json)),
    VF_FLAG('q', "quiet", NULL, "Print only what is not as it was",
            VF_BOOLEAN(struct verify_values, is_quiet)),
};

/* Prints a line for each file. Returns how many are not as they were. */
static size_t print(const struct verify_values *values, const json_t *answers)
{
    const json_t *answer;
    size_t i, failed = 0;
    json_array_foreach(answers, i, answer)
    {
        const char *file = json_string_value(json_object_get(answer, "file"));
        const char *reason = json_string_value(json_object_get(answer, "reason"));
        failed += reason != NULL;
        if (!values->is_json && (reason || !values->is_quiet))
            printf("%s: %s%s\n", file, reason ? "FAILED: " : "ok", reason ? reason : "");
    }
    if (values->is_json) {
        json_dumpf(answers, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    return failed;
}

static enum vf_exit_status verify_all(const struct verify_values *values,
                                      const struct vf_operands *files)
{
    json_t *answers = NULL;
    const struct vf_receipt_question question = {values->receipts, values->with_inputs};
    int err =
        vf_receipts_verify(&question, (const char *const *)files->items, files->count, &answers);
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    if (err)
        vf_log(VF_LOG_ERROR, "the files cannot be verified: %s", strerror(-err));
    else
        status = print(values, answers) ? VF_EXIT_BAD_INPUT : VF_EXIT_OK;
    json_decref(answers);
    return status;
}

static int verify(int argc, char **argv)
{
    struct verify_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_verify, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = verify_all(&values, &files);
    vf_command_line_release(&vf_command_verify, &values);
    return (int)status;
}

const struct vf_command vf_command_verify = {
    .name = "verify",
    .summary = "Compare files with the receipts that a run has written of them.",
    .details =
        "FILE is a file, or its receipt. A receipt is written by a writer with receipt: true, "
        "or by vflow run --receipts. A file that is not as it was, or has no receipt, is shown "
        "with the reason; the exit status is then 65.",
    .operand = "FILE",
    .operand_kind = VF_OPERAND_FILE,
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = verify,
};
