/* SPDX-License-Identifier: MIT */
/* zmq_out - sends what comes in to programs outside of the flow. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/packed_picture.h"
#include "engine/message/description_json.h"
#include "engine/node/node.h"
#include "engine/wire/peer/peer_socket.h"
#include "engine/wire/python/array_header.h"
#include "engine/wire/python/zipped_pickle.h"
#include "nodes/peer/options.h"
#include "nodes/peer/plain_json.h"
#include "nodes/peer/samples.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

/* How long a realtime flow that has ended waits for its last messages to leave. */
#define REALTIME_DRAIN_NS VF_NS_PER_S

#define ASKED 0
#define MAX_ENDS 1000 /* programs that are told the end */

enum zmq_out_socket { SEND_PUSH, SEND_PUB };

struct zmq_out_options {
    char *endpoint, *topic, *end, *pixel_format;
    enum zmq_out_socket socket;
    enum vf_peer_mode mode;
    enum vf_peer_form form;
    int protocol, high_water_mark;
    int64_t timeout;
    bool wait_for_subscriber;
};

struct zmq_out {
    struct vf_peer_socket *peer;
    struct vf_packer *packer;
    uint64_t sent, dropped;
    int64_t drain_until_ns;
    struct vf_peer_patience patience;
    unsigned told_lost; /* connections that had ended when that was last told */
};

/* What goes out for one message of the flow: up to two parts, and the memory they lie in. */
struct outgoing {
    struct vf_part parts[2];
    size_t count;
    struct vf_text head; /* a JSON object that says which message it is */
    struct vf_text text;
    struct vf_payload *payload;
};

static const struct vf_option options[] = {
    VF_PEER_ENDPOINT(struct zmq_out_options, endpoint),
    {"socket", "Kind of socket",
     VF_CHOICE(struct zmq_out_options, socket,
               {"push", SEND_PUSH, "Each message goes to one of the programs that pull"},
               {"pub", SEND_PUB, "Each message goes to all programs that subscribe"}),
     .fallback = "push"},
    VF_PEER_MODE(struct zmq_out_options, mode),
    {"form", "Format of messages on the socket",
     VF_CHOICE(
         struct zmq_out_options, form,
         {"array", VF_FORM_ARRAY,
          "A JSON header with dtype and shape, and number, timestamp, source and source_time "
          "of the frame, then the bytes; pictures are uint8 of height x width x channels; "
          "sound is samples x channels, and its header has sample_rate and layout"},
         {"zipped", VF_FORM_ZIPPED, "A value as a pickle, compressed with zlib"},
         {"json", VF_FORM_JSON, "A value as JSON; frames are described"},
         {"bytes", VF_FORM_BYTES, "The bytes of a packet, a picture, sound or an array alone"}),
     .fallback = "array"},
    {"topic", "First part of each message, which subscribers select by; empty: none",
     VF_TEXT(struct zmq_out_options, topic), .fallback = ""},
    {"pixel_format",
     "Pixel format to send, with 8 bits per channel; empty: the frame's own if it has that, "
     "otherwise rgb24",
     VF_PIXEL_FORMAT(struct zmq_out_options, pixel_format), .fallback = ""},
    {"protocol", "Protocol of pickles; -1: the highest",
     VF_INTEGER(struct zmq_out_options, protocol), .fallback = "-1",
     VF_RANGE(-1, VF_PICKLE_HIGHEST_PROTOCOL)},
    {"timeout", "In batch, fail if no program takes a message for this long; 0: wait forever",
     VF_DURATION(struct zmq_out_options, timeout), .fallback = "0", VF_RANGE(0, 86400)},
    {"wait_for_subscriber",
     "In batch, hold the first message of a pub socket until there is a subscriber",
     VF_BOOLEAN(struct zmq_out_options, wait_for_subscriber), .fallback = "false"},
    {"end",
     "Text to send as the last message, to each program that is connected, when the flow is "
     "complete; empty: none",
     VF_TEXT(struct zmq_out_options, end), .fallback = ""},
    {"high_water_mark", "Approximate number of messages that ZeroMQ keeps for a slow program",
     VF_INTEGER(struct zmq_out_options, high_water_mark), .fallback = "16", VF_RANGE(1, 1e6)},
};

