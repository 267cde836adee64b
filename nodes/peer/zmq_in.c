/* SPDX-License-Identifier: MIT */
/* zmq_in - takes messages from programs outside of the flow. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/packed_picture.h"
#include "engine/node/node.h"
#include "engine/wire/peer/peer_socket.h"
#include "engine/wire/python/array_header.h"
#include "engine/wire/python/zipped_pickle.h"
#include "nodes/peer/answers.h"
#include "nodes/peer/options.h"
#include "nodes/peer/plain_json.h"

#define VIDEO 0
#define ARRAY 1
#define VALUE 2

/* A program that ends takes the questions with it that it had: how long those of before are waited
 * for when all programs had ended, and while the others say nothing. */
#define NOBODY_NS VF_NS_PER_S
#define SILENCE_NS (10 * VF_NS_PER_S)

enum zmq_in_socket { TAKE_PULL, TAKE_SUB };

struct zmq_in_options {
    char *endpoint, *topic, *end, *pixel_format, *answers;
    enum zmq_in_socket socket;
    enum vf_peer_mode mode;
    enum vf_peer_form form;
    struct vf_rational rate;
    int64_t count, timeout, max_bytes;
    int high_water_mark, window;
};

/* What a node that takes answers keeps besides. */
struct zmq_in_answering {
    struct vf_answers *early;          /* answers that are not due yet */
    const struct vf_message *question; /* whose answer is due; NULL: none is */
    uint64_t due;                      /* its number, or a higher one than all */
    uint64_t answered, unanswered, strays;
    uint64_t nameless, nameless_in_a_row; /* answers that did not say to which question */
    struct vf_peer_presence presence;     /* as it was seen last */
    int64_t lost_ns, deserted_ns; /* when a program, and when all of them were seen to be gone */
    int64_t heard_ns;             /* when something came last */
    struct vf_peer_patience patience;
    bool has_told_timeout;
};

struct zmq_in {
    struct vf_peer_socket *peer;
    struct zmq_in_answering answering;
    int64_t taken; /* messages that were good */
    int64_t frames;
    unsigned reported;        /* changes of values that have been reported: enum vf_plain_change */
    struct vf_complaint told; /* of what was left out last */
};

static const struct vf_option options[] = {
    VF_PEER_ENDPOINT(struct zmq_in_options, endpoint),
    {"socket", "Kind of socket of the other program",
     VF_CHOICE(struct zmq_in_options, socket,
               {"pull", TAKE_PULL, "It pushes: each message goes to one of those that pull"},
               {"sub", TAKE_SUB, "It publishes: each message goes to all that subscribe"}),
     .fallback = "pull"},
    VF_PEER_MODE(struct zmq_in_options, mode),
    {"form", "Format of messages on the socket",
     VF_CHOICE(
         struct zmq_in_options, form,
         {"array", VF_FORM_ARRAY,
          "A JSON header with dtype and shape, then the bytes; for the ports video and array"},
         {"zipped", VF_FORM_ZIPPED,
          "A pickle of plain data, compressed with zlib; for the port value"},
         {"json", VF_FORM_JSON, "JSON; for the port value"},
         {"bytes", VF_FORM_BYTES, "Raw bytes, as an array of uint8; for the port array"}),
     .fallback = "array"},
    {"topic",
     "Prefix of the topics to subscribe to; a topic is the first part of a message; empty: all "
     "messages, which then have no topic",
     VF_TEXT(struct zmq_in_options, topic), .fallback = ""},
    {"pixel_format",
     "Pixel format of pictures; empty: gray, rgb24 or rgba, for one, three or four channels",
     VF_PIXEL_FORMAT(struct zmq_in_options, pixel_format), .fallback = ""},
    {"rate", "Frame rate of the port video", VF_FRAME_RATE(struct zmq_in_options, rate),
     .fallback = "25"},
    {"count", "End after N messages; 0: no limit", VF_INTEGER64(struct zmq_in_options, count),
     .fallback = "0", VF_RANGE(0, 1e15)},
    {"answers",
     "Name of the zmq_out of this flow whose messages these are the answers to; empty: they are "
     "none",
     VF_TEXT(struct zmq_in_options, answers), .fallback = ""},
    {"window", "With answers, largest number of questions that wait for theirs",
     VF_INTEGER(struct zmq_in_options, window), .fallback = "16", VF_RANGE(3, 4096)},
    {"timeout",
     "End when no message has arrived for this long; with answers, how long after it was sent a "
     "question is waited for; 0: forever",
     VF_DURATION(struct zmq_in_options, timeout), .fallback = "0", VF_RANGE(0, 86400)},
    {"end", "End when a message is exactly this text; empty: never",
     VF_TEXT(struct zmq_in_options, end), .fallback = ""},
    {"max_bytes",
     "Largest message part accepted; a sender of a larger one is disconnected. A value may use as "
     "much memory once it is read, and a pickle the same again unzipped; larger ones are skipped",
     VF_INTEGER64(struct zmq_in_options, max_bytes), .fallback = "268435456",
     VF_RANGE(1, 68719476736.0), .unit = "bytes"},
    {"high_water_mark",
     "Approximate number of messages that ZeroMQ keeps while the flow is slow; over ipc, ZeroMQ "
     "loses messages beyond them when their sender ends",
     VF_INTEGER(struct zmq_in_options, high_water_mark), .fallback = "1000", VF_RANGE(1, 1e6)},
};

