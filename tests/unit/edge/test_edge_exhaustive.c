/* SPDX-License-Identifier: MIT */
/* Goes through every order in which a sender, a wire that may lose and repeat, and a receiver can
 * take their steps, and compares both halves of the edge with a plain model after each. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/edge_fixture.h"

#define MAX_LETTERS 8      /* messages, a gap and the end */
#define MAX_HELD 2         /* one in work, one kept */
#define MAX_STEPS 64       /* of one way */
#define SEEN_SIZE 0x400000 /* a power of two */
#define SPARE_CELLS 2      /* that data leaves free */

struct bounds {
    uint32_t depth, cells;
    enum vf_overflow overflow;
    unsigned numbers; /* data messages */
    unsigned gaps, losses, repeats;
};

enum fate { WAITING, HELD, RELEASED, DROPPED };

/* What was published, by its sequence. */
struct letter {
    uint64_t number; /* 0: a gap or the end */
    enum fate fate;
    struct vf_message *held;
};

/* RELEASE + i releases what has been held longest but for i. */
enum step {
    PUBLISH,
    KNOCK, /* look for room where there is none */
    SKIP,
    END,
    ACCEPT,
    REPEAT, /* accept, and let it come again */
    LOSE,
    RECOVER,
    TAKE,
    RELEASE,
    STEPS = RELEASE + MAX_HELD,
};

static struct world {
    struct edge edge;
    struct bounds left; /* of gaps, losses and repeats; numbers counts up */
    struct letter letters[MAX_LETTERS];
    unsigned published, received, held;
    bool has_ended;
    struct vf_envelope wire[MAX_LETTERS];
    unsigned wire_count;
    uint64_t last_taken;
    uint64_t seen_taken, seen_done; /* by the sender when it last looked */
} world;

static const struct bounds *bounds;
static uint64_t seen[SEEN_SIZE];
static size_t seen_count;

static unsigned count_letters(enum fate fate, bool only_data)
{
    unsigned count = 0;
    for (unsigned i = 0; i < world.published; i++)
        count += world.letters[i].fate == fate && (!only_data || world.letters[i].number);
    return count;
}

static unsigned free_cells(void)
{
    return bounds->cells - count_letters(WAITING, false) - count_letters(HELD, false);
}

static bool has_room(void)
{
    return count_letters(WAITING, true) < bounds->depth && free_cells() > SPARE_CELLS;
}

/* Returns the letter that is to be taken next; NULL: none has arrived. */
static struct letter *front(void)
{
    for (unsigned i = 0; i < world.received; i++) {
        if (world.letters[i].fate == WAITING)
            return &world.letters[i];
    }
    return NULL;
}

static bool is_possible(enum step step)
{
    bool has_numbers = world.left.numbers < bounds->numbers;
    switch (step) {
    case PUBLISH:
        return has_numbers && (has_room() || bounds->overflow == VF_OVERFLOW_DROP_OLDEST);
    case KNOCK:
        return has_numbers && !has_room() && bounds->overflow == VF_OVERFLOW_WAIT;
    case SKIP:
        return has_numbers && world.left.gaps && free_cells() >= SPARE_CELLS;
    case END:
        return !has_numbers && !world.has_ended;
    case ACCEPT:
        return world.wire_count > 0;
    case REPEAT:
        return world.wire_count > 0 && world.left.repeats;
    case LOSE:
        return world.wire_count > 0 && world.left.losses;
    case RECOVER:
        return world.received < world.published;
    case TAKE:
        return front() && world.held < MAX_HELD;
    case RELEASE:
    case STEPS:
    default:
        return (unsigned)step - RELEASE < world.held;
    }
}

static void add_letter(uint64_t number, const struct vf_envelope *sent)
{
    EDGE_MUST(sent->sequence == world.published + 1);
    world.letters[world.published++] = (struct letter){.number = number};
    world.wire[world.wire_count++] = *sent;
}

static void publish(void)
{
    struct vf_envelope sent;
    uint64_t number = ++world.left.numbers;
    EDGE_MUST(vf_outbox_has_room(world.edge.outbox) == has_room());
    for (unsigned i = 0; !has_room() && i < world.published; i++) {
        if (world.letters[i].number && world.letters[i].fate == WAITING) {
            vf_outbox_drop_oldest(world.edge.outbox);
            world.letters[i].fate = DROPPED;
            break;
        }
    }
    bool is_refused = !has_room();
    EDGE_MUST(vf_outbox_has_room(world.edge.outbox) != is_refused);
    if (is_refused)
        return;
    (void)edge_put(&world.edge, number, &sent);
    add_letter(number, &sent);
}

