/* SPDX-License-Identifier: MIT */
#include "engine/wire/wire.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <zmq.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/wire/guard/guard.h"
#include "engine/wire/socket_number.h"
#include "engine/wire/wire_inside.h"

#define LARGEST_KEPT (32 << 20) /* of one piece; glibc takes no more */

struct vf_wires {
    void *context;
    struct vf_address address;
    struct vf_wire_guard *guard; /* owns the context where there is one */
};

static int open_context(struct vf_wires *wires, const char *guarded)
{
    const struct vf_address *address = &wires->address;
    if (address->host && address->keys && guarded) {
        char *corner = vf_text_format("%s/%s", address->directory, guarded);
        int err = corner
                      ? vf_wire_guard_create(&wires->guard, corner, address->keys, &wires->context)
                      : -ENOMEM;
        free(corner);
        return err;
    }
    wires->context = zmq_ctx_new();
    return wires->context ? VF_OK : -errno;
}

const char *vf_wire_library_version(void)
{
    static char text[40];
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}

void vf_wires_prepare(void)
{
    void *context = zmq_ctx_new(); /* which has threads once it has a socket, and not before */
    if (context)
        zmq_ctx_term(context);
}

void vf_wires_keep_memory(void)
{
    /* Where it is refused, all goes on, only more slowly. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

int vf_wires_create(struct vf_wires **wires, const struct vf_address *address, const char *guarded)
{
    *wires = calloc(1, sizeof(**wires));
    if (!*wires)
        return -ENOMEM;
    (*wires)->address = *address;
    int err = open_context(*wires, guarded);
    if (err)
        vf_wires_destroy(wires);
    return err;
}

void vf_wires_destroy(struct vf_wires **wires)
{
    if (!*wires)
        return;
    if ((*wires)->guard)
        vf_wire_guard_destroy(&(*wires)->guard);
    else if ((*wires)->context)
        zmq_ctx_term((*wires)->context);
    free(*wires);
    *wires = NULL;
}

static char *file_endpoint(const char *directory, int number)
{
    struct sockaddr_un address;
    char *name = vf_text_format("ipc://%s/%d", directory, number);
    if (name && strlen(name) - strlen("ipc://") >= sizeof(address.sun_path)) {
        vf_log(VF_LOG_ERROR, "%s is too long for a socket; set XDG_RUNTIME_DIR to a shorter folder",
               name);
        free(name);
        return NULL;
    }
    return name;
}

/* The other end of a wire: over TCP that of `peer`. */
struct end {
    const struct vf_wire_peer *peer; /* NULL: a file */
    int number;
    bool is_bound;
    bool must_be_there; /* messages do not wait for it */
};

static char *endpoint(const struct vf_address *address, const struct end *end)
{
    if (!end->peer)
        return file_endpoint(address->directory, end->number);
    long port = (long)end->peer->base + end->number - VF_SOCKET_BASE;
    if (port >= 1 && port <= UINT16_MAX)
        return vf_text_format("tcp://%s:%ld", end->peer->host, port);
    vf_log(VF_LOG_ERROR, "there is no port %ld; choose another base", port);
    return NULL;
}

static int open_socket(struct vf_wire **wire, struct vf_wires *wires, int type, int linger_ms)
{
    int unlimited = 0;
    size_t size = sizeof((*wire)->fd);
    *wire = calloc(1, sizeof(**wire));
    if (!*wire)
        return -ENOMEM;
    (*wire)->socket = zmq_socket(wires->context, type);
    if (!(*wire)->socket)
        return -errno;
    int is_ipv6 = wires->address.host && strchr(wires->address.host, ':') != NULL;
    if (zmq_setsockopt((*wire)->socket, ZMQ_IPV6, &is_ipv6, sizeof(is_ipv6)) ||
        zmq_setsockopt((*wire)->socket, ZMQ_SNDHWM, &unlimited, sizeof(unlimited)) ||
        zmq_setsockopt((*wire)->socket, ZMQ_RCVHWM, &unlimited, sizeof(unlimited)) ||
        zmq_setsockopt((*wire)->socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms)) ||
        zmq_getsockopt((*wire)->socket, ZMQ_FD, &(*wire)->fd, &size))
        return -errno;
    return VF_OK;
}

