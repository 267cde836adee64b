/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/message/array_json.h"

#define LONGEST_LINE ((size_t)16 << 20)

void vf_line_reader_finish(struct vf_line_reader *reader)
{
    vf_text_finish(&reader->bytes);
}

/* Returns whether a line has come, which ends at *length; the last one may lack its line end. */
static bool find_line(struct vf_line_reader *reader, size_t *length)
{
    const char *bytes = reader->bytes.bytes;
    size_t size = reader->bytes.length;
    const char *end = size > reader->looked_at
                          ? memchr(bytes + reader->looked_at, '\n', size - reader->looked_at)
                          : NULL;
    *length = end ? (size_t)(end - bytes) : size;
    reader->looked_at = *length;
    return end || (reader->has_ended && size);
}

/* Forgets a line and its end. */
static void drop_line(struct vf_line_reader *reader, size_t length)
{
    struct vf_text *bytes = &reader->bytes;
    size_t gone = length < bytes->length ? length + 1 : length;
    memmove(bytes->bytes, bytes->bytes + gone, bytes->length - gone);
    bytes->length -= gone;
    reader->looked_at = 0;
}

static bool is_blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!strchr(" \t\r", line[i]))
            return false;
    }
    return true;
}

/* Makes a message of a line that is JSON; what it says stays as it is written. */
static int take_line(struct vf_line_reader *reader, size_t length, struct vf_message **message)
{
    json_error_t error;
    const char *line = reader->bytes.bytes;
    reader->number++;
    if (is_blank(line, length)) {
        drop_line(reader, length);
        return -EAGAIN;
    }
    json_t *value = json_loadb(line, length, JSON_DECODE_ANY, &error);
    int err = value ? vf_message_create_json(message, line, length) : -EBADMSG;
    if (!value)
        snprintf(reader->complaint, sizeof(reader->complaint),
                 "line %" PRIu64 ", which is no JSON: %.60s", reader->number, error.text);
    json_decref(value);
    drop_line(reader, length);
    return err;
}

/* Reads what there is. */
static int read_some(struct vf_line_reader *reader)
{
    char bytes[16384];
    ssize_t size = read(reader->fd, bytes, sizeof(bytes));
    if (size < 0)
        return errno == EINTR ? VF_OK : -errno;
    reader->has_ended = size == 0;
    vf_text_append(&reader->bytes, bytes, (size_t)size);
    return reader->bytes.failed ? -ENOMEM : VF_OK;
}

int vf_line_reader_take(struct vf_line_reader *reader, struct vf_message **message,
                        const char **complaint)
{
    size_t length;
    *message = NULL;
    *complaint = reader->complaint;
    for (;;) {
        while (find_line(reader, &length)) {
            int err = take_line(reader, length, message);
            if (err != -EAGAIN)
                return err;
        }
        if (reader->has_ended)
            return VF_END;
        if (length > LONGEST_LINE) {
            snprintf(reader->complaint, sizeof(reader->complaint), "a line of more than %zu MB",
                     LONGEST_LINE >> 20);
            return -EBADMSG;
        }
        int err = read_some(reader);
        if (err)
            return err;
    }
}

static int add_array(struct vf_text *text, const struct vf_message *message)
{
    json_t *lists = vf_array_to_json(message);
    char *line = lists ? json_dumps(lists, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(lists);
    if (line)
        vf_text_print(text, "%s\n", line);
    free(line);
    return line ? VF_OK : -EINVAL;
}

int vf_line_add(struct vf_text *text, const struct vf_message *message)
{
    size_t length, begin = text->length;
    if (message->description.type == VF_VALUE_ARRAY) {
        int err = add_array(text, message);
        return err ? err : text->failed ? -ENOMEM : VF_OK;
    }
    const char *json = vf_message_json(message, &length);
    vf_text_append(text, json ? json : "null", json ? length : strlen("null"));
    vf_text_append(text, "\n", 1);
    if (text->failed)
        return -ENOMEM;
    for (size_t i = begin; i + 1 < text->length; i++) { /* space, since texts have none as such */
        if (text->bytes[i] == '\n' || text->bytes[i] == '\r')
            text->bytes[i] = ' ';
    }
    return VF_OK;
}
