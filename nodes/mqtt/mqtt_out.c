/* SPDX-License-Identifier: MIT */
/* mqtt_out - sends messages to an MQTT broker. */
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/broker/access.h"
#include "nodes/broker/output.h"
#include "nodes/mqtt/discovery.h"
#include "nodes/mqtt/service.h"
#include "nodes/mqtt/topic.h"
#include "nodes/record/record.h"

static const struct vf_broker_scheme scheme = {"broker", "mqtt://", "mqtts://", 1883, 8883};

struct mqtt_out_options {
    char *broker, *topic, *client_id, *will, *online, *offline, *discovery;
    enum vf_mqtt_version version;
    int qos;
    int64_t keepalive;
    bool retain;
    struct vf_broker_access access;
    struct vf_broker_output_options output;
};

struct mqtt_out {
    const struct mqtt_out_options *asked;
    struct vf_mqtt_service service;
    struct vf_broker_output output;
    char *password; /* from the environment or a file */
};

static const struct vf_option options[] = {
    {"broker", "Address: mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS",
     VF_TEXT(struct mqtt_out_options, broker), .is_main = true},
    {"topic", "Topic to send to; {camera} and {what} are such members of the value",
     VF_TEXT(struct mqtt_out_options, topic)},
    VF_BROKER_PAYLOAD(struct mqtt_out_options, output.),
    {"qos",
     "Quality of service; 0: sent once, and not acknowledged, 1: until it is acknowledged, so that "
     "it may arrive twice, 2: by a handshake that keeps it from arriving twice",
     VF_INTEGER(struct mqtt_out_options, qos), .fallback = "1", VF_RANGE(0, 2)},
    {"retain", "Let the broker keep the last message of each topic for those who subscribe later",
     VF_BOOLEAN(struct mqtt_out_options, retain), .fallback = "false"},
    {"client_id", "Name of this client, of which a broker has one at a time; empty: a random one",
     VF_TEXT(struct mqtt_out_options, client_id), .fallback = ""},
    {"user", "User, if the address has none", VF_TEXT(struct mqtt_out_options, access.user),
     .fallback = ""},
    {"password_env", "Environment variable that has the password",
     VF_TEXT(struct mqtt_out_options, access.password_env), .fallback = ""},
    {"password_file", "File that has the password in its first line",
     VF_INPUT_PATH(struct mqtt_out_options, access.password_file), .fallback = ""},
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
     VF_INPUT_PATH(struct mqtt_out_options, access.ca), .fallback = ""},
    {"cert", "Certificate that this client shows, in PEM",
     VF_INPUT_PATH(struct mqtt_out_options, access.cert), .fallback = ""},
    {"key", "Private key of cert, in PEM, without a passphrase",
     VF_INPUT_PATH(struct mqtt_out_options, access.key), .fallback = ""},
    {"insecure", "Trust any certificate of the broker: for tests",
     VF_BOOLEAN(struct mqtt_out_options, access.insecure), .fallback = "false"},
    {"keepalive", "Interval after which a silent connection is tested",
     VF_DURATION(struct mqtt_out_options, keepalive), .fallback = "60", VF_RANGE(5, 65535)},
    VF_BROKER_TIMEOUT(struct mqtt_out_options, output.),
    VF_BROKER_QUEUE(struct mqtt_out_options, output.),
    {"version", "Version of MQTT",
     VF_CHOICE(struct mqtt_out_options, version,
               {"v5", VF_MQTT_5, "MQTT 5: the broker says why it refuses a message"},
               {"v3.1.1", VF_MQTT_3_1_1, "MQTT 3.1.1, for older brokers"}),
     .fallback = "v5"},
    VF_COOLDOWN_OPTIONS(struct mqtt_out_options, output.telling.),
    VF_RECORD_BOXES(struct mqtt_out_options, output.boxes),
};

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
        .is_record = asked->output.payload == VF_BROKER_RECORD,
    };
}

