/* SPDX-License-Identifier: MIT */
#include "nodes/record/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file_place.h"
#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/node/node.h"
#include "engine/node/special_file.h"
#include "nodes/record/stream.h"

#define ALL_MAY 0666 /* but for what the umask forbids */

struct vf_line_file {
    struct vf_node_run *run;
    const char *path;
    struct vf_stream stream;
    bool has_quotes;
    bool is_standard;
    bool is_shared;   /* others may add lines: it is a file on a disk, found by its name */
    bool begins_anew; /* and has not done so yet */
    bool has_line;    /* some was added */
    off_t size;       /* since it was entered */
    bool is_part;     /* `kept` is what is written, and has not got its name */
    struct vf_new_file kept;
};

const char *vf_line_file_name(const struct vf_line_file *file)
{
    return file->is_standard ? "standard output" : file->path;
}

static int fail(const struct vf_line_file *file, const char *what, int err)
{
    vf_log(VF_LOG_ERROR, "cannot %s %s: %s", what, vf_line_file_name(file), strerror(-err));
    return err;
}

/* Never through a link that somebody else has put there. */
static int open_regular(const struct vf_line_file *file)
{
    struct vf_file_place place;
    int fd = vf_file_place_find(&place, file->path);
    if (!fd)
        fd = vf_file_place_open(&place, O_RDWR | O_APPEND | O_CREAT, ALL_MAY);
    if (fd < 0)
        vf_log(VF_LOG_ERROR, "cannot open %s: %s", file->path, vf_file_place_explain(&place, fd));
    vf_file_place_finish(&place);
    return fd;
}

/* Opens the part that becomes the file; or the file itself, where a process before this one has
 * begun it, or the folder takes no new file. */
static int open_anew(struct vf_line_file *file, bool must_not_replace)
{
    bool is_restarted = file->run->is_restarted;
    int err = vf_new_file_init(&file->kept, file->path, must_not_replace);
    if (err)
        return err;
    err = vf_new_file_create_part(&file->kept, is_restarted);
    file->is_part = !err;
    if (!err)
        return file->kept.fd;
    vf_new_file_finish(&file->kept);
    if (!is_restarted)
        vf_log(VF_LOG_INFO, "%s is written in place: its folder takes no new file: %s", file->path,
               strerror(-err));
    file->begins_anew = !is_restarted;
    return open_regular(file);
}

static int open_path(struct vf_line_file *file)
{
    struct stat status;
    bool is_there = stat(file->path, &status) == 0;
    if (is_there && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        int fd = vf_special_file_open(file->run, file->path);
        return fd < 0 && fd != -ECANCELED ? fail(file, "open", fd) : fd;
    }
    bool must_stay = file->begins_anew && file->run->must_not_replace && !file->run->is_restarted;
    if (must_stay && is_there && status.st_size > 0) {
        vf_log(VF_LOG_ERROR, "%s exists already, and is not to be replaced", file->path);
        return -EEXIST;
    }
    file->is_shared = true;
    int err = is_there ? VF_OK : vf_folders_make(file->path);
    if (err)
        return err;
    if (!file->begins_anew || (is_there && access(file->path, W_OK) != 0))
        return open_regular(file);
    return open_anew(file, must_stay && !is_there);
}

/* Opens what there is to write to. Returns its descriptor. */
static int open_file(struct vf_line_file *file)
{
    return file->is_standard ? STDOUT_FILENO : open_path(file);
}

int vf_line_file_create(struct vf_line_file **file, struct vf_node_run *run,
                        const struct vf_line_file_settings *settings)
{
    struct vf_line_file *made = calloc(1, sizeof(*made));
    *file = NULL;
    if (!made)
        return -ENOMEM;
    *made = (struct vf_line_file){
        .run = run,
        .path = settings->path,
        .stream.fd = -1,
        .has_quotes = settings->has_quotes,
        .is_standard = strcmp(settings->path, "-") == 0,
        .begins_anew = settings->begins_anew,
        .kept = {.fd = -1, .place.folder = -1},
    };
    signal(SIGXFSZ, SIG_IGN); /* a limit of sizes is an error to be reported, like a full disk */
    int fd = open_file(made);
    int err = fd < 0 ? fd : vf_stream_init(&made->stream, fd);
    if (err && fd >= 0)
        err = fail(made, "write to", err);
    if (err)
        vf_line_file_destroy(&made);
    *file = made;
    return err == -ECANCELED ? VF_END : err;
}

void vf_line_file_destroy(struct vf_line_file **file)
{
    if (*file && (*file)->kept.path)
        vf_new_file_finish(&(*file)->kept);
    else if (*file && !(*file)->is_standard && (*file)->stream.fd >= 0)
        close((*file)->stream.fd);
    free(*file);
    *file = NULL;
}

static int find_size(struct vf_line_file *file)
{
    struct stat status;
    if (fstat(file->stream.fd, &status) < 0)
        return -errno;
    file->size = status.st_size;
    return VF_OK;
}

