/* SPDX-License-Identifier: MIT */
/* The slots in which a task puts copies of its messages for those who look. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/edge/page/tap.h"

static _Atomic uint32_t opened;
static struct vf_tap tap;
static struct vf_tap_reader reader;
static struct vf_message *message;
static int fd;

static void setup(void)
{
    fd = vf_tap_create();
    ck_assert_int_ge(fd, 0);
    atomic_store(&opened, 0);
    tap = (struct vf_tap){.fd = fd, .opened = &opened};
    ck_assert_int_eq(vf_message_create_integer(&message, 42), VF_OK);
}

static void teardown(void)
{
    vf_tap_reader_destroy(&reader);
    vf_tap_finish(&tap);
    vf_message_destroy(&message);
    close(fd);
}

static void open_file(void)
{
    ck_assert_int_eq(vf_tap_open(fd), VF_OK);
    atomic_fetch_add(&opened, 1);
}

static void look(unsigned port, int64_t interval_ns)
{
    open_file();
    ck_assert_int_eq(vf_tap_reader_create(&reader, fd, port, interval_ns), VF_OK);
}

static void send(unsigned port, uint64_t number)
{
    message->description.origin.number = number;
    message->description.publish_time_ns = vf_clock_now_ns();
    vf_tap_offer(&tap, port, message);
}

/* Returns the number of the message that is seen; 0: none is. */
static uint64_t see(void)
{
    struct vf_description description;
    const uint8_t *bytes;
    if (!vf_tap_reader_look(&reader, &description, &bytes))
        return 0;
    ck_assert_uint_eq(description.payload_size, 2);
    ck_assert_int_eq(memcmp(bytes, "42", 2), 0);
    vf_tap_reader_empty(&reader);
    return description.origin.number;
}

START_TEST(costs_nothing_as_long_as_nobody_looks)
{
    send(0, 1);
    ck_assert_ptr_null(tap.bytes);
    ck_assert(!tap.is_tapped);
}
END_TEST

START_TEST(shows_what_is_sent_from_then_on)
{
    send(0, 1);
    look(0, 0);
    ck_assert_uint_eq(see(), 0);
    send(0, 2);
    ck_assert_uint_eq(see(), 2);
    send(1, 3);
    ck_assert_uint_eq(see(), 0);
}
END_TEST

START_TEST(sees_a_reader_that_comes_after_the_file_was_opened)
{
    open_file();
    send(0, 1);
    ck_assert(!tap.is_tapped);
    ck_assert_int_eq(vf_tap_reader_create(&reader, fd, 0, 0), VF_OK);
    send(0, 2);
    ck_assert_uint_eq(see(), 2);
}
END_TEST

START_TEST(never_waits_for_a_reader)
{
    look(0, 0);
    for (uint64_t i = 1; i <= 100; i++)
        send(0, i);
    ck_assert_uint_eq(see(), 1);
    send(0, 101);
    ck_assert_uint_eq(see(), 101);
}
END_TEST

START_TEST(keeps_the_interval)
{
    look(0, VF_NS_PER_S * 1000);
    send(0, 1);
    ck_assert_uint_eq(see(), 1);
    send(0, 2);
    ck_assert_uint_eq(see(), 0);
}
END_TEST

START_TEST(does_not_keep_the_interval_of_the_reader_before)
{
    look(0, VF_NS_PER_S * 1000);
    send(0, 1);
    ck_assert_uint_eq(see(), 1);
    vf_tap_reader_destroy(&reader);
    ck_assert_int_eq(vf_tap_reader_create(&reader, fd, 0, 0), VF_OK);
    send(0, 2);
    ck_assert_uint_eq(see(), 2);
    vf_tap_reader_destroy(&reader);
    ck_assert_int_eq(vf_tap_reader_create(&reader, fd, 0, VF_NS_PER_S * 1000), VF_OK);
    send(0, 3); /* its first comes at once */
    ck_assert_uint_eq(see(), 3);
    send(0, 4);
    ck_assert_uint_eq(see(), 0);
}
END_TEST

START_TEST(sees_a_reader_that_came_long_after_the_message_got_its_time)
{
    struct vf_message old = *message;
    old.description.publish_time_ns = vf_clock_now_ns() - 5 * VF_NS_PER_S;
    look(0, 0);
    vf_tap_offer(&tap, 0, &old); /* its task was stopped in between */
    send(0, 2);
    ck_assert_uint_eq(see(), 2);
}
END_TEST

START_TEST(takes_what_another_has_said_in_its_slot_back)
{
    look(1, 0);
    atomic_store(&reader.slot->port, 7);
    atomic_store(&reader.slot->interval_ns, VF_NS_PER_S * 1000);
    ck_assert(vf_tap_reader_stay(&reader));
    send(1, 1);
    ck_assert_uint_eq(see(), 1);
    send(1, 2);
    ck_assert_uint_eq(see(), 2);
}
END_TEST

