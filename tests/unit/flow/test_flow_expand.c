/* SPDX-License-Identifier: MIT */
/* Sub-flows, loops and included files: which nodes they become, and what is said of mistakes. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

#define START "vflow: 1\nnodes:\n"
#define EYE "  eye: {type: camera}\n"
#define PART                                                                                     \
    "vflow: 1\nvars: {width: 64}\ninputs: {frames: small}\noutputs: {video: same, big: small}\n" \
    "nodes:\n  small: {type: scale, width: \"${width}\"}\n  same: {type: pass, inputs: small}\n"

static int folder_before;

static void setup(void)
{
    folder_before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
    scratch_write("part.yaml", PART);
}

static void teardown(void)
{
    ck_assert_int_eq(fchdir(folder_before), 0);
    close(folder_before);
    scratch_remove();
}

/* Writes all nodes as "NAME<SOURCE,SOURCE NAME...". */
static char *list_nodes(const struct vf_flow *flow)
{
    struct vf_text text = {0};
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        vf_text_print(&text, "%s%s", i ? " " : "", node->name);
        for (size_t j = 0; j < node->input_count; j++) {
            const struct vf_flow_input *input = &node->inputs[j];
            vf_text_print(&text, "%s%s%s%s", j ? "," : "<", input->node,
                          input->source_port ? "." : "",
                          input->source_port ? input->source_port : "");
        }
    }
    return vf_text_take(&text);
}

static const struct {
    const char *yaml, *nodes;
} flows[] = {
    {START
     "  c: {for_each: [a, b], nodes: {eye: {type: camera}, out: {type: sink, inputs: eye}}}\n",
     "c/a/eye c/a/out<c/a/eye c/b/eye c/b/out<c/b/eye"},
    {START EYE "  s: {for_each: [a, b], type: sink, inputs: eye}\n", "eye s/a<eye s/b<eye"},
    {START "  e: {for_each: [a, b], type: camera}\n  j: {type: join, inputs: e/*}\n"
           "  s: {type: sink, inputs: j}\n",
     "e/a e/b j<e/a,e/b s<j"},
    {START "  e: {for_each: [a, b], type: camera}\n  j: {type: join, inputs: [e/b, e/*]}\n"
           "  s: {type: sink, inputs: j}\n",
     "e/a e/b j<e/b,e/a,e/b s<j"},
    {START "  e: {for_each: [a, b], nodes: {eye: {type: camera}}, outputs: {v: eye.video}}\n"
           "  j: {type: join, inputs: e/*.v}\n  s: {type: sink, inputs: j}\n",
     "e/a/eye e/b/eye j<e/a/eye.video,e/b/eye.video s<j"},
    {START EYE "  p: {nodes: {q: {nodes: {s: {type: sink, inputs: eye}}}}}\n", "eye p/q/s<eye"},
    {START EYE "  p: {type: flow, file: part.yaml, inputs: eye}\n  s: {type: sink, inputs: p}\n",
     "eye p/small<eye p/same<p/small s<p/same"},
    {START EYE "  p: {type: flow, file: part.yaml, inputs: {frames: {from: eye, queue: 2}}}\n"
               "  s: {type: sink, inputs: p.big}\n  t: {type: sink, inputs: p/same}\n",
     "eye p/small<eye p/same<p/small s<p/small t<p/same"},
    {START EYE "  p: {type: flow, file: part.yaml, inputs: [eye], for_each: {w: [8, 16]}, "
               "vars: {width: \"${w}\"}}\n  j: {type: join, inputs: p/*}\n"
               "  s: {type: sink, inputs: j}\n",
     "eye p/8/small<eye p/8/same<p/8/small p/16/small<eye p/16/same<p/16/small "
     "j<p/8/same,p/16/same s<j"},
    {"vflow: 1\nvars: {all: [{name: x, w: 8}, {w: 16}]}\nnodes:\n" EYE
     "  f: {for_each: \"${all}\", as: it, type: scale, inputs: eye, width: \"${it.w}\"}\n"
     "  s: {type: join, inputs: f/*}\n  t: {type: sink, inputs: s}\n",
     "eye f/x<eye f/2<eye s<f/x,f/2 t<s"},
    {"vflow: 1\nvars: {all: {l: 8, r: 16}}\nnodes:\n" EYE
     "  f: {for_each: {it: \"${all}\"}, type: scale, inputs: eye, width: \"${it}\"}\n"
     "  s: {for_each: [l, r], type: sink, inputs: \"f/${each}\"}\n",
     "eye f/l<eye f/r<eye s/l<f/l s/r<f/r"},
    {"vflow: 1\nvars: {all: {l: 8, r: 16}}\nnodes:\n" EYE
     "  f: {for_each: {it: \"${all}\"}, type: scale, inputs: eye, width: \"${it}${it.index}\"}\n"
     "  s: {for_each: {it: \"${all}\"}, type: sink, inputs: \"f/${it.name}\"}\n",
     "eye f/l<eye f/r<eye s/l<f/l s/r<f/r"},
    {START EYE "  a/b: {type: sink, inputs: eye}\n", "eye a/b<eye"},
};

