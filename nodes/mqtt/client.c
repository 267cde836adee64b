/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/client.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

#define STEP_MS 1000                        /* how often the library looks after its keepalive */
#define HANDSHAKE_NS (20 * VF_NS_PER_S)     /* TLS, and what the broker thinks about a client */
#define MOST_PACKETS 1000                   /* written at once */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs" /* for a client with a certificate of its own */
#define FIRST_REFUSAL 0x80                  /* reason codes of MQTT 5 from here on are errors */

struct vf_mqtt_client {
    const struct vf_mqtt_settings *settings;
    struct mosquitto *library;
    vf_mqtt_settled *settled;
    void *owner;
    bool is_accepted;
    int64_t patience_ends_ns;
    struct vf_broker_failure failure;
    char complaint[160]; /* the first that the library has logged since it last did well */
};

/* The library's sentences have a full stop, and ours go on. */
static size_t sentence_length(const char *text)
{
    size_t length = strlen(text);
    return length && text[length - 1] == '.' ? length - 1 : length;
}

/* Notes why the connection is over. The first reason is the cause of others. */
static void fail(struct vf_mqtt_client *client, const char *reason, bool is_final)
{
    if (client->failure.text.length)
        return;
    client->failure.is_final = is_final;
    vf_text_print(&client->failure.text, "%s: %.*s", client->settings->broker.name,
                  (int)sentence_length(reason), reason);
}

/* What to do about a refusal, by its code in MQTT 5; NULL: nothing but to wait. */
static const char *find_remedy(int code)
{
    static const struct {
        int code;
        const char *remedy;
    } remedies[] = {
        {MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, "it speaks another version of MQTT; set version"},
        {MQTT_RC_CLIENTID_NOT_VALID, "it does not accept the client id; set client_id"},
        {MQTT_RC_BAD_USERNAME_OR_PASSWORD,
         "wrong user or password; set user and password_env, or password_file"},
        {MQTT_RC_NOT_AUTHORIZED,
         "not authorized; set user and password_env, or password_file, or give the user the right"},
        {MQTT_RC_BANNED, "it has banned this client"},
        {MQTT_RC_BAD_AUTHENTICATION_METHOD, "it wants another way to prove who this is"},
        {MQTT_RC_USE_ANOTHER_SERVER, "it says that another broker is to be used; set broker"},
        {MQTT_RC_SERVER_MOVED, "it says that it has moved; set broker"},
        {MQTT_RC_RETAIN_NOT_SUPPORTED, "it retains no messages; set will to nothing"},
        {MQTT_RC_QOS_NOT_SUPPORTED, "it does not support that QoS; set a lower qos"},
    };
    for (size_t i = 0; i < VF_COUNT(remedies); i++) {
        if (remedies[i].code == code)
            return remedies[i].remedy;
    }
    return NULL;
}

/* The codes of MQTT 3.1.1 as those of MQTT 5. */
static int translate(int code)
{
    static const int codes[] = {0,
                                MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION,
                                MQTT_RC_CLIENTID_NOT_VALID,
                                MQTT_RC_SERVER_UNAVAILABLE,
                                MQTT_RC_BAD_USERNAME_OR_PASSWORD,
                                MQTT_RC_NOT_AUTHORIZED};
    return code >= 0 && code < (int)VF_COUNT(codes) ? codes[code] : code;
}

static void on_connect(struct mosquitto *library, void *owner, int code, int flags,
                       const mosquitto_property *properties)
{
    struct vf_mqtt_client *client = owner;
    (void)library, (void)flags, (void)properties;
    code = translate(code);
    client->is_accepted = code == 0;
    if (client->is_accepted)
        return;
    const char *remedy = find_remedy(code);
    char reason[256];
    snprintf(reason, sizeof(reason), "the broker refuses the connection: %s",
             remedy ? remedy : mosquitto_reason_string(code));
    fail(client, reason, remedy != NULL);
}

static void on_disconnect(struct mosquitto *library, void *owner, int code,
                          const mosquitto_property *properties)
{
    char reason[200];
    (void)library, (void)properties;
    if (code < FIRST_REFUSAL)
        return; /* one of the library's, which it returns, too */
    snprintf(reason, sizeof(reason), "the broker has closed the connection: %s%s",
             mosquitto_reason_string(code),
             code == MQTT_RC_SESSION_TAKEN_OVER ? "; give each client a client_id of its own" : "");
    fail(owner, reason, false);
}

