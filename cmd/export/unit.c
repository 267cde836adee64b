/* SPDX-License-Identifier: MIT */
#include "cmd/export/unit.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/exit_status.h"

/* Adds a word so that systemd reads it as it is, and after it `rest`, which systemd expands. */
static void print_word_and(struct vf_text *out, const char *word, const char *rest)
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
    vf_text_print(out, is_plain ? "%s" : "%s\"", rest);
}

static void print_word(struct vf_text *out, const char *word)
{
    print_word_and(out, word, "");
}

static void print_words(struct vf_text *out, const struct vf_export_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        vf_text_print(out, " ");
        print_word(out, words->items[i]);
    }
}

/* Of a path, where systemd takes no quotes. */
static void print_path(struct vf_text *out, const char *path)
{
    for (const char *byte = path; *byte; byte++)
        vf_text_print(out, *byte == '%' ? "%%%c" : "%c", *byte);
}

/* The beginning of the command line of a batch. */
static void print_batch(struct vf_text *out, const struct vf_export *export)
{
    char *manifest = vf_export_manifest(export, false);
    vf_text_print(out, " batch --jobs %u", export->jobs);
    if (export->has_shards)
        vf_text_print(out, " --shard %%i/%u", export->shards);
    if (manifest) {
        vf_text_print(out, " --manifest ");
        print_word_and(out, manifest, export->has_shards ? "-%i.jsonl" : ".jsonl");
        vf_text_print(out, " --resume");
    }
    free(manifest);
}

static void print_command(struct vf_text *out, const struct vf_export *export)
{
    vf_text_print(out, "ExecStart=");
    print_word(out, export->program);
    if (export->inputs.count) {
        print_batch(out, export);
    } else {
        vf_text_print(out, " run --name ");
        print_word(out, export->name);
    }
    print_words(out, &export->words);
    vf_text_print(out, " -- ");
    print_word(out, export->flow);
    print_words(out, &export->inputs);
    vf_text_print(out, "\nWorkingDirectory=");
    print_path(out, export->folder);
    vf_text_print(out, "\n");
}

/* A unit of the system runs as whoever has printed it, and has a folder for its sockets. */
static void print_place(struct vf_text *out, const struct vf_export *export)
{
    const struct passwd *user = getpwuid(geteuid());
    const char *instance = export->has_shards ? "-%i" : "";
    if (export->is_user)
        return;
    if (user && geteuid() != 0)
        vf_text_print(out, "User=%s\n", user->pw_name);
    vf_text_print(out,
                  "RuntimeDirectory=vflow-%s%s\nRuntimeDirectoryMode=0700\n"
                  "Environment=XDG_RUNTIME_DIR=%%t/vflow-%s%s\n",
                  export->name, instance, export->name, instance);
}

/* A machine of one's own need not be shared out, unless that was asked for. */
static void print_limits(struct vf_text *out, const struct vf_export *export)
{
    if (!export->is_limited)
        return;
    vf_text_print(out, "CPUQuota=%u%%\n", export->needs.cores * 100);
    if (export->needs.memory_mib)
        vf_text_print(out, "MemoryMax=%lluM\n", (unsigned long long)export->needs.memory_mib);
}

/* Starting a unit that does its work once waits until that is done. */
static void print_ends(struct vf_text *out, const struct vf_export *export)
{
    if (export->is_service)
        vf_text_print(out, "WatchdogSec=30\nTimeoutStartSec=%d\n", VF_EXPORT_START_SECONDS);
    else
        vf_text_print(out, "TimeoutStartSec=infinity\n");
    vf_text_print(out, "KillSignal=SIGTERM\nKillMode=mixed\nTimeoutStopSec=%ld\n",
                  vf_export_stop_seconds(export));
    if (export->is_service)
        vf_text_print(out, "Restart=on-failure\nRestartSec=5\n");
    vf_text_print(out, "SuccessExitStatus=%d %d %d\n", VF_EXIT_HUNG_UP, VF_EXIT_INTERRUPTED,
                  VF_EXIT_TERMINATED);
    if (export->is_service)
        vf_text_print(out, "RestartPreventExitStatus=%d %d %d %d\n", VF_EXIT_USAGE,
                      VF_EXIT_BAD_INPUT, VF_EXIT_CANNOT_CREATE, VF_EXIT_INVALID_FLOW);
}

void vf_export_unit_print(struct vf_text *out, const struct vf_export *export)
{
    vf_text_print(out, "[Unit]\nDescription=vflow: ");
    print_path(out, export->name);
    vf_text_print(out, "%s\nDocumentation=man:vflow(1)\n", export->has_shards ? " %i" : "");
    if (!export->is_user)
        vf_text_print(out, "Wants=network-online.target\nAfter=network-online.target\n");
    vf_text_print(out, "\n[Service]\nType=%s\n",
                  export->is_service ? "notify\nNotifyAccess=main" : "oneshot");
    print_command(out, export);
    print_place(out, export);
    print_limits(out, export);
    print_ends(out, export);
    vf_text_print(out, "NoNewPrivileges=yes\n");
    if (export->is_service)
        vf_text_print(out, "\n[Install]\nWantedBy=%s\n",
                      export->is_user ? "default.target" : "multi-user.target");
}
