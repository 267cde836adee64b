/* SPDX-License-Identifier: MIT */
#include "engine/base/aside.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/thread.h"

#define WATCH_MS 100

struct doing {
    const struct vf_aside *aside;
    int over; /* can be read once the work is done */
    int result;
};

static void *work(void *context)
{
    struct doing *doing = context;
    const struct sched_param none = {0};
    if (doing->aside->is_idle)
        (void)pthread_setschedparam(pthread_self(), SCHED_IDLE, &none); /* else it is in the way */
    doing->result = doing->aside->work(doing->aside->context);
    (void)!eventfd_write(doing->over, 1);
    return NULL;
}

int vf_aside_do(const struct vf_aside *aside)
{
    struct doing doing = {.aside = aside, .over = eventfd(0, EFD_CLOEXEC)};
    pthread_t thread;
    if (doing.over < 0)
        return -errno;
    int err = vf_thread_start(&thread, work, &doing);
    struct pollfd waiting = {.fd = doing.over, .events = POLLIN};
    while (!err && poll(&waiting, 1, WATCH_MS) <= 0)
        aside->watch(aside->context);
    if (!err)
        pthread_join(thread, NULL);
    close(doing.over);
    return err ? err : doing.result;
}
