/* SPDX-License-Identifier: MIT */
/* Goes through every order in which the senders of a join that drop their oldest and the join can
 * take their steps: a sender publishes, and drops, also between the join's look at a message and
 * its taking of it. Each call of the join to an inbox is a point at which a sender may take its
 * next step; the unit tests are linked so that these calls come through here (Makefile). */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/edge/receive/join.h"
#include "tests/unit/support/edge_fixture.h"

#define LANES 3
#define MAX_NUMBERS 6
#define MAX_POINTS 256 /* of one way at which there is a choice */
#define MS 1000000

enum kind { BY_ORIGIN, BY_ORDER, NEAR, WITH_LAST, EACH, REPLICAS };

struct join {
    enum kind kind;
    struct vf_join_rules rules;
    uint32_t depth;
    unsigned numbers; /* messages on each input */
    int64_t step_ns;  /* between two timestamps */
};

static struct world {
    struct edge edges[LANES];
    struct vf_message *items[LANES];
    struct vf_join *join;
    unsigned published[2]; /* on each input */
    unsigned sets;
    uint64_t first;   /* number of the first set */
    uint64_t last[2]; /* numbers of the last set */
} world;

static const struct join *join;
static bool is_watching; /* a sender may step in */

/* One choice of the present way: which input's sender takes a step, or none. */
static struct choice {
    unsigned taken, options;
} way[MAX_POINTS];
static unsigned way_length, way_place;

static unsigned choose(unsigned options)
{
    if (options == 1)
        return 0;
    EDGE_MUST(way_place < MAX_POINTS);
    if (way_place == way_length)
        way[way_length++] = (struct choice){0, options};
    EDGE_MUST(way[way_place].options == options);
    return way[way_place++].taken;
}

/* Turns to the next way. Returns false when there is none. */
static bool turn(void)
{
    while (way_length && way[way_length - 1].taken + 1 == way[way_length - 1].options)
        way_length--;
    if (way_length)
        way[way_length - 1].taken++;
    return way_length > 0;
}

static unsigned lanes_of(unsigned input)
{
    return join->kind == REPLICAS && input == 1 ? 2 : 1;
}

static struct edge *lane_for(unsigned input, uint64_t number)
{
    return &world.edges[input + number % lanes_of(input)];
}

static void publish(unsigned input)
{
    uint64_t number = ++world.published[input];
    struct edge *edge = lane_for(input, number);
    struct vf_payload *payload;
    if (!vf_outbox_has_room(edge->outbox))
        vf_outbox_drop_oldest(edge->outbox);
    if (!vf_outbox_has_room(edge->outbox)) {
        vf_outbox_count_dropped(edge->outbox, 1);
        return;
    }
    EDGE_MUST(vf_arena_allocate(edge->arena, sizeof(number), &payload) == VF_OK);
    memcpy(payload->data, &number, sizeof(number));
    struct vf_envelope sent = {
        .arena = EDGE_SENDER,
        .offset = payload->offset,
        .description = {.version = VF_MESSAGE_VERSION,
                        .kind = VF_MESSAGE_DATA,
                        .type = VF_VALUE_JSON,
                        .origin = {.number = number, .stream = EDGE_SENDER << 8},
                        .order = number,
                        .is_last_of_order = true,
                        .timestamp = VF_NO_TIMESTAMP,
                        .event_time_ns = (int64_t)number * join->step_ns,
                        .publish_time_ns = (int64_t)(2 * number + input),
                        .payload_size = sizeof(number)},
    };
    (void)vf_outbox_put(edge->outbox, &sent, payload);
    vf_payload_drop(&payload);
}

/* A point at which senders may step in, as often as they like. */
static void pass_point(void)
{
    if (!is_watching)
        return;
    for (;;) {
        unsigned able[2], count = 0;
        for (unsigned input = 0; input < 2; input++) {
            if (world.published[input] < join->numbers)
                able[count++] = input;
        }
        unsigned chosen = choose(count + 1);
        if (!chosen)
            return;
        publish(able[chosen - 1]);
    }
}

