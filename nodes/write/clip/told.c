/* SPDX-License-Identifier: MIT */
#include "nodes/write/clip/told.h"

#include "engine/message/message.h"
#include "engine/node/node.h"

void vf_told_init(struct vf_told *told, struct vf_node_run *run, unsigned port)
{
    told->run = run;
    told->port = port;
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++)
        told->until_ns[i] = INT64_MIN;
}

bool vf_told_is_by(const struct vf_told *told, unsigned input)
{
    return told->run->input_ports[input] == told->port;
}

void vf_told_note(struct vf_told *told, unsigned input, const struct vf_message *event)
{
    int64_t time_ns = vf_message_time_ns(&event->description);
    if (time_ns != VF_NO_TIMESTAMP && time_ns - 1 > told->until_ns[input])
        told->until_ns[input] = time_ns - 1;
}

int64_t vf_told_before(int64_t time_ns, int64_t less_ns)
{
    int64_t earlier;
    if (time_ns == INT64_MAX)
        return time_ns;
    return __builtin_sub_overflow(time_ns, less_ns, &earlier) ? INT64_MIN : earlier;
}

int64_t vf_told_until(struct vf_told *told, int64_t newest_ns, int64_t delay_ns)
{
    const struct vf_node_run *run = told->run;
    int64_t until_ns = INT64_MAX, late_ns = vf_told_before(newest_ns, delay_ns);
    for (unsigned i = 0; i < run->input_count; i++) {
        if (!vf_told_is_by(told, i) || !run->is_connected[i])
            continue;
        int64_t passed_ns = vf_node_passed_ns(run, i);
        if (passed_ns != VF_NO_TIMESTAMP && passed_ns > told->until_ns[i])
            told->until_ns[i] = passed_ns;
        if (told->until_ns[i] < until_ns)
            until_ns = told->until_ns[i];
    }
    bool is_late = run->is_realtime && newest_ns != INT64_MIN && late_ns > until_ns;
    return is_late ? late_ns : until_ns;
}
