/* SPDX-License-Identifier: MIT */
/* wire_loader - the sockets between tasks, as the program has them: in a module, with libzmq and all
 * that it brings along, for runs over ipc and TCP. A run in shared memory never loads it.
 */
#include <errno.h>
#include <stdbool.h>

#include "cmd/program/loader.h"
#include "engine/wire/wire.h"

#define EACH_CALL(CALL)        \
    CALL(wires_prepare)        \
    CALL(wires_keep_memory)    \
    CALL(wire_library_version) \
    CALL(wires_create)         \
    CALL(wires_destroy)        \
    CALL(wire_bind)            \
    CALL(wire_connect)         \
    CALL(wire_connect_peer)    \
    CALL(wires_admit)          \
    CALL(wire_watch)           \
    CALL(wire_count_refused)   \
    CALL(wire_destroy)         \
    CALL(wire_abandon)         \
    CALL(wire_send)            \
    CALL(wire_send_payload)    \
    CALL(wire_receive)         \
    CALL(wire_receive_payload)

#define POINTER(name) __typeof__(&vf_##name) name;
#define FIND(name) &&vf_loader_find_function(&module, "vf_" #name, &calls.name)

/* Found all at once: they are called for every message. */
static struct {
    bool are_found;
    EACH_CALL(POINTER)
} calls;

static const struct vf_module module = {"wire", "ipc and TCP", VF_LOG_ERROR};

static bool are_there(void)
{
    if (!calls.are_found)
        calls.are_found = true EACH_CALL(FIND);
    return calls.are_found;
}

void vf_wires_prepare(void)
{
    if (are_there())
        calls.wires_prepare();
}

void vf_wires_keep_memory(void)
{
    if (are_there())
        calls.wires_keep_memory();
}

const char *vf_wire_library_version(void)
{
    return are_there() ? calls.wire_library_version() : "missing";
}

int vf_wires_create(struct vf_wires **wires, const struct vf_address *address, const char *guarded)
{
    *wires = NULL;
    return are_there() ? calls.wires_create(wires, address, guarded) : -ELIBACC;
}

void vf_wires_destroy(struct vf_wires **wires)
{
    if (*wires)
        calls.wires_destroy(wires);
}

/* All that follows is called with wires that were created. */

int vf_wire_bind(struct vf_wire **wire, struct vf_wires *wires, int number)
{
    return calls.wire_bind(wire, wires, number);
}

int vf_wire_connect(struct vf_wire **wire, struct vf_wires *wires, int number, int linger_ms)
{
    return calls.wire_connect(wire, wires, number, linger_ms);
}

int vf_wire_connect_peer(struct vf_wire **wire, struct vf_wires *wires,
                         const struct vf_wire_peer *peer, int number, int linger_ms)
{
    return calls.wire_connect_peer(wire, wires, peer, number, linger_ms);
}

int vf_wires_admit(struct vf_wires *wires, const char *public_key)
{
    return calls.wires_admit(wires, public_key);
}

int vf_wire_watch(struct vf_wire *wire, struct vf_wires *wires)
{
    return calls.wire_watch(wire, wires);
}

unsigned vf_wire_count_refused(struct vf_wire *wire)
{
    return calls.wire_count_refused(wire);
}

void vf_wire_destroy(struct vf_wire **wire)
{
    if (*wire)
        calls.wire_destroy(wire);
}

void vf_wire_abandon(struct vf_wire **wire)
{
    if (*wire)
        calls.wire_abandon(wire);
}

int vf_wire_send(struct vf_wire *wire, const void *bytes, size_t size)
{
    return calls.wire_send(wire, bytes, size);
}

int vf_wire_send_payload(struct vf_wire *wire, const void *bytes, size_t size,
                         struct vf_payload *payload)
{
    return calls.wire_send_payload(wire, bytes, size, payload);
}

int vf_wire_receive(struct vf_wire *wire, void *bytes, size_t capacity, size_t *size)
{
    return calls.wire_receive(wire, bytes, capacity, size);
}

int vf_wire_receive_payload(struct vf_wire *wire, void *bytes, size_t capacity, size_t *size,
                            struct vf_payload **payload)
{
    return calls.wire_receive_payload(wire, bytes, capacity, size, payload);
}
