/* SPDX-License-Identifier: MIT */
/* mqtt_out - sends messages to an MQTT broker. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/mqtt/broker.h"
#include "nodes/mqtt/discovery.h"
#include "nodes/mqtt/sender.h"
#include "nodes/mqtt/topic.h"
#include "nodes/record/cooldown.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

#define STEP_NS (100 * VF_NS_PER_MS) /* between two looks whether to stop */
#define LONGEST_PASSWORD 4096

enum mqtt_payload { SEND_VALUE, SEND_RECORD };

struct mqtt_out_options {
    char *broker, *topic, *client_id, *user, *password_env, *password_file;
    char *will, *online, *offline, *ca, *cert, *key, *discovery;
    enum mqtt_payload payload;
    enum vf_mqtt_version version;
    int qos, queue;
    int64_t keepalive, timeout;
    bool retain, insecure, boxes;
    struct vf_cooldown_options telling;
};

struct mqtt_out {
    struct vf_mqtt_settings settings;
    struct vf_mqtt_sender *sender;
    char *password; /* from the environment or a file */
    struct vf_cooldown cooldown;
    uint64_t dropped;    /* in realtime */
    bool has_told_final; /* that the broker refuses the connection, in realtime */
};

static const struct vf_option options[] = {
    {"broker", "Address: mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS",
     VF_TEXT(struct mqtt_out_options, broker), .is_main = true},
    {"topic", "Topic to send to; {camera} and {what} are such members of the value",
     VF_TEXT(struct mqtt_out_options, topic)},
    {"payload", "What a message says",
     VF_CHOICE(struct mqtt_out_options, payload,
               {"value", SEND_VALUE, "The value: text as it is, all else as JSON"},
               {"record", SEND_RECORD,
                "The line that file_append writes: the value, with number, timestamp and source"}),
     .fallback = "value"},
    {"qos",
     "Quality of service; 0: sent once, and not acknowledged, 1: until it is acknowledged, so that "
     "it may arrive twice, 2: by a handshake that keeps it from arriving twice",
     VF_INTEGER(struct mqtt_out_options, qos), .fallback = "1", VF_RANGE(0, 2)},
    {"retain", "Let the broker keep the last message of each topic for those who subscribe later",
     VF_BOOLEAN(struct mqtt_out_options, retain), .fallback = "false"},
    {"client_id", "Name of this client, of which a broker has one at a time; empty: a random one",
     VF_TEXT(struct mqtt_out_options, client_id), .fallback = ""},
    {"user", "User, if the address has none", VF_TEXT(struct mqtt_out_options, user),
     .fallback = ""},
    {"password_env", "Environment variable that has the password",
     VF_TEXT(struct mqtt_out_options, password_env), .fallback = ""},
    {"password_file", "File that has the password in its first line",
     VF_INPUT_PATH(struct mqtt_out_options, password_file), .fallback = ""},
    {"will",
     "Topic where it is retained whether this client is there; the broker itself says that it is "
     "gone when the connection breaks; empty: none",
     VF_TEXT(struct mqtt_out_options, will), .fallback = ""},
    {"online", "What will says while this client is there",
     VF_TEXT(struct mqtt_out_options, online), .fallback = "online"},
    {"offline", "What will says afterwards", VF_TEXT(struct mqtt_out_options, offline),
     .fallback = "offline"},
    {"discovery",
     "Have Home Assistant find the values as a sensor: {component: binary_sensor, device_class: "
     "motion, name: Yard}; component is sensor or binary_sensor, prefix is homeassistant unless it "
     "says so, and the other keys are those of Home Assistant",
     VF_JSON_OBJECT(struct mqtt_out_options, discovery), .fallback = "{}"},
    {"ca", "Certificates of the authorities to trust, in PEM; empty: those of the system",
     VF_INPUT_PATH(struct mqtt_out_options, ca), .fallback = ""},
    {"cert", "Certificate that this client shows, in PEM",
     VF_INPUT_PATH(struct mqtt_out_options, cert), .fallback = ""},
    {"key", "Private key of cert, in PEM, without a passphrase",
     VF_INPUT_PATH(struct mqtt_out_options, key), .fallback = ""},
    {"insecure", "Trust any certificate of the broker: for tests",
     VF_BOOLEAN(struct mqtt_out_options, insecure), .fallback = "false"},
    {"keepalive", "Interval after which a silent connection is tested",
     VF_DURATION(struct mqtt_out_options, keepalive), .fallback = "60", VF_RANGE(5, 65535)},
    {"timeout",
     "In batch, fail if a message is not acknowledged for this long; in realtime, longest wait at "
     "the end",
     VF_DURATION(struct mqtt_out_options, timeout), .fallback = "30", VF_RANGE(0.001, 86400)},
    {"queue", "Largest number of waiting messages, in realtime",
     VF_INTEGER(struct mqtt_out_options, queue), .fallback = "100", VF_RANGE(1, 1e5)},
    {"version", "Version of MQTT",
     VF_CHOICE(struct mqtt_out_options, version,
               {"v5", VF_MQTT_5, "MQTT 5: the broker says why it refuses a message"},
               {"v3.1.1", VF_MQTT_3_1_1, "MQTT 3.1.1, for older brokers"}),
     .fallback = "v5"},
    VF_COOLDOWN_OPTIONS(struct mqtt_out_options, telling.),
    VF_RECORD_BOXES(struct mqtt_out_options, boxes),
};