static int zmq_in_check(const void *values, char *problem, size_t problem_size)
{
    const struct zmq_in_options *asked = values;
    if (asked->topic[0] && asked->socket != TAKE_SUB) {
        snprintf(problem, problem_size, "topic is for socket: sub");
        return -EINVAL;
    }
    if (asked->answers[0] && (asked->count || asked->end[0])) {
        snprintf(problem, problem_size,
                 "with answers, zmq_in ends after the last question; leave "
                 "count and end out");
        return -EINVAL;
    }
    return vf_peer_check(asked->endpoint, asked->mode, asked->pixel_format, problem, problem_size);
}

static bool zmq_in_fills(const void *values, unsigned port)
{
    const struct zmq_in_options *asked = values;
    switch (port) {
    case VIDEO:
        return asked->form == VF_FORM_ARRAY;
    case ARRAY:
        return asked->form == VF_FORM_ARRAY || asked->form == VF_FORM_BYTES;
    default:
        return asked->form == VF_FORM_ZIPPED || asked->form == VF_FORM_JSON;
    }
}

static const char *zmq_in_listens(const void *values)
{
    const struct zmq_in_options *asked = values;
    return asked->mode == VF_PEER_BIND ? asked->endpoint : NULL;
}

static bool zmq_in_is_endless(const void *values)
{
    const struct zmq_in_options *asked = values;
    return !asked->count && !asked->answers[0] && !asked->timeout && !asked->end[0];
}

static int zmq_in_open(struct vf_node_run *run)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    const struct vf_peer_settings settings = {
        .endpoint = asked->endpoint,
        .pattern = asked->socket == TAKE_SUB ? VF_PEER_SUB : VF_PEER_PULL,
        .is_bound = asked->mode == VF_PEER_BIND,
        .topic = asked->topic,
        .high_water_mark = asked->high_water_mark,
        .max_bytes = asked->max_bytes,
    };
    size_t window = (size_t)asked->window;
    int err = asked->answers[0] ? vf_answers_create(&in->answering.early, window) : VF_OK;
    if (err)
        return err;
    if (asked->count)
        vf_node_expect(run, 0, (uint64_t)asked->count);
    else if (zmq_in_is_endless(asked))
        vf_node_expect_no_end(run);
    return vf_peer_socket_create(&in->peer, &settings);
}

