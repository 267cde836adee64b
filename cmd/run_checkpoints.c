/* SPDX-License-Identifier: MIT */
#include "cmd/run_checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/config_text.h"
#include "engine/base/clock.h"
#include "engine/base/file_place.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/digest/sha256.h"
#include "engine/flow/plan/part.h"

#define FORMAT 1 /* of the files */

bool vf_run_checkpoints_are_wanted(const struct vf_plan *plan)
{
    const char *path;
    bool are_wanted = false;
    for (size_t i = 0; i < plan->task_count; i++)
        are_wanted = are_wanted || vf_part_pieces(&plan->tasks[i], &path);
    return are_wanted;
}

/* Adds what tells whether a file is still the same. */
static int describe_file(json_t *inputs, const char *path)
{
    struct stat status;
    bool is_file = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    if (!is_file)
        return VF_OK;
    int64_t changed = (int64_t)status.st_mtim.tv_sec * VF_NS_PER_S + status.st_mtim.tv_nsec;
    json_t *file = json_pack("{s:I, s:I}", "bytes", (json_int_t)status.st_size, "mtime_ns",
                             (json_int_t)changed);
    return json_object_set_new(inputs, path, file) == 0 ? VF_OK : -ENOMEM;
}

/* Describes the files that tasks read: media, and what else they are made with. */
static int describe_inputs(const struct vf_plan *plan, json_t *inputs)
{
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; !task->group && j < task->node->options.count && !err; j++) {
            const struct vf_option *option = &task->node->options.items[j];
            if (option->kind->role != VF_ROLE_INPUT_FILE)
                continue;
            const char *path = vf_option_path(option, task->options);
            err = path && *path ? describe_file(inputs, vf_file_place_path(path)) : VF_OK;
        }
    }
    return err;
}

/* Returns the digest of the flow as it is run, or JSON's null where it cannot be read twice. */
static json_t *describe_flow(const struct vf_flow_arguments *arguments, const char *file)
{
    char sha256[VF_SHA256_TEXT];
    char *text = strcmp(file, "-") == 0 ? NULL : vf_config_text(arguments, file);
    bool has_digest = text && vf_sha256_bytes(text, strlen(text), sha256) == VF_OK;
    free(text);
    return has_digest ? json_string(sha256) : json_null();
}

/* Returns how many threads a writer has, by its option or by the plan. */
static unsigned threads_of(const struct vf_plan_task *task)
{
    const struct vf_option *option = vf_option_find(&task->node->options, "threads");
    int asked = option ? *(const int *)((const char *)task->options + option->offset) : 0;
    return asked > 0 ? (unsigned)asked : task->threads;
}

/* Describes how many threads writers have: encoders make something else with others. */
static int describe_threads(const struct vf_plan *plan, json_t *threads)
{
    const char *path;
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (vf_part_pieces(task, &path) &&
            json_object_set_new(threads, path, json_integer(threads_of(task))) != 0)
            err = -ENOMEM;
    }
    return err;
}

/* Gives writers the threads that those had which have begun. */
static void take_over_threads(struct vf_plan *plan, const json_t *header)
{
    const char *path;
    for (size_t i = 0; i < plan->task_count; i++) {
        if (!vf_part_pieces(&plan->tasks[i], &path))
            continue;
        json_int_t count =
            json_integer_value(json_object_get(json_object_get(header, "threads"), path));
        if (count > 0)
            plan->tasks[i].threads = (unsigned)count;
    }
}

/* Makes the first line of a checkpoint: what the pieces are made of. */
static int describe(const struct vf_run_checkpoints *checkpoints, const struct vf_plan *plan,
                    const struct vf_flow_arguments *arguments, const char *file, json_t **header)
{
    json_t *inputs = json_object(), *threads = json_object();
    int err = inputs && threads ? describe_inputs(plan, inputs) : -ENOMEM;
    if (!err)
        err = describe_threads(plan, threads);
    *header = json_pack("{s:i, s:s, s:O, s:o, s:o, s:o}", "vflow-checkpoint", FORMAT, "vflow",
                        VF_VERSION, "libraries", checkpoints->versions, "flow",
                        describe_flow(arguments, file), "inputs", inputs, "threads", threads);
    if (!*header)
        err = -ENOMEM;
    return err;
}