START_TEST(sub_flows_and_loops_become_nodes)
{
    struct vf_flow *flow = load_good_flow(flows[_i].yaml, NULL);
    char *nodes = list_nodes(flow);
    ck_assert_str_eq(nodes, flows[_i].nodes);
    free(nodes);
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(variables_are_those_of_the_sub_flow)
{
    static const char *const given[] = {"width=9", "w=10"};
    static const char *const settings[] = {"nodes.q/small.width=${w}", "nodes.r.vars.width=12"};
    const struct vf_flow_request request = {.variables = given,
                                            .variable_count = VF_COUNT(given),
                                            .settings = settings,
                                            .setting_count = VF_COUNT(settings)};
    static const char yaml[] =
        START EYE "  p: {type: flow, file: part.yaml, inputs: eye}\n"
                  "  q: {type: flow, file: part.yaml, inputs: eye, vars: {width: \"${width}\"}}\n"
                  "  r: {type: flow, file: part.yaml, inputs: eye}\n"
                  "  s: {for_each: [p, q, r], type: sink, inputs: \"${each}\"}\n";
    struct vf_flow *flow = load_good_flow(yaml, &request);
    ck_assert_str_eq(flow->nodes[1].options[0].text, "64");
    ck_assert_str_eq(flow->nodes[3].options[0].text, "10");
    ck_assert_str_eq(flow->nodes[5].options[0].text, "12");
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(included_files_add_nodes_and_variables)
{
    scratch_write("one.yaml", "vflow: 1\nvars: {w: 8, v: 8}\nmode: realtime\nnodes:\n" EYE);
    scratch_write("two.yaml", "vflow: 1\nvars: {w: 16, v: 16}\ndefaults: {queue: 3}\n");
    static const char yaml[] =
        "vflow: 1\ninclude: [one.yaml, two.yaml]\nvars: {v: 32}\nnodes:\n"
        "  a: {type: scale, inputs: eye, width: \"${w}\"}\n  b: {type: scale, inputs: a, width: "
        "\"${v}\"}\n  s: {type: sink, inputs: b}\n";
    struct vf_flow *flow = load_good_flow(yaml, NULL);
    char *nodes = list_nodes(flow);
    ck_assert_str_eq(nodes, "eye a<eye b<a s<b");
    ck_assert_str_eq(flow->nodes[1].options[0].text, "16");
    ck_assert_str_eq(flow->nodes[2].options[0].text, "32");
    ck_assert_int_eq(flow->mode, VF_MODE_REALTIME);
    ck_assert_uint_eq(flow->queue, 3);
    ck_assert_str_eq(flow->nodes[0].place.file, "one.yaml");
    free(nodes);
    vf_flow_destroy(&flow);
}
END_TEST

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {START "  p: {type: flow, file: no.yaml}\n  s: {type: sink, inputs: p}\n",
     "f:3:25: \"no.yaml\" is not there; a name starts from the folder of the file that it is "
     "written "
     "in\n"},
    {START "  p: {type: flow}\n",
     "f:3:3: \"p\" is a sub-flow without a file; add file: NAME.yaml\n"},
    {START EYE "  p: {type: flow, file: part.yaml, inputs: {frame: eye}, widht: 3}\n",
     "f:4:45: p has no input \"frame\"; did you mean \"frames\"?\n"
     "f:4:58: unknown key \"widht\" of p; there are file, inputs, for_each, as, vars, type\n"
     "part.yaml:6:3: input \"video\" of p/small is not connected; name a source of video under "
     "inputs\n"},
    {START EYE "  p: {type: flow, file: part.yaml, inputs: [eye, eye]}\n  s: {type: sink, inputs: "
               "p.bog}\n",
     "f:4:50: this is input number 2 of p; part.yaml has 1\n"
     "f:5:27: p has no output \"bog\"; did you mean \"big\"?\n"},
    {START "  n: {type: counter}\n  p: {type: flow, file: part.yaml, inputs: n}\n  s: {type: sink, "
           "inputs: p}\n",
     "f:4:44: input \"video\" of p/small takes video, but n.value is value; read from a node that "
     "makes "
     "video (input \"frames\" of p, part.yaml:3)\n"},
    {START "  c: {for_each: [a], nodes: {e: {type: camera}}}\n  s: {type: sink, inputs: c}\n",
     "f:4:27: c is a loop of 1; read all of it as c/*, or one as c/NAME\n"},
    {START "  c: {for_each: [a], nodes: {e: {type: camera}}}\n  s: {type: sink, inputs: c/a}\n",
     "f:4:27: c/a has no outputs; read a node in it, as c/a/NODE, or give it outputs: {NAME: "
     "NODE}\n"},
    {START "  c: {for_each: [a], nodes: {e: {type: camera}}, outputs: {v: eye}}\n  s: {type: sink, "
           "inputs: c/a}\n",
     "f:3:63: there is no node \"eye\" in c/a\n"},
    {START EYE "  c: {for_each: [a], type: sink, inputs: {from: [eye, [eye]]}}\n",
     "f:4:49: this source does not say where it comes from; add from: NODE\n"},
    {START EYE "  c: {for_each: {a: [1], b: [2]}, type: sink, inputs: eye}\n",
     "f:4:17: for_each names one variable and its list; write for_each: [front, back], or "
     "for_each: "
     "{camera: \"${cameras}\"} with a list under vars\n"},
    {START EYE "  c: {for_each: [x, x], type: sink, inputs: eye}\n",
     "f:4:21: duplicate element \"x\"; give each a name of its own\n"},
    {START EYE "  c: {for_each: [{name: a.b}], type: sink, inputs: eye}\n",
     "f:4:18: \"a.b\" cannot name an element; use up to 64 letters, digits, \"_\" and \"-\"\n"},
    {START "  c: {for_each: \"${nothing}\", type: camera}\n  s: {type: sink, inputs: c/*}\n",
     "f:3:17: variable \"nothing\" is not set; set it under vars or with --var nothing=VALUE\n"},
    {START EYE "  c: {for_each: [a, b], type: sink, inputs: eye, n: 1}\n",
     "f:4:50: unknown option \"n\" of sink\n"},
    {"vflow: 1\ninclude: [self.yaml]\nnodes:\n" EYE "  s: {type: sink, inputs: eye}\n",
     "self.yaml:2:10: \"self.yaml\" includes itself, by way of this; take one of them away\n"},
    {"vflow: 1\ninclude: bad.yaml\nnodes:\n" EYE "  s: {type: sink, inputs: eye}\n",
     "bad.yaml:3:13: unknown type \"camra\"; did you mean \"camera\"?\n"},
    {"vflow: 1\ninclude: {a: 1}\nnodes:\n" EYE "  s: {type: sink, inputs: eye}\n",
     "f:2:10: this is a mapping; include takes names of files: include: [a.yaml, b.yaml]\n"},
    {"vflow: 1\ninclude: bad.yaml\nnodes:\n" EYE "  a: {type: sink, inputs: eye}\n",
     "f:5:3: duplicate node \"a\"; it stands in bad.yaml:3 already\n"
     "bad.yaml:3:13: unknown type \"camra\"; did you mean \"camera\"?\n"},
    {START "  p: {type: flow, file: deep.yaml}\n",
     "deep.yaml:3:25: \"deep.yaml\" is a sub-flow of itself, by way of this; take one of them "
     "away\n"},
    {"vflow: 1\ninputs: {v: s}\nnodes:\n  s: {type: sink}\n",
     "f:2:1: a flow with inputs runs as a part of another one: NAME: {type: flow, file: f, inputs: "
     "...}\n"},
};

START_TEST(a_mistake_names_the_file_that_it_is_in)
{
    scratch_write("self.yaml", "vflow: 1\ninclude: self.yaml\n");
    scratch_write("bad.yaml", "vflow: 1\nnodes:\n  a: {type: camra}\n");
    scratch_write("deep.yaml", START "  q: {type: flow, file: deep.yaml}\n");
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

START_TEST(a_part_is_right_by_itself_where_it_is_only_looked_at)
{
    const struct vf_flow_request request = {.may_be_part = true};
    assert_flow_messages(PART, &request, "");
}
END_TEST

START_TEST(what_has_no_value_is_left_out_where_that_is_no_mistake)
{
    const struct vf_flow_request request = {.are_variables_optional = true};
    assert_flow_messages("vflow: 1\nnodes:\n" EYE
                         "  a: {type: scale, inputs: eye, width: \"${w}\"}\n"
                         "  c: {for_each: \"${list}\", type: sink, inputs: a}\n"
                         "  s: {type: sink, inputs: a}\n",
                         &request, "");
}
END_TEST

START_TEST(a_flow_says_what_it_wants_and_has)
{
    static const char *const given[] = {"input=x"};
    const struct vf_flow_request request = {.variables = given, .variable_count = 1};
    struct vf_flow *flow = load_good_flow(
        "vflow: 1\nvars: {w: 8}\nnodes:\n" EYE "  a: {type: scale, inputs: eye, width: \"${w}\", "
        "title: \"${input}${more:-2}\"}\n  s: {type: sink, inputs: a}\n",
        &request);
    ck_assert_str_eq(flow->wants, "input");
    ck_assert_str_eq(flow->has, "w=8, more=2");
    vf_flow_destroy(&flow);
}
END_TEST

Suite *flow_expand_suite(void);
Suite *flow_expand_suite(void)
{
    Suite *suite = suite_create("flow_expand");
    TCase *tcase = tcase_create("flow_expand");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, sub_flows_and_loops_become_nodes, 0, (int)VF_COUNT(flows));
    tcase_add_test(tcase, variables_are_those_of_the_sub_flow);
    tcase_add_test(tcase, included_files_add_nodes_and_variables);
    tcase_add_loop_test(tcase, a_mistake_names_the_file_that_it_is_in, 0, (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_part_is_right_by_itself_where_it_is_only_looked_at);
    tcase_add_test(tcase, what_has_no_value_is_left_out_where_that_is_no_mistake);
    tcase_add_test(tcase, a_flow_says_what_it_wants_and_has);
    suite_add_tcase(suite, tcase);
    return suite;
}
