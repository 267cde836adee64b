/* SPDX-License-Identifier: MIT */
#include "engine/process/control/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/process/control/control.h"

#define READ_AT_ONCE ((size_t)64 << 10)
#define ANSWER_LIMIT ((size_t)64 << 20) /* bytes */

int vf_control_ask(int fd, json_t *request)
{
    char *line = request ? json_dumps(request, JSON_COMPACT) : NULL;
    size_t size = line ? strlen(line) + 1 : 0, done = 0;
    json_decref(request);
    if (!line)
        return -ENOMEM;
    line[size - 1] = '\n'; /* in the place of the NUL */
    while (done < size) {
        ssize_t sent = send(fd, line + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            break;
        done += sent > 0 ? (size_t)sent : 0;
    }
    free(line);
    return done == size ? VF_OK : VF_END;
}

/* Takes the descriptors that came with a message, as far as there is room. */
static void take_rights(struct msghdr *message, struct vf_control_rights *rights)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t sent = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < sent; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
            if (rights->count < rights->limit)
                rights->fds[rights->count++] = fd;
            else
                close(fd);
        }
    }
}

static int make_room(struct vf_control_answers *answers)
{
    if (answers->capacity - answers->size >= READ_AT_ONCE)
        return VF_OK;
    size_t capacity = 2 * answers->capacity + READ_AT_ONCE;
    char *larger = capacity <= ANSWER_LIMIT ? realloc(answers->bytes, capacity) : NULL;
    if (!larger)
        return -ENOMEM;
    answers->bytes = larger;
    answers->capacity = capacity;
    return VF_OK;
}

int vf_control_answers_read(struct vf_control_answers *answers, int fd,
                            struct vf_control_rights *rights)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(VF_CONTROL_DESCRIPTORS * sizeof(int))];
    int err = make_room(answers);
    if (err)
        return err;
    struct iovec bytes = {.iov_base = answers->bytes + answers->size, .iov_len = READ_AT_ONCE};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0)
        return errno == EINTR ? VF_OK : errno == ECONNRESET ? VF_END : -errno;
    take_rights(&message, rights);
    answers->size += (size_t)size;
    return size == 0 ? VF_END : VF_OK;
}

int vf_control_answers_take(struct vf_control_answers *answers, json_t **answer)
{
    char *end = answers->size ? memchr(answers->bytes, '\n', answers->size) : NULL;
    *answer = NULL;
    if (!end)
        return -EAGAIN;
    size_t size = (size_t)(end - answers->bytes) + 1;
    json_t *object = json_loadb(answers->bytes, size, 0, NULL);
    answers->size -= size;
    memmove(answers->bytes, answers->bytes + size, answers->size);
    if (json_is_object(object)) {
        *answer = object;
        return VF_OK;
    }
    json_decref(object);
    return -EBADMSG;
}

void vf_control_answers_finish(struct vf_control_answers *answers)
{
    free(answers->bytes);
    *answers = (struct vf_control_answers){0};
}
