/* SPDX-License-Identifier: MIT */
/* messenger_inside.h - what the files of the messenger share. Nobody else includes it.
 *
 * messenger.c has its life, its sleep and what comes to the termination socket,
 * messenger_receive.c and messenger_publish.c its two sides, messenger_rounds.c what makes a task
 * replaceable, messenger_gather.c what comes before that where there are sockets.
 */
#ifndef VF_ENGINE_EDGE_MESSENGER_INSIDE_H
#define VF_ENGINE_EDGE_MESSENGER_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/edge/messenger.h"
#include "engine/edge/messenger_ahead.h"
#include "engine/edge/remote/acknowledgement.h"

/* By sockets: how long the last acknowledgements may take to leave. A sender waits for them before
 * it ends, but one that has heard all it needs is gone sooner. */
#define VF_MESSENGER_BACK_LINGER_MS 100
/* A wake-up that got lost, with a process that died before it had rung, costs this much and no more. */
#define VF_MESSENGER_LONGEST_SLEEP_MS 2000
/* By sockets, while some message is under way, of which the news may have been lost. */
#define VF_MESSENGER_ASK_AFTER_MS 100
/* How long the termination socket may go unread. */
#define VF_MESSENGER_LOOK_EVERY_NS (VF_NS_PER_MS / 4)

struct vf_messenger {
    const struct vf_task_wires *wires;
    struct vf_wires *context; /* these three only where there are sockets */
    struct vf_wire *data, *stop;
    struct vf_fan_out *fan_out;
    struct vf_inbox **inboxes;
    struct vf_acknowledger **acknowledgers; /* by sockets: one for each inbox */
    struct vf_wire **back_wires;            /* by sockets: to the senders' termination sockets */
    struct vf_squeeze_kept **kept;          /* by sockets: of each in-edge (parcel.h) */
    bool is_remote;                         /* it has sockets: some of its edges are */
    struct vf_join *join;
    struct vf_ahead *ahead; /* NULL: the task looks at no input before its turn */
    struct vf_inputs inputs;
    struct vf_message *raw;
    unsigned raw_input;              /* that it came from */
    uint64_t passed[VF_PAGE_INPUTS]; /* as in struct vf_task_mark */
    struct vf_joined joined;
    struct vf_message **held; /* of a replica: for each port, the answer that may be the last */
    struct vf_made *made;     /* by a producer, for each port */
    bool is_spoilt;           /* what the process before has left of `made` cannot be */
    uint64_t *recounted;      /* for each port: counted by the process before, and to come again */
    uint64_t rounds;          /* complete ones */
    struct {
        uint64_t number, order; /* of its origin, and of a replica's input */
        unsigned answers;       /* 1 + the input that it is about, where they are divided; else 0 */
        bool is_open;
    } answering; /* the round of an input, of an order without one, or of the end of one */
    size_t port_count;
    bool has_data;                /* the data socket may have something */
    bool is_ending;               /* no stop cuts short what it still waits for */
    bool is_closed;               /* the task has ended, and has said so to its senders */
    enum vf_fan_out_need need;    /* what its receivers know that it waits for */
    bool never_drops;             /* every out-edge waits for room */
    bool has_changed;             /* some out-edge came or left while the flow ran */
    bool is_replaying;            /* what the process before had published may come again */
    bool is_gathering;            /* what it had received comes again first */
    _Atomic unsigned heard_level; /* enum vf_stop_level that came to the termination socket */
    int64_t stops_read_ns;        /* when the termination socket was looked at */
    int64_t stamped_ns;           /* the time of what is published next; 0: not asked for yet */
    struct vf_messenger_pace {
        int64_t asked_ns; /* when it was last asked whether to yield */
        uint64_t rounds;  /* that were complete then */
        unsigned sleeps;  /* to come before the next yield */
    } input_pace, room_pace;
    pthread_t owner;
};

/* By sockets: reports to the senders what has become of their messages. */
VF_MUST_CHECK int vf_messenger_acknowledge(struct vf_messenger *messenger, bool is_hungry);

/* Begins a round; and ends it, so that a new process would begin after it. `passed`: the origin
 * number for which nothing more will come of what the round was about; 0: none. */
void vf_messenger_begin_round(struct vf_messenger *messenger);
void vf_messenger_end_round(struct vf_messenger *messenger, uint64_t passed);

/* Says that this process will not make again what the one before had published in its last
 * round. */
void vf_messenger_forget_repeated(struct vf_messenger *messenger);

/* Goes on where a dead process has stopped: at once, or with vf_messenger_gather() where senders have to
 * send again first what that had received. */
VF_MUST_CHECK int vf_messenger_resume(struct vf_messenger *messenger);
bool vf_messenger_must_gather(const struct vf_messenger *messenger);
VF_MUST_CHECK int vf_messenger_gather(struct vf_messenger *messenger);

/* Reads what has come through the wire. Returns how many messages, or an error. */
VF_MUST_CHECK int vf_messenger_pump(struct vf_messenger *messenger);

/* Lets go of the inputs last received. */
void vf_messenger_drop_inputs(struct vf_messenger *messenger);

/* Returns whether every task has been asked to stop. */
bool vf_messenger_must_halt(struct vf_messenger *messenger);

/* The input that the present answer's origin and times come from; NULL: none, a producer's. */
const struct vf_message *vf_messenger_answered(const struct vf_messenger *messenger);

/* Sleeps until the doorbell rings, or something comes to the termination socket or, if it
 * `awaits_data`, to the data socket, and reads the first two; `timeout_ms` at most. */
VF_MUST_CHECK int vf_messenger_sleep(struct vf_messenger *messenger, bool awaits_data,
                                     int timeout_ms);

/* The same, or until a descriptor can be read, which is then said. */
struct vf_messenger_awaited {
    int fd; /* -1: none */
    bool is_ready;
};
VF_MUST_CHECK int vf_messenger_sleep_with(struct vf_messenger *messenger, bool awaits_data,
                                          int timeout_ms, struct vf_messenger_awaited *awaited);

/* Returns for how long to sleep at most. */
int vf_messenger_longest_sleep_ms(const struct vf_messenger *messenger);

/* Before this task sleeps: lets others run first where messages are many, since they may do at once
 * what it waits for. Then nobody has to wake it, and there is more to do when it goes on. Returns
 * whether it did: look again. It does so once between two rounds. It does not where messages come
 * seldom, nor for a while when others have kept the processor long: the scheduler prefers a task that
 * was woken to them, but not one that has yielded. `pace` is that of the wait. */
bool vf_messenger_yield(struct vf_messenger *messenger, struct vf_messenger_pace *pace);

/* Accounts and records a wait, for input or for room, that began at `since_ns`. */
void vf_messenger_end_wait(const struct vf_messenger *messenger, enum vf_trace_kind kind,
                           int64_t since_ns);

/* Wakes the senders that could go on, before this task sleeps: it may wait for what they do
 * then. */
void vf_messenger_wake_senders(const struct vf_messenger *messenger);

/* Sleeps until a neighbour has made room, or a stop comes. The caller has said that it waits and
 * looked again since. */
VF_MUST_CHECK int vf_messenger_sleep_blocked(struct vf_messenger *messenger);

/* After an attempt that returned *err: returns whether to try again, which only -EAGAIN asks for.
 * The first time it lets the receivers know the `need` of this task, which may be met already;
 * after that it sleeps before it returns. *err becomes VF_END when the flow is to halt, -EIO when
 * it cannot sleep. */
bool vf_messenger_wait(struct vf_messenger *messenger, enum vf_fan_out_need need, int *err);

#endif