static int say(char *problem, size_t problem_size, const char *mistake)
{
    snprintf(problem, problem_size, "%s", mistake);
    return -EINVAL;
}

static int check_access(const struct mqtt_out_options *asked, const struct vf_mqtt_broker *broker,
                        char *problem, size_t problem_size)
{
    bool has_tls_options = *asked->ca || *asked->cert || *asked->key || asked->insecure;
    int sources = (broker->password != NULL) + (*asked->password_env != '\0') +
                  (*asked->password_file != '\0');
    if (sources > 1)
        return say(problem, problem_size,
                   "there are several passwords; keep one of password_env, password_file and the "
                   "one in the address");
    if (broker->user && *asked->user)
        return say(problem, problem_size, "user: the address has a user already; remove one");
    if (sources && !broker->user && !*asked->user)
        return say(problem, problem_size, "there is a password without a user; add user");
    if (has_tls_options && !broker->is_encrypted)
        return say(problem, problem_size,
                   "ca, cert, key and insecure are for TLS; begin the address with mqtts://");
    if (!*asked->cert != !*asked->key)
        return say(problem, problem_size, "cert and key belong together; set both");
    return VF_OK;
}

static struct vf_mqtt_discovery discovery_of(const struct mqtt_out_options *asked, const char *name)
{
    return (struct vf_mqtt_discovery){
        .asked = asked->discovery,
        .name = name,
        .topic = asked->topic,
        .will = asked->will,
        .online = asked->online,
        .offline = asked->offline,
        .qos = asked->qos,
        .is_record = asked->payload == SEND_RECORD,
    };
}

static int mqtt_out_check(const void *values, char *problem, size_t problem_size)
{
    const struct mqtt_out_options *asked = values;
    struct vf_mqtt_broker broker;
    int err = vf_mqtt_broker_parse(&broker, asked->broker, problem, problem_size);
    if (err)
        return err;
    err = check_access(asked, &broker, problem, problem_size);
    vf_mqtt_broker_finish(&broker);
    if (!err)
        err = vf_mqtt_topic_check("topic", asked->topic, true, problem, problem_size);
    if (!err && *asked->will)
        err = vf_mqtt_topic_check("will", asked->will, false, problem, problem_size);
    if (!err)
        err = vf_cooldown_check(&asked->telling, problem, problem_size);
    const struct vf_mqtt_discovery discovery = discovery_of(asked, "");
    if (!err)
        err = vf_mqtt_discovery_check(&discovery, problem, problem_size);
    return err;
}

static int read_password_file(const char *path, char **password)
{
    char line[LONGEST_PASSWORD] = "";
    FILE *file = fopen(path, "re");
    bool is_read = file && fgets(line, sizeof(line), file);
    int err = is_read ? VF_OK : file && !ferror(file) ? -ENODATA : -errno;
    if (file)
        fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    if (err)
        vf_log(VF_LOG_ERROR, "password_file: cannot read a password from %s: %s", path,
               err == -ENODATA ? "it is empty" : strerror(-err));
    else
        *password = strdup(line);
    explicit_bzero(line, sizeof(line));
    return err || *password ? err : -ENOMEM;
}

