/* SPDX-License-Identifier: MIT */
#include "nodes/broker/sender.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/thread.h"

#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 10000

enum progress { WAITING, SENT, DONE };

struct vf_broker_entry {
    struct vf_broker_message message;
    enum progress progress;
    int id;
    uint64_t number;
};

struct vf_broker_sender {
    struct vf_broker_protocol protocol;
    size_t queue;
    pthread_t thread;
    bool is_running;
    int wake_fd;
    atomic_bool is_stopping, is_leaving;
    /* The thread's own. */
    int pause_ms;
    int64_t lost_ns; /* since when there is no connection; 0: there is one */
    /* All below is guarded. */
    pthread_mutex_t mutex;
    pthread_cond_t has_settled;
    struct vf_broker_entry *entries; /* a ring, of `queue` */
    size_t first, count, sent;
    uint64_t added;
    bool is_cut_off, is_hopeless, is_over;
    struct vf_text reason;                       /* why it is cut off */
    uint64_t delivered, failed, refused, untold; /* refused: among those delivered, too */
    struct vf_text problem;                      /* of the last failure */
};

void vf_broker_message_finish(struct vf_broker_message *message)
{
    vf_text_finish(&message->topic);
    vf_text_finish(&message->payload);
    vf_text_finish(&message->headers);
}

static struct timespec moment(int64_t time_ns)
{
    return (struct timespec){.tv_sec = time_ns / VF_NS_PER_S, .tv_nsec = time_ns % VF_NS_PER_S};
}

static struct vf_broker_entry *entry_at(struct vf_broker_sender *sender, size_t number)
{
    return &sender->entries[(sender->first + number) % sender->queue];
}

void vf_broker_sender_wake(struct vf_broker_sender *sender)
{
    uint64_t one = 1;
    ssize_t written = write(sender->wake_fd, &one, sizeof(one));
    (void)written; /* it is awake already */
}

int vf_broker_sender_wake_fd(const struct vf_broker_sender *sender)
{
    return sender->wake_fd;
}

void vf_broker_sender_calm_down(struct vf_broker_sender *sender)
{
    uint64_t any;
    ssize_t count = read(sender->wake_fd, &any, sizeof(any));
    (void)count; /* nobody has woken it */
}

void vf_broker_sender_rest(struct vf_broker_sender *sender, int64_t longest_ns)
{
    struct pollfd woken = {.fd = sender->wake_fd, .events = POLLIN};
    if (poll(&woken, 1, (int)(longest_ns / VF_NS_PER_MS) + 1) > 0)
        vf_broker_sender_calm_down(sender);
}

bool vf_broker_sender_is_stopping(const struct vf_broker_sender *sender)
{
    return sender->is_stopping;
}

bool vf_broker_sender_is_leaving(const struct vf_broker_sender *sender)
{
    return sender->is_leaving;
}

void vf_broker_sender_connected(struct vf_broker_sender *sender)
{
    sender->pause_ms = 0;
    if (sender->lost_ns)
        vf_log(VF_LOG_INFO, "%s: connected after %.1f s", sender->protocol.name,
               (double)(vf_clock_now_ns() - sender->lost_ns) / VF_NS_PER_S);
    sender->lost_ns = 0;
    pthread_mutex_lock(&sender->mutex);
    sender->is_cut_off = sender->is_hopeless = false;
    vf_text_finish(&sender->reason);
    pthread_mutex_unlock(&sender->mutex);
}

/* Only the sender's thread takes messages away, so one stays where it is. */
struct vf_broker_entry *vf_broker_sender_next(struct vf_broker_sender *sender)
{
    struct vf_broker_entry *next = NULL;
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = sender->sent;
         i < sender->count && sender->sent < sender->protocol.window && !next; i++) {
        if (entry_at(sender, i)->progress == WAITING)
            next = entry_at(sender, i);
    }
    pthread_mutex_unlock(&sender->mutex);
    return next;
}

const struct vf_broker_message *vf_broker_entry_message(const struct vf_broker_entry *entry)
{
    return &entry->message;
}

uint64_t vf_broker_entry_number(const struct vf_broker_entry *entry)
{
    return entry->number;
}

void vf_broker_sender_sent(struct vf_broker_sender *sender, struct vf_broker_entry *entry, int id)
{
    pthread_mutex_lock(&sender->mutex);
    entry->progress = SENT;
    entry->id = id;
    sender->sent++;
    pthread_mutex_unlock(&sender->mutex);
}

/* Counts a message, and takes those that are done with from the front of the queue. */
static void settle(struct vf_broker_sender *sender, struct vf_broker_entry *entry,
                   const char *problem)
{
    sender->sent -= entry->progress == SENT;
    entry->progress = DONE;
    if (problem) {
        sender->failed++;
        sender->untold++;
        vf_text_finish(&sender->problem);
        vf_text_print(&sender->problem, "%s refuses a message to %s: %s", sender->protocol.name,
                      entry->message.topic.bytes, problem);
    } else {
        sender->delivered++;
    }
    while (sender->count && entry_at(sender, 0)->progress == DONE) {
        vf_broker_message_finish(&entry_at(sender, 0)->message);
        sender->first = (sender->first + 1) % sender->queue;
        sender->count--;
    }
    pthread_cond_broadcast(&sender->has_settled);
}

