/* SPDX-License-Identifier: MIT */
/* Variables, and settings of the command line. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_fixture.h"

#define TITLED(vars, title)                                           \
    "vflow: 1\nvars: {" vars "}\nnodes:\n  a: {type: camera}\n"       \
    "  b: {type: scale, inputs: a, width: 4, title: \"" title "\"}\n" \
    "  c: {type: sink, inputs: b}\n"

#define NODES "nodes: {a: {type: counter}, b: {type: sink, inputs: a}}\n"

static const char *const given[] = {"given=from the command line", "empty="};
static const struct vf_flow_request with_given = {.variables = given, .variable_count = 2};

static const struct {
    const char *yaml, *title;
} values[] = {
    {TITLED("v: x", "${v}"), "x"},
    {TITLED("v: x", "a${v}b${v}c"), "axbxc"},
    {TITLED("v: x", "$$ $v $${v} $"), "$ $v ${v} $"},
    {TITLED("v: , given: 1, empty: 1", "<${v}${given}${empty}>"), "<from the command line>"},
    {TITLED("given: , empty: ", "${empty:-default}"), "default"},
    {TITLED("given: , empty: ", "${unset:-}"), ""},
    {TITLED("given: , empty: , v: x", "${unset:-a ${v} $$ ${empty:-b}}"), "a x $ b"},
    {TITLED("given: , empty: , v: x", "${v:-default}${v:?message}"), "xx"},
    {TITLED("given: , empty: ", "${VF_TEST_VARIABLE}"), "from the environment"},
    {TITLED("given: , empty: , VF_TEST_VARIABLE: y", "${VF_TEST_VARIABLE}"), "y"},
    {TITLED("given: , empty: , a: \"${b}1\", b: \"${c}2\", c: 3", "${a}"), "321"},
    {TITLED("given: , empty: , v: \"$$5\"", "${v}"), "$5"},
};

START_TEST(a_variable_stands_for_its_value)
{
    setenv("VF_TEST_VARIABLE", "from the environment", 1);
    struct vf_flow_request request = with_given;
    request.variable_count = strstr(values[_i].yaml, "given") ? 2 : 0;
    struct vf_flow *flow = load_good_flow(values[_i].yaml, &request);
    ck_assert_str_eq(flow->nodes[1].options[1].text, values[_i].title);
    vf_flow_destroy(&flow);
}
END_TEST

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {TITLED("tilte: x", "${title}"),
     "f:5:48: variable \"title\" is not set; did you mean \"tilte\"?\n"},
    {TITLED("", "${colour}"), "f:5:48: variable \"colour\" is not set; set it under vars or with "
                              "--var colour=VALUE\n"},
    {TITLED("", "${colour:?name one}"), "f:5:48: variable \"colour\" is not set: name one\n"},
    {TITLED("a: \"${b}\", b: \"${a}\"", "${a}${b}"),
     "f:2:22: variable \"a\" is made of itself; give it a value of its own\n"},
    {TITLED("a: \"${a:-1}\"", "${a}"),
     "f:2:11: variable \"a\" is made of itself; give it a value of its own\n"},
    {TITLED("a: [1]", "${a}"), "f:5:48: title of scale is a list; it is a text\n"},
    {TITLED("a: [1]", "x${a}"),
     "f:5:48: variable \"a\" is a list; within a text it can only be a single value\n"},
    {TITLED("a: {b: 1}", "${a.c}"), "f:5:48: variable \"a\" has no \"c\"\n"},
    {TITLED("a: {width: 1}", "${a.widht}"),
     "f:5:48: variable \"a\" has no \"widht\"; did you mean \"width\"?\n"},
    {TITLED("", "${a"), "f:5:48: \"${\" is not closed; write ${name}, or $$ for a dollar sign\n"},
    {TITLED("", "${a-b}"), "f:5:48: \"${a-b}\" names no variable; write ${name}, "
                           "${name:-default}, ${name:?message}, or $$ for a dollar sign\n"},
    {TITLED("", "${1}"), "f:5:48: \"${1}\" names no variable; write ${name}, "
                         "${name:-default}, ${name:?message}, or $$ for a dollar sign\n"},
};

START_TEST(what_cannot_be_filled_in_is_told_once_and_where_it_stands)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

/* Makes a flow with variables v0 to v<count>, each made of `times` times the one before. */
static char *chain_variables(int count, int times)
{
    struct vf_text text = {0};
    vf_text_print(&text, "vflow: 1\nvars:\n  v0: abcdefgh\n");
    for (int i = 1; i <= count; i++) {
        vf_text_print(&text, "  v%d: ", i);
        for (int j = 0; j < times; j++)
            vf_text_print(&text, "${v%d}", i - 1);
        vf_text_print(&text, "\n");
    }
    vf_text_print(&text, NODES);
    return vf_text_take(&text);
}