/* Waits for a message. VF_END: none came in time, or the task is to stop. */
static int receive(struct vf_node_run *run, struct vf_peer_message *message)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    int64_t since_ns = vf_clock_now_ns();
    for (;;) {
        int err = vf_peer_socket_receive(in->peer, message);
        if (err != -EAGAIN)
            return err;
        int64_t left_ns = VF_PEER_STEP_MS * VF_NS_PER_MS;
        if (asked->timeout && asked->timeout - (vf_clock_now_ns() - since_ns) < left_ns)
            left_ns = asked->timeout - (vf_clock_now_ns() - since_ns);
        if (left_ns <= 0 || vf_node_stop_requested(run))
            return VF_END;
        int64_t now_ns = vf_clock_now_ns();
        err = vf_peer_socket_wait(in->peer, (int)((left_ns + VF_NS_PER_MS - 1) / VF_NS_PER_MS));
        vf_node_waited(run, now_ns);
        if (err)
            return err;
    }
}

/* Emits what was made of a message: an answer has the origin and the times of its question. */
static int emit(struct vf_node_run *run, unsigned port, int made, struct vf_message **message)
{
    const struct zmq_in *in = run->state;
    if (!made && in->answering.question)
        vf_message_follow(*message, in->answering.question);
    return vf_node_emit_made(run, port, made, message);
}