static int zmq_out_check(const void *values, char *problem, size_t problem_size)
{
    const struct zmq_out_options *asked = values;
    if (asked->wait_for_subscriber && asked->socket != SEND_PUB) {
        snprintf(problem, problem_size, "wait_for_subscriber is for socket: pub");
        return -EINVAL;
    }
    return vf_peer_check(asked->endpoint, asked->mode, asked->pixel_format, problem, problem_size);
}

static const char *zmq_out_listens(const void *values)
{
    const struct zmq_out_options *asked = values;
    return asked->mode == VF_PEER_BIND ? asked->endpoint : NULL;
}

static int zmq_out_open(struct vf_node_run *run)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    const struct vf_peer_settings settings = {
        .endpoint = asked->endpoint,
        .pattern = asked->socket == SEND_PUB ? VF_PEER_PUB : VF_PEER_PUSH,
        .is_bound = asked->mode == VF_PEER_BIND,
        .topic = asked->topic,
        .high_water_mark = asked->high_water_mark,
        .is_lossless = !run->is_realtime,
    };
    int err = vf_packer_create(&out->packer, asked->pixel_format);
    return err ? err : vf_peer_socket_create(&out->peer, &settings);
}

static void add_part(struct outgoing *outgoing, const void *bytes, size_t size)
{
    outgoing->parts[outgoing->count++] = (struct vf_part){.bytes = bytes, .size = size};
}

static void drop_payload(void *bytes, void *owner)
{
    struct vf_payload *payload = owner;
    (void)bytes;
    vf_payload_drop(&payload);
}

/* Adds a payload that is nobody else's: ZeroMQ drops it, from a thread of its own. */
static void add_own_payload(struct outgoing *outgoing, size_t size)
{
    outgoing->parts[outgoing->count++] = (struct vf_part){
        .bytes = outgoing->payload->data,
        .size = size,
        .release = drop_payload,
        .owner = outgoing->payload,
    };
}

/* Writes the head of a message. */
static int write_head(struct vf_text *head, const struct vf_description *description)
{
    json_t *record = json_object();
    if (record) {
        vf_record_add_head(record, description);
        vf_record_add_source_time(record, description);
        vf_value_write(head, record);
    }
    json_decref(record);
    return head->length < 2 || head->failed ? -ENOMEM : VF_OK;
}

/* Adds the header of an array; it is a JSON object, and the head becomes part of it. */
static int add_array(struct outgoing *outgoing, const struct vf_numpy_array *array)
{
    struct vf_complaint complaint;
    struct vf_text *header = &outgoing->text;
    int err = vf_array_header_print(header, array, &complaint);
    if (err) {
        vf_log(VF_LOG_ERROR, "an array cannot be sent: %s", complaint.text);
        return err;
    }
    header->length--; /* "{...}" and "{...}" become one */
    vf_text_print(header, ", %s", outgoing->head.bytes + 1);
    add_part(outgoing, header->bytes, header->length);
    return header->failed ? -ENOMEM : VF_OK;
}

static int prepare_picture(struct outgoing *outgoing, struct zmq_out *out, enum vf_peer_form form,
                           const struct vf_message *message)
{
    struct vf_packed_picture picture;
    int err = vf_packer_pack(out->packer, message, &picture);
    if (err)
        return err;
    outgoing->payload = picture.payload;
    const struct vf_numpy_array array = {
        .dtype = "|u1",
        .dimensions = picture.channels > 1 ? 3 : 2,
        .shape = {picture.height, picture.width, picture.channels},
        .bytes = picture.payload->data,
        .size = (size_t)picture.height * picture.width * picture.channels,
    };
    if (form == VF_FORM_ARRAY)
        err = add_array(outgoing, &array);
    add_own_payload(outgoing, array.size);
    return err;
}

static int prepare_array(struct outgoing *outgoing, enum vf_peer_form form,
                         const struct vf_message *message)
{
    const struct vf_array *described = &message->description.array;
    struct vf_numpy_array array = {
        .dimensions = described->dimensions,
        .bytes = message->payload ? message->payload->data : NULL,
        .size = message->payload ? message->payload->size : 0,
    };
    memcpy(array.dtype, described->dtype, sizeof(array.dtype));
    for (uint32_t i = 0; i < described->dimensions && i < VF_MAX_DIMENSIONS; i++)
        array.shape[i] = described->shape[i];
    int err = form == VF_FORM_ARRAY ? add_array(outgoing, &array) : VF_OK;
    add_part(outgoing, array.bytes, array.size);
    return err;
}

