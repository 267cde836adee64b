/* SPDX-License-Identifier: MIT */
#include "nodes/write/retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/node/node.h"
#include "engine/receipt/receipt.h"
#include "nodes/write/file_name.h"
#include "nodes/write/name_match.h"
#include "nodes/write/size_text.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define LOOK_NS (200 * VF_NS_PER_MS)
#define SETTLE_NS (2 * VF_NS_PER_S) /* some file systems count what was removed only later */

/* A file below the folder that all names have in common. */
struct vf_kept_file {
    TAILQ_ENTRY(vf_kept_file) entry; /* the oldest first */
    int64_t size, time_ns;           /* when it was last written, CLOCK_REALTIME */
    ino_t inode;
    bool is_own; /* of this run */
    char name[];
};

bool vf_retention_removes(const struct vf_retention_settings *settings)
{
    return settings->count || settings->age_ns || settings->bytes;
}

static bool leads_back(const char *path)
{
    for (const char *at = path; *at; at += *at == '/') {
        size_t length = strcspn(at, "/");
        if (length == 2 && strncmp(at, "..", 2) == 0)
            return true;
        at += length;
    }
    return false;
}

int vf_retention_check(const struct vf_retention_settings *settings, const char *pattern,
                       char *problem, size_t problem_size)
{
    static const struct vf_description nobody = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_name_facts facts = {.first = &nobody};
    if (!vf_retention_removes(settings))
        return VF_OK;
    if (!vf_file_name_has(pattern, NULL)) {
        snprintf(problem, problem_size,
                 "files to keep are asked for, but \"%s\" is one file; name them by a pattern such "
                 "as out-{seq:04d}.mp4",
                 pattern);
        return -EINVAL;
    }
    char *name = vf_file_name_make(pattern + vf_file_name_folder(pattern), &facts);
    bool is_wrong = name && leads_back(name);
    free(name);
    if (is_wrong)
        snprintf(
            problem, problem_size,
            "files to keep are asked for, but \"%s\" leads out of a folder again; leave .. out",
            pattern);
    return is_wrong ? -EINVAL : VF_OK;
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(((const struct vf_kept_file *)one)->name,
                  ((const struct vf_kept_file *)other)->name);
}

static struct vf_kept_file *make_file(const char *name, const struct stat *status)
{
    size_t size = strlen(name) + 1;
    struct vf_kept_file *file = malloc(sizeof(*file) + size);
    if (!file)
        return NULL;
    *file = (struct vf_kept_file){
        .size = status->st_size,
        .time_ns = status->st_mtim.tv_sec * VF_NS_PER_S + status->st_mtim.tv_nsec,
        .inode = status->st_ino,
    };
    memcpy(file->name, name, size);
    return file;
}

static struct vf_kept_file *find_file(const struct vf_retention *retention, const char *name)
{
    static const struct stat nothing;
    struct vf_kept_file *wanted = make_file(name, &nothing);
    void *const *found = wanted ? tfind(wanted, &retention->by_name, compare_names) : NULL;
    free(wanted);
    return found ? *found : NULL;
}

static void forget(struct vf_retention *retention, struct vf_kept_file *file)
{
    retention->count--;
    retention->bytes -= file->size;
    TAILQ_REMOVE(&retention->files, file, entry);
    tdelete(file, &retention->by_name, compare_names);
    free(file);
}

/* Takes `file`, also when there is no memory for it. */
static void remember(struct vf_retention *retention, struct vf_kept_file *file,
                     struct vf_kept_file *before)
{
    if (!tsearch(file, &retention->by_name, compare_names)) {
        vf_log(VF_LOG_WARNING, "out of memory: %s will stay", file->name);
        free(file);
        return;
    }
    if (before)
        TAILQ_INSERT_BEFORE(before, file, entry);
    else
        TAILQ_INSERT_TAIL(&retention->files, file, entry);
    retention->count++;
    retention->bytes += file->size;
}

/* Files that were found in one place, before they are put in order. */
struct finding {
    struct vf_retention *retention;
    struct vf_kept_file **files;
    size_t count, capacity;
};