/* Finds a file that is not as it was; NULL: all are. */
static const char *find_changed(const json_t *then, const json_t *now)
{
    const char *path;
    const json_t *file;
    json_object_foreach((json_t *)(uintptr_t)then, path, file)
    {
        if (!json_equal(file, json_object_get(now, path)))
            return path;
    }
    return json_equal(then, now) ? NULL : "another";
}

/* Says why pieces do not fit the run; "": they do. */
static void find_difference(const json_t *then, const json_t *now, struct vf_text *text)
{
    const json_t *flow = json_object_get(then, "flow");
    const char *changed =
        find_changed(json_object_get(then, "inputs"), json_object_get(now, "inputs"));
    if (json_integer_value(json_object_get(then, "vflow-checkpoint")) != FORMAT || !flow)
        vf_text_print(text, "it was written in a form that this vflow does not know");
    else if (!json_is_string(flow) || !json_is_string(json_object_get(now, "flow")))
        vf_text_print(text, "a flow from standard input cannot be compared with what it was");
    else if (!json_equal(flow, json_object_get(now, "flow")))
        vf_text_print(text, "the flow, or what it was given, has changed since");
    else if (changed)
        vf_text_print(text, "the input %s has changed since", changed);
    else if (!json_equal(json_object_get(then, "vflow"), json_object_get(now, "vflow")) ||
             !json_equal(json_object_get(then, "libraries"), json_object_get(now, "libraries")))
        vf_text_print(text, "another version of vflow, or of FFmpeg, has made the pieces");
}

/* Counts the pieces that are on the disk as they were noted. */
static size_t count_sound(const struct vf_checkpoint *checkpoint)
{
    size_t count = 0;
    for (; count < checkpoint->count; count++) {
        const struct vf_piece *piece = &checkpoint->pieces[count];
        char digest[VF_SHA256_TEXT];
        int64_t bytes = 0;
        char *path = vf_checkpoint_piece_path(checkpoint->output, piece->number);
        int err = path ? vf_sha256_file(path, NULL, digest, &bytes) : -ENOMEM;
        bool is_same = !err && bytes == piece->bytes && strcmp(digest, piece->sha256) == 0;
        if (!is_same)
            vf_log(VF_LOG_WARNING, "%s %s: it, and what follows, is made again",
                   path ? path : checkpoint->path,
                   err ? "cannot be read" : "is not as it was written");
        free(path);
        if (!is_same)
            break;
    }
    return count;
}

/* Returns up to which number the pieces go; UINT64_MAX: there is nothing to add. */
static uint64_t end_of(const struct vf_checkpoint *checkpoint, size_t count)
{
    if (!count || !checkpoint->pieces)
        return 0;
    const struct vf_piece *last = &checkpoint->pieces[count - 1];
    return last->is_last ? UINT64_MAX : last->number + 1;
}

static int64_t time_of(uint64_t number, int64_t length_ns)
{
    return number == UINT64_MAX ? INT64_MAX : (int64_t)number * (length_ns / VF_NS_PER_US);
}

/* Says a time as people do: 1:02:03. */
static void print_time(struct vf_text *text, int64_t time_us)
{
    int64_t seconds = time_us / (VF_NS_PER_S / VF_NS_PER_US);
    vf_text_print(text, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                  (int)(seconds % 60));
}

static enum vf_exit_status refuse(const struct vf_checkpoint *checkpoint, const char *reason)
{
    vf_log(VF_LOG_ERROR, "%s: %s; to begin again, remove %s*", checkpoint->path, reason,
           checkpoint->path);
    return VF_EXIT_CANNOT_CREATE;
}

