/* SPDX-License-Identifier: MIT */
#include "engine/web/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/process/control/answers.h"
#include "engine/process/control/control.h"

/* A question that has not been answered. */
struct question {
    json_t *request; /* NULL: it is on its way */
    vf_web_link_hear *hear;
    void *context;
};

/* The run answers a question before it reads the next, so only the first is ever on its way. */
struct vf_web_link {
    int fd; /* -1: closed */
    struct vf_control_answers answers;
    struct question questions[VF_WEB_LINK_MOST];
    size_t count;
    int descriptors[VF_CONTROL_DESCRIPTORS];
    struct vf_control_rights rights;
};

int vf_web_link_create(struct vf_web_link **link, int fd)
{
    struct vf_web_link *made = calloc(1, sizeof(*made));
    *link = made;
    if (!made)
        return -ENOMEM;
    made->fd = fd;
    made->rights =
        (struct vf_control_rights){.fds = made->descriptors, .limit = VF_CONTROL_DESCRIPTORS};
    int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);
    if (fd < 0 || (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0))
        return VF_OK;
    int err = -errno;
    free(made);
    *link = NULL;
    return err;
}

static void close_rights(struct vf_web_link *link)
{
    for (size_t i = 0; i < link->rights.count; i++) {
        if (link->descriptors[i] >= 0)
            close(link->descriptors[i]);
    }
    link->rights.count = 0;
}

/* Tells who has asked first, and takes the next question in its place. */
static void tell(struct vf_web_link *link, json_t *answer)
{
    struct question first = link->questions[0];
    link->count--;
    memmove(link->questions, link->questions + 1, link->count * sizeof(first));
    if (first.hear)
        first.hear(first.context, answer, link->descriptors, link->rights.count);
    close_rights(link);
    json_decref(first.request);
}

/* The run answers nobody any more. */
static void hang_up(struct vf_web_link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
    close_rights(link);
    while (link->count)
        tell(link, NULL);
}

void vf_web_link_destroy(struct vf_web_link **link)
{
    struct vf_web_link *gone = *link;
    if (!gone)
        return;
    hang_up(gone);
    vf_control_answers_finish(&gone->answers);
    free(gone);
    *link = NULL;
}

/* Sends the first question, unless it is on its way: it is short, and the run has read all before. */
static void send_on(struct vf_web_link *link)
{
    struct question *first = &link->questions[0];
    if (link->fd < 0 || !link->count || !first->request)
        return;
    json_t *request = first->request;
    first->request = NULL;
    if (vf_control_ask(link->fd, request) < 0)
        hang_up(link);
}

int vf_web_link_ask(struct vf_web_link *link, json_t *request, vf_web_link_hear *hear,
                    void *context)
{
    int err = !request                          ? -ENOMEM
              : link->fd < 0                    ? -EPIPE
              : link->count == VF_WEB_LINK_MOST ? -EBUSY
                                                : VF_OK;
    if (err) {
        json_decref(request);
        return err;
    }
    link->questions[link->count++] = (struct question){request, hear, context};
    if (link->count == 1)
        send_on(link);
    return VF_OK;
}

void vf_web_link_forget(struct vf_web_link *link, const void *context)
{
    for (size_t i = 0; i < link->count; i++) {
        if (link->questions[i].context == context)
            link->questions[i].hear = NULL;
    }
}

int vf_web_link_fd(const struct vf_web_link *link)
{
    return link->fd;
}

void vf_web_link_serve(struct vf_web_link *link)
{
    json_t *answer = NULL;
    int err =
        link->fd < 0 ? -EAGAIN : vf_control_answers_read(&link->answers, link->fd, &link->rights);
    while (!err && link->count &&
           (err = vf_control_answers_take(&link->answers, &answer)) == VF_OK) {
        tell(link, answer);
        json_decref(answer);
        send_on(link);
    }
    if (err && err != -EAGAIN)
        hang_up(link);
}
