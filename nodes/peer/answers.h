/* SPDX-License-Identifier: MIT */
/* answers.h - answers of other programs, by the number of the question, until they are due.
 *
 * Programs answer in any order, and questions are taken in order: what comes early is kept. The
 * first part of an answer is a header, a JSON object whose `number` is that of the question.
 */
#ifndef VF_NODES_PEER_ANSWERS_H
#define VF_NODES_PEER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/wire/complaint.h"
#include "engine/wire/peer/peer_socket.h"

struct vf_answers;

/* Makes a store without answers. It will keep `limit` of them at most. */
VF_MUST_CHECK int vf_answers_create(struct vf_answers **answers, size_t limit);

/* Finishes all that are kept. Sets *answers to NULL. Does nothing when it is NULL already. */
void vf_answers_destroy(struct vf_answers **answers);

/* Finds the number that the header of an answer names. Returns -EBADMSG, with a complaint, when it
 * names none. */
VF_MUST_CHECK int vf_answer_number(const struct vf_peer_message *message, uint64_t *number,
                                   struct vf_complaint *complaint);

/* Keeps *message as the answer to `number`, and empties it. Beyond the limit, the one furthest ahead
 * is dropped. Returns the number that it had; 0: none was. */
uint64_t vf_answers_keep(struct vf_answers *answers, uint64_t number,
                         struct vf_peer_message *message);

/* Hands out the first answer to `number`, which the caller finishes. Returns whether there is one. */
bool vf_answers_take(struct vf_answers *answers, uint64_t number, struct vf_peer_message *message);

/* Drops the first answer, if its number is below `limit`. Returns that number; 0: there is none. */
uint64_t vf_answers_drop(struct vf_answers *answers, uint64_t limit);

#endif
