/* SPDX-License-Identifier: MIT */
/* service - prints a unit for systemd that runs a flow. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/export/unit.h"
#include "cmd/run.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/run/card.h"

/* What the unit says. */
struct unit {
    bool is_user;
    char *program, *folder, *flow; /* absolute paths */
    char name[VF_RUN_NAME_SIZE];
    int64_t grace_ns;
    char **words; /* for vflow run; borrowed */
    int word_count;
};

/* Only describes the flags: take_own() reads them. */
struct service_values {
    bool is_user;
    char *name;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "user", NULL, "Print a unit for the service manager of a user",
            VF_BOOLEAN(struct service_values, is_user)),
    VF_FLAG(0, "name", "NAME", "Name of the service and of its runs",
            VF_TEXT(struct service_values, name)),
};

/* Takes --user and --name, which are not for vflow run, out of the words. Returns false when only help
 * was asked for. */
static bool take_own(struct unit *unit, int argc, char **argv)
{
    bool is_open = true; /* no "--" has come */
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (is_open && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0))
            return false;
        bool is_name = is_open && strcmp(word, "--name") == 0 && i + 1 < argc;
        if (is_open && strcmp(word, "--user") == 0)
            unit->is_user = true;
        else if (is_name)
            snprintf(unit->name, sizeof(unit->name), "%s", argv[++i]);
        else if (is_open && strncmp(word, "--name=", strlen("--name=")) == 0)
            snprintf(unit->name, sizeof(unit->name), "%s", word + strlen("--name="));
        else
            unit->words[unit->word_count++] = argv[i];
        is_open = is_open && strcmp(word, "--") != 0;
    }
    return true;
}

/* Takes the flow file out of the words for vflow run, which it has checked. */
static int find_flow(struct unit *unit)
{
    char **copy = calloc((size_t)unit->word_count + 2, sizeof(*copy));
    char first[] = "run";
    if (!copy)
        return -ENOMEM;
    copy[0] = first;
    memcpy(copy + 1, unit->words, (size_t)unit->word_count * sizeof(*copy));
    char *flow = NULL;
    int err = vf_run_check(unit->word_count + 1, copy, &unit->grace_ns, &flow);
    int kept = 0;
    for (int i = 0; flow && i < unit->word_count; i++) {
        if (unit->words[i] != copy[1] && strcmp(unit->words[i], "--") != 0)
            unit->words[kept++] = unit->words[i];
    }
    unit->word_count = kept;
    free(copy);
    if (err || !flow)
        return err ? err : -ENOMEM;
    unit->flow = strcmp(flow, "-") == 0 ? NULL : realpath(flow, NULL);
    if (!unit->flow)
        vf_log(VF_LOG_ERROR, "%s is no flow file for a service: %s", flow,
               strcmp(flow, "-") == 0 ? "it is gone after the first start" : strerror(errno));
    free(flow);
    return unit->flow ? VF_OK : -EINVAL;
}

static int settle(struct unit *unit)
{
    int err = find_flow(unit);
    if (err)
        return err;
    if (!unit->name[0])
        vf_run_name_of_flow(unit->name, unit->flow);
    if (!vf_run_name_is_valid(unit->name)) {
        vf_log(VF_LOG_ERROR, "a run cannot be called \"%s\"", unit->name);
        return -EINVAL;
    }
    unit->program = realpath("/proc/self/exe", NULL);
    unit->folder = getcwd(NULL, 0);
    return unit->program && unit->folder ? VF_OK : -errno;
}

static int service(int argc, char **argv)
{
    struct unit unit = {.words = calloc((size_t)argc + 1, sizeof(char *))};
    struct vf_text out = {0};
    int err = unit.words ? VF_OK : -ENOMEM;
    if (!err && !take_own(&unit, argc, argv)) {
        vf_command_line_print_help(stdout, &vf_command_service);
        err = VF_END;
    }
    if (!err)
        err = settle(&unit);
    if (!err) {
        const struct vf_export export = {
            .name = unit.name,
            .is_service = true,
            .is_user = unit.is_user,
            .grace_ns = unit.grace_ns,
            .program = unit.program,
            .folder = unit.folder,
            .flow = unit.flow,
            .words = {(const char *const *)unit.words, (size_t)unit.word_count},
        };
        vf_export_unit_print(&out, &export);
        fputs(out.bytes ? out.bytes : "", stdout);
    }
    vf_text_finish(&out);
    free(unit.program);
    free(unit.folder);
    free(unit.flow);
    free(unit.words);
    return (int)vf_command_line_status(err);
}

const struct vf_command vf_command_service = {
    .name = "service",
    .summary = "Print a systemd unit that runs a flow.",
    .details = "All flags of vflow run can be given, and are those of the service. To use it:\n\n"
               "  vflow service flow.yaml | sudo tee /etc/systemd/system/flow.service\n"
               "  sudo systemctl enable --now flow",
    .operand = "FLOW",
    .operand_kind = VF_OPERAND_FLOW,
    .minimum_operands = 1,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = service,
};