static void skip(void)
{
    struct vf_envelope sent = {0};
    bool is_awaited;
    world.left.gaps--;
    EDGE_MUST(vf_outbox_put_gap(world.edge.outbox, &(struct vf_gap){.number = ++world.left.numbers},
                                &sent, &is_awaited) == VF_OK);
    EDGE_MUST(sent.sequence);
    add_letter(0, &sent);
}

static void end(void)
{
    struct vf_envelope sent;
    bool is_awaited;
    EDGE_MUST(vf_outbox_put_end(world.edge.outbox, VF_END_COMPLETE, &sent, &is_awaited) == VF_OK);
    world.has_ended = true;
    add_letter(0, &sent);
}

static void leave_wire(void)
{
    world.wire_count--;
    memmove(world.wire, world.wire + 1, world.wire_count * sizeof(world.wire[0]));
}

static void accept(void)
{
    edge_accept(&world.edge, &world.wire[0]);
    if (world.wire[0].sequence > world.received)
        world.received = (unsigned)world.wire[0].sequence;
}

static void take(void)
{
    struct letter *letter = front();
    struct vf_message *message = edge_take(&world.edge);
    EDGE_MUST(message);
    uint64_t sequence = (uint64_t)(letter - world.letters) + 1;
    EDGE_MUST(sequence > world.last_taken);
    world.last_taken = sequence;
    bool is_data = message->description.kind == VF_MESSAGE_DATA;
    EDGE_MUST(is_data == (letter->number != 0));
    if (is_data) {
        EDGE_MUST(message->description.origin.number == letter->number);
        letter->held = message;
        letter->fate = HELD;
        world.held++;
    } else {
        letter->fate = RELEASED;
        vf_message_destroy(&message);
    }
}

static void release(unsigned which)
{
    struct letter *letter = world.letters;
    while (letter->fate != HELD || which--)
        letter++;
    vf_message_destroy(&letter->held);
    letter->fate = RELEASED;
    world.held--;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x9e3779b97f4a7c15u ^ (hash >> 29);
}

static uint64_t hash_done(void)
{
    uint64_t hash = 1;
    for (uint32_t cell = 0; cell < bounds->cells; cell++)
        hash = mix(hash, atomic_load(vf_inbox_page_done(world.edge.terms.inbox, cell)));
    return hash;
}

static void take_step(enum step step)
{
    if (step == PUBLISH)
        publish();
    else if (step == KNOCK)
        EDGE_MUST(!vf_outbox_has_room(world.edge.outbox));
    else if (step == SKIP)
        skip();
    else if (step == END)
        end();
    else if (step == ACCEPT || step == REPEAT)
        accept();
    else if (step == RECOVER)
        EDGE_MUST(vf_inbox_collect(world.edge.inbox) >= 0);
    else if (step == TAKE)
        take();
    else if (step >= RELEASE)
        release((unsigned)step - RELEASE);
    if (step == ACCEPT || step == LOSE)
        leave_wire();
    world.left.losses -= step == LOSE;
    world.left.repeats -= step == REPEAT;
    if (step == RECOVER)
        world.received = world.published;
    if (step <= END) {
        world.seen_taken = atomic_load(&world.edge.terms.inbox->taken);
        world.seen_done = hash_done();
    }
}

/* What no step may break. */
static void assert_sound(void)
{
    EDGE_MUST(count_letters(WAITING, true) <= bounds->depth);
    for (unsigned i = 0; i < world.published; i++) {
        const struct letter *letter = &world.letters[i];
        EDGE_MUST(letter->fate != HELD || edge_number(letter->held) == letter->number);
        EDGE_MUST(letter->fate != DROPPED || bounds->overflow == VF_OVERFLOW_DROP_OLDEST);
    }
}

/* All that what can still happen depends on. */
static uint64_t hash_world(void)
{
    uint64_t hash = mix(hash_done(), world.received);
    for (unsigned i = 0; i < world.published; i++)
        hash = mix(hash, (uint64_t)world.letters[i].fate << 8 | world.letters[i].number);
    for (unsigned i = 0; i < world.wire_count; i++)
        hash = mix(hash, world.wire[i].sequence << 8 | world.wire[i].cell);
    for (uint32_t cell = 0; cell < bounds->cells; cell++)
        hash =
            mix(hash, atomic_load(&vf_outbox_page_cell(world.edge.terms.outbox, cell)->sequence));
    hash = mix(hash, atomic_load(&world.edge.terms.inbox->taken) << 8 | world.published);
    hash = mix(hash, world.seen_done ^ world.seen_taken);
    hash = mix(hash, world.left.gaps << 8 | world.left.losses << 4 | world.left.repeats);
    return mix(hash, world.left.numbers << 1 | world.has_ended) | 1;
}

