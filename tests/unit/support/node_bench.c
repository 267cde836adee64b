/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/node_bench.h"

#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

static struct vf_bench *bench_of(struct vf_emitter *emitter)
{
    return (struct vf_bench *)emitter;
}

static const struct vf_bench *const_bench_of(const struct vf_emitter *emitter)
{
    return (const struct vf_bench *)emitter;
}

static int bench_emit(struct vf_emitter *emitter, unsigned port, struct vf_message **output)
{
    struct vf_bench *bench = bench_of(emitter);
    ck_assert_uint_lt(bench->output_count, VF_BENCH_OUTPUTS);
    bench->outputs[bench->output_count].message = *output;
    bench->outputs[bench->output_count++].port = port;
    *output = NULL;
    return VF_OK;
}

static int bench_passthrough(struct vf_emitter *emitter, unsigned port, unsigned input)
{
    struct vf_message *copy;
    int err = vf_message_clone(&copy, bench_of(emitter)->inputs[input]);
    return err ? err : bench_emit(emitter, port, &copy);
}

static int bench_drop(struct vf_emitter *emitter, unsigned port)
{
    (void)port;
    bench_of(emitter)->drop_count++;
    return VF_OK;
}

static int bench_allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    const struct vf_bench *bench = bench_of(emitter);
    bool is_dropped = bench->is_full && bench->run.is_realtime;
    return is_dropped ? VF_DROPPED : vf_payload_create(payload, size);
}

/* From any thread: it only reads what no test changes while a node runs. */
static int bench_try_allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    return bench_of(emitter)->is_full ? -EAGAIN : vf_payload_create(payload, size);
}

static int bench_sleep_until(struct vf_emitter *emitter, int64_t deadline_ns)
{
    bench_of(emitter)->slept_until_ns = deadline_ns;
    bench_of(emitter)->slept_count++;
    return bench_of(emitter)->is_stopping ? VF_END : VF_OK;
}

static void bench_waited(struct vf_emitter *emitter, int64_t since_ns)
{
    bench_of(emitter)->waited_count++;
    ck_assert_int_gt(since_ns, 0);
}

static bool bench_is_read(const struct vf_emitter *emitter, unsigned port)
{
    const struct vf_bench *bench = const_bench_of(emitter);
    bool is_numbered = bench->node->outputs.items[port].is_numbered;
    return !(bench->unread_ports >> port & 1) && (!is_numbered || bench->reads_numbered);
}

static bool bench_stop_requested(struct vf_emitter *emitter)
{
    return bench_of(emitter)->is_stopping;
}

static bool bench_is_ending(struct vf_emitter *emitter)
{
    return bench_of(emitter)->is_ending || bench_of(emitter)->is_stopping;
}

static void bench_count_error(struct vf_emitter *emitter)
{
    bench_of(emitter)->error_count++;
}

static void bench_report_error(struct vf_emitter *emitter, const char *line)
{
    struct vf_bench *bench = bench_of(emitter);
    bench->error_count++;
    snprintf(bench->error, sizeof(bench->error), "%s", line);
}

static void bench_detail(struct vf_emitter *emitter, const char *key, json_t *value)
{
    (void)emitter;
    ck_assert_ptr_nonnull(key);
    json_decref(value);
}

static void bench_note_medium(struct vf_emitter *emitter, bool is_output,
                              const struct vf_medium *medium)
{
    (void)emitter;
    (void)is_output;
    ck_assert_ptr_nonnull(medium->path);
    ck_assert_ptr_nonnull(medium->unit);
}

static void bench_report_output(struct vf_emitter *emitter, const char *line)
{
    struct vf_bench *bench = bench_of(emitter);
    snprintf(bench->output, sizeof(bench->output), "%s", line);
}

static void bench_expect(struct vf_emitter *emitter, unsigned port, uint64_t messages)
{
    bench_of(emitter)->expected[port] = messages;
}

static void bench_begin_source(struct vf_emitter *emitter, const char *name, uint64_t number,
                               uint64_t count)
{
    (void)emitter, (void)name, (void)number, (void)count;
}

static void bench_expect_no_end(struct vf_emitter *emitter)
{
    bench_of(emitter)->ends_by_stop = true;
}

static void bench_send_live(struct vf_emitter *emitter)
{
    bench_of(emitter)->comes_live = true;
}

static bool bench_has_ended(const struct vf_emitter *emitter, unsigned input)
{
    return const_bench_of(emitter)->ended_inputs >> input & 1;
}

static int64_t bench_passed_ns(const struct vf_emitter *emitter, unsigned input)
{
    (void)input;
    return const_bench_of(emitter)->passed_ns;
}

static enum vf_end_reason bench_end_reason(const struct vf_emitter *emitter)
{
    return const_bench_of(emitter)->end_reason;
}

static bool bench_ends_by_stop(const struct vf_emitter *emitter)
{
    return const_bench_of(emitter)->ends_by_stop;
}

static bool bench_comes_live(const struct vf_emitter *emitter)
{
    return const_bench_of(emitter)->comes_live;
}

static uint64_t bench_expected(const struct vf_emitter *emitter)
{
    return const_bench_of(emitter)->expected[0];
}

static const struct vf_made *bench_made(const struct vf_emitter *emitter, unsigned port)
{
    return &const_bench_of(emitter)->made[port];
}

/* Nobody hears of the run. */
static void bench_tell_run(struct vf_emitter *emitter, const struct vf_notice *notice)
{
    (void)emitter;
    json_decref(notice->details);
}

