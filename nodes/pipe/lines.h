/* SPDX-License-Identifier: MIT */
/* lines.h - JSON values, one a line, to and from another program. */
#ifndef VF_NODES_PIPE_LINES_H
#define VF_NODES_PIPE_LINES_H

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/message/message.h"

/* Lines that come. Starts as {.fd = ...}, which is non-blocking. */
struct vf_line_reader {
    int fd;
    struct vf_text bytes; /* that have come and are not taken */
    size_t looked_at;     /* of them, without a line end */
    uint64_t number;      /* of the line that was read last, from 1 */
    bool has_ended;
    char complaint[256];
};

void vf_line_reader_finish(struct vf_line_reader *reader);

/* Makes a message of the next line that is not empty. Returns -EAGAIN when it has not come yet, VF_END
 * after the last, or an error, -EBADMSG with why in *complaint, one phrase, lent until the next
 * call. */
VF_MUST_CHECK int vf_line_reader_take(struct vf_line_reader *reader, struct vf_message **message,
                                      const char **complaint);

/* Adds a value, or an array as lists of lists, as one line. Returns -EINVAL, after saying why, for an
 * array that is too large. */
VF_MUST_CHECK int vf_line_add(struct vf_text *text, const struct vf_message *message);

#endif