/* Adds to the head what no array says of itself. */
static int add_sound(struct vf_text *head, const struct vf_audio *audio)
{
    json_t *said = json_pack("{s:i, s:o}", "sample_rate", audio->sample_rate, "layout",
                             vf_text_to_json(audio->layout, sizeof(audio->layout)));
    char *text = said ? json_dumps(said, JSON_COMPACT) : NULL;
    head->length--; /* "{...}" and "{...}" become one */
    if (text)
        vf_text_print(head, ", %s", text + 1);
    bool is_whole = text && !head->failed;
    free(text);
    json_decref(said);
    return is_whole ? VF_OK : -ENOMEM;
}

static int prepare_sound(struct outgoing *outgoing, enum vf_peer_form form,
                         const struct vf_message *message)
{
    const struct vf_audio *audio = &message->description.audio;
    struct vf_samples samples;
    int err = vf_samples_take(&samples, message);
    if (err)
        return err;
    outgoing->payload = samples.payload;
    struct vf_numpy_array array = {
        .dimensions = 2,
        .shape = {(uint64_t)audio->samples, (uint64_t)audio->channels},
        .bytes = samples.payload->data,
        .size = samples.size,
    };
    memcpy(array.dtype, samples.dtype, sizeof(array.dtype));
    if (form == VF_FORM_ARRAY)
        err = add_sound(&outgoing->head, audio);
    if (!err && form == VF_FORM_ARRAY)
        err = add_array(outgoing, &array);
    add_own_payload(outgoing, samples.size);
    return err;
}

static int prepare_packet(struct outgoing *outgoing, const struct vf_message *message)
{
    const struct vf_packet *packet = &message->description.packet;
    const uint8_t *data = message->payload ? message->payload->data : NULL;
    add_part(outgoing, data ? data + packet->data_offset : NULL, packet->data_size);
    return VF_OK;
}

static int prepare_zipped(struct outgoing *outgoing, int protocol, const struct vf_message *message)
{
    struct vf_plain_tree *tree;
    struct vf_complaint complaint;
    size_t length;
    const char *json = vf_message_json(message, &length);
    int err = vf_plain_from_json(&tree, json, length, &complaint);
    if (!err)
        err = vf_zipped_pickle_write(&outgoing->text, tree, protocol, &complaint);
    if (err)
        vf_log(VF_LOG_ERROR, "a value cannot be sent: %s", complaint.text);
    vf_plain_tree_destroy(&tree);
    add_part(outgoing, outgoing->text.bytes, outgoing->text.length);
    return err;
}

static int prepare_json(struct outgoing *outgoing, const struct vf_message *message)
{
    vf_value_print_json(&outgoing->text, message);
    add_part(outgoing, outgoing->text.bytes, outgoing->text.length);
    return outgoing->text.failed ? -ENOMEM : VF_OK;
}

static int refuse(const char *what, const char *instead)
{
    vf_log(VF_LOG_ERROR, "%s cannot be sent in this form; use %s", what, instead);
    return -EINVAL;
}

/* Makes the body of a message in the form that is asked for. */
static int prepare_body(struct outgoing *outgoing, struct vf_node_run *run,
                        const struct vf_message *message)
{
    const struct zmq_out_options *asked = run->options;
    bool is_array = asked->form == VF_FORM_ARRAY, is_zipped = asked->form == VF_FORM_ZIPPED;
    if (asked->form == VF_FORM_JSON)
        return prepare_json(outgoing, message);
    switch (message->description.type) {
    case VF_VALUE_VIDEO:
        return is_zipped ? refuse("a frame", "form: array")
                         : prepare_picture(outgoing, run->state, asked->form, message);
    case VF_VALUE_AUDIO:
        return is_zipped ? refuse("sound", "form: array")
                         : prepare_sound(outgoing, asked->form, message);
    case VF_VALUE_ARRAY:
        return is_zipped ? refuse("an array", "form: array")
                         : prepare_array(outgoing, asked->form, message);
    case VF_VALUE_PACKET:
        return is_zipped || is_array ? refuse("a packet", "form: bytes")
                                     : prepare_packet(outgoing, message);
    case VF_VALUE_JSON:
        if (is_zipped)
            return prepare_zipped(outgoing, asked->protocol, message);
        return is_array ? refuse("a value", "form: json or form: zipped")
                        : prepare_json(outgoing, message);
    default:
        return refuse("this kind of message", "form: json");
    }
}

