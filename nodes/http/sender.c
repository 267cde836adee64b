/* SPDX-License-Identifier: MIT */
#include "nodes/http/sender.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/thread.h"

#define LONGEST_PAUSE_NS (30 * VF_NS_PER_S)

struct vf_http_sender {
    struct vf_http_sender_settings settings;
    struct vf_http_request *request; /* the thread's, but for interrupting */
    pthread_t thread;
    bool is_running;
    /* All below is guarded. */
    pthread_mutex_t mutex;
    pthread_cond_t has_work, has_settled;
    struct vf_http_message *messages; /* a ring, of settings.queue */
    size_t first, count;
    bool is_hurried, is_stopping;
    uint64_t delivered, failed, untold;
    struct vf_text problem; /* of the last failure */
};

static struct timespec moment(int64_t time_ns)
{
    return (struct timespec){.tv_sec = time_ns / VF_NS_PER_S, .tv_nsec = time_ns % VF_NS_PER_S};
}

static const struct vf_http_message *message_at(const struct vf_http_sender *sender, size_t number)
{
    return &sender->messages[(sender->first + number) % sender->settings.queue];
}

/* Returns when the collection that begins with the first message is over, by the clock; INT64_MAX:
 * when a later message says so. */
static int64_t collection_end_ns(const struct vf_http_sender *sender)
{
    if (!sender->count || !sender->settings.collect_ns || message_at(sender, 0)->is_timed)
        return INT64_MAX;
    return message_at(sender, 0)->time_ns + sender->settings.collect_ns;
}

/* Returns how many messages the next collection has; 0: it is not over. */
static size_t next_collection(const struct vf_http_sender *sender)
{
    int64_t collect = sender->settings.collect_ns;
    size_t size = 0;
    while (size < sender->count &&
           message_at(sender, size)->time_ns - message_at(sender, 0)->time_ns < collect)
        size++;
    bool is_over = size < sender->count || sender->count == sender->settings.queue ||
                   sender->is_hurried || vf_clock_now_ns() >= collection_end_ns(sender);
    return is_over ? size : 0;
}

/* Returns how many messages go into the next request; 0: there is none yet. */
static size_t next_size(const struct vf_http_sender *sender)
{
    if (sender->settings.collect_ns)
        return next_collection(sender);
    size_t batch = sender->settings.batch;
    bool is_enough = sender->is_hurried || !sender->settings.is_patient || sender->count >= batch;
    if (!is_enough)
        return 0;
    return sender->count < batch ? sender->count : batch;
}

/* Makes what is sent of messages that wait. They stay where they are. */
static int make(const struct vf_http_sender *sender, size_t size, struct vf_http_made *made)
{
    const struct vf_http_message **messages = calloc(size, sizeof(*messages));
    *made = (struct vf_http_made){0};
    if (!messages)
        return -ENOMEM;
    for (size_t i = 0; i < size; i++)
        messages[i] = message_at(sender, i);
    int err = vf_http_make(made, &sender->settings.design, messages, size);
    free(messages);
    return err;
}

/* Pauses before attempt number `number`, the first being 1. Returns false at once when the sender
 * stops. */
static bool pause_before(struct vf_http_sender *sender, unsigned number,
                         const struct vf_http_outcome *outcome)
{
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
        chance = (uint32_t)vf_clock_now_ns();
    int64_t pause = sender->settings.pause_ns;
    while (number-- > 1 && pause < LONGEST_PAUSE_NS)
        pause *= 2;
    if (pause > LONGEST_PAUSE_NS)
        pause = LONGEST_PAUSE_NS;
    pause -= (int64_t)((double)pause / 2 * chance / UINT32_MAX);
    if (pause < outcome->wait_ns)
        pause = outcome->wait_ns;
    vf_log(VF_LOG_INFO, "%s; retrying in %.2f s", outcome->problem.bytes,
           (double)pause / VF_NS_PER_S);
    const struct timespec until = moment(vf_clock_now_ns() + pause);
    int err = 0;
    pthread_mutex_lock(&sender->mutex);
    while (!sender->is_stopping && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&sender->has_work, &sender->mutex, &until);
    bool goes_on = !sender->is_stopping;
    pthread_mutex_unlock(&sender->mutex);
    return goes_on;
}

static void deliver(struct vf_http_sender *sender, const struct vf_http_content *content,
                    struct vf_http_outcome *outcome)
{
    unsigned tried = 0;
    bool goes_on = true;
    while (goes_on) {
        vf_http_request_send(sender->request, content, outcome);
        goes_on = !outcome->is_delivered && outcome->may_retry &&
                  tried++ < sender->settings.retries && pause_before(sender, tried, outcome);
    }
}

/* Counts the messages of a request, and takes them out of the queue. */
static void settle(struct vf_http_sender *sender, size_t size, struct vf_http_outcome *outcome)
{
    for (size_t i = 0; i < size; i++) {
        vf_http_message_finish(&sender->messages[sender->first]);
        sender->first = (sender->first + 1) % sender->settings.queue;
    }
    sender->count -= size;
    if (outcome->is_delivered) {
        sender->delivered += size;
    } else {
        sender->failed += size;
        sender->untold += size;
        vf_text_finish(&sender->problem);
        sender->problem = outcome->problem;
        outcome->problem = (struct vf_text){0};
    }
    pthread_cond_broadcast(&sender->has_settled);
}

