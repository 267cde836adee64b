/* SPDX-License-Identifier: MIT */
/* messenger.h - how a task exchanges messages with its neighbours.
 *
 * Each edge of the flow is a contract (edge.h): a published message stays the sender's until the
 * receiver is done with it. Receiving joins what the parents sent for one origin. Whatever a task
 * does not answer, by a message or because there was no room, becomes a gap for the joins
 * further down, so none of them waits for what will not come.
 * A messenger belongs to one worker process and one thread; create it after fork().
 */
#ifndef VF_ENGINE_EDGE_MESSENGER_H
#define VF_ENGINE_EDGE_MESSENGER_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/edge/page/tap.h"
#include "engine/edge/page/task_page.h"
#include "engine/edge/page/trace.h"
#include "engine/edge/receive/inbox.h"
#include "engine/edge/receive/join.h"
#include "engine/edge/send/fan_out.h"
#include "engine/message/arena.h"
#include "engine/message/message.h"

struct vf_journal;
struct vf_messenger;
struct vf_notices;

/* What ties one task to its neighbours. */
struct vf_task_wires {
    uint32_t task;
    struct vf_address address; /* where the sockets are; a zeroed one: none are needed */
    const struct vf_edge_end *in, *out;
    size_t in_count, out_count;
    unsigned input_count; /* elements of the inputs; some may have no edge */
    struct vf_join_rules rules;
    bool is_replica;                    /* answers are stamped with the order of their inputs */
    bool answers_late;                  /* a message that is not answered in its own round may be so
                                           in a later one: no gap is made of it */
    unsigned looks_ahead;               /* inputs that it may look at before it is their turn */
    int doorbell;                       /* its own; whoever raises stop_level rings it */
    const _Atomic uint32_t *stop_level; /* enum vf_stop_level, written by the supervisor alone */
    struct vf_arena *arena;             /* its own */
    struct vf_arena_view arenas;        /* all that its inputs may lie in, and its own */
    const int *arena_files;    /* by task id, for a task that hands them on: descriptors of those in
                               `arenas`, read-only but for its own; -1: there is none; NULL: it has
                               none at all */
    struct vf_task_page *page; /* its own */
    struct vf_trace *trace;    /* its own; NULL: nothing is recorded */
    struct vf_tap *tap;        /* its own; NULL: nobody can look */
    struct vf_journal *journal;       /* of the run; the messenger itself does not use it, */
    const struct vf_notices *notices; /* nor these; NULL: nobody hears them */
    const struct vf_task_page *const *producers; /* of all before it */
    size_t producer_count;
    const _Atomic uint64_t *counted; /* what the producer expects whose messages come to the first
                                        input, each or one of `thinned`; NULL: nobody knows */
    uint64_t thinned;
    bool is_replaceable; /* others may: so all it sends is put where they find it */
    bool is_resumed;     /* another process has been at this task, and died or made way */
    unsigned process;    /* of the task: 1 is the first; 0: nobody counts them */
    const _Atomic uint32_t
        *give_way; /* the process that is to make way for the next, written by the
                                         supervisor alone; NULL: none ever has to */
    const _Atomic uint32_t *is_paused; /* a producer is to make nothing for now, likewise */
};

/* What vf_messenger_receive() returns in a process that is to make way for another of its task. */
#define VF_GIVE_WAY 5

enum vf_stop_level {
    VF_STOP_NONE,
    VF_STOP_DRAIN, /* producers end; what is in flight is finished */
    VF_STOP_HALT,  /* every task ends at its next message */
    VF_STOP_ABORT, /* the same, because something failed: what was written is not all */
};

/* What another program may send to a termination socket; the supervisor writes `stop_level`. */
#define VF_STOP_MAGIC 0x706f7473u /* "stop" */
struct vf_stop_message {
    uint32_t magic;
    uint32_t level; /* enum vf_stop_level */
};

/* One message for each input; NULL for those that are not connected, or did not get one. */
struct vf_inputs {
    struct vf_message **items;
    unsigned count;
};

/* Binds the task's two sockets, where it has an address. Borrows `wires` until the messenger is
 * destroyed. */
