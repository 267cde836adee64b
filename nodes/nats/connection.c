/* SPDX-License-Identifier: MIT */
#include "nodes/nats/connection.h"

#include <errno.h>
#include <nats/nats.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

#define CONNECT_MS 5000 /* for each step of a connection */
#define ANSWER_MS 1000  /* one wait for the server, between two looks whether to stop */
#define WRITE_MS 5000   /* a connection that takes nothing for so long is over */
#define GOODBYE_NS (5 * VF_NS_PER_S)
#define NOT_PERMITTED "this user may not publish there (permissions)"
#define NO_STREAM_TRIES 4 /* a cluster may be choosing who has a stream */
#define NO_STREAM_PAUSE_NS (250 * VF_NS_PER_MS)

struct vf_nats_connection {
    const struct vf_nats_settings *settings;
    struct vf_broker_sender *sender;
    natsOptions *options;
    natsConnection *link;
    jsCtx *stream;
    struct vf_broker_failure failure;
    char problem[256];
    /* What libnats tells in its threads. */
    pthread_mutex_t mutex;
    pthread_cond_t is_told;
    unsigned refused;
    bool is_closed;
};

int vf_nats_library_init(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* its threads get no signals */
    natsStatus status = nats_Open(-1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != NATS_OK)
        vf_log(VF_LOG_ERROR, "cannot start libnats: %s", natsStatus_GetText(status));
    return status == NATS_OK ? VF_OK : -ENOMEM;
}

void vf_nats_library_finish(void)
{
    (void)nats_CloseAndWait(CONNECT_MS); /* there is no connection any more */
}

/* Lends what libnats says of what this thread asked for last: "(conn.c:733): SSL handshake error". */
static const char *last_words(natsStatus status)
{
    const char *text = nats_GetLastError(NULL);
    const char *colon = text && *text == '(' ? strstr(text, "): ") : NULL;
    text = colon ? colon + 3 : text;
    return text && *text ? text : natsStatus_GetText(status);
}

/* Notes why the connection is over. The first reason is the cause of others. */
static int fail(struct vf_nats_connection *connection, const char *reason, bool is_final)
{
    struct vf_broker_failure *failure = &connection->failure;
    if (!failure->text.length) {
        failure->is_final = is_final;
        vf_text_print(&failure->text, "%s: %s", connection->settings->server.name, reason);
    }
    return -ENOTCONN;
}

static void on_error(natsConnection *link, natsSubscription *subscription, natsStatus status,
                     void *owner)
{
    struct vf_nats_connection *connection = owner;
    (void)link, (void)subscription;
    if (status != NATS_NOT_PERMITTED) {
        vf_log(VF_LOG_DEBUG, "%s: %s", connection->settings->server.name,
               natsStatus_GetText(status));
        return;
    }
    /* Its own words are in memory that the next of them overwrite. */
    vf_broker_sender_refuse(connection->sender, NOT_PERMITTED);
    pthread_mutex_lock(&connection->mutex);
    connection->refused++;
    pthread_cond_broadcast(&connection->is_told);
    pthread_mutex_unlock(&connection->mutex);
}

static void on_closed(natsConnection *link, void *owner)
{
    struct vf_nats_connection *connection = owner;
    (void)link;
    pthread_mutex_lock(&connection->mutex);
    connection->is_closed = true;
    vf_broker_sender_wake(connection->sender);
    pthread_cond_broadcast(&connection->is_told);
    pthread_mutex_unlock(&connection->mutex);
}

static natsStatus set_up_tls(natsOptions *options, const struct vf_nats_settings *settings)
{
    const struct vf_broker_access *access = settings->access;
    natsStatus status = NATS_OK;
    if (!settings->server.is_encrypted)
        return status;
    status = natsOptions_SetSecure(options, true);
    if (status == NATS_OK && *access->ca)
        status = natsOptions_LoadCATrustedCertificates(options, access->ca);
    if (status == NATS_OK && *access->cert)
        status = natsOptions_LoadCertificatesChain(options, access->cert, access->key);
    if (status == NATS_OK && access->insecure)
        status = natsOptions_SkipServerVerification(options, true);
    return status;
}

