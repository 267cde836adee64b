/* SPDX-License-Identifier: MIT */
#include "engine/process/life.h"

#include "engine/base/clock.h"
#include "engine/process/engine_inside.h"
#include "engine/process/news.h"
#include "engine/process/worker.h"

#define LOOK_MS 1000 /* while nobody can hang */

static const struct vf_task_page *page_of(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_page(engine->memory, (unsigned)task + 1);
}

static const struct vf_recovery *rules_of(const struct vf_engine *engine, size_t task)
{
    return &engine->plan->tasks[task].recovery;
}

struct vf_recovery_sight vf_life_look_at(const struct vf_engine *engine, size_t task)
{
    const struct vf_worker *worker = &engine->workers[task];
    bool is_run_starting = engine->state == VF_ENGINE_STARTING;
    int64_t moved_ns = worker->alive_seen_ns;
    if (is_run_starting && engine->start_moved_ns > moved_ns)
        moved_ns = engine->start_moved_ns; /* they get in each other's way */
    return (struct vf_recovery_sight){
        .state = atomic_load(&page_of(engine, task)->state),
        .is_producer = engine->plan->tasks[task].node->kind == VF_PRODUCER,
        .is_run_starting = is_run_starting,
        .is_ready = worker->is_ready,
        .is_cleanup = worker->is_cleanup,
        .is_successor = worker->starts > 1,
        .silent_ns = engine->clock.now_ns - moved_ns,
    };
}

/* Whether a worker hangs. One that does not, although nothing is seen of it, is asked again only after
 * as long. */
static bool is_hung(struct vf_engine *engine, size_t task)
{
    struct vf_recovery_sight sight = vf_life_look_at(engine, task);
    if (!vf_recovery_is_overdue(rules_of(engine, task), &sight))
        return false;
    sight.is_stopped = vf_worker_is_stopped(&engine->workers[task]);
    if (vf_recovery_is_hung(rules_of(engine, task), &sight))
        return true;
    engine->workers[task].alive_seen_ns = engine->clock.now_ns;
    return false;
}

static void look_for_life(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    int64_t stamp = atomic_load(&page_of(engine, task)->alive_ns);
    if (stamp == worker->alive_stamp)
        return;
    worker->alive_stamp = stamp;
    worker->alive_seen_ns = engine->clock.now_ns;
}

void vf_life_look(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        look_for_life(engine, i);
        if (!worker->pid || worker->is_hung || !is_hung(engine, i))
            continue;
        worker->is_hung = true;
        vf_news_tell_hung(engine, i, engine->clock.now_ns - worker->alive_seen_ns);
        vf_worker_kill(worker);
    }
}

int64_t vf_life_look_again_ms(const struct vf_engine *engine)
{
    int64_t longest_ms = LOOK_MS;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_recovery_sight sight = vf_life_look_at(engine, i);
        int64_t patience_ms = vf_recovery_patience_ns(rules_of(engine, i), &sight) / VF_NS_PER_MS;
        bool can_hang = engine->workers[i].pid && patience_ms && sight.state != VF_TASK_WAITING &&
                        sight.state != VF_TASK_BLOCKED;
        if (can_hang && patience_ms / 2 < longest_ms)
            longest_ms = patience_ms / 2 + 1;
    }
    return longest_ms;
}
