/* SPDX-License-Identifier: MIT */
#include "engine/process/trace_file.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/timeline.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/write_all.h"

#define LOOK_MS 200 /* a ring holds some seconds, of the fastest tasks too */

/* What a trace is written with. */
struct writer {
    struct vf_timeline *timeline;
    struct vf_text text;
    struct vf_new_file file;
    int fd; /* standard output, or of others; -1: the file's */
};

static int write_text(struct writer *writer)
{
    size_t length = writer->text.length;
    writer->text.length = 0;
    if (length == 0)
        return VF_OK;
    return writer->fd >= 0 ? vf_write_all(writer->fd, writer->text.bytes, length)
                           : vf_new_file_fill(&writer->file, writer->text.bytes, length);
}

static int write_on(struct writer *writer)
{
    int err = vf_timeline_read(writer->timeline, &writer->text);
    return err ? err : write_text(writer);
}

static int write_end(struct writer *writer)
{
    int err = vf_timeline_end(writer->timeline, &writer->text);
    return err ? err : write_text(writer);
}

static int begin(struct writer *writer, const struct vf_observation *observation)
{
    const struct vf_trace_order *order = observation->context;
    writer->fd = !order->path                    ? observation->out_fd
                 : strcmp(order->path, "-") == 0 ? STDOUT_FILENO
                                                 : -1;
    int err = vf_timeline_create(&writer->timeline, observation->plan, observation->memory,
                                 order->from_ns);
    if (!err && writer->fd < 0)
        err = vf_new_file_init(&writer->file, order->path, false);
    if (!err && writer->fd < 0)
        err = vf_new_file_create(&writer->file);
    return err;
}

/* Gives the file its name, or removes it. */
static enum vf_exit_status finish(struct writer *writer, const struct vf_observation *observation,
                                  int err)
{
    const struct vf_trace_order *order = observation->context;
    if (err && order->path)
        vf_log(VF_LOG_ERROR, "cannot write the trace %s: %s",
               writer->fd < 0 ? order->path : "to standard output", strerror(-err));
    if (err)
        vf_new_file_remove(&writer->file);
    else if (writer->fd < 0)
        err = vf_new_file_publish(&writer->file);
    vf_new_file_finish(&writer->file);
    vf_timeline_destroy(&writer->timeline);
    vf_text_finish(&writer->text);
    return err ? VF_EXIT_OUTPUT_FAILED : VF_EXIT_OK;
}

enum vf_exit_status vf_trace_file_record(const struct vf_observation *observation)
{
    struct writer writer = {.file = {.fd = -1, .place.folder = -1}};
    struct pollfd stop = {.fd = observation->stop_fd, .events = POLLIN};
    int err = begin(&writer, observation);
    while (!err && poll(&stop, 1, LOOK_MS) == 0)
        err = write_on(&writer);
    if (!err)
        err = write_end(&writer);
    return finish(&writer, observation, err);
}

enum vf_exit_status vf_trace_file_write(const struct vf_observation *observation)
{
    struct writer writer = {.file = {.fd = -1, .place.folder = -1}};
    int err = begin(&writer, observation);
    if (!err)
        err = write_end(&writer);
    return finish(&writer, observation, err);
}
