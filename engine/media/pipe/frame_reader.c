/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/frame_reader.h"

#include <errno.h>
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/parts.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/pipe/container_reader.h"
#include "engine/media/pipe/frame_parts.h"
#include "engine/media/pipe/frame_writer.h"
#include "engine/media/pipe/y4m.h"
#include "engine/node/node.h"

#define COMPLAINT_SIZE 256

struct vf_frame_reader {
    struct vf_node_run *run;
    int fd;
    bool is_y4m;
    bool has_header;  /* of y4m */
    bool is_in_frame; /* its line, and maybe some of its planes, have been read */
    char line[VF_Y4M_LONGEST_LINE];
    size_t line_length;
    struct vf_video video; /* what the frames are */
    uint64_t number;       /* of the frame that is read, from 0 */
    AVFrame *frame;        /* that is read; NULL: none is begun */
    size_t frame_bytes;
    struct vf_parts parts;
    struct vf_container_reader *container;
    char complaint[COMPLAINT_SIZE];
};

static bool is_container(const char *form)
{
    return strcmp(form, VF_FORM_RAW) != 0 && strcmp(form, VF_FORM_Y4M) != 0;
}

bool vf_frame_reader_is(const char *form)
{
    return !is_container(form) || vf_container_reader_is(form);
}

int vf_frame_reader_create(struct vf_frame_reader **reader, struct vf_node_run *run,
                           const char *form, int fd, const struct vf_video *video)
{
    struct vf_frame_reader *made = calloc(1, sizeof(*made));
    *reader = made;
    if (!made)
        return -ENOMEM;
    vf_media_log_redirect();
    made->run = run;
    made->fd = fd;
    made->video = *video;
    made->is_y4m = strcmp(form, VF_FORM_Y4M) == 0;
    int err = is_container(form) ? vf_container_reader_create(&made->container, form, fd) : VF_OK;
    if (err)
        vf_frame_reader_destroy(reader);
    return err;
}

void vf_frame_reader_destroy(struct vf_frame_reader **reader)
{
    struct vf_frame_reader *gone = *reader;
    if (!gone)
        return;
    vf_container_reader_destroy(&gone->container);
    av_frame_free(&gone->frame);
    vf_parts_finish(&gone->parts);
    free(gone);
    *reader = NULL;
}

int vf_frame_reader_fd(const struct vf_frame_reader *reader)
{
    return reader->container ? vf_container_reader_fd(reader->container) : reader->fd;
}

static int refuse(struct vf_frame_reader *reader, const char *format, ...) VF_PRINTF(2, 3);
static int refuse(struct vf_frame_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->complaint, sizeof(reader->complaint), format, arguments);
    va_end(arguments);
    return -EBADMSG;
}

/* Makes a frame to read into. Where the task may not wait for room, it is made in private memory, and
 * whether there is room is seen when it is sent. */
static int begin_frame(struct vf_frame_reader *reader)
{
    const struct vf_video *video = &reader->video;
    struct vf_node_run alone = *reader->run;
    int format = vf_picture_format(video->format);
    alone.is_private = true;
    int err = vf_picture_create(&reader->frame, reader->run, format, video->width, video->height);
    if (err == VF_DROPPED)
        err = vf_picture_create(&reader->frame, &alone, format, video->width, video->height);
    if (err == -EINVAL)
        return refuse(reader, "frames of %dx%d %s, which cannot be", video->width, video->height,
                      video->format);
    if (err)
        return err;
    vf_parts_clear(&reader->parts);
    err = vf_frame_parts_add(&reader->parts, reader->frame);
    reader->frame_bytes = vf_parts_left(&reader->parts);
    reader->is_in_frame = true;
    return err;
}

/* Says that there is nothing more, unless that is in the middle. */
static int end(struct vf_frame_reader *reader)
{
    size_t left = reader->is_in_frame ? vf_parts_left(&reader->parts) : 0;
    if (reader->is_in_frame && left < reader->frame_bytes)
        return refuse(reader, "%zu bytes of a frame of %zu, and then nothing more",
                      reader->frame_bytes - left, reader->frame_bytes);
    if (reader->is_in_frame && reader->is_y4m)
        return refuse(reader, "the head of a frame, and then nothing more");
    if (reader->line_length)
        return refuse(reader, "a line without an end, and then nothing more");
    return VF_END;
}

static int read_planes(struct vf_frame_reader *reader)
{
    while (vf_parts_left(&reader->parts)) {
        ssize_t got = vf_parts_read(&reader->parts, reader->fd);
        if (got == 0)
            return end(reader);
        if (got < 0)
            return (int)got;
    }
    return VF_OK;
}

/* Reads up to the next line end, and not a byte beyond it. */
static int read_line(struct vf_frame_reader *reader)
{
    for (;;) {
        char *place = reader->line + reader->line_length;
        ssize_t got = read(reader->fd, place, 1);
        if (got == 0)
            return end(reader);
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got < 0)
            continue;
        if (*place == '\n') {
            *place = '\0';
            reader->line_length = 0;
            return VF_OK;
        }
        if (++reader->line_length == sizeof(reader->line))
            return refuse(reader, "a line of more than %d bytes, which no y4m has",
                          VF_Y4M_LONGEST_LINE);
    }
}