VF_MUST_CHECK int vf_messenger_create(struct vf_messenger **messenger,
                                      const struct vf_task_wires *wires);

/* Connects to the sockets of the neighbours, who must have been created before. In a process that goes
 * on for another, waits until they have sent again what that had received. */
VF_MUST_CHECK int vf_messenger_connect(struct vf_messenger *messenger);

/* Ends the task for its neighbours: releases the inputs last received, tells the senders that
 * nothing more will be taken, and waits until what was sent on has been read. Only
 * vf_messenger_destroy() comes after it. */
void vf_messenger_close(struct vf_messenger *messenger);

/* Without vf_messenger_close(), leaves the pages as they are, for another process to go on with.
 * Sets *messenger to NULL. Does nothing when it is NULL already. */
void vf_messenger_destroy(struct vf_messenger **messenger);

/* Waits for one message from every parent, as they are joined (join.h). Lends *inputs until the next
 * call, or vf_messenger_release(). Returns VF_END once no complete input can come any more, or the
 * flow is to halt; VF_ENDED, without inputs, when rules.reports_ends asks for it; VF_GIVE_WAY. */
VF_MUST_CHECK int vf_messenger_receive(struct vf_messenger *messenger,
                                       const struct vf_inputs **inputs);

/* Waits for the next message of any parent as it came: not joined, gaps and ends included. Lends
 * *message until the next call, or vf_messenger_release(). Returns VF_END once every parent has
 * ended, or the flow is to halt. A task uses either this or vf_messenger_receive(). */
VF_MUST_CHECK int vf_messenger_receive_raw(struct vf_messenger *messenger,
                                           const struct vf_message **message);

/* Is done with the inputs last received: what they were not answered with becomes a gap, and
 * their payloads may be used again, unless they were forwarded or cloned. A replica may have to
 * wait here for room. Returns VF_END when the flow is to halt, or no task reads any port any
 * more. */
VF_MUST_CHECK int vf_messenger_release(struct vf_messenger *messenger);

/* Opens the round of what a task still makes after its last input: a new process would begin it
 * again. It has no end but that of the task. */
void vf_messenger_begin_flush(struct vf_messenger *messenger);

/* Returns the present time, which is also that of the message that is published next. */
int64_t vf_messenger_stamp(struct vf_messenger *messenger);

/* Sends *output to every task that reads `port`, as an answer to the inputs last received.
 * Takes *output, except on failure. Where the edges wait for room, so does this. Returns
 * VF_DROPPED when some reader had no room, VF_END when the flow is to halt or no task reads any
 * port any more. */
VF_MUST_CHECK int vf_messenger_publish(struct vf_messenger *messenger, unsigned port,
                                       struct vf_message **output);

/* Likewise, but the message stays the caller's, whose stack it may be on: it is only completed. */
VF_MUST_CHECK int vf_messenger_publish_copy(struct vf_messenger *messenger, unsigned port,
                                            struct vf_message *output);

/* Sends input number `input` on as it is: the same payload in the same place. Returns what
 * vf_messenger_publish() does, or -EINVAL where there is no such input. */
VF_MUST_CHECK int vf_messenger_passthrough(struct vf_messenger *messenger, unsigned port,
                                           unsigned input);

/* Records a drop on every edge of `port`: there was no memory to make the message. */
VF_MUST_CHECK int vf_messenger_drop(struct vf_messenger *messenger, unsigned port);

/* Tells every receiver that this task has ended, and why. Never drops it. */
VF_MUST_CHECK int vf_messenger_publish_termination(struct vf_messenger *messenger,
                                                   enum vf_end_reason reason);

/* Hands on the end that was received, with its reason. Never drops it. */
VF_MUST_CHECK int vf_messenger_passthrough_termination(struct vf_messenger *messenger);

/* Returns how far the flow has been asked to stop. Never waits; costs a read of memory and of the
 * clock. Any thread may ask; only the messenger's own looks at the termination socket, where there
 * is one: what came there may be a quarter of a millisecond old. */
enum vf_stop_level vf_messenger_termination_requested(struct vf_messenger *messenger);

