/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/connection.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/url_scheme.h"
#include "engine/media/read/open/input_options.h"
#include "engine/media/read/open/open_failure.h"
#include "engine/node/node.h"

#define RETRY_NS (10 * VF_NS_PER_MS)

/* What libavformat may take to find out what a stream consists of, beside being patient. */
#define ANALYSIS_NS (10 * VF_NS_PER_S)

bool vf_connection_is_remote(const char *path)
{
    struct stat status;
    size_t length = strcspn(path, ":?,");
    if (path[length] == '\0' || stat(path, &status) == 0)
        return false;
    const struct vf_url_scheme *scheme = vf_url_scheme_find(path, length);
    return scheme && scheme->is_remote;
}

static int is_interrupted(void *opaque)
{
    struct vf_connection *connection = opaque;
    int64_t deadline = atomic_load(&connection->deadline_ns);
    if (deadline && vf_clock_now_ns() >= deadline)
        atomic_store(&connection->is_late, true);
    return atomic_load(&connection->is_late) || vf_node_stop_requested(connection->run);
}

/* What libavformat logs of ours, or of what it has opened for it. */
static void hear(void *object, const char *format)
{
    const AVFormatContext *context = object;
    (void)format;
    if (context->interrupt_callback.callback != is_interrupted)
        return;
    struct vf_connection *connection = context->interrupt_callback.opaque;
    if (connection->is_reading)
        connection->faults++;
}

static void allow(struct vf_connection *connection, int64_t extra_ns)
{
    int64_t deadline = vf_clock_now_ns() + connection->patience_ns + extra_ns;
    atomic_store(&connection->deadline_ns, connection->patience_ns ? deadline : 0);
}

/* A file whose name looks like a URL ("a:b.mp4") is still a file; so may standard input be. */
static char *make_url(const char *path)
{
    struct stat status;
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return vf_text_format("%s%s", stat(path, &status) == 0 ? "file:" : "", path);
}

void vf_connection_complain(const struct vf_connection *connection, const char *format, ...)
{
    enum vf_log_level level = connection->is_optional ? VF_LOG_WARNING : VF_LOG_ERROR;
    struct vf_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    vf_log(connection->is_retry ? VF_LOG_INFO : level, "%s",
           text.bytes ? text.bytes : connection->path);
    vf_text_finish(&text);
}

static int explain_failure(const struct vf_connection *connection, int code)
{
    struct stat status;
    const char *path = connection->path;
    const struct vf_open_failure failure = {.path = path,
                                            .code = code,
                                            .is_pipe = connection->is_pipe,
                                            .patience_ns = connection->patience_ns};
    char *reason = vf_open_failure_explain(&failure);
    vf_connection_complain(connection, "cannot open %s: %s", path,
                           reason ? reason : vf_media_error_text(code).text);
    free(reason);
    bool is_there = stat(path, &status) == 0;
    if (is_there && S_ISDIR(status.st_mode))
        return -EISDIR;
    if (is_there && S_ISREG(status.st_mode) && status.st_size == 0)
        return -ENODATA;
    return vf_media_error(code);
}

static int open_url(struct vf_connection *connection, const char *url)
{
    const AVInputFormat *format = vf_input_format(connection->settings);
    if (connection->is_retry)
        allow(connection, 0);
    int code = avformat_open_input(&connection->format, url, format, &connection->left);
    connection->opened_ns = connection->heard_ns = vf_clock_now_ns();
    if (code >= 0 && connection->is_retry)
        allow(connection, ANALYSIS_NS);
    connection->is_reading = true; /* packets: they are kept until they are read */
    if (code >= 0)
        code = avformat_find_stream_info(connection->format, NULL);
    connection->is_reading = false;
    atomic_store(&connection->deadline_ns, 0);
    return atomic_load(&connection->is_late) ? AVERROR(ETIMEDOUT) : code;
}

/* Makes everything that libavformat is given. */
static int prepare(struct vf_connection *connection)
{
    vf_media_log_listen("AVFormatContext", hear);
    connection->is_pipe = vf_pipe_input_is(connection->path);
    connection->format = avformat_alloc_context();
    if (!connection->format || vf_input_options(connection->settings, &connection->left) != VF_OK)
        return AVERROR(ENOMEM);
    connection->format->interrupt_callback =
        (AVIOInterruptCB){.callback = is_interrupted, .opaque = connection};
    if (!connection->is_pipe)
        return 0;
    int code = vf_pipe_input_open(&connection->pipe, connection->run, connection->path);
    connection->format->pb = connection->pipe.io;
    return code;
}

int vf_connection_open(struct vf_connection *connection)
{
    int code = prepare(connection);
    char *url = connection->is_pipe ? strdup(connection->path) : make_url(connection->path);
    if (code >= 0)
        code = url ? open_url(connection, url) : AVERROR(ENOMEM);
    free(url);
    if (code < 0 && vf_node_stop_requested(connection->run))
        return VF_END;
    return code < 0 ? explain_failure(connection, code) : VF_OK;
}

void vf_connection_close(struct vf_connection *connection)
{
    avformat_close_input(&connection->format);
    av_dict_free(&connection->left);
    vf_pipe_input_close(&connection->pipe);
}

void vf_connection_find_life(struct vf_connection *connection, bool has_length)
{
    const AVFormatContext *format = connection->format;
    /* Of these the size is that of a list of parts. */
    bool has_size = !av_match_name("hls", format->iformat->name) &&
                    !av_match_name("dash", format->iformat->name) && format->pb &&
                    avio_size(format->pb) > 0;
    connection->is_live = !has_length && !has_size && vf_connection_is_remote(connection->path);
}

/* To read a live source is to wait for it. */
static int read_live(struct vf_connection *connection, AVPacket *packet)
{
    int64_t since = vf_clock_now_ns();
    allow(connection, 0);
    int code = av_read_frame(connection->format, packet);
    vf_node_waited(connection->run, since);
    bool is_late = atomic_load(&connection->is_late);
    if (code >= 0 && !is_late) /* else it was held back until there was nothing more */
        connection->heard_ns = vf_clock_now_ns();
    return code < 0 && is_late ? AVERROR(ETIMEDOUT) : code;
}

static int read_once(struct vf_connection *connection, AVPacket *packet)
{
    return connection->is_live ? read_live(connection, packet)
                               : av_read_frame(connection->format, packet);
}

int vf_connection_read(struct vf_connection *connection, AVPacket *packet)
{
    int code;
    do {
        av_packet_unref(packet);
        if (connection->has_ended)
            return VF_END;
        connection->is_reading = true;
        code = read_once(connection, packet);
        connection->is_reading = false;
        if (code == AVERROR(EAGAIN) &&
            vf_node_sleep_until(connection->run, vf_clock_now_ns() + RETRY_NS) == VF_END)
            code = AVERROR_EXIT;
    } while (code == AVERROR(EAGAIN));
    if (code >= 0)
        return VF_OK;
    connection->has_ended = true;
    const AVIOContext *io = connection->format->pb;
    connection->end_code = code == AVERROR_EOF && io && io->error < 0 ? io->error : code;
    return VF_END;
}
