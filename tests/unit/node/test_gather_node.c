/* SPDX-License-Identifier: MIT */
/* What stands in front of replicas of a node with several inputs. */
#include <check.h>

#include "engine/node/gather_node.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

START_TEST(a_gathering_node_hands_on_every_input_by_its_own_port)
{
    static struct vf_bench bench;
    struct vf_node *gather;
    ck_assert_int_eq(vf_gather_node_create(&gather, vf_node_find(&vf_all_nodes, "joiner"), 3),
                     VF_OK);
    vf_bench_init(&bench, gather, 3, NULL, 0);
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, 1), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&bench, message, message), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, 0), 1);
    ck_assert_uint_eq(vf_bench_count(&bench, 1), 1);
    ck_assert_uint_eq(vf_bench_count(&bench, 2), 0);
    ck_assert_uint_eq(gather->outputs.count, 3);
    vf_message_destroy(&message);
    vf_bench_finish(&bench);
    vf_gather_node_destroy(&gather);
    ck_assert_ptr_null(gather);
}
END_TEST

Suite *gather_node_suite(void);
Suite *gather_node_suite(void)
{
    Suite *suite = suite_create("gather_node");
    TCase *tcase = tcase_create("gather_node");
    tcase_add_test(tcase, a_gathering_node_hands_on_every_input_by_its_own_port);
    suite_add_tcase(suite, tcase);
    return suite;
}
