/* SPDX-License-Identifier: MIT */
#include "engine/process/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/process/control/client.h"
#include "engine/process/control/control_socket.h"

#define DEAF_NS VF_NS_PER_S

struct vf_control {
    int listener;
    struct vf_control_client clients[VF_CONTROL_CLIENTS];
    const struct vf_control_requests *requests;
    void *context;
    uint64_t calls;        /* so far */
    int64_t deaf_until_ns; /* no connection is taken before, for want of descriptors; 0: they are */
};

void vf_control_refuse(struct vf_control_answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->words, sizeof(answer->words), format, arguments);
    va_end(arguments);
    answer->error = answer->words;
}

const char *vf_control_text(const json_t *request, const char *key,
                            struct vf_control_answer *answer)
{
    const json_t *value = json_object_get(request, key);
    if (!json_is_string(value))
        vf_control_refuse(answer, "\"%s\" is missing, or is no text", key);
    return json_string_value(value);
}

int vf_control_create(struct vf_control **control, const char *folder,
                      const struct vf_control_requests *requests, void *context)
{
    struct vf_control *made = calloc(1, sizeof(*made));
    *control = NULL;
    if (!made)
        return -ENOMEM;
    made->requests = requests;
    made->context = context;
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++)
        made->clients[i].fd = -1;
    made->listener = vf_control_socket_listen(folder, VF_CONTROL_FILE, VF_CONTROL_CLIENTS);
    if (made->listener < 0) {
        int err = made->listener;
        free(made);
        return err;
    }
    *control = made;
    return VF_OK;
}

/* Finds a place for a new client, where need be that of one who has been idle for longest. NULL: all
 * wait for an answer. */
static struct vf_control_client *make_room(struct vf_control *control)
{
    struct vf_control_client *idle = NULL;
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++) {
        struct vf_control_client *client = &control->clients[i];
        if (client->fd < 0)
            return client;
        if (!client->call && !client->requests && (!idle || client->moved_ns < idle->moved_ns))
            idle = client;
    }
    if (idle)
        vf_control_client_close(idle);
    return idle;
}

int vf_control_adopt(struct vf_control *control, int fd, const struct vf_control_requests *requests)
{
    struct vf_control_client *place = control ? make_room(control) : NULL;
    int flags = fcntl(fd, F_GETFL);
    if (!place || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        close(fd);
        return -EBUSY;
    }
    vf_control_client_open(place, fd, vf_clock_now_ns());
    place->requests = requests;
    return VF_OK;
}

void vf_control_destroy(struct vf_control **control)
{
    struct vf_control *gone = *control;
    if (!gone)
        return;
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++)
        vf_control_client_close(&gone->clients[i]);
    close(gone->listener);
    free(gone);
    *control = NULL;
}

void vf_control_fill(const struct vf_control *control, struct pollfd *fds)
{
    bool is_heard = control && !control->deaf_until_ns;
    fds[0] = (struct pollfd){.fd = is_heard ? control->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++)
        fds[i + 1] =
            control ? vf_control_client_poll(&control->clients[i]) : (struct pollfd){.fd = -1};
}

size_t vf_control_list(const struct vf_control *control, int *fds)
{
    size_t count = 0;
    if (!control)
        return 0;
    fds[count++] = control->listener;
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++) {
        if (control->clients[i].fd >= 0)
            fds[count++] = control->clients[i].fd;
    }
    return count;
}

static const struct vf_control_request *find(const struct vf_control_requests *requests,
                                             const char *name)
{
    for (size_t i = 0; i < requests->count; i++) {
        if (strcmp(requests->items[i].name, name) == 0)
            return &requests->items[i];
    }
    return NULL;
}

/* Gives a request to its handler. */
static void dispatch(struct vf_control *control, const struct vf_control_client *client,
                     const json_t *object, struct vf_control_answer *answer)
{
    const char *name = vf_control_text(object, "request", answer);
    const struct vf_control_requests *known =
        client->requests ? client->requests : control->requests;
    const struct vf_control_request *request = name ? find(known, name) : NULL;
    if (request)
        request->handle(control->context, object, answer);
    else if (name)
        vf_control_refuse(answer, "this run does not know the request \"%.64s\"", name);
}

