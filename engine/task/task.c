/* SPDX-License-Identifier: MIT */
#include "engine/task/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/journal/journal.h"
#include "engine/journal/notices.h"
#include "engine/node/emitter.h"
#include "engine/task/dead_letter.h"
#include "engine/task/refusal.h"

#define LONGEST_WAIT_NS (3600 * VF_NS_PER_S) /* for a notice, between two looks */

/* One node at work. */
struct vf_task {
    struct vf_emitter emitter; /* first, so that its functions find the task */
    const struct vf_task_settings *settings;
    const struct vf_node *node;
    struct vf_messenger *messenger;
    const struct vf_task_wires *wires;
    struct vf_task_page *page;
    struct vf_node_run run;
    int64_t call_start_ns, idle_ns, last_end_ns; /* of a callback; that it slept; of that before */
    uint64_t call_blocked_ns;       /* by the page: any number, after another process */
    const struct vf_inputs *inputs; /* of the callback; NULL: it has none */
    bool has_failed, is_open;       /* a callback returned an error; open() has returned well */
    bool has_started_over;          /* it is not the first time in this process */
    bool has_answered;              /* the callback in work made a message */
    char *complaint, *details;      /* why it is about to fail; NULL: it has not said so */
};

static struct vf_task *task_of(const struct vf_emitter *emitter)
{
    return (struct vf_task *)(uintptr_t)emitter;
}

/* Notes how far the task has come in the time of its media. */
static void note_time(struct vf_task *task, const struct vf_description *description)
{
    _Atomic int64_t *reached = &task->page->media_us;
    struct vf_rational base = description->time_base;
    int64_t time = vf_message_known_time(description);
    if (time == VF_NO_TIMESTAMP || base.den <= 0)
        return;
    double time_us = (double)time * base.num / base.den * 1e6;
    bool is_later = time_us > (double)atomic_load_explicit(reached, memory_order_relaxed);
    if (is_later && time_us < (double)(INT64_MAX / 2))
        atomic_store_explicit(reached, (int64_t)time_us, memory_order_relaxed);
}

static void complete(struct vf_task *task, struct vf_description *output)
{
    int64_t now = vf_messenger_stamp(task->messenger);
    output->proctime_ns = now - task->call_start_ns;
    output->actual_proctime_ns = now - task->last_end_ns;
    if (task->node->kind == VF_PRODUCER)
        note_time(task, output);
    task->has_answered = true;
}

static int emit(struct vf_emitter *emitter, unsigned port, struct vf_message **output)
{
    struct vf_task *task = task_of(emitter);
    complete(task, &(*output)->description);
    return vf_messenger_publish(task->messenger, port, output);
}

static int passthrough(struct vf_emitter *emitter, unsigned port, unsigned input)
{
    struct vf_task *task = task_of(emitter);
    const struct vf_inputs *inputs = task->inputs;
    if (!inputs || input >= inputs->count || !inputs->items[input])
        return -EINVAL;
    struct vf_message forwarded = *inputs->items[input];
    complete(task, &forwarded.description);
    return vf_messenger_publish_copy(task->messenger, port, &forwarded);
}

static int drop(struct vf_emitter *emitter, unsigned port)
{
    struct vf_task *task = task_of(emitter);
    task->has_answered = true;
    return vf_messenger_drop(task->messenger, port);
}

static int allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    return vf_messenger_allocate(task_of(emitter)->messenger, size, payload);
}

static int try_allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    return vf_arena_allocate(task_of(emitter)->wires->arena, size, payload);
}

/* What a task has to stop for: a producer when the flow drains, the others when it halts. */
static enum vf_stop_level heeded_level(const struct vf_task *task)
{
    return task->node->kind == VF_PRODUCER ? VF_STOP_DRAIN : VF_STOP_HALT;
}

static int sleep_until(struct vf_emitter *emitter, int64_t deadline_ns)
{
    struct vf_task *task = task_of(emitter);
    int64_t since = vf_clock_now_ns();
    int err = vf_messenger_sleep_until(task->messenger, deadline_ns, heeded_level(task));
    /* A producer that keeps its pace is idle; a processor that sleeps plays at being busy. */
    if (task->node->kind == VF_PRODUCER)
        task->idle_ns += vf_clock_now_ns() - since;
    return err;
}

