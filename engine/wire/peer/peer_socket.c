/* SPDX-License-Identifier: MIT */
#include "engine/wire/peer/peer_socket.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/host.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/wire/peer/ipc_claim.h"

#define DRAIN_STEP_NS (20 * VF_NS_PER_MS)
#define CROWDED_MS 5 /* how often a slow subscriber is looked at again: it cannot be polled for */

#define MONITOR "inproc://monitor"

struct vf_peer_socket {
    void *context, *socket;
    void *monitor; /* tells who comes and goes */
    struct vf_peer_presence presence;
    enum vf_peer_pattern pattern;
    char *topic;
    struct vf_ipc_claim *claim; /* of the file that it listens at; NULL: there is none */
    bool is_subscribed;
};

static bool is_sender(enum vf_peer_pattern pattern)
{
    return pattern == VF_PEER_PUSH || pattern == VF_PEER_PUB;
}

static int set_number(struct vf_peer_socket *peer, int option, int number)
{
    return zmq_setsockopt(peer->socket, option, &number, sizeof(number)) < 0 ? -errno : VF_OK;
}

/* A message without a receiver is refused at once rather than kept for one that may never come. */
static int set_sending(struct vf_peer_socket *peer, const struct vf_peer_settings *settings)
{
    int err = set_number(peer, ZMQ_SNDHWM, settings->high_water_mark);
    if (!err && settings->pattern == VF_PEER_PUSH)
        err = set_number(peer, ZMQ_IMMEDIATE, 1);
    if (!err && settings->pattern == VF_PEER_PUB)
        err = set_number(peer, ZMQ_XPUB_NODROP, settings->is_lossless);
    return err;
}

static int set_receiving(struct vf_peer_socket *peer, const struct vf_peer_settings *settings)
{
    int err = set_number(peer, ZMQ_RCVHWM, settings->high_water_mark);
    if (!err && zmq_setsockopt(peer->socket, ZMQ_MAXMSGSIZE, &settings->max_bytes,
                               sizeof(settings->max_bytes)) < 0)
        err = -errno;
    if (!err && settings->pattern == VF_PEER_SUB &&
        zmq_setsockopt(peer->socket, ZMQ_SUBSCRIBE, settings->topic, strlen(settings->topic)) < 0)
        err = -errno;
    return err;
}

static int watch_connections(struct vf_peer_socket *peer)
{
    int no_limit = 0; /* ZeroMQ's own thread would wait for room */
    peer->monitor = zmq_socket(peer->context, ZMQ_PAIR);
    bool is_made = peer->monitor &&
                   zmq_setsockopt(peer->monitor, ZMQ_RCVHWM, &no_limit, sizeof(no_limit)) == 0 &&
                   zmq_socket_monitor(peer->socket, MONITOR,
                                      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |
                                          ZMQ_EVENT_DISCONNECTED) == 0 &&
                   zmq_connect(peer->monitor, MONITOR) == 0;
    return is_made ? VF_OK : -errno;
}

static void close_sockets(struct vf_peer_socket *peer)
{
    if (peer->monitor)
        zmq_close(peer->monitor);
    if (peer->socket)
        zmq_close(peer->socket);
    peer->monitor = peer->socket = NULL;
}

/* Makes the endpoint that ZeroMQ understands: it wants brackets around IPv6, and listens at no
 * names. */
static int spell_endpoint(char **spelt, const struct vf_peer_settings *settings)
{
    const char *place = settings->endpoint + strlen("tcp://"), *port = strrchr(place, ':');
    char *host = NULL, *address = NULL;
    bool is_tcp = strncmp(settings->endpoint, "tcp://", strlen("tcp://")) == 0;
    if (is_tcp && port)
        host = strndup(place, (size_t)(port - place));
    bool is_spelt_otherwise = host && (settings->is_bound || strchr(host, ':'));
    int err = is_spelt_otherwise ? vf_host_resolve(host, &address) : VF_OK;
    *spelt = address ? vf_text_format("tcp://%s%s", address, port) : strdup(settings->endpoint);
    free(host);
    free(address);
    return err == -ENOMEM || !*spelt ? -ENOMEM : VF_OK;
}