/* Makes an array message of bytes that lie elsewhere. */
static int make_array(struct vf_node_run *run, const struct vf_numpy_array *array,
                      struct vf_message **message)
{
    struct vf_payload *payload = NULL;
    int err = array->size ? vf_node_allocate(run, array->size, &payload) : VF_OK;
    if (err)
        return err;
    if (payload)
        memcpy(payload->data, array->bytes, array->size);
    err = vf_message_create(message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    struct vf_array *described = &(*message)->description.array;
    memcpy(described->dtype, array->dtype, sizeof(described->dtype));
    described->dimensions = array->dimensions;
    memcpy(described->shape, array->shape, array->dimensions * sizeof(array->shape[0]));
    return VF_OK;
}

static int emit_array(struct vf_node_run *run, const struct vf_numpy_array *array,
                      struct vf_complaint *complaint)
{
    struct vf_message *message = NULL;
    if (!vf_node_is_read(run, ARRAY))
        return VF_OK;
    if (array->dimensions > VF_MAX_DIMENSIONS)
        return vf_complain(complaint, -EBADMSG, "an array of %u dimensions; %d are the most",
                           array->dimensions, VF_MAX_DIMENSIONS);
    if (array->dtype[1] == 'c')
        return vf_complain(complaint, -EBADMSG, "an array of complex numbers");
    return emit(run, ARRAY, make_array(run, array, &message), &message);
}

/* Returns which pixel format an array is a picture of; NULL: it is none. */
static const char *choose_format(const struct zmq_in_options *asked,
                                 const struct vf_numpy_array *array)
{
    static const char *const usual[] = {NULL, "gray", NULL, "rgb24", "rgba"};
    bool is_flat = array->dimensions == 2;
    if (strcmp(array->dtype, "|u1") != 0 || (!is_flat && array->dimensions != 3))
        return NULL;
    uint64_t channels = is_flat ? 1 : array->shape[2];
    if (asked->pixel_format[0])
        return vf_packed_channels(asked->pixel_format) == channels ? asked->pixel_format : NULL;
    return channels < VF_COUNT(usual) ? usual[channels] : NULL;
}

static int emit_picture(struct vf_node_run *run, const struct vf_numpy_array *array,
                        struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    struct vf_message *message = NULL;
    if (!vf_node_is_read(run, VIDEO))
        return VF_OK;
    const char *format = choose_format(asked, array);
    if (!format)
        return vf_complain(complaint, -EBADMSG,
                           "an array that is no picture: not uint8 of height "
                           "x width x the channels of the pixel format");
    if (!array->size || array->shape[0] > INT32_MAX || array->shape[1] > INT32_MAX)
        return vf_complain(complaint, -EBADMSG, "a picture of an impossible size");
    const struct vf_packed_frame packed = {
        .format = format,
        .width = (uint32_t)array->shape[1],
        .height = (uint32_t)array->shape[0],
        .bytes = array->bytes,
        .rate = asked->rate,
        .number = in->frames,
    };
    int made = vf_packed_to_message(run, &packed, &message);
    if (made == -EINVAL)
        return vf_complain(complaint, -EBADMSG, "a picture of an impossible size");
    in->frames++;
    return emit(run, VIDEO, made, &message);
}

static int take_array(struct vf_node_run *run, const struct vf_peer_message *message,
                      struct vf_complaint *complaint)
{
    struct vf_numpy_array array = {.size = 0};
    size_t header_size;
    if (message->count != 2)
        return vf_complain(complaint, -EBADMSG,
                           "a message of %zu parts, not of a header and an array", message->count);
    const void *header = vf_part_bytes(message->parts[0], &header_size);
    array.bytes = vf_part_bytes(message->parts[1], &array.size);
    int err = vf_array_header_read(&array, header, header_size, array.size, complaint);
    if (!err)
        err = emit_picture(run, &array, complaint);
    return err ? err : emit_array(run, &array, complaint);
}

static int emit_json(struct vf_node_run *run, const char *json, size_t length)
{
    struct vf_message *message = NULL;
    int made = vf_message_create_json(&message, json, length);
    return emit(run, VALUE, made, &message);
}

/* Returns how many values may be in a pickle, so that they take no more memory than asked for. */
static size_t most_values(int64_t max_bytes)
{
    size_t count = (size_t)max_bytes / (2 * sizeof(struct vf_plain)) + 1;
    return count < VF_PICKLE_MAX_VALUES ? count : VF_PICKLE_MAX_VALUES;
}

/* A flow carries values as JSON: says what that changes, each change once. */
static void tell_changes(struct vf_node_run *run, unsigned changes)
{
    static const struct {
        enum vf_plain_change change;
        const char *words;
    } all[] = {
        {VF_TUPLE_TO_LIST, "tuples become lists"},
        {VF_SET_TO_LIST, "sets become lists"},
        {VF_KEY_TO_TEXT, "keys of dicts that are no text become text"},
    };
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    for (size_t i = 0; i < VF_COUNT(all); i++) {
        if (changes & ~in->reported & all[i].change)
            vf_log(VF_LOG_WARNING, "%s: %s on the port value, since a flow carries values as JSON",
                   asked->endpoint, all[i].words);
    }
    in->reported |= changes;
}

static int take_zipped(struct vf_node_run *run, const void *bytes, size_t size,
                       struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    const struct vf_pickle_limits limits = {
        .bytes = (size_t)asked->max_bytes,
        .values = most_values(asked->max_bytes),
    };
    unsigned changes = 0;
    struct vf_plain_tree *tree;
    struct vf_text json = {0};
    int err = vf_zipped_pickle_read(&tree, bytes, size, &limits, complaint);
    if (err)
        return err == -ENOMEM ? err : -EBADMSG;
    err = vf_plain_to_json(&json, vf_plain_root(tree), limits.bytes, &changes, complaint);
    if (err && err != -ENOMEM)
        err = -EBADMSG;
    if (!err)
        tell_changes(run, changes);
    if (!err)
        err = emit_json(run, json.bytes, json.length);
    vf_text_finish(&json);
    vf_plain_tree_destroy(&tree);
    return err;
}

static int take_json(struct vf_node_run *run, const char *bytes, size_t size,
                     struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    if (vf_json_tree_bytes(bytes, size) > (size_t)asked->max_bytes)
        return vf_complain(complaint, -EBADMSG,
                           "its value would take more than %" PRId64 " bytes of memory",
                           asked->max_bytes);
    json_error_t error;
    json_t *value = json_loadb(bytes, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
        return vf_complain(complaint, -EBADMSG, "it is no JSON: %.120s", error.text);
    json_decref(value);
    return emit_json(run, bytes, size);
}

static int take_single(struct vf_node_run *run, const struct vf_peer_message *message,
                       struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    size_t size;
    if (message->count != 1)
        return vf_complain(complaint, -EBADMSG, "a message of %zu parts, not of one",
                           message->count);
    const void *bytes = vf_part_bytes(message->parts[0], &size);
    if (asked->form == VF_FORM_ZIPPED)
        return take_zipped(run, bytes, size, complaint);
    if (asked->form == VF_FORM_JSON)
        return take_json(run, bytes, size, complaint);
    const struct vf_numpy_array array = {
        .dtype = "|u1", .dimensions = 1, .shape = {size}, .bytes = bytes, .size = size};
    return emit_array(run, &array, complaint);
}

static int take_form(struct vf_node_run *run, const struct vf_peer_message *message,
                     struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    return asked->form == VF_FORM_ARRAY ? take_array(run, message, complaint)
                                        : take_single(run, message, complaint);
}

static bool is_end(const struct zmq_in_options *asked, const struct vf_peer_message *message)
{
    size_t size;
    if (!asked->end[0] || message->count != 1)
        return false;
    const void *bytes = vf_part_bytes(message->parts[0], &size);
    return size == strlen(asked->end) && memcmp(bytes, asked->end, size) == 0;
}

/* Counts what cannot be used, and says why; of several in a row that have the same fault, once. */
static void leave_out(struct vf_node_run *run, const char *what,
                      const struct vf_complaint *complaint)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    if (strcmp(in->told.text, complaint->text) == 0) {
        vf_node_count_error(run);
        return;
    }
    in->told = *complaint;
    vf_node_report_error(run, "%s: %s is left out: %s (more like it are only counted)",
                         asked->endpoint, what, complaint->text);
}

/* A message that cannot be read is counted; the next may be better. */
static int take(struct vf_node_run *run, const struct vf_peer_message *message)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    struct vf_complaint complaint;
    int err = take_form(run, message, &complaint);
    if (err == -EBADMSG) {
        leave_out(run, "a message", &complaint);
        return VF_OK;
    }
    if (err == -ENOMEM)
        vf_log(VF_LOG_ERROR, "%s: memory is too short for a message", asked->endpoint);
    in->taken += err == VF_OK;
    return err;
}