START_TEST(variables_that_double_at_each_step_end_with_a_message)
{
    char *yaml = chain_variables(30, 2);
    assert_flow_messages(yaml, NULL,
                         "f:17:8: this value becomes too long; at most 64 KiB are read\n");
    free(yaml);
}
END_TEST

START_TEST(a_long_chain_of_variables_does_not_exhaust_the_stack)
{
    char *yaml = chain_variables(3000, 1);
    assert_flow_messages(yaml, NULL, "");
    free(yaml);
    struct vf_text text = {0};
    vf_text_print(&text, "vflow: 1\nvars:\n");
    for (int i = 0; i < 3000; i++)
        vf_text_print(&text, "  v%d: ${v%d}\n", i, i + 1);
    vf_text_print(&text, "  v3000: 1\n" NODES);
    char *messages = flow_messages(text.bytes, NULL);
    ck_assert_ptr_nonnull(strstr(messages, "f:35:8: too many variables within variables"));
    free(messages);
    vf_text_finish(&text);
}
END_TEST

static const char good[] = "vflow: 1\n"
                           "vars: {size: 640}\n"
                           "nodes:\n"
                           "  eye: {type: camera}\n"
                           "  small: {type: scale, inputs: eye, width: \"${size}\"}\n"
                           "  list: {type: join, inputs: [small, eye]}\n"
                           "  out: {type: sink, inputs: list}\n";

static const struct {
    const char *setting;
    size_t node, option;
    const char *text;
} settings[] = {
    {"nodes.small.width=320", 1, 0, "320"}, {"nodes.small.title=a=b.c", 1, 1, "a=b.c"},
    {"vars.size=100", 1, 0, "100"},         {"nodes.small.width=${size}", 1, 0, "640"},
    {"nodes.small.title=$$5", 1, 1, "$5"},  {"nodes.small.title=", 1, 1, ""},
    {"nodes.eye.wait=1s", 0, 0, "1s"},
};