static int mqtt_out_check(const void *values, char *problem, size_t problem_size)
{
    const struct mqtt_out_options *asked = values;
    struct vf_broker_address broker;
    int err = vf_broker_address_parse(&broker, &scheme, asked->broker, problem, problem_size);
    if (err)
        return err;
    err = vf_broker_access_check(&asked->access, &broker, &scheme, false, problem, problem_size);
    vf_broker_address_finish(&broker);
    if (!err)
        err = vf_broker_topic_check(&vf_mqtt_topics, "topic", asked->topic, true, problem,
                                    problem_size);
    if (!err && *asked->will)
        err = vf_broker_topic_check(&vf_mqtt_topics, "will", asked->will, false, problem,
                                    problem_size);
    if (!err)
        err = vf_cooldown_check(&asked->output.telling, problem, problem_size);
    const struct vf_mqtt_discovery discovery = discovery_of(asked, "");
    if (!err)
        err = vf_mqtt_discovery_check(&discovery, problem, problem_size);
    return err;
}

static int settle_settings(struct vf_mqtt_settings *settings, const struct mqtt_out_options *asked)
{
    char problem[256];
    int err = vf_broker_address_parse(&settings->broker, &scheme, asked->broker, problem,
                                      sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    settings->user = *asked->access.user ? asked->access.user : settings->broker.user;
    settings->password = settings->broker.password;
    settings->client_id = *asked->client_id ? asked->client_id : NULL;
    settings->version = asked->version;
    settings->keepalive_s = (int)(asked->keepalive / VF_NS_PER_S);
    settings->qos = asked->qos;
    settings->retains = asked->retain;
    settings->will = asked->will;
    settings->online = asked->online;
    settings->offline = asked->offline;
    settings->ca = asked->access.ca;
    settings->cert = asked->access.cert;
    settings->key = asked->access.key;
    settings->is_insecure = asked->access.insecure;
    return err;
}

static void mqtt_out_reach(const void *values, const struct vf_reach *reach)
{
    const struct mqtt_out_options *asked = values;
    vf_reach_add(reach, VF_REACH_CONNECT, asked->broker);
}

static void address(void *owner, const json_t *record, const char *task,
                    struct vf_broker_message *message)
{
    const struct mqtt_out *out = owner;
    vf_broker_topic_print(&message->topic, &vf_mqtt_topics, out->asked->topic, record, task);
}

static int mqtt_out_open(struct vf_node_run *run)
{
    const struct mqtt_out_options *asked = run->options;
    struct mqtt_out *out = run->state;
    struct vf_mqtt_settings *settings = &out->service.settings;
    const struct vf_mqtt_discovery discovery = discovery_of(asked, run->name);
    out->asked = asked;
    out->output = (struct vf_broker_output){
        .options = &asked->output, .kind = "broker", .address = address, .owner = out};
    int err = settle_settings(settings, asked);
    if (!err)
        err = vf_broker_access_find_password(&asked->access, &out->password);
    if (!err && out->password)
        settings->password = out->password;
    if (!err)
        err = vf_mqtt_discovery_make(&discovery, &out->service.greeting);
    const struct vf_broker_protocol protocol = vf_mqtt_service_protocol(&out->service);
    if (!err)
        err = vf_broker_output_open(&out->output, run, &protocol);
    return err;
}

static int mqtt_out_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct mqtt_out *out = run->state;
    return vf_broker_output_consume(&out->output, run, inputs);
}

static int mqtt_out_flush(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    return vf_broker_output_flush(&out->output, run);
}

static void mqtt_out_close(struct vf_node_run *run)
{
    struct mqtt_out *out = run->state;
    vf_broker_output_close(&out->output);
    vf_mqtt_service_finish(&out->service);
    vf_broker_access_forget(&out->password);
}

const struct vf_node vf_node_mqtt_out = {
    .name = "mqtt_out",
    .summary = "Send messages to an MQTT broker.",
    .related = "nats_out, webhook, zmq_out",
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