static int await(struct vf_emitter *emitter, int fd, int64_t deadline_ns)
{
    struct vf_task *task = task_of(emitter);
    int64_t since = vf_clock_now_ns();
    int err = vf_messenger_await(task->messenger, fd, deadline_ns, heeded_level(task));
    if (task->node->kind == VF_PRODUCER)
        task->idle_ns += vf_clock_now_ns() - since;
    return err;
}

static int await_input(struct vf_emitter *emitter, int fd, bool is_at_work)
{
    struct vf_task *task = task_of(emitter);
    int64_t since = vf_clock_now_ns();
    int err = vf_messenger_await_input(task->messenger, fd, is_at_work);
    task->idle_ns += vf_clock_now_ns() - since;
    return err;
}

static int look_ahead(struct vf_emitter *emitter, unsigned count, int64_t deadline_ns)
{
    struct vf_task *task = task_of(emitter);
    int64_t since = vf_clock_now_ns();
    int ready = vf_messenger_look_ahead(task->messenger, count, deadline_ns);
    task->idle_ns += vf_clock_now_ns() - since;
    return ready;
}

static struct vf_message *const *ahead(const struct vf_emitter *emitter, unsigned number)
{
    return vf_messenger_ahead(task_of(emitter)->messenger, number);
}

static int arena(const struct vf_emitter *emitter, uint32_t number, size_t *size)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    if (!number)
        number = wires->task;
    bool is_there = wires->arena_files && number < wires->arenas.count;
    *size = is_there ? wires->arenas.sizes[number] : 0;
    return is_there ? wires->arena_files[number] : -1;
}

static void waited(struct vf_emitter *emitter, int64_t since_ns)
{
    task_of(emitter)->idle_ns += vf_clock_now_ns() - since_ns;
}

static bool is_read(const struct vf_emitter *emitter, unsigned port)
{
    return vf_messenger_is_read(task_of(emitter)->messenger, port);
}

static bool stop_requested(struct vf_emitter *emitter)
{
    struct vf_task *task = task_of(emitter);
    bool is_producer = task->node->kind == VF_PRODUCER;
    return (is_producer && (vf_messenger_is_abandoned(task->messenger) ||
                            vf_messenger_must_give_way(task->messenger))) ||
           vf_messenger_termination_requested(task->messenger) >= heeded_level(task);
}

static bool is_ending(struct vf_emitter *emitter)
{
    return vf_messenger_termination_requested(task_of(emitter)->messenger) >= VF_STOP_DRAIN;
}

static void count_error(struct vf_emitter *emitter)
{
    atomic_fetch_add_explicit(&task_of(emitter)->page->errors, 1, memory_order_relaxed);
}

static void report_error(struct vf_emitter *emitter, const char *line)
{
    struct vf_task *task = task_of(emitter);
    struct vf_journal_error error = {.frame = vf_page_load(&task->page->frame), .text = line};
    count_error(emitter);
    if (task->wires->journal)
        vf_journal_add_error(task->wires->journal, task->wires->task, &error);
    vf_log(VF_LOG_WARNING, "%s", line);
}

static void complain(struct vf_emitter *emitter, const char *text, const char *details)
{
    struct vf_task *task = task_of(emitter);
    free(task->complaint);
    free(task->details);
    task->complaint = strdup(text);
    task->details = details ? strdup(details) : NULL;
    snprintf(task->page->complaint, sizeof(task->page->complaint), "%s", text);
}

/* What was said of one callback is not true of the next. */
static void forget_complaint(struct vf_task *task)
{
    if (!task->complaint)
        return;
    free(task->complaint);
    free(task->details);
    task->complaint = task->details = NULL;
    task->page->complaint[0] = '\0';
}

static void report_output(struct vf_emitter *emitter, const char *line)
{
    struct vf_task_page *page = task_of(emitter)->page;
    uint32_t count = atomic_load(&page->output_count);
    if (count == VF_PAGE_OUTPUTS) {
        vf_log(VF_LOG_INFO, "%s", line);
        return;
    }
    snprintf(page->outputs[count], VF_PAGE_OUTPUT_SIZE, "%s", line);
    atomic_store(&page->output_count, count + 1);
}

static void note_provider(struct vf_emitter *emitter, const char *provider)
{
    struct vf_task_page *page = task_of(emitter)->page;
    snprintf(page->provider, sizeof(page->provider), "%s", provider);
}

