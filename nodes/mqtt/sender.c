/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/sender.h"

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
#define WINDOW 20 /* messages that may be without an acknowledgement at a time */

enum progress { WAITING, SENT, DONE };

struct entry {
    struct vf_mqtt_message message;
    enum progress progress;
    int id;
};

struct vf_mqtt_sender {
    const struct vf_mqtt_settings *settings;
    size_t queue;
    struct vf_mqtt_message greeting;
    pthread_t thread;
    bool is_running;
    int wake_fd;
    atomic_bool is_stopping, is_leaving;
    /* The thread's own. */
    struct vf_mqtt_client *client;
    int unsettled; /* messages of its own that the broker has not acknowledged */
    bool is_greeted, has_left;
    int pause_ms;
    int64_t lost_ns; /* since when there is no connection; 0: there is one */
    /* All below is guarded. */
    pthread_mutex_t mutex;
    pthread_cond_t has_settled;
    struct entry *entries; /* a ring, of `queue` */
    size_t first, count, sent;
    bool is_cut_off, is_hopeless, is_over;
    struct vf_text reason; /* why it is cut off */
    uint64_t delivered, failed, untold;
    struct vf_text problem; /* of the last failure */
};

void vf_mqtt_message_finish(struct vf_mqtt_message *message)
{
    vf_text_finish(&message->topic);
    vf_text_finish(&message->payload);
}

static struct timespec moment(int64_t time_ns)
{
    return (struct timespec){.tv_sec = time_ns / VF_NS_PER_S, .tv_nsec = time_ns % VF_NS_PER_S};
}

static struct entry *entry_at(struct vf_mqtt_sender *sender, size_t number)
{
    return &sender->entries[(sender->first + number) % sender->queue];
}

static void wake(struct vf_mqtt_sender *sender)
{
    uint64_t one = 1;
    ssize_t written = write(sender->wake_fd, &one, sizeof(one));
    (void)written; /* it is awake already */
}

static void calm_down(struct vf_mqtt_sender *sender)
{
    uint64_t any;
    ssize_t count = read(sender->wake_fd, &any, sizeof(any));
    (void)count; /* nobody has woken it */
}

/* Counts a message, and takes those that are done with from the front of the queue. */
static void settle(struct vf_mqtt_sender *sender, struct entry *entry, const char *problem)
{
    sender->sent -= entry->progress == SENT;
    entry->progress = DONE;
    if (problem) {
        sender->failed++;
        sender->untold++;
        vf_text_finish(&sender->problem);
        vf_text_print(&sender->problem, "%s refuses a message to %s: %s",
                      sender->settings->broker.name, entry->message.topic.bytes, problem);
    } else {
        sender->delivered++;
    }
    while (sender->count && entry_at(sender, 0)->progress == DONE) {
        vf_mqtt_message_finish(&entry_at(sender, 0)->message);
        sender->first = (sender->first + 1) % sender->queue;
        sender->count--;
    }
    pthread_cond_broadcast(&sender->has_settled);
}

static void on_settled(void *owner, int id, const char *problem)
{
    struct vf_mqtt_sender *sender = owner;
    bool is_found = false;
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = 0; i < sender->count && !is_found; i++) {
        struct entry *entry = entry_at(sender, i);
        is_found = entry->progress == SENT && entry->id == id;
        if (is_found)
            settle(sender, entry, problem);
    }
    pthread_mutex_unlock(&sender->mutex);
    sender->unsettled -= !is_found;
    if (!is_found && problem)
        vf_log(VF_LOG_WARNING, "%s refuses to retain a message: %s", sender->settings->broker.name,
               problem);
}

/* Sends what is not one of the messages that were added: retained, so that it is there for those who
 * come later. */