static int find_password(const struct mqtt_out_options *asked, char **password)
{
    if (*asked->password_file)
        return read_password_file(asked->password_file, password);
    if (!*asked->password_env)
        return VF_OK;
    const char *value = getenv(asked->password_env);
    if (!value) {
        vf_log(VF_LOG_ERROR, "password_env: the environment has no variable %s; set it",
               asked->password_env);
        return -EINVAL;
    }
    *password = strdup(value);
    return *password ? VF_OK : -ENOMEM;
}

static int settle_settings(struct vf_mqtt_settings *settings, const struct mqtt_out_options *asked)
{
    char problem[256];
    int err = vf_mqtt_broker_parse(&settings->broker, asked->broker, problem, sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    settings->user = *asked->user ? asked->user : settings->broker.user;
    settings->password = settings->broker.password;
    settings->client_id = *asked->client_id ? asked->client_id : NULL;
    settings->version = asked->version;
    settings->keepalive_s = (int)(asked->keepalive / VF_NS_PER_S);
    settings->qos = asked->qos;
    settings->retains = asked->retain;
    settings->will = asked->will;
    settings->online = asked->online;
    settings->offline = asked->offline;
    settings->ca = asked->ca;
    settings->cert = asked->cert;
    settings->key = asked->key;
    settings->is_insecure = asked->insecure;
    return err;
}

static void mqtt_out_reach(const void *values, const struct vf_reach *reach)
{
    const struct mqtt_out_options *asked = values;
    vf_reach_add(reach, VF_REACH_CONNECT, asked->broker);
}

static int mqtt_out_open(struct vf_node_run *run)
{
    const struct mqtt_out_options *asked = run->options;
    struct mqtt_out *out = run->state;
    const struct vf_mqtt_discovery discovery = discovery_of(asked, run->name);
    struct vf_mqtt_message greeting = {0};
    out->cooldown.options = &asked->telling;
    int err = vf_record_check_names(run);
    if (!err)
        err = settle_settings(&out->settings, asked);
    if (!err)
        err = find_password(asked, &out->password);
    if (!err && out->password)
        out->settings.password = out->password;
    if (!err)
        err = vf_mqtt_discovery_make(&discovery, &greeting);
    if (!err)
        err = vf_mqtt_sender_create(&out->sender, &out->settings,
                                    run->is_realtime ? (size_t)asked->queue : 1, &greeting);
    vf_mqtt_message_finish(&greeting);
    return err;
}

/* Says why there is no connection that could take messages. */
static void complain(struct vf_node_run *run, const struct vf_text *reason, bool is_final)
{
    const struct mqtt_out_options *asked = run->options;
    struct mqtt_out *out = run->state;
    const char *name = out->settings.broker.name;
    double seconds = (double)asked->timeout / (double)VF_NS_PER_S;
    if (is_final)
        vf_log(VF_LOG_ERROR, "%s", reason->bytes);
    else if (reason->length)
        vf_log(
            VF_LOG_ERROR,
            "%s; nothing was sent for %.6g s (timeout): start the broker, or set broker to where "
            "it is",
            reason->bytes, seconds);
    else
        vf_log(VF_LOG_ERROR,
               "%s does not answer for %.6g s (timeout): set broker to where one runs", name,
               seconds);
}

/* Looks whether waiting helps, and how long it has been. */
static int judge(struct vf_node_run *run, int64_t deadline_ns)
{
    struct mqtt_out *out = run->state;
    struct vf_text reason = {0};
    bool is_final, is_late = vf_clock_now_ns() >= deadline_ns;
    bool is_cut_off = vf_mqtt_sender_is_cut_off(out->sender, &reason, &is_final);
    int err = is_final || is_late ? -EIO : VF_OK;
    if (err && run->is_realtime)
        err = -ETIME;
    else if (err && (is_cut_off || is_final))
        complain(run, &reason, is_final);
    else if (err)
        vf_log(VF_LOG_ERROR, "%s has not acknowledged a message in time (timeout)",
               out->settings.broker.name);
    vf_text_finish(&reason);
    return err;
}

/* Waits until all that was added is settled, at most until a moment. Returns VF_END when the task is
 * to stop; in realtime -ETIME where waiting is over, otherwise -EIO, after saying why. */
static int wait_for_all(struct vf_node_run *run, int64_t deadline_ns)
{
    struct mqtt_out *out = run->state;
    int64_t since_ns = vf_clock_now_ns();
    int err = VF_OK;
    while (!err && !vf_mqtt_sender_wait(out->sender, vf_clock_now_ns() + STEP_NS))
        err = vf_node_stop_requested(run) ? VF_END : judge(run, deadline_ns);
    vf_node_waited(run, since_ns);
    return err;
}

/* In realtime, what could not be delivered is missing, and the flow goes on. */
static void report_failures(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    struct vf_text problem = {0}, reason = {0};
    bool is_final;
    uint64_t failed = vf_mqtt_sender_take_failures(out->sender, &problem);
    if (failed == 1)
        vf_node_report_error(run, "%s; a message is lost", problem.bytes);
    else if (failed)
        vf_node_report_error(run, "%s; %" PRIu64 " messages are lost", problem.bytes, failed);
    (void)vf_mqtt_sender_is_cut_off(out->sender, &reason, &is_final);
    if (is_final && !out->has_told_final)
        vf_node_report_error(run, "%s; messages are dropped until it accepts", reason.bytes);
    out->has_told_final = is_final;
    vf_text_finish(&problem);
    vf_text_finish(&reason);
}

/* In batch, the task fails. */
static int fail(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    struct vf_text problem = {0};
    uint64_t failed = vf_mqtt_sender_take_failures(out->sender, &problem);
    if (failed)
        vf_log(VF_LOG_ERROR, "%s", problem.bytes);
    vf_text_finish(&problem);
    return failed ? -EIO : VF_OK;
}

static void print_payload(const struct mqtt_out_options *asked, const json_t *record,
                          bool has_several, struct vf_text *payload)
{
    bool is_record = asked->payload == SEND_RECORD || has_several;
    const json_t *value = is_record ? record : json_object_get(record, "value");
    if (json_is_string(value))
        vf_text_append(payload, json_string_value(value), json_string_length(value));
    else
        vf_value_write(payload, value);
}

/* Makes what is sent of what has come. Returns VF_DROPPED where that is to be left out. */
static int make_message(struct vf_node_run *run, struct vf_message *const *inputs,
                        struct vf_mqtt_message *message)
{
    const struct mqtt_out_options *asked = run->options;
    struct mqtt_out *out = run->state;
    json_t *record = vf_record_make(run, inputs, asked->boxes);
    if (!record)
        return -EINVAL;
    if (!vf_cooldown_passes(&out->cooldown, run, inputs, record)) {
        json_decref(record);
        return VF_DROPPED;
    }
    vf_mqtt_topic_print(&message->topic, asked->topic, record, run->input_names[0]);
    print_payload(asked, record, run->input_count > 1, &message->payload);
    json_decref(record);
    return message->topic.failed || message->payload.failed ? -ENOMEM : VF_OK;
}

static int mqtt_out_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct mqtt_out_options *asked = run->options;
    struct mqtt_out *out = run->state;
    struct vf_mqtt_message message = {0};
    int err = make_message(run, inputs, &message);
    if (err == VF_DROPPED)
        return VF_OK;
    if (!err)
        err = vf_mqtt_sender_add(out->sender, &message);
    vf_mqtt_message_finish(&message);
    if (run->is_realtime) {
        out->dropped += err == -EAGAIN;
        report_failures(run);
        return err == -EAGAIN ? VF_OK : err;
    }
    if (!err)
        err = wait_for_all(run, vf_clock_now_ns() + asked->timeout);
    return err ? err : fail(run);
}