static const struct vf_emitter bench_emitter = {
    .tell_run = bench_tell_run,
    .emit = bench_emit,
    .passthrough = bench_passthrough,
    .drop = bench_drop,
    .allocate = bench_allocate,
    .try_allocate = bench_try_allocate,
    .sleep_until = bench_sleep_until,
    .waited = bench_waited,
    .is_read = bench_is_read,
    .stop_requested = bench_stop_requested,
    .is_ending = bench_is_ending,
    .report_error = bench_report_error,
    .count_error = bench_count_error,
    .report_output = bench_report_output,
    .detail = bench_detail,
    .note_medium = bench_note_medium,
    .expect = bench_expect,
    .expect_no_end = bench_expect_no_end,
    .begin_source = bench_begin_source,
    .send_live = bench_send_live,
    .made = bench_made,
    .has_ended = bench_has_ended,
    .passed_ns = bench_passed_ns,
    .end_reason = bench_end_reason,
    .ends_by_stop = bench_ends_by_stop,
    .comes_live = bench_comes_live,
    .expected = bench_expected,
};

/* A node without options or state has none to allocate, but calloc(0) may return NULL. */
static void *make_zeros(size_t size)
{
    void *zeros = calloc(1, size + 1);
    ck_assert_ptr_nonnull(zeros);
    return zeros;
}

void vf_bench_init(struct vf_bench *bench, const struct vf_node *node, unsigned inputs,
                   const struct vf_bench_option *options, size_t option_count)
{
    *bench = (struct vf_bench){.emitter = bench_emitter, .node = node};
    static const char *const names[VF_BENCH_INPUTS] = {"first", "second", "third", "fourth"};
    void *values = make_zeros(node->options_size);
    ck_assert_int_eq(vf_option_set_fallbacks(&node->options, values), VF_OK);
    for (size_t i = 0; i < option_count; i++) {
        const struct vf_option *option = vf_option_find(&node->options, options[i].name);
        ck_assert_msg(option != NULL, "%s has no option %s", node->name, options[i].name);
        ck_assert_msg(vf_option_set(option, options[i].text, values) == VF_OK, "%s: %s",
                      options[i].name, options[i].text);
    }
    size_t ports = node->inputs.count;
    for (unsigned i = 0; i < inputs; i++) {
        bench->is_connected[i] = true;
        bench->input_names[i] = names[i];
    }
    for (unsigned i = 0; i < VF_COUNT(bench->input_ports); i++)
        bench->input_ports[i] = i < ports || !ports ? i : (unsigned)ports - 1;
    bench->run = (struct vf_node_run){
        .emitter = &bench->emitter,
        .state = make_zeros(node->state_size),
        .options = values,
        .name = "bench",
        .input_count = inputs > ports ? inputs : (unsigned)ports,
        .input_ports = bench->input_ports,
        .is_connected = bench->is_connected,
        .input_names = bench->input_names,
        .threads = 2,
    };
}

struct vf_node vf_bench_adapt(const struct vf_bench *bench)
{
    struct vf_node copy = *bench->node;
    bench->node->adapt(bench->run.options, &copy);
    return copy;
}

int vf_bench_open(struct vf_bench *bench)
{
    bench->is_open = true;
    if (!bench->run.node) {
        bench->adapted = bench->node->adapt ? vf_bench_adapt(bench) : *bench->node;
        bench->run.node = &bench->adapted;
    }
    return bench->node->open ? vf_node_outcome(bench->node->open(&bench->run)) : VF_OK;
}

int vf_bench_feed(struct vf_bench *bench, struct vf_message *first, struct vf_message *second)
{
    struct vf_message *const inputs[VF_BENCH_INPUTS] = {first, second};
    bench->inputs = inputs;
    int err = bench->node->process ? bench->node->process(&bench->run, inputs)
                                   : bench->node->consume(&bench->run, inputs);
    bench->inputs = NULL;
    return vf_node_outcome(err);
}

int vf_bench_flush(struct vf_bench *bench)
{
    return bench->node->flush ? vf_node_outcome(bench->node->flush(&bench->run)) : VF_OK;
}

int vf_bench_produce(struct vf_bench *bench)
{
    int err;
    do
        err = vf_node_outcome(bench->node->next(&bench->run));
    while (err == VF_OK);
    return err;
}

struct vf_message *vf_bench_number(int64_t number, int rate)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, number), VF_OK);
    message->description.origin.number = (uint64_t)number;
    message->description.timestamp = number - 1;
    message->description.time_base = (struct vf_rational){1, rate};
    return message;
}

void vf_bench_finish(struct vf_bench *bench)
{
    if (bench->is_open && bench->node->close)
        bench->node->close(&bench->run);
    for (unsigned i = 0; i < bench->output_count; i++)
        vf_message_destroy(&bench->outputs[i].message);
    void *values = (void *)(uintptr_t)bench->run.options;
    vf_option_release(&bench->node->options, values);
    free(values);
    free(bench->run.state);
    *bench = (struct vf_bench){0};
}

const struct vf_message *vf_bench_output(const struct vf_bench *bench, unsigned port,
                                         unsigned index)
{
    for (unsigned i = 0; i < bench->output_count; i++) {
        if (bench->outputs[i].port == port && index-- == 0)
            return bench->outputs[i].message;
    }
    return NULL;
}

unsigned vf_bench_count(const struct vf_bench *bench, unsigned port)
{
    unsigned count = 0;
    while (vf_bench_output(bench, port, count))
        count++;
    return count;
}