/* Makes the parts of a message: where answers are to name it, its head comes first in each form. */
static int prepare(struct outgoing *outgoing, struct vf_node_run *run,
                   const struct vf_message *message)
{
    const struct zmq_out_options *asked = run->options;
    bool is_array = asked->form == VF_FORM_ARRAY, is_answered = vf_node_is_read(run, ASKED);
    int err = is_array || is_answered ? write_head(&outgoing->head, &message->description) : VF_OK;
    if (!err && is_answered && !is_array)
        add_part(outgoing, outgoing->head.bytes, outgoing->head.length);
    return err ? err : prepare_body(outgoing, run, message);
}

static int give_up(const struct zmq_out_options *asked)
{
    vf_log(VF_LOG_ERROR, "%s: no program has taken a message for %.6g seconds", asked->endpoint,
           (double)asked->timeout / (double)VF_NS_PER_S);
    return -ETIMEDOUT;
}

/* Says when the last of the programs has gone: it may be a crash, and batch waits for another. */
static void tell_loss(struct vf_node_run *run)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    struct vf_peer_presence presence = vf_peer_socket_presence(out->peer);
    if (presence.connected || presence.lost == out->told_lost)
        return;
    out->told_lost = presence.lost;
    vf_log(VF_LOG_WARNING, "%s: no program is connected any more; waiting for one",
           asked->endpoint);
}

/* Waits for a while. Returns VF_END when the task is to stop, an error when the time is over. */
static int wait_longer(struct vf_node_run *run, int64_t since_ns)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    if (vf_node_stop_requested(run) || vf_peer_patience_is_over(&out->patience, run, out->peer))
        return VF_END;
    tell_loss(run);
    if (asked->timeout && vf_clock_now_ns() - since_ns >= asked->timeout)
        return give_up(asked);
    int64_t now_ns = vf_clock_now_ns();
    int err = vf_peer_socket_wait(out->peer, VF_PEER_STEP_MS);
    vf_node_waited(run, now_ns);
    return err;
}

/* Sends a message as soon as there is room; VF_DROPPED where nothing may wait. */
static int send_parts(struct vf_node_run *run, const struct vf_part *parts, size_t count)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    int64_t since_ns = vf_clock_now_ns();
    bool must_wait = asked->wait_for_subscriber && !run->is_realtime && !out->sent;
    for (;;) {
        bool may_send = !must_wait || vf_peer_socket_is_subscribed(out->peer);
        int err = may_send ? vf_peer_socket_send(out->peer, parts, count) : -EAGAIN;
        if (err == -EAGAIN && run->is_realtime)
            return VF_DROPPED;
        if (err == -EAGAIN || err == -EINTR)
            err = wait_longer(run, since_ns);
        else if (err)
            vf_log(VF_LOG_ERROR, "%s: cannot send: %s", asked->endpoint, strerror(-err));
        else
            return VF_OK;
        if (err)
            return err;
    }
}

/* Makes known that a message has been sent. Whoever waits for the answer limits how many may be. */
static int tell_asked(struct vf_node_run *run, const struct vf_message *sent,
                      const struct vf_text *head)
{
    struct vf_message *asked = NULL;
    if (!vf_node_is_read(run, ASKED))
        return VF_OK;
    int made = vf_message_create_json(&asked, head->bytes, head->length);
    if (!made)
        vf_message_follow(asked, sent);
    return vf_node_emit_made(run, ASKED, made, &asked);
}

/* Returns whether sound is only announced: there is nothing to send yet. */
static bool is_announcement(const struct vf_description *description)
{
    return description->type == VF_VALUE_AUDIO && !description->audio.samples;
}

