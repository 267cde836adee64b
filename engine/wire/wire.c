/* SPDX-License-Identifier: MIT */
#include "engine/wire/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <zmq.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

#define MAX_WAITED 8

struct vf_wires {
    void *context;
};

struct vf_wire {
    void *socket;
};

int vf_wires_create(struct vf_wires **wires)
{
    *wires = calloc(1, sizeof(**wires));
    if (!*wires)
        return -ENOMEM;
    (*wires)->context = zmq_ctx_new();
    if (!(*wires)->context) {
        int err = -errno;
        vf_wires_destroy(wires);
        return err;
    }
    return VF_OK;
}

void vf_wires_destroy(struct vf_wires **wires)
{
    if (!*wires)
        return;
    if ((*wires)->context)
        zmq_ctx_term((*wires)->context);
    free(*wires);
    *wires = NULL;
}

static char *endpoint(const char *directory, int number)
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

static int open_socket(struct vf_wire **wire, struct vf_wires *wires, int type, int linger_ms)
{
    int unlimited = 0;
    *wire = calloc(1, sizeof(**wire));
    if (!*wire)
        return -ENOMEM;
    (*wire)->socket = zmq_socket(wires->context, type);
    if (!(*wire)->socket)
        return -errno;
    if (zmq_setsockopt((*wire)->socket, ZMQ_SNDHWM, &unlimited, sizeof(unlimited)) ||
        zmq_setsockopt((*wire)->socket, ZMQ_RCVHWM, &unlimited, sizeof(unlimited)) ||
        zmq_setsockopt((*wire)->socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms)))
        return -errno;
    return VF_OK;
}

static int open_endpoint(struct vf_wire **wire, struct vf_wires *wires, const char *directory,
                         int number, int linger_ms, bool is_bound)
{
    int err = open_socket(wire, wires, is_bound ? ZMQ_PULL : ZMQ_PUSH, linger_ms);
    char *name = err ? NULL : endpoint(directory, number);
    if (!err && !name)
        err = -ENAMETOOLONG;
    if (!err && (is_bound ? zmq_bind : zmq_connect)((*wire)->socket, name) != 0) {
        err = -errno;
        vf_log(VF_LOG_ERROR, "cannot %s %s: %s", is_bound ? "bind" : "connect to", name,
               zmq_strerror(-err));
    }
    free(name);
    if (err)
        vf_wire_destroy(wire);
    return err;
}

int vf_wire_bind(struct vf_wire **wire, struct vf_wires *wires, const char *directory, int number)
{
    return open_endpoint(wire, wires, directory, number, 0, true);
}

int vf_wire_connect(struct vf_wire **wire, struct vf_wires *wires, const char *directory,
                    int number, int linger_ms)
{
    return open_endpoint(wire, wires, directory, number, linger_ms, false);
}

void vf_wire_destroy(struct vf_wire **wire)
{
    if (!*wire)
        return;
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

int vf_wire_wait(struct vf_wire *const *wires, size_t count, int fd, int timeout_ms)
{
    zmq_pollitem_t items[MAX_WAITED];
    assert(count < MAX_WAITED);
    for (size_t i = 0; i < count; i++)
        items[i] = (zmq_pollitem_t){.socket = wires[i]->socket, .events = ZMQ_POLLIN};
    items[count] = (zmq_pollitem_t){.fd = fd, .events = ZMQ_POLLIN};
    int ready = zmq_poll(items, (int)count + (fd >= 0), timeout_ms);
    return ready < 0 && errno != EINTR ? -errno : VF_OK;
}
