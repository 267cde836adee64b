/* SPDX-License-Identifier: MIT */
#include "cmd/run_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#define LOG ".log"
#define RECORD ".json"

const char *vf_run_log_meaning(int status)
{
    switch (status) {
    case VF_EXIT_OK:
        return "all was done";
    case VF_EXIT_HUNG_UP:
    case VF_EXIT_INTERRUPTED:
    case VF_EXIT_TERMINATED:
        return "stopped, outputs are finalised";
    case VF_EXIT_KILLED:
        return "killed before outputs were finalised";
    default:
        return "failed";
    }
}

/* Returns where the folder is, the caller's. NULL: nobody knows, or out of memory. */
static char *find_folder(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && state[0] == '/')
        return vf_text_format("%s/vflow", state);
    return home && home[0] == '/' ? vf_text_format("%s/.local/state/vflow", home) : NULL;
}

/* Makes a folder and those that it is in. */
static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        int made = mkdir(path, S_IRWXU);
        int err = made == 0 || errno == EEXIST ? VF_OK : -errno;
        if (slash)
            *slash = '/';
        if (err || !slash)
            return err;
    }
}

char *vf_run_log_folder(void)
{
    char *folder = find_folder();
    int err = folder ? make_folders(folder) : -ENOENT;
    if (!err && access(folder, W_OK | X_OK) == 0)
        return folder;
    vf_log(VF_LOG_ERROR, "no log can be written to %s: %s; set XDG_STATE_HOME to a folder of yours",
           folder ? folder : "~/.local/state/vflow", strerror(err ? -err : errno));
    free(folder);
    return NULL;
}

static char *path_in(const char *folder, const char *name, const char *ending)
{
    return vf_text_format("%s/%s%s", folder, name, ending);
}

/* Writes an object to a file that is whole whenever somebody reads it. */
static int write_object(const char *path, const json_t *object)
{
    char *draft = vf_text_format("%s.new", path);
    int err = draft && json_dump_file(object, draft, JSON_COMPACT) == 0 ? VF_OK : -EIO;
    if (!err && rename(draft, path) != 0)
        err = -errno;
    free(draft);
    return err;
}

/* Renames the log and the record of an older run of that name. */
static void put_aside(const char *folder, const char *name)
{
    static const char *const endings[] = {LOG, RECORD};
    char *record = path_in(folder, name, RECORD);
    json_t *object = record ? json_load_file(record, 0, NULL) : NULL;
    int pid = (int)json_integer_value(json_object_get(object, "pid"));
    for (size_t i = 0; i < 2; i++) {
        char *from = path_in(folder, name, endings[i]);
        char *to = vf_text_format("%s/%s.%d%s", folder, name, pid, endings[i]);
        if (from && to)
            (void)!rename(from, to);
        free(from);
        free(to);
    }
    json_decref(object);
    free(record);
}

static void remove_run(const struct vf_run_record_file *run)
{
    (void)unlink(run->path);
    (void)unlink(run->card.log);
}

/* Removes what the oldest runs have left that are over. */
static void remove_old(void)
{
    struct vf_run_records records = {0};
    size_t over = 0;
    vf_run_records_collect(&records);
    for (size_t i = records.count; i > 0; i--) {
        if (!records.items[i - 1].is_running && ++over > VF_RUN_LOG_KEPT)
            remove_run(&records.items[i - 1]);
    }
    vf_run_records_finish(&records);
}

int vf_run_log_begin(const char *folder, const char *draft, const struct vf_run_card *card,
                     char **log, char **record)
{
    put_aside(folder, card->name);
    remove_old();
    *log = path_in(folder, card->name, LOG);
    *record = path_in(folder, card->name, RECORD);
    json_t *object =
        json_pack("{ss si ss ss ss}", "name", card->name, "pid", (int)card->pid, "flow", card->flow,
                  "mode", card->is_realtime ? "realtime" : "batch", "since", card->since);
    int err = *log && *record && object ? VF_OK : -ENOMEM;
    if (!err && rename(draft, *log) != 0)
        err = -errno;
    if (!err)
        err = write_object(*record, object);
    json_decref(object);
    return err;
}