/* The linker calls them so (--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
const struct vf_message *__real_vf_inbox_front(struct vf_inbox *inbox);
const struct vf_message *__wrap_vf_inbox_front(struct vf_inbox *inbox);
const struct vf_message *__wrap_vf_inbox_front(struct vf_inbox *inbox)
{
    pass_point();
    return __real_vf_inbox_front(inbox);
}

bool __real_vf_inbox_claim(struct vf_inbox *inbox);
bool __wrap_vf_inbox_claim(struct vf_inbox *inbox);
bool __wrap_vf_inbox_claim(struct vf_inbox *inbox)
{
    pass_point();
    return __real_vf_inbox_claim(inbox);
}

void __real_vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message);
void __wrap_vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message);
void __wrap_vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message)
{
    pass_point();
    __real_vf_inbox_take(inbox, message);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static uint64_t number_of(unsigned input)
{
    const struct vf_message *message = world.items[input];
    uint64_t number = message ? edge_number(message) : 0;
    EDGE_MUST(!message || message->description.origin.number == number);
    return number;
}

/* What was gathered belongs together, and is later than what came before. */
static void check_set(void)
{
    uint64_t left = number_of(0), right = number_of(1);
    if (join->kind == EACH) {
        EDGE_MUST(!left != !right);
        EDGE_MUST(left ? left > world.last[0] : right > world.last[1]);
        world.last[left ? 0 : 1] = left + right;
        return;
    }
    EDGE_MUST(left > world.last[0]);
    EDGE_MUST(join->kind == WITH_LAST ? right >= world.last[1] && right : right > world.last[1]);
    EDGE_MUST((join->kind != BY_ORIGIN && join->kind != REPLICAS) || left == right);
    int64_t apart = ((int64_t)right - (int64_t)left) * join->step_ns;
    EDGE_MUST(join->kind == BY_ORDER || apart <= join->rules.tolerance_ns);
    EDGE_MUST(join->kind != NEAR || -apart <= join->rules.tolerance_ns);
    world.first = world.first ? world.first : left;
    world.last[0] = left;
    world.last[1] = right;
}

static int join_all(void)
{
    struct vf_joined joined = {.items = world.items};
    int err;
    while ((err = vf_join_next(world.join, &joined)) == VF_OK) {
        check_set();
        world.sets++;
        for (unsigned i = 0; i < LANES; i++)
            vf_message_destroy(&world.items[i]);
    }
    return err;
}

static void collect_all(void)
{
    for (unsigned lane = 0; lane < LANES; lane++)
        EDGE_MUST(vf_inbox_collect(world.edges[lane].inbox) >= 0);
}

struct sums {
    uint64_t published, taken, unmatched, skipped, dropped;
};

static struct sums add_up(unsigned input)
{
    struct sums sums = {0};
    for (unsigned lane = input; lane < input + lanes_of(input); lane++) {
        const struct vf_edge_terms *terms = &world.edges[lane].terms;
        sums.published += atomic_load(&terms->outbox->data_published);
        sums.dropped += atomic_load(&terms->outbox->dropped);
        sums.taken += atomic_load(&terms->inbox->data_taken);
        sums.unmatched += atomic_load(&terms->inbox->unmatched);
        sums.skipped += atomic_load(&terms->inbox->skipped);
    }
    return sums;
}

/* Everything is accounted for, and only that went without a partner whose partner was dropped. */
static void check_sums(void)
{
    struct sums left = add_up(0), right = add_up(1);
    EDGE_MUST(left.published == left.taken + left.unmatched + left.skipped);
    EDGE_MUST(right.published == right.taken + right.unmatched + right.skipped);
    EDGE_MUST(left.published + left.dropped == join->numbers);
    uint64_t lost_left = left.skipped + left.dropped, lost_right = right.skipped + right.dropped;
    if (join->kind == EACH)
        EDGE_MUST(left.unmatched + right.unmatched == 0 && left.taken + right.taken == world.sets);
    else
        EDGE_MUST(left.taken == world.sets);
    if (join->kind == WITH_LAST) {
        EDGE_MUST(left.unmatched <= lost_right);
        EDGE_MUST(!world.first || left.unmatched < world.first); /* then there always is a last */
    } else if (join->kind == BY_ORDER) {
        EDGE_MUST(!left.unmatched || !right.unmatched);
    } else if (join->kind != EACH) {
        EDGE_MUST(left.unmatched <= lost_right && right.unmatched <= lost_left);
        EDGE_MUST(right.taken == world.sets);
    }
}