/* The same for who has just shown in another way that it does not hang: does without the clock where
 * there are no sockets. */
enum vf_stop_level vf_messenger_stop_level(struct vf_messenger *messenger);

/* Returns whether a producer is to make nothing for now; waits until it is to go on, or VF_END: until the
 * flow drains, or another process takes its place. */
bool vf_messenger_is_paused(const struct vf_messenger *messenger);
VF_MUST_CHECK int vf_messenger_pause(struct vf_messenger *messenger);

/* Returns whether this process is to make way for another, which goes on after what is complete: it
 * ends without vf_messenger_close(). Any thread may ask. */
bool vf_messenger_must_give_way(const struct vf_messenger *messenger);

/* Returns whether nothing more comes to `input`, beyond what was received. */
bool vf_messenger_has_ended(const struct vf_messenger *messenger, unsigned input);

/* Returns up to which timestamp, in nanoseconds, nothing more comes to an input that arrives by itself
 * (VF_JOIN_BY_ARRIVAL), as gaps say; VF_NO_TIMESTAMP: none has said so. */
int64_t vf_messenger_passed_ns(const struct vf_messenger *messenger, unsigned input);

/* Tells why no more input comes: the worst of what the parents said, or a stop. */
enum vf_end_reason vf_messenger_end_reason(const struct vf_messenger *messenger);

/* Makes a payload in the task's arena. Waits until one is released, if all edges wait for room;
 * returns VF_DROPPED where one drops, VF_END when the flow is to halt. */
VF_MUST_CHECK int vf_messenger_allocate(struct vf_messenger *messenger, size_t size,
                                        struct vf_payload **payload);

/* Returns how many rounds of the task are complete (edge.h), in this process and those before. */
uint64_t vf_messenger_rounds(const struct vf_messenger *messenger);

/* Of a producer's task: lends what it has made for `port`, in this process and those before. */
const struct vf_made *vf_messenger_made(const struct vf_messenger *messenger, unsigned port);

/* Returns whether a node can go on from what the process before has left; says so if it cannot. */
bool vf_messenger_can_go_on(const struct vf_messenger *messenger);

/* Returns whether all tasks that read what this one makes have ended. Any thread may ask. */
bool vf_messenger_is_abandoned(const struct vf_messenger *messenger);

/* Sleeps until `deadline_ns`. Returns VF_END as soon as a stop of `level` or above is asked for, and
 * in a producer whose readers have all ended, or which is to give way. */
VF_MUST_CHECK int vf_messenger_sleep_until(struct vf_messenger *messenger, int64_t deadline_ns,
                                           enum vf_stop_level level);

/* Sleeps until `fd` can be read (VF_OK) or `deadline_ns` (VF_DROPPED). Returns VF_END as
 * vf_messenger_sleep_until() does. It shows no life: the task page keeps the time of the last sign. */
VF_MUST_CHECK int vf_messenger_await(struct vf_messenger *messenger, int fd, int64_t deadline_ns,
                                     enum vf_stop_level level);

/* Of a task with inputs, in a round: sleeps until `fd` can be read (VF_OK), or another input has
 * come or none will any more (VF_DROPPED). Returns VF_END when the flow is to halt. Counts and shows
 * life as vf_messenger_receive() does. */
VF_MUST_CHECK int vf_messenger_await_input(struct vf_messenger *messenger, int fd, bool is_at_work);

/* Of a task that `looks_ahead`, in a round: waits until `count` further inputs are there, no more can
 * be, or `deadline_ns`. Returns how many there are, or an error. They stay to be received, and the
 * round of each begins when it is. Accounts as vf_messenger_await_input(). */
VF_MUST_CHECK int vf_messenger_look_ahead(struct vf_messenger *messenger, unsigned count,
                                          int64_t deadline_ns);

/* Lends the messages of the input that will be received after `number` others, until it has been
 * released; NULL: it is not there yet. */
struct vf_message *const *vf_messenger_ahead(const struct vf_messenger *messenger, unsigned number);

/* Returns whether `port` has a reader. */
bool vf_messenger_is_read(const struct vf_messenger *messenger, unsigned port);

#endif
