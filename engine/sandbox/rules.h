/* SPDX-License-Identifier: MIT */
/* rules.h - what tasks need of the machine beside what their nodes name, each with its reason: the
 * only such list.
 */
#ifndef VF_ENGINE_SANDBOX_RULES_H
#define VF_ENGINE_SANDBOX_RULES_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/sandbox/landlock.h"

/* Who needs something. */
enum vf_rule_for {
    VF_RULE_ALL = 1 << 0,
    VF_RULE_NETWORK = 1 << 1, /* tasks that connect to other machines, or are connected to */
    VF_RULE_FONTS = 1 << 2,
    VF_RULE_GPU = 1 << 3,
    VF_RULE_DEVICE = 1 << 4, /* cameras, screens, sound cards */
    VF_RULE_PROGRAM = 1 << 5,
};

struct vf_rule {
    unsigned whom; /* of enum vf_rule_for */
    unsigned rights;
    /* "~/..." in the home folder; "$ORIGIN": the program's own, as ld.so(8) has it; "$NAME/...": the
     * environment's, and each of several that it lists; "/dev/video*": glob(7) */
    const char *path;
    const char *reason;
};

extern const struct vf_rule vf_rules[];
extern const size_t vf_rule_count;

/* Starts as {0}. */
struct vf_rule_paths {
    struct vf_landlock_path *items; /* it owns the paths of those that are not open */
    size_t count, room;
    bool failed; /* memory was short */
};

/* Adds one path, and all that the rules have for `whom`. */
void vf_rule_paths_add(struct vf_rule_paths *paths, const char *path, unsigned rights);
void vf_rule_paths_add_rules(struct vf_rule_paths *paths, unsigned whom);

/* Opens the places of all tasks, once for all that are forked until they are closed: who adds rules
 * meanwhile finds them open. */
void vf_rules_open(void);
void vf_rules_close(void);

void vf_rule_paths_finish(struct vf_rule_paths *paths);

#endif