/* Says why nothing was received. Returns VF_OK where the next message may be better. */
static int explain(struct vf_node_run *run, int err)
{
    const struct zmq_in_options *asked = run->options;
    if (err != -EMSGSIZE) {
        vf_log(VF_LOG_ERROR, "%s: cannot receive: %s", asked->endpoint, strerror(-err));
        return err;
    }
    struct vf_complaint complaint;
    (void)!vf_complain(&complaint, err, "it has too many parts");
    leave_out(run, "a message", &complaint);
    return VF_OK;
}

static int zmq_in_next(struct vf_node_run *run)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    struct vf_peer_message message;
    if (asked->count && in->taken == asked->count)
        return VF_END;
    int err = receive(run, &message);
    if (err)
        return err < 0 ? explain(run, err) : err;
    err = is_end(asked, &message) ? VF_END : take(run, &message);
    vf_peer_message_finish(&message);
    return err;
}

/* Counts an answer that has no question, and says so of the first. */
static void count_stray(struct vf_node_run *run, uint64_t number)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in_answering *answering = &((struct zmq_in *)run->state)->answering;
    if (!answering->strays++)
        vf_log(VF_LOG_WARNING,
               "%s: an answer to number %" PRIu64
               " is left out, since no such question is waiting: "
               "it was never sent, or is over; further ones are counted",
               asked->endpoint, number);
}

/* Counts an answer that does not say to which question. */
static void count_nameless(struct vf_node_run *run, const struct vf_complaint *complaint)
{
    struct zmq_in_answering *answering = &((struct zmq_in *)run->state)->answering;
    leave_out(run, "an answer", complaint);
    answering->nameless++;
    answering->nameless_in_a_row++;
}

