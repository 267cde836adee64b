/* SPDX-License-Identifier: MIT */
/* emitter.h - what a task does for its node.
 *
 * The task that runs a node fills one in; the functions of node.h call it.
 */
#ifndef VF_ENGINE_NODE_EMITTER_H
#define VF_ENGINE_NODE_EMITTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/journal/medium.h"
#include "engine/journal/notice.h"
#include "engine/message/message.h"

struct vf_emitter {
    int (*emit)(struct vf_emitter *emitter, unsigned port, struct vf_message **output);
    int (*passthrough)(struct vf_emitter *emitter, unsigned port, unsigned input);
    int (*drop)(struct vf_emitter *emitter, unsigned port);
    int (*allocate)(struct vf_emitter *emitter, size_t size, struct vf_payload **payload);
    int (*try_allocate)(struct vf_emitter *emitter, size_t size, struct vf_payload **payload);
    int (*sleep_until)(struct vf_emitter *emitter, int64_t deadline_ns);
    int (*await)(struct vf_emitter *emitter, int fd, int64_t deadline_ns);
    int (*await_input)(struct vf_emitter *emitter, int fd, bool is_at_work);
    int (*look_ahead)(struct vf_emitter *emitter, unsigned count, int64_t deadline_ns);
    struct vf_message *const *(*ahead)(const struct vf_emitter *emitter, unsigned number);
    int (*arena)(const struct vf_emitter *emitter, uint32_t arena, size_t *size);
    void (*waited)(struct vf_emitter *emitter, int64_t since_ns);
    bool (*is_read)(const struct vf_emitter *emitter, unsigned port);
    bool (*stop_requested)(struct vf_emitter *emitter);
    bool (*is_ending)(struct vf_emitter *emitter);
    void (*report_error)(struct vf_emitter *emitter, const char *line);
    void (*count_error)(struct vf_emitter *emitter);
    void (*complain)(struct vf_emitter *emitter, const char *text, const char *details);
    void (*report_output)(struct vf_emitter *emitter, const char *line);
    void (*note_provider)(struct vf_emitter *emitter, const char *provider);
    void (*detail)(struct vf_emitter *emitter, const char *key, json_t *value); /* takes it */
    void (*note_medium)(struct vf_emitter *emitter, bool is_output, const struct vf_medium *medium);
    void (*expect)(struct vf_emitter *emitter, unsigned port, uint64_t messages);
    void (*expect_no_end)(struct vf_emitter *emitter);
    void (*begin_source)(struct vf_emitter *emitter, const char *name, uint64_t number,
                         uint64_t count);
    void (*send_live)(struct vf_emitter *emitter);
    const struct vf_made *(*made)(const struct vf_emitter *emitter, unsigned port);
    bool (*has_ended)(const struct vf_emitter *emitter, unsigned input);
    int64_t (*passed_ns)(const struct vf_emitter *emitter, unsigned input);
    enum vf_end_reason (*end_reason)(const struct vf_emitter *emitter);
    bool (*ends_by_stop)(const struct vf_emitter *emitter);
    bool (*comes_live)(const struct vf_emitter *emitter);
    uint64_t (*expected)(const struct vf_emitter *emitter);
    void (*tell_run)(struct vf_emitter *emitter, const struct vf_notice *notice);
    int (*hear_run)(struct vf_emitter *emitter, uint64_t number, bool waits, json_t **event);
};

#endif