/* Opens the checkpoint of each output, for this run alone. */
static enum vf_exit_status open_all(struct vf_run_checkpoints *checkpoints,
                                    const struct vf_plan *plan)
{
    const struct vf_run_part *part = &plan->part;
    const struct vf_checkpoint_shard shard = {part->shard, part->first_piece, part->end_piece};
    checkpoints->items = calloc(plan->task_count + 1, sizeof(*checkpoints->items));
    if (!checkpoints->items)
        return VF_EXIT_INTERNAL;
    for (size_t i = 0; i < plan->task_count; i++) {
        const char *path;
        if (!vf_part_pieces(&plan->tasks[i], &path))
            continue;
        struct vf_checkpoint *checkpoint = &checkpoints->items[checkpoints->count];
        if (vf_checkpoint_open_shard(checkpoint, path, part->shard ? &shard : NULL,
                                     VF_CHECKPOINT_OWN) < 0) {
            vf_checkpoint_finish(checkpoint);
            return VF_EXIT_CANNOT_CREATE;
        }
        checkpoints->count++;
    }
    return VF_EXIT_OK;
}

/* Looks whether the run may go on from what there is, or may begin. */
static enum vf_exit_status compare(const struct vf_run_checkpoints *checkpoints,
                                   const struct vf_checkpoint *checkpoint, const json_t *header,
                                   int64_t length_ns)
{
    enum vf_exit_status status = VF_EXIT_OK;
    struct vf_text text = {0};
    uint64_t end = end_of(checkpoint, checkpoint->count);
    if (!checkpoint->count && !checkpoints->is_resumed && vf_checkpoint_has_shards(checkpoint))
        return refuse(checkpoint, "shards have made pieces; vflow run --resume joins them");
    if (!checkpoint->count)
        return VF_EXIT_OK;
    find_difference(checkpoint->header, header, &text);
    if (!checkpoints->is_resumed && !text.length) {
        vf_text_print(&text, "an earlier run has made %s",
                      end == UINT64_MAX ? "all pictures" : "those up to ");
        if (end != UINT64_MAX)
            print_time(&text, time_of(end, length_ns));
        vf_text_print(&text, "; vflow run --resume goes on from there");
    }
    if (text.length)
        status = refuse(checkpoint, text.bytes ? text.bytes : "out of memory");
    vf_text_finish(&text);
    return status;
}

/* Finds the last end of a piece that all outputs have, and forgets what lies behind it. */
static enum vf_exit_status settle(struct vf_run_checkpoints *checkpoints, const json_t *header,
                                  uint64_t *end)
{
    size_t *counts = calloc(checkpoints->count + 1, sizeof(*counts));
    int err = counts ? VF_OK : -ENOMEM;
    *end = UINT64_MAX;
    for (size_t i = 0; i < checkpoints->count && !err; i++) {
        const struct vf_checkpoint *checkpoint = &checkpoints->items[i];
        counts[i] = checkpoints->is_resumed ? count_sound(checkpoint) : 0;
        uint64_t own = end_of(checkpoint, counts[i]);
        *end = own < *end ? own : *end;
    }
    for (size_t i = 0; i < checkpoints->count && !err; i++) {
        struct vf_checkpoint *checkpoint = &checkpoints->items[i];
        while (counts[i] && end_of(checkpoint, counts[i]) > *end)
            counts[i]--;
        vf_checkpoint_remove_parts(checkpoint);
        err = counts[i] ? vf_checkpoint_cut(checkpoint, counts[i])
                        : vf_checkpoint_begin(checkpoint, header);
    }
    free(counts);
    return err ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}

static enum vf_exit_status refuse_flow(const char *file, const char *reason)
{
    vf_log(VF_LOG_ERROR,
           "%s: a run cannot go on in the middle of this flow: %s; or leave "
           "checkpoint out",
           file, reason);
    return VF_EXIT_INVALID_FLOW;
}