void vf_run_log_end(const char *record, int status)
{
    json_t *object = json_load_file(record, 0, NULL);
    char now[VF_CLOCK_UTC_SIZE];
    vf_clock_print_utc(now, vf_clock_since_1970_ns());
    bool is_good = object && json_object_set_new(object, "ended", json_string(now)) == 0 &&
                   json_object_set_new(object, "status", json_integer(status)) == 0;
    if (!is_good || write_object(record, object) < 0)
        vf_log(VF_LOG_WARNING, "%s cannot be written", record);
    json_decref(object);
}

/* Reads a record; returns false where there is none. */
static bool read_record(const char *path, struct vf_run_record_file *run)
{
    const char *name, *flow, *mode, *since, *ended = "";
    int pid, status = -1;
    json_t *object = json_load_file(path, 0, NULL);
    bool is_good = object && json_unpack(object, "{ss si ss ss ss s?s s?i}", "name", &name, "pid",
                                         &pid, "flow", &flow, "mode", &mode, "since", &since,
                                         "ended", &ended, "status", &status) == 0;
    *run = (struct vf_run_record_file){.status = status};
    if (is_good) {
        snprintf(run->card.name, sizeof(run->card.name), "%s", name);
        snprintf(run->card.since, sizeof(run->card.since), "%s", since);
        snprintf(run->ended, sizeof(run->ended), "%s", ended);
        run->card.pid = pid;
        run->card.is_realtime = strcmp(mode, "realtime") == 0;
        run->card.flow = strdup(flow);
        run->card.log = vf_text_format("%.*s" LOG, (int)(strlen(path) - strlen(RECORD)), path);
        run->path = strdup(path);
    }
    json_decref(object);
    return run->card.flow && run->card.log && run->path;
}

static void finish_record(struct vf_run_record_file *run)
{
    vf_run_card_finish(&run->card);
    free(run->path);
}

/* Whether a process has the log, which the run locks. */
static bool is_locked(const char *log)
{
    int fd = open(log, O_RDONLY | O_CLOEXEC);
    bool is_held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return is_held;
}

/* A run without a status is there still, or was killed. */
static bool is_running(const struct vf_run_record_file *run, const struct vf_run_cards *cards)
{
    bool is_found = is_locked(run->card.log);
    for (size_t i = 0; i < cards->count; i++)
        is_found = is_found || (cards->items[i].pid == run->card.pid &&
                                strcmp(cards->items[i].since, run->card.since) == 0);
    return run->status < 0 && is_found;
}

static void add_record(struct vf_run_records *records, const char *path,
                       const struct vf_run_cards *cards)
{
    struct vf_run_record_file run;
    struct vf_run_record_file *more = NULL;
    if (read_record(path, &run))
        more = reallocarray(records->items, records->count + 1, sizeof(*records->items));
    if (!more) {
        finish_record(&run);
        return;
    }
    run.is_running = is_running(&run, cards);
    records->items = more;
    records->items[records->count++] = run;
}

static int compare_since(const void *one, const void *other)
{
    const struct vf_run_record_file *a = one, *b = other;
    return strcmp(a->card.since, b->card.since);
}

void vf_run_records_collect(struct vf_run_records *records)
{
    struct vf_run_cards cards = {0};
    char *folder = find_folder();
    DIR *entries = folder ? opendir(folder) : NULL;
    struct dirent *entry;
    vf_run_cards_collect(&cards);
    while (entries && (entry = readdir(entries)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length <= strlen(RECORD) ||
            strcmp(entry->d_name + length - strlen(RECORD), RECORD) != 0)
            continue;
        char *path = vf_text_format("%s/%s", folder, entry->d_name);
        if (path)
            add_record(records, path, &cards);
        free(path);
    }
    if (entries)
        closedir(entries);
    free(folder);
    vf_run_cards_finish(&cards);
    if (records->count)
        qsort(records->items, records->count, sizeof(*records->items), compare_since);
}

void vf_run_records_finish(struct vf_run_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        finish_record(&records->items[i]);
    free(records->items);
    *records = (struct vf_run_records){0};
}