static int find_one(struct finding *finding, int folder, const char *base, const char *path)
{
    struct stat status;
    if (fstatat(folder, base, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
        find_file(finding->retention, path))
        return VF_OK;
    if (finding->count == finding->capacity) {
        size_t capacity = finding->capacity ? finding->capacity * 2 : 64;
        struct vf_kept_file **files =
            realloc(finding->files, capacity * sizeof(struct vf_kept_file *));
        if (!files)
            return -ENOMEM;
        finding->files = files;
        finding->capacity = capacity;
    }
    finding->files[finding->count] = make_file(path, &status);
    return finding->files[finding->count++] ? VF_OK : -ENOMEM;
}

static char *join(const char *path, const char *base)
{
    return vf_text_format("%s%s%s", path, *path ? "/" : "", base);
}

/* Looks for the one name that a part without fields is, and for those with a number. */
static int find_named(struct finding *finding, int folder, const char *part, const char *path)
{
    int err = VF_OK;
    bool is_there = true;
    for (unsigned number = 1; is_there && !err; number++) {
        struct stat status;
        char *base = vf_file_name_number(part, number);
        char *below = base ? join(path, base) : NULL;
        is_there = below && fstatat(folder, base, &status, AT_SYMLINK_NOFOLLOW) == 0;
        err = below ? VF_OK : -ENOMEM;
        if (is_there)
            err = find_one(finding, folder, base, below);
        free(base);
        free(below);
    }
    return err;
}

static int find_in(struct finding *finding, int folder, const char *pattern, const char *path);

/* Looks at one thing in a folder: a file, if nothing of the pattern follows, or a folder. */
static int find_entry(struct finding *finding, int folder, const char *base, const char *rest,
                      const char *path)
{
    char *below = join(path, base);
    int err = below ? VF_OK : -ENOMEM;
    if (!err && *rest)
        err = find_in(finding, openat(folder, base, FOLDER_FLAGS), rest, below);
    else if (!err)
        err = find_one(finding, folder, base, below);
    free(below);
    return err;
}

static int find_listed(struct finding *finding, int folder, const char *part, const char *rest,
                       const char *path)
{
    DIR *listing = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 0));
    const struct dirent *entry;
    int err = VF_OK;
    while (!err && listing && (entry = readdir(listing))) {
        const char *base = entry->d_name;
        bool is_dots = strcmp(base, ".") == 0 || strcmp(base, "..") == 0;
        bool is_of_it =
            *rest ? vf_name_match_fits(part, base) : vf_name_match_fits_file(part, base);
        if (is_of_it && !is_dots)
            err = find_entry(finding, folder, base, rest, path);
    }
    if (listing)
        closedir(listing);
    return err;
}

/* Looks through `folder`, which it closes, for what the first part of `pattern` makes, and in what
 * it makes of folders for the rest. What cannot be read has nothing. */
static int find_in(struct finding *finding, int folder, const char *pattern, const char *path)
{
    static const struct vf_description nobody = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_name_facts facts = {.first = &nobody};
    size_t length = strcspn(pattern, "/");
    const char *rest = pattern + length + strspn(pattern + length, "/");
    if (folder < 0)
        return VF_OK;
    char *part = strndup(pattern, length);
    char *name = part && !vf_file_name_has(part, NULL) ? vf_file_name_make(part, &facts) : NULL;
    int err = part ? VF_OK : -ENOMEM;
    if (!err && name && *rest)
        err = find_entry(finding, folder, name, rest, path);
    else if (!err && name)
        err = find_named(finding, folder, name, path);
    else if (!err)
        err = find_listed(finding, folder, part, rest, path);
    close(folder);
    free(name);
    free(part);
    return err;
}

