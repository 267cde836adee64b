/* SPDX-License-Identifier: MIT */
/* pause, resume - have the sources of a run make nothing for a while, and go on. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "engine/base/log.h"

/* Prints the tasks that it was done to. */
static bool report(const json_t *answer, const char *done)
{
    const json_t *names = json_object_get(answer, "tasks");
    for (size_t i = 0; i < json_array_size(names); i++)
        printf("%s %s\n", json_string_value(json_array_get(names, i)), done);
    return names && fflush(stdout) == 0;
}

static enum vf_exit_status ask(const struct vf_operands *words, const char *request,
                               const char *done)
{
    struct vf_run_link link;
    json_t *answer;
    enum vf_exit_status status = vf_run_link_open(&link, words->count ? words->items[0] : NULL);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_run_link_ask(&link,
                              json_pack("{ss ss*}", "request", request, "task",
                                        words->count > 1 ? words->items[1] : NULL),
                              &answer);
    bool is_done = !err && report(answer, done);
    if (err >= 0 && !json_object_get(answer, "tasks"))
        vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link.card.name);
    json_decref(answer);
    vf_run_link_close(&link);
    return is_done ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static int pause_run(int argc, char **argv)
{
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_pause, argc, argv, NULL, &words);
    return (int)(err ? vf_command_line_status(err) : ask(&words, "pause", "is paused"));
}

static int resume_run(int argc, char **argv)
{
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_resume, argc, argv, NULL, &words);
    return (int)(err ? vf_command_line_status(err) : ask(&words, "resume", "goes on"));
}

const struct vf_command vf_command_pause = {
    .name = "pause",
    .summary = "Have the sources of a run make nothing until they are resumed.",
    .details =
        "The operands are RUN and SOURCE; without SOURCE, all sources of the run are paused, and "
        "without RUN, those of the only run there is. What has been read goes on through the "
        "flow. Files and clocks wait; a camera does not, and loses frames.",
    .operand = "[RUN] [SOURCE]",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 2,
    .run = pause_run,
};

const struct vf_command vf_command_resume = {
    .name = "resume",
    .summary = "Have sources go on that were paused.",
    .details = "The operands are those of vflow pause.",
    .operand = "[RUN] [SOURCE]",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 2,
    .run = resume_run,
};
