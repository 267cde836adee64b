/* SPDX-License-Identifier: MIT */
#include "engine/node/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"
#include "engine/node/detail.h"
#include "engine/node/emitter.h"

#define MAX_LINE 1024

static enum vf_value_type value_type(enum vf_port_type type)
{
    switch (type) {
    case VF_PORT_VIDEO:
        return VF_VALUE_VIDEO;
    case VF_PORT_AUDIO:
        return VF_VALUE_AUDIO;
    case VF_PORT_PACKET:
        return VF_VALUE_PACKET;
    case VF_PORT_ARRAY:
        return VF_VALUE_ARRAY;
    case VF_PORT_VALUE:
        return VF_VALUE_JSON;
    case VF_PORT_ANY:
        break;
    }
    return VF_VALUE_NONE;
}

void vf_node_foresee(const struct vf_node *node, struct vf_foresight *foresight)
{
    for (size_t i = 0; i < node->outputs.count; i++)
        foresight->outputs[i] =
            (struct vf_forecast){.type = value_type(node->outputs.items[i].type)};
    foresight->keeps = node->keeps;
    foresight->output_count = (unsigned)node->outputs.count;
    if (node->forecast)
        node->forecast(foresight);
}

void vf_node_copies_free(struct vf_node *copies, size_t count)
{
    for (size_t i = 0; copies && i < count; i++)
        free(copies[i].declared);
    free(copies);
}

int vf_node_outcome(int returned)
{
    return returned == VF_DROPPED ? VF_OK : returned;
}

int vf_node_emit(struct vf_node_run *run, unsigned port, struct vf_message **output)
{
    return run->emitter->emit(run->emitter, port, output);
}

int vf_node_emit_made(struct vf_node_run *run, unsigned port, int made, struct vf_message **output)
{
    int err = made;
    if (made == VF_DROPPED)
        err = vf_node_drop(run, port);
    else if (!made)
        err = vf_node_emit(run, port, output);
    vf_message_destroy(output);
    return vf_node_outcome(err);
}

int vf_node_passthrough(struct vf_node_run *run, unsigned port, unsigned input)
{
    return run->emitter->passthrough(run->emitter, port, input);
}

bool vf_node_is_read(const struct vf_node_run *run, unsigned port)
{
    return run->emitter->is_read(run->emitter, port);
}

int vf_node_allocate(struct vf_node_run *run, size_t size, struct vf_payload **payload)
{
    if (run->is_private)
        return vf_payload_create(payload, size);
    return run->emitter->allocate(run->emitter, size, payload);
}

int vf_node_try_allocate(struct vf_node_run *run, size_t size, struct vf_payload **payload)
{
    if (run->is_private)
        return vf_payload_create(payload, size);
    return run->emitter->try_allocate(run->emitter, size, payload);
}

int vf_node_copy(struct vf_node_run *run, const struct vf_message *original,
                 struct vf_message **copy)
{
    struct vf_payload *payload = NULL;
    int err = VF_OK;
    *copy = NULL;
    if (original->payload)
        err = vf_node_allocate(run, original->payload->size, &payload);
    if (!err && payload)
        memcpy(payload->data, original->payload->data, payload->size);
    if (!err)
        err = vf_message_create(copy, original->description.type, &payload);
    if (!err)
        (*copy)->description = original->description;
    vf_payload_drop(&payload);
    return err;
}

int vf_node_drop(struct vf_node_run *run, unsigned port)
{
    return run->emitter->drop(run->emitter, port);
}

bool vf_node_stop_requested(struct vf_node_run *run)
{
    return run->emitter->stop_requested(run->emitter);
}

bool vf_node_is_ending(struct vf_node_run *run)
{
    return run->emitter->is_ending(run->emitter);
}

int vf_node_sleep_until(struct vf_node_run *run, int64_t deadline_ns)
{
    return run->emitter->sleep_until(run->emitter, deadline_ns);
}

int vf_node_await(struct vf_node_run *run, int fd, int64_t deadline_ns)
{
    return run->emitter->await(run->emitter, fd, deadline_ns);
}

int vf_node_await_input(struct vf_node_run *run, int fd, bool is_at_work)
{
    return run->emitter->await_input(run->emitter, fd, is_at_work);
}

bool vf_node_may_be_stateless(const struct vf_node *node)
{
    return node->is_stateful && vf_option_find(&node->options, "stateless");
}

bool vf_node_may_split(const struct vf_node *node, unsigned port)
{
    return node->may_split || (port < node->outputs.count && node->outputs.items[port].may_split);
}

bool vf_node_takes_several(const struct vf_node *node)
{
    for (size_t i = 0; i < node->inputs.count && node->takes_gaps; i++) {
        if (node->inputs.items[i].takes_several)
            return true;
    }
    return false;
}

unsigned vf_node_held(const struct vf_node *node)
{
    return node->holds + node->looks_ahead;
}

int vf_node_look_ahead(struct vf_node_run *run, unsigned count, int64_t deadline_ns)
{
    return run->emitter->look_ahead(run->emitter, count, deadline_ns);
}

