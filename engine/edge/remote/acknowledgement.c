/* SPDX-License-Identifier: MIT */
#include "engine/edge/remote/acknowledgement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct vf_acknowledger {
    const struct vf_edge_terms *terms;
    struct vf_wire *wire;
    uint64_t received, taken, asleep_at; /* as last reported */
    uint32_t is_closed;                  /* as last reported */
    uint64_t *done;                      /* as last reported, by cell */
    uint64_t *arrived;                   /* the highest that has come, by cell, */
    uint32_t *open;                      /* and the cells where that is not reported as done yet */
    uint32_t open_count;
    bool must_repeat; /* all of it */
    bool has_lost;    /* and the sender is to do so, too */
};

int vf_acknowledger_create(struct vf_acknowledger **acknowledger, const struct vf_edge_terms *terms,
                           struct vf_wire *wire)
{
    *acknowledger = calloc(1, sizeof(**acknowledger));
    if (!*acknowledger)
        return -ENOMEM;
    **acknowledger = (struct vf_acknowledger){.terms = terms, .wire = wire};
    (*acknowledger)->done = calloc(terms->cells, sizeof(*(*acknowledger)->done));
    (*acknowledger)->arrived = calloc(terms->cells, sizeof(*(*acknowledger)->arrived));
    (*acknowledger)->open = calloc(terms->cells, sizeof(*(*acknowledger)->open));
    if (!(*acknowledger)->done || !(*acknowledger)->arrived || !(*acknowledger)->open) {
        vf_acknowledger_destroy(acknowledger);
        return -ENOMEM;
    }
    return VF_OK;
}

void vf_acknowledger_destroy(struct vf_acknowledger **acknowledger)
{
    if (!*acknowledger)
        return;
    free((*acknowledger)->done);
    free((*acknowledger)->arrived);
    free((*acknowledger)->open);
    free(*acknowledger);
    *acknowledger = NULL;
}

static int send(const struct vf_acknowledger *told, const struct vf_acknowledgement *news)
{
    size_t size = offsetof(struct vf_acknowledgement, done) + news->count * sizeof(news->done[0]);
    return vf_wire_send(told->wire, news, size);
}

void vf_acknowledger_expect(struct vf_acknowledger *told, uint32_t cell, uint64_t sequence)
{
    if (cell >= told->terms->cells || sequence <= told->arrived[cell])
        return;
    if (told->arrived[cell] <= told->done[cell]) /* or it is among them already */
        told->open[told->open_count++] = cell;
    told->arrived[cell] = sequence;
}

/* Has a look at every cell: what came before is not known to have come. */
static void open_all(struct vf_acknowledger *told)
{
    told->open_count = 0;
    for (uint32_t cell = 0; cell < told->terms->cells; cell++) {
        uint64_t done = atomic_load(vf_inbox_page_done(told->terms->inbox, cell));
        if (done > told->arrived[cell])
            told->arrived[cell] = done;
        told->done[cell] = 0;
        if (told->arrived[cell])
            told->open[told->open_count++] = cell;
    }
}

/* Adds a cell, if it was released; a full message is sent on the way. */
static int tell_cell(struct vf_acknowledger *told, struct vf_acknowledgement *news, uint32_t cell)
{
    uint64_t sequence = atomic_load(vf_inbox_page_done(told->terms->inbox, cell));
    if (sequence == told->done[cell])
        return VF_OK;
    told->done[cell] = sequence;
    news->done[news->count].cell = cell;
    news->done[news->count].sequence = sequence;
    if (++news->count < VF_ACKNOWLEDGEMENT_CELLS)
        return VF_OK;
    int err = send(told, news);
    news->count = 0;
    return err;
}

/* Adds the cells that were released. A page has thousands of cells, of which few are in use: only
 * those are looked at. */
static int tell_cells(struct vf_acknowledger *told, struct vf_acknowledgement *news)
{
    int err = VF_OK;
    uint32_t count = told->open_count;
    told->open_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cell = told->open[i];
        if (!err)
            err = tell_cell(told, news, cell);
        if (told->done[cell] < told->arrived[cell])
            told->open[told->open_count++] = cell;
    }
    return err;
}

int vf_acknowledger_tell(struct vf_acknowledger *told, bool is_hungry)
{
    const struct vf_inbox_page *page = told->terms->inbox;
    struct vf_acknowledgement news = {
        .magic = VF_ACKNOWLEDGEMENT_MAGIC,
        .edge = told->terms->id,
        .process = atomic_load(&page->process),
        .received = atomic_load(&page->received),
        .taken = atomic_load(&page->taken),
        .asleep_at = told->asleep_at,
        .is_closed = atomic_load(&page->is_closed),
    };
    if (news.taken > news.received) /* by a process before, and it is on its way again */
        news.taken = news.received;
    if (is_hungry || news.asleep_at > news.received)
        news.asleep_at = news.received;
    int err = tell_cells(told, &news);
    bool is_news = told->must_repeat || news.count || news.received != told->received ||
                   news.taken != told->taken || news.asleep_at != told->asleep_at ||
                   news.is_closed != told->is_closed;
    if (err || !is_news)
        return err;
    told->received = news.received;
    told->taken = news.taken;
    told->asleep_at = news.asleep_at;
    told->is_closed = news.is_closed;
    news.has_lost = told->has_lost; /* in the last message, when all that is done has been told */
    told->must_repeat = told->has_lost = false;
    return send(told, &news);
}

void vf_acknowledger_repeat(struct vf_acknowledger *told, bool has_lost)
{
    open_all(told);
    told->must_repeat = true;
    told->has_lost = told->has_lost || has_lost;
}

static bool is_plausible(const struct vf_acknowledgement *news, size_t size,
                         const struct vf_edge_terms *terms, uint64_t published)
{
    if (size < offsetof(struct vf_acknowledgement, done) ||
        news->count > VF_ACKNOWLEDGEMENT_CELLS ||
        size != offsetof(struct vf_acknowledgement, done) + news->count * sizeof(news->done[0]))
        return false;
    if (news->received > published || news->taken > news->received ||
        news->asleep_at > news->received)
        return false;
    for (uint32_t i = 0; i < news->count; i++) {
        if (news->done[i].cell >= terms->cells || news->done[i].sequence > published)
            return false;
    }
    return true;
}

static void raise(_Atomic uint64_t *number, uint64_t value)
{
    if (value > atomic_load(number))
        atomic_store(number, value);
}

int vf_acknowledgement_apply(const struct vf_acknowledgement *news, size_t size,
                             const struct vf_edge_terms *terms, uint64_t published)
{
    struct vf_inbox_page *page = terms->inbox;
    if (!is_plausible(news, size, terms, published))
        return -EBADMSG;
    uint64_t process = atomic_load(&page->process);
    if (news->process < process)
        return VF_OK;
    if (news->process > process) { /* it has nothing of what the one before had received */
        atomic_store(&page->process, news->process);
        atomic_store(&page->received, news->received);
        atomic_store(&page->asleep_at, news->asleep_at);
    }
    raise(&page->received, news->received);
    raise(&page->taken, news->taken);
    raise(&page->asleep_at, news->asleep_at);
    for (uint32_t i = 0; i < news->count; i++)
        raise(vf_inbox_page_done(page, (uint32_t)news->done[i].cell), news->done[i].sequence);
    if (news->is_closed)
        atomic_store(&page->is_closed, news->is_closed);
    return VF_OK;
}
