/* SPDX-License-Identifier: MIT */
/* sender.h - sends messages to a web server, in their order, from a thread of its own.
 *
 * What fails, and may do better later, is tried again after a pause, which is twice as long each
 * time, less up to half of it by chance, so that many senders of one server do not come back at
 * once. All functions are called from one thread.
 */
#ifndef VF_NODES_HTTP_SENDER_H
#define VF_NODES_HTTP_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "nodes/http/content.h"
#include "nodes/http/request.h"

struct vf_http_sender_settings {
    struct vf_http_settings request;
    struct vf_http_design design;
    unsigned retries;
    int64_t pause_ns; /* before the first of them */
    size_t queue;     /* messages that may wait */
    size_t batch;     /* of them go into one request at most */
    bool is_patient;  /* waits until there are so many */
    int64_t
        collect_ns; /* all that come within so much of the first go into one; 0: `batch` counts */
};

struct vf_http_counts {
    uint64_t delivered, failed, waiting;
};

struct vf_http_sender;

/* Copies the settings, but for what they point to. */
VF_MUST_CHECK int vf_http_sender_create(struct vf_http_sender **sender,
                                        const struct vf_http_sender_settings *settings);

/* Ends what is in work, and forgets what waits. */
void vf_http_sender_destroy(struct vf_http_sender **sender);

/* Adds a message. Takes what it has, except on failure. Returns -EAGAIN when too many wait. */
VF_MUST_CHECK int vf_http_sender_add(struct vf_http_sender *sender,
                                     struct vf_http_message *message);

/* Sends what waits, be it less than a batch. */
void vf_http_sender_hurry(struct vf_http_sender *sender);

/* Waits until at most `left` messages wait, `deadline_ns` (vf_clock_now_ns()) at the latest. Tells
 * whether that is so. */
bool vf_http_sender_wait(struct vf_http_sender *sender, size_t left, int64_t deadline_ns);

/* Returns how many messages have come how far. What is in work waits, too. */
struct vf_http_counts vf_http_sender_count(struct vf_http_sender *sender);

/* Returns how many messages have failed since the last call, and why the last of them did: in
 * *problem, the caller's. */
uint64_t vf_http_sender_take_failures(struct vf_http_sender *sender, struct vf_text *problem);

/* Returns the URL as people may see it. */
const char *vf_http_sender_name(const struct vf_http_sender *sender);

#endif
