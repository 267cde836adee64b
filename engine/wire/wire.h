/* SPDX-License-Identifier: MIT */
/* wire.h - the ZeroMQ sockets of one process.
 *
 * Nothing here bounds a queue or waits for room: ZeroMQ's high-water marks do neither exactly
 * (with both at 1, over a hundred small messages still fit), so the contract between two tasks
 * does (engine/edge). A wire only carries, and wakes whoever sleeps on it.
 * Sockets belong to one process and one thread: make them after fork().
 */
#ifndef VF_ENGINE_WIRE_WIRE_H
#define VF_ENGINE_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_wire_keys;
struct vf_wires; /* a ZeroMQ context */
struct vf_wire;  /* one socket */

/* Another host, or this one as others see it, over TCP. */
struct vf_wire_peer {
    const char *host;
    unsigned base;   /* of its ports */
    const char *key; /* its public one; NULL: none, or that of all sockets of the run */
};

/* Where sockets with numbers are: files in `directory`, or ports of `host`. */
struct vf_address {
    const char *directory;
    const char *host;                /* NULL: ipc */
    unsigned base;                   /* of the ports: what stands for VF_SOCKET_BASE */
    const struct vf_wire_keys *keys; /* over TCP; NULL: none, whoever reaches a port is let in */
    const struct vf_wire_peer *const *peers; /* of a run on several hosts: where the sockets of each
                                                task are, by its id; NULL: all are at `host` */
};

/* Does what the first context of every process would do again: to look up protocols by name takes
 * longer than all else. Call it before forking; it leaves no thread, no socket and no
 * descriptor. */
void vf_wires_prepare(void);

/* Has this process use memory again in which payloads came: ZeroMQ takes some for each, which would
 * go back to the kernel when it is freed, and for frames to give it new pages costs more than what
 * is done with them. For the rest of the process, so call it only where payloads travel by
 * sockets, and before its wires are made. */
void vf_wires_keep_memory(void);

/* Returns the version of libzmq that is running: "4.3.4". The text is the library's or constant. */
const char *vf_wire_library_version(void);

/* Borrows what `address` refers to until the wires are destroyed. `guarded` names this process's
 * own corner of the directory, where it receives over TCP with keys; NULL: it only sends. */
VF_MUST_CHECK int vf_wires_create(struct vf_wires **wires, const struct vf_address *address,
                                  const char *guarded);

/* After every wire has been destroyed. Waits until what they sent has left the process, as long
 * as their `linger_ms` allow. */
void vf_wires_destroy(struct vf_wires **wires);

/* Makes the receiving end, PULL, at socket `number`. Logs why it could not. */
VF_MUST_CHECK int vf_wire_bind(struct vf_wire **wire, struct vf_wires *wires, int number);

/* Makes a sending end, PUSH, to the socket bound there, now or later. Messages that are still in
 * this process `linger_ms` after the wire was destroyed are lost. */
VF_MUST_CHECK int vf_wire_connect(struct vf_wire **wire, struct vf_wires *wires, int number,
                                  int linger_ms);

/* The same to a socket of a host that need not be there yet: as long as nobody has answered, a message
 * that is sent gets -EAGAIN, and none waits. */
VF_MUST_CHECK int vf_wire_connect_peer(struct vf_wire **wire, struct vf_wires *wires,
                                       const struct vf_wire_peer *peer, int number, int linger_ms);

/* Lets in another caller, whose public key this is, at what was made with keys. */
VF_MUST_CHECK int vf_wires_admit(struct vf_wires *wires, const char *public_key);

/* Watches for those who want to connect to a wire that is bound, and have not the keys for it; and
 * returns how many have come since it was last asked. */
VF_MUST_CHECK int vf_wire_watch(struct vf_wire *wire, struct vf_wires *wires);
unsigned vf_wire_count_refused(struct vf_wire *wire);

void vf_wire_destroy(struct vf_wire **wire);

/* The same, but what has not left this process yet is lost at once: for a peer that is gone. */
void vf_wire_abandon(struct vf_wire **wire);

/* Sends one message. Never waits. */
VF_MUST_CHECK int vf_wire_send(struct vf_wire *wire, const void *bytes, size_t size);

/* The same with a payload after it, in a part of its own: sent from where it lies, and held until
 * it has left. */
VF_MUST_CHECK int vf_wire_send_payload(struct vf_wire *wire, const void *bytes, size_t size,
                                       struct vf_payload *payload);

/* Receives one message into `bytes`. Never waits: -EAGAIN when there is none. Sets *size to its
 * length, which may be more than `capacity`; then only so much of it was copied. */
VF_MUST_CHECK int vf_wire_receive(struct vf_wire *wire, void *bytes, size_t capacity, size_t *size);

/* The same, with the part after it as a payload, the caller's; NULL where there is none. */
VF_MUST_CHECK int vf_wire_receive_payload(struct vf_wire *wire, void *bytes, size_t capacity,
                                          size_t *size, struct vf_payload **payload);

/* Sleeps until one of `count` wires, each of which has been read until it said -EAGAIN, may have a
 * message, one of two descriptors (-1: none) can be read, or `timeout_ms` is over (-1: never). In
 * *ready, bit i stands for wire i, bit `count` for the first descriptor, and the next one for the
 * second. Returns VF_OK in every case, also after a signal. */
VF_MUST_CHECK int vf_wire_wait(struct vf_wire *const *wires, size_t count, const int fds[2],
                               int timeout_ms, unsigned *ready);

#endif
