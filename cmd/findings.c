/* SPDX-License-Identifier: MIT */
#include "cmd/findings.h"

#include <stdarg.h>
#include <string.h>

#include "engine/base/display.h"
#include "engine/base/text.h"

static const char *const level_names[] = {
    [VF_FINDING_OK] = "ok",
    [VF_FINDING_WARNING] = "warning",
    [VF_FINDING_PROBLEM] = "problem",
};

void vf_findings_add(struct vf_findings *findings, enum vf_finding_level level, const char *topic,
                     const char *advice, const char *format, ...)
{
    struct vf_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    if (text.bytes)
        vf_display_clean(text.bytes);
    findings->counts[level]++;
    json_t *finding = json_pack("{s:s, s:s, s:s}", "level", level_names[level], "topic", topic,
                                "text", text.bytes ? text.bytes : "");
    if (advice)
        json_object_set_new(finding, "advice", json_string(advice));
    json_array_append_new(findings->list, finding);
    vf_text_finish(&text);
}

void vf_findings_print(const struct vf_findings *findings, FILE *out)
{
    size_t i;
    json_t *finding;
    json_array_foreach(findings->list, i, finding)
    {
        const char *level = "", *topic = "", *text = "", *advice = NULL;
        json_unpack(finding, "{s:s, s:s, s:s, s?s}", "level", &level, "topic", &topic, "text",
                    &text, "advice", &advice);
        fprintf(out, "%-8s %-12s %s\n", level, topic, text);
        if (advice)
            fprintf(out, "%-8s %-12s -> %s\n", "", "", advice);
    }
    size_t problems = findings->counts[VF_FINDING_PROBLEM];
    size_t warnings = findings->counts[VF_FINDING_WARNING];
    fprintf(out, "\n%zu problem%s, %zu warning%s: %s\n", problems, problems == 1 ? "" : "s",
            warnings, warnings == 1 ? "" : "s", problems ? "flows cannot run" : "flows can run");
}
