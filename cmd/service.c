/* SPDX-License-Identifier: MIT */
/* service - prints a unit for systemd that runs a flow. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/run/card.h"

#define SECONDS_ELSE 15 /* of a shutdown, beside its steps */

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

/* Adds a word so that systemd reads it as it is. */
static void print_word(struct vf_text *out, const char *word)
{
    bool is_plain = word[0] != '\0';
    for (const char *byte = word; *byte; byte++)
        is_plain = is_plain && (strchr("-_./=:,@+", *byte) || (*byte >= '0' && *byte <= '9') ||
                                ((*byte | 0x20) >= 'a' && (*byte | 0x20) <= 'z'));
    if (!is_plain)
        vf_text_print(out, "\"");
    for (const char *byte = word; *byte; byte++) {
        if (*byte == '"' || *byte == '\\')
            vf_text_print(out, "\\%c", *byte);
        else if (*byte == '%' || *byte == '$')
            vf_text_print(out, "%c%c", *byte, *byte);
        else if (*byte == '\n')
            vf_text_print(out, "\\n");
        else
            vf_text_print(out, "%c", *byte);
    }
    if (!is_plain)
        vf_text_print(out, "\"");
}

/* Of a path, where systemd takes no quotes. */
static void print_path(struct vf_text *out, const char *path)
{
    for (const char *byte = path; *byte; byte++)
        vf_text_print(out, *byte == '%' ? "%%%c" : "%c", *byte);
}

static void print_command(struct vf_text *out, const struct unit *unit)
{
    vf_text_print(out, "ExecStart=");
    print_word(out, unit->program);
    vf_text_print(out, " run --name ");
    print_word(out, unit->name);
    for (int i = 0; i < unit->word_count; i++) {
        vf_text_print(out, " ");
        print_word(out, unit->words[i]);
    }
    vf_text_print(out, " -- ");
    print_word(out, unit->flow);
    vf_text_print(out, "\nWorkingDirectory=");
    print_path(out, unit->folder);
    vf_text_print(out, "\n");
}

/* A unit of the system runs as whoever has printed it, and has a folder for its sockets. */
static void print_place(struct vf_text *out, const struct unit *unit)
{
    const struct passwd *user = getpwuid(geteuid());
    if (unit->is_user)
        return;
    if (user && geteuid() != 0)
        vf_text_print(out, "User=%s\n", user->pw_name);
    vf_text_print(out,
                  "RuntimeDirectory=vflow-%s\nRuntimeDirectoryMode=0700\n"
                  "Environment=XDG_RUNTIME_DIR=%%t/vflow-%s\n",
                  unit->name, unit->name);
}

static void print_unit(struct vf_text *out, const struct unit *unit)
{
    vf_text_print(out, "[Unit]\nDescription=vflow: ");
    print_path(out, unit->name);
    vf_text_print(out, "\nDocumentation=man:vflow(1)\n");
    if (!unit->is_user)
        vf_text_print(out, "Wants=network-online.target\nAfter=network-online.target\n");
    vf_text_print(out, "\n[Service]\nType=notify\nNotifyAccess=main\n");
    print_command(out, unit);
    print_place(out, unit);
    vf_text_print(out, "WatchdogSec=30\nTimeoutStartSec=120\nKillSignal=SIGTERM\nKillMode=mixed\n");
    /* Two steps of stopping have their time; the third one kills. */
    vf_text_print(out, "TimeoutStopSec=%lld\n",
                  (long long)(2 * ((unit->grace_ns + VF_NS_PER_S - 1) / VF_NS_PER_S)) +
                      SECONDS_ELSE);
    vf_text_print(out, "Restart=on-failure\nRestartSec=5\n");
    vf_text_print(out, "SuccessExitStatus=%d %d %d\n", VF_EXIT_HUNG_UP, VF_EXIT_INTERRUPTED,
                  VF_EXIT_TERMINATED);
    vf_text_print(out, "RestartPreventExitStatus=%d %d %d %d\n", VF_EXIT_USAGE, VF_EXIT_BAD_INPUT,
                  VF_EXIT_CANNOT_CREATE, VF_EXIT_INVALID_FLOW);
    vf_text_print(out, "NoNewPrivileges=yes\n\n[Install]\nWantedBy=%s\n",
                  unit->is_user ? "default.target" : "multi-user.target");
}

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
        print_unit(&out, &unit);
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
