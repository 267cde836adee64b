/* SPDX-License-Identifier: MIT */
#include "engine/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/write_all.h"
#include "engine/message/description_json.h"

#define MOST_BYTES ((off_t)256 << 20) /* that are read: whoever wrote more wrote at random */

int vf_journal_create(struct vf_journal *journal)
{
    *journal = (struct vf_journal){.fd = -1};
    int fd = memfd_create("vflow-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    /* Each write goes to the end, whoever makes it, and nobody can take away what is there. */
    if (fcntl(fd, F_SETFL, O_APPEND) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    journal->fd = fd;
    return VF_OK;
}

void vf_journal_destroy(struct vf_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    json_decref(journal->details);
    journal->details = NULL;
}

/* Takes *entry. */
static void append(const struct vf_journal *journal, json_t *entry)
{
    char *line = entry ? json_dumps(entry, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    size_t length = line ? strlen(line) : 0;
    json_decref(entry);
    if (line) {
        line[length] = '\n'; /* in place of the NUL: one write */
        (void)!vf_write_all(journal->fd, line, length + 1);
    }
    free(line);
}

static json_t *text(const char *bytes)
{
    return bytes ? vf_text_to_json(bytes, strlen(bytes)) : json_null();
}

static json_t *begin_entry(unsigned task, enum vf_journal_kind kind)
{
    return json_pack("{s:i, s:i, s:I}", "kind", (int)kind, "task", (int)task, "at",
                     (json_int_t)vf_clock_now_ns());
}

/* Says that what was appended under a path is not there any more. */
static void add_removal(struct vf_journal *journal, unsigned task, enum vf_journal_kind kind,
                        const char *path)
{
    if (journal->removals++ >= VF_JOURNAL_MEDIA)
        return;
    json_t *entry = begin_entry(task, kind);
    json_object_set_new(entry, "path", text(path));
    json_object_set_new(entry, "removed", json_true());
    append(journal, entry);
}

void vf_journal_add_detail(struct vf_journal *journal, const char *key, json_t *value)
{
    if (!journal->details)
        journal->details = json_object();
    (void)json_object_set_new(journal->details, key, value);
}

void vf_journal_add_medium(struct vf_journal *journal, unsigned task, enum vf_journal_kind kind,
                           const struct vf_medium *medium)
{
    if (journal->fd >= 0 && medium->is_removed)
        add_removal(journal, task, kind, medium->path);
    if (medium->is_removed)
        return;
    json_t *details = journal->details;
    journal->details = NULL;
    if (journal->fd < 0 || journal->media++ >= VF_JOURNAL_MEDIA) {
        json_decref(details);
        return;
    }
    json_t *entry = begin_entry(task, kind);
    json_object_set_new(entry, "path", text(medium->path));
    json_object_set_new(entry, medium->unit, json_integer((json_int_t)medium->count));
    json_object_set_new(entry, "seconds",
                        medium->duration_ns < 0
                            ? json_null()
                            : json_real((double)medium->duration_ns / VF_NS_PER_S));
    json_object_set_new(entry, "bytes",
                        medium->size_bytes < 0 ? json_null()
                                               : json_integer((json_int_t)medium->size_bytes));
    json_object_set_new(entry, "complete", json_boolean(medium->is_complete));
    json_object_set_new(entry, "reason", text(medium->reason));
    if (details)
        (void)json_object_update(entry, details);
    json_decref(details);
    append(journal, entry);
}

void vf_journal_add_error(struct vf_journal *journal, unsigned task,
                          const struct vf_journal_error *error)
{
    if (journal->fd < 0 || journal->errors++ >= VF_JOURNAL_ERRORS)
        return;
    json_t *entry = begin_entry(task, VF_JOURNAL_ERROR);
    json_object_set_new(entry, "frame",
                        error->frame ? json_integer((json_int_t)error->frame) : json_null());
    json_object_set_new(entry, "text", text(error->text));
    json_object_set_new(entry, "fatal", json_boolean(error->is_fatal));
    append(journal, entry);
}

static void add_rest(const struct vf_journal *journal, unsigned task, enum vf_journal_kind kind,
                     uint64_t count, uint64_t limit)
{
    if (count <= limit)
        return;
    json_t *entry = begin_entry(task, kind);
    json_object_set_new(entry, "more", json_integer((json_int_t)(count - limit)));
    append(journal, entry);
}

void vf_journal_end(struct vf_journal *journal, unsigned task)
{
    if (journal->fd < 0)
        return;
    add_rest(journal, task, VF_JOURNAL_OUTPUT, journal->media, VF_JOURNAL_MEDIA);
    add_rest(journal, task, VF_JOURNAL_ERROR, journal->errors, VF_JOURNAL_ERRORS);
}

/* Returns what has been appended, with a NUL behind it; NULL: out of memory. */
static char *read_all(int fd)
{
    struct stat status;
    off_t size = 0;
    if (fd >= 0 && fstat(fd, &status) == 0)
        size = status.st_size < MOST_BYTES ? status.st_size : MOST_BYTES;
    char *bytes = malloc((size_t)size + 1);
    ssize_t got = 0;
    for (off_t length = 0; bytes && length < size; length += got) {
        got = pread(fd, bytes + length, (size_t)(size - length), length);
        if (got <= 0)
            size = length;
    }
    if (bytes)
        bytes[size] = '\0';
    return bytes;
}

/* Adds what a line says, if it is an entry of that kind, and of the task that may write there. */
static void add_line(json_t *entries, const char *line, enum vf_journal_kind kind, unsigned task)
{
    json_t *entry = json_loads(line, 0, NULL);
    const json_t *found = json_object_get(entry, "kind");
    const json_t *writer = json_object_get(entry, "task");
    bool is_wanted = json_is_integer(found) && json_integer_value(found) == (json_int_t)kind &&
                     json_is_integer(writer) &&
                     (!task || json_integer_value(writer) == (json_int_t)task);
    if (is_wanted) {
        json_object_del(entry, "kind");
        json_array_append(entries, entry);
    }
    json_decref(entry);
}

/* Takes out the entries of what has been removed, and those that say so. */
static void leave_out_removed(json_t *entries)
{
    json_t *places = json_object(); /* the entry of each path, by its number */
    size_t i, count = json_array_size(entries);
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        const char *path = json_string_value(json_object_get(entry, "path"));
        bool is_removal = path && json_object_get(entry, "removed");
        const json_t *place = path ? json_object_get(places, path) : NULL;
        if (is_removal && place)
            json_object_set_new(json_array_get(entries, (size_t)json_integer_value(place)),
                                "removed", json_true());
        else if (path && !is_removal)
            json_object_set_new(places, path, json_integer((json_int_t)i));
    }
    for (i = count; i-- > 0;) {
        if (json_object_get(json_array_get(entries, i), "removed"))
            json_array_remove(entries, i);
    }
    json_decref(places);
}

static json_t *load_part(const struct vf_journal_part *part, enum vf_journal_kind kind)
{
    char *bytes = read_all(part->fd), *rest = NULL;
    json_t *entries = bytes ? json_array() : NULL;
    for (char *line = bytes ? strtok_r(bytes, "\n", &rest) : NULL; entries && line;
         line = strtok_r(NULL, "\n", &rest))
        add_line(entries, line, kind, part->task);
    leave_out_removed(entries);
    free(bytes);
    return entries;
}

/* An entry, and where it belongs among the others. */
struct placed {
    json_t *entry;
    json_int_t at;
    size_t number;
};

static int compare(const void *a, const void *b)
{
    const struct placed *one = a, *other = b;
    if (one->at != other->at)
        return one->at < other->at ? -1 : 1;
    return one->number < other->number ? -1 : one->number > other->number;
}

/* Returns them in the order of their times, which are taken out; NULL: out of memory. */
static json_t *put_in_order(const json_t *entries)
{
    size_t count = json_array_size(entries);
    struct placed *placed = calloc(count + 1, sizeof(*placed));
    json_t *ordered = placed ? json_array() : NULL;
    for (size_t i = 0; ordered && i < count; i++) {
        json_t *entry = json_array_get(entries, i);
        placed[i] = (struct placed){entry, json_integer_value(json_object_get(entry, "at")), i};
    }
    if (ordered)
        qsort(placed, count, sizeof(*placed), compare);
    for (size_t i = 0; ordered && i < count; i++) {
        json_object_del(placed[i].entry, "at");
        json_array_append(ordered, placed[i].entry);
    }
    free(placed);
    return ordered;
}

json_t *vf_journal_load(const struct vf_journal_part *parts, size_t count,
                        enum vf_journal_kind kind)
{
    json_t *all = json_array();
    for (size_t i = 0; all && i < count; i++) {
        json_t *entries = load_part(&parts[i], kind);
        if (json_array_extend(all, entries) != 0) {
            json_decref(all);
            all = NULL;
        }
        json_decref(entries);
    }
    json_t *ordered = all ? put_in_order(all) : NULL;
    json_decref(all);
    return ordered;
}
