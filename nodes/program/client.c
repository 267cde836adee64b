/* SPDX-License-Identifier: MIT */
#include "nodes/program/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "nodes/program/client_answer.h"
#include "nodes/program/client_send.h"

#define GREETING_NS (10 * VF_NS_PER_S)
#define LOOK_US \
    50000 /* for a stop, while the program works; a poll(2) for each message costs more */
#define DYING_NS VF_NS_PER_S          /* for a program that has closed its socket */
#define LEAVING_NS (10 * VF_NS_PER_S) /* for one that was told goodbye */
#define HURRY_NS VF_NS_PER_S          /* likewise, when all has to end at once */

int vf_client_fail(struct vf_client *client, const char *format, ...)
{
    va_list arguments;
    struct vf_text text = {0};
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    const char *said = text.bytes ? text.bytes : "out of memory";
    vf_log(VF_LOG_ERROR, "%s %s", client->settings.words[0], said);
    char *complaint = vf_text_format("%s %s", client->settings.words[0], said);
    vf_node_complain(client->run, complaint ? complaint : said, NULL);
    free(complaint);
    vf_text_finish(&text);
    client->run->is_lost = true;
    return -EPIPE;
}

/* Says how a program ended that was to go on. */
static int fail_by_end(struct vf_client *client)
{
    char words[VF_GUEST_END_SIZE];
    int64_t began_ns = vf_clock_now_ns();
    int wait_status = vf_guest_await(&client->guest, DYING_NS);
    if (vf_clock_now_ns() - began_ns >= DYING_NS)
        return vf_client_fail(client, "has closed its socket and did not end");
    vf_guest_print_end(words, wait_status);
    return vf_client_fail(client, "%s%s", words, wait_status ? "" : " before it was told to end");
}

/* Receives one message and checks it. Returns VF_END at a stop, -EPIPE after a failure. */
static int receive(struct vf_client *client, size_t *size)
{
    const struct vf_client_bounds bounds = {.output_count = client->settings.output_count,
                                            .arena_size = client->own_arena_size};
    const char *complaint = NULL;
    ssize_t received;
    int err = VF_DROPPED;
    do
        received = recv(client->socket, client->message, sizeof(*client->message), MSG_TRUNC);
    while (received < 0 && (errno == EINTR || errno == EAGAIN) &&
           (err = vf_node_await(client->run, client->socket, 0)) != VF_END);
    if (received < 0 && err == VF_END)
        return VF_END;
    if (received <= 0)
        return fail_by_end(client);
    (void)vf_node_stop_requested(client->run); /* a sign of life: it goes on */
    *size = (size_t)received;
    if (*size > sizeof(*client->message))
        complaint = "a message that is too long";
    else if (vf_client_check(client->message, *size, &bounds, &complaint) == VF_OK)
        return VF_OK;
    return vf_client_fail(client, "sent %s; vflow-process(7) has the protocol", complaint);
}

/* Receives one message and does what it says. */
static int hear(struct vf_client *client)
{
    size_t size;
    int err = receive(client, &size);
    return err ? err : vf_client_heed(client, client->message);
}

static int start(struct vf_client *client)
{
    int ends[2] = {-1, -1}, output = -1;
    char number[sizeof(VF_CLIENT_VARIABLE) + 16];
    snprintf(number, sizeof(number), "%s=%d", VF_CLIENT_VARIABLE, VF_CLIENT_SOCKET);
    const char *const variables[] = {number, NULL};
    static const struct timeval look = {.tv_usec = LOOK_US};
    int err = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? VF_OK : -errno;
    if (!err)
        err = vf_guest_lines_create(&client->lines, &output);
    const struct vf_guest_descriptor descriptors[] = {
        {output, STDOUT_FILENO}, {output, STDERR_FILENO}, {ends[1], VF_CLIENT_SOCKET}};
    const struct vf_guest_settings settings = {.words = client->settings.words,
                                               .variables = variables,
                                               .descriptors = descriptors,
                                               .descriptor_count = VF_COUNT(descriptors)};
    if (!err)
        err = vf_guest_start(&client->guest, &settings);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start %s: %s", client->settings.words[0], strerror(-err));
    if (client->lines)
        vf_guest_lines_started(client->lines);
    if (ends[1] >= 0)
        close(ends[1]);
    client->socket = ends[0];
    if (!err && setsockopt(client->socket, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof(look)) != 0)
        err = -errno;
    return err;
}

/* Most programs that do not greet soon never will. */
static int await_greeting(struct vf_client *client)
{
    int err = vf_node_await(client->run, client->socket, vf_clock_now_ns() + GREETING_NS);
    if (err != VF_DROPPED)
        return err;
    vf_log(VF_LOG_WARNING, "%s has not greeted yet; is it a program for vflow-process(7)?",
           client->settings.words[0]);
    return VF_OK;
}

