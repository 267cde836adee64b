/* SPDX-License-Identifier: MIT */
#include "engine/receipt/digests.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/processors.h"

#define MAX_THREADS 8 /* more than a disk, or memory, feeds */
#define ASK_MS 20

/* What the threads share. */
struct making {
    struct vf_digests *digests;
    atomic_size_t next;
    atomic_uint running; /* threads */
    atomic_bool is_stopped;
};

int vf_digests_add(struct vf_digests *digests, const char *path)
{
    char *copy = strdup(path);
    struct vf_digest *grown =
        copy ? realloc(digests->items, (digests->count + 1) * sizeof(*grown)) : NULL;
    if (!grown) {
        free(copy);
        return -ENOMEM;
    }
    digests->items = grown;
    digests->items[digests->count++] = (struct vf_digest){.path = copy};
    return VF_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct vf_digest *)a)->path, ((const struct vf_digest *)b)->path);
}

static void sort(struct vf_digests *digests)
{
    size_t kept = 0;
    if (!digests->count)
        return;
    qsort(digests->items, digests->count, sizeof(*digests->items), compare);
    for (size_t i = 0; i < digests->count; i++) {
        if (kept && compare(&digests->items[kept - 1], &digests->items[i]) == 0)
            free(digests->items[i].path);
        else
            digests->items[kept++] = digests->items[i];
    }
    digests->count = kept;
}

static void *work(void *context)
{
    struct making *making = context;
    struct vf_digests *digests = making->digests;
    for (size_t i; (i = atomic_fetch_add(&making->next, 1)) < digests->count;) {
        struct vf_digest *digest = &digests->items[i];
        digest->err =
            vf_sha256_file(digest->path, &making->is_stopped, digest->text, &digest->size_bytes);
    }
    return NULL;
}

static void *run(void *context)
{
    struct making *making = context;
    (void)work(making);
    atomic_fetch_sub(&making->running, 1);
    return NULL;
}

/* Asks whether to stop for as long as threads are at work. */
static void watch(struct making *making)
{
    while (atomic_load(&making->running)) {
        if (making->digests->must_stop(making->digests->context))
            atomic_store(&making->is_stopped, true);
        (void)poll(NULL, 0, ASK_MS);
    }
}

void vf_digests_make(struct vf_digests *digests)
{
    pthread_t threads[MAX_THREADS];
    struct making making = {.digests = digests};
    size_t wanted = (size_t)vf_processors_available(NULL), count = 0;
    sort(digests);
    if (wanted > digests->count)
        wanted = digests->count;
    if (!digests->must_stop && wanted) /* this thread does as much as the others */
        wanted--;
    for (; count < wanted && count < MAX_THREADS; count++) {
        atomic_fetch_add(&making.running, 1);
        if (pthread_create(&threads[count], NULL, run, &making) != 0) {
            atomic_fetch_sub(&making.running, 1);
            break;
        }
    }
    if (digests->must_stop && count)
        watch(&making);
    else
        (void)work(&making);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    digests->is_stopped = atomic_load(&making.is_stopped);
}

const struct vf_digest *vf_digests_find(const struct vf_digests *digests, const char *path)
{
    const struct vf_digest wanted = {.path = (char *)(uintptr_t)path};
    return digests->count
               ? bsearch(&wanted, digests->items, digests->count, sizeof(*digests->items), compare)
               : NULL;
}

void vf_digests_finish(struct vf_digests *digests)
{
    for (size_t i = 0; i < digests->count; i++)
        free(digests->items[i].path);
    free(digests->items);
    *digests = (struct vf_digests){0};
}
