/* SPDX-License-Identifier: MIT */
#include "engine/media/output_io.h"

#include <libavformat/avformat.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/media/output_choice.h"
#include "engine/media/output_container.h"
#include "engine/media/output_options.h"
#include "engine/media/output_place.h"
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

static int open_url(struct vf_output_io *io, const char *path, const char *url,
                    AVDictionary **options)
{
    int fd;
    int code = await_reader(io, path, &fd);
    vf_output_io_allow(io);
    if (code >= 0)
        code = avio_open2(&io->format->pb, url, AVIO_FLAG_WRITE, &io->format->interrupt_callback,
                          options);
    if (fd >= 0)
        close(fd);
    return code;
}

int vf_output_io_open(struct vf_output_io *io, const char *path)
{
    AVDictionary *options = NULL;
    char *url = vf_output_url(path);
    int code = url ? avformat_alloc_output_context2(&io->format, io->choice->container, NULL, url)
                   : AVERROR(ENOMEM);
    if (code >= 0)
        code = vf_output_list_protocol(io->choice, io->settings, &options);
    if (code >= 0) {
        io->format->interrupt_callback =
            (AVIOInterruptCB){.callback = is_interrupted, .opaque = io};
        if (io->choice->is_stream)
            hand_on_at_once(io->format);
        vf_output_io_allow(io);
    }
    if (code >= 0 && !vf_output_opens_itself(io->choice->container))
        code = open_url(io, path, url, &options);
    av_dict_free(&options);
    free(url);
    return vf_output_io_judge(io, code);
}

int vf_output_io_close(struct vf_output_io *io)
{
    int code = 0;
    if (io->format && !vf_output_opens_itself(io->choice->container))
        code = avio_closep(&io->format->pb);
    avformat_free_context(io->format);
    io->format = NULL;
    return code;
}

int vf_output_io_judge(const struct vf_output_io *io, int code)
{
    const AVIOContext *pb = io->format ? io->format->pb : NULL;
    if (code >= 0 && pb && pb->error < 0)
        code = pb->error;
    return code < 0 && atomic_load(&io->is_late) ? AVERROR(ETIMEDOUT) : code;
}
