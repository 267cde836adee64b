/* SPDX-License-Identifier: MIT */
#include "engine/hosts/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* FNV-1a, 64 bits. */
static uint64_t add_bytes(uint64_t digest, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ at[i]) * 0x100000001b3u;
    return digest;
}

static uint64_t add_number(uint64_t digest, uint64_t number)
{
    return add_bytes(digest, &number, sizeof(number));
}

static uint64_t add_text(uint64_t digest, const char *text)
{
    return add_bytes(digest, text, strlen(text) + 1);
}

/* Of what tasks there are, where, and how they are connected; options may differ. */
static uint64_t digest_of(const struct vf_plan *plan)
{
    uint64_t digest = add_number(0xcbf29ce484222325u, plan->mode);
    digest = add_number(digest, plan->transport.is_insecure);
    for (unsigned i = 0; i < plan->host_count; i++)
        digest = add_text(digest, plan->hosts[i].name);
    for (size_t i = 0; i < plan->task_count; i++) {
        digest = add_text(digest, plan->tasks[i].name);
        digest = add_text(digest, plan->tasks[i].node->name);
        digest = add_number(digest, plan->tasks[i].host);
        digest = add_number(digest, plan->tasks[i].recovery.restart != VF_RESTART_NO);
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        const uint64_t numbers[] = {edge->sender, edge->sender_port, edge->receiver, edge->input,
                                    edge->depth,  edge->cells,       edge->drop,     edge->group,
                                    edge->spread, edge->wire};
        digest = add_bytes(digest, numbers, sizeof(numbers));
    }
    return digest;
}

/* Finds a place for what is on a host in its row, and returns where it is. */
static size_t place(size_t *sizes, unsigned host, size_t words)
{
    size_t at = sizes[host];
    sizes[host] += words;
    return at;
}

static int lay_out(struct vf_host_board *board)
{
    const struct vf_plan *plan = board->plan;
    size_t *sizes = calloc(plan->host_count, sizeof(*sizes));
    if (!sizes)
        return -ENOMEM;
    for (unsigned i = 0; i < plan->host_count; i++)
        sizes[i] = VF_HOST_WORDS + plan->task_count;
    for (size_t i = 0; i < plan->task_count; i++)
        board->task_at[i + 1] = place(sizes, plan->tasks[i].host, board->task_facts);
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        board->sender_at[i] = place(sizes, vf_plan_sender(plan, edge)->host, board->edge_facts);
        board->receiver_at[i] = place(sizes, vf_plan_receiver(plan, edge)->host, board->edge_facts);
    }
    for (unsigned i = 0; i < plan->host_count; i++)
        board->row_at[i + 1] = board->row_at[i] + sizes[i];
    free(sizes);
    return VF_OK;
}

static int map_shared(struct vf_host_board *board)
{
    size_t hosts = board->plan->host_count;
    size_t sights = (hosts + 1) * sizeof(*board->sights);
    size_t words = board->row_at[hosts] * sizeof(*board->words);
    board->shared_size = words + sights + sizeof(*board->refused);
    board->shared =
        mmap(NULL, board->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board->shared == MAP_FAILED) {
        board->shared = NULL;
        return -errno;
    }
    board->words = board->shared;
    board->sights = (void *)(board->words + board->row_at[hosts]);
    board->refused = (void *)(board->sights + hosts + 1);
    return VF_OK;
}

int vf_host_board_create(struct vf_host_board **board, const struct vf_plan *plan,
                         size_t task_facts, size_t edge_facts)
{
    struct vf_host_board *made = calloc(1, sizeof(*made));
    *board = made;
    if (!made)
        return -ENOMEM;
    *made = (struct vf_host_board){.plan = plan,
                                   .here = (unsigned)plan->here,
                                   .digest = digest_of(plan),
                                   .task_facts = task_facts,
                                   .edge_facts = edge_facts,
                                   .task_at = calloc(plan->task_count + 1, sizeof(size_t)),
                                   .sender_at = calloc(plan->edge_count + 1, sizeof(size_t)),
                                   .receiver_at = calloc(plan->edge_count + 1, sizeof(size_t)),
                                   .row_at = calloc(plan->host_count + 1, sizeof(size_t))};
    int err = made->task_at && made->sender_at && made->receiver_at && made->row_at ? lay_out(made)
                                                                                    : -ENOMEM;
    if (!err)
        err = map_shared(made);
    if (err)
        vf_host_board_destroy(board);
    return err;
}

void vf_host_board_destroy(struct vf_host_board **board)
{
    struct vf_host_board *gone = *board;
    if (!gone)
        return;
    if (gone->shared)
        munmap(gone->shared, gone->shared_size);
    free(gone->task_at);
    free(gone->sender_at);
    free(gone->receiver_at);
    free(gone->row_at);
    free(gone);
    *board = NULL;
}

void vf_host_board_hide(const struct vf_host_board *board)
{
    madvise(board->shared, board->shared_size, MADV_DONTFORK);
}

size_t vf_host_board_row_size(const struct vf_host_board *board, unsigned host)
{
    return board->row_at[host + 1] - board->row_at[host];
}

void vf_host_board_put(const struct vf_host_board *board, unsigned host, const uint64_t *words)
{
    _Atomic uint64_t *row = board->words + board->row_at[host];
    size_t count = vf_host_board_row_size(board, host);
    atomic_fetch_add(&board->sights[host].version, 1);
    for (size_t i = 0; i < count; i++)
        atomic_store(&row[i], words[i]);
    atomic_fetch_add(&board->sights[host].version, 1);
}

bool vf_host_board_get(const struct vf_host_board *board, unsigned host, uint64_t *words)
{
    const _Atomic uint64_t *row = board->words + board->row_at[host];
    size_t count = vf_host_board_row_size(board, host);
    uint32_t version = atomic_load(&board->sights[host].version);
    for (size_t i = 0; i < count; i++)
        words[i] = atomic_load(&row[i]);
    return version % 2 == 0 && atomic_load(&board->sights[host].version) == version;
}
