/* SPDX-License-Identifier: MIT */
/* What is said of texts that are no YAML. */
#include <check.h>

#include "engine/base/array.h"
#include "tests/unit/support/flow_fixture.h"

#define START "vflow: 1\nnodes:\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {START "  a: {type: counter, end: ${end}}\n",
     "f:3:28: in braces, a value with ${...} or {...} needs quotes: end: \"${end}\"\n"},
    {START "  a: {path: frame-{seq:04d}.jpg, x: 1}\n",
     "f:3:19: in braces, a value with ${...} or {...} needs quotes: path: "
     "\"frame-{seq:04d}.jpg\"\n"},
    {START "  a: {path: {seq}.jpg}\n",
     "f:3:18: in braces, a value with ${...} or {...} needs quotes: path: \"{seq}.jpg\"\n"},
    {START "  a: {inputs: [${one}, two]}\n",
     "f:3:17: in brackets, a value with ${...} or {...} needs quotes: \"${one}\"\n"},
    {START "  a:\n    path: {seq}.jpg\n",
     "f:4:16: a value that begins with a brace or bracket needs quotes: path: \"{seq}.jpg\"\n"},
    {START "  a:\n    path: *.jpg\n",
     "f:4:12: a value that begins with * needs quotes: path: \"*.jpg\"\n"},
    {START "  a: {path: %d.jpg}\n",
     "f:3:13: a value that begins with % needs quotes: path: \"%d.jpg\"\n"},
    {START "  a: {text: time: 3}\n",
     "f:3:17: a value with a colon and a space in it needs quotes: text: \"time: 3\"\n"},
    {START "  a:\n    text: time: 3\n",
     "f:4:15: a value with a colon and a space in it needs quotes: text: \"time: 3\"\n"},
    {START "  a: {type: sink inputs: b}\n",
     "f:3:24: a comma is missing before \"inputs\"; write type: sink, inputs: b\n"},
    {START "  a: {type: sink, inputs: b\n  b: {type: counter}\n",
     "f:3:6: the brace that opens here is not closed; end it with }\n"},
    {START "  a: {text: \"hello}\n", "f:3:13: the quotes that open here are not closed\n"},
    {START "  a: {path: \"C:\\windows\"}\n",
     "f:3:13: in double quotes a backslash begins a special "
     "character; put this into single quotes, "
     "or write \\\\ for a backslash\n"},
    {START "  a:\n    type: sink\n   inputs: b\n",
     "f:5:4: this line is indented by 3 spaces, and line 4 by 4; what belongs together begins in "
     "one "
     "column: \"    inputs: b\"\n"},
    {START "  a:\n    type: sink\n      inputs: b\n",
     "f:5:13: this line is indented by 6 spaces, and line 4 by 4; what belongs together begins in "
     "one column: \"    inputs: b\"\n"},
    {START "  a:\n    type sink\n    inputs: b\n",
     "f:4:5: \"type sink\" lacks a colon after its key; write type: sink\n"},
    {START "  a:\n    type: sink\n    inputs b\n    x: 1\n",
     "f:5:5: \"inputs b\" lacks a colon after its key; write inputs: b\n"},
    {START "  a:\n    type:sink\n    inputs: b\n",
     "f:4:5: \"type:sink\" lacks a space after its colon; write type: sink\n"},
    {START "  a:\n\ttype: sink\n",
     "f:4:1: this line begins with a tab, but YAML is indented with spaces, not tabs; write two "
     "spaces for each level: \"    type: sink\"\n"},
    {START "  \xc3\xa4: {path: \xc3\xb6${x}}\n",
     "f:3:15: in braces, a value with ${...} or {...} needs quotes: path: \"\xc3\xb6${x}\"\n"},
};

START_TEST(a_text_that_is_no_yaml_is_answered_with_the_cure)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

Suite *flow_syntax_suite(void);
Suite *flow_syntax_suite(void)
{
    Suite *suite = suite_create("flow_syntax");
    TCase *tcase = tcase_create("flow_syntax");
    tcase_add_loop_test(tcase, a_text_that_is_no_yaml_is_answered_with_the_cure, 0,
                        (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
