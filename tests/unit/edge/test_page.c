/* SPDX-License-Identifier: MIT */
/* What one end of an edge does with a page that its neighbour, or the process before it, has
 * written at random. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/edge/page/page.h"
#include "engine/edge/send/spread.h"
#include "tests/unit/support/edge_resume.h"
#include "tests/unit/support/scratch.h"

#define HUGE_NUMBER ((uint64_t)1 << 60)

static struct vf_outbox_cell *cell_of(uint64_t sequence)
{
    uint32_t cell =
        atomic_load(vf_outbox_page_index(edge.terms.outbox, edge.terms.cells, sequence));
    return vf_outbox_page_cell(edge.terms.outbox, cell);
}

/* Ends a test. A message whose cell says nothing is released by nobody else. */
static void finish(void)
{
    for (uint32_t i = 0; i < edge.terms.cells; i++) {
        if (atomic_load(&vf_outbox_page_cell(edge.terms.outbox, i)->sequence) == HUGE_NUMBER)
            atomic_store(vf_inbox_page_done(edge.terms.inbox, i), HUGE_NUMBER);
    }
    edge_finish(&edge);
}

static uint64_t invalid(void)
{
    return atomic_load(&edge.terms.inbox->invalid);
}

static void begin(enum vf_overflow overflow)
{
    capture_errors();
    edge_begin(EDGE_DEPTH, overflow);
}

static void put(uint64_t number)
{
    struct vf_envelope sent;
    (void)edge_put(&edge, number, &sent);
}

/* Spoils what stands in a cell, in one of the ways that a loop test goes through. */
static void spoil(struct vf_outbox_cell *cell, int way)
{
    switch (way) {
    case 0: /* head and length together wrap to less than the head */
        cell->envelope.arena = 0;
        cell->envelope.description.payload_size = UINT64_MAX;
        break;
    case 1:
        cell->envelope.arena = 0;
        cell->envelope.description.payload_size = VF_INLINE_LIMIT + 1;
        break;
    case 2: /* an envelope that is not the one announced */
        cell->envelope.sequence = 0;
        break;
    case 3:
        cell->envelope.sequence = 1;
        break;
    case 4:
        cell->envelope.sequence = UINT64_MAX;
        break;
    case 5:
        cell->envelope.cell++;
        break;
    case 6:
        cell->envelope.offset = edge.arena_sizes[EDGE_SENDER] - 64;
        break;
    case 7:
        cell->envelope.magic++;
        break;
    default:
        atomic_store(&cell->sequence, HUGE_NUMBER); /* none that was published */
        break;
    }
}

#define WAYS 9

START_TEST(what_does_not_hold_is_left_out_and_the_rest_arrives)
{
    begin(VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 3; number++)
        put(number);
    spoil(cell_of(2), _i);
    ck_assert_int_gt(vf_inbox_collect(edge.inbox), 0);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 0);
    edge_expect(&edge, 1);
    edge_expect(&edge, 3);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    ck_assert_uint_eq(invalid(), 1);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "task 1 sent "));
    put(4);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 4);
    finish();
}
END_TEST

START_TEST(a_new_receiver_leaves_out_the_same)
{
    begin(VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 3; number++)
        put(number);
    spoil(cell_of(2), _i);
    for (int process = 0; process < 3; process++)
        edge_replace_receiver(&edge);
    edge_expect(&edge, 1);
    edge_expect(&edge, 3);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    put(4);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 4);
    finish();
}
END_TEST

START_TEST(all_cells_may_name_one_message)
{
    begin(VF_OVERFLOW_WAIT);
    put(1);
    put(2);
    for (uint32_t i = 0; i < edge.terms.cells; i++) {
        struct vf_outbox_cell *cell = vf_outbox_page_cell(edge.terms.outbox, i);
        cell->envelope = cell_of(2)->envelope;
        cell->envelope.cell = i;
        atomic_store(&cell->sequence, 2);
    }
    edge_replace_receiver(&edge);
    ck_assert_ptr_nonnull(vf_inbox_front(edge.inbox));
    ck_assert_uint_gt(invalid(), 0);
    edge_expect(&edge, 2);
    ck_assert_ptr_null(vf_inbox_front(edge.inbox));
    finish();
}
END_TEST

/* Each loop is another number that a liar may say. */
static const uint64_t lies[] = {UINT64_MAX, UINT64_MAX - 1, HUGE_NUMBER, 5};