static int attach(struct vf_peer_socket *peer, const struct vf_peer_settings *settings)
{
    char *endpoint;
    int err = spell_endpoint(&endpoint, settings);
    if (!err && strchr(endpoint, '['))
        err = set_number(peer, ZMQ_IPV6, 1);
    if (!err && settings->is_bound)
        err = vf_ipc_claim_create(&peer->claim, endpoint);
    if (!err && (settings->is_bound ? zmq_bind : zmq_connect)(peer->socket, endpoint) < 0)
        err = -errno;
    free(endpoint);
    return err;
}

static int open_socket(struct vf_peer_socket *peer, const struct vf_peer_settings *settings)
{
    /* XPUB is a PUB socket that says who subscribes. */
    static const int types[] = {
        [VF_PEER_PUSH] = ZMQ_PUSH,
        [VF_PEER_PULL] = ZMQ_PULL,
        [VF_PEER_PUB] = ZMQ_XPUB,
        [VF_PEER_SUB] = ZMQ_SUB,
    };
    peer->topic = strdup(settings->topic);
    if (!peer->topic)
        return -ENOMEM;
    peer->context = zmq_ctx_new();
    if (peer->context)
        peer->socket = zmq_socket(peer->context, types[settings->pattern]);
    if (!peer->socket)
        return -errno;
    int err = set_number(peer, ZMQ_LINGER, 0);
    if (!err)
        err = is_sender(settings->pattern) ? set_sending(peer, settings)
                                           : set_receiving(peer, settings);
    if (!err)
        err = watch_connections(peer);
    return err ? err : attach(peer, settings);
}

int vf_peer_socket_create(struct vf_peer_socket **peer, const struct vf_peer_settings *settings)
{
    *peer = calloc(1, sizeof(**peer));
    if (!*peer)
        return -ENOMEM;
    (*peer)->pattern = settings->pattern;
    int err = open_socket(*peer, settings);
    if (!err)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot %s %s: %s", settings->is_bound ? "bind" : "connect to",
           settings->endpoint, zmq_strerror(-err));
    vf_peer_socket_destroy(peer);
    return err;
}

static void *end_context(void *context)
{
    while (zmq_ctx_term(context) < 0 && errno == EINTR)
        continue;
    return NULL;
}

void vf_peer_socket_destroy(struct vf_peer_socket **peer)
{
    if (!*peer)
        return;
    close_sockets(*peer);
    if ((*peer)->context)
        end_context((*peer)->context);
    vf_ipc_claim_destroy(&(*peer)->claim);
    free((*peer)->topic);
    free(*peer);
    *peer = NULL;
}

static struct timespec time_in(int64_t wait_ns)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t nanoseconds = time.tv_nsec + wait_ns;
    time.tv_sec += nanoseconds / VF_NS_PER_S;
    time.tv_nsec = nanoseconds % VF_NS_PER_S;
    return time;
}

/* ZeroMQ does not tell how much is still to be sent: it only ends a context when nothing is, and
 * waiting for that cannot be called off. So a thread waits. */
bool vf_peer_socket_drain(struct vf_peer_socket **peer, bool (*is_enough)(void *argument),
                          void *argument)
{
    void *context = (*peer)->context;
    pthread_t thread;
    int err = set_number(*peer, ZMQ_LINGER, -1);
    if (!err)
        err = -pthread_create(&thread, NULL, end_context, context);
    if (err) {
        vf_peer_socket_destroy(peer);
        return false;
    }
    close_sockets(*peer); /* from here on the thread owns the context */
    (*peer)->context = NULL;
    do {
        struct timespec deadline = time_in(DRAIN_STEP_NS);
        err = pthread_timedjoin_np(thread, NULL, &deadline);
    } while (err == ETIMEDOUT && !is_enough(argument));
    if (err)
        pthread_detach(thread);
    vf_peer_socket_destroy(peer);
    return !err;
}

/* Takes notice of who has subscribed and unsubscribed. */
static void read_subscriptions(struct vf_peer_socket *peer)
{
    char notice[2];
    while (zmq_recv(peer->socket, notice, sizeof(notice), ZMQ_DONTWAIT) > 0)
        peer->is_subscribed |= notice[0] == 1;
}