/* Waits until there is something new, or a collection is over. */
static void wait_for_work(struct vf_http_sender *sender)
{
    int64_t end_ns = collection_end_ns(sender);
    const struct timespec until = moment(end_ns);
    if (end_ns == INT64_MAX)
        pthread_cond_wait(&sender->has_work, &sender->mutex);
    else
        (void)pthread_cond_timedwait(&sender->has_work, &sender->mutex, &until);
}

static void *work(void *argument)
{
    struct vf_http_sender *sender = argument;
    pthread_mutex_lock(&sender->mutex);
    while (!sender->is_stopping) {
        size_t size = next_size(sender);
        if (!size) {
            wait_for_work(sender);
            continue;
        }
        struct vf_http_made made;
        struct vf_http_outcome outcome = {0};
        int err = make(sender, size, &made);
        pthread_mutex_unlock(&sender->mutex);
        if (err)
            vf_text_print(&outcome.problem, "memory is too short for a request");
        else
            deliver(sender, &made.content, &outcome);
        vf_http_made_finish(&made);
        pthread_mutex_lock(&sender->mutex);
        if (!sender->is_stopping || outcome.is_delivered) /* else it still waits */
            settle(sender, size, &outcome);
        vf_text_finish(&outcome.problem);
    }
    pthread_mutex_unlock(&sender->mutex);
    return NULL;
}

static int start(struct vf_http_sender *sender)
{
    int err = vf_thread_start(&sender->thread, work, sender);
    sender->is_running = !err;
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start a thread: %s", strerror(-err));
    return err;
}

static void init_guards(struct vf_http_sender *sender)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->has_work, &clock);
    pthread_cond_init(&sender->has_settled, &clock);
    pthread_condattr_destroy(&clock);
}

int vf_http_sender_create(struct vf_http_sender **sender,
                          const struct vf_http_sender_settings *settings)
{
    struct vf_http_sender *made = calloc(1, sizeof(*made));
    *sender = made;
    if (!made)
        return -ENOMEM;
    init_guards(made);
    made->settings = *settings;
    made->messages = calloc(settings->queue, sizeof(*made->messages));
    int err =
        made->messages ? vf_http_request_create(&made->request, &made->settings.request) : -ENOMEM;
    if (!err)
        err = start(made);
    if (err)
        vf_http_sender_destroy(sender);
    return err;
}

static void stop(struct vf_http_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    sender->is_stopping = true;
    pthread_cond_broadcast(&sender->has_work);
    pthread_mutex_unlock(&sender->mutex);
    vf_http_request_interrupt(sender->request);
    pthread_join(sender->thread, NULL);
}

void vf_http_sender_destroy(struct vf_http_sender **sender)
{
    struct vf_http_sender *gone = *sender;
    if (!gone)
        return;
    if (gone->is_running)
        stop(gone);
    vf_http_request_destroy(&gone->request);
    for (size_t i = 0; gone->messages && i < gone->count; i++)
        vf_http_message_finish(&gone->messages[(gone->first + i) % gone->settings.queue]);
    free(gone->messages);
    vf_text_finish(&gone->problem);
    pthread_cond_destroy(&gone->has_work);
    pthread_cond_destroy(&gone->has_settled);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *sender = NULL;
}

int vf_http_sender_add(struct vf_http_sender *sender, struct vf_http_message *message)
{
    size_t queue = sender->settings.queue;
    pthread_mutex_lock(&sender->mutex);
    bool has_room = sender->count < queue;
    if (has_room) {
        sender->messages[(sender->first + sender->count++) % queue] = *message;
        *message = (struct vf_http_message){0};
        pthread_cond_signal(&sender->has_work);
    }
    pthread_mutex_unlock(&sender->mutex);
    return has_room ? VF_OK : -EAGAIN;
}

void vf_http_sender_hurry(struct vf_http_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    sender->is_hurried = true;
    pthread_cond_signal(&sender->has_work);
    pthread_mutex_unlock(&sender->mutex);
}

bool vf_http_sender_wait(struct vf_http_sender *sender, size_t left, int64_t deadline_ns)
{
    const struct timespec until = moment(deadline_ns);
    int err = 0;
    pthread_mutex_lock(&sender->mutex);
    while (sender->count > left && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&sender->has_settled, &sender->mutex, &until);
    bool is_settled = sender->count <= left;
    pthread_mutex_unlock(&sender->mutex);
    return is_settled;
}

struct vf_http_counts vf_http_sender_count(struct vf_http_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    const struct vf_http_counts counts = {sender->delivered, sender->failed, sender->count};
    pthread_mutex_unlock(&sender->mutex);
    return counts;
}

uint64_t vf_http_sender_take_failures(struct vf_http_sender *sender, struct vf_text *problem)
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

const char *vf_http_sender_name(const struct vf_http_sender *sender)
{
    return vf_http_request_name(sender->request);
}
