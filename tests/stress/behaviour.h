/* SPDX-License-Identifier: MIT */
/* behaviour.h - what the nodes of a random flow do with a message, as pure functions.
 *
 * A message is one number, its value, which is made of the node and of the values it was made
 * from; so two messages are equal only if they came about the same way. Every choice follows from
 * the values. The nodes and the model share these functions, and nothing else.
 */
#ifndef VF_TESTS_STRESS_BEHAVIOUR_H
#define VF_TESTS_STRESS_BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/stress/sketch.h"

/* Message number `index`, from 0, of a source: its value; its time, which never falls; and whether
 * there is one on port `port` as well. */
uint64_t behaviour_source_value(const struct sketch_habits *habits, unsigned port, uint64_t index);
int64_t behaviour_source_time_ms(const struct sketch_habits *habits, uint64_t index);
bool behaviour_source_emits(const struct sketch_habits *habits, unsigned port, uint64_t index);

/* Makes one number of a node's inputs. */
uint64_t behaviour_fold(const struct sketch_habits *habits, const uint64_t *values, unsigned count);

/* What a node does about inputs that were folded: how many answers there are on a port, their
 * values; which of `count` inputs is handed on instead, or -1; how long it takes. */
unsigned behaviour_answers(enum sketch_type type, const struct sketch_habits *habits,
                           uint64_t folded, unsigned port);
uint64_t behaviour_answer(uint64_t folded, unsigned port, unsigned part);
int behaviour_passes(const struct sketch_habits *habits, uint64_t folded, unsigned port,
                     unsigned count);
int64_t behaviour_delay_ns(const struct sketch_habits *habits, uint64_t folded);

/* The bytes of a message: how many, what they are, and which value they say; false when they are
 * not those of any. */
size_t behaviour_size(const struct sketch_habits *habits, uint64_t value);
void behaviour_write(uint8_t *bytes, size_t size, uint64_t value);
bool behaviour_read(const uint8_t *bytes, size_t size, uint64_t *value);

#endif