START_TEST(takes_a_slot_back_from_who_does_not_stay)
{
    struct vf_tap_reader others[VF_TAP_SLOTS], late = {0};
    open_file();
    for (unsigned i = 0; i < VF_TAP_SLOTS; i++)
        ck_assert_int_eq(vf_tap_reader_create(&others[i], fd, 0, 0), VF_OK);
    ck_assert_int_eq(vf_tap_reader_create(&late, fd, 0, 0), -EBUSY);
    atomic_store(&others[0].slot->until_ns, vf_clock_now_ns() - 1);
    ck_assert_int_eq(vf_tap_reader_create(&reader, fd, 0, 0), VF_OK);
    atomic_store(&reader.slot->owner, 1); /* as another process */
    ck_assert(!vf_tap_reader_stay(&others[0]));
    ck_assert(vf_tap_reader_stay(&others[1]));
    for (unsigned i = 0; i < VF_TAP_SLOTS; i++)
        vf_tap_reader_destroy(&others[i]);
}
END_TEST

START_TEST(leaves_out_what_there_is_no_room_for)
{
    struct vf_payload huge = {.data = (uint8_t *)"", .size = VF_TAP_ROOM + 1};
    struct vf_message large = *message;
    large.payload = &huge;
    large.description.publish_time_ns = vf_clock_now_ns();
    look(0, 0);
    vf_tap_offer(&tap, 0, &large);
    ck_assert_uint_eq(see(), 0);
    ck_assert_uint_eq(atomic_load(&reader.slot->too_large), 1);
    send(0, 5);
    ck_assert_uint_eq(see(), 5);
}
END_TEST

START_TEST(cannot_be_cut_short_by_a_reader)
{
    look(0, 0);
    ck_assert_int_ne(ftruncate(fd, 0), 0);
    send(0, 1);
    ck_assert_uint_eq(see(), 1);
}
END_TEST

START_TEST(gives_nobody_a_slot_for_ever)
{
    look(0, INT64_MAX);
    send(0, 1);
    ck_assert_uint_eq(see(), 1);
    send(0, 2);
    ck_assert_uint_eq(see(), 0);
    struct vf_tap_reader others[VF_TAP_SLOTS - 1];
    for (unsigned i = 0; i < VF_TAP_SLOTS - 1; i++)
        ck_assert_int_eq(vf_tap_reader_create(&others[i], fd, 0, 0), VF_OK);
    atomic_store(&others[0].slot->until_ns, INT64_MAX);
    struct vf_tap_reader next;
    ck_assert_int_eq(vf_tap_reader_create(&next, fd, 0, 0), VF_OK);
    vf_tap_reader_destroy(&next);
    for (unsigned i = 0; i < VF_TAP_SLOTS - 1; i++)
        vf_tap_reader_destroy(&others[i]);
    atomic_store(&reader.slot->until_ns, INT64_MAX);
    send(0, 3);
    ck_assert_uint_eq(see(), 0);
}
END_TEST

START_TEST(believes_no_number_that_a_reader_writes)
{
    look(0, 0);
    atomic_store(&reader.slot->port, UINT32_MAX);
    send(0, 1);
    atomic_store(&reader.slot->port, 0);
    atomic_store(&reader.slot->interval_ns, INT64_MIN);
    atomic_store(&reader.slot->taken, UINT64_MAX);
    send(0, 2);
    atomic_store(&reader.slot->taken, atomic_load(&reader.slot->made));
    send(0, 3);
    ck_assert_uint_eq(see(), 3);
}
END_TEST

Suite *tap_suite(void);
Suite *tap_suite(void)
{
    Suite *suite = suite_create("tap");
    TCase *tests = tcase_create("tap");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, costs_nothing_as_long_as_nobody_looks);
    tcase_add_test(tests, shows_what_is_sent_from_then_on);
    tcase_add_test(tests, sees_a_reader_that_comes_after_the_file_was_opened);
    tcase_add_test(tests, never_waits_for_a_reader);
    tcase_add_test(tests, keeps_the_interval);
    tcase_add_test(tests, does_not_keep_the_interval_of_the_reader_before);
    tcase_add_test(tests, sees_a_reader_that_came_long_after_the_message_got_its_time);
    tcase_add_test(tests, takes_what_another_has_said_in_its_slot_back);
    tcase_add_test(tests, takes_a_slot_back_from_who_does_not_stay);
    tcase_add_test(tests, leaves_out_what_there_is_no_room_for);
    tcase_add_test(tests, cannot_be_cut_short_by_a_reader);
    tcase_add_test(tests, gives_nobody_a_slot_for_ever);
    tcase_add_test(tests, believes_no_number_that_a_reader_writes);
    suite_add_tcase(suite, tests);
    return suite;
}