static int set_listener_keys(void *socket, const struct vf_wire_keys *keys)
{
    int is_server = 1;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &is_server, sizeof(is_server)) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->listener_secret, VF_KEY_SIZE))
        return -errno;
    return VF_OK;
}

static int set_caller_keys(void *socket, const struct vf_wire_keys *keys, const char *listener)
{
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, listener, VF_KEY_SIZE) ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->caller_public, VF_KEY_SIZE) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->caller_secret, VF_KEY_SIZE))
        return -errno;
    return VF_OK;
}

static int set_keys(const struct vf_wire *wire, const struct vf_address *address,
                    const struct end *end)
{
    int only_there = 1;
    if (end->must_be_there &&
        zmq_setsockopt(wire->socket, ZMQ_IMMEDIATE, &only_there, sizeof(only_there)))
        return -errno;
    if (!address->host || !address->keys)
        return VF_OK;
    return end->is_bound ? set_listener_keys(wire->socket, address->keys)
                         : set_caller_keys(wire->socket, address->keys, end->peer->key);
}

static int open_endpoint(struct vf_wire **wire, struct vf_wires *wires, const struct end *end,
                         int linger_ms)
{
    int err = open_socket(wire, wires, end->is_bound ? ZMQ_PULL : ZMQ_PUSH, linger_ms);
    if (!err)
        err = set_keys(*wire, &wires->address, end);
    char *name = err ? NULL : endpoint(&wires->address, end);
    if (!err && !name)
        err = -ENAMETOOLONG;
    if (!err && (end->is_bound ? zmq_bind : zmq_connect)((*wire)->socket, name) != 0) {
        err = -errno;
        vf_log(VF_LOG_ERROR, "cannot %s %s: %s%s", end->is_bound ? "bind" : "connect to", name,
               zmq_strerror(-err),
               err == -EADDRINUSE ? "; another base of the ports may be free" : "");
    }
    free(name);
    if (err)
        vf_wire_destroy(wire);
    return err;
}

/* This process's own address, as a place to listen or to connect to. */
static struct vf_wire_peer own_peer(const struct vf_address *address)
{
    return (struct vf_wire_peer){.host = address->host,
                                 .base = address->base,
                                 .key = address->keys ? address->keys->listener_public : NULL};
}

int vf_wire_bind(struct vf_wire **wire, struct vf_wires *wires, int number)
{
    struct vf_wire_peer own = own_peer(&wires->address);
    return open_endpoint(
        wire, wires,
        &(struct end){.peer = own.host ? &own : NULL, .number = number, .is_bound = true}, 0);
}

int vf_wire_connect(struct vf_wire **wire, struct vf_wires *wires, int number, int linger_ms)
{
    struct vf_wire_peer own = own_peer(&wires->address);
    const struct vf_wire_peer *peer = own.host ? &own : NULL;
    if (wires->address.peers) /* both sockets of a task are as far from the middle as its id says */
        peer = wires->address.peers[abs(number - VF_SOCKET_BASE)];
    return open_endpoint(wire, wires, &(struct end){.peer = peer, .number = number}, linger_ms);
}

int vf_wire_connect_peer(struct vf_wire **wire, struct vf_wires *wires,
                         const struct vf_wire_peer *peer, int number, int linger_ms)
{
    return open_endpoint(wire, wires,
                         &(struct end){.peer = peer, .number = number, .must_be_there = true},
                         linger_ms);
}

int vf_wires_admit(struct vf_wires *wires, const char *public_key)
{
    return wires->guard ? vf_wire_guard_admit(wires->guard, public_key) : VF_OK;
}

int vf_wire_watch(struct vf_wire *wire, struct vf_wires *wires)
{
    static const char name[] = "inproc://refused";
    static const int refusals = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    int no_time = 0;
    if (zmq_socket_monitor(wire->socket, name, refusals) != 0)
        return -errno;
    wire->monitor = zmq_socket(wires->context, ZMQ_PAIR);
    if (!wire->monitor ||
        zmq_setsockopt(wire->monitor, ZMQ_LINGER, &no_time, sizeof(no_time)) != 0 ||
        zmq_connect(wire->monitor, name) != 0)
        return -errno;
    return VF_OK;
}

