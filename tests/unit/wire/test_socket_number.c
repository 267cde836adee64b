/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>

#include "engine/base/array.h"
#include "engine/wire/socket_number.h"

static const struct {
    int task, data, termination;
} tasks[] = {
    {1, 5001, 4999},
    {2, 5002, 4998},
    {255, 5255, 4745},
    {4999, 9999, 1},
};

START_TEST(a_task_has_two_sockets_on_either_side_of_5000)
{
    ck_assert_int_eq(vf_socket_from_task_id(tasks[_i].task), tasks[_i].data);
    ck_assert_int_eq(vf_termination_socket_from_task_id(tasks[_i].task), tasks[_i].termination);
}
END_TEST

START_TEST(either_socket_leads_back_to_its_task)
{
    ck_assert_int_eq(vf_task_id_from_socket(tasks[_i].data), tasks[_i].task);
    ck_assert_int_eq(vf_task_id_from_termination_socket(tasks[_i].termination), tasks[_i].task);
}
END_TEST

START_TEST(what_is_no_task_has_no_socket)
{
    static const int strangers[] = {-1, 0, 5000, 65536};
    for (size_t i = 0; i < VF_COUNT(strangers); i++) {
        ck_assert_int_eq(vf_socket_from_task_id(strangers[i]), -ERANGE);
        ck_assert_int_eq(vf_termination_socket_from_task_id(strangers[i]), -ERANGE);
    }
}
END_TEST

START_TEST(a_number_is_the_socket_of_one_kind_only)
{
    static const int no_data[] = {-5001, 0, 4999, 5000, 10000};
    static const int no_termination[] = {-1, 0, 5000, 5001, 65535};
    for (size_t i = 0; i < VF_COUNT(no_data); i++)
        ck_assert_int_eq(vf_task_id_from_socket(no_data[i]), -ERANGE);
    for (size_t i = 0; i < VF_COUNT(no_termination); i++)
        ck_assert_int_eq(vf_task_id_from_termination_socket(no_termination[i]), -ERANGE);
}
END_TEST

Suite *socket_number_suite(void);
Suite *socket_number_suite(void)
{
    Suite *suite = suite_create("socket_number");
    TCase *tcase = tcase_create("socket_number");
    int count = (int)VF_COUNT(tasks);
    tcase_add_loop_test(tcase, a_task_has_two_sockets_on_either_side_of_5000, 0, count);
    tcase_add_loop_test(tcase, either_socket_leads_back_to_its_task, 0, count);
    tcase_add_test(tcase, what_is_no_task_has_no_socket);
    tcase_add_test(tcase, a_number_is_the_socket_of_one_kind_only);
    suite_add_tcase(suite, tcase);
    return suite;
}
