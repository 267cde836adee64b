/* SPDX-License-Identifier: MIT */
#include "nodes/broker/output.h"

#include <errno.h>
#include <inttypes.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

#define STEP_NS (100 * VF_NS_PER_MS) /* between two looks whether to stop */

int vf_broker_output_open(struct vf_broker_output *output, struct vf_node_run *run,
                          const struct vf_broker_protocol *protocol)
{
    output->name = protocol->name;
    output->cooldown.options = &output->options->telling;
    int err = vf_record_check_names(run);
    if (err)
        return err;
    return vf_broker_sender_create(&output->sender, protocol,
                                   run->is_realtime ? (size_t)output->options->queue : 1);
}

/* Says why there is no connection that could take messages. */
static void complain(const struct vf_broker_output *output, const struct vf_text *reason,
                     bool is_final)
{
    double seconds = (double)output->options->timeout / (double)VF_NS_PER_S;
    if (is_final)
        vf_log(VF_LOG_ERROR, "%s", reason->bytes);
    else if (reason->length)
        vf_log(VF_LOG_ERROR,
               "%s; nothing was sent for %.6g s (timeout): start the %s, or set %s to where it is",
               reason->bytes, seconds, output->kind, output->kind);
    else
        vf_log(VF_LOG_ERROR, "%s does not answer for %.6g s (timeout): set %s to where one runs",
               output->name, seconds, output->kind);
}

/* Looks whether waiting helps, and how long it has been. */
static int judge(struct vf_broker_output *output, struct vf_node_run *run, int64_t deadline_ns)
{
    struct vf_text reason = {0};
    bool is_final, is_late = vf_clock_now_ns() >= deadline_ns;
    bool is_cut_off = vf_broker_sender_is_cut_off(output->sender, &reason, &is_final);
    int err = is_final || is_late ? -EIO : VF_OK;
    if (err && run->is_realtime)
        err = -ETIME;
    else if (err && (is_cut_off || is_final))
        complain(output, &reason, is_final);
    else if (err)
        vf_log(VF_LOG_ERROR, "%s has not acknowledged a message in time (timeout)", output->name);
    vf_text_finish(&reason);
    return err;
}

/* Waits until all that was added is settled, at most until a moment. Returns VF_END when the task is
 * to stop; in realtime -ETIME where waiting is over, otherwise -EIO, after saying why. */
static int wait_for_all(struct vf_broker_output *output, struct vf_node_run *run,
                        int64_t deadline_ns)
{
    int64_t since_ns = vf_clock_now_ns();
    int err = VF_OK;
    while (!err && !vf_broker_sender_wait(output->sender, vf_clock_now_ns() + STEP_NS))
        err = vf_node_stop_requested(run) ? VF_END : judge(output, run, deadline_ns);
    vf_node_waited(run, since_ns);
    return err;
}

/* In realtime, what could not be delivered is missing, and the flow goes on. */
static void report_failures(struct vf_broker_output *output, struct vf_node_run *run)
{
    struct vf_text problem = {0}, reason = {0};
    bool is_final;
    uint64_t failed = vf_broker_sender_take_failures(output->sender, &problem);
    if (failed == 1)
        vf_node_report_error(run, "%s; a message is lost", problem.bytes);
    else if (failed)
        vf_node_report_error(run, "%s; %" PRIu64 " messages are lost", problem.bytes, failed);
    (void)vf_broker_sender_is_cut_off(output->sender, &reason, &is_final);
    if (is_final && !output->has_told_final)
        vf_node_report_error(run, "%s; messages are dropped until it accepts", reason.bytes);
    output->has_told_final = is_final;
    vf_text_finish(&problem);
    vf_text_finish(&reason);
}

/* In batch, the task fails. */
static int fail(const struct vf_broker_output *output)
{
    struct vf_text problem = {0};
    uint64_t failed = vf_broker_sender_take_failures(output->sender, &problem);
    if (failed)
        vf_log(VF_LOG_ERROR, "%s", problem.bytes);
    vf_text_finish(&problem);
    return failed ? -EIO : VF_OK;
}

