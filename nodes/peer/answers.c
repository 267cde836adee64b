/* SPDX-License-Identifier: MIT */
#include "nodes/peer/answers.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/python/array_header.h"

struct answer {
    uint64_t number;
    struct vf_peer_message message;
};

struct vf_answers {
    size_t count, limit;
    struct answer items[]; /* by number; those of one number as they came; room for one too many */
};

int vf_answers_create(struct vf_answers **answers, size_t limit)
{
    *answers = calloc(1, sizeof(**answers) + (limit + 1) * sizeof((*answers)->items[0]));
    if (!*answers)
        return -ENOMEM;
    (*answers)->limit = limit;
    return VF_OK;
}

void vf_answers_destroy(struct vf_answers **answers)
{
    while (*answers && vf_answers_drop(*answers, UINT64_MAX))
        continue;
    free(*answers);
    *answers = NULL;
}

int vf_answer_number(const struct vf_peer_message *message, uint64_t *number,
                     struct vf_complaint *complaint)
{
    size_t size;
    const void *bytes = vf_part_bytes(message->parts[0], &size);
    json_t *header = size <= VF_NUMPY_MAX_HEADER ? json_loadb(bytes, size, 0, NULL) : NULL;
    const json_t *named = json_object_get(header, "number");
    json_int_t value = json_is_integer(named) ? json_integer_value(named) : 0;
    json_decref(header);
    if (value <= 0)
        return vf_complain(complaint, -EBADMSG,
                           "its header does not name the number of a question; repeat there what "
                           "the header of the question has, such as {\"number\": 12}");
    *number = (uint64_t)value;
    return VF_OK;
}

/* Returns the place of the first answer to `number`, or of what comes after it. */
static size_t find_place(const struct vf_answers *answers, uint64_t number)
{
    size_t place = 0;
    while (place < answers->count && answers->items[place].number < number)
        place++;
    return place;
}

static void take_out(struct vf_answers *answers, size_t place, struct vf_peer_message *message)
{
    *message = answers->items[place].message;
    answers->count--;
    memmove(&answers->items[place], &answers->items[place + 1],
            (answers->count - place) * sizeof(answers->items[0]));
}

/* Drops the answer at `place`. Returns its number. */
static uint64_t drop(struct vf_answers *answers, size_t place)
{
    struct vf_peer_message message;
    uint64_t number = answers->items[place].number;
    take_out(answers, place, &message);
    vf_peer_message_finish(&message);
    return number;
}

uint64_t vf_answers_keep(struct vf_answers *answers, uint64_t number,
                         struct vf_peer_message *message)
{
    size_t place = find_place(answers, number + 1);
    memmove(&answers->items[place + 1], &answers->items[place],
            (answers->count - place) * sizeof(answers->items[0]));
    answers->items[place] = (struct answer){.number = number, .message = *message};
    *message = (struct vf_peer_message){.count = 0};
    answers->count++;
    return answers->count > answers->limit ? drop(answers, answers->limit) : 0;
}

bool vf_answers_take(struct vf_answers *answers, uint64_t number, struct vf_peer_message *message)
{
    size_t place = find_place(answers, number);
    if (place == answers->count || answers->items[place].number != number)
        return false;
    take_out(answers, place, message);
    return true;
}

uint64_t vf_answers_drop(struct vf_answers *answers, uint64_t limit)
{
    bool is_there = answers->count && answers->items[0].number < limit;
    return is_there ? drop(answers, 0) : 0;
}
