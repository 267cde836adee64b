/* SPDX-License-Identifier: MIT */
#include "nodes/program/client_answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "nodes/program/client_send.h"

#define MOST_NAMED 8 /* inputs that a line names */

/* Finds an input of the round in work, or one that was kept. */
static struct vf_client_lease *find_lease(struct vf_client *client, uint64_t id)
{
    for (size_t i = 0; i < client->lease_count; i++) {
        if (client->leases[i].id == id && client->leases[i].round <= client->round)
            return &client->leases[i];
    }
    return NULL;
}

/* Lets go of an input; the others stay in their order. */
static void release(struct vf_client *client, struct vf_client_lease *lease)
{
    size_t place = (size_t)(lease - client->leases);
    vf_message_destroy(&lease->message);
    client->lease_count--;
    memmove(lease, lease + 1, (client->lease_count - place) * sizeof(*lease));
}

/* Returns how many inputs are kept of rounds that have been answered. */
static size_t count_kept(const struct vf_client *client)
{
    size_t count = 0;
    for (size_t i = 0; i < client->lease_count; i++)
        count += client->leases[i].round <= client->round;
    return count;
}

/* Says which inputs are kept that should not be. */
static int fail_by_keeping(struct vf_client *client)
{
    struct vf_text names = {0};
    size_t kept = count_kept(client); /* which are in front of the others */
    for (size_t i = 0; i < kept && i < MOST_NAMED; i++)
        vf_text_print(&names, "%s%" PRIu64, i ? ", " : "",
                      client->leases[i].message->description.origin.number);
    int err =
        vf_client_fail(client,
                       "keeps %zu inputs, and may keep %u: frames %s%s; let go of them, or "
                       "set keep",
                       kept, client->settings.keep * client->run->input_count,
                       names.bytes ? names.bytes : "?", kept > MOST_NAMED ? " and so on" : "");
    vf_text_finish(&names);
    return err;
}

/* The round has been answered, which gives its inputs back unless they are kept, and those of earlier
 * ones if that is said. */
static int settle(struct vf_client *client, unsigned flags)
{
    client->is_answered = true;
    for (size_t i = client->lease_count; i > 0; i--) {
        struct vf_client_lease *lease = &client->leases[i - 1];
        bool is_of_round = lease->round == client->round;
        bool is_given_back = lease->round < client->round ? flags & VF_ANSWER_FORGET
                             : is_of_round                ? !(flags & VF_ANSWER_KEEP)
                                                          : false;
        if (is_given_back)
            release(client, lease);
    }
    return count_kept(client) > (size_t)client->settings.keep * client->run->input_count
               ? fail_by_keeping(client)
               : VF_OK;
}

static int settle_if_last(struct vf_client *client, unsigned flags, int err)
{
    if (err < 0 || err == VF_END)
        return err;
    return flags & VF_ANSWER_LAST ? settle(client, flags) : VF_OK;
}

static int give_slot(struct vf_client *client, const struct vf_client_allocate *asked)
{
    struct vf_payload *payload = NULL;
    size_t size = (size_t)asked->size;
    if (client->slot_count >= client->settings.slots)
        return vf_client_fail(client,
                              "asks for memory for output number %zu before it has sent the first; "
                              "set slots, which is %u",
                              client->slot_count + 1, client->settings.slots);
    if (!client->own_arena_size || !asked->size || asked->size > client->own_arena_size)
        return vf_client_fail(client, "asks for %" PRIu64 " bytes, which cannot be had",
                              asked->size);
    int err = vf_node_allocate(client->run, size + vf_client_extras_room(client), &payload);
    if (err == VF_DROPPED)
        return vf_client_send_slot(client, NULL, VF_SLOT_NO_ROOM);
    if (err == VF_END)
        return vf_client_send_slot(client, NULL, VF_SLOT_STOPPING);
    if (err)
        return vf_client_fail(client, "asks for %" PRIu64 " bytes, for which there is no memory",
                              asked->size);
    client->slots[client->slot_count++] = payload;
    client->grant_size = size;
    return vf_client_send_slot(client, payload, 0);
}

/* Takes back the slot at an offset; the caller's. NULL: the program has none there. */
static struct vf_payload *take_slot(struct vf_client *client, uint64_t offset)
{
    for (size_t i = 0; i < client->slot_count; i++) {
        struct vf_payload *payload = client->slots[i];
        if (payload->offset == offset) {
            client->slots[i] = client->slots[--client->slot_count];
            return payload;
        }
    }
    return NULL;
}

static int free_slot(struct vf_client *client, const struct vf_client_free *freed)
{
    struct vf_payload *payload = take_slot(client, freed->offset);
    if (!payload)
        return vf_client_fail(client, "gives back memory that it was not given");
    vf_payload_drop(&payload);
    return VF_OK;
}

