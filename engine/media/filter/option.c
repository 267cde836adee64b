/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/option.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/trust.h"
#include "engine/media/filter/look.h"
#include "engine/media/filter/outside.h"

/* What is looked for in a graph. */
struct checking {
    const struct vf_filter_wish *wish;
    char *problem; /* the first; "": none */
    size_t size;
};

static void check_deed(void *context, const struct vf_filter_deed *deed)
{
    const struct checking *checking = context;
    const char *verb = vf_filter_deed_verb(deed->kind);
    const char *path = strncmp(deed->name, "file:", 5) == 0 ? deed->name + 5 : deed->name;
    if (checking->problem[0])
        return;
    if (deed->is_unsafe && !checking->wish->may_be_unsafe)
        snprintf(checking->problem, checking->size,
                 "%s: %s %s %s; where it is to do that, set unsafe: true, and give "
                 "--allow-unsafe",
                 checking->wish->option, deed->filter, verb, deed->name);
    else if (deed->is_unsafe && !vf_unsafe_is_allowed())
        snprintf(checking->problem, checking->size,
                 "%s: %s %s %s, which is refused; give --allow-unsafe if you trust the flow",
                 checking->wish->option, deed->filter, verb, deed->name);
    else if (deed->kind == VF_DEED_READ && vf_trust() != VF_TRUST_NAMES && access(path, F_OK) != 0)
        snprintf(checking->problem, checking->size,
                 "%s: there is no file \"%s\", which %s reads by %s: %s; name one that exists",
                 checking->wish->option, path, deed->filter, deed->option, strerror(errno));
}

int vf_filter_option_check(const struct vf_filter_wish *wish, struct vf_filter_nature *nature,
                           char *problem, size_t problem_size)
{
    struct vf_filter_problem found;
    struct checking checking = {wish, problem, problem_size};
    const struct vf_filter_visitor visitor = {check_deed, &checking};
    problem[0] = '\0';
    int err = vf_filter_look(wish->graph, wish->media, nature, &found);
    if (found.text[0])
        snprintf(problem, problem_size, "%s: %s", wish->option, found.text);
    if (!err)
        err = vf_filter_outside_visit(wish->graph, &visitor);
    return err ? err : problem[0] ? -EINVAL : VF_OK;
}

static void pass_on(void *context, const struct vf_filter_deed *deed)
{
    static const enum vf_reach_kind kinds[VF_DEED_COUNT] = {
        [VF_DEED_CONNECT] = VF_REACH_CONNECT, [VF_DEED_LISTEN] = VF_REACH_LISTEN,
        [VF_DEED_LOAD] = VF_REACH_LOAD,       [VF_DEED_DEVICE] = VF_REACH_DEVICE,
        [VF_DEED_FONTS] = VF_REACH_FONTS,
    };
    const struct vf_reach *reach = context;
    if (deed->kind == VF_DEED_READ) {
        vf_reach_add_input(reach, deed->name);
    } else if (deed->kind == VF_DEED_WRITE) {
        vf_reach_add(reach, VF_REACH_WRITE, deed->name);
        vf_reach_add_output(reach, deed->name);
    } else {
        vf_reach_add(reach, kinds[deed->kind], deed->name);
    }
}

void vf_filter_option_reach(const char *graph, const struct vf_reach *reach)
{
    struct vf_reach own = *reach;
    const struct vf_filter_visitor visitor = {pass_on, &own};
    (void)!vf_filter_outside_visit(graph, &visitor);
}
