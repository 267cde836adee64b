/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/outage.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"

int64_t vf_outage_wait_ns(const struct vf_reconnect_wish *wish, int attempt, uint32_t chance)
{
    int64_t wait = wish->initial_ns;
    while (attempt-- > 0 && wait < wish->longest_ns)
        wait = wait > wish->longest_ns / 2 ? wish->longest_ns : 2 * wait;
    double share = (double)chance / UINT32_MAX; /* 0.8 to 1.2 of it */
    return (int64_t)((double)wait * (0.8 + 0.4 * share));
}

static double seconds(const struct vf_outage *outage)
{
    return (double)(vf_clock_now_ns() - outage->since_ns) / VF_NS_PER_S;
}

static const char *attempts(const struct vf_outage *outage)
{
    return outage->tried == 1 ? "attempt" : "attempts";
}

/* Returns when that was by the clock on the wall. */
static int64_t since_1970(int64_t at_ns)
{
    return vf_clock_since_1970_ns() - (vf_clock_now_ns() - at_ns);
}

void vf_outage_tell_loss(struct vf_node_run *run, const char *name, int64_t since_ns,
                         const char *cause)
{
    const struct vf_notice notice = {
        .what = "camera_gone", .source = name, .begin_ns = since_1970(since_ns), .cause = cause};
    vf_node_tell_run(run, &notice);
}

void vf_outage_begin(struct vf_outage *outage, struct vf_node_run *run, int64_t since_ns,
                     const char *cause, const char *remedy)
{
    if (outage->since_ns)
        return;
    outage->since_ns = since_ns;
    outage->tried = 0;
    vf_log(VF_LOG_WARNING, "%s %s; %s", outage->name, cause, remedy);
    vf_outage_tell_loss(run, outage->name, since_ns, cause);
}

int vf_outage_wait(struct vf_outage *outage, struct vf_node_run *run)
{
    uint32_t chance = UINT32_MAX / 2;
    if (outage->wish.attempts && outage->tried >= outage->wish.attempts) {
        vf_log(VF_LOG_ERROR, "%s does not come back: %d %s in %.1f s", outage->name, outage->tried,
               attempts(outage), seconds(outage));
        return -ENOTCONN;
    }
    if (outage->is_shared && getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
        chance = (uint32_t)vf_clock_now_ns();
    int64_t wait = vf_outage_wait_ns(&outage->wish, outage->tried++, chance);
    return vf_node_sleep_until(run, vf_clock_now_ns() + wait);
}

static void tell_return(const struct vf_outage *outage, struct vf_node_run *run)
{
    json_t *details = json_object();
    json_object_set_new(details, "seconds", json_real(round(seconds(outage) * 1000) / 1000));
    json_object_set_new(details, "attempts", json_integer(outage->tried));
    const struct vf_notice notice = {.what = "camera_back",
                                     .source = outage->name,
                                     .begin_ns = since_1970(outage->since_ns),
                                     .end_ns = vf_clock_since_1970_ns(),
                                     .details = details};
    vf_node_tell_run(run, &notice);
}

void vf_outage_end(struct vf_outage *outage, struct vf_node_run *run)
{
    if (!outage->since_ns)
        return;
    tell_return(outage, run);
    vf_log(VF_LOG_WARNING, "%s is back after %.1f s (%d %s)", outage->name, seconds(outage),
           outage->tried, attempts(outage));
    outage->since_ns = 0;
    outage->tried = 0;
}
