/* SPDX-License-Identifier: MIT */
/* client.h - the program of a task, as its worker has it: started, given inputs, listened to, ended.
 *
 * What the program may name is kept here: the inputs that it has (leases), and the places that it was
 * given for what it makes (slots). Whatever it does wrong is the task's failure, in words, and
 * ends it.
 */
#ifndef VF_NODES_PROGRAM_CLIENT_H
#define VF_NODES_PROGRAM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/guest.h"
#include "engine/base/guest_lines.h"
#include "engine/node/node.h"
#include "nodes/program/protocol.h"

#define VF_CLIENT_MAX_SLOTS 256

struct vf_client_settings {
    const char *const *words; /* of the command, ended by NULL */
    const char *welcome;      /* a JSON object for it */
    enum vf_node_kind kind;
    unsigned output_count;
    unsigned keep;   /* inputs of each port that it may keep when it has answered */
    unsigned slots;  /* places for outputs that it may have at a time */
    unsigned batch;  /* inputs that it may be sent before it has answered the first; 0: one */
    unsigned grants; /* places that it may be given unasked at a time; 0: one */
    bool splits;     /* it may send several outputs of one port for an input */
};

/* An input that the program has. */
struct vf_client_lease {
    uint64_t id, round;
    struct vf_message *message;
};

struct vf_client {
    struct vf_node_run *run;
    struct vf_client_settings settings;
    struct vf_guest guest;
    struct vf_guest_lines *lines;
    int socket;                 /* -1: closed */
    uint64_t round, sent_round; /* in work, and the last one that it was sent */
    uint64_t last_lease;
    struct vf_client_lease *leases;
    size_t lease_count, lease_room;
    struct vf_payload *slots[VF_CLIENT_MAX_SLOTS];
    size_t slot_count;
    size_t grant_size; /* that it asked for last; 0: it makes no payloads */
    bool *is_told;     /* by task: the program has the arena of that */
    size_t told_count;
    size_t own_arena_size; /* 0: it makes nothing */
    bool is_greeted, is_ready;
    bool is_answered; /* the round in work */
    bool is_of_input; /* that is about an input, */
    uint64_t answers; /* which outputs of these ports have answered, by the bits */
    bool has_ended;   /* it wants no more */
    union vf_client_message *message;
};

/* Starts the program and waits until it is ready. Borrows `run` and what `settings` has until
 * vf_client_close(). Logs what fails. Returns VF_END when the flow is to stop meanwhile. */
VF_MUST_CHECK int vf_client_open(struct vf_client *client, struct vf_node_run *run,
                                 const struct vf_client_settings *settings);

/* Gives it one input of each port. If there `is_more`, another follows at once, and the program is to
 * take them together. */
VF_MUST_CHECK int vf_client_send(struct vf_client *client, struct vf_message *const *inputs,
                                 bool is_more);

/* Returns whether it has been sent inputs that were not answered. */
bool vf_client_is_asked(const struct vf_client *client);

/* Sends on what it answers to the first of those. Returns VF_OK when it has answered, VF_END when it
 * wants no more or the flow is to stop, or an error: -EIO is its own about this input, and it can
 * go on with the next unless run->is_lost. */
VF_MUST_CHECK int vf_client_answer(struct vf_client *client);

/* Of a producer: sends on what it has made next. Returns VF_OK, VF_END or an error. */
VF_MUST_CHECK int vf_client_next(struct vf_client *client);

/* Says that nothing more comes, sends on what is still made, and waits until the program has
 * ended. A status other than 0 is an error. */
VF_MUST_CHECK int vf_client_flush(struct vf_client *client);

/* Ends the program, if it runs, and lets go of everything. */
void vf_client_close(struct vf_client *client);

#endif