static natsStatus set_up_access(natsOptions *options, const struct vf_nats_settings *settings)
{
    natsStatus status = NATS_OK;
    if (settings->user)
        status = natsOptions_SetUserInfo(options, settings->user,
                                         settings->password ? settings->password : "");
    if (status == NATS_OK && settings->token)
        status = natsOptions_SetToken(options, settings->token);
    if (status == NATS_OK && *settings->creds)
        status = natsOptions_SetUserCredentialsFromFiles(options, settings->creds, NULL);
    return status == NATS_OK ? set_up_tls(options, settings) : status;
}

/* Connections are made again by the sender, which knows what has to be sent again. */
static natsStatus set_up(natsOptions *options, const struct vf_nats_settings *settings)
{
    natsStatus status = natsOptions_SetURL(options, settings->server.name);
    if (status == NATS_OK && *settings->client_name)
        status = natsOptions_SetName(options, settings->client_name);
    if (status == NATS_OK)
        status = natsOptions_SetAllowReconnect(options, false);
    if (status == NATS_OK)
        status = natsOptions_SetTimeout(options, CONNECT_MS);
    if (status == NATS_OK)
        status = natsOptions_SetPingInterval(options, settings->keepalive_ns / VF_NS_PER_MS);
    if (status == NATS_OK)
        status = natsOptions_SetWriteDeadline(options, WRITE_MS);
    return status == NATS_OK ? set_up_access(options, settings) : status;
}

static int make_options(natsOptions **options, const struct vf_nats_settings *settings)
{
    *options = NULL;
    natsStatus status = natsOptions_Create(options);
    if (status == NATS_OK)
        status = set_up(*options, settings);
    if (status == NATS_OK)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s: cannot prepare a connection: %s", settings->server.name,
           last_words(status));
    natsOptions_Destroy(*options);
    *options = NULL;
    return status == NATS_NO_MEMORY ? -ENOMEM : -EINVAL;
}

int vf_nats_settings_try(const struct vf_nats_settings *settings)
{
    natsOptions *options;
    if (*settings->creds && access(settings->creds, R_OK)) {
        int err = -errno;
        vf_log(VF_LOG_ERROR, "creds: cannot read %s: %s", settings->creds, strerror(-err));
        return err;
    }
    int err = make_options(&options, settings);
    natsOptions_Destroy(options);
    return err;
}

/* Tries one address. Returns 0 or why it takes no connection. */
static int try_address(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int problem = fd < 0 ? errno : 0;
    socklen_t size = sizeof(problem);
    if (!problem && connect(fd, address->ai_addr, address->ai_addrlen))
        problem = errno;
    struct pollfd made = {.fd = fd, .events = POLLOUT};
    if (problem == EINPROGRESS && poll(&made, 1, CONNECT_MS) == 0)
        problem = ETIMEDOUT;
    else if (problem == EINPROGRESS && getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size))
        problem = errno;
    if (fd >= 0)
        close(fd);
    return problem;
}

/* Finds out why libnats cannot reach a server, which it does not say. */
static int fail_to_reach(struct vf_nats_connection *connection, const struct addrinfo *addresses)
{
    int problem = 0;
    for (; addresses && (problem = try_address(addresses)); addresses = addresses->ai_next)
        ;
    return fail(connection, problem ? strerror(problem) : "the server closes the connection",
                false);
}

/* Notes why a connection could not be made. */
static int fail_to_connect(struct vf_nats_connection *connection, natsStatus status,
                           const struct addrinfo *addresses)
{
    static const char handshake[] = "SSL handshake error: ";
    const struct vf_nats_settings *settings = connection->settings;
    const char *words = last_words(status);
    bool has_access = settings->user || settings->token || *settings->creds;
    char text[320];
    switch (status) {
    case NATS_NO_SERVER:
        return fail_to_reach(connection, addresses);
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
        snprintf(text, sizeof(text), "the server refuses the connection: %s",
                 has_access ? "wrong user, password, token or creds; set user and password_env, "
                              "password_file or creds"
                            : "not authorized; set user and password_env, password_file or creds");
        return fail(connection, text, true);
    case NATS_SSL_ERROR:
        if (strncmp(words, handshake, strlen(handshake)) == 0)
            words += strlen(handshake);
        snprintf(text, sizeof(text), "TLS: %s; see ca, cert, key and insecure", words);
        return fail(connection, text, true);
    case NATS_SECURE_CONNECTION_WANTED:
        return fail(connection, "the server has no TLS; begin the address with nats://", true);
    case NATS_PROTOCOL_ERROR:
        return fail(connection, "what answers there is no NATS server; see the port", false);
    case NATS_TIMEOUT:
        return fail(connection, "it does not answer as a NATS server does; see the port", false);
    default:
        return fail(connection, words, false);
    }
}

