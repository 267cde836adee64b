/* SPDX-License-Identifier: MIT */
/* work, split, total - answer an input as its value says; total remembers what it has got. */
#include <errno.h>

#include "tests/stress/behaviour.h"
#include "tests/stress/nodes.h"

struct total {
    uint64_t folded;
    struct vf_message *last; /* that it got */
};

/* Sends a new message that stands where `input` stood. */
static int answer(struct vf_node_run *run, unsigned port, uint64_t value,
                  const struct vf_message *input)
{
    struct vf_message *message = NULL;
    int err = stress_make(run, value, &message);
    if (!err)
        vf_message_follow(message, input);
    return vf_node_emit_made(run, port, err, &message);
}

/* Inputs of one origin may all be handed on; of several, only the first, whose origin the answers
 * have. */
static unsigned count_alike(const struct vf_node_run *run, struct vf_message *const *inputs)
{
    unsigned count = 1;
    while (count < run->input_count &&
           inputs[count]->description.origin.stream == inputs[0]->description.origin.stream &&
           inputs[count]->description.origin.number == inputs[0]->description.origin.number)
        count++;
    return count == run->input_count ? count : 1;
}

static int answer_all(struct vf_node_run *run, enum sketch_type type, uint64_t folded,
                      struct vf_message *const *inputs)
{
    const struct sketch_habits *habits = &((const struct stress_options *)run->options)->habits;
    int err = VF_OK;
    for (unsigned port = 0; port < SKETCH_PORTS; port++) {
        unsigned answers = behaviour_answers(type, habits, folded, port);
        int passed = behaviour_passes(habits, folded, port, count_alike(run, inputs));
        for (unsigned part = 0; !err && part < answers; part++) {
            if (passed >= 0)
                err = vf_node_passthrough(run, port, (unsigned)passed);
            else
                err = answer(run, port, behaviour_answer(folded, port, part), inputs[0]);
            if (err == VF_DROPPED)
                err = VF_OK;
        }
    }
    return err;
}

/* Folds the values of the inputs, and takes the time they take. */
static int take(struct vf_node_run *run, struct vf_message *const *inputs, uint64_t *folded)
{
    const struct stress_options *asked = run->options;
    uint64_t values[SKETCH_MAX_INPUTS];
    for (unsigned i = 0; i < run->input_count; i++) {
        int err = stress_read(inputs[i], &values[i]);
        if (err)
            return err;
    }
    *folded = behaviour_fold(&asked->habits, values, run->input_count);
    return stress_spend(run, *folded);
}

static int work_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    uint64_t folded;
    int err = take(run, inputs, &folded);
    return err ? err : answer_all(run, SKETCH_WORK, folded, inputs);
}

static int split_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    uint64_t folded;
    int err = take(run, inputs, &folded);
    return err ? err : answer_all(run, SKETCH_SPLIT, folded, inputs);
}

static int total_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct total *total = run->state;
    uint64_t folded;
    int err = take(run, inputs, &folded);
    if (err)
        return err;
    total->folded = behaviour_fold(&((const struct stress_options *)run->options)->habits,
                                   (uint64_t[]){total->folded, folded}, 2);
    vf_message_destroy(&total->last);
    err = vf_message_clone(&total->last, inputs[0]);
    return err ? err : answer_all(run, SKETCH_TOTAL, total->folded, inputs);
}

static int total_flush(struct vf_node_run *run)
{
    struct total *total = run->state;
    if (!total->last)
        return VF_OK;
    return answer(run, 0, behaviour_answer(total->folded, 0, UINT32_MAX), total->last);
}

static void total_close(struct vf_node_run *run)
{
    struct total *total = run->state;
    vf_message_destroy(&total->last);
}

#define INPUTS                                \
    VF_PORTS({.name = "in",                   \
              .type = VF_PORT_ARRAY,          \
              .help = "What is put together", \
              .is_repeated = true})
#define OUTPUTS                                                         \
    VF_PORTS({.name = "out", .type = VF_PORT_ARRAY, .help = "Answers"}, \
             {.name = "side", .type = VF_PORT_ARRAY, .help = "Other answers"})

const struct vf_node stress_work = {
    .name = "work",
    .summary = "Answer some inputs.",
    .kind = VF_PROCESSOR,
    STRESS_OPTIONS,
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .process = work_process,
};

const struct vf_node stress_split = {
    .name = "split",
    .summary = "Answer an input with none, one or several.",
    .kind = VF_PROCESSOR,
    .may_split = true,
    STRESS_OPTIONS,
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .process = split_process,
};

const struct vf_node stress_total = {
    .name = "total",
    .summary = "Answer with all that came so far, and again at the end.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .may_split = true,
    .holds = 1,
    STRESS_OPTIONS,
    .state_size = sizeof(struct total),
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .process = total_process,
    .flush = total_flush,
    .close = total_close,
};