static void on_publish(struct mosquitto *library, void *owner, int id, int code,
                       const mosquitto_property *properties)
{
    struct vf_mqtt_client *client = owner;
    (void)library, (void)properties;
    client->settled(client->owner, id,
                    code >= FIRST_REFUSAL ? mosquitto_reason_string(code) : NULL);
}

/* Keeps what TLS complains of: "OpenSSL Error[0]: error:0A000086:SSL routines::the reason". */
static void on_log(struct mosquitto *library, void *owner, int level, const char *text)
{
    struct vf_mqtt_client *client = owner;
    (void)library;
    if (level != MOSQ_LOG_ERR || client->complaint[0])
        return;
    const char *colons = strstr(text, "::");
    text = colons ? colons + 2 : strncmp(text, "Error: ", 7) == 0 ? text + 7 : text;
    snprintf(client->complaint, sizeof(client->complaint), "%s", text);
}

/* OpenSSL would ask the terminal otherwise. */
static int have_no_password(char *buffer, int size, int is_writing, void *owner)
{
    (void)buffer, (void)size, (void)is_writing, (void)owner;
    return 0;
}

static const char *unless_empty(const char *text)
{
    return *text ? text : NULL;
}

static int set_up_tls(struct vf_mqtt_client *client)
{
    const struct vf_mqtt_settings *settings = client->settings;
    const char *ca = unless_empty(settings->ca);
    bool is_set = ca || *settings->cert;
    int code = MOSQ_ERR_SUCCESS;
    if (!settings->broker.is_encrypted)
        return code;
    if (!ca)
        code = mosquitto_int_option(client->library, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    if (!code && is_set)
        code = mosquitto_tls_set(client->library, ca, ca ? NULL : SYSTEM_AUTHORITIES,
                                 unless_empty(settings->cert), unless_empty(settings->key),
                                 have_no_password);
    if (!code && settings->is_insecure)
        code = mosquitto_tls_opts_set(client->library, 0, NULL, NULL);
    if (!code)
        code = mosquitto_tls_insecure_set(client->library, settings->is_insecure);
    return code;
}

static int set_up(struct vf_mqtt_client *client)
{
    const struct vf_mqtt_settings *settings = client->settings;
    struct mosquitto *library = client->library;
    bool is_5 = settings->version == VF_MQTT_5;
    int code = mosquitto_int_option(library, MOSQ_OPT_PROTOCOL_VERSION,
                                    is_5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    if (!code)
        code = mosquitto_int_option(library, MOSQ_OPT_TCP_NODELAY, 1);
    if (!code && settings->user)
        code = mosquitto_username_pw_set(library, settings->user, settings->password);
    if (!code && *settings->will)
        code = mosquitto_will_set(library, settings->will, (int)strlen(settings->offline),
                                  settings->offline, settings->qos, true);
    if (!code)
        code = set_up_tls(client);
    mosquitto_connect_v5_callback_set(library, on_connect);
    mosquitto_disconnect_v5_callback_set(library, on_disconnect);
    mosquitto_publish_v5_callback_set(library, on_publish);
    mosquitto_log_callback_set(library, on_log);
    return code;
}

int vf_mqtt_client_create(struct vf_mqtt_client **client, const struct vf_mqtt_settings *settings,
                          vf_mqtt_settled *settled, void *owner)
{
    struct vf_mqtt_client *made = calloc(1, sizeof(*made));
    *client = made;
    if (!made)
        return -ENOMEM;
    *made = (struct vf_mqtt_client){.settings = settings, .settled = settled, .owner = owner};
    made->library = mosquitto_new(settings->client_id, true, made);
    int code = made->library ? set_up(made) : MOSQ_ERR_NOMEM;
    if (code == MOSQ_ERR_SUCCESS)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s: cannot prepare a connection: %s", settings->broker.name,
           mosquitto_strerror(code));
    vf_mqtt_client_destroy(client);
    return code == MOSQ_ERR_NOMEM ? -ENOMEM : -EINVAL;
}

int vf_mqtt_library_init(void)
{
    return mosquitto_lib_init() == MOSQ_ERR_SUCCESS ? VF_OK : -ENOMEM;
}

void vf_mqtt_library_finish(void)
{
    (void)mosquitto_lib_cleanup();
}

void vf_mqtt_client_destroy(struct vf_mqtt_client **client)
{
    if (!*client)
        return;
    mosquitto_destroy((*client)->library);
    vf_text_finish(&(*client)->failure.text);
    free(*client);
    *client = NULL;
}

/* Notes why the library has failed. `problem` is errno as it left it. */
static int fail_by_library(struct vf_mqtt_client *client, int code, int problem)
{
    const char *reason = code == MOSQ_ERR_PROTOCOL && !client->is_accepted
                             ? "what answers there is no broker of MQTT"
                             : mosquitto_strerror(code);
    char text[256];
    if (code == MOSQ_ERR_ERRNO)
        reason = problem ? strerror(problem) : "the connection was closed";
    else if (code == MOSQ_ERR_EAI)
        reason = gai_strerror(problem);
    bool is_tls = code == MOSQ_ERR_TLS || (client->complaint[0] && !client->is_accepted);
    if (is_tls && client->complaint[0]) {
        snprintf(text, sizeof(text), "TLS: %s; see ca, cert, key and insecure", client->complaint);
        reason = text;
    }
    fail(client, reason, is_tls);
    return -ENOTCONN;
}

int vf_mqtt_client_connect(struct vf_mqtt_client *client)
{
    const struct vf_mqtt_settings *settings = client->settings;
    int state;
    client->patience_ends_ns = INT64_MAX;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    int code = mosquitto_connect(client->library, settings->broker.host, settings->broker.port,
                                 settings->keepalive_s);
    int problem = errno;
    pthread_setcancelstate(state, NULL);
    client->patience_ends_ns = vf_clock_now_ns() + HANDSHAKE_NS;
    return code ? fail_by_library(client, code, problem) : VF_OK;
}

/* Lets the library read and write what can be. */
static int attend(struct vf_mqtt_client *client, const struct pollfd *socket)
{
    bool has_ended = socket->revents & (POLLERR | POLLHUP);
    int code = MOSQ_ERR_SUCCESS;
    errno = 0;
    if (socket->revents & (POLLIN | POLLERR | POLLHUP))
        code = mosquitto_loop_read(client->library, MOST_PACKETS);
    if (!code && socket->revents & POLLOUT)
        code = mosquitto_loop_write(client->library, MOST_PACKETS);
    if (!code)
        code = mosquitto_loop_misc(client->library);
    if (!code && has_ended && !client->is_accepted)
        code = MOSQ_ERR_CONN_LOST; /* TLS would read again and again */
    return code;
}

int vf_mqtt_client_work(struct vf_mqtt_client *client, int wake_fd)
{
    bool is_writing = mosquitto_want_write(client->library);
    struct pollfd fds[] = {
        {.fd = mosquitto_socket(client->library), .events = POLLIN | (is_writing ? POLLOUT : 0)},
        {.fd = wake_fd, .events = POLLIN},
    };
    if (fds[0].fd < 0)
        return fail_by_library(client, MOSQ_ERR_CONN_LOST, 0);
    if (poll(fds, VF_COUNT(fds), STEP_MS) < 0 && errno != EINTR)
        return fail_by_library(client, MOSQ_ERR_ERRNO, errno);
    int code = attend(client, &fds[0]);
    if (code)
        return fail_by_library(client, code, errno);
    if (!client->is_accepted && vf_clock_now_ns() >= client->patience_ends_ns) {
        fail(client, "it does not answer as a broker does; see the port, and mqtt:// or mqtts://",
             false);
        return -ENOTCONN;
    }
    return VF_OK;
}

bool vf_mqtt_client_is_accepted(const struct vf_mqtt_client *client)
{
    return client->is_accepted;
}

bool vf_mqtt_client_is_busy(const struct vf_mqtt_client *client)
{
    return mosquitto_want_write(client->library);
}

int vf_mqtt_client_publish(struct vf_mqtt_client *client, const char *topic,
                           const struct vf_text *payload, bool retains, int *id,
                           const char **problem)
{
    errno = 0;
    int code = payload->length > MQTT_MAX_PAYLOAD
                   ? MOSQ_ERR_PAYLOAD_SIZE
                   : mosquitto_publish(client->library, id, topic, (int)payload->length,
                                       payload->bytes, client->settings->qos, retains);
    if (code == MOSQ_ERR_SUCCESS)
        return VF_OK;
    *problem = mosquitto_strerror(code);
    if (code == MOSQ_ERR_ERRNO || code == MOSQ_ERR_NO_CONN || code == MOSQ_ERR_CONN_LOST)
        return fail_by_library(client, code, errno);
    return code == MOSQ_ERR_NOMEM ? -ENOMEM : -EINVAL;
}

void vf_mqtt_client_leave(struct vf_mqtt_client *client)
{
    (void)mosquitto_disconnect(client->library); /* whoever is gone need not leave */
}

void vf_mqtt_client_take_failure(struct vf_mqtt_client *client, struct vf_broker_failure *failure)
{
    *failure = client->failure;
    client->failure = (struct vf_broker_failure){0};
}
