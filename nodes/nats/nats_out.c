/* SPDX-License-Identifier: MIT */
/* nats_out - sends messages to a NATS server. */
#include <errno.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/broker/access.h"
#include "nodes/broker/output.h"
#include "nodes/nats/service.h"
#include "nodes/nats/subject.h"
#include "nodes/record/headers.h"
#include "nodes/record/record.h"

static const struct vf_broker_scheme scheme = {"server", "nats://", "tls://", 4222, 4222};

struct nats_out_options {
    char *server, *subject, *client_name, *creds;
    struct vf_map headers;
    bool jetstream;
    int64_t keepalive;
    struct vf_broker_access access;
    struct vf_broker_output_options output;
};

struct nats_out {
    const struct nats_out_options *asked;
    struct vf_nats_service service;
    struct vf_broker_output output;
    char *password; /* or a token; from the environment or a file */
};

static const struct vf_option options[] = {
    {"server", "Address: nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT], or tls:// for TLS",
     VF_TEXT(struct nats_out_options, server), .is_main = true},
    {"subject", "Subject to publish to; {camera} and {what} are such members of the value",
     VF_TEXT(struct nats_out_options, subject)},
    VF_BROKER_PAYLOAD(struct nats_out_options, output.),
    {"headers", "Headers to add, such as {Camera: \"{camera}\"}; their texts may have fields",
     VF_MAP(struct nats_out_options, headers), .fallback = "{}"},
    {"jetstream",
     "Have a stream of JetStream keep each message: it has arrived once the stream has "
     "acknowledged "
     "it",
     VF_BOOLEAN(struct nats_out_options, jetstream), .fallback = "false"},
    {"client_name", "Name of this client, as the server lists it; empty: none",
     VF_TEXT(struct nats_out_options, client_name), .fallback = ""},
    {"user", "User, if the address has none", VF_TEXT(struct nats_out_options, access.user),
     .fallback = ""},
    {"password_env", "Environment variable that has the password, or without a user the token",
     VF_TEXT(struct nats_out_options, access.password_env), .fallback = ""},
    {"password_file", "File that has the password, or the token, in its first line",
     VF_INPUT_PATH(struct nats_out_options, access.password_file), .fallback = ""},
    {"creds", "File with credentials as nsc makes them: a JWT and its key",
     VF_INPUT_PATH(struct nats_out_options, creds), .fallback = ""},
    {"ca", "Certificates of authorities to trust beside those of the system, in PEM",
     VF_INPUT_PATH(struct nats_out_options, access.ca), .fallback = ""},
    {"cert", "Certificate that this client shows, in PEM",
     VF_INPUT_PATH(struct nats_out_options, access.cert), .fallback = ""},
    {"key", "Private key of cert, in PEM, without a passphrase",
     VF_INPUT_PATH(struct nats_out_options, access.key), .fallback = ""},
    {"insecure", "Trust any certificate of the server: for tests",
     VF_BOOLEAN(struct nats_out_options, access.insecure), .fallback = "false"},
    {"keepalive", "Interval after which a silent connection is tested",
     VF_DURATION(struct nats_out_options, keepalive), .fallback = "60", VF_RANGE(1, 86400)},
    VF_BROKER_TIMEOUT(struct nats_out_options, output.),
    VF_BROKER_QUEUE(struct nats_out_options, output.),
    VF_COOLDOWN_OPTIONS(struct nats_out_options, output.telling.),
    VF_RECORD_BOXES(struct nats_out_options, output.boxes),
};

static int check_access(const struct nats_out_options *asked, char *problem, size_t problem_size)
{
    struct vf_broker_address server;
    int err = vf_broker_address_parse(&server, &scheme, asked->server, problem, problem_size);
    if (err)
        return err;
    bool is_somebody = server.user || *asked->access.user || *asked->access.password_env ||
                       *asked->access.password_file;
    err = vf_broker_access_check(&asked->access, &server, &scheme, true, problem, problem_size);
    vf_broker_address_finish(&server);
    if (!err && *asked->creds && is_somebody) {
        snprintf(problem, problem_size,
                 "creds says who this is; remove it, or the user, password and token");
        return -EINVAL;
    }
    return err;
}

static int nats_out_check(const void *values, char *problem, size_t problem_size)
{
    const struct nats_out_options *asked = values;
    int err = check_access(asked, problem, problem_size);
    if (!err)
        err = vf_broker_topic_check(&vf_nats_subjects, "subject", asked->subject, true, problem,
                                    problem_size);
    if (!err)
        err = vf_headers_check(&asked->headers, problem, problem_size);
    return err ? err : vf_cooldown_check(&asked->output.telling, problem, problem_size);
}

static void nats_out_reach(const void *values, const struct vf_reach *reach)
{
    const struct nats_out_options *asked = values;
    vf_reach_add(reach, VF_REACH_CONNECT, asked->server);
}

