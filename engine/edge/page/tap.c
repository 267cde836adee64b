/* SPDX-License-Identifier: MIT */
#include "engine/edge/page/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"

#define LINE 64 /* the slots begin there */
#define LONGEST_NS (86400 * VF_NS_PER_S)

_Static_assert(LINE + VF_TAP_SLOTS * sizeof(struct vf_tap_slot) <= VF_TAP_HEAD,
               "the slots have no room");

static struct vf_tap_slot *slot_of(uint8_t *bytes, unsigned number)
{
    return (struct vf_tap_slot *)(void *)(bytes + LINE) + number;
}

static struct vf_tap_head *head_of(uint8_t *bytes)
{
    return (void *)bytes;
}

static uint8_t *room_of(uint8_t *bytes, unsigned number)
{
    return bytes + VF_TAP_HEAD + number * VF_TAP_ROOM;
}

static uint8_t *map(int fd)
{
    void *bytes = mmap(NULL, VF_TAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

int vf_tap_create(void)
{
    int fd = memfd_create("vflow-tap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? -errno : fd;
}

int vf_tap_open(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return -errno;
    if (status.st_size == VF_TAP_SIZE)
        return VF_OK;
    if (ftruncate(fd, VF_TAP_SIZE) != 0)
        return -errno;
    /* Nobody can cut the memory away from under the task. */
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0 ? VF_OK : -errno;
}

void vf_tap_finish(struct vf_tap *tap)
{
    if (tap->bytes)
        munmap(tap->bytes, VF_TAP_SIZE);
    tap->bytes = NULL;
}

/* Copies a message into an empty slot. */
static void fill(struct vf_tap_slot *slot, uint8_t *room, const struct vf_message *message)
{
    size_t size = message->payload ? message->payload->size : 0;
    uint64_t made = atomic_load_explicit(&slot->made, memory_order_relaxed);
    if (size > VF_TAP_ROOM) {
        atomic_fetch_add_explicit(&slot->too_large, 1, memory_order_relaxed);
        return;
    }
    slot->description = message->description;
    slot->description.payload_size = size;
    if (size)
        memcpy(room, message->payload->data, size);
    atomic_store_explicit(&slot->made, made + 1, memory_order_release);
    atomic_fetch_add_explicit(&slot->bell, 1, memory_order_release);
    (void)syscall(SYS_futex, &slot->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool is_empty(const struct vf_tap_slot *slot)
{
    return atomic_load_explicit(&slot->taken, memory_order_acquire) ==
           atomic_load_explicit(&slot->made, memory_order_relaxed);
}

/* Whether a slot is taken now. No reader takes one for longer than a lease. */
static bool is_leased(int64_t until_ns, int64_t now_ns)
{
    return until_ns >= now_ns && until_ns <= now_ns + 2 * VF_TAP_LEASE_NS;
}

/* Whether it is time for the next message of a slot: a reader's first comes at once, whatever the one
 * before it had. One that writes at random waits for a day at most. */
static bool is_due(const struct vf_tap *tap, unsigned number, const struct vf_tap_slot *slot,
                   int64_t now_ns)
{
    int64_t interval_ns = atomic_load_explicit(&slot->interval_ns, memory_order_relaxed);
    if (interval_ns <= 0 ||
        atomic_load_explicit(&slot->since_ns, memory_order_relaxed) != tap->since_ns[number])
        return true;
    return now_ns - tap->last_ns[number] >= (interval_ns < LONGEST_NS ? interval_ns : LONGEST_NS);
}

/* Finds out that somebody wants to look for the first time. */
static void look_up(struct vf_tap *tap)
{
    tap->seen = atomic_load_explicit(tap->opened, memory_order_acquire);
    if (!tap->bytes && tap->fd >= 0)
        tap->bytes = map(tap->fd); /* where that fails, there is nothing to be seen */
    tap->is_tapped = tap->bytes != NULL;
}

void vf_tap_offer_now(struct vf_tap *tap, unsigned port, const struct vf_message *message)
{
    int64_t now_ns = message->description.publish_time_ns;
    bool is_tapped = false;
    if (atomic_load_explicit(tap->opened, memory_order_relaxed) != tap->seen)
        look_up(tap);
    if (tap->bytes)
        tap->claims = atomic_load_explicit(&head_of(tap->bytes)->claims, memory_order_acquire);
    for (unsigned i = 0; tap->bytes && i < VF_TAP_SLOTS; i++) {
        struct vf_tap_slot *slot = slot_of(tap->bytes, i);
        int64_t until_ns = atomic_load_explicit(&slot->until_ns, memory_order_acquire);
        /* Also where this task did not run since it took the time, and a reader came meanwhile. */
        is_tapped = is_tapped || until_ns >= now_ns;
        if (!is_leased(until_ns, now_ns))
            continue;
        if (atomic_load_explicit(&slot->port, memory_order_relaxed) != port ||
            !is_due(tap, i, slot, now_ns) || !is_empty(slot))
            continue;
        tap->last_ns[i] = now_ns;
        tap->since_ns[i] = atomic_load_explicit(&slot->since_ns, memory_order_relaxed);
        fill(slot, room_of(tap->bytes, i), message);
    }
    tap->is_tapped = is_tapped;
}

static int64_t lease_end(void)
{
    return vf_clock_now_ns() + VF_TAP_LEASE_NS;
}

static bool is_dead(uint32_t process)
{
    return process && process <= INT_MAX && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* Takes a slot that nobody has. Two that want the same see by the time who has got it. */
static bool claim(struct vf_tap_slot *slot)
{
    int64_t until_ns = atomic_load(&slot->until_ns);
    return (!is_leased(until_ns, vf_clock_now_ns()) || is_dead(atomic_load(&slot->owner))) &&
           atomic_compare_exchange_strong(&slot->until_ns, &until_ns, lease_end());
}

static void say_wish(const struct vf_tap_reader *reader)
{
    atomic_store(&reader->slot->port, reader->port);
    atomic_store(&reader->slot->interval_ns, reader->interval_ns);
    atomic_store(&reader->slot->since_ns, reader->since_ns);
}

int vf_tap_reader_create(struct vf_tap_reader *reader, int fd, unsigned port, int64_t interval_ns)
{
    *reader = (struct vf_tap_reader){.bytes = map(fd)};
    if (!reader->bytes)
        return -errno;
    for (unsigned i = 0; !reader->slot && i < VF_TAP_SLOTS; i++) {
        struct vf_tap_slot *slot = slot_of(reader->bytes, i);
        if (!claim(slot))
            continue;
        reader->slot = slot;
        reader->room = room_of(reader->bytes, i);
        reader->port = port;
        reader->interval_ns = interval_ns;
        reader->since_ns = vf_clock_now_ns();
        atomic_store(&slot->owner, (uint32_t)getpid());
        say_wish(reader);
        vf_tap_reader_empty(reader); /* what was meant for the reader before */
        atomic_fetch_add(&head_of(reader->bytes)->claims, 1);
    }
    if (reader->slot)
        return VF_OK;
    vf_tap_reader_destroy(reader);
    return -EBUSY;
}

static bool is_own(const struct vf_tap_reader *reader)
{
    return atomic_load(&reader->slot->owner) == (uint32_t)getpid();
}

void vf_tap_reader_destroy(struct vf_tap_reader *reader)
{
    if (reader->slot && is_own(reader)) {
        (void)madvise(reader->room, VF_TAP_ROOM, MADV_REMOVE);
        atomic_store(&reader->slot->owner, 0);
        atomic_store(&reader->slot->until_ns, 0);
    }
    if (reader->bytes)
        munmap(reader->bytes, VF_TAP_SIZE);
    *reader = (struct vf_tap_reader){0};
}

bool vf_tap_reader_stay(struct vf_tap_reader *reader)
{
    if (!is_own(reader))
        return false;
    say_wish(reader); /* two that took the slot of a dead one at a time may both have said theirs */
    int64_t before_ns = atomic_exchange(&reader->slot->until_ns, lease_end());
    /* The clock comes after it: until then the task may have seen that the lease was over. */
    if (before_ns < vf_clock_now_ns())
        atomic_fetch_add(&head_of(reader->bytes)->claims, 1); /* the task looks no more */
    return true;
}

bool vf_tap_reader_look(const struct vf_tap_reader *reader, struct vf_description *description,
                        const uint8_t **bytes)
{
    const struct vf_tap_slot *slot = reader->slot;
    if (atomic_load_explicit(&slot->made, memory_order_acquire) ==
        atomic_load_explicit(&slot->taken, memory_order_relaxed))
        return false;
    *description = slot->description;
    *bytes = reader->room;
    return description->payload_size <= VF_TAP_ROOM;
}

void vf_tap_reader_empty(struct vf_tap_reader *reader)
{
    uint64_t made = atomic_load_explicit(&reader->slot->made, memory_order_acquire);
    atomic_store_explicit(&reader->slot->taken, made, memory_order_release);
}

void vf_tap_reader_wait(const struct vf_tap_reader *reader, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                                     .tv_nsec = timeout_ms % 1000 * VF_NS_PER_MS};
    uint32_t bell = atomic_load_explicit(&reader->slot->bell, memory_order_acquire);
    struct vf_description description;
    const uint8_t *bytes;
    if (!vf_tap_reader_look(reader, &description, &bytes))
        (void)syscall(SYS_futex, &reader->slot->bell, FUTEX_WAIT, bell, &timeout, NULL, 0);
}