static void print_payload(const struct vf_broker_output *output, const json_t *record,
                          bool has_several, struct vf_text *payload)
{
    bool is_record = output->options->payload == VF_BROKER_RECORD || has_several;
    const json_t *value = is_record ? record : json_object_get(record, "value");
    if (json_is_string(value))
        vf_text_append(payload, json_string_value(value), json_string_length(value));
    else
        vf_value_write(payload, value);
}

/* Makes what is sent of what has come. Returns VF_DROPPED where that is to be left out. */
static int make_message(struct vf_broker_output *output, struct vf_node_run *run,
                        struct vf_message *const *inputs, struct vf_broker_message *message)
{
    json_t *record = vf_record_make(run, inputs, output->options->boxes);
    if (!record)
        return -EINVAL;
    if (!vf_cooldown_passes(&output->cooldown, run, inputs, record)) {
        json_decref(record);
        return VF_DROPPED;
    }
    output->address(output->owner, record, run->input_names[0], message);
    print_payload(output, record, run->input_count > 1, &message->payload);
    json_decref(record);
    return message->topic.failed || message->payload.failed || message->headers.failed ? -ENOMEM
                                                                                       : VF_OK;
}

int vf_broker_output_consume(struct vf_broker_output *output, struct vf_node_run *run,
                             struct vf_message *const *inputs)
{
    struct vf_broker_message message = {0};
    int err = make_message(output, run, inputs, &message);
    if (err == VF_DROPPED)
        return VF_OK;
    if (!err)
        err = vf_broker_sender_add(output->sender, &message);
    vf_broker_message_finish(&message);
    if (run->is_realtime) {
        output->dropped += err == -EAGAIN;
        report_failures(output, run);
        return err == -EAGAIN ? VF_OK : err;
    }
    if (!err)
        err = wait_for_all(output, run, vf_clock_now_ns() + output->options->timeout);
    return err ? err : fail(output);
}

static void report(struct vf_broker_output *output, struct vf_node_run *run)
{
    const char *name = output->name;
    struct vf_broker_counts counts = vf_broker_sender_count(output->sender);
    struct vf_text rest = {0};
    uint64_t dropped = output->dropped + counts.waiting;
    if (dropped)
        vf_text_print(&rest, ", %" PRIu64 " dropped", dropped);
    if (counts.failed)
        vf_text_print(&rest, ", %" PRIu64 " failed", counts.failed);
    vf_cooldown_report(&output->cooldown, run, &rest);
    bool is_complete = !dropped && !counts.failed;
    struct vf_medium medium = {.path = name,
                               .unit = "messages",
                               .count = counts.delivered,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .is_complete = is_complete,
                               .reason = is_complete ? NULL : "some were dropped, or refused"};
    vf_node_note_output(run, &medium);
    vf_node_report_output(run, "%s: %" PRIu64 " message%s%s", name, counts.delivered,
                          counts.delivered == 1 ? "" : "s", rest.bytes ? rest.bytes : "");
    vf_text_finish(&rest);
}

/* Waits until the broker knows that this client has left, unless it takes too long. */
static void leave(struct vf_broker_output *output, struct vf_node_run *run, int64_t deadline_ns)
{
    int64_t since_ns = vf_clock_now_ns();
    while (!vf_broker_sender_leave(output->sender, vf_clock_now_ns() + STEP_NS) &&
           !vf_node_stop_requested(run) && vf_clock_now_ns() < deadline_ns)
        ;
    vf_node_waited(run, since_ns);
}

int vf_broker_output_flush(struct vf_broker_output *output, struct vf_node_run *run)
{
    int64_t deadline_ns = vf_clock_now_ns() + output->options->timeout;
    int err = wait_for_all(output, run, deadline_ns);
    if (!err && !run->is_realtime)
        err = fail(output);
    leave(output, run, deadline_ns);
    if (run->is_realtime) {
        report_failures(output, run);
        err = VF_OK; /* the report says what is missing */
    }
    report(output, run);
    return err < 0 ? err : VF_OK;
}

void vf_broker_output_close(struct vf_broker_output *output)
{
    vf_broker_sender_destroy(&output->sender);
    vf_cooldown_finish(&output->cooldown);
}
