/* SPDX-License-Identifier: MIT */
#include "engine/flow/hint.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/array.h"

#define MAX_MEANT 64

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

/* Returns whether the option takes a text; where a value would own memory, that is not tried. */
static bool is_taken(const struct vf_option *option, const char *text)
{
    union {
        max_align_t aligned;
        char bytes[256];
    } field = {.bytes = {0}};
    return *text && !option->kind->release && !option->kind->add &&
           option->kind->parse(option, text, &field) == VF_OK;
}

/* Lends what was most likely meant by a text that is no value, in `meant`; NULL: nothing is near. So
 * "100 ms" is 100ms, "2 Mbit" is 2M, "640px" is 640 and "yes" is true. */
static const char *find_meant(const struct vf_option *option, const char *text,
                              char meant[MAX_MEANT])
{
    static const char *const words[][2] = {{"yes", "true"}, {"on", "true"},   {"1", "true"},
                                           {"no", "false"}, {"off", "false"}, {"0", "false"}};
    static const int lengths[] = {MAX_MEANT / 2, 1, 0}; /* of the unit that is kept */
    for (size_t i = 0; i < VF_COUNT(words); i++) {
        if (strcasecmp(text, words[i][0]) == 0 && is_taken(option, words[i][1]))
            return words[i][1];
    }
    size_t number = strspn(text, "0123456789.-:/");
    const char *unit = text + number + strspn(text + number, " ");
    for (size_t i = 0; i < VF_COUNT(lengths) && number && number < MAX_MEANT / 2; i++) {
        snprintf(meant, MAX_MEANT, "%.*s%.*s", (int)number, text, lengths[i], unit);
        if (strcmp(meant, text) != 0 && is_taken(option, meant))
            return meant;
    }
    return NULL;
}

void vf_hint_report_value(struct vf_diagnostics *diagnostics, const struct vf_option *option,
                          const char *owner, const char *text, struct vf_place place, int err)
{
    if (option->choices.count && err == -EINVAL) {
        report_choice(diagnostics, option, owner, text, place);
        return;
    }
    char spelled[MAX_MEANT];
    const char *meant = err == -EINVAL ? find_meant(option, text, spelled) : NULL;
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
                           "%s of %s cannot be \"%s\"; %s%s%s %s", option->name, owner, text,
                           meant ? "did you mean " : "", meant ? meant : "",
                           meant ? "? It is" : "it is", description);
    free(description);
}