/* Looks the host up. The thread may be cancelled meanwhile: name servers may take long. */
static int look_up(struct vf_nats_connection *connection, struct addrinfo **addresses)
{
    const struct vf_broker_address *server = &connection->settings->server;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char port[8];
    int state;
    snprintf(port, sizeof(port), "%d", server->port);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    int code = getaddrinfo(server->host, port, &hints, addresses);
    int problem = errno;
    pthread_setcancelstate(state, NULL);
    if (!code)
        return VF_OK;
    return fail(connection, code == EAI_SYSTEM ? strerror(problem) : gai_strerror(code), false);
}

static int open_link(struct vf_nats_connection *connection)
{
    struct addrinfo *addresses = NULL;
    natsOptions *options = connection->options;
    int err = look_up(connection, &addresses);
    if (err)
        return err;
    natsStatus status = natsOptions_SetErrorHandler(options, on_error, connection);
    if (status == NATS_OK)
        status = natsOptions_SetClosedCB(options, on_closed, connection);
    if (status == NATS_OK)
        status = natsConnection_Connect(&connection->link, options);
    if (status == NATS_OK && connection->settings->uses_jetstream)
        status = natsConnection_JetStream(&connection->stream, connection->link, NULL);
    if (status != NATS_OK)
        err = fail_to_connect(connection, status, addresses);
    freeaddrinfo(addresses);
    return err;
}

static void init_guards(struct vf_nats_connection *connection)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&connection->mutex, NULL);
    pthread_cond_init(&connection->is_told, &clock);
    pthread_condattr_destroy(&clock);
}

int vf_nats_connection_open(struct vf_nats_connection **connection,
                            const struct vf_nats_settings *settings,
                            struct vf_broker_sender *sender)
{
    struct vf_nats_connection *made = calloc(1, sizeof(*made));
    *connection = made;
    if (!made)
        return -ENOMEM;
    init_guards(made);
    made->settings = settings;
    made->sender = sender;
    int err = make_options(&made->options, settings);
    return err ? err : open_link(made);
}

/* Waits until libnats has told that something has come about. */
static void wait_until_told(struct vf_nats_connection *connection, int64_t longest_ns,
                            bool (*is_so)(const struct vf_nats_connection *))
{
    int64_t until_ns = vf_clock_now_ns() + longest_ns;
    const struct timespec until = {until_ns / VF_NS_PER_S, until_ns % VF_NS_PER_S};
    int err = 0;
    pthread_mutex_lock(&connection->mutex);
    while (!is_so(connection) && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&connection->is_told, &connection->mutex, &until);
    pthread_mutex_unlock(&connection->mutex);
}

static bool is_closed(const struct vf_nats_connection *connection)
{
    return connection->is_closed;
}

static bool has_refused(const struct vf_nats_connection *connection)
{
    return connection->refused || connection->is_closed;
}

/* What libnats has to tell comes in its order, and that a connection is closed last. */
void vf_nats_connection_close(struct vf_nats_connection **connection)
{
    struct vf_nats_connection *gone = *connection;
    if (!gone)
        return;
    jsCtx_Destroy(gone->stream);
    if (gone->link) {
        natsConnection_Close(gone->link);
        wait_until_told(gone, GOODBYE_NS, is_closed);
    }
    natsConnection_Destroy(gone->link);
    natsOptions_Destroy(gone->options);
    vf_text_finish(&gone->failure.text);
    pthread_cond_destroy(&gone->is_told);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *connection = NULL;
}

void vf_nats_connection_take_failure(struct vf_nats_connection *connection,
                                     struct vf_broker_failure *failure)
{
    *failure = connection->failure;
    connection->failure = (struct vf_broker_failure){0};
}

/* Notes why the connection was lost. */
static int fail_by_link(struct vf_nats_connection *connection, natsStatus status)
{
    const char *text = NULL;
    natsStatus last = natsConnection_GetLastError(connection->link, &text);
    bool says_why = last != NATS_OK && last != NATS_NOT_PERMITTED && text && *text;
    return fail(connection, says_why ? text : natsStatus_GetText(status), false);
}

