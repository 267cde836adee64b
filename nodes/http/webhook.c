/* SPDX-License-Identifier: MIT */
/* webhook - sends messages to a web server. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/http/sender.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

#define STEP_NS (100 * VF_NS_PER_MS) /* between two looks whether to stop */

struct webhook_options {
    char *url;
    enum vf_http_method method;
    struct vf_map headers;
    int64_t timeout, retry_pause;
    int retries, queue, batch;
    bool boxes;
};

struct webhook {
    struct vf_http_sender *sender;
    int batched;      /* messages that were added and not waited for, in batch mode */
    uint64_t dropped; /* in realtime */
};

static const struct vf_option options[] = {
    {"url", "URL to send messages to, http or https", VF_TEXT(struct webhook_options, url),
     .is_main = true},
    {"method", "HTTP method",
     VF_CHOICE(struct webhook_options, method, {"post", VF_HTTP_POST, "POST each message"},
               {"put", VF_HTTP_PUT, "PUT: replace the previous message"},
               {"patch", VF_HTTP_PATCH, "PATCH the resource with each message"},
               {"get", VF_HTTP_GET, "GET, without a body: only signals that there was a message"}),
     .fallback = "post"},
    {"headers", "Headers to add, such as {Authorization: \"Bearer ${TOKEN}\"}",
     VF_MAP(struct webhook_options, headers), .fallback = "{}"},
    {"timeout", "Time limit for one request", VF_DURATION(struct webhook_options, timeout),
     .fallback = "10", VF_RANGE(0.001, 3600)},
    {"retries", "How many times to retry a request", VF_INTEGER(struct webhook_options, retries),
     .fallback = "3", VF_RANGE(0, 1e6)},
    {"retry_pause", "Pause before the first retry; it doubles with each further one, up to 30s",
     VF_DURATION(struct webhook_options, retry_pause), .fallback = "1", VF_RANGE(0, 30)},
    {"batch", "Messages in one request, sent as a list; 1: each on its own",
     VF_INTEGER(struct webhook_options, batch), .fallback = "1", VF_RANGE(1, 1e4)},
    {"queue", "Largest number of waiting messages, in realtime",
     VF_INTEGER(struct webhook_options, queue), .fallback = "100", VF_RANGE(1, 1e5)},
    VF_RECORD_BOXES(struct webhook_options, boxes),
};

static struct vf_http_settings settings_of(const struct webhook_options *asked)
{
    return (struct vf_http_settings){
        .url = asked->url,
        .method = asked->method,
        .headers = asked->headers,
        .timeout_ns = asked->timeout,
    };
}

static int webhook_check(const void *values, char *problem, size_t problem_size)
{
    const struct webhook_options *asked = values;
    const struct vf_http_settings settings = settings_of(asked);
    if (asked->method == VF_HTTP_GET && asked->batch > 1) {
        snprintf(problem, problem_size,
                 "method: get sends no messages, so there is no batch of them; say post");
        return -EINVAL;
    }
    if (asked->batch > asked->queue) {
        snprintf(problem, problem_size,
                 "a batch of %d needs a queue of so many; say queue: %d, or more", asked->batch,
                 asked->batch);
        return -EINVAL;
    }
    return vf_http_check(&settings, problem, problem_size);
}

static void webhook_reach(const void *values, const struct vf_reach *reach)
{
    const struct webhook_options *asked = values;
    vf_reach_add(reach, VF_REACH_CONNECT, asked->url);
}

static int webhook_open(struct vf_node_run *run)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    const struct vf_http_sender_settings settings = {
        .request = settings_of(asked),
        .retries = (unsigned)asked->retries,
        .pause_ns = asked->retry_pause,
        .queue = (size_t)asked->queue,
        .batch = (size_t)asked->batch,
        .is_patient = !run->is_realtime,
    };
    int err = vf_record_check_names(run);
    return err ? err : vf_http_sender_create(&hook->sender, &settings);
}

/* Waits until all that was added is settled, at most until a moment. Returns VF_END when the task
 * is to stop, and -ETIME at that moment. */
static int wait_for_all(struct vf_node_run *run, int64_t deadline_ns)
{
    struct webhook *hook = run->state;
    int64_t since_ns = vf_clock_now_ns();
    int err = VF_OK;
    while (!err && !vf_http_sender_wait(hook->sender, vf_clock_now_ns() + STEP_NS)) {
        if (vf_node_stop_requested(run))
            err = VF_END;
        else if (vf_clock_now_ns() >= deadline_ns)
            err = -ETIME;
    }
    vf_node_waited(run, since_ns);
    return err;
}

/* In realtime, what could not be delivered is missing, and the flow goes on. */
static void report_failures(struct vf_node_run *run)
{
    struct webhook *hook = run->state;
    struct vf_text problem = {0};
    uint64_t failed = vf_http_sender_take_failures(hook->sender, &problem);
    const char *reason = problem.bytes ? problem.bytes : vf_http_sender_name(hook->sender);
    if (failed == 1)
        vf_node_report_error(run, "%s; a message is lost", reason);
    else if (failed)
        vf_node_report_error(run, "%s; %" PRIu64 " messages are lost", reason, failed);
    vf_text_finish(&problem);
}