/* Returns whether it is the first time. */
static bool see(uint64_t hash)
{
    for (uint64_t i = hash >> 20;; i++) {
        uint64_t *place = &seen[i & (SEEN_SIZE - 1)];
        if (*place == hash)
            return false;
        if (*place)
            continue;
        *place = hash;
        EDGE_MUST(++seen_count < SEEN_SIZE / 2);
        return true;
    }
}

static void begin(void)
{
    struct edge edge = world.edge;
    world = (struct world){.edge = edge, .left = *bounds};
    world.left.numbers = 0;
}

/* At the end of a way: everything has been delivered or dropped, and nothing is kept. */
static void assert_finished(void)
{
    EDGE_MUST(world.has_ended && !world.wire_count);
    EDGE_MUST(count_letters(WAITING, false) + count_letters(HELD, false) == 0);
    EDGE_MUST(world.letters[world.published - 1].fate == RELEASED);
    vf_outbox_reap(world.edge.outbox);
    EDGE_MUST(!vf_outbox_has_unreleased(world.edge.outbox));
}

static void finish(void)
{
    while (world.held)
        release(0);
    edge_reset(&world.edge);
}

/* One step, and the others that were possible there and have not been gone yet. */
struct turn {
    enum step step;
    unsigned others; /* a bit for each */
};

static bool choose(struct turn *turn)
{
    if (!turn->others)
        return false;
    turn->step = (enum step)__builtin_ctz(turn->others);
    turn->others &= turn->others - 1;
    return true;
}

static unsigned possible_steps(void)
{
    unsigned possible = 0;
    for (unsigned step = 0; step < STEPS; step++)
        possible |= (unsigned)is_possible((enum step)step) << step;
    return possible;
}

/* Goes `length` turns of `way`, then on until nothing is new. Returns how many turns that were. */
static size_t walk(struct turn *way, size_t length)
{
    begin();
    for (size_t i = 0; i < length; i++)
        take_step(way[i].step);
    assert_sound();
    while (see(hash_world())) {
        EDGE_MUST(length < MAX_STEPS);
        way[length].others = possible_steps();
        if (!choose(&way[length])) {
            assert_finished();
            break;
        }
        take_step(way[length++].step);
        assert_sound();
    }
    finish();
    return length;
}

/* Depth before cells; with few cells, what is held keeps the sender waiting as well. */
static const struct bounds explored[] = {
    {1, 7, VF_OVERFLOW_WAIT, 5, 0, 1, 0},        {2, 8, VF_OVERFLOW_WAIT, 4, 1, 1, 0},
    {1, 4, VF_OVERFLOW_WAIT, 4, 1, 0, 1},        {2, 5, VF_OVERFLOW_WAIT, 5, 0, 0, 1},
    {1, 7, VF_OVERFLOW_DROP_OLDEST, 4, 1, 1, 0}, {2, 8, VF_OVERFLOW_DROP_OLDEST, 5, 0, 0, 0},
    {1, 4, VF_OVERFLOW_DROP_OLDEST, 4, 1, 0, 1}, {2, 5, VF_OVERFLOW_DROP_OLDEST, 4, 1, 0, 0},
};

START_TEST(in_every_order_of_steps_the_contract_holds)
{
    static struct turn way[MAX_STEPS];
    size_t length = 0;
    bounds = &explored[_i];
    edge_init_cells(&world.edge, bounds->depth, bounds->cells, bounds->overflow);
    do {
        length = walk(way, length);
        while (length && !choose(&way[length - 1]))
            length--;
    } while (length);
    edge_finish(&world.edge);
    ck_assert_uint_gt(seen_count, 1000);
}
END_TEST

Suite *edge_exhaustive_suite(void);
Suite *edge_exhaustive_suite(void)
{
    Suite *suite = suite_create("edge_exhaustive");
    TCase *tcase = tcase_create("edge_exhaustive");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, in_every_order_of_steps_the_contract_holds, 0,
                        (int)VF_COUNT(explored));
    suite_add_tcase(suite, tcase);
    return suite;
}
