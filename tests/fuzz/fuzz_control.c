/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for what programs send to a run's control socket, in pieces: the byte before each
 * piece says which of two clients sends it and how it goes on (it reads, it closes), and the next how
 * long the piece is. Each answer is a line of JSON. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/process/control/control.h"

#define CLIENTS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/vflow-fuzz-XXXXXX";
static struct vf_control *control;
static int clients[CLIENTS] = {-1, -1};
static int64_t now_ns;
static uint64_t waits;

/* Uses what a request says as those of a run do. */
static void heed(void *context, const json_t *request, struct vf_control_answer *answer)
{
    (void)context;
    const char *task = vf_control_text(request, "task", answer);
    if (!task)
        return;
    if (strlen(task) > 100)
        vf_control_refuse(answer, "there is no task %s", task);
    else
        answer->object = json_pack("{s:O}", "said", request);
}

static void wait_for_end(void *context, const json_t *request, struct vf_control_answer *answer)
{
    (void)context;
    (void)request;
    waits = answer->call;
    answer->is_later = true;
}

static const struct vf_control_request items[] = {{"tell", heed}, {"wait", wait_for_end}};
static const struct vf_control_requests requests = {items, 2};

static void forget_folder(void)
{
    char path[sizeof(folder) + sizeof(VF_CONTROL_FILE) + 1];
    snprintf(path, sizeof(path), "%s/%s", folder, VF_CONTROL_FILE);
    vf_control_destroy(&control);
    unlink(path);
    rmdir(folder);
}

static void make_world(void)
{
    vf_log_set_level(VF_LOG_ERROR);
    if (!mkdtemp(folder) || vf_control_create(&control, folder, &requests, NULL) != VF_OK)
        abort();
    atexit(forget_folder);
}

static void serve(void)
{
    struct pollfd fds[VF_CONTROL_POLLED];
    for (int i = 0; i < 4; i++) {
        vf_control_fill(control, fds);
        if (poll(fds, VF_CONTROL_POLLED, 0) < 0)
            abort();
        vf_control_serve(control, fds, now_ns += VF_NS_PER_MS);
    }
}

static int connect_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, VF_CONTROL_FILE);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        abort();
    return fd;
}

/* Reads what has come, which begins as an object does. */
static void read_answers(int fd)
{
    char bytes[4096];
    ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    assert(size <= 0 || memchr(bytes, '{', (size_t)size) || memchr(bytes, '\n', (size_t)size) ||
           size == sizeof(bytes));
}

static void take_step(unsigned step, const uint8_t *piece, size_t size)
{
    int *client = &clients[step % CLIENTS];
    if (*client < 0)
        *client = connect_client();
    (void)!send(*client, piece, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    serve();
    if (step & 2)
        read_answers(*client);
    if (step & 4)
        shutdown(*client, SHUT_WR);
    if (step & 8) {
        close(*client);
        *client = -1;
    }
    if (step & 16 && waits) {
        struct vf_control_answer answer = {.call = waits, .object = json_object()};
        vf_control_answer(control, waits, &answer);
        waits = 0;
    }
    if (step & 32)
        now_ns += 2 * VF_CONTROL_PATIENCE_NS;
    serve();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!control)
        make_world();
    while (size >= 2) {
        unsigned step = data[0];
        size_t length = data[1] == UINT8_MAX ? size - 2 : data[1];
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        take_step(step, data, length);
        data += length;
        size -= length;
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i] >= 0)
            close(clients[i]);
        clients[i] = -1;
    }
    waits = 0;
    serve();
    return 0;
}