START_TEST(what_is_said_to_be_published_and_is_not_there_is_not_waited_for)
{
    begin(_i % 2 ? VF_OVERFLOW_DROP_OLDEST : VF_OVERFLOW_WAIT);
    put(1);
    atomic_store(&edge.terms.outbox->published, lies[_i / 2]);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 0);
    ck_assert(vf_inbox_fall_asleep(edge.inbox));
    edge_expect(&edge, 1);
    put(2);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 2);
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->skipped), 0);
    finish();
}
END_TEST

START_TEST(who_was_told_so_is_woken_again_once_it_is_taken_back)
{
    begin(VF_OVERFLOW_WAIT);
    put(1);
    atomic_store(&edge.terms.outbox->published, HUGE_NUMBER);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 0);
    ck_assert(vf_inbox_fall_asleep(edge.inbox));
    atomic_store(&edge.terms.outbox->published, 1);
    ck_assert(vf_inbox_fall_asleep(edge.inbox));
    ck_assert_uint_eq(atomic_load(&edge.terms.inbox->asleep_at), 1);
    edge_expect(&edge, 1);
    finish();
}
END_TEST

START_TEST(a_new_receiver_does_not_believe_it_either)
{
    begin(VF_OVERFLOW_WAIT);
    put(1);
    atomic_store(&edge.terms.outbox->published, lies[_i]);
    edge_replace_receiver(&edge);
    edge_expect(&edge, 1);
    put(2);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 2);
    finish();
}
END_TEST

static atomic_bool is_over;

static void *keep_rising(void *unused)
{
    while (!atomic_load(&is_over))
        atomic_fetch_add(&edge.terms.outbox->published, 1);
    return unused;
}

START_TEST(a_sender_that_counts_up_for_ever_keeps_no_receiver_busy)
{
    pthread_t sender;
    begin(VF_OVERFLOW_WAIT);
    put(1);
    atomic_store(&is_over, false);
    ck_assert_int_eq(pthread_create(&sender, NULL, keep_rising, NULL), 0);
    for (int process = 0; process < 100; process++) {
        edge_replace_receiver(&edge);
        ck_assert_int_ge(vf_inbox_collect(edge.inbox), 0);
    }
    atomic_store(&is_over, true);
    pthread_join(sender, NULL);
    edge_expect(&edge, 1);
    finish();
}
END_TEST

/* What a dead process may have left in its own page, before another goes on in it. */
static void spoil_own(int way)
{
    struct vf_outbox_page *page = edge.terms.outbox;
    struct vf_outbox_record *last = &page->records[atomic_load(&page->published) % 2];
    switch (way) {
    case 0:
        last->in_round = HUGE_NUMBER;
        break;
    case 1:
        last->in_round = last->data = HUGE_NUMBER;
        last->round = HUGE_NUMBER;
        break;
    case 2:
        atomic_store(&page->published, UINT64_MAX);
        break;
    case 3:
        atomic_store(&page->published, 0);
        break;
    case 4:
        atomic_store(&page->skip_before, UINT64_MAX);
        break;
    default:
        last->sequence = HUGE_NUMBER;
        break;
    }
}

#define OWN_WAYS 6

START_TEST(a_new_sender_goes_on_from_what_its_cells_and_its_receiver_bear_out)
{
    begin(VF_OVERFLOW_WAIT);
    for (uint64_t number = 1; number <= 3; number++)
        edge_make(number);
    spoil_own(_i);
    edge_replace_sender();
    ck_assert_uint_le(vf_outbox_repeated(edge.outbox), 3);
    vf_outbox_forget_repeated(edge.outbox);
    put(4);
    ck_assert_uint_eq(vf_outbox_published(edge.outbox), 4);
    ck_assert_int_ge(vf_inbox_collect(edge.inbox), 0);
    for (uint64_t number = 1; number <= 4; number++)
        edge_expect(&edge, number);
    finish();
}
END_TEST

START_TEST(a_cell_that_names_no_payload_of_the_arena_is_given_up)
{
    begin(VF_OVERFLOW_WAIT);
    edge_make(1);
    edge_make(2);
    cell_of(1)->envelope.offset = edge.arena_sizes[EDGE_SENDER];
    edge_replace_sender();
    ck_assert_int_gt(vf_inbox_collect(edge.inbox), 0);
    edge_expect(&edge, 2);
    ck_assert_uint_eq(invalid(), 1);
    finish();
}
END_TEST