/* One that loads a model may take its time, but may as well wait for something that never comes. */
static int await_readiness(struct vf_client *client)
{
    int64_t deadline_ns = vf_clock_now_ns() + GREETING_NS;
    int err = VF_OK;
    while (!err && !client->is_ready) {
        err = vf_node_await(client->run, client->socket, deadline_ns);
        if (err == VF_DROPPED) {
            vf_log(VF_LOG_WARNING, "%s is not ready yet; the flow waits for it",
                   client->settings.words[0]);
            deadline_ns = INT64_MAX;
            err = VF_OK;
        } else if (!err) {
            err = hear(client);
        }
    }
    return err;
}

int vf_client_open(struct vf_client *client, struct vf_node_run *run,
                   const struct vf_client_settings *settings)
{
    *client =
        (struct vf_client){.run = run, .settings = *settings, .socket = -1, .guest = {.pidfd = -1}};
    client->message = malloc(sizeof(*client->message));
    if (!client->message)
        return -ENOMEM;
    if (settings->output_count)
        (void)vf_node_arena(run, 0, &client->own_arena_size);
    int err = start(client);
    if (!err)
        err = await_greeting(client);
    return err ? err : await_readiness(client);
}

int vf_client_send(struct vf_client *client, struct vf_message *const *inputs, bool is_more)
{
    return client->has_ended ? VF_END : vf_client_send_inputs(client, inputs, is_more);
}

bool vf_client_is_asked(const struct vf_client *client)
{
    return client->sent_round > client->round;
}

int vf_client_answer(struct vf_client *client)
{
    int err = client->has_ended ? VF_END : VF_OK;
    client->round++;
    client->is_answered = false;
    client->is_of_input = true;
    client->answers = 0;
    while (!err && !client->is_answered)
        err = hear(client);
    client->is_of_input = false;
    return !err && client->has_ended ? VF_END : err;
}

int vf_client_next(struct vf_client *client)
{
    client->is_answered = false;
    int err = client->has_ended ? VF_END : hear(client);
    return !err && client->has_ended ? VF_END : err;
}

/* Reads what a program still sends that was told goodbye, and does nothing with it, until it has
 * closed its socket. Who waits for memory hears that there is none. */
static void listen_to_the_end(struct vf_client *client, int64_t deadline_ns)
{
    ssize_t size = 1;
    int err = VF_OK;
    while (size > 0 && !err && vf_client_can_read(client, deadline_ns)) {
        size = recv(client->socket, client->message, sizeof(*client->message), 0);
        if (size >= (ssize_t)sizeof(client->message->head) &&
            client->message->head.type == VF_CLIENT_ALLOCATE)
            err = vf_client_send_slot(client, NULL, VF_SLOT_STOPPING);
    }
}

/* Says goodbye and waits for the end. Returns how it ended. */
static int see_off(struct vf_client *client, int64_t patience_ns)
{
    int64_t deadline_ns = vf_clock_now_ns() + patience_ns;
    if (!client->guest.pid)
        return 0;
    if (client->socket >= 0) {
        if (vf_client_send_bye(client) == VF_OK)
            listen_to_the_end(client, deadline_ns);
        close(client->socket);
        client->socket = -1;
    }
    int64_t left_ns = deadline_ns - vf_clock_now_ns();
    return vf_guest_await(&client->guest, left_ns > 0 ? left_ns : 0);
}

int vf_client_flush(struct vf_client *client)
{
    char words[VF_GUEST_END_SIZE];
    bool is_producer = client->settings.kind == VF_PRODUCER;
    bool is_cut_short = is_producer && !client->has_ended;
    client->is_answered = is_producer || client->has_ended;
    int err = client->is_answered ? VF_OK : vf_client_send_flush(client);
    while (!err && !client->is_answered)
        err = hear(client);
    if (err && err != VF_END)
        return err;
    int64_t patience_ns = err || !client->is_ready ? HURRY_NS : LEAVING_NS,
            began_ns = vf_clock_now_ns();
    int wait_status = see_off(client, patience_ns);
    bool is_late = vf_clock_now_ns() - began_ns >= patience_ns;
    if (is_late)
        vf_log(VF_LOG_WARNING, "%s did not end within %" PRId64 " s and was killed",
               client->settings.words[0], (int64_t)(patience_ns / VF_NS_PER_S));
    if (!wait_status || is_late || err || is_cut_short)
        return VF_OK;
    vf_guest_print_end(words, wait_status);
    return vf_client_fail(client, "%s when it had done all", words);
}

void vf_client_close(struct vf_client *client)
{
    if (client->guest.pid)
        (void)see_off(client, client->is_ready && !client->run->is_lost ? HURRY_NS : 0);
    if (client->socket >= 0 && client->message)
        close(client->socket);
    client->socket = -1;
    vf_guest_lines_destroy(&client->lines);
    for (size_t i = 0; i < client->lease_count; i++)
        vf_message_destroy(&client->leases[i].message);
    for (size_t i = 0; i < client->slot_count; i++)
        vf_payload_drop(&client->slots[i]);
    free(client->leases);
    free(client->is_told);
    free(client->message);
    *client = (struct vf_client){.socket = -1, .guest = {.pidfd = -1}};
}
