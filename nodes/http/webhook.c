/* SPDX-License-Identifier: MIT */
/* webhook - sends messages to a web server. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/picture_file.h"
#include "engine/node/reach.h"
#include "nodes/http/sender.h"
#include "nodes/record/cooldown.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

#define VIDEO 0                      /* the input that has the picture, if there is one */
#define STEP_NS (100 * VF_NS_PER_MS) /* between two looks whether to stop */

struct webhook_options {
    char *url;
    enum vf_http_method method;
    struct vf_map headers;
    int64_t timeout, retry_pause, collect;
    int retries, queue, batch, quality;
    bool boxes;
    char *body, *picture_name;
    enum vf_http_picture picture;
    struct vf_cooldown_options telling;
};

struct webhook {
    struct vf_http_sender *sender;
    struct vf_cooldown cooldown;
    struct vf_message **others; /* inputs but the video, and what they are called */
    const char **names;
    unsigned other_count;
    struct vf_message *frame; /* the last: several messages may be of one */
    int batched;              /* messages that were added and not waited for, in batch mode */
    uint64_t dropped;         /* in realtime */
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
    {"headers",
     "Headers to add, such as {Authorization: \"Bearer ${TOKEN}\"}; their texts may have fields: "
     "{what} at {camera}",
     VF_MAP(struct webhook_options, headers), .fallback = "{}"},
    {"body",
     "JSON to send in place of the message, an object whose texts may have fields: {content: "
     "\"{what} at {camera}\"}; {}: the message",
     VF_JSON_OBJECT(struct webhook_options, body), .fallback = "{}"},
    {"picture", "Where to put the frame of the input video, as a JPEG",
     VF_CHOICE(struct webhook_options, picture,
               {"none", VF_HTTP_NO_PICTURE, "Nowhere: there is no such input"},
               {"form", VF_HTTP_FORM,
                "In a form (multipart/form-data), as a file; its other fields are the members of "
                "body, or else the message, as event"},
               {"base64", VF_HTTP_BASE64, "In the JSON, in base64"},
               {"body", VF_HTTP_BODY, "It is all that is sent, but for the headers"}),
     .fallback = "none"},
    {"picture_name", "Name of the picture: of the field of the form, or of the member of the JSON",
     VF_TEXT(struct webhook_options, picture_name), .fallback = "picture"},
    {"quality", "Quality of the picture", VF_INTEGER(struct webhook_options, quality),
     .fallback = "85", VF_RANGE(1, 100)},
    VF_COOLDOWN_OPTIONS(struct webhook_options, telling.),
    {"collect",
     "Send all messages that come within so much of the first in one request, as {count: 3, "
     "messages: [...]}, with the picture of the first; 0: each on its own",
     VF_DURATION(struct webhook_options, collect), .fallback = "0", VF_RANGE(0, 86400)},
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

static struct vf_http_design design_of(const struct webhook_options *asked, const char *task)
{
    return (struct vf_http_design){
        .body = asked->body,
        .headers = &asked->headers,
        .picture = asked->picture,
        .picture_name = asked->picture_name,
        .layout = asked->collect     ? VF_HTTP_COLLECTION
                  : asked->batch > 1 ? VF_HTTP_LIST
                                     : VF_HTTP_SINGLE,
        .task = task,
    };
}

static int check_design(const struct webhook_options *asked, char *problem, size_t problem_size)
{
    const struct vf_http_design design = design_of(asked, NULL);
    if (asked->collect && asked->batch > 1) {
        snprintf(problem, problem_size, "collect: batch makes lists already; keep one of the two");
        return -EINVAL;
    }
    if (asked->method == VF_HTTP_GET && (asked->picture || strcmp(asked->body, "{}") != 0)) {
        snprintf(problem, problem_size, "method: get sends no body and no picture; say post");
        return -EINVAL;
    }
    int err = vf_http_design_check(&design, problem, problem_size);
    return err ? err : vf_cooldown_check(&asked->telling, problem, problem_size);
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
    int err = check_design(asked, problem, problem_size);
    return err ? err : vf_http_check(&settings, problem, problem_size);
}

/* With a picture there is an input for it. */
static const struct vf_port with_picture[] = {
    {"video", VF_PORT_VIDEO, "With picture: frames; that of a message is sent with it"},
    {.name = "in",
     .type = VF_PORT_ANY,
     .help = "Messages of any type; messages of one origin are sent as one",
     .is_repeated = true,
     .takes_several = true},
};

static void webhook_adapt(const void *values, struct vf_node *copy)
{
    const struct webhook_options *asked = values;
    if (!asked->picture)
        return;
    copy->inputs = (struct vf_port_list)VF_LIST(with_picture);
    copy->takes_gaps = true;
    copy->holds = 1;
}

static void webhook_reach(const void *values, const struct vf_reach *reach)
{
    const struct webhook_options *asked = values;
    vf_reach_add(reach, VF_REACH_CONNECT, asked->url);
}

/* Makes room for the inputs without the one that has the picture. */
static int list_others(struct vf_node_run *run)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    hook->others = calloc(run->input_count, sizeof(*hook->others));
    hook->names = calloc(run->input_count, sizeof(*hook->names));
    if (!hook->others || !hook->names)
        return -ENOMEM;
    for (unsigned i = 0; i < run->input_count; i++) {
        if (!asked->picture || i != VIDEO)
            hook->names[hook->other_count++] = run->input_names[i];
    }
    return VF_OK;
}