/* Receives one answer, and keeps it if it may have a question. Returns -EAGAIN when there is none. */
static int receive_answer(struct vf_node_run *run)
{
    struct zmq_in *in = run->state;
    struct vf_peer_message message;
    struct vf_complaint complaint;
    uint64_t number = 0, dropped = 0;
    int err = vf_peer_socket_receive(in->peer, &message);
    if (err)
        return err == -EAGAIN ? err : explain(run, err);
    in->answering.heard_ns = vf_clock_now_ns();
    if (vf_answer_number(&message, &number, &complaint))
        count_nameless(run, &complaint);
    else if (number < in->answering.due)
        dropped = number;
    else
        dropped = vf_answers_keep(in->answering.early, number, &message);
    if (number)
        in->answering.nameless_in_a_row = 0;
    if (dropped)
        count_stray(run, dropped);
    vf_peer_message_finish(&message);
    return VF_OK;
}

/* Takes notice of programs that have ended. */
static struct vf_peer_presence look_around(struct zmq_in *in)
{
    struct zmq_in_answering *answering = &in->answering;
    struct vf_peer_presence presence = vf_peer_socket_presence(in->peer);
    if (presence.lost != answering->presence.lost)
        answering->lost_ns = vf_clock_now_ns();
    if (presence.deserted != answering->presence.deserted)
        answering->deserted_ns = answering->lost_ns;
    answering->presence = presence;
    return presence;
}

/* Whether the program that has the question must have ended, or is likely to: of several, it is not
 * known which has it. Of what has happened after the question's own time was over, nothing counts:
 * whoever looks late finds the same. */
static bool is_gone(const struct vf_node_run *run, int64_t asked_ns)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    const struct zmq_in_answering *answering = &in->answering;
    struct vf_peer_presence presence = look_around(in);
    int64_t now_ns = vf_clock_now_ns(), last_ns = answering->lost_ns;
    if (asked->timeout && now_ns - asked_ns > asked->timeout)
        now_ns = asked_ns + asked->timeout;
    if (presence.deserted && asked_ns < answering->deserted_ns)
        return now_ns - answering->deserted_ns >= NOBODY_NS;
    if (answering->heard_ns > last_ns)
        last_ns = answering->heard_ns;
    return presence.lost && asked_ns < answering->lost_ns && now_ns - last_ns >= SILENCE_NS;
}

/* Whether the question is likely to have had an answer that did not say so: which may have come
 * before it was known here that the question had been sent. */
static bool is_answered_namelessly(const struct zmq_in *in, int64_t asked_ns)
{
    const struct zmq_in_answering *answering = &in->answering;
    int64_t last_ns = asked_ns > answering->heard_ns ? asked_ns : answering->heard_ns;
    return answering->nameless_in_a_row && vf_clock_now_ns() - last_ns >= SILENCE_NS;
}

/* Fails where there were as many answers without a number, one after the other, as questions may
 * wait: nothing would ever come of waiting for the rest, unless a timeout ends that. */
static int refuse_nameless(const struct zmq_in_options *asked, const struct zmq_in *in)
{
    uint64_t count = in->answering.nameless_in_a_row;
    if (asked->timeout || count < (uint64_t)asked->window)
        return VF_OK;
    vf_log(VF_LOG_ERROR,
           "%s: the program answers without a number: none of its last %" PRIu64
           " answers says to which question",
           asked->endpoint, count);
    return -EBADMSG;
}

/* Whether the answer to the question that is due is not waited for any longer; says why. */
static bool is_given_up(struct vf_node_run *run, int64_t asked_ns)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    struct zmq_in_answering *answering = &in->answering;
    if (is_gone(run, asked_ns)) {
        vf_node_report_error(run, "%s: question %" PRIu64 " has no answer: the program has gone",
                             asked->endpoint, answering->due);
        return true;
    }
    if (vf_peer_patience_is_over(&answering->patience, run, in->peer))
        return true;
    if (!asked->timeout && is_answered_namelessly(in, asked_ns)) {
        vf_node_report_error(run,
                             "%s: question %" PRIu64 " goes on without an answer: it may have "
                             "been one of those without a number",
                             asked->endpoint, answering->due);
        return true;
    }
    if (!asked->timeout || vf_clock_now_ns() - asked_ns < asked->timeout)
        return false;
    if (!answering->has_told_timeout)
        vf_log(VF_LOG_WARNING,
               "%s: question %" PRIu64 " has had no answer for %.6g s and goes on without; "
               "further ones are counted",
               asked->endpoint, answering->due, (double)asked->timeout / (double)VF_NS_PER_S);
    answering->has_told_timeout = true;
    return true;
}