static void add_detail(struct vf_emitter *emitter, const char *key, json_t *value)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    if (wires->journal)
        vf_journal_add_detail(wires->journal, key, value);
    else
        json_decref(value);
}

static void note_medium(struct vf_emitter *emitter, bool is_output, const struct vf_medium *medium)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    if (wires->journal)
        vf_journal_add_medium(wires->journal, wires->task,
                              is_output ? VF_JOURNAL_OUTPUT : VF_JOURNAL_INPUT, medium);
}

static void expect(struct vf_emitter *emitter, unsigned port, uint64_t messages)
{
    if (port < VF_PAGE_PORTS)
        atomic_store(&task_of(emitter)->page->expected[port], messages);
}

/* The version is odd meanwhile, so that nobody takes half a name for a whole one. */
static void begin_source(struct vf_emitter *emitter, const char *name, uint64_t number,
                         uint64_t count)
{
    struct vf_page_source *source = &task_of(emitter)->page->source;
    atomic_store(&source->version, atomic_load(&source->version) | 1);
    atomic_thread_fence(memory_order_seq_cst);
    source->number = number;
    source->count = count;
    snprintf(source->name, sizeof(source->name), "%s", name);
    atomic_thread_fence(memory_order_seq_cst);
    atomic_fetch_add(&source->version, 1);
}

static void expect_no_end(struct vf_emitter *emitter)
{
    atomic_store(&task_of(emitter)->page->is_endless, 1);
}

static void send_live(struct vf_emitter *emitter)
{
    atomic_store(&task_of(emitter)->page->is_live, 1);
}

static const struct vf_made *made(const struct vf_emitter *emitter, unsigned port)
{
    static const struct vf_made none = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_task *task = task_of(emitter);
    return task->has_started_over ? &none : vf_messenger_made(task->messenger, port);
}

static bool has_ended(const struct vf_emitter *emitter, unsigned input)
{
    return vf_messenger_has_ended(task_of(emitter)->messenger, input);
}

static int64_t passed_ns(const struct vf_emitter *emitter, unsigned input)
{
    return vf_messenger_passed_ns(task_of(emitter)->messenger, input);
}

static enum vf_end_reason end_reason(const struct vf_emitter *emitter)
{
    const struct vf_task *task = task_of(emitter);
    return task->has_failed ? VF_END_FAILED : vf_messenger_end_reason(task->messenger);
}

static bool ends_by_stop(const struct vf_emitter *emitter)
{
    const struct vf_task *task = task_of(emitter);
    bool is_endless = task->settings->accepts_partial;
    for (size_t i = 0; i < task->wires->producer_count; i++)
        is_endless = is_endless || atomic_load(&task->wires->producers[i]->is_endless);
    return is_endless;
}

static bool comes_live(const struct vf_emitter *emitter)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    bool is_live = false;
    for (size_t i = 0; i < wires->producer_count; i++) {
        const struct vf_task_page *producer = wires->producers[i];
        is_live = is_live || atomic_load(&producer->is_live) || atomic_load(&producer->is_endless);
    }
    return is_live;
}

static uint64_t expected(const struct vf_emitter *emitter)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    uint64_t made = wires->counted ? vf_page_load(wires->counted) : 0;
    return made ? (made - 1) / wires->thinned + 1 : 0;
}

static void tell_run(struct vf_emitter *emitter, const struct vf_notice *notice)
{
    const struct vf_task_wires *wires = task_of(emitter)->wires;
    if (wires->notices)
        vf_notices_add(wires->notices, notice);
    else
        json_decref(notice->details);
}

/* The bell is silenced before one looks: what comes later rings it again. */
static int hear_run(struct vf_emitter *emitter, uint64_t number, bool waits, json_t **event)
{
    const struct vf_notices *notices = task_of(emitter)->wires->notices;
    if (!notices)
        return -EAGAIN;
    for (;;) {
        vf_notices_hush(notices);
        int err = vf_notices_read(notices, number, event);
        if (err != -EAGAIN || !waits)
            return err;
        err = await(emitter, notices->bell, vf_clock_now_ns() + LONGEST_WAIT_NS);
        if (err == VF_END)
            return VF_END;
    }
}