/* Finds what a part of this flow needs. */
static enum vf_exit_status find_needs(const struct vf_plan *plan, const char *file,
                                      struct vf_part_needs *needs)
{
    struct vf_text reason = {0};
    enum vf_exit_status status = VF_EXIT_OK;
    if (vf_part_check(plan, needs, &reason) < 0)
        status = refuse_flow(file, reason.bytes ? reason.bytes : "out of memory");
    vf_text_finish(&reason);
    return status;
}

static uint64_t count_pieces(const struct vf_plan *plan, const struct vf_part_needs *needs)
{
    const struct vf_plan_task *source = &plan->tasks[needs->source - 1];
    int64_t duration_ns = source->forecasts ? source->forecasts[0].duration_ns : 0;
    return (uint64_t)((duration_ns + needs->length_ns - 1) / needs->length_ns);
}

/* Says which task a shard would leave out, as it makes pieces only. */
static void find_left_out(const struct vf_plan *plan, struct vf_text *text)
{
    const char *path;
    for (size_t i = 0; i < plan->task_count && !text->length; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (task->node->kind == VF_CONSUMER && !vf_part_pieces(task, &path))
            vf_text_print(text, "a shard makes pieces only, and %s keeps none; run that by itself",
                          task->name);
    }
}

uint64_t vf_run_checkpoints_count(const struct vf_plan *plan, struct vf_text *text)
{
    struct vf_part_needs needs;
    if (!vf_run_checkpoints_are_wanted(plan)) {
        vf_text_print(text, "nothing of it is made in pieces; checkpoint: 5m of a video_writer "
                            "keeps some");
        return 0;
    }
    if (vf_part_check(plan, &needs, text) < 0)
        return 0;
    find_left_out(plan, text);
    return text->length ? 0 : count_pieces(plan, &needs);
}

/* Finds which pieces the shard makes. All but the last know how many there are from how long the
 * source says that it is; the last makes all that come. */
static enum vf_exit_status choose_shard(struct vf_run_checkpoints *checkpoints,
                                        struct vf_plan *plan, const struct vf_part_needs *needs)
{
    unsigned number = 0, count = 0;
    int end = 0;
    struct vf_text left_out = {0};
    if (sscanf(checkpoints->shard, "%u/%u%n", &number, &count, &end) != 2 ||
        checkpoints->shard[end] || !number || number > count) {
        vf_log(VF_LOG_ERROR, "--shard %s: say which of how many, such as 2/6", checkpoints->shard);
        return VF_EXIT_USAGE;
    }
    uint64_t pieces = count_pieces(plan, needs);
    if (pieces < count) {
        vf_log(VF_LOG_ERROR,
               "%s is too short for %u shards: there are %" PRIu64
               " pieces; have fewer shards, or a shorter checkpoint",
               plan->tasks[needs->source - 1].name, count, pieces);
        return VF_EXIT_INVALID_FLOW;
    }
    find_left_out(plan, &left_out);
    if (left_out.length)
        vf_log(VF_LOG_ERROR, "%s", left_out.bytes);
    vf_text_finish(&left_out);
    if (left_out.length)
        return VF_EXIT_INVALID_FLOW;
    snprintf(checkpoints->shard_name, sizeof(checkpoints->shard_name), "%u-%u", number, count);
    plan->part = (struct vf_run_part){.is_alone = true, .shard = checkpoints->shard_name};
    plan->part.first_piece = pieces * (number - 1) / count;
    plan->part.end_piece = number == count ? UINT64_MAX : pieces * number / count;
    if (number < count)
        plan->part.until_us = time_of(plan->part.end_piece, needs->length_ns);
    checkpoints->is_resumed = true;
    return VF_EXIT_OK;
}

/* Takes over what shards have made. */
static enum vf_exit_status gather(struct vf_run_checkpoints *checkpoints)
{
    enum vf_exit_status status = VF_EXIT_OK;
    for (size_t i = 0; i < checkpoints->count && status == VF_EXIT_OK; i++) {
        char *missing = NULL;
        if (vf_checkpoint_gather(&checkpoints->items[i], &missing) < 0)
            status = VF_EXIT_CANNOT_CREATE;
        if (missing) {
            vf_log(VF_LOG_ERROR,
                   "%s: shard %s is not complete, or was made of something else; run it first",
                   checkpoints->items[i].path, missing);
            status = VF_EXIT_CANNOT_CREATE;
        }
        free(missing);
    }
    return status;
}