/* Returns whether a quote is open in the last line, as far as it stands after the last line
 * end. */
static bool ends_in_quotes(const struct vf_line_file *file)
{
    char piece[4096];
    bool is_open = false;
    for (off_t end = file->size; end > 0;) {
        size_t wanted = end < (off_t)sizeof(piece) ? (size_t)end : sizeof(piece);
        ssize_t got = pread(file->stream.fd, piece, wanted, end - (off_t)wanted);
        if (got <= 0)
            return false;
        for (ssize_t i = got; i-- > 0;) {
            if (piece[i] == '\n')
                return is_open;
            is_open ^= piece[i] == '"';
        }
        end -= got;
    }
    return is_open;
}

/* Lines that follow must be read apart from what is left of one. */
static int end_torn_line(struct vf_line_file *file)
{
    char last = '\n';
    if (file->size == 0 || pread(file->stream.fd, &last, 1, file->size - 1) != 1 || last == '\n')
        return VF_OK;
    vf_log(VF_LOG_WARNING, "%s: its last line was torn, and has been ended", file->path);
    int err = file->has_quotes && ends_in_quotes(file) ? vf_line_file_append(file, "\"\n", 2)
                                                       : vf_line_file_append(file, "\n", 1);
    return err ? err : find_size(file);
}

static int empty(struct vf_line_file *file)
{
    file->size = 0;
    return ftruncate(file->stream.fd, 0) < 0 ? -errno : VF_OK;
}

/* What has no end of its own is never more whole than now. A file that cannot be replaced, as one
 * that is mounted by itself, is emptied instead. */
static int show_part(struct vf_line_file *file)
{
    file->is_part = false;
    if (vf_new_file_show(&file->kept) == VF_OK)
        return VF_OK;
    vf_new_file_remove(&file->kept);
    vf_new_file_finish(&file->kept);
    file->stream.fd = open_regular(file);
    return file->stream.fd < 0 ? file->stream.fd : empty(file);
}

static int begin_anew(struct vf_line_file *file)
{
    file->begins_anew = false;
    if (!file->is_part)
        return empty(file);
    return vf_node_ends_by_stop(file->run) ? show_part(file) : VF_OK;
}

int vf_line_file_enter(struct vf_line_file *file)
{
    if (!file->is_shared)
        return VF_OK;
    while (flock(file->stream.fd, LOCK_EX) < 0 && errno == EINTR)
        ; /* a file system that has no locks does without */
    int err = find_size(file);
    if (!err && file->begins_anew)
        err = begin_anew(file);
    if (err)
        return fail(file, "write to", err);
    return end_torn_line(file);
}

void vf_line_file_leave(struct vf_line_file *file)
{
    if (file->is_shared)
        flock(file->stream.fd, LOCK_UN);
}

bool vf_line_file_is_empty(const struct vf_line_file *file)
{
    return file->is_shared ? file->size == 0 : !file->has_line;
}

size_t vf_line_file_read(struct vf_line_file *file, char *bytes, size_t size)
{
    ssize_t got = pread(file->stream.fd, bytes, size, 0);
    return got < 0 ? 0 : (size_t)got;
}

/* Removes the piece of a line that had room, if nobody has written after it. */
static void take_back(const struct vf_line_file *file, size_t written)
{
    struct stat status;
    if (fstat(file->stream.fd, &status) < 0 || status.st_size != file->size + (off_t)written)
        return;
    if (ftruncate(file->stream.fd, file->size) < 0)
        vf_log(VF_LOG_WARNING, "%s: its last line is torn", file->path);
}

static int append_shared(const struct vf_line_file *file, const char *lines, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t written = write(file->stream.fd, lines + done, size - done);
        if (written < 0 && errno != EINTR) {
            int err = -errno;
            if (done)
                take_back(file, done);
            return err;
        }
        done += written < 0 ? 0 : (size_t)written;
    }
    return VF_OK;
}

int vf_line_file_append(struct vf_line_file *file, const char *lines, size_t size)
{
    int err = file->is_shared ? append_shared(file, lines, size)
                              : vf_stream_write(&file->stream, file->run, lines, size);
    if (err)
        return fail(file, "write to", err);
    file->has_line = true;
    return VF_OK;
}

int vf_line_file_end(struct vf_line_file *file, bool is_whole)
{
    if (!file->is_part)
        return VF_OK;
    int err = find_size(file);
    if (err)
        return fail(file, "write to", err);
    file->is_part = !is_whole && file->size;
    if (is_whole)
        return vf_new_file_publish(&file->kept);
    if (!file->size)
        vf_new_file_remove(&file->kept);
    return VF_OK;
}

const char *vf_line_file_part(const struct vf_line_file *file, bool *has_older)
{
    const struct vf_file_place *place = &file->kept.place;
    *has_older = file->is_part && place->is_there && place->status.st_size > 0;
    return file->is_part ? file->kept.part : NULL;
}