static int zmq_out_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct zmq_out *out = run->state;
    struct outgoing outgoing = {.count = 0};
    if (is_announcement(&inputs[0]->description))
        return VF_OK;
    int err = prepare(&outgoing, run, inputs[0]);
    if (!err)
        err = send_parts(run, outgoing.parts, outgoing.count);
    if (err)
        vf_payload_drop(&outgoing.payload); /* ZeroMQ has not taken it */
    out->sent += err == VF_OK;
    out->dropped += err == VF_DROPPED;
    if (!err)
        err = tell_asked(run, inputs[0], &outgoing.head);
    vf_text_finish(&outgoing.head);
    vf_text_finish(&outgoing.text);
    return err;
}

static bool is_drained_enough(void *argument)
{
    struct vf_node_run *run = argument;
    struct zmq_out *out = run->state;
    return vf_node_stop_requested(run) || vf_clock_now_ns() >= out->drain_until_ns ||
           vf_peer_patience_is_over(&out->patience, run, NULL);
}

/* Sends the text that says that the flow is complete: on a push socket, where each message goes to
 * one program, in turn, as often as there are programs. */
static int send_end(struct vf_node_run *run)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    const struct vf_part end = {.bytes = asked->end, .size = strlen(asked->end)};
    unsigned count = 1;
    int err = VF_OK;
    if (asked->socket == SEND_PUSH)
        count = vf_peer_socket_presence(out->peer).connected;
    count = count < 1 ? 1 : count > MAX_ENDS ? MAX_ENDS : count;
    for (unsigned i = 0; i < count && !err; i++)
        err = send_parts(run, &end, 1);
    return err;
}

/* Lets what was sent reach the other programs: in batch however long they take. */
static int zmq_out_flush(struct vf_node_run *run)
{
    const struct zmq_out_options *asked = run->options;
    struct zmq_out *out = run->state;
    int err = VF_OK;
    if (asked->end[0] && vf_node_end_reason(run) == VF_END_COMPLETE)
        err = send_end(run);
    out->drain_until_ns = run->is_realtime ? vf_clock_now_ns() + REALTIME_DRAIN_NS : INT64_MAX;
    if (!vf_peer_socket_drain(&out->peer, is_drained_enough, run))
        vf_log(VF_LOG_WARNING, "%s: not all that was sent has been taken", asked->endpoint);
    struct vf_medium medium = {.path = asked->endpoint,
                               .unit = "messages",
                               .count = out->sent,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .is_complete = !out->dropped,
                               .reason = out->dropped ? "some were dropped" : NULL};
    vf_node_note_output(run, &medium);
    if (out->dropped)
        vf_node_report_output(run, "%s: %" PRIu64 " messages, %" PRIu64 " dropped", asked->endpoint,
                              out->sent, out->dropped);
    else
        vf_node_report_output(run, "%s: %" PRIu64 " messages", asked->endpoint, out->sent);
    return err < 0 ? err : VF_OK;
}

static void zmq_out_close(struct vf_node_run *run)
{
    struct zmq_out *out = run->state;
    vf_peer_socket_destroy(&out->peer);
    vf_packer_destroy(&out->packer);
}

const struct vf_node vf_node_zmq_out = {
    .name = "zmq_out",
    .summary = "Send messages to other programs through ZeroMQ.",
    .related = "zmq_in, webhook",
    .about =
        "Several programs on a push socket share the work: each message goes to one of them. A "
        "zmq_in with answers takes what they answer, and each message then has a header with its "
        "number in every form.\n\n"
        "In batch, each message waits for a program that takes it, also after all programs have "
        "disconnected; timeout limits that. When the flow is asked to stop, a message is no longer "
        "waited for if no program is connected, and otherwise for one second.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  # A Python program takes numpy arrays from it: "
               "socket.connect(\"tcp://localhost:6001\").\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  small: {type: resize, inputs: reader, width: 320}\n"
               "  out: {type: zmq_out, inputs: small, endpoint: \"tcp://127.0.0.1:6001\", "
               "pixel_format: bgr24}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages to send"}),
    .outputs = VF_PORTS({.name = "asked",
                         .type = VF_PORT_VALUE,
                         .help = "Number, timestamp, source and source_time of each message, once "
                                 "it has been sent"}),
    .options_size = sizeof(struct zmq_out_options),
    .state_size = sizeof(struct zmq_out),
    .check = zmq_out_check,
    .listens = zmq_out_listens,
    .open = zmq_out_open,
    .consume = zmq_out_consume,
    .flush = zmq_out_flush,
    .close = zmq_out_close,
};