static int wait_for_answer(struct vf_node_run *run)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    int64_t now_ns = vf_clock_now_ns(), step_ns = VF_PEER_STEP_MS * VF_NS_PER_MS;
    if (asked->timeout && asked->timeout < step_ns)
        step_ns = asked->timeout;
    int err = vf_peer_socket_wait(in->peer, (int)((step_ns + VF_NS_PER_MS - 1) / VF_NS_PER_MS));
    vf_node_waited(run, now_ns);
    return err;
}

/* Finds the answer that is due, in *message. Without one, its count is 0. Returns VF_END when the
 * task is to stop. */
static int find_answer(struct vf_node_run *run, int64_t asked_ns, struct vf_peer_message *message)
{
    struct zmq_in *in = run->state;
    *message = (struct vf_peer_message){.count = 0};
    while (!vf_answers_take(in->answering.early, in->answering.due, message)) {
        int err = receive_answer(run);
        if (vf_node_stop_requested(run))
            return VF_END;
        if (err == -EAGAIN && is_given_up(run, asked_ns))
            return VF_OK;
        if (err == -EAGAIN)
            err = wait_for_answer(run);
        else if (!err)
            err = refuse_nameless(run->options, in);
        if (err)
            return err;
    }
    return VF_OK;
}

static void drop_strays(struct vf_node_run *run)
{
    struct zmq_in *in = run->state;
    uint64_t number;
    while ((number = vf_answers_drop(in->answering.early, in->answering.due)))
        count_stray(run, number);
}

/* Emits the answer to a question. Nothing becomes a gap, by which the joins downstream know. */
static int zmq_in_process(struct vf_node_run *run, struct vf_message *const *questions)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    struct vf_peer_message message;
    in->answering.due = questions[0]->description.origin.number;
    drop_strays(run);
    int err = find_answer(run, questions[0]->description.publish_time_ns, &message);
    if (err)
        return err;
    bool is_answer = message.count > 1; /* the header alone says that there is none */
    in->answering.answered += is_answer;
    in->answering.unanswered += !is_answer;
    in->answering.question = questions[0];
    if (is_answer && asked->form != VF_FORM_ARRAY)
        vf_peer_message_behead(&message);
    if (is_answer)
        err = take(run, &message);
    in->answering.question = NULL;
    vf_peer_message_finish(&message);
    return err;
}

static void report_answers(struct vf_node_run *run)
{
    const struct zmq_in_options *asked = run->options;
    const struct zmq_in_answering *answering = &((struct zmq_in *)run->state)->answering;
    struct vf_text line = {0};
    vf_text_print(&line, "%s: %" PRIu64 " answers", asked->endpoint, answering->answered);
    if (answering->unanswered)
        vf_text_print(&line, ", %" PRIu64 " questions without one", answering->unanswered);
    if (answering->strays)
        vf_text_print(&line, ", %" PRIu64 " answers to no question", answering->strays);
    if (answering->nameless)
        vf_text_print(&line, ", %" PRIu64 " answers without a number", answering->nameless);
    if (!line.failed)
        vf_node_report_output(run, "%s", line.bytes);
    vf_text_finish(&line);
}

static int zmq_in_flush(struct vf_node_run *run)
{
    const struct zmq_in_options *asked = run->options;
    struct zmq_in *in = run->state;
    int err = VF_OK;
    in->answering.due = UINT64_MAX;
    bool has_all = vf_node_has_all(run); /* otherwise questions were called off */
    for (int i = 0; i < asked->high_water_mark && !err && has_all; i++)
        err = receive_answer(run);
    if (has_all)
        drop_strays(run);
    report_answers(run);
    return err == -EAGAIN ? VF_OK : err;
}

