/* SPDX-License-Identifier: MIT */
#include "cmd/flow_test_output.h"

#include <stdio.h>
#include <string.h>

void vf_test_output_begin(enum vf_test_format format, size_t count)
{
    if (format == VF_TEST_TAP)
        printf("1..%zu\n", count);
}

/* Prints lines with "# " before each. */
static void print_comment(const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        printf("# %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

void vf_test_output_result(enum vf_test_format format, size_t number,
                           const struct vf_flow_test *test, const struct vf_test_outcome *outcome)
{
    bool has_failed = *outcome->failures;
    if (format != VF_TEST_TAP)
        return;
    printf("%sok %zu - %s: %s\n", has_failed ? "not " : "", number, test->file, test->name);
    print_comment(outcome->failures);
    if (has_failed)
        printf("# alone: vflow test --keep --filter '%s' %s\n", test->name, test->file);
    if (outcome->folder)
        printf("# folder: %s\n", outcome->folder);
    fflush(stdout);
}

static void print_escaped(const char *text)
{
    for (; *text; text++) {
        if (*text == '&' || *text == '<' || *text == '>' || *text == '"')
            printf("&#%d;", *text);
        else if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
            putchar(*text);
        else
            putchar('?'); /* XML has no such character */
    }
}

static void print_case(const struct vf_flow_test *test, const struct vf_test_outcome *outcome)
{
    printf("    <testcase classname=\"");
    print_escaped(test->file);
    printf("\" name=\"");
    print_escaped(test->name);
    printf("\" time=\"%.3f\"", outcome->seconds);
    if (!outcome->failures || !*outcome->failures) {
        puts("/>");
        return;
    }
    printf(">\n      <failure message=\"not as expected\">");
    print_escaped(outcome->failures);
    puts("</failure>\n    </testcase>");
}

void vf_test_output_end(enum vf_test_format format, const struct vf_flow_test_list *tests,
                        const struct vf_test_outcome *outcomes)
{
    size_t failures = 0;
    double seconds = 0;
    if (format != VF_TEST_JUNIT)
        return;
    for (size_t i = 0; i < tests->count; i++) {
        failures += !outcomes[i].failures || *outcomes[i].failures;
        seconds += outcomes[i].seconds;
    }
    puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
    printf("  <testsuite name=\"vflow\" tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n",
           tests->count, failures, seconds);
    for (size_t i = 0; i < tests->count; i++)
        print_case(&tests->items[i], &outcomes[i]);
    puts("  </testsuite>\n</testsuites>");
}
