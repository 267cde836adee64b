/* SPDX-License-Identifier: MIT */
#include "engine/account/progress.h"

#include "engine/account/report.h"
#include "engine/edge/page/task_page.h"

/* Returns how far a producer is, 0 to 1, by the port that is furthest; negative: nobody knows. */
static double part_of(const struct vf_task_page *page)
{
    double most = -1;
    for (size_t port = 0; port < VF_PAGE_PORTS; port++) {
        uint64_t expected = vf_page_load(&page->expected[port]);
        double part = expected ? (double)vf_page_load(&page->emitted[port]) / (double)expected : -1;
        if (part > most)
            most = part;
    }
    return most > 1 ? 1 : most;
}

double vf_progress_part(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    double least = -1;
    for (size_t i = 0; i < plan->task_count; i++) {
        double part = part_of(vf_run_memory_page(memory, plan->tasks[i].id));
        if (part >= 0 && (least < 0 || part < least))
            least = part;
    }
    return least;
}

uint64_t vf_progress_frames(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->task_count; i += vf_report_node_tasks(plan, i)) {
        if (plan->tasks[i].node->kind != VF_CONSUMER)
            continue;
        uint64_t count = vf_report_node_figures(plan, i, memory).in;
        if (count > most)
            most = count;
    }
    return most;
}