START_TEST(a_place_far_away_is_claimed_without_all_the_memory_before_it)
{
    size_t size = (size_t)256 << 20;
    unsigned char *resident = calloc(size / 4096, 1);
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct vf_arena *arena;
    struct vf_payload *far, *near;
    ck_assert_ptr_ne(bytes, MAP_FAILED);
    ck_assert_int_eq(vf_arena_create(&arena, 1, bytes, size, 4), VF_OK);
    ck_assert_int_eq(vf_arena_claim(arena, size - 4096, 1000, &far), VF_OK);
    ck_assert_int_eq(vf_arena_allocate(arena, 1000, &near), VF_OK);
    ck_assert_int_eq(mincore(bytes, size, resident), 0);
    size_t pages = 0;
    for (size_t i = 0; i < size / 4096; i++)
        pages += resident[i] & 1;
    ck_assert_uint_lt(pages, 64);
    ck_assert_uint_lt(near->offset, far->offset);
    vf_payload_drop(&far);
    vf_payload_drop(&near);
    vf_arena_destroy(&arena);
    munmap(bytes, size);
    free(resident);
}
END_TEST

START_TEST(a_new_sender_is_woken_though_the_one_before_was_for_its_first_sleep)
{
    begin(VF_OVERFLOW_WAIT);
    edge_make(1);
    vf_outbox_wait_for_release(edge.outbox);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 1);
    ck_assert(edge_has_rung(&edge));
    edge_make(2);
    edge_replace_sender();
    vf_outbox_wait_for_release(edge.outbox);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 1);
    edge_expect(&edge, 2);
    ck_assert(edge_has_rung(&edge));
    finish();
}
END_TEST

START_TEST(a_receiver_that_could_not_begin_leaves_all_to_the_next)
{
    begin(VF_OVERFLOW_WAIT);
    put(1);
    put(2);
    ck_assert_int_eq(vf_inbox_collect(edge.inbox), 2);
    for (int attempt = 0; attempt < 3; attempt++) {
        edge_replace_receiver(&edge);
        vf_inbox_abandon(edge.inbox);
        vf_inbox_destroy(&edge.inbox);
        ck_assert_int_eq(vf_inbox_create(&edge.inbox, &edge.terms, &edge.arenas, edge.doorbell),
                         VF_OK);
    }
    ck_assert(!vf_outbox_is_closed(edge.outbox));
    edge_replace_receiver(&edge);
    edge_expect(&edge, 1);
    edge_expect(&edge, 2);
    finish();
}
END_TEST

START_TEST(each_of_more_than_64_ports_has_its_message_of_an_order)
{
    struct vf_spread spread = {.number = 1};
    const struct vf_senders none = {0};
    for (unsigned port = 0; port < 130; port++)
        ck_assert_int_eq(vf_spread_add_lane(&spread, 0, port), VF_OK);
    for (uint64_t order = 1; order <= 2; order++) {
        for (unsigned port = 0; port < 130; port++) {
            ck_assert_int_eq(vf_spread_begins_order(&spread, port), port == 0);
            (void)vf_spread_take_lane(&spread, &none, port, 0, order);
            ck_assert_uint_eq(spread.order, order);
        }
    }
    vf_spread_finish(&spread);
}
END_TEST

Suite *page_suite(void);
Suite *page_suite(void)
{
    Suite *suite = suite_create("page");
    TCase *tcase = tcase_create("page");
    tcase_add_loop_test(tcase, what_does_not_hold_is_left_out_and_the_rest_arrives, 0, WAYS);
    tcase_add_loop_test(tcase, a_new_receiver_leaves_out_the_same, 0, WAYS);
    tcase_add_test(tcase, all_cells_may_name_one_message);
    tcase_add_loop_test(tcase, what_is_said_to_be_published_and_is_not_there_is_not_waited_for, 0,
                        8);
    tcase_add_test(tcase, who_was_told_so_is_woken_again_once_it_is_taken_back);
    tcase_add_loop_test(tcase, a_new_receiver_does_not_believe_it_either, 0, 4);
    tcase_add_test(tcase, a_sender_that_counts_up_for_ever_keeps_no_receiver_busy);
    tcase_add_loop_test(tcase, a_new_sender_goes_on_from_what_its_cells_and_its_receiver_bear_out,
                        0, OWN_WAYS);
    tcase_add_test(tcase, a_cell_that_names_no_payload_of_the_arena_is_given_up);
    tcase_add_test(tcase, a_place_far_away_is_claimed_without_all_the_memory_before_it);
    tcase_add_test(tcase, a_new_sender_is_woken_though_the_one_before_was_for_its_first_sleep);
    tcase_add_test(tcase, a_receiver_that_could_not_begin_leaves_all_to_the_next);
    tcase_add_test(tcase, each_of_more_than_64_ports_has_its_message_of_an_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
