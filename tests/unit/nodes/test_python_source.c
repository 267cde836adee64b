/* SPDX-License-Identifier: MIT */
/* What is read of Python without running it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/program/python_source.h"

START_TEST(a_call_names_a_file_or_a_module)
{
    static const struct {
        const char *call, *file, *name;
    } cases[] = {
        {"detect.py:Detector", "detect.py", "Detector"},
        {"models/detect.py", "models/detect.py", "process"},
        {"detect.py:", "detect.py", "process"},
        {"package.module:function", NULL, "function"},
        {"package.module", NULL, "process"},
        {".py", NULL, "process"},
        {"", NULL, "process"},
    };
    char *file = vf_python_source_file(cases[_i].call);
    ck_assert_pstr_eq(file, cases[_i].file);
    ck_assert_str_eq(vf_python_source_name(cases[_i].call), cases[_i].name);
    free(file);
}
END_TEST

START_TEST(a_class_says_that_it_is_stateless)
{
    static const char *const texts[] = {
        "class A:\n    stateless = True\n",
        "class A:\n\tstateless=True",
        "import x\n\nclass A(Base):\n    \"\"\"Text.\"\"\"\n\n    # stateless\n    size = 3\n"
        "    stateless = True  # it is\n\n    def f(self):\n        pass\n",
        "class B:\n    pass\nclass A :\r\n    stateless = True\r\n",
        "class A:\n    def f(self):\n        pass\n# outside\n\n    stateless = True\n",
    };
    ck_assert(vf_python_source_is_stateless(texts[_i], "A"));
}
END_TEST

START_TEST(nothing_else_does)
{
    static const char *const texts[] = {
        "",
        "class",
        "class A",
        "class A:\n    stateless = False\n",
        "class A:\n    stateless = Truely\n",
        "class A:\n    stateless = True and False\n",
        "class A:\n    stateless == True\n",
        "class A:\n    not_stateless = True\n",
        "class A:\n    # stateless = True\n",
        "class A:\n    def f(self):\n        stateless = True\n",
        "class A:\n    pass\nstateless = True\n",
        "class AB:\n    stateless = True\n",
        "class B(A):\n    stateless = True\n",
        "class A:\n    pass\nclass B:\n    stateless = True\n",
        "def A():\n    stateless = True\n",
    };
    ck_assert(!vf_python_source_is_stateless(texts[_i], "A"));
}
END_TEST

Suite *python_source_suite(void);
Suite *python_source_suite(void)
{
    Suite *suite = suite_create("python_source");
    TCase *tests = tcase_create("python_source");
    tcase_add_loop_test(tests, a_call_names_a_file_or_a_module, 0, 7);
    tcase_add_loop_test(tests, a_class_says_that_it_is_stateless, 0, 5);
    tcase_add_loop_test(tests, nothing_else_does, 0, 15);
    suite_add_tcase(suite, tests);
    return suite;
}
