/* SPDX-License-Identifier: MIT */
/* protocol.h - what a worker and the program of a process node say to each other: vflow-process(7).
 *
 * Messages are the datagrams of one SOCK_SEQPACKET socket, little-endian, in these layouts. Payloads
 * lie in shared memory; small ones follow their message. Of what the program sends nothing is
 * believed: it is copied once and then checked by vf_client_check(), which looks at nothing else. What
 * it may name at the time, an input that it still has or memory that it was given, is for client.c.
 */
#ifndef VF_NODES_PROGRAM_PROTOCOL_H
#define VF_NODES_PROGRAM_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

#define VF_CLIENT_VERSION 1
#define VF_CLIENT_MAGIC 0x776f6c66u /* "flow" */
#define VF_CLIENT_MAX_MESSAGE 65536
#define VF_CLIENT_MAX_INLINE 32768 /* bytes of a payload that follows its message */
#define VF_CLIENT_MAX_LEASES 4096  /* that one message gives back */
#define VF_CLIENT_ONCE 0x80000000u /* arenas from here on hold one payload, which no other has */
#define VF_CLIENT_SOCKET 3         /* descriptor of the program's end */
#define VF_CLIENT_VARIABLE "VFLOW_SOCKET"

enum vf_client_type {
    /* From the worker. */
    VF_CLIENT_WELCOME = 1,
    VF_CLIENT_ARENA,
    VF_CLIENT_INPUT,
    VF_CLIENT_SLOT,
    VF_CLIENT_FLUSH,
    VF_CLIENT_BYE,
    /* From the program. */
    VF_CLIENT_HELLO = 101,
    VF_CLIENT_READY,
    VF_CLIENT_ALLOCATE,
    VF_CLIENT_FREE,
    VF_CLIENT_EMIT,
    VF_CLIENT_PASS,
    VF_CLIENT_DROP,
    VF_CLIENT_DONE,
    VF_CLIENT_RELEASE,
    VF_CLIENT_ERROR,
    VF_CLIENT_ALIVE,
    VF_CLIENT_END,
    VF_CLIENT_EXPECT,
};

/* Flags, by message. */
#define VF_WELCOME_REALTIME 1u
#define VF_WELCOME_RESTARTED 2u
#define VF_INPUT_LAST 1u
#define VF_INPUT_GRANT 2u
#define VF_INPUT_MORE 4u
#define VF_SLOT_NO_ROOM 1u
#define VF_SLOT_STOPPING 2u
#define VF_ANSWER_LAST 1u
#define VF_ANSWER_KEEP 2u
#define VF_ANSWER_FORGET 4u
#define VF_ERROR_FATAL 1u
#define VF_EXPECT_NO_END 1u

struct vf_client_head {
    uint16_t type, flags;
    uint32_t size;  /* of the message, head included */
    uint64_t round; /* of the worker: number of the input, from 1; of the program: not looked at */
};

/* What a payload is. The last part is laid out as in message.h, whose parts these are. */
struct vf_client_description {
    uint16_t type, reserved; /* enum vf_value_type */
    uint32_t reserved_word;
    int64_t timestamp, duration;
    struct vf_rational time_base;
    uint64_t origin_number;
    uint32_t origin_stream, reserved_stream;
    int64_t event_time_ns;
    uint64_t source_id;
    int64_t source_time_ns;
    uint64_t payload_size;
    uint64_t extras_offset, extras_size;
    char source[VF_SOURCE_SIZE];
    union {
        struct vf_video video;
        struct vf_audio audio;
        struct vf_packet packet;
        struct vf_array array;
    };
};

struct vf_client_welcome {
    struct vf_client_head head;
    uint32_t version, kind; /* enum vf_node_kind, from 1 */
    uint32_t input_count, output_count;
    uint32_t has_arena, slots; /* an arena for what the program makes comes with it */
    uint64_t arena_size;
    uint32_t keep, threads;
    uint32_t json_size, batch; /* rounds that may be sent before the first is answered */
};

struct vf_client_arena {
    struct vf_client_head head;
    uint32_t arena, reserved;
    uint64_t size;
};

struct vf_client_input {
    struct vf_client_head head;
    uint32_t input, arena; /* arena 0: the payload follows */
    uint64_t lease, offset;
    uint64_t grant_offset, grant_size;
    struct vf_client_description description;
};

struct vf_client_slot {
    struct vf_client_head head;
    uint64_t offset, size;
};

struct vf_client_flush {
    struct vf_client_head head;
    uint32_t reason, reserved; /* enum vf_end_reason */
};

struct vf_client_hello {
    struct vf_client_head head;
    uint32_t magic, version;
};

struct vf_client_allocate {
    struct vf_client_head head;
    uint64_t size;
};

struct vf_client_free {
    struct vf_client_head head;
    uint64_t offset;
};

struct vf_client_emit {
    struct vf_client_head head;
    uint32_t port, is_in_slot; /* 0: the payload follows */
    uint64_t offset;
    uint64_t lease; /* that it follows; 0: the first input of the round */
    struct vf_client_description description;
};

/* Of PASS and DROP. */
struct vf_client_pass {
    struct vf_client_head head;
    uint32_t port, reserved;
    uint64_t lease;
};

struct vf_client_release {
    struct vf_client_head head;
    uint32_t count, reserved;
    uint64_t leases[];
};

struct vf_client_error {
    struct vf_client_head head;
    uint32_t text_size, details_size;
    char bytes[];
};

struct vf_client_expect {
    struct vf_client_head head;
    uint32_t port, reserved;
    uint64_t messages;
};

/* Large enough for any message, and aligned for all. */
union vf_client_message {
    struct vf_client_head head;
    struct vf_client_hello hello;
    struct vf_client_allocate allocate;
    struct vf_client_free free;
    struct vf_client_emit emit;
    struct vf_client_pass pass;
    struct vf_client_release release;
    struct vf_client_error error;
    struct vf_client_expect expect;
    uint8_t bytes[VF_CLIENT_MAX_MESSAGE];
};

/* What the program may name. */
struct vf_client_bounds {
    unsigned output_count;
    uint64_t arena_size; /* of its own arena; 0: it has none */
};

/* Checks `size` received bytes. Returns VF_OK, or -EBADMSG with one phrase that says what is wrong
 * in *complaint (lent forever). */
VF_MUST_CHECK int vf_client_check(const union vf_client_message *message, size_t size,
                                  const struct vf_client_bounds *bounds, const char **complaint);

/* Copies what a message says of its value, out and in; the rest of *to stays. */
void vf_client_describe(struct vf_client_description *to, const struct vf_description *from);
void vf_client_take_description(struct vf_description *to,
                                const struct vf_client_description *from);

#endif
