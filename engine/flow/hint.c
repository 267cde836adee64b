/* SPDX-License-Identifier: MIT */
#include "engine/flow/hint.h"

#include <errno.h>
#include <stdlib.h>

void vf_hint_consider(struct vf_hint *hint, const char *name)
{
    vf_text_nearest_consider(&hint->nearest, name);
    vf_text_print(&hint->names, "%s%s", hint->count++ ? ", " : "", name);
}

const char *vf_hint_text(struct vf_hint *hint, const char *they_are)
{
    struct vf_text text = {0};
    if (hint->nearest.name || !hint->count)
        return vf_text_suggest(&hint->nearest);
    vf_text_print(&text, "; %s %s", they_are, hint->names.bytes ? hint->names.bytes : "");
    vf_text_finish(&hint->names);
    hint->names = text;
    return text.bytes ? text.bytes : "";
}

void vf_hint_finish(struct vf_hint *hint)
{
    vf_text_finish(&hint->names);
}

static void report_choice(struct vf_diagnostics *diagnostics, const struct vf_option *option,
                          const char *owner, const char *text, struct vf_place place)
{
    struct vf_hint hint = {.nearest.wanted = text};
    for (size_t i = 0; i < option->choices.count; i++)
        vf_hint_consider(&hint, option->choices.items[i].name);
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unknown-choice", place,
                       "unknown %s \"%s\" of %s%s", option->name, text, owner,
                       vf_hint_text(&hint, "it is one of"));
    vf_hint_finish(&hint);
}

void vf_hint_report_value(struct vf_diagnostics *diagnostics, const struct vf_option *option,
                          const char *owner, const char *text, struct vf_place place, int err)
{
    if (option->choices.count && err == -EINVAL) {
        report_choice(diagnostics, option, owner, text, place);
        return;
    }
    struct vf_text right = {0};
    if (err == -ERANGE)
        vf_option_describe_limits(option, &right);
    else
        vf_option_describe(option, &right);
    char *description = vf_text_take(&right);
    if (err == -ENOMEM || !description)
        diagnostics->failure = -ENOMEM;
    else if (err == -ERANGE)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "out-of-range", place,
                           "%s of %s is %s, out of its range; it is %s", option->name, owner, text,
                           description);
    else
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-value", place,
                           "%s of %s cannot be \"%s\"; it is %s", option->name, owner, text,
                           description);
    free(description);
}