static int compare_ages(const void *one, const void *other)
{
    const struct vf_kept_file *a = *(struct vf_kept_file *const *)one;
    const struct vf_kept_file *b = *(struct vf_kept_file *const *)other;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Puts them where they belong among those of earlier runs that are known, which are in order. */
static void take_found(struct finding *finding)
{
    struct vf_retention *retention = finding->retention;
    struct vf_kept_file *next = TAILQ_FIRST(&retention->files);
    if (finding->count)
        qsort(finding->files, finding->count, sizeof(struct vf_kept_file *), compare_ages);
    for (size_t i = 0; i < finding->count; i++) {
        while (next && !next->is_own && compare_ages(&next, &finding->files[i]) < 0)
            next = TAILQ_NEXT(next, entry);
        remember(retention, finding->files[i], next);
    }
}

/* Looks for the files that a settled pattern has made. */
static int find_earlier(struct vf_retention *retention, const char *settled)
{
    struct finding finding = {.retention = retention};
    settled += strspn(settled, "/");
    int err = find_in(&finding, openat(retention->folder, ".", FOLDER_FLAGS), settled, "");
    if (err) {
        for (size_t i = 0; i < finding.count; i++)
            free(finding.files[i]);
    } else {
        take_found(&finding);
    }
    free(finding.files);
    return err;
}

static int look_for_earlier(struct vf_retention *retention, const struct vf_name_facts *facts)
{
    char *settled = vf_name_match_settle(retention->pattern + retention->folder_length, facts);
    if (!settled)
        return -ENOMEM;
    bool is_new = !vf_name_set_find(&retention->settled, settled);
    int err = is_new ? vf_name_set_add(&retention->settled, settled, vf_name_set_owner(1)) : VF_OK;
    if (is_new && !err)
        err = find_earlier(retention, settled);
    free(settled);
    return err;
}

/* Opens the folder that a file is in, below the one of all names. */
static int open_folder_of(const struct vf_retention *retention, const char *name)
{
    char *folders = strdup(name), *rest = NULL;
    char *slash = folders ? strrchr(folders, '/') : NULL;
    int fd = folders ? openat(retention->folder, ".", FOLDER_FLAGS) : -1;
    if (slash)
        *slash = '\0';
    for (char *part = slash ? strtok_r(folders, "/", &rest) : NULL; part && fd >= 0;
         part = strtok_r(NULL, "/", &rest)) {
        int next = openat(fd, part, FOLDER_FLAGS);
        close(fd);
        fd = next;
    }
    free(folders);
    return fd;
}

static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Removes folders that are empty now, up to the one of all names. */
static void remove_folders(const struct vf_retention *retention, const char *name)
{
    char *folder = strdup(name), *slash;
    bool is_gone = folder != NULL;
    while (is_gone && (slash = strrchr(folder, '/'))) {
        *slash = '\0';
        int parent = open_folder_of(retention, folder);
        is_gone = parent >= 0 && unlinkat(parent, base_of(folder), AT_REMOVEDIR) == 0;
        if (parent >= 0)
            close(parent);
    }
    free(folder);
}

/* Says for the report that a file is not there any more. */
static void note_removed(const struct vf_retention *retention, const char *name)
{
    char *path = vf_text_format("%.*s%s", (int)retention->folder_length, retention->pattern, name);
    const struct vf_medium medium = {.path = path, .is_removed = true};
    if (path && retention->run)
        vf_node_note_output(retention->run, &medium);
    free(path);
}

/* The receipt of a file goes with it. */
static void remove_receipt(int folder, const char *base)
{
    char *name = vf_text_format("%s%s", base, VF_RECEIPT_ENDING);
    if (name)
        unlinkat(folder, name, 0);
    free(name);
}

/* Removes a file, if it is the one that is known, and nothing is known of it afterwards. */
static void remove_file(struct vf_retention *retention, struct vf_kept_file *file)
{
    struct stat status;
    const char *base = base_of(file->name);
    int folder = open_folder_of(retention, file->name);
    bool is_it = folder >= 0 && fstatat(folder, base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(status.st_mode) && status.st_ino == file->inode &&
                 status.st_mtim.tv_sec * VF_NS_PER_S + status.st_mtim.tv_nsec == file->time_ns;
    if (is_it && unlinkat(folder, base, 0) == 0) {
        remove_receipt(folder, base);
        retention->removed++;
        vf_log(VF_LOG_INFO, "removed %.*s%s", (int)retention->folder_length, retention->pattern,
               file->name);
        note_removed(retention, file->name);
        remove_folders(retention, file->name);
    } else if (is_it && errno != ENOENT) {
        vf_log(VF_LOG_WARNING, "%.*s%s cannot be removed: %s", (int)retention->folder_length,
               retention->pattern, file->name, strerror(errno));
    }
    if (folder >= 0)
        close(folder);
    forget(retention, file);
}

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * VF_NS_PER_S + now.tv_nsec;
}

static bool is_due(const struct vf_retention *retention, const struct vf_kept_file *file)
{
    const struct vf_retention_settings *settings = &retention->settings;
    return (settings->count && retention->count > (uint64_t)settings->count) ||
           (settings->bytes && retention->bytes > settings->bytes) ||
           (settings->age_ns && wall_ns() - file->time_ns > settings->age_ns);
}

/* Removes what does not stay, up to a file that does; NULL: of all. */
static void remove_due(struct vf_retention *retention, const struct vf_kept_file *newest)
{
    struct vf_kept_file *oldest;
    while ((oldest = TAILQ_FIRST(&retention->files)) && oldest != newest &&
           is_due(retention, oldest))
        remove_file(retention, oldest);
}

static bool depends_on_source(const char *pattern)
{
    return vf_file_name_has(pattern, "source") || vf_file_name_has(pattern, "folder");
}

/* Words of events can be any: only those of events that come are looked for. */
static bool depends_on_event(const char *pattern)
{
    return vf_file_name_has(pattern, "what") || vf_file_name_has(pattern, "where");
}

int vf_retention_open(struct vf_retention *retention)
{
    static const struct vf_description nobody = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_name_facts facts = {.first = &nobody};
    TAILQ_INIT(&retention->files);
    retention->folder_length = vf_file_name_folder(retention->pattern);
    if (!vf_retention_removes(&retention->settings) && !retention->settings.min_free_bytes)
        return VF_OK;
    char *path = retention->folder_length ? strndup(retention->pattern, retention->folder_length)
                                          : strdup(".");
    retention->folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int err = retention->folder < 0 ? -(path ? errno : ENOMEM) : VF_OK;
    if (err)
        vf_log(VF_LOG_ERROR, "the folder %s cannot be read: %s", path ? path : "", strerror(-err));
    retention->is_open = !err;
    free(path);
    bool is_known = !depends_on_source(retention->pattern) && !depends_on_event(retention->pattern);
    if (!err && vf_retention_removes(&retention->settings) && is_known)
        err = look_for_earlier(retention, &facts);
    if (!err && is_known)
        remove_due(retention, NULL);
    if (!err && (is_known || !vf_retention_removes(&retention->settings)))
        err = vf_retention_make_room(retention);
    return err;
}

int vf_retention_begin(struct vf_retention *retention, const struct vf_name_facts *facts)
{
    uint64_t source = facts->first->source_id;
    if (!retention->is_open || !vf_retention_removes(&retention->settings))
        return VF_OK;
    int err = VF_OK;
    bool is_other = source != retention->last_source || !retention->settled.count;
    if (depends_on_event(retention->pattern) || (depends_on_source(retention->pattern) && is_other))
        err = look_for_earlier(retention, facts);
    retention->last_source = source;
    if (!err)
        remove_due(retention, NULL);
    return err;
}

void vf_retention_note(struct vf_retention *retention, const char *path)
{
    struct stat status;
    if (!retention->is_open || !vf_retention_removes(&retention->settings))
        return;
    const char *name = path + retention->folder_length;
    int folder = open_folder_of(retention, name);
    bool is_there = folder >= 0 &&
                    fstatat(folder, base_of(name), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISREG(status.st_mode);
    if (folder >= 0)
        close(folder);
    struct vf_kept_file *older = find_file(retention, name);
    if (older)
        forget(retention, older);
    struct vf_kept_file *file = is_there ? make_file(name, &status) : NULL;
    if (file) {
        file->is_own = true;
        remember(retention, file, NULL);
    } else {
        vf_log(VF_LOG_WARNING, "%s will stay: it is no file that can be removed", path);
    }
    remove_due(retention, TAILQ_LAST(&retention->files, vf_kept_files));
}

static int64_t find_free(const struct vf_retention *retention)
{
    struct statvfs disk;
    if (fstatvfs(retention->folder, &disk) != 0)
        return INT64_MAX;
    uint64_t blocks = disk.f_bavail, size = disk.f_frsize;
    return blocks > INT64_MAX / (size ? size : 1) ? INT64_MAX : (int64_t)(blocks * size);
}

/* Tells who hears of the run, once while it lasts. */
static void tell_low(const struct vf_retention *retention, int64_t free_bytes, bool is_stopped)
{
    json_t *details = json_object();
    json_object_set_new(details, "free_bytes", json_integer(free_bytes));
    json_object_set_new(details, "min_free_bytes",
                        json_integer(retention->settings.min_free_bytes));
    json_object_set_new(details, "is_stopped", json_boolean(is_stopped));
    const struct vf_notice notice = {.what = "disk_low",
                                     .where = retention->pattern,
                                     .begin_ns = vf_clock_since_1970_ns(),
                                     .details = details};
    if (retention->run)
        vf_node_tell_run(retention->run, &notice);
    else
        json_decref(details);
}

static int refuse_room(const struct vf_retention *retention, int64_t free_bytes)
{
    bool removes = vf_retention_removes(&retention->settings);
    tell_low(retention, free_bytes, true);
    vf_log(VF_LOG_ERROR, "the disk of %s has %.2f GB free, less than min_free (%.2f GB)%s",
           retention->pattern, (double)free_bytes / 1e9,
           (double)retention->settings.min_free_bytes / 1e9,
           removes ? ", and there is no older file of the pattern to remove"
                   : "; remove files, or have old ones removed by keep, keep_for or keep_size");
    return -ENOSPC;
}

int vf_retention_make_room(struct vf_retention *retention)
{
    int64_t now_ns = vf_clock_now_ns(), wanted = retention->settings.min_free_bytes;
    if (!retention->is_open || !wanted || now_ns < retention->next_look_ns)
        return VF_OK;
    int64_t free_bytes = find_free(retention), made = 0;
    struct vf_kept_file *oldest;
    uint64_t removed = retention->removed;
    retention->next_look_ns = now_ns + LOOK_NS;
    if (free_bytes >= wanted)
        return VF_OK;
    while (vf_retention_removes(&retention->settings) && made < wanted - free_bytes &&
           (oldest = TAILQ_FIRST(&retention->files))) {
        made += oldest->size;
        remove_file(retention, oldest);
    }
    if (retention->removed == removed)
        return refuse_room(retention, free_bytes);
    if (!retention->has_told) {
        tell_low(retention, free_bytes, false);
        vf_log(VF_LOG_WARNING, "the disk of %s is nearly full: its oldest files make room",
               retention->pattern);
    }
    retention->has_told = true;
    retention->next_look_ns = now_ns + SETTLE_NS;
    return VF_OK;
}

bool vf_retention_has(const struct vf_retention *retention, const char *path)
{
    return retention->is_open && find_file(retention, path + retention->folder_length) != NULL;
}

void vf_retention_report(const struct vf_retention *retention, struct vf_node_run *run)
{
    char size[VF_SIZE_TEXT];
    const struct vf_kept_file *first = retention->files.tqh_first;
    const struct vf_kept_file *last = first ? TAILQ_LAST(&retention->files, vf_kept_files) : NULL;
    int folder = (int)retention->folder_length;
    if (!retention->is_open || !first || !last)
        return;
    if (first == last) {
        vf_node_report_output(run, "%s: 1 file is there now, %.*s%s%s; %" PRIu64 " removed",
                              retention->pattern, folder, retention->pattern, first->name,
                              vf_size_text(size, retention->bytes), retention->removed);
        return;
    }
    vf_node_report_output(
        run, "%s: %" PRIu64 " files are there now, %.*s%s to %.*s%s%s; %" PRIu64 " removed",
        retention->pattern, retention->count, folder, retention->pattern, first->name, folder,
        retention->pattern, last->name, vf_size_text(size, retention->bytes), retention->removed);
}

static void keep_node(void *node)
{
    (void)node; /* the list owns it */
}

void vf_retention_finish(struct vf_retention *retention)
{
    struct vf_kept_file *file;
    if (!retention->is_open)
        return;
    tdestroy(retention->by_name, keep_node);
    while ((file = TAILQ_FIRST(&retention->files))) {
        TAILQ_REMOVE(&retention->files, file, entry);
        free(file);
    }
    vf_name_set_finish(&retention->settled);
    close(retention->folder);
    *retention = (struct vf_retention){0};
}