static int announce(struct vf_mqtt_sender *sender, const char *topic, const struct vf_text *payload)
{
    const char *problem;
    int id, err = vf_mqtt_client_publish(sender->client, topic, payload, true, &id, &problem);
    if (err == -EINVAL) {
        vf_log(VF_LOG_WARNING, "%s: cannot send to %s: %s", sender->settings->broker.name, topic,
               problem);
        return VF_OK;
    }
    sender->unsettled += !err && sender->settings->qos > 0;
    return err;
}

static int tell_presence(struct vf_mqtt_sender *sender, const char *words)
{
    struct vf_text payload = {0};
    vf_text_print(&payload, "%s", words);
    int err = payload.failed ? -ENOMEM : announce(sender, sender->settings->will, &payload);
    vf_text_finish(&payload);
    return err;
}

/* Says what there is to say at the beginning of a connection. */
static int greet(struct vf_mqtt_sender *sender)
{
    const char *name = sender->settings->broker.name;
    sender->is_greeted = true;
    sender->pause_ms = 0;
    if (sender->lost_ns)
        vf_log(VF_LOG_INFO, "%s: connected after %.1f s", name,
               (double)(vf_clock_now_ns() - sender->lost_ns) / VF_NS_PER_S);
    sender->lost_ns = 0;
    pthread_mutex_lock(&sender->mutex);
    sender->is_cut_off = sender->is_hopeless = false;
    vf_text_finish(&sender->reason);
    pthread_mutex_unlock(&sender->mutex);
    int err = VF_OK;
    if (sender->greeting.topic.bytes)
        err = announce(sender, sender->greeting.topic.bytes, &sender->greeting.payload);
    if (!err && *sender->settings->will)
        err = tell_presence(sender, sender->settings->online);
    return err;
}

/* Returns the next message to send; NULL: there is none, or enough are on their way. Only this thread
 * takes messages away, so it stays where it is. */
static struct entry *take_next(struct vf_mqtt_sender *sender)
{
    struct entry *next = NULL;
    if (vf_mqtt_client_is_busy(sender->client))
        return NULL;
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = sender->sent; i < sender->count && sender->sent < WINDOW && !next; i++) {
        if (entry_at(sender, i)->progress == WAITING)
            next = entry_at(sender, i);
    }
    pthread_mutex_unlock(&sender->mutex);
    return next;
}

static int send_waiting(struct vf_mqtt_sender *sender)
{
    struct entry *entry;
    int err = VF_OK;
    while (!err && (entry = take_next(sender))) {
        const char *problem = NULL;
        struct vf_mqtt_message *message = &entry->message;
        err = vf_mqtt_client_publish(sender->client, message->topic.bytes, &message->payload,
                                     sender->settings->retains, &entry->id, &problem);
        bool is_done = err == -EINVAL || (!err && !sender->settings->qos);
        pthread_mutex_lock(&sender->mutex);
        if (is_done) {
            settle(sender, entry, err ? problem : NULL);
            err = VF_OK;
        } else if (!err) {
            entry->progress = SENT;
            sender->sent++;
        }
        pthread_mutex_unlock(&sender->mutex);
    }
    return err;
}

/* Does what can be done with the connection as it is. */
static int proceed(struct vf_mqtt_sender *sender)
{
    int err = VF_OK;
    if (!vf_mqtt_client_is_accepted(sender->client))
        return err;
    if (!sender->is_greeted)
        err = greet(sender);
    if (!err && !sender->is_leaving)
        err = send_waiting(sender);
    if (!err && sender->is_leaving && !sender->has_left) {
        sender->has_left = true;
        if (*sender->settings->will)
            err = tell_presence(sender, sender->settings->offline);
    }
    return err;
}

/* Returns whether all is said, so that the connection can be closed in good order. */
static bool has_said_all(const struct vf_mqtt_sender *sender)
{
    return sender->has_left && sender->unsettled <= 0 && !vf_mqtt_client_is_busy(sender->client);
}

