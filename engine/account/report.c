/* SPDX-License-Identifier: MIT */
#include "engine/account/report.h"

#include <inttypes.h>
#include <string.h>

#include "engine/account/advice.h"
#include "engine/account/ledger.h"
#include "engine/account/progress.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/edge/page/task_page.h"

static int64_t load_time(const _Atomic int64_t *time_ns)
{
    return atomic_load_explicit(time_ns, memory_order_relaxed);
}

/* Inputs that come one by one are counted on the first port alone: a writer's frames, not its
 * audio packets. */
static uint64_t count_in(const struct vf_plan_task *task, const struct vf_run_memory *memory)
{
    uint64_t all = vf_page_load(&vf_run_memory_page(memory, task->id)->inputs);
    if (task->node->takes != VF_TAKES_EACH || task->node->inputs.items[0].is_repeated)
        return all;
    uint64_t first = 0;
    bool is_connected = false;
    for (size_t i = 0; i < task->in_count; i++) { /* one for each replica of the sender */
        const struct vf_plan_edge *edge = task->in_edges[i];
        if (edge->input != 0)
            continue;
        is_connected = true;
        first += vf_page_load(&vf_run_memory_edge(memory, edge->id)->inbox->data_taken);
    }
    return is_connected ? first : all;
}

static uint64_t count_on(const struct vf_task_page *page, unsigned port)
{
    return vf_page_load(&page->emitted[port < VF_PAGE_PORTS ? port : VF_PAGE_PORTS - 1]);
}

/* Whether of the ports that answer the same input no earlier one is read. */
static bool is_first_read(const struct vf_plan_task *task, size_t edge)
{
    unsigned port = task->out_edges[edge]->sender_port, answers = vf_plan_answers(task, port);
    for (size_t i = 0; i < task->out_count; i++) {
        unsigned other = task->out_edges[i]->sender_port;
        if (vf_plan_answers(task, other) == answers &&
            (other < port || (other == port && i < edge)))
            return false;
    }
    return true;
}

/* Returns how many messages went out of the first port that is read; where each answers one input,
 * of the first that is for each of those. */
static uint64_t count_out(const struct vf_plan_task *task, const struct vf_task_page *page)
{
    uint64_t count = task->out_count ? 0 : count_on(page, 0);
    for (size_t i = 0; i < task->out_count; i++) {
        if (is_first_read(task, i))
            count += count_on(page, task->out_edges[i]->sender_port);
    }
    return count;
}

/* Of moments that a worker may have made up. */
static double seconds_between(int64_t from_ns, int64_t to_ns)
{
    return ((double)to_ns - (double)from_ns) / VF_NS_PER_S;
}

struct vf_task_figures vf_report_figures(const struct vf_plan_task *task,
                                         const struct vf_run_memory *memory)
{
    const struct vf_task_page *page = vf_run_memory_page(memory, task->id);
    struct vf_task_figures figures = {
        .has_in = task->node->kind != VF_PRODUCER,
        .has_out = task->node->kind != VF_CONSUMER || task->out_count,
        .errors = vf_page_load(&page->errors),
    };
    if (figures.has_in)
        figures.in = count_in(task, memory);
    if (figures.has_out)
        figures.out = count_out(task, page);
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_edge_account account = vf_ledger_edge(memory, task->out_edges[i]);
        figures.dropped += account.dropped_newest + account.dropped_oldest;
    }
    int64_t last = load_time(&page->last_ns);
    double active = seconds_between(load_time(&page->first_ns), last);
    double running = seconds_between(load_time(&page->started_ns), last);
    uint64_t count = figures.has_in ? figures.in : figures.out;
    if (active > 0)
        figures.fps = (double)count / active;
    if (running > 0 && count)
        figures.busy = (double)load_time(&page->busy_ns) / VF_NS_PER_S / running;
    return figures;
}

const char *vf_report_state_name(enum vf_task_state state)
{
    static const char *const names[] = {
        [VF_TASK_STARTING] = "starting", [VF_TASK_OPENING] = "opening",
        [VF_TASK_BUSY] = "busy",         [VF_TASK_WAITING] = "waiting",
        [VF_TASK_BLOCKED] = "blocked",   [VF_TASK_FINISHING] = "finishing",
        [VF_TASK_ENDED] = "ended",
    };
    _Static_assert(VF_COUNT(names) == VF_TASK_STATES, "a name for each state");
    return state < VF_COUNT(names) && names[state] ? names[state] : "?";
}

size_t vf_report_node_tasks(const struct vf_plan *plan, size_t first)
{
    const struct vf_plan_task *task = &plan->tasks[first];
    return task->replica == 1 ? task->replica_count : 1;
}

struct vf_task_figures vf_report_node_figures(const struct vf_plan *plan, size_t first,
                                              const struct vf_run_memory *memory)
{
    struct vf_task_figures sum = vf_report_figures(&plan->tasks[first], memory);
    size_t count = vf_report_node_tasks(plan, first);
    int64_t first_ns = 0, last_ns = 0;
    if (count == 1)
        return sum;
    sum = (struct vf_task_figures){.has_in = sum.has_in, .has_out = sum.has_out};
    for (size_t i = first; i < first + count; i++) {
        struct vf_task_figures one = vf_report_figures(&plan->tasks[i], memory);
        const struct vf_task_page *page = vf_run_memory_page(memory, plan->tasks[i].id);
        int64_t began_ns = load_time(&page->first_ns), ended_ns = load_time(&page->last_ns);
        sum.in += one.in;
        sum.out += one.out;
        sum.dropped += one.dropped;
        sum.errors += one.errors;
        sum.busy += one.busy / (double)count;
        first_ns = began_ns && (!first_ns || began_ns < first_ns) ? began_ns : first_ns;
        last_ns = ended_ns > last_ns ? ended_ns : last_ns;
    }
    if (first_ns && last_ns > first_ns)
        sum.fps = (double)(sum.has_in ? sum.in : sum.out) / seconds_between(first_ns, last_ns);
    return sum;
}

