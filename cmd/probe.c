/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/media_list.h"
#include "cmd/probe_print.h"
#include "engine/base/log.h"

struct probe_values {
    int64_t timeout_ns;
    bool is_json, is_csv, counts_keys, is_recursive;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "json", NULL, "Print an array of objects", VF_BOOLEAN(struct probe_values, is_json)),
    VF_FLAG(0, "csv", NULL, "Print a table", VF_BOOLEAN(struct probe_values, is_csv)),
    VF_FLAG(0, "keys", NULL, "Read every packet, to count frames and key frames",
            VF_BOOLEAN(struct probe_values, counts_keys)),
    VF_FLAG('r', "recursive", NULL, "Look into the folders of a folder, too",
            VF_BOOLEAN(struct probe_values, is_recursive)),
    VF_FLAG(0, "timeout", "SECONDS", "Time that a source on the network may be silent",
            VF_DURATION(struct probe_values, timeout_ns), VF_RANGE(0, 86400), .fallback = "10"),
};

struct output {
    const struct probe_values *values;
    json_t *list;   /* of JSON; NULL: it is printed as it comes */
    bool is_single; /* one medium: all of it is shown */
    size_t count, failed;
};

static void show(void *context, const json_t *facts)
{
    struct output *output = context;
    bool has_failed = json_object_get(facts, "error") != NULL;
    output->count++;
    output->failed += has_failed;
    if (output->list)
        json_array_append(output->list, (json_t *)facts);
    else if (output->values->is_csv)
        vf_probe_print_csv(stdout, facts);
    else if (output->is_single)
        vf_probe_print_page(has_failed ? stderr : stdout, facts);
    else
        vf_probe_print_line(stdout, facts);
}

static enum vf_exit_status status_of(const struct output *output)
{
    if (!output->failed)
        return VF_EXIT_OK;
    return output->failed < output->count ? VF_EXIT_BAD_INPUT : VF_EXIT_NO_SOURCE;
}

static enum vf_exit_status probe_all(const struct probe_values *values,
                                     const struct vf_media_list *list, bool is_single)
{
    struct output output = {
        .values = values, .is_single = is_single, .list = values->is_json ? json_array() : NULL};
    const struct vf_media_survey survey = {
        .counts_keys = values->counts_keys,
        .patience_ns = values->timeout_ns,
        .show = show,
        .context = &output,
    };
    if (values->is_csv)
        vf_probe_print_csv_head(stdout);
    int err = vf_media_list_survey(list, &survey);
    if (!err && output.list) {
        json_dumpf(output.list, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(output.list);
    if (err) {
        vf_log(VF_LOG_ERROR, "the media could not be described: %s", strerror(-err));
        return VF_EXIT_INTERNAL;
    }
    return status_of(&output);
}

static int probe(int argc, char **argv)
{
    struct probe_values values = {0};
    struct vf_operands media;
    struct vf_media_list list = {0};
    enum vf_exit_status status = VF_EXIT_USAGE;
    int err = vf_command_line_parse(&vf_command_probe, argc, argv, &values, &media);
    if (err)
        return (int)vf_command_line_status(err);
    if (values.is_json && values.is_csv) {
        vf_command_line_refuse(&vf_command_probe, "--json and --csv exclude each other");
        vf_command_line_release(&vf_command_probe, &values);
        return VF_EXIT_USAGE;
    }
    for (size_t i = 0; i < media.count && !err; i++)
        err = vf_media_list_add(&list, media.items[i], values.is_recursive);
    bool is_single = media.count == 1 && list.count == 1 && !list.items[0].is_of_folder;
    if (!err)
        status = probe_all(&values, &list, is_single);
    else
        vf_log(VF_LOG_ERROR, "out of memory");
    vf_media_list_finish(&list);
    vf_command_line_release(&vf_command_probe, &values);
    return (int)(err ? VF_EXIT_INTERNAL : status);
}

const struct vf_command vf_command_probe = {
    .name = "probe",
    .summary = "Show what is in videos, sounds and pictures.",
    .details = "MEDIA is a file, a URL, or a folder, of which each file is shown in a line. What "
               "cannot be read is shown with the reason; the exit status is then 65, or 69 when "
               "nothing could be read.",
    .operand = "MEDIA",
    .operand_kind = VF_OPERAND_FILE,
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = probe,
};