enum vf_exit_status vf_run_checkpoints_begin(struct vf_run_checkpoints *checkpoints,
                                             struct vf_plan *plan,
                                             const struct vf_flow_arguments *arguments,
                                             const char *file)
{
    struct vf_part_needs needs;
    struct vf_text text = {0};
    json_t *header = NULL;
    uint64_t end = 0;
    enum vf_exit_status status = find_needs(plan, file, &needs);
    if (status == VF_EXIT_OK && checkpoints->shard)
        status = choose_shard(checkpoints, plan, &needs);
    if (status == VF_EXIT_OK)
        status = open_all(checkpoints, plan);
    if (status == VF_EXIT_OK && checkpoints->is_resumed && !checkpoints->shard)
        status = gather(checkpoints);
    if (status == VF_EXIT_OK && describe(checkpoints, plan, arguments, file, &header) < 0)
        status = VF_EXIT_INTERNAL;
    for (size_t i = 0; i < checkpoints->count && status == VF_EXIT_OK; i++)
        status = compare(checkpoints, &checkpoints->items[i], header, needs.length_ns);
    if (status == VF_EXIT_OK)
        status = settle(checkpoints, header, &end);
    json_decref(header);
    if (status == VF_EXIT_OK && checkpoints->shard && end < plan->part.first_piece)
        end = plan->part.first_piece;
    if (status != VF_EXIT_OK || !end)
        return status;
    take_over_threads(plan, checkpoints->items[0].header);
    plan->part.from_us = time_of(end, needs.length_ns);
    plan->part.warm_up = needs.warm_up;
    print_time(&text, plan->part.from_us);
    vf_log(VF_LOG_INFO, "%s is gone on with%s%s", file,
           end == UINT64_MAX ? ": all pictures are there" : " at ",
           end == UINT64_MAX ? "" : text.bytes);
    vf_text_finish(&text);
    return VF_EXIT_OK;
}

/* Has what was written stay on the disk, before that goes which it could be made of again. */
static bool flush_output(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_flushed = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_flushed;
}

void vf_run_checkpoints_end(struct vf_run_checkpoints *checkpoints, enum vf_exit_status status)
{
    bool is_over = status == VF_EXIT_OK || status == VF_EXIT_BAD_INPUT;
    if (checkpoints->shard)
        return; /* another run makes one file of all */
    size_t pieces = 0;
    for (size_t i = 0; i < checkpoints->count; i++) {
        struct vf_checkpoint now, *checkpoint = &checkpoints->items[i];
        int err = vf_checkpoint_open(&now, checkpoint->output, VF_CHECKPOINT_LOOK);
        size_t count = err ? 0 : now.count;
        is_over =
            is_over && count && now.pieces[count - 1].is_last && flush_output(checkpoint->output);
        pieces += count;
        vf_checkpoint_finish(&now);
    }
    for (size_t i = 0; i < checkpoints->count && (is_over || !pieces); i++)
        vf_checkpoint_remove(&checkpoints->items[i]);
    if (checkpoints->count && !is_over && pieces)
        vf_log(VF_LOG_WARNING, "%zu piece%s complete; vflow run --resume goes on after %s", pieces,
               pieces == 1 ? " is" : "s are", pieces == 1 ? "it" : "them");
}

void vf_run_checkpoints_finish(struct vf_run_checkpoints *checkpoints)
{
    for (size_t i = 0; i < checkpoints->count; i++) {
        if (!checkpoints->items[i].header)
            vf_checkpoint_discard(&checkpoints->items[i]); /* it has not begun */
        vf_checkpoint_finish(&checkpoints->items[i]);
    }
    free(checkpoints->items);
    checkpoints->items = NULL;
    checkpoints->count = 0;
}
