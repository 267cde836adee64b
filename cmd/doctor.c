/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/findings.h"

struct doctor_values {
    bool is_json;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "json", NULL, "Print what was found as JSON",
            VF_BOOLEAN(struct doctor_values, is_json)),
};

static void print_json(const struct vf_findings *findings)
{
    json_t *all = json_pack("{s:s, s:b, s:O}", "version", VF_VERSION, "can_run",
                            findings->counts[VF_FINDING_PROBLEM] == 0, "findings", findings->list);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static int doctor(int argc, char **argv)
{
    struct doctor_values values = {0};
    struct vf_operands operands;
    struct vf_findings findings = {.list = json_array()};
    int err = vf_command_line_parse(&vf_command_doctor, argc, argv, &values, &operands);
    if (!err) {
        vf_examine_libraries(&findings);
        vf_examine_plugins(&findings);
        vf_examine_machine(&findings);
        vf_examine_place(&findings);
        vf_examine_run(&findings);
        if (values.is_json)
            print_json(&findings);
        else
            vf_findings_print(&findings, stdout);
    }
    json_decref(findings.list);
    if (err)
        return (int)vf_command_line_status(err);
    vf_command_line_release(&vf_command_doctor, &values);
    return (int)(findings.counts[VF_FINDING_PROBLEM] ? VF_EXIT_INTERNAL : VF_EXIT_OK);
}

const struct vf_command vf_command_doctor = {
    .name = "doctor",
    .summary = "Examine whether flows can run on this machine, and with what.",
    .details = "Looks at libraries, plugins, codecs, GPUs, cameras, memory, limits, the terminal "
               "and ports, "
               "runs a small flow, and says what to do about what is missing. The exit status is 0 "
               "when flows can run, and 70 otherwise.",
    .flags = VF_LIST(flags),
    .run = doctor,
};