/* In batch, the task fails. */
static int fail(struct vf_node_run *run)
{
    struct webhook *hook = run->state;
    struct vf_text problem = {0};
    uint64_t failed = vf_http_sender_take_failures(hook->sender, &problem);
    if (failed)
        vf_log(VF_LOG_ERROR, "%s",
               problem.bytes ? problem.bytes : vf_http_sender_name(hook->sender));
    vf_text_finish(&problem);
    return failed ? -EIO : VF_OK;
}

/* In batch nothing is kept here beyond a batch, so that nothing is lost with the process. */
static int settle(struct vf_node_run *run)
{
    struct webhook *hook = run->state;
    hook->batched = 0;
    int err = wait_for_all(run, INT64_MAX);
    return err ? err : fail(run);
}

static int webhook_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    struct vf_text text = {0};
    json_t *record = vf_record_make(run, inputs, asked->boxes);
    if (!record)
        return -EINVAL;
    vf_value_write(&text, record);
    json_decref(record);
    int err = text.failed ? -ENOMEM : vf_http_sender_add(hook->sender, &text);
    vf_text_finish(&text);
    if (run->is_realtime) {
        hook->dropped += err == -EAGAIN;
        report_failures(run);
        return err == -EAGAIN ? VF_OK : err;
    }
    if (!err && ++hook->batched >= asked->batch)
        err = settle(run);
    return err;
}

static void report(struct vf_node_run *run)
{
    struct webhook *hook = run->state;
    struct vf_http_counts counts = vf_http_sender_count(hook->sender);
    struct vf_text rest = {0};
    uint64_t dropped = hook->dropped + counts.waiting;
    if (dropped)
        vf_text_print(&rest, ", %" PRIu64 " dropped", dropped);
    if (counts.failed)
        vf_text_print(&rest, ", %" PRIu64 " failed", counts.failed);
    bool is_complete = !dropped && !counts.failed;
    struct vf_medium medium = {.path = vf_http_sender_name(hook->sender),
                               .unit = "messages",
                               .count = counts.delivered,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .is_complete = is_complete,
                               .reason = is_complete ? NULL : "some were dropped, or refused"};
    vf_node_note_output(run, &medium);
    vf_node_report_output(run, "%s: %" PRIu64 " message%s%s", vf_http_sender_name(hook->sender),
                          counts.delivered, counts.delivered == 1 ? "" : "s",
                          rest.bytes ? rest.bytes : "");
    vf_text_finish(&rest);
}

static int webhook_flush(struct vf_node_run *run)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    int err = VF_OK;
    vf_http_sender_hurry(hook->sender);
    if (run->is_realtime) {
        (void)wait_for_all(run, vf_clock_now_ns() + asked->timeout); /* the report says so */
        report_failures(run);
    } else {
        err = settle(run);
    }
    report(run);
    return err < 0 ? err : VF_OK;
}

static void webhook_close(struct vf_node_run *run)
{
    struct webhook *hook = run->state;
    vf_http_sender_destroy(&hook->sender);
}

const struct vf_node vf_node_webhook = {
    .name = "webhook",
    .summary = "Send messages to a web server, as JSON.",
    .related = "file_append, zmq_out",
    .about =
        "The body of a request is what file_append would write as a line: an object with the "
        "number of the frame, its timestamp, its source, and the value. A request is delivered "
        "when the answer is 2xx. After a connection error, 408, 429 or 5xx it is retried after a "
        "pause, which is up to 50 % shorter at random, or as long as Retry-After asks, up to five "
        "minutes; any other answer is final. A redirect is not followed: the error says where it "
        "leads.\n\n"
        "In batch mode the flow waits for each request, one after the other; a batch is sent when "
        "it is full, or when the flow ends. A request that cannot be delivered fails the task, "
        "with exit status 74. A message is released when it has been delivered, so with restart: "
        "on-failure the message in work when the process died is sent again; with a batch above "
        "1, messages that were waiting for their batch to fill are lost.\n\n"
        "In realtime the flow never waits. Messages that find the queue full are dropped and "
        "counted in the report; each request takes the waiting messages, up to a full batch. A "
        "request that cannot be delivered counts as an error (--max-errors), and the flow "
        "continues. When it ends, waiting messages are sent for at most the timeout.\n\n"
        "Certificates are verified: your own server needs one that the system trusts. Proxies are "
        "taken from the environment: http_proxy, https_proxy and no_proxy. Neither the log nor "
        "the report show headers, or the user, password and query of the URL; keep secrets in "
        "environment variables.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  few: {type: every, inputs: reader, fps: 1}\n"
               "  hook:\n"
               "    type: webhook\n"
               "    inputs: few\n"
               "    url: http://127.0.0.1:8080/frames\n"
               "    headers: {Authorization: \"Bearer ${TOKEN:-none}\"}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* requests have an order */
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; messages of one origin are sent as one",
                        .is_repeated = true}),
    .options_size = sizeof(struct webhook_options),
    .state_size = sizeof(struct webhook),
    .check = webhook_check,
    .reach = webhook_reach,
    .open = webhook_open,
    .consume = webhook_consume,
    .flush = webhook_flush,
    .close = webhook_close,
};
