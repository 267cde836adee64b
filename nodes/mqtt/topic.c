/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/topic.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/display.h"
#include "nodes/record/fields.h"

#define LONGEST_TOPIC 1024 /* of the 65,535 bytes that one may have; fields need some, too */

static int complain(char *problem, size_t problem_size, const char *option, const char *mistake,
                    const char *remedy)
{
    snprintf(problem, problem_size, "%s: %s; %s", option, mistake, remedy);
    return -EINVAL;
}

static int check_field(const char *option, const struct vf_pattern_part *part, bool may_vary,
                       char *problem, size_t problem_size)
{
    if (part->kind == VF_PATTERN_FIELD && !may_vary)
        return complain(problem, problem_size, option, "this topic has no fields",
                        "write {{ for a brace");
    return vf_fields_check_part(option, part, problem, problem_size);
}

static int check_text(const char *option, const struct vf_pattern_span *text, char *problem,
                      size_t problem_size)
{
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->begin[i];
        if (c == '+' || c == '#')
            return complain(problem, problem_size, option,
                            "\"+\" and \"#\" are for those who subscribe",
                            "a topic names one place, such as street/counts");
        if (c < ' ' || c == 0x7f)
            return complain(problem, problem_size, option,
                            "a topic has no line ends and control characters",
                            "street/counts is one");
    }
    return VF_OK;
}

int vf_mqtt_topic_check(const char *option, const char *topic, bool may_vary, char *problem,
                        size_t problem_size)
{
    const char *rest = topic;
    if (!*topic)
        return complain(problem, problem_size, option, "a topic is empty", "street/counts is one");
    if (strlen(topic) > LONGEST_TOPIC)
        return complain(problem, problem_size, option, "a topic is too long",
                        "it may have 1024 bytes");
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&rest);
        if (part.kind == VF_PATTERN_END)
            return VF_OK;
        int err = part.kind == VF_PATTERN_TEXT
                      ? check_text(option, &part.name, problem, problem_size)
                      : check_field(option, &part, may_vary, problem, problem_size);
        if (err)
            return err;
    }
}

/* Makes one level of a topic of a field. A topic goes through logs of others, hence no passwords. */
static void make_level(char *field)
{
    vf_display_hide_secrets(field);
    for (char *at = field; *at; at++) {
        if (strchr("+#/", *at) || (unsigned char)*at < ' ' || *at == 0x7f)
            *at = '_';
    }
}

void vf_mqtt_topic_print(struct vf_text *text, const char *topic, const json_t *record,
                         const char *task)
{
    vf_fields_print(text, topic, record, task, make_level);
}