static void report(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    const char *name = out->settings.broker.name;
    struct vf_mqtt_counts counts = vf_mqtt_sender_count(out->sender);
    struct vf_text rest = {0};
    uint64_t dropped = out->dropped + counts.waiting;
    if (dropped)
        vf_text_print(&rest, ", %" PRIu64 " dropped", dropped);
    if (counts.failed)
        vf_text_print(&rest, ", %" PRIu64 " failed", counts.failed);
    vf_cooldown_report(&out->cooldown, run, &rest);
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
static void leave(struct vf_node_run *run, int64_t deadline_ns)
{
    struct mqtt_out *out = run->state;
    int64_t since_ns = vf_clock_now_ns();
    while (!vf_mqtt_sender_leave(out->sender, vf_clock_now_ns() + STEP_NS) &&
           !vf_node_stop_requested(run) && vf_clock_now_ns() < deadline_ns)
        ;
    vf_node_waited(run, since_ns);
}

static int mqtt_out_flush(struct vf_node_run *run)
{
    const struct mqtt_out_options *asked = run->options;
    int64_t deadline_ns = vf_clock_now_ns() + asked->timeout;
    int err = wait_for_all(run, deadline_ns);
    if (run->is_realtime) {
        report_failures(run);
        err = VF_OK; /* the report says what is missing */
    } else if (!err) {
        err = fail(run);
    }
    report(run);
    leave(run, deadline_ns);
    return err < 0 ? err : VF_OK;
}

static void mqtt_out_close(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    vf_mqtt_sender_destroy(&out->sender);
    vf_cooldown_finish(&out->cooldown);
    vf_mqtt_broker_finish(&out->settings.broker);
    free(out->password);
    out->password = NULL;
}

const struct vf_node vf_node_mqtt_out = {
    .name = "mqtt_out",
    .summary = "Send messages to an MQTT broker.",
    .related = "webhook, zmq_out",
    .about =
        "A topic may have fields: the name of a member of the value in braces, such as {where} of "
        "an event, {details.direction} for a member of a member, or {number} and {source} of the "
        "frame. {task} is the task that tells an event, or that the message comes from. What a "
        "message does not have is \"none\"; \"/\", \"+\" and \"#\" become \"_\". Several inputs "
        "are sent as one record, with the name of each.\n\n"
        "With cooldown, what is left out is counted: the next message of the same cooldown_key has "
        "suppressed in its value, or in the record, and the report has the sum. In batch the "
        "timestamps of messages count, otherwise the clock.\n\n"
        "In batch mode the flow waits for each message until the broker has acknowledged it, and a "
        "message is released only then, so with restart: on-failure the message in work when the "
        "process died is sent again. A lost connection is made again, with growing pauses of up "
        "to 10 s, and what was not acknowledged is sent again. When that takes longer than the "
        "timeout, or the broker refuses the client or a message, the task fails, with exit status "
        "74. With qos: 0 nobody acknowledges: what is on its way when a connection breaks is lost. "
        "With qos: 2 a message arrives once, unless the connection breaks during its handshake.\n\n"
        "In realtime the flow never waits. Messages that find the queue full are dropped and "
        "counted in the report. A refusal counts as an error (--max-errors), and the flow "
        "continues. When it ends, waiting messages are sent for at most the timeout.\n\n"
        "With discovery, Home Assistant shows the values as a sensor without any configuration of "
        "its own: a retained message under homeassistant/ says where they are, and with will also "
        "when they are not to be had. A binary_sensor is on for true and off for false.\n\n"
        "The password is best kept in a file, or in an environment variable: neither the log nor "
        "the report show it, but vflow config shows an address as the flow has it. In an address, "
        "%40 is an @ in a password. Certificates are verified: your own broker needs one that the "
        "system trusts, or ca.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  motion: {type: motion, inputs: reader}\n"
               "  out:\n"
               "    type: mqtt_out\n"
               "    inputs: motion.events\n"
               "    broker: mqtt://127.0.0.1:1883\n"
               "    topic: cameras/{camera}/{what}\n"
               "    will: cameras/status\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* messages have an order */
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; messages of one origin are sent as one",
                        .is_repeated = true}),
    .options_size = sizeof(struct mqtt_out_options),
    .state_size = sizeof(struct mqtt_out),
    .check = mqtt_out_check,
    .reach = mqtt_out_reach,
    .open = mqtt_out_open,
    .consume = mqtt_out_consume,
    .flush = mqtt_out_flush,
    .close = mqtt_out_close,
};