int vf_nats_connection_look(struct vf_nats_connection *connection)
{
    return natsConnection_IsClosed(connection->link)
               ? fail_by_link(connection, NATS_CONNECTION_CLOSED)
               : VF_OK;
}

static natsStatus make_message(const struct vf_broker_message *message, natsMsg **made)
{
    const struct vf_text *headers = &message->headers;
    natsStatus status = natsMsg_Create(made, message->topic.bytes, NULL, message->payload.bytes,
                                       (int)message->payload.length);
    for (size_t at = 0; status == NATS_OK && at < headers->length;) {
        const char *name = headers->bytes + at, *text = name + strlen(name) + 1;
        status = natsMsgHeader_Set(*made, name, text);
        at += strlen(name) + strlen(text) + 2;
    }
    return status;
}

/* Judges what came of sending. */
static int judge(struct vf_nats_connection *connection, natsStatus status, const char **problem)
{
    *problem = connection->problem;
    switch (status) {
    case NATS_OK:
        return VF_OK;
    case NATS_TIMEOUT:
        return -EAGAIN;
    case NATS_NO_MEMORY:
        return -ENOMEM;
    case NATS_MAX_PAYLOAD:
        snprintf(connection->problem, sizeof(connection->problem),
                 "it takes no more than %lld bytes (max_payload)",
                 (long long)natsConnection_GetMaxPayload(connection->link));
        return -EINVAL;
    case NATS_NO_SERVER_SUPPORT:
        snprintf(connection->problem, sizeof(connection->problem), "it supports no headers");
        return -EINVAL;
    case NATS_NO_RESPONDERS:
        snprintf(connection->problem, sizeof(connection->problem),
                 "no stream takes its subject (jetstream); add one to the server");
        return -EINVAL;
    default:
        if (natsConnection_IsClosed(connection->link))
            return fail_by_link(connection, status);
        snprintf(connection->problem, sizeof(connection->problem), "%s", last_words(status));
        return -EINVAL;
    }
}

int vf_nats_connection_publish(struct vf_nats_connection *connection,
                               const struct vf_broker_message *message, const char **problem)
{
    natsMsg *made = NULL;
    natsStatus status = make_message(message, &made);
    if (status == NATS_OK)
        status = natsConnection_PublishMsg(connection->link, made);
    natsMsg_Destroy(made);
    int err = judge(connection, status, problem);
    return err == -EAGAIN ? fail_by_link(connection, status) : err;
}

int vf_nats_connection_flush(struct vf_nats_connection *connection)
{
    const char *text;
    natsStatus status = natsConnection_FlushTimeout(connection->link, ANSWER_MS);
    if (status == NATS_TIMEOUT && !natsConnection_IsClosed(connection->link))
        return -EAGAIN;
    if (status != NATS_OK)
        return fail_by_link(connection, status);
    if (natsConnection_GetLastError(connection->link, &text) == NATS_NOT_PERMITTED)
        wait_until_told(connection, ANSWER_MS * VF_NS_PER_MS, has_refused);
    return VF_OK;
}

static unsigned count_refused(struct vf_nats_connection *connection)
{
    pthread_mutex_lock(&connection->mutex);
    unsigned refused = connection->refused;
    pthread_mutex_unlock(&connection->mutex);
    return refused;
}

int vf_nats_connection_store(struct vf_nats_connection *connection,
                             const struct vf_broker_message *message, const char *id,
                             const char **problem)
{
    jsPubOptions asked;
    natsMsg *made = NULL;
    unsigned refused = count_refused(connection);
    jsPubOptions_Init(&asked);
    asked.MaxWait = ANSWER_MS;
    asked.MsgId = id;
    natsStatus status = make_message(message, &made);
    for (int i = 0; status == NATS_OK && i < NO_STREAM_TRIES; i++) {
        status = js_PublishMsg(NULL, connection->stream, made, &asked, NULL);
        if (status != NATS_NO_RESPONDERS || i + 1 == NO_STREAM_TRIES)
            break;
        vf_broker_sender_rest(connection->sender, NO_STREAM_PAUSE_NS);
        status = NATS_OK;
    }
    natsMsg_Destroy(made);
    /* Nobody answers to what the server has refused, and counted already. */
    if (status == NATS_TIMEOUT && count_refused(connection) > refused)
        status = NATS_OK;
    return judge(connection, status, problem);
}
