/* SPDX-License-Identifier: MIT */
/* content.h - messages as what a request sends: as JSON of the user's own or not, with a picture in
 * it, beside it, or in its place.
 */
#ifndef VF_NODES_HTTP_CONTENT_H
#define VF_NODES_HTTP_CONTENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "nodes/http/request.h"

/* Where the picture goes. */
enum vf_http_picture {
    VF_HTTP_NO_PICTURE,
    VF_HTTP_FORM,   /* a file of a form, the rest being its other fields */
    VF_HTTP_BASE64, /* a member of the JSON */
    VF_HTTP_BODY,   /* it is the body */
};

enum vf_http_layout {
    VF_HTTP_SINGLE,     /* one message a request */
    VF_HTTP_LIST,       /* a list of them */
    VF_HTTP_COLLECTION, /* an object with their number and the list */
};

/* All is borrowed. */
struct vf_http_design {
    const char
        *body; /* JSON, an object whose texts have fields (record/fields.h); "{}": the records */
    const struct vf_map *headers;
    enum vf_http_picture picture;
    const char *picture_name;
    enum vf_http_layout layout;
    const char *task; /* that messages come from */
};

/* A message that waits. Starts as {0}. */
struct vf_http_message {
    json_t *record;   /* record.h */
    uint8_t *picture; /* bytes of a JPEG; NULL: there is none */
    size_t picture_size;
    int64_t time_ns; /* when it came; if it `is_timed`, its own time */
    bool is_timed;
};

void vf_http_message_finish(struct vf_http_message *message);

/* Looks for mistakes. Returns as a node's check(). */
VF_MUST_CHECK int vf_http_design_check(const struct vf_http_design *design, char *problem,
                                       size_t problem_size);

/* What a request sends of some messages. */
struct vf_http_made {
    struct vf_http_content content;
    /* Private: */
    struct vf_text body;
    struct vf_http_part *parts;
    struct vf_text *fields; /* the texts of the parts, */
    json_t *names;          /* which are called as its members */
    char **headers;
    size_t header_count;
};

/* Makes it of `count` messages, at least one; the picture is that of the first. Borrows them until it
 * is finished, as it is to be after a failure, too. */
VF_MUST_CHECK int vf_http_make(struct vf_http_made *made, const struct vf_http_design *design,
                               const struct vf_http_message *const *messages, size_t count);
void vf_http_made_finish(struct vf_http_made *made);

#endif