static const struct vf_emitter task_emitter = {
    .emit = emit,
    .passthrough = passthrough,
    .drop = drop,
    .allocate = allocate,
    .try_allocate = try_allocate,
    .sleep_until = sleep_until,
    .await = await,
    .await_input = await_input,
    .look_ahead = look_ahead,
    .ahead = ahead,
    .arena = arena,
    .waited = waited,
    .is_read = is_read,
    .stop_requested = stop_requested,
    .is_ending = is_ending,
    .report_error = report_error,
    .count_error = count_error,
    .complain = complain,
    .report_output = report_output,
    .detail = add_detail,
    .note_provider = note_provider,
    .note_medium = note_medium,
    .expect = expect,
    .expect_no_end = expect_no_end,
    .begin_source = begin_source,
    .send_live = send_live,
    .made = made,
    .has_ended = has_ended,
    .passed_ns = passed_ns,
    .end_reason = end_reason,
    .ends_by_stop = ends_by_stop,
    .comes_live = comes_live,
    .expected = expected,
    .tell_run = tell_run,
    .hear_run = hear_run,
};

/* Of what the callback works on, or has made. */
static struct vf_origin origin_in_work(const struct vf_task *task)
{
    struct vf_origin origin = {.number =
                                   atomic_load_explicit(&task->page->frame, memory_order_relaxed),
                               .stream = task->wires->task << 8};
    for (unsigned i = 0; task->inputs && i < task->inputs->count; i++) {
        if (task->inputs->items[i])
            return task->inputs->items[i]->description.origin;
    }
    return origin;
}

static void begin_call(struct vf_task *task)
{
    /* The messenger has looked at the clock after it had waited or read: else little time has gone. */
    int64_t looked_ns = atomic_load_explicit(&task->page->alive_ns, memory_order_relaxed);
    task->call_start_ns = looked_ns > task->last_end_ns ? looked_ns : task->last_end_ns;
    atomic_store_explicit(&task->page->call_ns, task->call_start_ns, memory_order_relaxed);
    if (task->call_start_ns > task->last_end_ns)
        vf_trace_slice(task->wires->trace, VF_TRACE_TAKE, task->last_end_ns, task->call_start_ns,
                       NULL);
    forget_complaint(task);
    task->idle_ns = 0;
    task->has_answered = false;
    task->call_blocked_ns =
        (uint64_t)atomic_load_explicit(&task->page->blocked_ns, memory_order_relaxed);
    if (!atomic_load_explicit(&task->page->first_ns, memory_order_relaxed))
        atomic_store(&task->page->first_ns, task->call_start_ns);
}

static void end_call(struct vf_task *task)
{
    int64_t now = vf_clock_now_ns();
    uint64_t blocked = (uint64_t)atomic_load(&task->page->blocked_ns) - task->call_blocked_ns;
    int64_t spent = (int64_t)((uint64_t)(now - task->call_start_ns - task->idle_ns) - blocked);
    uint64_t busy = (uint64_t)atomic_load_explicit(&task->page->busy_ns, memory_order_relaxed);
    atomic_store_explicit(&task->page->busy_ns, (int64_t)(busy + (uint64_t)spent),
                          memory_order_relaxed);
    atomic_store_explicit(&task->page->last_ns, now, memory_order_relaxed);
    atomic_store_explicit(&task->page->alive_ns, now, memory_order_relaxed);
    atomic_store_explicit(&task->page->call_ns, 0, memory_order_relaxed);
    struct vf_origin origin = origin_in_work(task);
    vf_trace_slice(task->wires->trace, VF_TRACE_WORK, task->call_start_ns, now, &origin);
    task->last_end_ns = now;
    vf_histogram_add(&task->page->work, spent);
}

/* Notes how old the first of the inputs is that have just been answered, and how far they are. */
static void note_inputs(struct vf_task *task, const struct vf_inputs *inputs)
{
    const struct vf_message *first = NULL;
    for (unsigned i = 0; i < inputs->count && !first; i++)
        first = inputs->items[i];
    if (!first)
        return;
    note_time(task, &first->description);
    if (first->description.event_time_ns > 0)
        vf_histogram_add(&task->page->age, task->last_end_ns - first->description.event_time_ns);
}

/* Counts what became of an input, for which the node returned `err`. */
static void settle_input(struct vf_task *task, int err)
{
    struct vf_task_page *page = task->page;
    _Atomic uint64_t *fate = &page->filtered;
    if (err < 0)
        fate = &page->failed;
    else if (task->has_answered || task->node->kind == VF_CONSUMER || task->node->answers_late)
        fate = &page->answered;
    vf_page_add(fate, 1);
}

