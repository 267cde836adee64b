/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/report/form.h"
#include "cmd/report/page.h"
#include "engine/base/log.h"

struct report_values {
    char *output;
};

static const struct vf_flag flags[] = {
    VF_FLAG('o', "output", "FILE", "Write the page to FILE", VF_TEXT(struct report_values, output),
            .fallback = "-"),
};

static bool is_one_file(const char *path, const char *other)
{
    struct stat one, two;
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino && S_ISREG(one.st_mode);
}

static enum vf_exit_status make_page(const struct report_values *values, const char *file)
{
    json_t *report = NULL;
    if (is_one_file(values->output, file)) {
        vf_log(VF_LOG_ERROR, "the page would replace the report that it is made of; give another "
                             "file to --output");
        return VF_EXIT_USAGE;
    }
    int err = vf_report_form_load(&report, file);
    if (err)
        return err == -EINVAL ? VF_EXIT_BAD_INPUT : VF_EXIT_NO_SOURCE;
    enum vf_exit_status status = VF_EXIT_OK;
    if (vf_report_page_check(values->output) < 0)
        status = VF_EXIT_CANNOT_CREATE;
    else if (vf_report_page_write(values->output, report) < 0)
        status = VF_EXIT_OUTPUT_FAILED;
    json_decref(report);
    return status;
}

static int report(int argc, char **argv)
{
    struct report_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_report, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = make_page(&values, files.items[0]);
    vf_command_line_release(&vf_command_report, &values);
    return (int)status;
}

const struct vf_command vf_command_report = {
    .name = "report",
    .summary = "Make a page to look at of the report of a run.",
    .details =
        "REPORT is what vflow run --report has written; - is standard input. The page is one "
        "file of HTML that needs nothing else.",
    .operand = "REPORT",
    .operand_kind = VF_OPERAND_FILE,
    .minimum_operands = 1,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = report,
};