void vf_broker_sender_settle(struct vf_broker_sender *sender, struct vf_broker_entry *entry,
                             const char *problem)
{
    pthread_mutex_lock(&sender->mutex);
    settle(sender, entry, problem);
    pthread_mutex_unlock(&sender->mutex);
}

bool vf_broker_sender_settle_id(struct vf_broker_sender *sender, int id, const char *problem)
{
    bool is_found = false;
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = 0; i < sender->count && !is_found; i++) {
        struct vf_broker_entry *entry = entry_at(sender, i);
        is_found = entry->progress == SENT && entry->id == id;
        if (is_found)
            settle(sender, entry, problem);
    }
    pthread_mutex_unlock(&sender->mutex);
    return is_found;
}

/* Messages are sent in their order, so those on their way are the first. */
void vf_broker_sender_settle_all(struct vf_broker_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    while (sender->count && entry_at(sender, 0)->progress == SENT)
        settle(sender, entry_at(sender, 0), NULL);
    pthread_mutex_unlock(&sender->mutex);
}

/* Lends the topic of what is on its way, if that has one only; NULL: it has not. */
static const char *topic_under_way(struct vf_broker_sender *sender)
{
    const char *topic = NULL;
    for (size_t i = 0; i < sender->count; i++) {
        const struct vf_broker_entry *entry = entry_at(sender, i);
        if (entry->progress != SENT)
            continue;
        if (topic && strcmp(topic, entry->message.topic.bytes) != 0)
            return NULL;
        topic = entry->message.topic.bytes;
    }
    return topic;
}

void vf_broker_sender_refuse(struct vf_broker_sender *sender, const char *problem)
{
    pthread_mutex_lock(&sender->mutex);
    const char *topic = topic_under_way(sender);
    sender->refused++;
    sender->untold++;
    vf_text_finish(&sender->problem);
    vf_text_print(&sender->problem, "%s refuses a message%s%s: %s", sender->protocol.name,
                  topic ? " to " : "", topic ? topic : "", problem);
    pthread_mutex_unlock(&sender->mutex);
}

/* What was sent and not acknowledged is sent again. */
static void take_back(struct vf_broker_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = 0; i < sender->count; i++) {
        struct vf_broker_entry *entry = entry_at(sender, i);
        if (entry->progress == SENT)
            entry->progress = WAITING;
    }
    sender->sent = 0;
    pthread_mutex_unlock(&sender->mutex);
}

/* Says once that there is no connection, whatever the tries after that. */
static void tell_loss(struct vf_broker_sender *sender, struct vf_broker_failure *failure)
{
    const char *text = failure->text.bytes ? failure->text.bytes : sender->protocol.name;
    if (!failure->is_final) /* that is for the task to say */
        vf_log(sender->lost_ns ? VF_LOG_DEBUG : VF_LOG_WARNING, "%s; connecting again", text);
    if (!sender->lost_ns)
        sender->lost_ns = vf_clock_now_ns();
    pthread_mutex_lock(&sender->mutex);
    sender->is_cut_off = true;
    sender->is_hopeless = failure->is_final;
    vf_text_finish(&sender->reason);
    sender->reason = failure->text;
    failure->text = (struct vf_text){0};
    pthread_cond_broadcast(&sender->has_settled);
    pthread_mutex_unlock(&sender->mutex);
}

/* Waits before the next connection, longer each time. A message that was added is no reason to hurry. */
static void pause_a_while(struct vf_broker_sender *sender)
{
    sender->pause_ms = sender->pause_ms ? sender->pause_ms * 2 : FIRST_PAUSE_MS;
    if (sender->pause_ms > LONGEST_PAUSE_MS)
        sender->pause_ms = LONGEST_PAUSE_MS;
    int64_t until_ns = vf_clock_now_ns() + sender->pause_ms * VF_NS_PER_MS;
    int64_t left_ns;
    while (!sender->is_stopping && !sender->is_leaving &&
           (left_ns = until_ns - vf_clock_now_ns()) > 0)
        vf_broker_sender_rest(sender, left_ns);
}

static void end(struct vf_broker_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    sender->is_over = true;
    pthread_cond_broadcast(&sender->has_settled);
    pthread_mutex_unlock(&sender->mutex);
}

static void *work(void *argument)
{
    struct vf_broker_sender *sender = argument;
    const struct vf_broker_protocol *protocol = &sender->protocol;
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    while (!sender->is_stopping && !sender->is_leaving) {
        struct vf_broker_failure failure = {0};
        int err = protocol->serve(protocol->owner, sender, &failure);
        take_back(sender);
        if (err && err != VF_END && !sender->is_stopping && !sender->is_leaving)
            tell_loss(sender, &failure);
        protocol->close(protocol->owner);
        vf_text_finish(&failure.text);
        if (err != VF_END)
            pause_a_while(sender);
    }
    end(sender);
    return NULL;
}