static int read_header(struct vf_frame_reader *reader)
{
    const char *complaint;
    int err = read_line(reader);
    if (err)
        return err;
    err = vf_y4m_parse(&reader->video, reader->line, &complaint);
    if (err)
        return refuse(reader, "%s", complaint);
    reader->has_header = true;
    return VF_OK;
}

static int read_frame_line(struct vf_frame_reader *reader)
{
    size_t length = strlen(VF_Y4M_FRAME);
    int err = read_line(reader);
    if (err)
        return err;
    if (strncmp(reader->line, VF_Y4M_FRAME, length) != 0 ||
        (reader->line[length] && reader->line[length] != ' '))
        return refuse(reader, "\"%.20s\" in place of a frame", reader->line);
    return VF_OK;
}

static int read_container(struct vf_frame_reader *reader)
{
    const char *complaint;
    struct vf_rational rate;
    int err = vf_container_reader_take(reader->container, &reader->frame, &rate, &complaint);
    if (err == -EBADMSG)
        return refuse(reader, "what cannot be read: %s", complaint);
    if (!err)
        reader->video.frame_rate = rate;
    return err;
}

int vf_frame_reader_read(struct vf_frame_reader *reader, const char **complaint)
{
    int err = VF_OK;
    *complaint = reader->complaint;
    if (reader->container)
        return reader->frame ? VF_OK : read_container(reader);
    if (reader->is_y4m && !reader->has_header)
        err = read_header(reader);
    if (!err && reader->is_y4m && !reader->is_in_frame)
        err = read_frame_line(reader);
    if (!err && !reader->is_in_frame)
        err = begin_frame(reader);
    return err ? err : read_planes(reader);
}

/* Gives a frame what the input says of itself that a raw picture does not. */
static int follow(AVFrame *frame, const struct vf_message *answered)
{
    const struct vf_description *from = &answered->description;
    if (from->extras_size && from->type == VF_VALUE_VIDEO && vf_message_extras_fit(answered)) {
        AVBufferRef *extras = av_buffer_alloc(from->extras_size);
        if (!extras)
            return -ENOMEM;
        memcpy(extras->data, answered->payload->data + from->extras_offset, from->extras_size);
        av_buffer_unref(&frame->opaque_ref);
        frame->opaque_ref = extras;
    }
    return VF_OK;
}

static void take_if_unknown(uint8_t *own, uint8_t from)
{
    *own = *own ? *own : from;
}

/* What the stream does not say of colours is as in what the frame answers, if that has the same format;
 * a raw picture is also of the same shape, and has the same fields. */
static void borrow(const struct vf_frame_reader *reader, struct vf_video *video,
                   const struct vf_video *from)
{
    bool is_raw = !reader->is_y4m && !reader->container;
    take_if_unknown(&video->colour_range, from->colour_range);
    take_if_unknown(&video->chroma_location, from->chroma_location);
    if (video->colour_primaries <= 2 && video->colour_transfer <= 2 && video->colour_matrix == 2) {
        video->colour_primaries = from->colour_primaries;
        video->colour_transfer = from->colour_transfer;
        video->colour_matrix = from->colour_matrix;
    }
    if (!is_raw)
        return;
    video->is_interlaced = from->is_interlaced;
    video->is_top_field_first = from->is_top_field_first;
    if (from->width == video->width && from->height == video->height)
        video->sample_aspect_ratio = from->sample_aspect_ratio;
}

/* Says of a frame what its stream says, and what it answers. */
static void describe(const struct vf_frame_reader *reader, struct vf_video *video,
                     const struct vf_message *answered)
{
    const struct vf_video *said = &reader->video;
    if (!reader->container) {
        video->sample_aspect_ratio = said->sample_aspect_ratio;
        video->colour_range = said->colour_range;
        video->chroma_location = said->chroma_location;
        video->is_interlaced = said->is_interlaced;
        video->is_top_field_first = said->is_top_field_first;
    }
    if (answered && answered->description.type == VF_VALUE_VIDEO &&
        strcmp(answered->description.video.format, video->format) == 0)
        borrow(reader, video, &answered->description.video);
}

/* When a frame is that answers nothing and has no time of its own. */
static void number(const struct vf_frame_reader *reader, struct vf_description *description)
{
    struct vf_rational rate = reader->video.frame_rate;
    description->time_base = (struct vf_rational){rate.den, rate.num};
    description->timestamp = (int64_t)reader->number;
    description->duration = 1;
}

int vf_frame_reader_take(struct vf_frame_reader *reader, const struct vf_message *answered,
                         struct vf_message **message)
{
    *message = NULL;
    int err = answered ? follow(reader->frame, answered) : VF_OK;
    if (!err)
        err = vf_media_frame_to_message(reader->run, reader->frame, reader->video.frame_rate,
                                        message);
    if (!err) {
        struct vf_description *description = &(*message)->description;
        describe(reader, &description->video, answered);
        if (answered)
            vf_message_follow(*message, answered);
        else if (!reader->container)
            number(reader, description);
    }
    reader->number++;
    reader->is_in_frame = false;
    av_frame_free(&reader->frame);
    return err;
}