/* Finds the payload of an output. */
static int take_payload(struct vf_client *client, const struct vf_client_emit *emit,
                        struct vf_payload **payload)
{
    size_t size = (size_t)emit->description.payload_size;
    if (emit->is_in_slot) {
        *payload = take_slot(client, emit->offset);
        if (!*payload || size > (*payload)->size) {
            vf_payload_drop(payload);
            return vf_client_fail(client, "sends memory that it was not given");
        }
        (*payload)->tail = (*payload)->size - size;
        return VF_OK;
    }
    if (!size)
        return VF_OK;
    int err = vf_payload_create(payload, size);
    if (!err)
        memcpy((*payload)->data, emit + 1, size);
    return err;
}

/* What an output follows: its origin, and what it does not say itself. */
static const struct vf_message *find_followed(struct vf_client *client, uint64_t lease)
{
    const struct vf_client_lease *named = lease ? find_lease(client, lease) : NULL;
    for (size_t i = 0; !lease && !named && i < client->lease_count; i++) {
        if (client->leases[i].round == client->round)
            named = &client->leases[i];
    }
    return named ? named->message : NULL;
}

/* Adds what the input has beside its own bytes, if an output of the same type leaves room for that. */
static void carry_extras(struct vf_message *output, const struct vf_message *followed)
{
    struct vf_payload *payload = output->payload;
    const struct vf_description *input = &followed->description;
    bool is_medium = input->type == VF_VALUE_VIDEO || input->type == VF_VALUE_AUDIO;
    size_t size = payload->size - payload->tail, extras_size = (size_t)input->extras_size;
    size_t place = (size + VF_CLIENT_EXTRAS_ALIGNMENT - 1) / VF_CLIENT_EXTRAS_ALIGNMENT *
                   VF_CLIENT_EXTRAS_ALIGNMENT;
    if (is_medium && input->type == output->description.type && extras_size && followed->payload &&
        place + extras_size <= payload->size) {
        memset(payload->data + size, 0, place - size);
        memcpy(payload->data + place, followed->payload->data + input->extras_offset, extras_size);
        output->description.extras_offset = place;
        output->description.extras_size = extras_size;
        size = place + extras_size;
    }
    payload->size = size;
    payload->tail = 0;
    output->description.payload_size = size;
}

static void describe(struct vf_message *output, const struct vf_client_emit *emit,
                     const struct vf_message *followed)
{
    struct vf_description said = {0};
    vf_client_take_description(&said, &emit->description);
    said.version = output->description.version;
    said.kind = output->description.kind;
    output->description = said;
    if (!followed)
        return;
    vf_message_follow(output, followed);
    if (said.time_base.num) {
        output->description.time_base = said.time_base;
        output->description.timestamp = said.timestamp;
        output->description.duration = said.duration;
    }
    if (said.source[0]) {
        memcpy(output->description.source, said.source, sizeof(said.source));
        output->description.source_id = said.source_id;
        output->description.source_time_ns = said.source_time_ns;
    }
}

/* Makes the payload what is sent of it. */
static void finish_payload(struct vf_message *output, const struct vf_message *followed)
{
    if (!output->payload)
        return;
    if (followed) {
        carry_extras(output, followed);
        return;
    }
    output->payload->size -= output->payload->tail;
    output->payload->tail = 0;
    output->description.payload_size = output->payload->size;
}

/* Counts an output of `port` for the input in work. Who joins what comes of one input takes it that
 * there is no second. */
static int count_answer(struct vf_client *client, unsigned port)
{
    uint64_t bit = UINT64_C(1) << port % 64;
    bool is_second = client->is_of_input && !client->settings.splits && client->answers & bit;
    client->answers |= bit;
    if (!is_second)
        return VF_OK;
    return vf_client_fail(client,
                          "sent two outputs of one port for an input; with `splits: true` it may");
}

static int emit_output(struct vf_client *client, const struct vf_client_emit *emit)
{
    struct vf_payload *payload = NULL;
    struct vf_message *output = NULL;
    const struct vf_message *followed = find_followed(client, emit->lease);
    if (emit->lease && !followed)
        return vf_client_fail(
            client, "answers an input that it does not have any more, or whose turn has not come");
    int err = count_answer(client, emit->port);
    if (!err)
        err = take_payload(client, emit, &payload);
    if (!err)
        err = vf_message_create(&output, emit->description.type, &payload);
    if (!err) {
        describe(output, emit, followed);
        finish_payload(output, followed);
        err = vf_node_emit(client->run, emit->port, &output);
    }
    vf_message_destroy(&output);
    vf_payload_drop(&payload);
    return settle_if_last(client, emit->head.flags, err);
}

static int pass_on(struct vf_client *client, const struct vf_client_pass *pass)
{
    struct vf_message *output = NULL;
    const struct vf_client_lease *lease = find_lease(client, pass->lease);
    if (!lease)
        return vf_client_fail(
            client,
            "passes on an input that it does not have any more, or whose turn has not come");
    int err = count_answer(client, pass->port);
    if (!err)
        err = vf_message_clone(&output, lease->message);
    if (!err)
        err = vf_node_emit(client->run, pass->port, &output);
    vf_message_destroy(&output);
    return settle_if_last(client, pass->head.flags, err);
}

