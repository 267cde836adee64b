/* SPDX-License-Identifier: MIT */
#include "engine/media/write/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/new_file.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/place.h"
#include "engine/media/write/disk_file.h"
#include "engine/node/node.h"
#include "engine/node/special_file.h"

static int is_interrupted(void *opaque)
{
    struct vf_output_io *io = opaque;
    int64_t deadline = atomic_load(&io->deadline_ns);
    if (deadline && vf_clock_now_ns() >= deadline)
        atomic_store(&io->is_late, true);
    return atomic_load(&io->is_late) || vf_node_stop_requested(io->run);
}

void vf_output_io_allow(struct vf_output_io *io)
{
    int64_t patience = io->settings->timeout_ns;
    if (io->choice->is_stream && patience)
        atomic_store(&io->deadline_ns, vf_clock_now_ns() + patience);
}

/* What is taken live is handed on with each packet. */
static void hand_on_at_once(AVFormatContext *format)
{
    format->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    format->flush_packets = 1;
}

static int note_error(struct vf_output_io *io, const char *path, int code)
{
    if (code < 0 && io->code >= 0) {
        io->code = code;
        free(io->culprit);
        io->culprit = strdup(path);
    }
    return code;
}

/* Containers write a playlist beside its name, rename it, and do not look whether they could. */
static void check_renamed(struct vf_output_io *io)
{
    struct stat status;
    if (io->unnamed && lstat(io->unnamed, &status) == 0)
        note_error(io, io->unnamed, AVERROR(EIO));
    free(io->unnamed);
    io->unnamed = NULL;
}

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), ending_length = strlen(ending);
    return length >= ending_length && strcmp(path + length - ending_length, ending) == 0;
}

/* Others follow a list, and must never find half of it; but they may read a segment as it grows. */
static bool is_list(const char *path)
{
    return ends_in(path, ".tmp") || ends_in(path, ".m3u8") || ends_in(path, ".mpd");
}

static int create_own_file(struct vf_output_io *io, AVIOContext **context, const char *path)
{
    check_renamed(io);
    int code = vf_disk_file_create(context, path, is_list(path));
    if (code >= 0 && ends_in(path, ".tmp"))
        io->unnamed = strdup(path);
    return note_error(io, path, code);
}

/* Opens what a container asks for beside, or instead of, what it was given. */
static int open_own_file(AVFormatContext *muxer, AVIOContext **context, const char *url, int flags,
                         AVDictionary **options)
{
    struct vf_output_io *io = muxer->opaque;
    bool is_output = io->format->url && strcmp(url, io->format->url) == 0;
    if (flags == AVIO_FLAG_READ && is_output && io->fd >= 0)
        return vf_disk_file_wrap(context, io->fd, VF_DISK_FILE_READ);
    if (flags == AVIO_FLAG_WRITE && !vf_output_is_stream(url))
        return create_own_file(io, context, vf_output_url_file(url));
    return io->usual_opener(muxer, context, url, flags, options);
}

static int close_own_file(AVFormatContext *muxer, AVIOContext *context)
{
    struct vf_output_io *io = muxer->opaque;
    if (!context)
        return 0;
    const char *path = vf_disk_file_path(context);
    char *name = strdup(path ? path : vf_output_url_file(io->format->url));
    int code = vf_disk_file_is(context) ? vf_disk_file_close(&context) : avio_close(context);
    note_error(io, name ? name : "", code);
    free(name);
    return code;
}

static void take_over_files(struct vf_output_io *io)
{
    io->format->opaque = io;
    io->usual_opener = io->format->io_open;
    io->format->io_open = open_own_file;
    io->format->io_close2 = close_own_file;
}

/* libavformat would wait for a reader of a pipe with no regard for the task's end. While *fd is
 * open, there is one. */
static int await_reader(struct vf_output_io *io, const char *path, int *fd)
{
    struct stat status;
    *fd = -1;
    if (stat(path, &status) != 0 || !S_ISFIFO(status.st_mode))
        return 0;
    *fd = vf_special_file_open(io->run, path);
    if (*fd == -ECANCELED)
        return AVERROR_EXIT;
    return *fd < 0 ? AVERROR(-*fd) : 0;
}