/* What was sent and not acknowledged is sent again. */
static void take_back(struct vf_mqtt_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    for (size_t i = 0; i < sender->count; i++) {
        struct entry *entry = entry_at(sender, i);
        if (entry->progress == SENT)
            entry->progress = WAITING;
    }
    sender->sent = 0;
    pthread_mutex_unlock(&sender->mutex);
}

/* Says once that there is no connection, whatever the tries after that. */
static void tell_loss(struct vf_mqtt_sender *sender)
{
    struct vf_mqtt_failure *failure = vf_mqtt_client_failure(sender->client);
    const char *text = failure->text.bytes ? failure->text.bytes : sender->settings->broker.name;
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

/* Serves one connection, to its end. */
static int serve(struct vf_mqtt_sender *sender)
{
    bool is_closing = false;
    int err = vf_mqtt_client_connect(sender->client);
    sender->unsettled = 0;
    sender->is_greeted = sender->has_left = false;
    while (!err && !sender->is_stopping) {
        err = proceed(sender);
        if (!err && !is_closing && has_said_all(sender)) {
            vf_mqtt_client_leave(sender->client);
            is_closing = true;
        }
        if (!err && sender->is_leaving && !vf_mqtt_client_is_accepted(sender->client))
            err = -ENOTCONN;
        if (!err)
            err = vf_mqtt_client_work(sender->client, sender->wake_fd);
        calm_down(sender);
    }
    return is_closing && err == -ENOTCONN ? VF_END : err;
}

/* Waits before the next connection, longer each time. */
static void pause_a_while(struct vf_mqtt_sender *sender)
{
    sender->pause_ms = sender->pause_ms ? sender->pause_ms * 2 : FIRST_PAUSE_MS;
    if (sender->pause_ms > LONGEST_PAUSE_MS)
        sender->pause_ms = LONGEST_PAUSE_MS;
    int64_t until_ns = vf_clock_now_ns() + sender->pause_ms * VF_NS_PER_MS;
    struct pollfd woken = {.fd = sender->wake_fd, .events = POLLIN};
    int64_t left_ns;
    while (!sender->is_stopping && !sender->is_leaving &&
           (left_ns = until_ns - vf_clock_now_ns()) > 0) {
        if (poll(&woken, 1, (int)(left_ns / VF_NS_PER_MS) + 1) > 0)
            calm_down(sender); /* a message that was added is no reason to hurry */
    }
}

static void end(struct vf_mqtt_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    sender->is_over = true;
    pthread_cond_broadcast(&sender->has_settled);
    pthread_mutex_unlock(&sender->mutex);
}

static void *work(void *argument)
{
    struct vf_mqtt_sender *sender = argument;
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    while (!sender->is_stopping && !sender->is_leaving) {
        int err = vf_mqtt_client_create(&sender->client, sender->settings, on_settled, sender);
        if (!err)
            err = serve(sender);
        take_back(sender);
        bool is_lost = err && err != VF_END && sender->client && !sender->is_stopping;
        if (is_lost && !sender->is_leaving)
            tell_loss(sender);
        vf_mqtt_client_destroy(&sender->client);
        if (err != VF_END)
            pause_a_while(sender);
    }
    end(sender);
    return NULL;
}

/* Finds out whether the settings do. */
static int try_settings(const struct vf_mqtt_settings *settings)
{
    struct vf_mqtt_client *client;
    int err = vf_mqtt_client_create(&client, settings, on_settled, NULL);
    vf_mqtt_client_destroy(&client);
    return err;
}

static int start(struct vf_mqtt_sender *sender)
{
    int err = vf_thread_start(&sender->thread, work, sender);
    sender->is_running = !err;
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start a thread: %s", strerror(-err));
    return err;
}

static void init_guards(struct vf_mqtt_sender *sender)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->has_settled, &clock);
    pthread_condattr_destroy(&clock);
}