unsigned vf_wire_count_refused(struct vf_wire *wire)
{
    char part[256];
    unsigned parts = 0;
    while (wire->monitor && zmq_recv(wire->monitor, part, sizeof(part), ZMQ_DONTWAIT) >= 0)
        parts++;
    return (parts + 1) / 2; /* each in two parts */
}

void vf_wire_destroy(struct vf_wire **wire)
{
    if (!*wire)
        return;
    if ((*wire)->monitor)
        zmq_close((*wire)->monitor);
    if ((*wire)->socket)
        zmq_close((*wire)->socket);
    free(*wire);
    *wire = NULL;
}

void vf_wire_abandon(struct vf_wire **wire)
{
    int no_time = 0;
    if (*wire && (*wire)->socket)
        zmq_setsockopt((*wire)->socket, ZMQ_LINGER, &no_time, sizeof(no_time));
    vf_wire_destroy(wire);
}

int vf_wire_send(struct vf_wire *wire, const void *bytes, size_t size)
{
    int sent;
    do
        sent = zmq_send(wire->socket, bytes, size, ZMQ_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : VF_OK;
}

int vf_wire_receive(struct vf_wire *wire, void *bytes, size_t capacity, size_t *size)
{
    int received;
    do
        received = zmq_recv(wire->socket, bytes, capacity, ZMQ_DONTWAIT);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        return -errno;
    *size = (size_t)received;
    return VF_OK;
}

static void let_go(void *data, void *hint)
{
    struct vf_payload *payload = hint;
    (void)data;
    vf_payload_drop(&payload);
}

int vf_wire_send_payload(struct vf_wire *wire, const void *bytes, size_t size,
                         struct vf_payload *payload)
{
    zmq_msg_t part;
    vf_payload_hold(payload);
    if (zmq_msg_init_data(&part, payload->data, payload->size, let_go, payload) != 0) {
        vf_payload_drop(&payload);
        return -ENOMEM;
    }
    int sent = zmq_send(wire->socket, bytes, size, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    if (sent >= 0)
        sent = zmq_msg_send(&part, wire->socket, ZMQ_DONTWAIT);
    if (sent >= 0)
        return VF_OK;
    int err = -errno;
    zmq_msg_close(&part);
    return err;
}

/* A received part as a payload. */
struct part {
    struct vf_payload payload;
    zmq_msg_t message;
};

static void release_part(struct vf_payload *payload)
{
    struct part *part = payload->owner;
    zmq_msg_close(&part->message);
    free(part);
}

static int receive_part(struct vf_wire *wire, struct vf_payload **payload)
{
    struct part *part = calloc(1, sizeof(*part));
    if (!part)
        return -ENOMEM;
    zmq_msg_init(&part->message);
    if (zmq_msg_recv(&part->message, wire->socket, ZMQ_DONTWAIT) < 0) {
        free(part);
        return -errno;
    }
    part->payload = (struct vf_payload){.data = zmq_msg_data(&part->message),
                                        .size = zmq_msg_size(&part->message),
                                        .release = release_part,
                                        .owner = part};
    atomic_init(&part->payload.holders, 1);
    *payload = &part->payload;
    return VF_OK;
}

static bool has_more(const struct vf_wire *wire)
{
    int more = 0;
    size_t size = sizeof(more);
    return zmq_getsockopt(wire->socket, ZMQ_RCVMORE, &more, &size) == 0 && more;
}

int vf_wire_receive_payload(struct vf_wire *wire, void *bytes, size_t capacity, size_t *size,
                            struct vf_payload **payload)
{
    *payload = NULL;
    int err = vf_wire_receive(wire, bytes, capacity, size);
    while (!err && has_more(wire)) {
        vf_payload_drop(payload); /* of several, which nobody sends, the last counts */
        err = receive_part(wire, payload);
    }
    return err;
}
