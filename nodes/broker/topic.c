/* SPDX-License-Identifier: MIT */
#include "nodes/broker/topic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/display.h"
#include "nodes/record/fields.h"

#define LONGEST_TOPIC 1024 /* fields need some room, too */

/* Where a mistake is said. */
struct check {
    const struct vf_broker_topic_rules *rules;
    const char *option;
    char *problem;
    size_t problem_size;
    char before; /* what stands in front of the next part; '\0': nothing */
};

static int complain(const struct check *check, const char *mistake, const char *remedy)
{
    snprintf(check->problem, check->problem_size, "%s: %s; %s", check->option, mistake, remedy);
    return -EINVAL;
}

static int complain_with_example(const struct check *check, const char *mistake)
{
    char line[160], remedy[80];
    snprintf(line, sizeof(line), "a %s %s", check->rules->word, mistake);
    snprintf(remedy, sizeof(remedy), "%s is one", check->rules->example);
    return complain(check, line, remedy);
}

static int check_field(const struct check *check, const struct vf_pattern_part *part, bool may_vary)
{
    char line[80];
    snprintf(line, sizeof(line), "this %s has no fields", check->rules->word);
    if (part->kind == VF_PATTERN_FIELD && !may_vary)
        return complain(check, line, "write {{ for a brace");
    return vf_fields_check_part(check->option, part, check->problem, check->problem_size);
}

static int complain_of_wildcard(const struct check *check)
{
    const struct vf_broker_topic_rules *rules = check->rules;
    char line[80], remedy[80];
    snprintf(line, sizeof(line), "\"%c\" and \"%c\" are for those who subscribe",
             rules->wildcards[0], rules->wildcards[1]);
    snprintf(remedy, sizeof(remedy), "a %s names one place, such as %s", rules->word,
             rules->example);
    return complain(check, line, remedy);
}

static int check_text(struct check *check, const struct vf_pattern_span *text)
{
    const struct vf_broker_topic_rules *rules = check->rules;
    for (size_t i = 0; i < text->length; i++) {
        char c = text->begin[i];
        if (strchr(rules->wildcards, c))
            return complain_of_wildcard(check);
        if ((unsigned char)c < ' ' || c == 0x7f)
            return complain_with_example(check, "has no line ends and control characters");
        if (c == ' ' && !rules->has_spaces)
            return complain_with_example(check, "has no spaces");
        if (!rules->has_empty_levels && c == rules->separator &&
            (!check->before || check->before == rules->separator))
            return complain_with_example(check, "has no empty levels");
        check->before = c;
    }
    return VF_OK;
}

int vf_broker_topic_check(const struct vf_broker_topic_rules *rules, const char *option,
                          const char *topic, bool may_vary, char *problem, size_t problem_size)
{
    struct check check = {rules, option, problem, problem_size, '\0'};
    const char *rest = topic;
    int err = VF_OK;
    if (!*topic)
        return complain_with_example(&check, "is empty");
    if (strlen(topic) > LONGEST_TOPIC)
        return complain(&check, "it is too long", "it may have 1024 bytes");
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&rest);
        if (part.kind == VF_PATTERN_END)
            break;
        err = part.kind == VF_PATTERN_TEXT ? check_text(&check, &part.name)
                                           : check_field(&check, &part, may_vary);
        if (err)
            return err;
        check.before = part.kind == VF_PATTERN_TEXT ? check.before : 'x';
    }
    if (!rules->has_empty_levels && check.before == rules->separator)
        return complain_with_example(&check, "has no empty levels");
    return VF_OK;
}

void vf_broker_topic_clean(char *field, const char *characters)
{
    vf_display_hide_secrets(field);
    for (char *at = field; *at; at++) {
        if (strchr(characters, *at) || (unsigned char)*at < ' ' || *at == 0x7f)
            *at = '_';
    }
}

void vf_broker_topic_print(struct vf_text *text, const struct vf_broker_topic_rules *rules,
                           const char *topic, const json_t *record, const char *task)
{
    vf_fields_print(text, topic, record, task, rules->make_level);
}