bool vf_peer_socket_is_subscribed(struct vf_peer_socket *peer)
{
    read_subscriptions(peer);
    return peer->is_subscribed;
}

/* Takes notice of who has come and gone: of each, two parts, the first of which begins with the
 * number of the event. */
struct vf_peer_presence vf_peer_socket_presence(struct vf_peer_socket *peer)
{
    unsigned char part[256];
    uint16_t event;
    while (zmq_recv(peer->monitor, part, sizeof(part), ZMQ_DONTWAIT) >= (int)sizeof(event)) {
        memcpy(&event, part, sizeof(event));
        (void)zmq_recv(peer->monitor, part, sizeof(part), ZMQ_DONTWAIT);
        bool is_end = event == ZMQ_EVENT_DISCONNECTED;
        if (!is_end)
            peer->presence.connected++;
        else if (peer->presence.connected)
            peer->presence.connected--;
        peer->presence.lost += is_end;
        peer->presence.deserted += is_end && !peer->presence.connected;
    }
    return peer->presence;
}

int vf_peer_socket_wait(struct vf_peer_socket *peer, int timeout_ms)
{
    bool is_pub = peer->pattern == VF_PEER_PUB;
    zmq_pollitem_t items[] = {
        {.socket = peer->socket,
         .events = peer->pattern == VF_PEER_PUSH ? ZMQ_POLLOUT : ZMQ_POLLIN},
        {.socket = peer->monitor, .events = ZMQ_POLLIN},
    };
    if (is_pub && timeout_ms > CROWDED_MS)
        timeout_ms = CROWDED_MS;
    int ready = zmq_poll(items, (int)VF_COUNT(items), timeout_ms);
    (void)vf_peer_socket_presence(peer);
    if (is_pub)
        read_subscriptions(peer);
    return ready < 0 && errno != EINTR ? -errno : VF_OK;
}

int vf_peer_socket_send(struct vf_peer_socket *peer, const struct vf_part *parts, size_t count)
{
    assert(is_sender(peer->pattern));
    const struct vf_part topic = {.bytes = peer->topic, .size = strlen(peer->topic)};
    int err = VF_OK;
    if (peer->pattern == VF_PEER_PUB)
        read_subscriptions(peer);
    if (topic.size)
        err = vf_parts_send(peer->socket, &topic, 1, VF_PARTS_DONT_WAIT | VF_PARTS_MORE);
    return err ? err : vf_parts_send(peer->socket, parts, count, VF_PARTS_DONT_WAIT);
}

static int receive_rest(struct vf_peer_socket *peer, struct vf_peer_message *message)
{
    struct vf_received_part *last = message->parts[0];
    while (vf_part_has_more(last)) {
        if (message->count == VF_COUNT(message->parts)) {
            vf_parts_skip(peer->socket, last);
            return -EMSGSIZE;
        }
        int err = vf_part_receive(&message->parts[message->count], peer->socket, 0);
        if (err == -EINTR)
            continue;
        if (err)
            return err;
        last = message->parts[message->count++];
    }
    return VF_OK;
}

int vf_peer_socket_receive(struct vf_peer_socket *peer, struct vf_peer_message *message)
{
    assert(!is_sender(peer->pattern));
    *message = (struct vf_peer_message){.count = 0};
    int err = vf_part_receive(&message->parts[0], peer->socket, VF_PARTS_DONT_WAIT);
    if (err)
        return err == -EINTR ? -EAGAIN : err;
    message->count = 1;
    err = receive_rest(peer, message);
    if (err) {
        vf_peer_message_finish(message);
        return err;
    }
    if (peer->topic[0] && message->count > 1)
        vf_peer_message_behead(message);
    return VF_OK;
}

void vf_peer_message_behead(struct vf_peer_message *message)
{
    vf_part_destroy(&message->parts[0]);
    message->count--;
    memmove(message->parts, message->parts + 1, message->count * sizeof(message->parts[0]));
}

void vf_peer_message_finish(struct vf_peer_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        vf_part_destroy(&message->parts[i]);
    message->count = 0;
}
