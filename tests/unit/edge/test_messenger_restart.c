/* SPDX-License-Identifier: MIT */
/* Tasks that share no memory, and whose processes are replaced by others in the middle of their work. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/task_net.h"

#define COUNT 20
#define LARGE ((size_t)1000) /* bytes, more than travel inline */

/* When a process dies of a message. */
enum step { STEP_RECEIVED, STEP_SENT, STEP_RELEASED, STEPS };

/* Of which messages. */
static const uint64_t fatal[] = {1, 6, 7, 17, COUNT};

static enum step step;
static bool dies[4];        /* by task */
static uint64_t died_of[4]; /* by task: the last of them */
static uint64_t last;       /* that the last task had */
static uint64_t stride;     /* from each to the next */

static void setup(void)
{
    memset(dies, 0, sizeof(dies));
    memset(died_of, 0, sizeof(died_of));
    last = 0;
    stride = 1;
}

static void teardown(void)
{
    net_finish();
}

/* Replaces the process of a task if it is to die of this message now. Returns whether it did. */
static bool die(unsigned task, uint64_t number, enum step now, struct vf_messenger **messenger)
{
    bool is_fatal = false;
    for (size_t i = 0; i < VF_COUNT(fatal); i++)
        is_fatal = is_fatal || fatal[i] == number;
    if (!dies[task] || now != step || !is_fatal || died_of[task] >= number)
        return false;
    died_of[task] = number;
    *messenger = net_replace(*messenger);
    return true;
}

static void publish_large(struct vf_messenger *messenger, uint64_t number)
{
    struct vf_payload *payload;
    struct vf_message *message;
    ck_assert_int_eq(vf_messenger_allocate(messenger, LARGE, &payload), VF_OK);
    memset(payload->data, (int)number, LARGE);
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
    ck_assert_int_eq(vf_messenger_publish(messenger, 0, &message), VF_OK);
}

static uint64_t number_of(const struct vf_message *message)
{
    ck_assert_uint_eq(message->payload->size, LARGE);
    ck_assert_uint_eq(message->payload->data[0], message->description.origin.number);
    ck_assert_uint_eq(message->payload->data[LARGE - 1], message->description.origin.number);
    return message->description.origin.number;
}