static int start(struct vf_broker_sender *sender)
{
    int err = vf_thread_start(&sender->thread, work, sender);
    sender->is_running = !err;
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start a thread: %s", strerror(-err));
    return err;
}

static void init_guards(struct vf_broker_sender *sender)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->has_settled, &clock);
    pthread_condattr_destroy(&clock);
}

int vf_broker_sender_create(struct vf_broker_sender **sender,
                            const struct vf_broker_protocol *protocol, size_t queue)
{
    struct vf_broker_sender *made = calloc(1, sizeof(*made));
    *sender = made;
    if (!made)
        return -ENOMEM;
    signal(SIGPIPE, SIG_IGN); /* a broker that goes away is an error to be reported */
    init_guards(made);
    made->protocol = *protocol;
    made->queue = queue;
    made->is_cut_off = true;
    made->entries = calloc(queue, sizeof(*made->entries));
    made->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int err = made->wake_fd < 0 ? -errno : VF_OK;
    if (!err && !made->entries)
        err = -ENOMEM;
    if (!err)
        err = protocol->prepare(protocol->owner);
    if (!err)
        err = start(made);
    if (err)
        vf_broker_sender_destroy(sender);
    return err;
}

/* A connection that the network neither makes nor refuses is not waited for. */
static void stop(struct vf_broker_sender *sender)
{
    sender->is_stopping = true;
    vf_broker_sender_wake(sender);
    pthread_cancel(sender->thread);
    pthread_join(sender->thread, NULL);
    sender->protocol.close(sender->protocol.owner);
}

void vf_broker_sender_destroy(struct vf_broker_sender **sender)
{
    struct vf_broker_sender *gone = *sender;
    if (!gone)
        return;
    if (gone->is_running)
        stop(gone);
    if (gone->wake_fd >= 0)
        close(gone->wake_fd);
    for (size_t i = 0; i < gone->count; i++)
        vf_broker_message_finish(&entry_at(gone, i)->message);
    free(gone->entries);
    vf_text_finish(&gone->reason);
    vf_text_finish(&gone->problem);
    pthread_cond_destroy(&gone->has_settled);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *sender = NULL;
}

int vf_broker_sender_add(struct vf_broker_sender *sender, struct vf_broker_message *message)
{
    pthread_mutex_lock(&sender->mutex);
    bool has_room = sender->count < sender->queue;
    if (has_room) {
        *entry_at(sender, sender->count++) =
            (struct vf_broker_entry){.message = *message, .number = ++sender->added};
        *message = (struct vf_broker_message){0};
    }
    pthread_mutex_unlock(&sender->mutex);
    if (has_room)
        vf_broker_sender_wake(sender);
    return has_room ? VF_OK : -EAGAIN;
}

bool vf_broker_sender_wait(struct vf_broker_sender *sender, int64_t deadline_ns)
{
    const struct timespec until = moment(deadline_ns);
    int err = 0;
    pthread_mutex_lock(&sender->mutex);
    while (sender->count && !sender->is_hopeless && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&sender->has_settled, &sender->mutex, &until);
    bool is_empty = !sender->count;
    pthread_mutex_unlock(&sender->mutex);
    return is_empty;
}

bool vf_broker_sender_leave(struct vf_broker_sender *sender, int64_t deadline_ns)
{
    const struct timespec until = moment(deadline_ns);
    int err = 0;
    sender->is_leaving = true;
    vf_broker_sender_wake(sender);
    pthread_mutex_lock(&sender->mutex);
    while (!sender->is_over && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&sender->has_settled, &sender->mutex, &until);
    bool is_over = sender->is_over;
    pthread_mutex_unlock(&sender->mutex);
    return is_over;
}

struct vf_broker_counts vf_broker_sender_count(struct vf_broker_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    const struct vf_broker_counts counts = {
        .delivered = sender->delivered > sender->refused ? sender->delivered - sender->refused : 0,
        .failed = sender->failed + sender->refused,
        .waiting = sender->count,
    };
    pthread_mutex_unlock(&sender->mutex);
    return counts;
}

uint64_t vf_broker_sender_take_failures(struct vf_broker_sender *sender, struct vf_text *problem)
{
    pthread_mutex_lock(&sender->mutex);
    uint64_t untold = sender->untold;
    if (untold) {
        *problem = sender->problem;
        sender->problem = (struct vf_text){0};
        sender->untold = 0;
    }
    pthread_mutex_unlock(&sender->mutex);
    return untold;
}

bool vf_broker_sender_is_cut_off(struct vf_broker_sender *sender, struct vf_text *reason,
                                 bool *is_final)
{
    pthread_mutex_lock(&sender->mutex);
    bool is_cut_off = sender->is_cut_off;
    *is_final = sender->is_hopeless;
    vf_text_append(reason, sender->reason.bytes, sender->reason.length);
    pthread_mutex_unlock(&sender->mutex);
    return is_cut_off;
}
