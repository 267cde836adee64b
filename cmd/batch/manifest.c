/* SPDX-License-Identifier: MIT */
#include "cmd/batch/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/display.h"
#include "engine/base/durable.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define KIND "vflow batch"
#define VERSION 1
#define MOST_TRIES 20 /* to lock it */
#define TRY_MS 50

/* All bytes of the file. */
static int read_file(const struct vf_batch_manifest *manifest, struct vf_text *text)
{
    char buffer[65536];
    off_t at = 0;
    ssize_t got;
    while ((got = pread(manifest->fd, buffer, sizeof(buffer), at)) > 0 ||
           (got < 0 && errno == EINTR)) {
        vf_text_append(text, buffer, got > 0 ? (size_t)got : 0);
        at += got > 0 ? got : 0;
    }
    if (got < 0)
        return -errno;
    return text->failed ? -ENOMEM : VF_OK;
}

static bool is_head(const json_t *line)
{
    const char *kind = json_string_value(json_object_get(line, "manifest"));
    return kind && strcmp(kind, KIND) == 0 &&
           json_integer_value(json_object_get(line, "version")) == VERSION;
}

static int keep_head(struct vf_batch_manifest *manifest, json_t *head)
{
    if (!is_head(head))
        return -EBADMSG;
    json_decref(manifest->head);
    manifest->head = json_incref(head);
    return VF_OK;
}

/* Paths and URLs do not begin with a digit. */
static char *make_key(const char *path, const char *part)
{
    return part ? vf_text_format("%s %s", part, path) : strdup(path);
}

static int keep_record(struct vf_batch_manifest *manifest, json_t *record)
{
    const char *path = json_string_value(json_object_get(record, "path"));
    const char *part = json_string_value(json_object_get(record, "part"));
    char *key = path ? make_key(path, part) : NULL;
    int err = key && json_object_set(manifest->records, key, record) == 0 ? VF_OK : -EBADMSG;
    free(key);
    return err;
}

/* Takes over one line. */
static int take_line(struct vf_batch_manifest *manifest, const char *bytes, size_t size,
                     bool is_first)
{
    json_t *line = json_loadb(bytes, size, 0, NULL);
    int err = -EBADMSG;
    if (line)
        err = is_first ? keep_head(manifest, line) : keep_record(manifest, line);
    json_decref(line);
    return err;
}

/* Returns whether a file that has no whole line is a manifest whose first line was cut off, or stands
 * in it as zeros. */
static bool is_torn_head(const struct vf_text *text)
{
    static const char begin[] = "{\"manifest\":\"" KIND "\"";
    size_t size = text->length;
    while (size && !text->bytes[size - 1])
        size--;
    size_t known = size < strlen(begin) ? size : strlen(begin);
    return !memchr(text->bytes, '\n', size) && memcmp(text->bytes, begin, known) == 0;
}

/* Takes over all lines. *whole becomes the size of those that are whole: what has been cut off in
 * the middle is the last line, or, where the machine has lost its power, several that were not on the
 * disk yet. */
static int take_lines(struct vf_batch_manifest *manifest, const struct vf_text *text, off_t *whole)
{
    const char *end = text->bytes + text->length;
    unsigned number = 1, broken = 0;
    *whole = 0;
    for (const char *at = text->bytes; text->length && at < end; number++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed ? feed + 1 : end;
        int err = feed ? take_line(manifest, at, (size_t)(feed - at), at == text->bytes) : -EBADMSG;
        at = next;
        if (err)
            broken = broken ? broken : number;
        else if (!broken)
            *whole = next - text->bytes;
        else {
            vf_log(VF_LOG_ERROR, "%s:%u: this line is damaged, and lines that are whole follow it",
                   manifest->path, broken);
            return -EBADMSG;
        }
    }
    if (*whole || !text->length || is_torn_head(text))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s is no manifest of vflow batch; name another file", manifest->path);
    return -EBADMSG;
}

static int start(struct vf_batch_manifest *manifest, const char *path, int flags)
{
    struct stat status;
    *manifest = (struct vf_batch_manifest){.fd = open(path, flags | O_CLOEXEC, 0666)};
    int err = manifest->fd < 0 ? -errno : VF_OK;
    manifest->path = strdup(path);
    manifest->records = json_object();
    if (!err && (fstat(manifest->fd, &status) != 0 || !S_ISREG(status.st_mode)))
        err = -EINVAL;
    if (err)
        vf_log(VF_LOG_ERROR, "the manifest %s cannot be opened: %s", path,
               err == -EINVAL ? "it is no regular file" : strerror(-err));
    return err ? err : manifest->path && manifest->records ? VF_OK : -ENOMEM;
}

json_t *vf_batch_manifest_head(const char *flow)
{
    char *shown = vf_display_utf8(flow);
    json_t *head =
        shown ? json_pack("{ss si ss}", "manifest", KIND, "version", VERSION, "flow", shown) : NULL;
    free(shown);
    return head;
}

static int add_head(struct vf_batch_manifest *manifest, const char *flow)
{
    json_t *head = vf_batch_manifest_head(flow);
    int err = head ? vf_batch_manifest_add(manifest, head) : -ENOMEM;
    if (!err)
        err = vf_durable_name(manifest->path);
    json_decref(head);
    return err;
}