/* What it has made before it died is not made again. */
static void make_all(struct vf_messenger *messenger)
{
    uint64_t number;
    while ((number = vf_messenger_made(messenger, 0)->count + 1) <= COUNT) {
        publish_large(messenger, number);
        (void)die(1, number, STEP_SENT, &messenger);
    }
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

/* Does with each message what `answer` does, and dies of some. */
static void work(unsigned task, struct vf_messenger *messenger,
                 void (*answer)(struct vf_messenger *messenger, const struct vf_inputs *inputs))
{
    const struct vf_inputs *inputs;
    int err;
    while ((err = vf_messenger_receive(messenger, &inputs)) == VF_OK) {
        uint64_t number = number_of(inputs->items[0]);
        if (die(task, number, STEP_RECEIVED, &messenger))
            continue;
        answer(messenger, inputs);
        if (die(task, number, STEP_SENT, &messenger))
            continue;
        ck_assert_int_eq(vf_messenger_release(messenger), VF_OK);
        (void)die(task, number, STEP_RELEASED, &messenger);
    }
    ck_assert_int_eq(err, VF_END);
    ck_assert_int_eq(vf_messenger_end_reason(messenger), VF_END_COMPLETE);
    ck_assert_int_eq(vf_messenger_passthrough_termination(messenger), VF_OK);
}

static void pass_it_on(struct vf_messenger *messenger, const struct vf_inputs *inputs)
{
    (void)inputs;
    ck_assert_int_eq(vf_messenger_passthrough(messenger, 0, 0), VF_OK);
}

static void pass_even_ones_on(struct vf_messenger *messenger, const struct vf_inputs *inputs)
{
    if (number_of(inputs->items[0]) % 2 == 0)
        pass_it_on(messenger, inputs);
}

static void pass_on(struct vf_messenger *messenger)
{
    work(2, messenger, pass_it_on);
}

static void pass_even_on(struct vf_messenger *messenger)
{
    work(2, messenger, pass_even_ones_on);
}

/* Of all inputs the same, and each once, but for what it died of. */
static void look_at_all(struct vf_messenger *messenger, const struct vf_inputs *inputs)
{
    uint64_t number = number_of(inputs->items[0]);
    bool comes_again = step == STEP_SENT && number == died_of[3] && number == last;
    (void)messenger;
    if (!comes_again)
        last += stride;
    for (unsigned i = 0; i < inputs->count; i++)
        ck_assert_uint_eq(number_of(inputs->items[i]), last);
}

static void take_all(struct vf_messenger *messenger)
{
    work(3, messenger, look_at_all);
    ck_assert_uint_eq(last, COUNT);
}

static void assert_balance(size_t edge, uint64_t taken)
{
    const struct vf_inbox_page *inbox = net_terms(edge)->inbox;
    const struct vf_outbox_page *outbox = net_terms(edge)->outbox;
    ck_assert_uint_eq(atomic_load(&inbox->data_taken), taken);
    ck_assert_uint_eq(atomic_load(&inbox->data_taken) + atomic_load(&inbox->unmatched),
                      atomic_load(&outbox->data_published));
    ck_assert_uint_eq(atomic_load(&inbox->data_done), atomic_load(&outbox->data_published));
    ck_assert_uint_eq(atomic_load(&inbox->skipped), 0);
    ck_assert_uint_eq(atomic_load(&inbox->invalid), 0);
}

static void let_replace(unsigned first, unsigned end)
{
    for (unsigned task = first; task <= end; task++) {
        net_set_replaceable(task);
        dies[task] = true;
    }
}

static void run_chain(void)
{
    NET_RUN(make_all, pass_on, take_all);
    assert_balance(0, COUNT);
    assert_balance(1, COUNT);
}

/* Each loop: a task, and a step. */
START_TEST(by_sockets_a_task_that_is_replaced_loses_and_repeats_nothing)
{
    step = (enum step)(_i % STEPS);
    REMOTE_NET({1, 0, 2, 0, 3}, {2, 0, 3, 0, 2});
    let_replace(1 + (unsigned)_i / STEPS, 1 + (unsigned)_i / STEPS);
    run_chain();
}
END_TEST

START_TEST(neighbours_may_be_replaced_at_once)
{
    step = (enum step)_i;
    REMOTE_NET({1, 0, 2, 0, 3}, {2, 0, 3, 0, 2});
    let_replace(1, 3);
    run_chain();
}
END_TEST

/* What had no partner, and the gaps, are done before their round is: they do not come again. */
START_TEST(a_join_that_is_replaced_does_not_wait_for_what_it_had_given_up)
{
    step = (enum step)_i;
    REMOTE_NET({1, 0, 2, 0, 1}, {1, 0, 3, 0, 8}, {2, 0, 3, 1, 4});
    let_replace(2, 3);
    stride = 2;
    NET_RUN(make_all, pass_even_on, take_all);
    assert_balance(0, COUNT);
    assert_balance(1, COUNT / 2);
    assert_balance(2, COUNT / 2);
}
END_TEST

/* The process before has written at random over what it had counted. */
static void make_half_and_lie(struct vf_messenger *messenger)
{
    uint64_t number;
    while ((number = vf_messenger_made(messenger, 0)->count + 1) <= COUNT / 2)
        publish_large(messenger, number);
    ck_assert(vf_messenger_can_go_on(messenger));
    struct vf_task_page *page = (struct vf_task_page *)(uintptr_t)net_page(1);
    page->marks[atomic_load(&page->rounds) % 2].made[0].count = UINT64_MAX - 3;
    messenger = net_replace(messenger);
    ck_assert(!vf_messenger_can_go_on(messenger));
    ck_assert_uint_eq(vf_messenger_made(messenger, 0)->count, 0);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

static void take_half(struct vf_messenger *messenger)
{
    work(3, messenger, look_at_all);
    ck_assert_uint_eq(last, COUNT / 2);
}

START_TEST(a_producer_does_not_go_on_from_a_number_that_cannot_be)
{
    REMOTE_NET({1, 0, 2, 0, 3}, {2, 0, 3, 0, 2});
    let_replace(1, 1);
    memset(dies, 0, sizeof(dies));
    NET_RUN(make_half_and_lie, pass_on, take_half);
    assert_balance(0, COUNT / 2);
}
END_TEST

Suite *messenger_restart_suite(void);
Suite *messenger_restart_suite(void)
{
    Suite *suite = suite_create("messenger_restart");
    TCase *tcase = tcase_create("messenger_restart");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, by_sockets_a_task_that_is_replaced_loses_and_repeats_nothing, 0,
                        3 * STEPS);
    tcase_add_loop_test(tcase, neighbours_may_be_replaced_at_once, 0, STEPS);
    tcase_add_loop_test(tcase, a_join_that_is_replaced_does_not_wait_for_what_it_had_given_up, 0,
                        STEPS);
    tcase_add_test(tcase, a_producer_does_not_go_on_from_a_number_that_cannot_be);
    suite_add_tcase(suite, tcase);
    return suite;
}