static int webhook_open(struct vf_node_run *run)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    int err = vf_record_check_names(run);
    if (!err)
        err = list_others(run);
    const struct vf_http_sender_settings settings = {
        .request = settings_of(asked),
        .design = design_of(asked, hook->names ? hook->names[0] : NULL),
        .retries = (unsigned)asked->retries,
        .pause_ns = asked->retry_pause,
        .queue = (size_t)asked->queue,
        .batch = (size_t)asked->batch,
        .is_patient = !run->is_realtime,
        .collect_ns = asked->collect,
    };
    hook->cooldown.options = &asked->telling;
    return err ? err : vf_http_sender_create(&hook->sender, &settings);
}

/* Waits until all that was added but `left` messages is settled, at most until a moment. Returns VF_END
 * when the task is to stop, and -ETIME at that moment. */
static int wait_for(struct vf_node_run *run, size_t left, int64_t deadline_ns)
{
    struct webhook *hook = run->state;
    int64_t since_ns = vf_clock_now_ns();
    int err = VF_OK;
    while (!err && !vf_http_sender_wait(hook->sender, left, vf_clock_now_ns() + STEP_NS)) {
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
    int err = wait_for(run, 0, INT64_MAX);
    return err ? err : fail(run);
}

/* Keeps the frame, and finds the other inputs. Returns VF_DROPPED where there are none. */
static int take_inputs(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    bool has_others = false;
    unsigned count = 0;
    for (unsigned i = 0; i < run->input_count; i++) {
        if (asked->picture && i == VIDEO)
            continue;
        has_others = has_others || inputs[i];
        hook->others[count++] = inputs[i];
    }
    if (!asked->picture || !inputs[VIDEO])
        return has_others ? VF_OK : VF_DROPPED;
    vf_message_destroy(&hook->frame);
    int err = vf_message_clone(&hook->frame, inputs[VIDEO]);
    return err || has_others ? err : VF_DROPPED;
}

/* Gives a message its picture, without which it is sent all the same. */
static void add_picture(struct vf_node_run *run, struct vf_http_message *message)
{
    const struct webhook_options *asked = run->options;
    const struct vf_message *frame = ((const struct webhook *)run->state)->frame;
    int err = vf_picture_file_make(frame, VF_PICTURE_JPEG, asked->quality, &message->picture,
                                   &message->picture_size);
    if (err)
        vf_node_report_error(run, "frame %" PRIu64 " cannot be made a JPEG: %s",
                             frame->description.origin.number, strerror(-err));
}

/* Makes what is sent of what has come. Returns VF_DROPPED where that is to be left out. */
static int make_message(struct vf_node_run *run, struct vf_message *const *inputs,
                        struct vf_http_message *message)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    struct vf_node_run others = *run;
    double seconds = 0;
    int err = take_inputs(run, inputs);
    if (err)
        return err;
    others.input_count = hook->other_count;
    others.input_names = hook->names;
    message->record = vf_record_make(&others, hook->others, asked->boxes);
    if (!message->record)
        return -EINVAL;
    if (!vf_cooldown_passes(&hook->cooldown, &others, hook->others, message->record))
        return VF_DROPPED;
    if (hook->frame)
        add_picture(run, message);
    message->is_timed = !run->is_realtime && hook->others[0] &&
                        vf_value_seconds(&hook->others[0]->description, &seconds);
    message->time_ns =
        message->is_timed ? (int64_t)(seconds * (double)VF_NS_PER_S) : vf_clock_now_ns();
    return VF_OK;
}

