/* SPDX-License-Identifier: MIT */
#include "nodes/program/batch.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"

void vf_batch_adapt(const struct vf_map *map, int slots, bool hurries, struct vf_node *copy)
{
    char problem[256];
    struct vf_batch_size size;
    if (vf_batch_read(map, &size, problem, sizeof(problem)) < 0)
        size.max = 1;
    bool is_single = hurries && size.max == 1;
    copy->looks_ahead = is_single ? 1 : (unsigned)size.max - 1;
    copy->keeps = vf_batch_slots(&size, slots, copy) + is_single;
}

unsigned vf_batch_slots(const struct vf_batch_size *size, int slots, const struct vf_node *node)
{
    size_t least = (size_t)size->max * node->outputs.count;
    if (least > VF_CLIENT_MAX_SLOTS)
        least = VF_CLIENT_MAX_SLOTS;
    return least > (size_t)slots ? (unsigned)least : (unsigned)slots;
}

int vf_batch_open(struct vf_batch *batch, const struct vf_node_run *run, const struct vf_map *map,
                  bool hurries, vf_batch_prepare *prepare)
{
    char problem[256];
    int err = vf_batch_read(map, &batch->size, problem, sizeof(problem));
    if (err)
        return err;
    batch->prepare = prepare;
    batch->hurries = hurries && batch->size.max == 1 && !run->is_realtime;
    batch->alone = run->is_restarted ? vf_batch_ahead(batch) : 0;
    batch->items =
        calloc((size_t)batch->size.max * run->input_count + 1, sizeof(struct vf_message *));
    return batch->items ? VF_OK : -ENOMEM;
}

unsigned vf_batch_ahead(const struct vf_batch *batch)
{
    return batch->hurries ? 2 : (unsigned)batch->size.max;
}

/* Prepares one of each input. */
static int prepare(const struct vf_batch *batch, struct vf_node_run *run,
                   struct vf_message *const *inputs, struct vf_message **prepared)
{
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (inputs[i])
            err = batch->prepare(run, i, inputs[i], &prepared[i]);
    }
    return err;
}

/* Waits for those that follow. Returns how many there are. */
static int gather(const struct vf_batch *batch, struct vf_node_run *run)
{
    if (batch->size.max == 1 || batch->alone)
        return 0;
    return vf_node_look_ahead(run, (unsigned)batch->size.max - 1,
                              vf_clock_now_ns() + batch->size.wait_ns);
}

/* Sends these inputs, and those that follow. One of those that cannot be prepared is left to its
 * own turn. */
static int send(struct vf_batch *batch, struct vf_client *client, struct vf_message *const *inputs)
{
    struct vf_node_run *run = client->run;
    unsigned width = run->input_count;
    int ahead = gather(batch, run);
    int err = ahead < 0 ? ahead : prepare(batch, run, inputs, batch->items);
    unsigned count = !err, used = 1;
    while (!err && count <= (unsigned)ahead &&
           prepare(batch, run, vf_node_ahead(run, count - 1),
                   batch->items + (size_t)used++ * width) == VF_OK)
        count++;
    for (unsigned i = 0; i < count && !err; i++)
        err = vf_client_send(client, batch->items + (size_t)i * width, i + 1 < count);
    for (size_t i = 0; i < (size_t)used * width; i++)
        vf_message_destroy(&batch->items[i]);
    return err;
}

/* Sends the input that follows, if it is there, while the program works on this one. One that cannot
 * be prepared is left to its own turn. */
static int hurry(struct vf_batch *batch, struct vf_client *client)
{
    struct vf_node_run *run = client->run;
    int ahead = vf_node_look_ahead(run, 1, 0);
    int err = ahead < 0 ? ahead : VF_OK;
    if (ahead > 0 && prepare(batch, run, vf_node_ahead(run, 0), batch->items) == VF_OK)
        err = vf_client_send(client, batch->items, false);
    for (unsigned i = 0; i < run->input_count; i++)
        vf_message_destroy(&batch->items[i]);
    return err;
}

int vf_batch_ask(struct vf_batch *batch, struct vf_client *client, struct vf_message *const *inputs)
{
    int err = vf_client_is_asked(client) ? VF_OK : send(batch, client, inputs);
    if (batch->alone)
        batch->alone--;
    else if (batch->hurries && !err)
        err = hurry(batch, client);
    return err ? err : vf_client_answer(client);
}

void vf_batch_close(struct vf_batch *batch)
{
    free((void *)batch->items);
    batch->items = NULL;
}