/* Whether a new process shall try again what has just failed. */
static bool leaves_it_to_another(const struct vf_task *task)
{
    uint64_t round = vf_messenger_rounds(task->messenger) + 1;
    bool has_tried_before = task->settings->failed_round == round;
    if (has_tried_before) /* what it was is put aside, which takes another process, too */
        return task->run.is_lost && task->settings->skips;
    return task->settings->may_die;
}

/* Dies as it is: what has not been answered is still the senders', and waits for a new process. */
static _Noreturn void die(void)
{
    fflush(NULL);
    _exit(VF_EXIT_FAILED);
}

/* Makes way for another process, between two rounds: as it would die, but closes a source, which maybe
 * only one process can have at a time. Outputs are the next one's to go on with. */
static _Noreturn void give_way(struct vf_task *task)
{
    if (task->is_open && task->node->kind == VF_PRODUCER && task->node->close)
        task->node->close(&task->run);
    fflush(NULL);
    _exit(VF_EXIT_OK);
}

/* Puts the inputs of this round aside. */
static void set_aside(struct vf_task *task, const struct vf_inputs *inputs, const char *cause)
{
    struct vf_dead_letter letter = {.folder = task->settings->dead_letter,
                                    .task = task->settings->name,
                                    .cause = cause,
                                    .details = task->details,
                                    .inputs = inputs->items,
                                    .input_count = inputs->count};
    if (vf_dead_letter_write(&letter) < 0)
        atomic_fetch_add_explicit(&task->page->unkept, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&task->page->failed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&task->page->set_aside, 1, memory_order_relaxed);
    task->last_end_ns = vf_clock_now_ns(); /* no part of what comes next */
}

/* Puts aside what the node has failed on. */
static void set_failed_aside(struct vf_task *task, const struct vf_inputs *inputs)
{
    char *cause = task->complaint ? vf_text_format("returned an error: %s", task->complaint) : NULL;
    set_aside(task, inputs, cause ? cause : "returned an error");
    free(cause);
}

/* Returns whether a source has nothing to give, which another process would not change. */
static bool is_nothing_there(const struct vf_task *task, int err)
{
    return task->node->kind == VF_PRODUCER && err == -ENODATA;
}

/* Calls one callback of the node and accounts its time. */
static int call(struct vf_task *task, int (*callback)(struct vf_node_run *run))
{
    begin_call(task);
    int err = VF_FAILPOINT("node.call");
    if (!err)
        err = vf_node_outcome(callback(&task->run));
    end_call(task);
    bool is_final = !task->is_open || is_nothing_there(task, err);
    if (err < 0 && !is_final && leaves_it_to_another(task))
        die();
    task->has_failed = task->has_failed || err < 0;
    return err;
}

/* Has one set of inputs answered, or puts it aside. */
static int serve(struct vf_task *task,
                 int (*callback)(struct vf_node_run *run, struct vf_message *const *inputs),
                 const struct vf_inputs *inputs)
{
    const struct vf_task_settings *settings = task->settings;
    if (vf_messenger_rounds(task->messenger) + 1 == settings->skipped_round) {
        set_aside(task, inputs, settings->skip_cause);
        return VF_OK;
    }
    begin_call(task);
    task->inputs = inputs;
    int err = VF_FAILPOINT("node.call");
    if (!err)
        err = vf_node_outcome(callback(&task->run, inputs->items));
    end_call(task);
    task->inputs = NULL;
    note_inputs(task, inputs);
    if (err < 0 && settings->skips && !task->run.is_lost) {
        set_failed_aside(task, inputs);
        return VF_OK;
    }
    if (err < 0 && leaves_it_to_another(task))
        die();
    settle_input(task, err);
    task->has_failed = err < 0;
    return err;
}

/* Gives `callback` one input after the other, until there are no more or it fails. */
static int serve_inputs(struct vf_task *task,
                        int (*callback)(struct vf_node_run *run, struct vf_message *const *inputs))
{
    const struct vf_inputs *inputs;
    int err = VF_OK;
    while (!err) {
        err = vf_messenger_receive(task->messenger, &inputs);
        if (err == VF_GIVE_WAY)
            give_way(task);
        if (err && err != VF_ENDED)
            return err;
        err = err ? call(task, task->node->input_ended) : serve(task, callback, inputs);
        int released = vf_messenger_release(task->messenger);
        if (err >= 0 && released)
            err = released;
    }
    return err;
}