static void zmq_in_close(struct vf_node_run *run)
{
    struct zmq_in *in = run->state;
    vf_answers_destroy(&in->answering.early);
    vf_peer_socket_destroy(&in->peer);
}

/* What takes answers is fed with the questions. */
static void zmq_in_adapt(const void *values, struct vf_node *copy)
{
    static const struct vf_port questions[] = {
        {.name = "asked", .type = VF_PORT_VALUE, .help = "Questions that have been sent"},
    };
    const struct zmq_in_options *asked = values;
    if (!asked->answers[0])
        return;
    /* Beside those in the queue, one is due, and one has been sent and waits for room there. */
    unsigned queue = (unsigned)asked->window - 2;
    copy->kind = VF_PROCESSOR;
    copy->inputs = (struct vf_port_list){questions, VF_COUNT(questions)};
    copy->feed =
        (struct vf_feed){.option = "answers", .type = "zmq_out", .port = "asked", .queue = queue};
    copy->ordered_by = NULL;
    copy->next = NULL;
    copy->process = zmq_in_process;
    copy->flush = zmq_in_flush;
}

const struct vf_node vf_node_zmq_in = {
    .name = "zmq_in",
    .summary = "Receive messages from other programs through ZeroMQ.",
    .related = "zmq_out",
    .about =
        "With answers, the messages are the answers of programs to what a zmq_out of the same flow "
        "sends them. Each question has a number, which is in its header; the header of the answer "
        "repeats it: {\"number\": 12}. In form: array, number stands beside dtype and shape. In "
        "the "
        "other forms, questions and answers have a part more, the first: the header, a JSON "
        "object. "
        "A program may send the header of the question back, if dtype and shape are right.\n\n"
        "An answer has the origin, the times and the source of its question. So a join by origin, "
        "the default, joins it with the frame that was asked about. Any number of programs may "
        "answer, in any order: an answer is kept until the questions before it are done. A header "
        "alone, without a second part, says that there is no answer to this question. The node "
        "ends "
        "after the last question; programs need not tell it.\n\n"
        "A question without an answer holds up those after it until it is given up: timeout after "
        "it was sent; one second after the last program has disconnected; after one of several has "
        "disconnected, when none has answered for ten seconds; and one second after the flow was "
        "asked to stop. Answers without a number are left out, and where as many as window come "
        "one "
        "after the other, and timeout is 0, the node fails; where fewer came and no more for ten "
        "seconds, it gives up the questions from before. Joins then go on without it. What a "
        "program had when it disconnected "
        "counts "
        "as missing input, and the exit status is 65. An answer to a number that was never sent, "
        "or "
        "is done, is left out; the first is reported, and all are counted.\n\n"
        "At most window questions wait for their answers; then zmq_out waits, in realtime, too, "
        "and frames are dropped in front of it. A program that collects frames before it answers "
        "needs a window that is larger than its collection.",
    .example =
        "vflow: 1\n"
        "nodes:\n"
        "  # A Python program sends arrays: socket.connect(\"tcp://localhost:6000\").\n"
        "  pictures: {type: zmq_in, endpoint: \"tcp://127.0.0.1:6000\", pixel_format: bgr24}\n"
        "  out: {type: video_writer, inputs: pictures, path: out.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .ordered_by = "answers",
    .options = VF_LIST(options),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "Arrays of uint8 that are pictures, height x width x channels"},
                        {.name = "array", .type = VF_PORT_ARRAY, .help = "Arrays of any shape"},
                        {.name = "value", .type = VF_PORT_VALUE, .help = "Values"}),
    .options_size = sizeof(struct zmq_in_options),
    .state_size = sizeof(struct zmq_in),
    .check = zmq_in_check,
    .listens = zmq_in_listens,
    .adapt = zmq_in_adapt,
    .fills = zmq_in_fills,
    .is_endless = zmq_in_is_endless,
    .open = zmq_in_open,
    .next = zmq_in_next,
    .close = zmq_in_close,
};