/* Says why the manifest cannot be locked. */
static int refuse_lock(const struct vf_batch_manifest *manifest, int number)
{
    int err = number == EWOULDBLOCK ? -EAGAIN : -number;
    if (err == -EAGAIN)
        vf_log(VF_LOG_ERROR, "another batch is at work on the manifest %s; wait for its end",
               manifest->path);
    else
        vf_log(VF_LOG_ERROR, "the manifest %s cannot be locked: %s", manifest->path,
               strerror(-err));
    return err;
}

int vf_batch_manifest_refuse(const struct vf_batch_manifest *manifest)
{
    vf_log(VF_LOG_ERROR,
           "the manifest %s exists; go on with what it lacks by --resume, or name another",
           manifest->path);
    return -EEXIST;
}

/* Whoever looks at the manifest has it locked for a moment. */
static int lock(struct vf_batch_manifest *manifest)
{
    int tries = MOST_TRIES;
    while (flock(manifest->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || !--tries)
            return refuse_lock(manifest, errno);
        (void)poll(NULL, 0, TRY_MS);
    }
    return VF_OK;
}

int vf_batch_manifest_open(struct vf_batch_manifest *manifest, const char *path, const char *flow,
                           bool may_resume)
{
    struct vf_text text = {0};
    off_t whole = 0;
    int err = start(manifest, path, O_RDWR | O_CREAT | O_APPEND);
    if (!err)
        err = lock(manifest);
    if (!err)
        err = read_file(manifest, &text);
    if (!err)
        err = take_lines(manifest, &text, &whole);
    if (!err && whole && !may_resume)
        err = vf_batch_manifest_refuse(manifest);
    if (!err && (size_t)whole < text.length && ftruncate(manifest->fd, whole) != 0)
        err = -errno;
    if (!err && !whole)
        err = add_head(manifest, flow);
    vf_text_finish(&text);
    return err;
}

/* Reads it; whether a batch is at work on it before, so that one that ends meanwhile is found so. */
static int look(struct vf_batch_manifest *manifest, const char *path, bool asks_for_batch)
{
    struct vf_text text = {0};
    off_t whole;
    int err = start(manifest, path, O_RDONLY);
    if (!err && asks_for_batch) {
        manifest->is_in_use = flock(manifest->fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        (void)flock(manifest->fd, LOCK_UN);
    }
    if (!err)
        err = read_file(manifest, &text);
    if (!err)
        err = take_lines(manifest, &text, &whole);
    vf_text_finish(&text);
    return err;
}

int vf_batch_manifest_look(struct vf_batch_manifest *manifest, const char *path)
{
    return look(manifest, path, true);
}

int vf_batch_manifest_watch(struct vf_batch_manifest *manifest, const char *path)
{
    return look(manifest, path, false);
}

char *vf_batch_manifest_key(const char *path, const char *part)
{
    char *shown = vf_display_utf8(path);
    char *key = shown ? make_key(shown, part) : NULL;
    free(shown);
    return key;
}

const json_t *vf_batch_manifest_find(const struct vf_batch_manifest *manifest, const char *path)
{
    char *key = vf_batch_manifest_key(path, NULL);
    const json_t *record = key ? json_object_get(manifest->records, key) : NULL;
    free(key);
    return record;
}

bool vf_batch_manifest_is_past(const struct vf_batch_manifest *manifest, const json_t *record)
{
    const char *path = json_string_value(json_object_get(record, "path"));
    const json_t *whole = path ? json_object_get(manifest->records, path) : NULL;
    const char *state = json_string_value(json_object_get(whole, "state"));
    return json_object_get(record, "part") && state && strcmp(state, "done") == 0;
}

int vf_batch_manifest_print(struct vf_text *text, const json_t *record)
{
    char *line = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (line)
        vf_text_print(text, "%s\n", line);
    free(line);
    return line && !text->failed ? VF_OK : -ENOMEM;
}

/* Adds bytes to the file, all of them or none. */
static int append(struct vf_batch_manifest *manifest, const struct vf_text *text)
{
    struct stat before;
    int err = fstat(manifest->fd, &before) == 0 ? VF_OK : -errno;
    if (!err)
        err = vf_write_all(manifest->fd, text->bytes, text->length);
    if (!err && fdatasync(manifest->fd) != 0 && errno != EINVAL)
        err = -errno;
    if (err)
        (void)!ftruncate(manifest->fd, before.st_size);
    return err;
}

int vf_batch_manifest_add(struct vf_batch_manifest *manifest, const json_t *records)
{
    struct vf_text text = {0};
    const json_t *record;
    size_t i;
    int err = VF_OK;
    if (manifest->fd < 0)
        return VF_OK;
    if (!json_is_array(records))
        err = vf_batch_manifest_print(&text, records);
    json_array_foreach(records, i, record)
    {
        if (!err)
            err = vf_batch_manifest_print(&text, record);
    }
    if (!err && text.length)
        err = append(manifest, &text);
    if (err)
        vf_log(VF_LOG_ERROR, "the manifest %s cannot be written: %s", manifest->path,
               strerror(-err));
    vf_text_finish(&text);
    return err;
}

void vf_batch_manifest_close(struct vf_batch_manifest *manifest)
{
    if (manifest->fd >= 0)
        close(manifest->fd);
    free(manifest->path);
    json_decref(manifest->head);
    json_decref(manifest->records);
    *manifest = (struct vf_batch_manifest){.fd = -1};
}
