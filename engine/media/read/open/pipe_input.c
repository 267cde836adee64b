/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/pipe_input.h"

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/node/node.h"

#define BUFFER_SIZE 65536 /* as much as a pipe holds */
#define HEAD_SIZE 4096    /* of what comes before the media of an MP4, more than enough */
#define LOOK_MS 50        /* how often to look whether it is to stop */

bool vf_pipe_input_is(const char *path)
{
    struct stat status;
    if (strcmp(path, "-") == 0)
        return fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode);
    return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Waits until something can be read, or the writers have gone. */
static int wait_for_bytes(struct vf_pipe_input *input)
{
    struct pollfd ready = {.fd = input->fd, .events = POLLIN};
    int64_t since = 0;
    int count = poll(&ready, 1, 0);
    while (count == 0 || (count < 0 && errno == EINTR)) {
        since = since ? since : vf_clock_now_ns();
        if (vf_node_stop_requested(input->run))
            return AVERROR_EXIT;
        count = poll(&ready, 1, LOOK_MS);
    }
    if (since)
        vf_node_waited(input->run, since);
    return count < 0 ? AVERROR(errno) : 0;
}

static int read_pipe(struct vf_pipe_input *input, uint8_t *bytes, size_t size)
{
    for (;;) {
        int code = wait_for_bytes(input);
        if (code < 0)
            return code;
        ssize_t got = read(input->fd, bytes, size);
        if (got > 0)
            return (int)got;
        if (got == 0)
            return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

static int read_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct vf_pipe_input *input = opaque;
    size_t left = input->head_size - input->head_given;
    if (!left)
        return read_pipe(input, bytes, (size_t)size);
    size_t given = left < (size_t)size ? left : (size_t)size;
    memcpy(bytes, input->head + input->head_given, given);
    input->head_given += given;
    return (int)given;
}

static int64_t seek_kept(void *opaque, int64_t offset, int whence)
{
    const struct vf_pipe_input *input = opaque;
    struct stat status;
    if (whence & AVSEEK_SIZE)
        return fstat(input->fd, &status) == 0 ? status.st_size : AVERROR(errno);
    off_t place = lseek(input->fd, offset, whence & ~AVSEEK_FORCE);
    return place < 0 ? AVERROR(errno) : place;
}

/* Returns whether the bytes are an MP4 or QuickTime file whose media come before their index. */
static bool is_index_late(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at + 8 <= size) {
        uint64_t box = AV_RB32(bytes + at);
        const uint8_t *type = bytes + at + 4;
        if (at == 0 && memcmp(type, "ftyp", 4) != 0)
            return false;
        if (memcmp(type, "mdat", 4) == 0)
            return true;
        bool is_passed = memcmp(type, "ftyp", 4) == 0 || memcmp(type, "free", 4) == 0 ||
                         memcmp(type, "wide", 4) == 0 || memcmp(type, "skip", 4) == 0;
        if (!is_passed || box < 8)
            return false;
        at += box;
    }
    return false;
}

static int copy_rest(struct vf_pipe_input *input, int kept)
{
    uint8_t *bytes = malloc(BUFFER_SIZE);
    int code = bytes ? vf_write_all(kept, input->head, input->head_size) : AVERROR(ENOMEM);
    while (code >= 0) {
        code = read_pipe(input, bytes, BUFFER_SIZE);
        if (code > 0)
            code = vf_write_all(kept, bytes, (size_t)code);
    }
    free(bytes);
    return code == AVERROR_EOF ? 0 : code;
}

/* Makes a file without a name. */
static int make_file(const char *folder)
{
    char *name = vf_text_format("%s/vflow-XXXXXX", folder);
    int fd = name ? mkostemp(name, O_CLOEXEC) : -1;
    int err = errno;
    if (fd >= 0)
        unlink(name);
    free(name);
    return fd < 0 ? AVERROR(err) : fd;
}

/* Makes a file of what comes, and reads that from now on. */
static int keep(struct vf_pipe_input *input)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    vf_log(VF_LOG_INFO, "the index of this MP4 is at its end: until then it is kept in %s", folder);
    int kept = make_file(folder);
    int code = kept < 0 ? kept : copy_rest(input, kept);
    if (code >= 0 && lseek(kept, 0, SEEK_SET) < 0)
        code = AVERROR(errno);
    if (code >= 0) {
        close(input->fd);
        input->fd = kept;
        input->is_kept = true;
        input->head_size = 0;
        return 0;
    }
    if (code != AVERROR_EXIT)
        vf_log(VF_LOG_WARNING,
               "this MP4 has its index at its end, and cannot be kept in %s until then; TMPDIR "
               "names another folder",
               folder);
    if (kept >= 0)
        close(kept);
    return code;
}

/* Reads the first bytes, and finds out how to read the others. */
static int look(struct vf_pipe_input *input)
{
    int code = 0;
    input->head = calloc(1, HEAD_SIZE);
    if (!input->head)
        return AVERROR(ENOMEM);
    while (code >= 0 && input->head_size < 8) {
        code = read_pipe(input, input->head + input->head_size, HEAD_SIZE - input->head_size);
        input->head_size += code > 0 ? (size_t)code : 0;
    }
    if (code == AVERROR_EOF)
        return 0; /* which will be read again */
    if (code >= 0 && is_index_late(input->head, input->head_size))
        return keep(input);
    return code < 0 ? code : 0;
}

/* To open a named pipe must not wait for its writer: nothing could stop it then. */
static int open_fd(const char *path)
{
    if (strcmp(path, "-") == 0)
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static int make_io(struct vf_pipe_input *input)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    if (buffer)
        input->io = avio_alloc_context(buffer, BUFFER_SIZE, 0, input, read_bytes, NULL,
                                       input->is_kept ? seek_kept : NULL);
    if (!input->io)
        av_free(buffer);
    return input->io ? 0 : AVERROR(ENOMEM);
}

int vf_pipe_input_open(struct vf_pipe_input *input, struct vf_node_run *run, const char *path)
{
    input->run = run;
    input->fd = open_fd(path);
    if (input->fd < 0)
        return AVERROR(errno);
    int code = look(input);
    if (code >= 0)
        code = make_io(input);
    if (code < 0) {
        free(input->head);
        input->head = NULL;
        close(input->fd);
    }
    return code < 0 ? code : 0;
}

void vf_pipe_input_close(struct vf_pipe_input *input)
{
    if (!input->io)
        return;
    av_freep(&input->io->buffer);
    avio_context_free(&input->io);
    free(input->head);
    input->head = NULL;
    close(input->fd);
}
