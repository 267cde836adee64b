/* SPDX-License-Identifier: MIT */
/* task_net.h - a few messengers in one process, each with a thread of its own.
 *
 * Pages and arenas are plain memory that all threads see: what the supervisor shares between
 * processes is shared between threads here, so that a sanitizer sees both sides of every access.
 * A remote net has sockets in a scratch folder instead, as with the transport ipc. One net at a
 * time.
 */
#ifndef VF_TESTS_UNIT_SUPPORT_TASK_NET_H
#define VF_TESTS_UNIT_SUPPORT_TASK_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/messenger.h"

#define NET_TASKS 10
#define NET_PAYLOADS 64 /* that may live at once in a task's arena */

/* Tasks are numbered from 1. */
struct net_edge {
    unsigned from, port, to, input, depth;
    enum vf_overflow overflow;
    unsigned group;
};

/* What one task does between connecting and its end. */
typedef void net_body(struct vf_messenger *messenger);

/* Makes the tasks that `edges` name. All inputs are joined by origin. */
void net_init(const struct net_edge *edges, size_t count, bool is_remote);
#define NET_BY(is_remote, ...)                       \
    net_init((const struct net_edge[]){__VA_ARGS__}, \
             VF_COUNT(((const struct net_edge[]){__VA_ARGS__})), is_remote)
#define NET(...) NET_BY(false, __VA_ARGS__)
#define REMOTE_NET(...) NET_BY(true, __VA_ARGS__)

/* Before the start: how a task gathers, and how many payloads may live in its arena. */
void net_set_join(unsigned task, enum vf_join_by by);
void net_set_reports_ends(unsigned task);
void net_set_answers_late(unsigned task);
void net_set_divided(unsigned task); /* by arrival; its port n answers its input n */
void net_set_looks_ahead(unsigned task, unsigned inputs);
void net_set_payloads(unsigned task, unsigned limit);

/* Before the start: another process may go on in place of the task's. */
void net_set_replaceable(unsigned task);

/* Lets the process of the task whose thread this is die, as far as its messenger shows, and another go
 * on: returns the messenger of that. What the dead one had said and nobody had heard is lost. */
struct vf_messenger *net_replace(struct vf_messenger *messenger);

/* Starts the tasks: bodies[i] is run by task i + 1. */
void net_start(net_body *const *bodies);

/* Waits until all have ended. */
void net_join(void);

/* Both. */
#define NET_RUN(...)                                       \
    do {                                                   \
        net_start((net_body *const[]){__VA_ARGS__, NULL}); \
        net_join();                                        \
    } while (0)

/* Asks one task to stop, from the test's own thread. */
void net_request_stop(unsigned task, enum vf_stop_level level);

/* Lends what a task and an edge show to others. */
const struct vf_task_page *net_page(unsigned task);
const struct vf_edge_terms *net_terms(size_t edge);
size_t net_touched(unsigned task);

/* The address of the sockets of a remote net. */
const struct vf_address *net_address(void);

/* Ends the net: all threads have been joined. */
void net_finish(void);

/* Publishes a whole number on `port`. Returns what the messenger said. */
int net_publish(struct vf_messenger *messenger, unsigned port, int64_t number);

/* Publishes 1 to `last` on port 0, each of which must be accepted, and the end. */
void net_publish_all(struct vf_messenger *messenger, int64_t last);

/* Returns the whole number that a message holds. */
int64_t net_number(const struct vf_message *message);

/* Receives one number on input 0; 0: the end. */
int64_t net_receive(struct vf_messenger *messenger);

/* Receives 1, 2, 3 ... up to the end. Returns how many. */
int64_t net_receive_all(struct vf_messenger *messenger);

#endif
