/* SPDX-License-Identifier: MIT */
/* news.h - what the supervisor tells those who hear of the run (journal/notices.h), and how it ends
 * them: after all tasks that do not depend on them, so that they hear how the others have ended.
 *
 * Where no task hears of the run, nothing of this does anything.
 */
#ifndef VF_ENGINE_PROCESS_NEWS_H
#define VF_ENGINE_PROCESS_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/messenger.h"

struct vf_engine;

/* The time in which a task drops some of what it sends: begun when it has, over when it has not for a
 * while. */
struct vf_drop_spell {
    uint64_t before, seen;     /* that it had dropped: before, and so far */
    int64_t begin_ns, last_ns; /* by the clock of the run; a begin of 0: it drops nothing */
};

/* What it remembers. Starts as {0}. */
struct vf_news {
    bool are_hearers_ended;
    struct vf_drop_spell *spells; /* task id i at [i - 1] */
    size_t spell_count;
};

/* Tells that the run has begun. */
void vf_news_begin(const struct vf_engine *engine);

/* Tell of a task whose worker has died: of what, in words, and that another comes in `wait_ns`, which
 * leaves out what the dead one was at if that is put aside; or that none does, `cause` being NULL where
 * its node has said why. */
void vf_news_tell_restart(const struct vf_engine *engine, size_t task, const char *cause,
                          int64_t wait_ns, bool skips);
void vf_news_tell_failure(const struct vf_engine *engine, size_t task, const char *cause);

/* Tell that a worker hangs and is killed, and that nothing has moved for so long. */
void vf_news_tell_hung(const struct vf_engine *engine, size_t task, int64_t silent_ns);
void vf_news_tell_standstill(const struct vf_engine *engine, int64_t stood_ns, bool is_dead_lock);

/* Whether a task is to be asked for this when the whole run is. Those that hear of the run end by
 * vf_news_look(); and what they feed alone is not cut short. */
bool vf_news_heeds(const struct vf_engine *engine, size_t task, enum vf_stop_level level);

/* Whether a task goes on, as long as others do, to be told what happens to them. */
bool vf_news_outlasts(const struct vf_engine *engine, size_t task);

/* Looks who drops messages, and ends the tasks that hear of the run, once all the others have ended. */
void vf_news_look(struct vf_engine *engine);

void vf_news_finish(struct vf_news *news);

#endif