struct vf_message *const *vf_node_ahead(const struct vf_node_run *run, unsigned number)
{
    return run->emitter->ahead(run->emitter, number);
}

int vf_node_arena(const struct vf_node_run *run, uint32_t arena, size_t *size)
{
    return run->emitter->arena(run->emitter, arena, size);
}

void vf_node_waited(struct vf_node_run *run, int64_t since_ns)
{
    run->emitter->waited(run->emitter, since_ns);
}

void vf_node_report_error(struct vf_node_run *run, const char *format, ...)
{
    char line[MAX_LINE];
    va_list arguments;
    if (run->is_repeating)
        return;
    run->errors++;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    vf_display_clean(line);
    run->emitter->report_error(run->emitter, line);
}

void vf_node_count_error(struct vf_node_run *run)
{
    if (run->is_repeating)
        return;
    run->errors++;
    run->emitter->count_error(run->emitter);
}

void vf_node_complain(struct vf_node_run *run, const char *text, const char *details)
{
    char line[MAX_LINE];
    snprintf(line, sizeof(line), "%s", text);
    vf_display_clean(line);
    run->emitter->complain(run->emitter, line, details);
}

void vf_node_report_output(struct vf_node_run *run, const char *format, ...)
{
    char line[MAX_LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    vf_display_clean(line);
    run->emitter->report_output(run->emitter, line);
}

static void note_medium(struct vf_node_run *run, bool is_output, const struct vf_medium *medium)
{
    char *path = strdup(medium->path);
    struct vf_medium noted = *medium;
    if (!path || run->is_repeating)
        goto out;
    vf_display_hide_secrets(path);
    noted.path = path;
    run->emitter->note_medium(run->emitter, is_output, &noted);
out:
    free(path);
}

void vf_node_detail(struct vf_node_run *run, const char *key, json_t *value)
{
    if (run->is_repeating)
        json_decref(value);
    else if (value)
        run->emitter->detail(run->emitter, key, value);
}

void vf_node_note_input(struct vf_node_run *run, const struct vf_medium *medium)
{
    note_medium(run, false, medium);
}

void vf_node_note_output(struct vf_node_run *run, const struct vf_medium *medium)
{
    note_medium(run, true, medium);
}

void vf_node_note_provider(struct vf_node_run *run, const char *provider)
{
    run->emitter->note_provider(run->emitter, provider);
}

void vf_node_expect(struct vf_node_run *run, unsigned port, uint64_t messages)
{
    run->emitter->expect(run->emitter, port, messages);
}

void vf_node_expect_no_end(struct vf_node_run *run)
{
    run->emitter->expect_no_end(run->emitter);
}

void vf_node_begin_source(struct vf_node_run *run, const char *name, uint64_t number,
                          uint64_t count)
{
    char shown[MAX_LINE];
    snprintf(shown, sizeof(shown), "%s", name);
    vf_display_clean(shown);
    run->emitter->begin_source(run->emitter, shown, number, count);
}

void vf_node_send_live(struct vf_node_run *run)
{
    run->emitter->send_live(run->emitter);
}

const struct vf_made *vf_node_made(const struct vf_node_run *run, unsigned port)
{
    return run->emitter->made(run->emitter, port);
}

void vf_node_tell_run(struct vf_node_run *run, const struct vf_notice *notice)
{
    struct vf_notice told = *notice;
    if (!told.task)
        told.task = run->name;
    if (run->is_repeating)
        json_decref(told.details);
    else
        run->emitter->tell_run(run->emitter, &told);
}

int vf_node_hear_run(struct vf_node_run *run, uint64_t number, bool waits, json_t **event)
{
    *event = NULL;
    int err = run->emitter->hear_run(run->emitter, number, waits, event);
    return err == -EINVAL ? VF_OK : err;
}

bool vf_node_has_ended(const struct vf_node_run *run, unsigned input)
{
    return run->emitter->has_ended(run->emitter, input);
}

int64_t vf_node_passed_ns(const struct vf_node_run *run, unsigned input)
{
    return vf_node_has_ended(run, input) ? INT64_MAX : run->emitter->passed_ns(run->emitter, input);
}

enum vf_end_reason vf_node_end_reason(const struct vf_node_run *run)
{
    return run->emitter->end_reason(run->emitter);
}

bool vf_node_ends_by_stop(const struct vf_node_run *run)
{
    return run->emitter->ends_by_stop(run->emitter);
}

bool vf_node_comes_live(const struct vf_node_run *run)
{
    return run->is_realtime || run->emitter->comes_live(run->emitter);
}

bool vf_node_has_all(const struct vf_node_run *run)
{
    enum vf_end_reason reason = vf_node_end_reason(run);
    return reason == VF_END_COMPLETE || (reason == VF_END_INTERRUPTED && vf_node_ends_by_stop(run));
}

uint64_t vf_node_expected(const struct vf_node_run *run)
{
    return run->emitter->expected(run->emitter);
}