/* In batch, waits for room, and for what is to be delivered before the next comes. */
static int add_patiently(struct vf_node_run *run, struct vf_http_message *message)
{
    const struct webhook_options *asked = run->options;
    struct webhook *hook = run->state;
    int err = vf_http_sender_add(hook->sender, message);
    if (err == -EAGAIN) {
        err = wait_for(run, (size_t)asked->queue - 1, INT64_MAX);
        if (!err)
            err = vf_http_sender_add(hook->sender, message);
    }
    if (err)
        return err;
    if (asked->collect)
        return fail(run);
    return ++hook->batched >= asked->batch ? settle(run) : VF_OK;
}

static int webhook_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct webhook *hook = run->state;
    struct vf_http_message message = {0};
    int err = make_message(run, inputs, &message);
    if (!err && !run->is_realtime) {
        err = add_patiently(run, &message);
    } else if (!err) {
        err = vf_http_sender_add(hook->sender, &message);
        hook->dropped += err == -EAGAIN;
    }
    vf_http_message_finish(&message);
    if (run->is_realtime)
        report_failures(run);
    return err == VF_DROPPED || (run->is_realtime && err == -EAGAIN) ? VF_OK : err;
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
    vf_cooldown_report(&hook->cooldown, run, &rest);
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
        (void)wait_for(run, 0, vf_clock_now_ns() + asked->timeout); /* the report says so */
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
    vf_cooldown_finish(&hook->cooldown);
    vf_message_destroy(&hook->frame);
    free(hook->others);
    free(hook->names);
    hook->others = NULL;
    hook->names = NULL;
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
        "Texts of body and headers may have fields: the name of a member of the value in braces, "
        "such as {where} of an event, {details.direction} for a member of a member, {number} and "
        "{source} of the frame, {task}, and {count}, how many messages are in the request. What a "
        "message does not have is \"none\"; {{ is a brace.\n\n"
        "With picture there is an input video, whose frame is sent with the message of the same "
        "frame: inputs: {in: motion.events, video: reader}. With form, the members of body are the "
        "fields of the form.\n\n"
        "With cooldown, what is left out is counted: the next message that is sent has suppressed "
        "in its value, or beside it if that has no members, and the report has the sum. Both it "
        "and collect go by the timestamps of messages in batch, and by the clock in realtime and "
        "where there are none. Add {track} to cooldown_key to be told of each object.\n\n"
        "In batch mode the flow waits for each request, one after the other; a batch is sent when "
        "it is full, or when the flow ends. A request that cannot be delivered fails the task, "
        "with exit status 74. A message is released when it has been delivered, so with restart: "
        "on-failure the message in work when the process died is sent again; with a batch above "
        "1, or collect, messages that were waiting for others are lost.\n\n"
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
    .adapt = webhook_adapt,
    .reach = webhook_reach,
    .open = webhook_open,
    .consume = webhook_consume,
    .flush = webhook_flush,
    .close = webhook_close,
};