/* Closes the node of a producer that has come to its end, and opens it again after a while. Returns
 * VF_END when the flow drains meanwhile. */
static int start_over(struct vf_task *task)
{
    int64_t wait = task->settings->start_over_ns;
    int err = vf_messenger_sleep_until(task->messenger, vf_clock_now_ns() + wait, VF_STOP_DRAIN);
    if (err)
        return err;
    if (task->node->close)
        task->node->close(&task->run);
    memset(task->run.state, 0, task->node->state_size);
    task->has_started_over = true;
    err = task->node->open ? vf_node_outcome(task->node->open(&task->run)) : VF_OK;
    task->last_end_ns = vf_clock_now_ns();
    task->has_failed = err < 0;
    return err;
}

/* Makes nothing until it is to go on. Returns VF_END when the flow drains meanwhile. */
static int rest(struct vf_task *task)
{
    int64_t since = vf_clock_now_ns();
    int err = vf_messenger_pause(task->messenger);
    task->run.paused_ns += vf_clock_now_ns() - since;
    return err;
}

/* Makes messages until there are no more, or the flow drains. */
static int produce(struct vf_task *task)
{
    int err = VF_OK;
    while (!err && !vf_messenger_must_give_way(task->messenger)) {
        if (vf_messenger_stop_level(task->messenger) >= VF_STOP_DRAIN)
            return VF_END;
        err = vf_messenger_is_paused(task->messenger) ? rest(task) : call(task, task->node->next);
        if (err == VF_END && task->settings->starts_over)
            err = start_over(task);
    }
    if (err >= 0 && vf_messenger_must_give_way(task->messenger))
        give_way(task); /* and if it has really come to its end, the next finds that out */
    return err;
}

/* Returns VF_OK or VF_END when nothing is left to do, or the error of a callback or the messenger. */
static int run_loop(struct vf_task *task)
{
    if (task->node->kind == VF_PRODUCER)
        return produce(task);
    bool is_processor = task->node->kind == VF_PROCESSOR;
    return serve_inputs(task, is_processor ? task->node->process : task->node->consume);
}

/* Whether a new process shall try to open what this one, which took the place of another, could
 * not: what went away may not be back yet. Producers wait for their sources themselves. */
static bool leaves_opening(const struct vf_task *task)
{
    return task->settings->may_die && task->run.is_restarted && task->node->kind != VF_PRODUCER;
}

static void hint_at_sandbox(const struct vf_task *task, int err)
{
    if (task->settings->is_confined)
        vf_refusal_explain(task->settings->name, err, task->complaint, task->details);
}

/* Runs the node between open() and close(). Returns the first error. */
static int run_node(struct vf_task *task, bool *is_open)
{
    int err = VF_OK;
    atomic_store(&task->page->state, VF_TASK_OPENING);
    if (task->node->open)
        err = vf_node_outcome(task->node->open(&task->run));
    if (err < 0 && leaves_opening(task))
        die();
    if (err && task->node->kind == VF_PRODUCER && vf_messenger_must_give_way(task->messenger))
        give_way(task);
    task->has_failed = err < 0;
    hint_at_sandbox(task, err);
    *is_open = task->is_open = err >= 0;
    if (!atomic_load(&task->page->started_ns)) /* by a process before this one */
        atomic_store(&task->page->started_ns, vf_clock_now_ns());
    task->last_end_ns = vf_clock_now_ns();
    atomic_store(&task->page->alive_ns, task->last_end_ns);
    atomic_store(&task->page->state, VF_TASK_BUSY);
    if (err == VF_OK)
        err = run_loop(task);
    atomic_store(&task->page->state, VF_TASK_FINISHING);
    if (*is_open)
        hint_at_sandbox(task, err);
    if (err >= 0 && task->node->flush) {
        vf_messenger_begin_flush(task->messenger);
        err = call(task, task->node->flush);
    }
    return err;
}

static enum vf_exit_status status_of(const struct vf_task *task, bool is_open, int err)
{
    if (!task->has_failed)
        return VF_EXIT_INTERNAL; /* the messenger failed, not the node */
    if ((task->node->kind == VF_PRODUCER && !is_open) || is_nothing_there(task, err))
        return VF_EXIT_NO_SOURCE;
    bool is_refused = task->settings->must_not_replace && err == -EEXIST;
    if (task->node->kind == VF_CONSUMER)
        return is_open && !is_refused ? VF_EXIT_OUTPUT_FAILED : VF_EXIT_CANNOT_CREATE;
    return VF_EXIT_FAILED;
}

