/* SPDX-License-Identifier: MIT */
/* What is read out of a flow file, and what is said of one that cannot be read. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/flow/file/yaml.h"
#include "tests/unit/support/flow_fixture.h"

START_TEST(a_flow_is_read_as_it_was_written)
{
    struct vf_flow *flow = load_good_flow(
        "vflow: 1\n"
        "mode: realtime\n"
        "defaults: {queue: 7, drop: oldest}\n"
        "nodes:\n"
        "  eye: {type: camera}\n"
        "  small:\n"
        "    type: scale\n"
        "    inputs: {from: eye.video, queue: 2, drop: never}\n"
        "    width: 640\n"
        "  out: {type: file, inputs: {video: small, audio: eye.audio}, path: o.mp4,\n"
        "        options: {tune: film, bf: 2}}\n",
        NULL);
    ck_assert_int_eq(flow->mode, VF_MODE_REALTIME);
    ck_assert_uint_eq(flow->queue, 7);
    ck_assert_int_eq(flow->drop, VF_DROP_OLDEST);
    ck_assert_uint_eq(flow->node_count, 3);
    const struct vf_flow_node *small = &flow->nodes[1], *out = &flow->nodes[2];
    ck_assert_str_eq(small->name, "small");
    ck_assert_str_eq(small->type, "scale");
    ck_assert_uint_eq(small->place.line, 6);
    ck_assert_uint_eq(small->place.column, 3);
    ck_assert_str_eq(small->inputs[0].node, "eye");
    ck_assert_str_eq(small->inputs[0].source_port, "video");
    ck_assert_uint_eq(small->inputs[0].queue, 2);
    ck_assert_int_eq(small->inputs[0].drop, VF_DROP_NEVER);
    ck_assert_str_eq(small->options[0].text, "640");
    ck_assert_uint_eq(small->options[0].value_place.column, 12);
    ck_assert_str_eq(out->inputs[1].port, "audio");
    ck_assert_uint_eq(out->inputs[1].queue, 0);
    ck_assert(out->options[1].is_mapping);
    ck_assert_str_eq(out->options[1].pairs[1].name, "bf");
    ck_assert_str_eq(out->options[1].pairs[1].text, "2");
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(keys_that_begin_with_x_are_ignored_at_every_level)
{
    struct vf_flow *flow = load_good_flow("vflow: 1\n"
                                          "x-note: ${unset}\n"
                                          "nodes:\n"
                                          "  x-old: {type: nothing}\n"
                                          "  one: {type: counter, x-note: [1, 2]}\n"
                                          "  two: {type: sink, inputs: {from: one, x-note: 3}}\n",
                                          NULL);
    ck_assert_uint_eq(flow->node_count, 2);
    ck_assert_uint_eq(flow->nodes[0].option_count, 0);
    vf_flow_destroy(&flow);
}
END_TEST

#define NODES "nodes: {a: {type: counter}, b: {type: sink, inputs: a}}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {"", "f:1:1: the file holds nothing; a flow is a mapping with vflow: 1 and nodes\n"},
    {"# only this\n", "f:1:1: the file holds nothing; a flow is a mapping with vflow: 1 and "
                      "nodes\n"},
    {"[1]\n", "f:1:1: the file holds a list; a flow is a mapping with vflow: 1 and nodes\n"},
    {NODES, "f:1:1: the version of the format is missing; begin the file with \"vflow: 1\"\n"},
    {"vflow: 2\n" NODES,
     "f:1:8: version \"2\" of the format is not known here; this is vflow: 1\n"},
    {"vflow: 1\nmode: relatime\n" NODES,
     "f:2:7: unknown mode \"relatime\" of the flow; did you mean \"realtime\"?\n"},
    {"vflow: 1\nmode: [batch]\n" NODES, "f:2:7: \"mode\" is a list; it is batch or realtime\n"},
    {"vflow: 1\nmdoe: batch\n" NODES, "f:2:1: unknown key \"mdoe\"; did you mean \"mode\"?\n"},
    {"vflow: 1\nz: {type: sink}\n" NODES,
     "f:2:1: unknown key \"z\"; a node stands under \"nodes\"\n"},
    {"vflow: 1\n", "f:1:1: the flow has no nodes; put at least a producer under \"nodes\"\n"},
    {"vflow: 1\nnodes:\n",
     "f:2:7: the flow has no nodes; put at least a producer under \"nodes\"\n"},
    {"vflow: 1\nnodes: [1]\n",
     "f:2:8: \"nodes\" is a list; it is a mapping of names to nodes: write \"reader: {type: "
     "video_reader, ...}\" without \"-\"\n"},
    {"vflow: 1\nnodes:\n  a: counter\n",
     "f:3:6: \"a\" is a single value; it is a mapping with a type\n"},
    {"vflow: 1\nnodes:\n  a: {wait: 1}\n",
     "f:3:3: node \"a\" has no type; add type: and a name from `vflow list`\n"},
    {"vflow: 1\n" NODES "mode: batch\nmode: batch\n",
     "f:4:1: duplicate key \"mode\"; it stands in line 3 already\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  b: {type: sink, inputs: a}\n  a: {type: sink}\n",
     "f:5:3: duplicate key \"a\"; it stands in line 3 already\n"},
    {"vflow: 1\ndefaults: {queue: 4097}\n" NODES,
     "f:2:19: queue of the defaults is 4097, out of its range; it is an integer or duration, 1 to "
     "4096 messages\n"},
    {"vflow: 1\ndefaults: {queue: 2 s}\n" NODES,
     "f:2:19: queue of the defaults cannot be \"2 s\"; did you mean 2s? It is an integer or "
     "duration, such as 4 "
     "or 2s (1 to 4096 messages)\n"},
    {"vflow: 1\ndefaults: {queue: 0s}\n" NODES,
     "f:2:19: queue of the defaults is 0s, out of its range; it is an integer or duration, 1 to "
     "4096 messages\n"},
    {"vflow: 1\ndefaults: {qeue: 4}\n" NODES,
     "f:2:12: unknown key \"qeue\" of the defaults; did you mean \"queue\"?\n"},
    {"vflow: 1\nnodes:\n\ta: {type: counter}\n",
     "f:3:1: this line begins with a tab, but YAML is indented with spaces, not tabs; write two "
     "spaces for each level: \"    a: {type: counter}\"\n"},
    {"vflow: 1\nnodes: {a: {type: counter}\n",
     "f:2:8: the brace that opens here is not closed; end it with }\n"},
    {"vflow: 1\nnodes: \xff\n", "f:2:8: this is not YAML: invalid leading UTF-8 octet\n"},
    {"vflow: &v 1\nmode: *v\n" NODES,
     "f:2:7: unknown mode \"1\" of the flow; it is one of batch, realtime\n"},
    {"vflow: 1\nmode: *v\n" NODES,
     "f:2:7: nothing before *v has the anchor &v; an anchor stands in front of a value\n"},
    {"vflow: 1\nx-a: &camera 1\nmode: *camra\n" NODES,
     "f:3:7: nothing before *camra has the anchor &camra; did you mean \"camera\"?\n"},
    {"vflow: 1\nx-a: &v [*v]\n" NODES,
     "f:2:10: nothing before *v has the anchor &v; an anchor stands in front of a value\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  b: {type: sink, inputs: a, <<: 1}\n",
     "f:4:34: << is a single value; it takes a mapping with an anchor, <<: *name, or a list of "
     "such\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  b: {type: sink, inputs: a, \"<<\": a}\n",
     "f:4:30: unknown option \"<<\" of sink\n"},
    {"vflow: 1\nx-s: &s {type: sink, qeue: 1}\nnodes:\n  a: {type: counter}\n"
     "  b: {inputs: a, <<: *s}\n",
     "f:2:22: unknown option \"qeue\" of sink\n"},
    {"vflow: 1\n" NODES "--- 2\n", "f:3:1: a second document begins here; a file holds one flow\n"},
    {"vflow: 1\n? [a]\n: 1\n" NODES, "f:2:3: this key is a list; a key is a single value\n"},
    {"vflow: 1\nmode: \"ba\\0tch\"\n" NODES,
     "f:2:7: the text has a NUL character in it; remove it\n"},
    {"vflow: 1\nnodes:\n  a.b: {type: counter}\n  c: {type: sink, inputs: [[a]]}\n",
     "f:3:3: \"a.b\" cannot name a node; use up to 64 letters, digits, \"_\" and \"-\", a letter "
     "first\nf:4:28: this is a list within a list; name a NODE or a NODE.PORT\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: a.b.c}\n",
     "f:4:27: \"a.b.c\" names no source; a source is NODE or NODE.PORT\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: {in: {queue: 3}}}\n",
     "f:4:32: this source does not say where it comes from; add from: NODE\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: {from: a, drop: last}}\n",
     "f:4:43: unknown drop \"last\" of a source; it is one of never, newest, oldest\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: {from: a, delay: soon}}\n",
     "f:4:44: delay of a source cannot be \"soon\"; it is a duration, such as 2.5, 40ms, "
     "1m30s or 00:01:30 (-24 to 24 hours)\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: {from: a, dealy: 1}}\n",
     "f:4:37: unknown key \"dealy\" of a source; did you mean \"delay\"?\n"},
    {"vflow: 1\ndefaults: {delay: 1}\n" NODES,
     "f:2:12: unknown key \"delay\" of the defaults; there are queue, drop, wire, restart, "
     "max_restarts, backoff, on_error, stall_after\n"},
    {"vflow: 1\nnodes:\n  a: {type: counter}\n  c: {type: sink, inputs: }\n",
     "f:4:27: a source is missing here; name a NODE or a NODE.PORT\n"},
};

START_TEST(a_mistake_in_the_file_is_told_with_its_place)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

START_TEST(what_could_be_a_bomb_is_refused)
{
    struct vf_text deep = {0}, many = {0};
    for (int i = 0; i < 100; i++)
        vf_text_print(&deep, "[");
    char *messages = flow_messages(deep.bytes, NULL);
    ck_assert_str_eq(messages, "f:1:18: too many levels for a flow; at most 16 are read\n");
    free(messages);
    for (int i = 0; i < 20000; i++)
        vf_text_print(&many, "- 1\n");
    messages = flow_messages(many.bytes, NULL);
    ck_assert_str_eq(messages, "f:10000:3: too many values for a flow; at most 10000 are read\n");
    free(messages);
    vf_text_finish(&deep);
    vf_text_finish(&many);
}
END_TEST

/* Nine times nine times nine ... */
START_TEST(aliases_are_no_bomb)
{
    struct vf_text many = {0};
    vf_text_print(&many, "vflow: 1\nx-0: &a0 [1]\n");
    for (int i = 1; i < 10; i++)
        vf_text_print(&many, "x-%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
                      i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    char *messages = flow_messages(many.bytes, NULL);
    ck_assert_ptr_nonnull(strstr(messages, "too many values for a flow; at most 10000 are read"));
    free(messages);
    vf_text_finish(&many);
    vf_text_print(&many, "vflow: 1\nx-0: &a0 [1]\n");
    for (int i = 1; i < 20; i++)
        vf_text_print(&many, "x-%d: &a%d [*a%d]\n", i, i, i - 1);
    messages = flow_messages(many.bytes, NULL);
    ck_assert_ptr_nonnull(strstr(messages, "too many levels for a flow; at most 16 are read"));
    free(messages);
    vf_text_finish(&many);
}
END_TEST

static const struct {
    const char *yaml, *same;
} aliased[] = {
    {"x-n: &n 5s\nnodes:\n  e: &e {type: camera, wait: *n}\n  f: *e\n"
     "  s: {type: join, inputs: [e, f]}\n  o: {type: sink, inputs: s}\n",
     "nodes:\n  e: {type: camera, wait: 5s}\n  f: {type: camera, wait: 5s}\n"
     "  s: {type: join, inputs: [e, f]}\n  o: {type: sink, inputs: s}\n"},
    {"x-c: &c {type: scale, width: 64, height: 48}\nnodes:\n  e: {type: camera}\n"
     "  t: {<<: *c, width: 32, inputs: e}\n  s: {type: sink, inputs: t}\n",
     "nodes:\n  e: {type: camera}\n  t: {type: scale, width: 32, height: 48, inputs: e}\n"
     "  s: {type: sink, inputs: t}\n"},
    {"x-c: &c {type: scale, width: 64}\nx-d: &d {width: 32, height: 48}\nnodes:\n"
     "  e: {type: camera}\n  t: {inputs: e, <<: [*c, *d]}\n  s: {type: sink, inputs: t}\n",
     "nodes:\n  e: {type: camera}\n  t: {type: scale, width: 64, height: 48, inputs: e}\n"
     "  s: {type: sink, inputs: t}\n"},
    {"x-c: &c {type: scale}\nx-d: &d {<<: *c, width: 64}\nnodes:\n  e: {type: camera}\n"
     "  t: {<<: *d, inputs: &i [e]}\n  s: {type: scale, width: 2, inputs: *i}\n"
     "  o: {type: join, inputs: [s, t]}\n  p: {type: sink, inputs: o}\n",
     "nodes:\n  e: {type: camera}\n  t: {type: scale, width: 64, inputs: [e]}\n"
     "  s: {type: scale, width: 2, inputs: [e]}\n"
     "  o: {type: join, inputs: [s, t]}\n  p: {type: sink, inputs: o}\n"},
    {"x-v: &v 3s\nx-w: &v 4s\nnodes:\n  e: {type: camera, wait: *v}\n  s: {type: sink, inputs: "
     "e}\n",
     "nodes:\n  e: {type: camera, wait: 4s}\n  s: {type: sink, inputs: e}\n"},
};

/* Returns what the nodes of a flow are, and are told. */
static char *described(const char *yaml)
{
    struct vf_text whole = {0}, text = {0};
    vf_text_print(&whole, "vflow: 1\n%s", yaml);
    struct vf_flow *flow = load_good_flow(whole.bytes, NULL);
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        vf_text_print(&text, "%s: %s", node->name, node->type);
        for (size_t j = 0; j < node->option_count; j++)
            vf_text_print(&text, ", %s %s", node->options[j].name, node->options[j].text);
        for (size_t j = 0; j < node->input_count; j++)
            vf_text_print(&text, " <- %s", node->inputs[j].node);
        vf_text_print(&text, "\n");
    }
    vf_flow_destroy(&flow);
    vf_text_finish(&whole);
    return vf_text_take(&text);
}