static void answer_line(struct vf_control *control, struct vf_control_client *client,
                        const char *line, size_t size)
{
    struct vf_control_answer answer = {.call = ++control->calls};
    json_error_t where;
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &where);
    client->call = answer.call;
    if (json_is_object(object))
        dispatch(control, client, object, &answer);
    else
        vf_control_refuse(&answer, "a request is one JSON object a line");
    json_decref(object);
    if (!answer.is_later)
        vf_control_client_answer(client, &answer);
}

/* Serves one client: one request at most, so that each gets its turn. */
static void serve(struct vf_control *control, struct vf_control_client *client, short events,
                  int64_t now_ns)
{
    const char *line;
    size_t size;
    if (events & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
        vf_control_client_read(client, now_ns);
    if (vf_control_client_line(client, &line, &size)) {
        answer_line(control, client, line, size);
        vf_control_client_drop_line(client, size);
    }
    vf_control_client_write(client, now_ns);
}

static void welcome(struct vf_control *control, int64_t now_ns)
{
    struct vf_control_answer full = {0};
    int fd = vf_control_socket_accept(control->listener);
    if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
        control->deaf_until_ns = now_ns + DEAF_NS;
    if (fd < 0)
        return;
    struct vf_control_client *place = make_room(control), guest = {.fd = -1};
    struct vf_control_client *client = place ? place : &guest;
    vf_control_client_open(client, fd, now_ns);
    if (place)
        return;
    vf_control_refuse(&full, "the run is busy with %d others", VF_CONTROL_CLIENTS);
    vf_control_client_answer(client, &full);
    vf_control_client_write(client, now_ns);
    vf_control_client_close(client);
}

void vf_control_serve(struct vf_control *control, const struct pollfd *fds, int64_t now_ns)
{
    if (!control)
        return;
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++) {
        struct vf_control_client *client = &control->clients[i];
        if (client->fd < 0)
            continue;
        bool has_news = client->fd == fds[i + 1].fd && fds[i + 1].revents;
        if (has_news || vf_control_client_has_work(client))
            serve(control, client, fds[i + 1].revents, now_ns);
        if (vf_control_client_is_overdue(client, now_ns))
            vf_control_client_close(client);
    }
    if (control->deaf_until_ns <= now_ns)
        control->deaf_until_ns = 0;
    if (fds[0].revents)
        welcome(control, now_ns);
}

void vf_control_answer_drop(struct vf_control_answer *answer)
{
    for (size_t i = 0; i < answer->descriptor_count; i++)
        close(answer->descriptors[i]);
    answer->descriptor_count = 0;
    json_decref(answer->object);
    answer->object = NULL;
}

void vf_control_answer(struct vf_control *control, uint64_t call, struct vf_control_answer *answer)
{
    struct vf_control_client *found = NULL;
    for (size_t i = 0; control && call && i < VF_CONTROL_CLIENTS; i++) {
        if (control->clients[i].fd >= 0 && control->clients[i].call == call)
            found = &control->clients[i];
    }
    if (found)
        vf_control_client_answer(found, answer);
    else
        vf_control_answer_drop(answer);
}

void vf_control_answer_all(struct vf_control *control, json_t *object)
{
    for (size_t i = 0; control && object && i < VF_CONTROL_CLIENTS; i++) {
        struct vf_control_client *client = &control->clients[i];
        struct vf_control_answer answer = {.object = json_incref(object)};
        if (client->fd >= 0 && client->call)
            vf_control_client_answer(client, &answer);
        else
            json_decref(answer.object);
    }
    json_decref(object);
}

void vf_control_flush(struct vf_control *control, int patience_ms)
{
    for (size_t i = 0; control && i < VF_CONTROL_CLIENTS; i++) {
        struct vf_control_client *client = &control->clients[i];
        struct pollfd fd = {.fd = client->fd, .events = POLLOUT};
        int64_t until_ns = vf_clock_now_ns() + patience_ms * VF_NS_PER_MS;
        vf_control_client_write(client, until_ns);
        while (client->fd >= 0 && vf_control_client_is_writing(client) &&
               vf_clock_now_ns() < until_ns && poll(&fd, 1, patience_ms) > 0)
            vf_control_client_write(client, until_ns);
    }
}
