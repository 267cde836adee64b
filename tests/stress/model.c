/* SPDX-License-Identifier: MIT */
#include "tests/stress/model.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/stress/behaviour.h"

void model_append(struct model *model, struct model_stream *stream, struct model_message message)
{
    if (stream->count == stream->capacity) {
        size_t capacity = stream->capacity ? 2 * stream->capacity : 64;
        struct model_message *items = realloc(stream->items, capacity * sizeof(*items));
        if (!items) {
            model->is_short_of_memory = true;
            return;
        }
        stream->items = items;
        stream->capacity = capacity;
    }
    stream->items[stream->count++] = message;
}

static void run_source(struct model *model, unsigned index, const struct record_made *made)
{
    const struct sketch_habits *habits = &model->sketch->nodes[index].habits;
    for (unsigned port = 0; port < SKETCH_PORTS; port++) {
        struct model_stream *stream = &model->nodes[index].outputs[port];
        for (uint64_t i = 0; i < (uint64_t)habits->count; i++) {
            if (made && stream->count == made->counts[port])
                break;
            if (!behaviour_source_emits(habits, port, i))
                continue;
            model_append(model, stream,
                         (struct model_message){
                             .source = index,
                             .port = port,
                             .number = stream->count + 1,
                             .value = behaviour_source_value(habits, port, i),
                             .time_ms = behaviour_source_time_ms(habits, i),
                         });
        }
    }
}

/* Answers the inputs at `item`. */
static void answer(struct model *model, unsigned index, size_t item, uint64_t folded)
{
    const struct sketch_node *node = &model->sketch->nodes[index];
    struct model_node *modelled = &model->nodes[index];
    unsigned alike = node->joins_by == VF_JOIN_ORIGIN ? node->input_count : 1;
    for (unsigned port = 0; port < SKETCH_PORTS; port++) {
        unsigned answers = behaviour_answers(node->type, &node->habits, folded, port);
        int passed = behaviour_passes(&node->habits, folded, port, alike);
        for (unsigned part = 0; part < answers; part++) {
            struct model_message message = modelled->inputs[passed > 0 ? passed : 0].items[item];
            if (passed < 0)
                message.value = behaviour_answer(folded, port, part);
            model_append(model, &modelled->outputs[port], message);
        }
    }
}

static uint64_t fold_inputs(const struct model *model, unsigned index, size_t item)
{
    const struct sketch_node *node = &model->sketch->nodes[index];
    uint64_t values[SKETCH_MAX_INPUTS];
    for (unsigned i = 0; i < node->input_count; i++)
        values[i] = model->nodes[index].inputs[i].items[item].value;
    return behaviour_fold(&node->habits, values, node->input_count);
}

static void run_worker(struct model *model, unsigned index)
{
    const struct sketch_node *node = &model->sketch->nodes[index];
    struct model_node *modelled = &model->nodes[index];
    size_t count = modelled->inputs[0].count;
    for (size_t item = 0; item < count; item++) {
        uint64_t folded = fold_inputs(model, index, item);
        if (node->type == SKETCH_TOTAL)
            folded = modelled->folded =
                behaviour_fold(&node->habits, (uint64_t[]){modelled->folded, folded}, 2);
        answer(model, index, item, folded);
    }
    if (node->type != SKETCH_TOTAL || !count)
        return;
    struct model_message last = modelled->inputs[0].items[count - 1];
    last.value = behaviour_answer(modelled->folded, 0, UINT32_MAX);
    model_append(model, &modelled->outputs[0], last);
}

static void run_hold(struct model *model, unsigned index)
{
    struct model_node *modelled = &model->nodes[index];
    for (size_t item = 0; item < modelled->inputs[0].count; item++)
        model_append(model, &modelled->outputs[0], modelled->inputs[0].items[item]);
}

int model_init(struct model *model, const struct sketch *sketch, const struct record_made *made)
{
    *model = (struct model){.sketch = sketch};
    for (unsigned i = 0; i < sketch->node_count && !model->is_short_of_memory; i++) {
        enum sketch_type type = sketch->nodes[i].type;
        model_join(model, i);
        if (model->is_short_of_memory)
            break;
        if (type == SKETCH_SOURCE)
            run_source(model, i, made ? &made[i] : NULL);
        else if (type == SKETCH_HOLD)
            run_hold(model, i);
        else if (!sketch_is_consumer(&sketch->nodes[i]))
            run_worker(model, i);
    }
    if (!model->is_short_of_memory)
        return VF_OK;
    model_finish(model);
    return -ENOMEM;
}

void model_finish(struct model *model)
{
    for (unsigned i = 0; i < SKETCH_MAX_NODES; i++) {
        for (unsigned j = 0; j < SKETCH_PORTS; j++)
            free(model->nodes[i].outputs[j].items);
        for (unsigned j = 0; j < SKETCH_MAX_INPUTS; j++)
            free(model->nodes[i].inputs[j].items);
    }
    *model = (struct model){0};
}