int vf_mqtt_sender_create(struct vf_mqtt_sender **sender, const struct vf_mqtt_settings *settings,
                          size_t queue, struct vf_mqtt_message *greeting)
{
    struct vf_mqtt_sender *made = calloc(1, sizeof(*made));
    *sender = made;
    if (!made)
        return -ENOMEM;
    signal(SIGPIPE, SIG_IGN); /* a broker that goes away is an error to be reported */
    init_guards(made);
    made->settings = settings;
    made->queue = queue;
    made->is_cut_off = true;
    made->greeting = *greeting;
    *greeting = (struct vf_mqtt_message){0};
    made->entries = calloc(queue, sizeof(*made->entries));
    made->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int err = made->wake_fd < 0 ? -errno : VF_OK;
    if (!err)
        err = made->entries ? vf_mqtt_library_init() : -ENOMEM;
    if (!err)
        err = try_settings(settings);
    if (!err)
        err = start(made);
    if (err)
        vf_mqtt_sender_destroy(sender);
    return err;
}

/* A connection that the network neither makes nor refuses is not waited for. */
static void stop(struct vf_mqtt_sender *sender)
{
    sender->is_stopping = true;
    wake(sender);
    pthread_cancel(sender->thread);
    pthread_join(sender->thread, NULL);
    vf_mqtt_client_destroy(&sender->client);
}

void vf_mqtt_sender_destroy(struct vf_mqtt_sender **sender)
{
    struct vf_mqtt_sender *gone = *sender;
    if (!gone)
        return;
    if (gone->is_running)
        stop(gone);
    vf_mqtt_library_finish();
    if (gone->wake_fd >= 0)
        close(gone->wake_fd);
    for (size_t i = 0; i < gone->count; i++)
        vf_mqtt_message_finish(&entry_at(gone, i)->message);
    free(gone->entries);
    vf_mqtt_message_finish(&gone->greeting);
    vf_text_finish(&gone->reason);
    vf_text_finish(&gone->problem);
    pthread_cond_destroy(&gone->has_settled);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *sender = NULL;
}

int vf_mqtt_sender_add(struct vf_mqtt_sender *sender, struct vf_mqtt_message *message)
{
    pthread_mutex_lock(&sender->mutex);
    bool has_room = sender->count < sender->queue;
    if (has_room) {
        *entry_at(sender, sender->count++) = (struct entry){.message = *message};
        *message = (struct vf_mqtt_message){0};
    }
    pthread_mutex_unlock(&sender->mutex);
    if (has_room)
        wake(sender);
    return has_room ? VF_OK : -EAGAIN;
}

bool vf_mqtt_sender_wait(struct vf_mqtt_sender *sender, int64_t deadline_ns)
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

bool vf_mqtt_sender_leave(struct vf_mqtt_sender *sender, int64_t deadline_ns)
{
    const struct timespec until = moment(deadline_ns);
    int err = 0;
    sender->is_leaving = true;
    wake(sender);
    pthread_mutex_lock(&sender->mutex);
    while (!sender->is_over && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&sender->has_settled, &sender->mutex, &until);
    bool is_over = sender->is_over;
    pthread_mutex_unlock(&sender->mutex);
    return is_over;
}

struct vf_mqtt_counts vf_mqtt_sender_count(struct vf_mqtt_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    const struct vf_mqtt_counts counts = {sender->delivered, sender->failed, sender->count};
    pthread_mutex_unlock(&sender->mutex);
    return counts;
}

uint64_t vf_mqtt_sender_take_failures(struct vf_mqtt_sender *sender, struct vf_text *problem)
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

bool vf_mqtt_sender_is_cut_off(struct vf_mqtt_sender *sender, struct vf_text *reason,
                               bool *is_final)
{
    pthread_mutex_lock(&sender->mutex);
    bool is_cut_off = sender->is_cut_off;
    *is_final = sender->is_hopeless;
    vf_text_append(reason, sender->reason.bytes, sender->reason.length);
    pthread_mutex_unlock(&sender->mutex);
    return is_cut_off;
}