static void begin(void)
{
    struct vf_inbox *inboxes[LANES];
    unsigned count = 1 + lanes_of(1);
    for (unsigned lane = 0; lane < LANES; lane++) {
        edge_reset(&world.edges[lane]);
        world.edges[lane].terms.input = lane ? 1 : 0;
        inboxes[lane] = world.edges[lane].inbox;
    }
    world.published[0] = world.published[1] = world.sets = 0;
    world.first = 0;
    world.last[0] = world.last[1] = 0;
    EDGE_MUST(vf_join_create(&world.join, inboxes, count, &join->rules) == VF_OK);
}

/* One way: the join gathers while the senders publish, then what is left, then the ends. */
static void walk(void)
{
    way_place = 0;
    begin();
    for (unsigned input = 0; input < 2; input++) {
        while (world.published[input] < join->depth)
            publish(input);
    }
    for (unsigned round = 0; round < 2; round++) {
        collect_all();
        is_watching = true;
        EDGE_MUST(join_all() == -EAGAIN);
        is_watching = false;
    }
    for (unsigned input = 0; input < 2; input++) {
        while (world.published[input] < join->numbers)
            publish(input);
    }
    collect_all();
    (void)join_all();
    for (unsigned lane = 0; lane < 1 + lanes_of(1); lane++)
        edge_send_end(&world.edges[lane], VF_END_COMPLETE);
    EDGE_MUST(join_all() == VF_END);
    vf_join_destroy(&world.join);
    check_sums();
}

#define RULES(...)                          \
    {                                       \
        .end = VF_JOIN_END_ALL, __VA_ARGS__ \
    }

static const struct join joins[] = {
    {BY_ORIGIN, RULES(.by = VF_JOIN_BY_ORIGIN), 1, 3, MS},
    {BY_ORIGIN, RULES(.by = VF_JOIN_BY_ORIGIN), 2, 4, MS},
    {BY_ORDER, RULES(.by = VF_JOIN_BY_ORDER), 1, 3, MS},
    {BY_ORDER, RULES(.by = VF_JOIN_BY_ORDER), 2, 4, MS},
    {NEAR, RULES(.by = VF_JOIN_BY_TIME, .tolerance_ns = MS / 2), 1, 3, MS},
    {NEAR, RULES(.by = VF_JOIN_BY_TIME, .tolerance_ns = MS), 2, 4, MS},
    {WITH_LAST, RULES(.by = VF_JOIN_BY_TIME, .tolerance_ns = MS / 2, .repeats_last = true), 1, 4,
     MS},
    {WITH_LAST, RULES(.by = VF_JOIN_BY_TIME, .tolerance_ns = MS, .repeats_last = true), 2, 4, MS},
    {EACH, RULES(.by = VF_JOIN_BY_ARRIVAL), 1, 3, MS},
    {EACH, RULES(.by = VF_JOIN_BY_ARRIVAL), 2, 4, MS},
    {REPLICAS, RULES(.by = VF_JOIN_BY_ORIGIN), 1, 3, MS},
    {REPLICAS, RULES(.by = VF_JOIN_BY_ORIGIN), 2, 4, MS},
};

START_TEST(whenever_a_sender_drops_what_a_join_looks_at_nothing_goes_wrong)
{
    unsigned ways = 0;
    join = &joins[_i];
    for (unsigned lane = 0; lane < LANES; lane++)
        edge_init(&world.edges[lane], join->depth, MAX_NUMBERS, VF_OVERFLOW_DROP_OLDEST);
    do {
        walk();
        ways++;
    } while (turn());
    for (unsigned lane = 0; lane < LANES; lane++)
        edge_finish(&world.edges[lane]);
    ck_assert_uint_gt(ways, 100);
}
END_TEST

Suite *join_exhaustive_suite(void);
Suite *join_exhaustive_suite(void)
{
    Suite *suite = suite_create("join_exhaustive");
    TCase *tcase = tcase_create("join_exhaustive");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, whenever_a_sender_drops_what_a_join_looks_at_nothing_goes_wrong, 0,
                        (int)VF_COUNT(joins));
    suite_add_tcase(suite, tcase);
    return suite;
}