START_TEST(aliases_and_merges_stand_for_what_they_name)
{
    char *made = described(aliased[_i].yaml), *same = described(aliased[_i].same);
    ck_assert_str_eq(made, same);
    free(made);
    free(same);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_a_diagnostic)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "/nowhere/flow.yaml"};
    struct vf_flow *flow;
    const struct vf_node_list none = {0};
    ck_assert_int_eq(vf_flow_load(&request, &none, &diagnostics, &flow), -EINVAL);
    ck_assert_str_eq(diagnostics.items[0].code, "unreadable-file");
    ck_assert_str_eq(diagnostics.items[0].file, "/nowhere/flow.yaml");
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

Suite *flow_file_suite(void);
Suite *flow_file_suite(void)
{
    Suite *suite = suite_create("flow_file");
    TCase *tcase = tcase_create("flow_file");
    tcase_add_test(tcase, a_flow_is_read_as_it_was_written);
    tcase_add_test(tcase, keys_that_begin_with_x_are_ignored_at_every_level);
    tcase_add_loop_test(tcase, a_mistake_in_the_file_is_told_with_its_place, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, what_could_be_a_bomb_is_refused);
    tcase_add_test(tcase, aliases_are_no_bomb);
    tcase_add_loop_test(tcase, aliases_and_merges_stand_for_what_they_name, 0,
                        (int)VF_COUNT(aliased));
    tcase_add_test(tcase, a_file_that_is_not_there_is_a_diagnostic);
    suite_add_tcase(suite, tcase);
    return suite;
}