/* Says who this is: a user in the address without a password is a token, as NATS has it. */
static void settle_access(struct vf_nats_settings *settings, const struct nats_out_options *asked,
                          const char *password)
{
    const struct vf_broker_address *server = &settings->server;
    const char *secret = password ? password : server->password;
    bool has_name = *asked->access.user || (server->user && secret);
    if (has_name) {
        settings->user = *asked->access.user ? asked->access.user : server->user;
        settings->password = secret;
    } else {
        settings->token = server->user ? server->user : secret;
    }
}

static int settle_settings(struct nats_out *out, const struct nats_out_options *asked)
{
    struct vf_nats_settings *settings = &out->service.settings;
    char problem[256];
    int err = vf_broker_address_parse(&settings->server, &scheme, asked->server, problem,
                                      sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err)
        err = vf_broker_access_find_password(&asked->access, &out->password);
    settle_access(settings, asked, out->password);
    settings->access = &asked->access;
    settings->creds = asked->creds;
    settings->client_name = asked->client_name;
    settings->keepalive_ns = asked->keepalive;
    settings->uses_jetstream = asked->jetstream;
    return err;
}

static void address(void *owner, const json_t *record, const char *task,
                    struct vf_broker_message *message)
{
    const struct nats_out *out = owner;
    vf_broker_topic_print(&message->topic, &vf_nats_subjects, out->asked->subject, record, task);
    vf_headers_print(&message->headers, &out->asked->headers, record, task);
}

static int nats_out_open(struct vf_node_run *run)
{
    const struct nats_out_options *asked = run->options;
    struct nats_out *out = run->state;
    out->asked = asked;
    out->output = (struct vf_broker_output){
        .options = &asked->output, .kind = "server", .address = address, .owner = out};
    int err = settle_settings(out, asked);
    const struct vf_broker_protocol protocol = vf_nats_service_protocol(&out->service);
    return err ? err : vf_broker_output_open(&out->output, run, &protocol);
}

static int nats_out_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct nats_out *out = run->state;
    return vf_broker_output_consume(&out->output, run, inputs);
}

static int nats_out_flush(struct vf_node_run *run)
{
    struct nats_out *out = run->state;
    return vf_broker_output_flush(&out->output, run);
}

static void nats_out_close(struct vf_node_run *run)
{
    struct nats_out *out = run->state;
    vf_broker_output_close(&out->output);
    vf_nats_service_finish(&out->service);
    vf_broker_access_forget(&out->password);
}

const struct vf_node vf_node_nats_out = {
    .name = "nats_out",
    .summary = "Send messages to a NATS server.",
    .related = "mqtt_out, webhook, zmq_out",
    .about =
        "A subject may have fields: the name of a member of the value in braces, such as {where} "
        "of "
        "an event, {details.direction} for a member of a member, or {number} and {source} of the "
        "frame. {task} is the task that tells an event, or that the message comes from. What a "
        "message does not have is \"none\"; spaces, \".\", \"*\" and \">\" become \"_\". Several "
        "inputs are sent as one record, with the name of each.\n\n"
        "With cooldown, what is left out is counted: the next message of the same cooldown_key has "
        "suppressed in its value, or in the record, and the report has the sum. In batch the "
        "timestamps of messages count, otherwise the clock.\n\n"
        "In batch mode the flow waits for each message until the server has answered a PING that "
        "was sent after it, so that it has passed the message to those who subscribe; with "
        "jetstream, until a stream has stored it. A message is released only then, so with "
        "restart: on-failure the message in work when the process died is sent again. A lost "
        "connection is made again, with growing pauses of up to 10 s, and what the server has not "
        "answered is sent again: it may arrive twice. With jetstream it is stored once, because it "
        "has the same Nats-Msg-Id. When that takes longer than the timeout, or the server refuses "
        "the client or a message, the task fails, with exit status 74. NATS itself keeps nothing "
        "for those who subscribe later: that is what a stream is for. Make one first, for its "
        "subjects: nats stream add EVENTS --subjects='cameras.>'.\n\n"
        "In realtime the flow never waits. Messages that find the queue full are dropped and "
        "counted in the report. A refusal counts as an error (--max-errors), and the flow "
        "continues. When it ends, waiting messages are sent for at most the timeout.\n\n"
        "The password, or the token, is best kept in a file, or in an environment variable: "
        "neither the log nor the report show it, but vflow config shows an address as the flow has "
        "it. In an address, %40 is an @ in a password. Certificates are verified: your own server "
        "needs one that the system trusts, or ca. With nats:// a server that demands TLS gets it, "
        "too, but only tls:// makes sure of it.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  motion: {type: motion, inputs: reader}\n"
               "  out:\n"
               "    type: nats_out\n"
               "    inputs: motion.events\n"
               "    server: nats://127.0.0.1:4222\n"
               "    subject: cameras.{camera}.{what}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* messages have an order */
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; messages of one origin are sent as one",
                        .is_repeated = true}),
    .options_size = sizeof(struct nats_out_options),
    .state_size = sizeof(struct nats_out),
    .check = nats_out_check,
    .reach = nats_out_reach,
    .open = nats_out_open,
    .consume = nats_out_consume,
    .flush = nats_out_flush,
    .close = nats_out_close,
};
