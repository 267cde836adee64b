/* SPDX-License-Identifier: MIT */
/* What every node of a flow, and the flow itself, can say of how it is run. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/keys.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/flow_fixture.h"

#define EYE "  eye: {type: camera}\n"
#define FLOW(nodes) "vflow: 1\nnodes:\n" EYE nodes
#define TWO(keys) \
    FLOW("  b: {type: join, inputs: [eye, eye], " keys "}\n  s: {type: sink, inputs: b}\n")
#define ONE(keys) FLOW("  b: {type: pass, inputs: eye, " keys "}\n  s: {type: sink, inputs: b}\n")
#define TOP(line) "vflow: 1\n" line "\nnodes:\n" EYE "  s: {type: sink, inputs: eye}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {ONE("replicas: 0"),
     "f:4:42: replicas of b is 0, out of its range; it is an integer, 1 to 64\n"},
    {ONE("replicas: many"),
     "f:4:42: replicas of b cannot be \"many\"; it is an integer, 1 to 64\n"},
    {ONE("replicas: [1]"), "f:4:42: replicas of b is a list; it is a single value\n"},
    {ONE("replicsa: 2"),
     "f:4:32: unknown option \"replicsa\" of pass; did you mean \"replicas\"?\n"},
    {ONE("replicas: 2, ordered: no"),
     "f:4:54: ordered of b cannot be \"no\"; did you mean false? It is a boolean, true or false\n"},
    {ONE("ordered: false"),
     "f:4:41: warning: ordered is about replicas, and b has none; leave it out\n"},
    {ONE("group: 1st"), "f:4:39: \"1st\" cannot name a group; use up to 64 letters, digits, \"_\" "
                        "and \"-\", a letter first\n"},
    {ONE("gpu: first"),
     "f:4:37: gpu of b cannot be \"first\"; it is a GPU: any, shared, or its number\n"},
    {ONE("gpu: 1024"),
     "f:4:37: gpu of b is 1024, out of its range; it is a GPU: any, shared, or its number\n"},
    {ONE("gpu: any, gpu_fallback: cup"),
     "f:4:56: unknown gpu_fallback \"cup\" of b; did you mean \"cpu\"?\n"},
    {ONE("gpu_fallback: fail"),
     "f:4:46: warning: gpu_fallback is about a GPU, and b asks for none; "
     "leave it out, or add gpu: any\n"},
    {ONE("join: order"),
     "f:4:38: warning: join is about several inputs, and b has fewer; leave it out\n"},
    {TWO("join: oder"), "f:4:45: unknown join \"oder\" of b; did you mean \"order\"?\n"},
    {TWO("join: [order]"), "f:4:45: join of b is a list; it is a single value\n"},
    {TWO("join: {by: tmie, tolerence: 1}"),
     "f:4:50: unknown by \"tmie\" of join of b; did you mean \"time\"?\n"
     "f:4:56: unknown key \"tolerence\" of join of b; did you mean \"tolerance\"?\n"},
    {TWO("join: {by: time, tolerance: -1s, missing: both, end: none}"),
     "f:4:67: tolerance of join of b is -1s, out of its range; it is a duration, 0 to 24 hours\n"
     "f:4:81: unknown missing \"both\" of join of b; it is one of skip, last, absent\n"
     "f:4:92: unknown end \"none\" of join of b; it is one of any, all\n"},
    {TWO("join: {end: all}"),
     "f:4:45: join of b does not say how; add by: origin, order, time or latest\n"},
    {TWO("join: {by: order, tolerance: 1s}"),
     "f:4:57: warning: only a join by time has a tolerance; leave it out, or say by: time\n"},
    {TOP("transport: udp"),
     "f:2:12: unknown transport \"udp\" of the flow; did you mean \"tcp\"?\n"},
    {TOP("transport: {udp: {}}"),
     "f:2:12: this is no transport; write shm, ipc, tcp, or {tcp: {host: ADDRESS, base: PORT}}\n"},
    {TOP("transport: {tcp: {hots: a, base: 99999, host: \"a b\"}}"),
     "f:2:19: unknown key \"hots\" of tcp; did you mean \"host\"?\n"
     "f:2:34: base of tcp is 99999, out of its range; it is an integer, 2 to 65534\n"
     "f:2:47: host of tcp cannot be \"a b\"; it is an address such as 127.0.0.1\n"},
    {TOP("transport: {tcp: {base: 2}}"),
     "f:2:12: 2 tasks need the ports from 2 - 2 to 2 + 2, and ports are 1 to 65535; choose another "
     "base\n"},
    {TOP("transport: tcp\nsecurity: nnoe"),
     "f:3:11: unknown security \"nnoe\" of the flow; did you mean \"none\"?\n"},
    {TOP("transport: tcp\nsecurity: none"), "f:3:11: warning: with security: none whoever reaches "
                                            "the ports of 127.0.0.1 can read and send "
                                            "messages; leave it out unless nobody else can\n"},
    {TOP("hosts: {x: {nodes: eye}, y: {nodes: [s, c]}}"),
     "f:2:41: there is no node \"c\"; the flow has eye, s\n"},
    {TOP("hosts: {x: {nodes: eye}, y: {nodes: [eye]}}"),
     "f:2:38: eye is on the host x already\n"
     "f:5:3: s is on no host; name it in \"nodes\" of one, or leave \"nodes\" out of the one that "
     "has the rest\n"},
    {TOP("hosts: {x: , y: {adress: 10.0.0.1}, all: }"),
     "f:2:14: y names no nodes, and neither does x; only one host can have what is left\n"
     "f:2:18: unknown key \"adress\" of a host; did you mean \"address\"?\n"
     "f:2:37: a host cannot be called \"all\"; its name has letters, digits, \".\", \"-\" and "
     "\"_\", and is not all\n"},
    {TOP("hosts: {x: {nodes: eye}, y: }\ndefaults: {restart: on-failure}"), ""},
    {TOP("hosts: [x]"), "f:2:8: \"hosts\" is a list; it is a mapping of names to hosts\n"},
    {TOP("hosts: {x: {base: 2}}"),
     "f:2:9: 2 tasks need the ports from 2 - 2 to 2 + 2, and ports are 1 to 65535; choose another "
     "base\n"},
    {TOP("transport: ipc\nhosts: {x: }"),
     "f:2:12: with hosts, the transport within one is shm or tcp\n"},
    {TOP("peer_timeout: 0s"),
     "f:2:15: peer_timeout of the flow is 0s, out of its range; it is a duration, 1 second to 1 "
     "hour\n"},
    {TOP("tansport: tcp"), "f:2:1: unknown key \"tansport\"; did you mean \"transport\"?\n"},
};

START_TEST(a_mistake_in_a_key_is_told_with_its_place)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

START_TEST(every_key_is_read)
{
    struct vf_flow *flow = load_good_flow(
        FLOW("  j: {type: join, inputs: [eye, eye], replicas: 3, ordered: false, gpu: 2,\n"
             "      gpu_fallback: fail,\n"
             "      join: {by: time, tolerance: 5ms, missing: last, end: all, x-why: it}}\n"
             "  p: {type: pass, inputs: j, group: g-1, x-gpu: any}\n"
             "  s: {type: sink, inputs: p, gpu: shared}\n"),
        NULL);
    const struct vf_node_keys *keys = &flow->nodes[1].keys;
    ck_assert_int_eq(keys->replicas, 3);
    ck_assert(!keys->is_ordered);
    ck_assert_int_eq(keys->gpu.request, VF_GPU_NUMBER);
    ck_assert_uint_eq(keys->gpu.number, 2);
    ck_assert_int_eq(keys->gpu_fallback, VF_GPU_FALLBACK_FAIL);
    ck_assert_int_eq(keys->join.by, VF_JOIN_TIME);
    ck_assert_int_eq(keys->join.tolerance_ns, 5000000);
    ck_assert_int_eq(keys->join.missing, VF_MISSING_LAST);
    ck_assert_int_eq(keys->join.end, VF_END_ALL);
    ck_assert_str_eq(flow->nodes[2].keys.group, "g-1");
    ck_assert(flow->nodes[2].keys.is_ordered);
    ck_assert_int_eq(flow->nodes[3].keys.gpu.request, VF_GPU_SHARED);
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(what_is_not_said_is_as_the_table_says)
{
    struct vf_node_keys values = {0};
    ck_assert_int_eq(vf_option_set_fallbacks(&vf_node_key_options, &values), VF_OK);
    ck_assert_int_eq(vf_option_set_fallbacks(&vf_join_key_options, &values.join), VF_OK);
    ck_assert_int_eq(values.replicas, vf_node_keys_default.replicas);
    ck_assert(values.is_ordered == vf_node_keys_default.is_ordered);
    ck_assert_int_eq(values.join.tolerance_ns, vf_node_keys_default.join.tolerance_ns);
    ck_assert_int_eq(values.join.missing, vf_node_keys_default.join.missing);
    ck_assert_int_eq(values.gpu_fallback, vf_node_keys_default.gpu_fallback);
    ck_assert_int_eq(values.recovery.max_restarts, vf_node_keys_default.recovery.max_restarts);
    ck_assert_int_eq(values.recovery.backoff_ns, vf_node_keys_default.recovery.backoff_ns);
    ck_assert_int_eq(values.recovery.on_error, vf_node_keys_default.recovery.on_error);
}
END_TEST

START_TEST(no_option_of_a_node_takes_the_name_of_a_key)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    for (size_t i = 0; i < node->options.count; i++)
        ck_assert_msg(!vf_node_key_is_taken(node->options.items[i].name), "%s of %s",
                      node->options.items[i].name, node->name);
}
END_TEST

START_TEST(a_transport_has_a_host_and_a_base)
{
    struct vf_flow *flow = load_good_flow(TOP("mode: batch"), NULL);
    ck_assert_int_eq(flow->transport.kind, VF_TRANSPORT_SHM);
    vf_flow_destroy(&flow);
    flow = load_good_flow(TOP("transport: ipc"), NULL);
    ck_assert_int_eq(flow->transport.kind, VF_TRANSPORT_IPC);
    vf_flow_destroy(&flow);
    flow = load_good_flow(TOP("transport: {tcp: }"), NULL);
    ck_assert_int_eq(flow->transport.kind, VF_TRANSPORT_TCP);
    ck_assert_str_eq(flow->transport.host, "127.0.0.1");
    ck_assert_uint_eq(flow->transport.base, 5000);
    ck_assert(!flow->transport.is_insecure);
    vf_flow_destroy(&flow);
    flow = load_good_flow(TOP("transport: {tcp: {host: \"[::1]\", base: 7000}}\nsecurity: none"),
                          NULL);
    ck_assert_str_eq(flow->transport.host, "[::1]");
    ck_assert_uint_eq(flow->transport.base, 7000);
    ck_assert(flow->transport.is_insecure);
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(the_command_line_chooses_the_transport_and_keeps_host_and_base)
{
    static const enum vf_transport_kind kinds[] = {VF_TRANSPORT_SHM, VF_TRANSPORT_IPC,
                                                   VF_TRANSPORT_TCP};
    struct vf_flow_request request = {.transport = &kinds[_i]};
    struct vf_flow *flow = load_good_flow(TOP("transport: {tcp: {base: 7000}}"), &request);
    ck_assert_int_eq(flow->transport.kind, kinds[_i]);
    ck_assert_uint_eq(flow->transport.base, 7000);
    vf_flow_destroy(&flow);
    flow = load_good_flow(TOP("mode: batch"), &request);
    ck_assert_int_eq(flow->transport.kind, kinds[_i]);
    ck_assert_uint_eq(flow->transport.base, 5000);
    vf_flow_destroy(&flow);
}
END_TEST

Suite *flow_keys_suite(void);
Suite *flow_keys_suite(void)
{
    Suite *suite = suite_create("flow_keys");
    TCase *tcase = tcase_create("flow_keys");
    tcase_add_loop_test(tcase, a_mistake_in_a_key_is_told_with_its_place, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, every_key_is_read);
    tcase_add_test(tcase, what_is_not_said_is_as_the_table_says);
    tcase_add_loop_test(tcase, no_option_of_a_node_takes_the_name_of_a_key, 0,
                        (int)vf_all_nodes.count);
    tcase_add_test(tcase, a_transport_has_a_host_and_a_base);
    tcase_add_loop_test(tcase, the_command_line_chooses_the_transport_and_keeps_host_and_base, 0,
                        3);
    suite_add_tcase(suite, tcase);
    return suite;
}
