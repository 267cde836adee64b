/* SPDX-License-Identifier: MIT */
/* How inputs come together: each rule said again, over whole streams. */
#include "tests/stress/model.h"

/* The joins of one node: where each of its parents' streams has been read up to. */
struct weaver {
    struct model *model;
    unsigned node, count;
    int64_t tolerance_ms;
    const struct model_stream *streams[SKETCH_MAX_INPUTS];
    size_t next[SKETCH_MAX_INPUTS];
};

static const struct model_message *front(const struct weaver *weaver, unsigned input)
{
    const struct model_stream *stream = weaver->streams[input];
    return stream && weaver->next[input] < stream->count ? &stream->items[weaver->next[input]]
                                                         : NULL;
}

static bool has_all(const struct weaver *weaver)
{
    for (unsigned i = 0; i < weaver->count; i++) {
        if (!front(weaver, i))
            return false;
    }
    return true;
}

static void give(struct weaver *weaver, unsigned input, struct model_message message)
{
    model_append(weaver->model, &weaver->model->nodes[weaver->node].inputs[input], message);
}

static void give_fronts(struct weaver *weaver)
{
    for (unsigned i = 0; i < weaver->count; i++) {
        give(weaver, i, *front(weaver, i));
        weaver->next[i]++;
    }
}

/* First with first, second with second. */
static void join_by_order(struct weaver *weaver)
{
    while (has_all(weaver))
        give_fronts(weaver);
}

/* Messages whose number not all inputs have go without an answer. */
static void join_by_origin(struct weaver *weaver)
{
    while (has_all(weaver)) {
        uint64_t highest = 0;
        bool is_complete = true;
        for (unsigned i = 0; i < weaver->count; i++) {
            uint64_t number = front(weaver, i)->number;
            highest = number > highest ? number : highest;
        }
        for (unsigned i = 0; i < weaver->count; i++) {
            bool is_behind = front(weaver, i)->number < highest;
            weaver->next[i] += is_behind;
            is_complete = is_complete && !is_behind;
        }
        if (is_complete)
            give_fronts(weaver);
    }
}

/* Messages that are older than the latest by more than the tolerance go likewise. */
static void join_by_time(struct weaver *weaver)
{
    while (has_all(weaver)) {
        int64_t latest = INT64_MIN;
        bool is_complete = true;
        for (unsigned i = 0; i < weaver->count; i++) {
            int64_t time_ms = front(weaver, i)->time_ms;
            latest = time_ms > latest ? time_ms : latest;
        }
        for (unsigned i = 0; i < weaver->count; i++) {
            bool is_behind = latest - front(weaver, i)->time_ms > weaver->tolerance_ms;
            weaver->next[i] += is_behind;
            is_complete = is_complete && !is_behind;
        }
        if (is_complete)
            give_fronts(weaver);
    }
}

/* The first input leads; each other gives the last that it has by then. */
static void join_with_last(struct weaver *weaver)
{
    for (; front(weaver, 0); weaver->next[0]++) {
        int64_t until = front(weaver, 0)->time_ms + weaver->tolerance_ms;
        bool is_complete = true;
        for (unsigned i = 1; i < weaver->count; i++) {
            while (front(weaver, i) && front(weaver, i)->time_ms <= until)
                weaver->next[i]++;
            is_complete = is_complete && weaver->next[i];
        }
        if (!is_complete)
            continue;
        give(weaver, 0, *front(weaver, 0));
        for (unsigned i = 1; i < weaver->count; i++)
            give(weaver, i, weaver->streams[i]->items[weaver->next[i] - 1]);
    }
}

/* What comes one by one: the inputs have nothing to do with each other. */
static void take_each(struct weaver *weaver)
{
    for (unsigned i = 0; i < weaver->count; i++) {
        for (; front(weaver, i); weaver->next[i]++)
            give(weaver, i, *front(weaver, i));
    }
}

void model_join(struct model *model, unsigned node)
{
    const struct sketch_node *drawn = &model->sketch->nodes[node];
    struct weaver weaver = {
        .model = model,
        .node = node,
        .count = drawn->input_count,
        .tolerance_ms = drawn->join.tolerance_ns / 1000000,
    };
    for (unsigned i = 0; i < drawn->input_count; i++)
        weaver.streams[i] = &model->nodes[drawn->inputs[i].node].outputs[drawn->inputs[i].port];
    if (drawn->joins_by == VF_JOIN_ORIGIN)
        join_by_origin(&weaver);
    else if (drawn->joins_by == VF_JOIN_ORDER)
        join_by_order(&weaver);
    else if (drawn->joins_by == VF_JOIN_TIME && drawn->join.missing == VF_MISSING_SKIP)
        join_by_time(&weaver);
    else if (drawn->joins_by == VF_JOIN_TIME)
        join_with_last(&weaver);
    else
        take_each(&weaver);
}