START_TEST(a_setting_stands_for_the_value_at_its_path)
{
    struct vf_flow_request request = {.settings = &settings[_i].setting, .setting_count = 1};
    struct vf_flow *flow = load_good_flow(good, &request);
    const struct vf_flow_node *node = &flow->nodes[settings[_i].node];
    ck_assert_str_eq(node->options[settings[_i].option].text, settings[_i].text);
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(settings_reach_the_mode_the_defaults_and_the_inputs)
{
    static const char *const several[] = {"mode=realtime", "defaults.queue=9",
                                          "nodes.list.inputs.0=eye.video", "nodes.small.inputs=eye",
                                          "mode=batch"};
    struct vf_flow_request request = {.settings = several, .setting_count = 5};
    struct vf_flow *flow = load_good_flow(good, &request);
    ck_assert_int_eq(flow->mode, VF_MODE_BATCH);
    ck_assert_uint_eq(flow->queue, 9);
    ck_assert_str_eq(flow->nodes[2].inputs[0].node, "eye");
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(the_command_line_has_the_last_word_on_the_mode)
{
    static const enum vf_flow_mode realtime = VF_MODE_REALTIME;
    struct vf_flow_request request = {.mode = &realtime};
    struct vf_flow *flow = load_good_flow(good, &request);
    ck_assert_int_eq(flow->mode, VF_MODE_REALTIME);
    vf_flow_destroy(&flow);
}
END_TEST

static const struct {
    const char *setting, *messages;
} bad_settings[] = {
    {"nodes.smal.width=320",
     "-s nodes.smal.width=320: there is no node \"smal\"; did you mean \"small\"?\n"},
    {"nodes.small.widht=320",
     "-s nodes.small.widht=320: unknown option \"widht\" of scale; did you mean \"width\"?\n"},
    {"nodes.small.width=many", "-s nodes.small.width=many: width of scale cannot be \"many\"; it "
                               "is an integer, 2 to 16384 pixels\n"},
    {"nods.small.width=1",
     "-s nods.small.width=1: unknown key \"nods\"; did you mean \"nodes\"?\n"},
    {"nodes.small.width.x=1", "-s nodes.small.width.x=1: \"nodes.small.width\" is a single value; "
                              "there is no \"x\" in it\n"},
    {"nodes.list.inputs.2=eye", "-s nodes.list.inputs.2=eye: \"nodes.list.inputs\" is a list of 2; "
                                "its elements are numbered from 0\n"},
    {"nodes.small.title.x=1",
     "-s nodes.small.title.x=1: title of scale is a mapping; it is a text\n"},
    {"width", "-s width: this sets nothing; a setting is PATH=VALUE, as in "
              "nodes.small.width=320\n"},
    {"=1", "-s =1: this sets nothing; a setting is PATH=VALUE, as in nodes.small.width=320\n"},
    {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1",
     "-s a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1: this path is too long; a flow has at most 16 "
     "levels\n-s a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1: unknown key \"a\"; a flow has vflow, "
     "include, plugins, mode, vars, transport, security, hosts, peer_timeout, memory, sandbox, "
     "http, "
     "defaults, inputs, outputs, nodes, "
     "events, tests\n"},
};

START_TEST(a_wrong_setting_is_told_as_it_was_given)
{
    struct vf_flow_request request = {.settings = &bad_settings[_i].setting, .setting_count = 1};
    assert_flow_messages(good, &request, bad_settings[_i].messages);
}
END_TEST

START_TEST(a_wrong_variable_of_the_command_line_is_told_as_it_was_given)
{
    static const char *const wrong[] = {"siez=3", "4=5", "nothing"};
    struct vf_flow_request request = {.variables = wrong, .variable_count = 3};
    assert_flow_messages(good, &request,
                         "--var 4=5: this sets no variable; write NAME=VALUE, the name of letters, "
                         "digits and underscores\n"
                         "--var nothing: this sets no variable; write NAME=VALUE, the name of "
                         "letters, digits and underscores\n"
                         "--var siez=3: warning: the flow has no variable \"siez\"; did you mean "
                         "\"size\"?\n");
}
END_TEST

Suite *flow_variables_suite(void);
Suite *flow_variables_suite(void)
{
    Suite *suite = suite_create("flow_variables");
    TCase *tcase = tcase_create("flow_variables");
    tcase_add_loop_test(tcase, a_variable_stands_for_its_value, 0, (int)VF_COUNT(values));
    tcase_add_loop_test(tcase, what_cannot_be_filled_in_is_told_once_and_where_it_stands, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, variables_that_double_at_each_step_end_with_a_message);
    tcase_add_test(tcase, a_long_chain_of_variables_does_not_exhaust_the_stack);
    tcase_add_loop_test(tcase, a_setting_stands_for_the_value_at_its_path, 0,
                        (int)VF_COUNT(settings));
    tcase_add_test(tcase, settings_reach_the_mode_the_defaults_and_the_inputs);
    tcase_add_test(tcase, the_command_line_has_the_last_word_on_the_mode);
    tcase_add_loop_test(tcase, a_wrong_setting_is_told_as_it_was_given, 0,
                        (int)VF_COUNT(bad_settings));
    tcase_add_test(tcase, a_wrong_variable_of_the_command_line_is_told_as_it_was_given);
    suite_add_tcase(suite, tcase);
    return suite;
}