static int open_url(struct vf_output_io *io, const char *path, AVDictionary **options)
{
    int fd;
    int code = await_reader(io, path, &fd);
    vf_output_io_allow(io);
    if (code >= 0)
        code = avio_open2(&io->format->pb, io->format->url, AVIO_FLAG_WRITE,
                          &io->format->interrupt_callback, options);
    if (fd >= 0)
        close(fd);
    return code;
}

/* Returns a descriptor of a file that one of ours is open on: standard output, as a rule. */
static int open_descriptor(const char *path)
{
    struct stat status;
    bool is_standard = vf_output_is_standard(path);
    if (!is_standard && !vf_file_place_is_descriptor(path))
        return -1;
    int is_there = is_standard ? fstat(STDOUT_FILENO, &status) : stat(path, &status);
    if (is_there != 0 || !S_ISREG(status.st_mode))
        return -1;
    return is_standard ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                       : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static int open_file(struct vf_output_io *io, const struct vf_new_file *file,
                     AVDictionary **options)
{
    if (file->fd >= 0) {
        io->fd = file->fd;
        return vf_disk_file_wrap(&io->format->pb, io->fd, VF_DISK_FILE_WRITE);
    }
    io->own_fd = open_descriptor(file->path);
    if (io->own_fd >= 0)
        return vf_disk_file_wrap(&io->format->pb, io->own_fd, VF_DISK_FILE_APPEND);
    return open_url(io, file->path, options);
}

int vf_output_io_open(struct vf_output_io *io, const struct vf_new_file *file)
{
    AVDictionary *options = NULL;
    char *url = vf_output_url(file->part ? file->part : file->path);
    int code = url ? avformat_alloc_output_context2(&io->format, io->choice->container, NULL, url)
                   : AVERROR(ENOMEM);
    io->fd = io->own_fd = -1;
    if (code >= 0)
        code = vf_output_list_protocol(io->choice, io->settings, &options);
    if (code >= 0) {
        io->format->interrupt_callback =
            (AVIOInterruptCB){.callback = is_interrupted, .opaque = io};
        if (io->choice->is_stream)
            hand_on_at_once(io->format);
        take_over_files(io);
        vf_output_io_allow(io);
    }
    if (code >= 0 && !vf_output_opens_itself(io->choice->container))
        code = open_file(io, file, &options);
    av_dict_free(&options);
    free(url);
    return vf_output_io_judge(io, code);
}

static int close_output(struct vf_output_io *io)
{
    AVIOContext *context = io->format->pb;
    int code = 0;
    if (context && !vf_output_opens_itself(io->choice->container))
        code = vf_disk_file_is(context) ? vf_disk_file_close(&context) : avio_close(context);
    io->format->pb = NULL;
    check_renamed(io);
    return code < 0 ? code : io->code;
}

int vf_output_io_close(struct vf_output_io *io)
{
    int code = io->format ? close_output(io) : 0;
    avformat_free_context(io->format);
    io->format = NULL;
    if (io->own_fd >= 0 && close(io->own_fd) != 0 && code >= 0)
        code = AVERROR(errno);
    io->own_fd = -1;
    return code;
}

void vf_output_io_finish(struct vf_output_io *io)
{
    free(io->culprit);
    free(io->unnamed);
}

int vf_output_io_judge(const struct vf_output_io *io, int code)
{
    const AVIOContext *pb = io->format ? io->format->pb : NULL;
    if (code >= 0 && pb && pb->error < 0)
        code = pb->error;
    if (io->code < 0) /* what a container makes of that is less to the point */
        code = io->code;
    return code < 0 && atomic_load(&io->is_late) ? AVERROR(ETIMEDOUT) : code;
}

const char *vf_output_io_culprit(const struct vf_output_io *io)
{
    return io->culprit;
}