static int release_all(struct vf_client *client, const struct vf_client_release *named)
{
    for (uint32_t i = 0; i < named->count; i++) {
        struct vf_client_lease *lease = find_lease(client, named->leases[i]);
        if (!lease)
            return vf_client_fail(client, "lets go of an input that it does not have any more");
        release(client, lease);
    }
    return VF_OK;
}

/* Logs lines of a text, without its last line end. */
static void log_lines(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        vf_log_say("%.*s", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* Says which input the program has failed on. */
static void name_input(const struct vf_client *client)
{
    for (size_t i = 0; i < client->lease_count; i++) {
        const struct vf_description *input = &client->leases[i].message->description;
        int64_t time = vf_message_known_time(input);
        if (client->leases[i].round != client->round)
            continue;
        if (time == VF_NO_TIMESTAMP || input->time_base.den <= 0)
            vf_log_say("this was message %" PRIu64, input->origin.number);
        else
            vf_log_say("this was message %" PRIu64 ", at %.2f s", input->origin.number,
                       (double)time * input->time_base.num / input->time_base.den);
        return;
    }
}

/* The program has failed on an input, and says why. */
static int heed_error(struct vf_client *client, const struct vf_client_error *error)
{
    char *text = strndup(error->bytes, error->text_size);
    char *details = strndup(error->bytes + error->text_size, error->details_size);
    if (details)
        log_lines(details);
    if (text) {
        vf_log(VF_LOG_ERROR, "%s", text);
        vf_node_complain(client->run, text, details && *details ? details : NULL);
        name_input(client);
    }
    free(text);
    free(details);
    client->run->is_lost = !client->is_ready || error->head.flags & VF_ERROR_FATAL;
    if (client->run->is_lost)
        return -EPIPE;
    int err = settle(client, 0);
    return err ? err : -EIO;
}

static int heed_expected(struct vf_client *client, const struct vf_client_expect *expect)
{
    if (expect->head.flags & VF_EXPECT_NO_END)
        vf_node_expect_no_end(client->run);
    else
        vf_node_expect(client->run, expect->port, expect->messages);
    return VF_OK;
}

static int greet(struct vf_client *client)
{
    if (client->is_greeted)
        return vf_client_fail(client, "sent a second greeting");
    client->is_greeted = true;
    return vf_client_send_welcome(client);
}

/* Returns whether a message may come at this time. */
static bool is_timely(const struct vf_client *client, unsigned type)
{
    bool is_of_start = type == VF_CLIENT_ERROR || type == VF_CLIENT_EXPECT ||
                       type == VF_CLIENT_ALIVE || type == VF_CLIENT_READY;
    bool is_of_round = type == VF_CLIENT_EMIT || type == VF_CLIENT_PASS || type == VF_CLIENT_DROP ||
                       type == VF_CLIENT_DONE || type == VF_CLIENT_ERROR;
    if (type == VF_CLIENT_HELLO)
        return true;
    if (!client->is_ready)
        return client->is_greeted && is_of_start;
    if (type == VF_CLIENT_READY || (type == VF_CLIENT_EXPECT && client->settings.kind))
        return false;
    return !is_of_round || !client->is_answered;
}

int vf_client_heed(struct vf_client *client, const union vf_client_message *message)
{
    if (!is_timely(client, message->head.type))
        return vf_client_fail(client,
                              "sent message %u at the wrong time; vflow-process(7) has "
                              "the protocol",
                              (unsigned)message->head.type);
    switch (message->head.type) {
    case VF_CLIENT_HELLO:
        return greet(client);
    case VF_CLIENT_READY:
        client->is_ready = true;
        return VF_OK;
    case VF_CLIENT_ALLOCATE:
        return give_slot(client, &message->allocate);
    case VF_CLIENT_FREE:
        return free_slot(client, &message->free);
    case VF_CLIENT_EMIT:
        return emit_output(client, &message->emit);
    case VF_CLIENT_PASS:
        return pass_on(client, &message->pass);
    case VF_CLIENT_DROP:
        return settle_if_last(client, message->head.flags,
                              vf_node_drop(client->run, message->pass.port));
    case VF_CLIENT_DONE:
        return settle(client, message->head.flags);
    case VF_CLIENT_RELEASE:
        return release_all(client, &message->release);
    case VF_CLIENT_ERROR:
        return heed_error(client, &message->error);
    case VF_CLIENT_END:
        client->has_ended = client->is_answered = true;
        return VF_OK;
    case VF_CLIENT_EXPECT:
        return heed_expected(client, &message->expect);
    default: /* a sign of life alone */
        return VF_OK;
    }
}
