/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#define POINT_TO(name) &vf_command_##name,
static const struct vf_command *const commands[] = {VF_EACH_COMMAND(POINT_TO)};

const struct vf_commands vf_all_commands = VF_LIST(commands);

const struct vf_command *vf_command_find(const char *name)
{
    for (size_t i = 0; i < vf_all_commands.count; i++) {
        if (strcmp(vf_all_commands.items[i]->name, name) == 0)
            return vf_all_commands.items[i];
    }
    return NULL;
}

void vf_command_report_unknown(const char *name)
{
    struct vf_text_nearest nearest = {.wanted = name};
    if (name[0] == '@' || access(name, F_OK) == 0) {
        vf_log(VF_LOG_ERROR, "there is no command \"%s\"; to run it: vflow run %s", name, name);
        return;
    }
    for (size_t i = 0; i < vf_all_commands.count; i++) {
        if (!vf_all_commands.items[i]->is_hidden)
            vf_text_nearest_consider(&nearest, vf_all_commands.items[i]->name);
    }
    vf_log(VF_LOG_ERROR, "there is no command \"%s\"%s", name,
           vf_text_suggest_or(&nearest, "see vflow help"));
}
