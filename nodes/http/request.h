/* SPDX-License-Identifier: MIT */
/* request.h - one request to a web server after the other, through one connection if it stays
 * open.
 *
 * Certificates are verified, proxies are those of the environment, and redirections are not
 * followed. What is said about a request names its URL without user, password and query, and
 * nothing of its headers.
 */
#ifndef VF_NODES_HTTP_REQUEST_H
#define VF_NODES_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/node/option/option.h"

enum vf_http_method { VF_HTTP_POST, VF_HTTP_PUT, VF_HTTP_PATCH, VF_HTTP_GET };

struct vf_http_settings {
    const char *url;
    enum vf_http_method method;
    struct vf_map headers;
    int64_t timeout_ns; /* of one request */
};

/* What became of a request. Starts as {0}. */
struct vf_http_outcome {
    bool is_delivered; /* the server has said so */
    bool may_retry;    /* otherwise: the same request may do better later */
    int64_t wait_ns;   /* that the server asks for before then; 0: it does not */
    struct vf_text problem;
};

/* A part of a form. */
struct vf_http_part {
    const char *name;
    const char *file_name, *type; /* of a file; NULL: it is text */
    const void *bytes;
    size_t size;
};

/* What is sent: a body, or a form if there are parts. */
struct vf_http_content {
    const char *bytes;
    size_t size;
    const char *type; /* of the body, unless a header says it */
    const struct vf_http_part *parts;
    size_t part_count;
    const char *const *headers; /* the texts of those in the settings, in their order */
};

struct vf_http_request;

/* Looks for mistakes in what a flow file says. Returns as a node's check(). */
VF_MUST_CHECK int vf_http_check(const struct vf_http_settings *settings, char *problem,
                                size_t problem_size);

/* Borrows the settings until it is destroyed. */
VF_MUST_CHECK int vf_http_request_create(struct vf_http_request **request,
                                         const struct vf_http_settings *settings);
void vf_http_request_destroy(struct vf_http_request **request);

/* Sends what there is, and waits for the answer. */
void vf_http_request_send(struct vf_http_request *request, const struct vf_http_content *content,
                          struct vf_http_outcome *outcome);

/* Ends the request in work, and all that follow, at once. From any thread. */
void vf_http_request_interrupt(struct vf_http_request *request);

/* Returns the URL as people may see it. */
const char *vf_http_request_name(const struct vf_http_request *request);

#endif
