/* SPDX-License-Identifier: MIT */
/* peer_socket.h - a ZeroMQ socket to programs that are no part of the flow.
 *
 * Sending and receiving never wait; vf_peer_socket_wait() does, for a time. Nothing is known of
 * who is at the other end, and nothing that comes from there can be trusted.
 * A peer socket belongs to one process and one thread: make it after fork().
 */
#ifndef VF_ENGINE_WIRE_PEER_PEER_SOCKET_H
#define VF_ENGINE_WIRE_PEER_PEER_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/wire/peer/parts.h"

#define VF_PEER_MAX_PARTS 4 /* of one message, without its topic */

enum vf_peer_pattern {
    VF_PEER_PUSH, /* each message goes to one of the programs that pull */
    VF_PEER_PULL,
    VF_PEER_PUB, /* each message goes to all programs that have subscribed to its topic */
    VF_PEER_SUB,
};

struct vf_peer_settings {
    const char *endpoint; /* "tcp://127.0.0.1:5555", "ipc:///tmp/frames" */
    enum vf_peer_pattern pattern;
    bool is_bound;       /* others connect to it; otherwise it connects to another's */
    const char *topic;   /* "": messages have none; otherwise it is their first part */
    int high_water_mark; /* messages that are kept on this side, about */
    int64_t max_bytes;   /* of a part that is received */
    bool is_lossless;    /* PUB waits for subscribers that are slow, instead of passing over them */
};

struct vf_peer_socket;

/* Logs why it could not be made. */
VF_MUST_CHECK int vf_peer_socket_create(struct vf_peer_socket **peer,
                                        const struct vf_peer_settings *settings);

/* What has not left yet is lost. */
void vf_peer_socket_destroy(struct vf_peer_socket **peer);

/* The same, after what was sent has left. Asks `is_enough` from time to time, and lets the rest be
 * lost as soon as it says so. Returns whether all has left. */
bool vf_peer_socket_drain(struct vf_peer_socket **peer, bool (*is_enough)(void *argument),
                          void *argument);

/* Sleeps until a message can be sent or received, somebody comes or goes, or until `timeout_ms` have passed. */
VF_MUST_CHECK int vf_peer_socket_wait(struct vf_peer_socket *peer, int timeout_ms);

/* Who is at the other end. */
struct vf_peer_presence {
    unsigned connected; /* programs, now */
    unsigned lost;      /* connections that have ended so far */
    unsigned deserted;  /* how often the last of them has */
};

/* Returns who is there, by what has become known up to now. */
struct vf_peer_presence vf_peer_socket_presence(struct vf_peer_socket *peer);

/* Returns whether somebody has subscribed to a PUB socket since it was made. */
bool vf_peer_socket_is_subscribed(struct vf_peer_socket *peer);

/* Sends one message, its topic in front. Returns as vf_parts_send(); -EAGAIN: no room, or nobody
 * there. */
VF_MUST_CHECK int vf_peer_socket_send(struct vf_peer_socket *peer, const struct vf_part *parts,
                                      size_t count);

/* A received message. */
struct vf_peer_message {
    struct vf_received_part *parts[VF_PEER_MAX_PARTS + 1]; /* and the topic, for a while */
    size_t count;
};

/* Receives one message, without its topic. Returns -EAGAIN when there is none, -EMSGSIZE for one of
 * more than VF_PEER_MAX_PARTS parts, which is skipped. */
VF_MUST_CHECK int vf_peer_socket_receive(struct vf_peer_socket *peer,
                                         struct vf_peer_message *message);
void vf_peer_message_finish(struct vf_peer_message *message);

/* Lets go of the first part; the others follow up. */
void vf_peer_message_behead(struct vf_peer_message *message);

#endif