static void prepare(struct vf_task *task, const struct vf_task_settings *settings,
                    const struct vf_task_wires *wires, struct vf_messenger *messenger)
{
    *task = (struct vf_task){
        .emitter = task_emitter,
        .settings = settings,
        .node = settings->node,
        .messenger = messenger,
        .wires = wires,
        .page = wires->page,
        .run = {.emitter = &task->emitter,
                .node = settings->node,
                .options = settings->options,
                .name = settings->name,
                .input_count = wires->input_count,
                .input_ports = settings->input_ports,
                .is_connected = settings->is_connected,
                .input_names = settings->input_names,
                .threads = settings->threads,
                .keeps = settings->keeps,
                .part = settings->part,
                .wishes = settings->wishes,
                .wish_count = settings->wish_count,
                .is_realtime = settings->is_realtime,
                .may_lack = settings->may_lack,
                .must_not_replace = settings->must_not_replace,
                .is_restarted = wires->is_resumed},
    };
}

/* Keeps what is logged as an error, by whatever the node uses, for the report. */
static void keep_error(void *context, const char *text)
{
    const struct vf_task *task = context;
    struct vf_journal_error error = {
        .frame = vf_page_load(&task->page->frame), .text = text, .is_fatal = !task->run.is_trying};
    if (task->wires->journal)
        vf_journal_add_error(task->wires->journal, task->wires->task, &error);
}

enum vf_exit_status vf_task_execute(const struct vf_task_settings *settings,
                                    const struct vf_task_wires *wires,
                                    struct vf_messenger *messenger)
{
    struct vf_task task;
    bool is_open = false;
    prepare(&task, settings, wires, messenger);
    vf_log_on_error(keep_error, &task);
    if (settings->starts_over)
        expect_no_end(&task.emitter);
    task.run.state = calloc(1, settings->node->state_size + 1);
    int err = task.run.state ? VF_OK : -ENOMEM;
    if (!err && !vf_messenger_can_go_on(messenger))
        err = -EBADMSG;
    if (!err)
        err = run_node(&task, &is_open);
    if (err < 0 && !task.has_failed)
        vf_log(VF_LOG_ERROR, "cannot exchange messages any more: %s", strerror(-err));
    enum vf_end_reason reason = err < 0 ? VF_END_FAILED : vf_messenger_end_reason(messenger);
    int end_err = vf_messenger_publish_termination(messenger, reason);
    (void)VF_FAILPOINT("end.told");
    if (task.run.state && settings->node->close)
        settings->node->close(&task.run);
    free(task.run.state);
    free(task.complaint);
    free(task.details);
    atomic_store(&wires->page->end_reason, reason);
    atomic_store(&wires->page->touched_bytes, vf_arena_touched(wires->arena));
    atomic_store(&wires->page->state, VF_TASK_ENDED);
    vf_trace_flush(wires->trace);
    vf_log_on_error(NULL, NULL);
    if (wires->journal)
        vf_journal_end(wires->journal, wires->task);
    vf_messenger_close(messenger);
    if (err < 0)
        return status_of(&task, is_open, err);
    return end_err < 0 ? VF_EXIT_INTERNAL : VF_EXIT_OK;
}

enum vf_exit_status vf_task_close_out(const struct vf_task_wires *wires,
                                      struct vf_messenger *messenger)
{
    struct vf_task_page *page = wires->page;
    bool has_ended = atomic_load(&page->state) == VF_TASK_ENDED;
    unsigned reason = has_ended ? atomic_load(&page->end_reason) : VF_END_FAILED;
    if (reason > VF_END_FAILED)
        reason = VF_END_FAILED;
    /* What has ended has told its neighbours, but for those that it never knew of. */
    int err = vf_messenger_publish_termination(messenger, (enum vf_end_reason)reason);
    atomic_store(&page->end_reason, reason);
    atomic_store(&page->state, VF_TASK_ENDED);
    vf_messenger_close(messenger);
    if (err < 0)
        return VF_EXIT_INTERNAL;
    return has_ended ? VF_EXIT_OK : VF_EXIT_FAILED;
}