void vf_report_print_node_name(struct vf_text *name, const struct vf_plan_task *task)
{
    const char *number = task->replica ? strrchr(task->name, '.') : NULL;
    vf_text_append(name, task->name, number ? (size_t)(number - task->name) : strlen(task->name));
}

static void print_count(FILE *out, bool is_there, uint64_t count)
{
    if (is_there)
        fprintf(out, " %9" PRIu64, count);
    else
        fprintf(out, " %9s", "-");
}

static void print_row(FILE *out, const char *name, int width, const struct vf_task_figures *figures)
{
    fprintf(out, "%-*s", width, name);
    print_count(out, figures->has_in, figures->in);
    print_count(out, figures->has_out, figures->out);
    print_count(out, figures->has_out, figures->dropped);
    fprintf(out, " %9.1f %4.0f %%\n", figures->fps, figures->busy * 100);
}

/* A row for a node of several tasks, in front of theirs. */
static void print_node(FILE *out, const struct vf_plan *plan, size_t first, int width,
                       const struct vf_run_memory *memory)
{
    struct vf_text name = {0};
    struct vf_task_figures figures = vf_report_node_figures(plan, first, memory);
    vf_report_print_node_name(&name, &plan->tasks[first]);
    print_row(out, name.bytes ? name.bytes : "", width, &figures);
    vf_text_finish(&name);
}

static void print_rows(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    int width = 4;
    for (size_t i = 0; i < plan->task_count; i++) {
        int length = (int)strlen(plan->tasks[i].name);
        if (length > width)
            width = length;
    }
    fprintf(out, "%-*s %9s %9s %9s %9s %6s\n", width, "task", "in", "out", "dropped", "fps",
            "busy");
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_task_figures figures = vf_report_figures(&plan->tasks[i], memory);
        if (vf_report_node_tasks(plan, i) > 1)
            print_node(out, plan, i, width, memory);
        print_row(out, plan->tasks[i].name, width, &figures);
    }
}

static void print_troubles(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory,
                           const struct vf_task_outcome *outcomes)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_task_account account = vf_ledger_task(memory, plan->tasks[i].id);
        unsigned restarts = outcomes[i].restarts;
        if (restarts)
            fprintf(out, "%s was started again %u %s\n", plan->tasks[i].name, restarts,
                    restarts == 1 ? "time" : "times");
        if (!account.set_aside)
            continue;
        fprintf(out, "%s put %" PRIu64 " %s aside", plan->tasks[i].name, account.set_aside,
                account.set_aside == 1 ? "message" : "messages");
        if (account.unkept)
            fprintf(out, ", and could not keep %" PRIu64, account.unkept);
        fprintf(out, "\n");
    }
}

/* What a join by latest leaves out, as it is meant to; what found no room is told elsewhere. */
static void print_left_out(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        uint64_t count = 0;
        for (size_t j = 0; j < task->in_count && task->join == VF_JOIN_LATEST; j++) {
            struct vf_edge_account account = vf_ledger_edge(memory, task->in_edges[j]);
            count += account.unmatched;
        }
        if (count)
            fprintf(out, "%s joins by latest, and left out what was not the newest: %" PRIu64 "\n",
                    task->name, count);
    }
}

/* A worker may have written anything there. */
static void print_output(FILE *out, const char line[VF_PAGE_OUTPUT_SIZE])
{
    char text[VF_PAGE_OUTPUT_SIZE];
    memcpy(text, line, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    vf_display_hide_characters(text, '?');
    fprintf(out, "wrote %s\n", text);
}

static void print_outputs(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_task_page *page = vf_run_memory_page(memory, plan->tasks[i].id);
        uint32_t count = atomic_load(&page->output_count);
        for (uint32_t line = 0; line < count && line < VF_PAGE_OUTPUTS; line++)
            print_output(out, page->outputs[line]);
    }
}

bool vf_report_is_telling(const struct vf_plan *plan, const struct vf_task_outcome *outcomes)
{
    bool are_over = true;
    for (size_t i = 0; i < plan->task_count; i++)
        are_over = are_over && outcomes[i].exit_status == 0;
    return are_over;
}

void vf_report_rows(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory,
                    const struct vf_task_outcome *outcomes, int64_t started_ns)
{
    print_rows(out, plan, memory);
    print_left_out(out, plan, memory);
    vf_advice_print_drops(out, plan, memory);
    print_troubles(out, plan, memory, outcomes);
    print_outputs(out, plan, memory);
    double seconds = (double)(vf_clock_now_ns() - started_ns) / VF_NS_PER_S;
    uint64_t frames = vf_progress_frames(plan, memory);
    double fps = seconds > 0 ? (double)frames / seconds : 0;
    if (vf_report_is_telling(plan, outcomes))
        vf_advice_print_limit(out, plan, memory, outcomes, fps);
    fprintf(out, "%" PRIu64 " frame%s in %.2f s: %.1f fps\n", frames, frames == 1 ? "" : "s",
            seconds, fps);
}

uint64_t vf_report_unkept(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    uint64_t unkept = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        unkept += vf_ledger_task(memory, plan->tasks[i].id).unkept;
    return unkept;
}

uint64_t vf_report_errors(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    uint64_t errors = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        errors += vf_page_load(&vf_run_memory_page(memory, plan->tasks[i].id)->errors);
    return errors;
}
