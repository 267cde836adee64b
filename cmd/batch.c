/* SPDX-License-Identifier: MIT */
/* batch - runs a flow once for each of many inputs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/batch.h"
#include "cmd/batch/display.h"
#include "cmd/batch/input_hash.h"
#include "cmd/batch/inputs.h"
#include "cmd/batch/job.h"
#include "cmd/batch/manifest.h"
#include "cmd/batch/merge.h"
#include "cmd/batch/order.h"
#include "cmd/batch/rehearsal.h"
#include "cmd/batch/split.h"
#include "cmd/batch/status.h"
#include "cmd/batch/work.h"
#include "cmd/batch_operands.h"
#include "cmd/batch_plan.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "cmd/run.h"
#include "engine/base/clock.h"
#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/base/processors.h"
#include "engine/base/trust.h"
#include "engine/flow/plan/memory_available.h"

#define MOST_JOBS 128     /* each has four descriptors */
#define USABLE_MEMORY 0.9 /* of what is available */

struct batch_values {
    struct vf_flow_arguments flow;
    struct vf_words lists;
    char *jobs, *logs, *max_errors, *grace, *gpus, *manifest, *status, *merged, *shard, *receipts;
    char *dead_letter, *stall_report;
    int64_t split_ns;
    bool must_not_replace, accepts_partial, keeps_going, fails_fast;
    bool is_dry, only_joins, resumes, retries_failed, is_by_hash, is_json, is_quiet;
    enum { STALL_REPORT, STALL_ABORT } on_stall;
    enum { PROGRESS_AUTO, PROGRESS_TTY, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE } progress;
    int verbosity;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct batch_values, flow),
    VF_FLAG(0, "from", "LIST", "Read inputs from LIST, one a line; - is standard input",
            VF_WORDS(struct batch_values, lists)),
    VF_FLAG('j', "jobs", "N", "Run N inputs at a time; auto: as many as there are cores",
            VF_TEXT(struct batch_values, jobs), .fallback = "auto"),
    VF_FLAG(0, "keep-going", NULL, "Run the other inputs when one fails; the default",
            VF_BOOLEAN(struct batch_values, keeps_going)),
    VF_FLAG(0, "fail-fast", NULL, "Stop all when one input fails",
            VF_BOOLEAN(struct batch_values, fails_fast)),
    VF_FLAG(0, "manifest", "FILE", "Note in FILE how each input ends",
            VF_TEXT(struct batch_values, manifest)),
    VF_FLAG(0, "resume", NULL, "Leave out what the manifest has as done and is unchanged",
            VF_BOOLEAN(struct batch_values, resumes)),
    VF_FLAG(0, "retry-failed", NULL, "Resume, and run again what has failed",
            VF_BOOLEAN(struct batch_values, retries_failed)),
    VF_FLAG(0, "by-hash", NULL, "Compare inputs by their SHA-256, which the manifest gets",
            VF_BOOLEAN(struct batch_values, is_by_hash)),
    VF_FLAG(0, "status", "MANIFEST", "Print how the inputs of a manifest have ended",
            VF_TEXT(struct batch_values, status)),
    VF_FLAG(0, "merge", "FILE", "Write into FILE what the manifests of shards say, and print it",
            VF_TEXT(struct batch_values, merged)),
    VF_FLAG(0, "json", NULL, "With --status and --merge, print JSON",
            VF_BOOLEAN(struct batch_values, is_json)),
    VF_FLAG(0, "shard", "I/N", "Run part I of N of the inputs, such as 2/8",
            VF_TEXT(struct batch_values, shard)),
    VF_FLAG(0, "split", "DURATION",
            "Make parts of that length of what is made in pieces, and join them",
            VF_DURATION(struct batch_values, split_ns), VF_RANGE(0, 864000), .fallback = "0"),
    VF_FLAG(0, "join", NULL, "With --split, make no parts, and join those that are there",
            VF_BOOLEAN(struct batch_values, only_joins)),
    VF_FLAG(0, "logs", "DIR", "Keep the log of each run in DIR",
            VF_TEXT(struct batch_values, logs)),
    VF_FLAG(0, "receipts", "DIR", "Write a receipt of each file that is written into DIR",
            VF_TEXT(struct batch_values, receipts)),
    VF_FLAG('n', "no-replace", NULL, "Fail instead of replacing existing output files",
            VF_BOOLEAN(struct batch_values, must_not_replace)),
    VF_FLAG(0, "dry-run", NULL, "Print what would be run and written; touch nothing",
            VF_BOOLEAN(struct batch_values, is_dry)),
    VF_FLAG(0, "accept-partial", NULL, "Let the output of an interrupted run replace a file",
            VF_BOOLEAN(struct batch_values, accepts_partial)),
    VF_FLAG(0, "max-errors", "N", "Tolerate up to N corrupt or missing inputs in each run",
            VF_TEXT(struct batch_values, max_errors)),
    VF_FLAG(0, "grace", "SECONDS", "Time allowed for each step of a shutdown",
            VF_TEXT(struct batch_values, grace)),
    VF_FLAG(0, "dead-letter", "DIR", "Save messages that a task failed on in a folder of DIR",
            VF_TEXT(struct batch_values, dead_letter)),
    VF_FLAG(0, "stall-report", "SECONDS",
            "After SECONDS without progress, report which task waits for which",
            VF_TEXT(struct batch_values, stall_report)),
    VF_FLAG(0, "on-stall", "WHAT", "What to do when a run stalls",
            VF_CHOICE(struct batch_values, on_stall, {"report", STALL_REPORT, "It goes on"},
                      {"abort", STALL_ABORT, "It ends with status 70"}),
            .fallback = "report"),
    VF_GPU_FLAG(struct batch_values, gpus),
    VF_FLAG(0, "progress", "HOW", "How to show progress",
            VF_CHOICE(struct batch_values, progress,
                      {"auto", PROGRESS_AUTO, "tty on a terminal, else plain"},
                      {"tty", PROGRESS_TTY, "One line that is kept up to date"},
                      {"plain", PROGRESS_PLAIN, "A line for each input that has ended"},
                      {"json", PROGRESS_JSON, "A JSON object a second"},
                      {"none", PROGRESS_NONE, "Failures only"}),
            .fallback = "auto"),
    VF_FLAG('q', "quiet", NULL, "Print errors only", VF_BOOLEAN(struct batch_values, is_quiet)),
    VF_FLAG('v', "verbose", NULL, "Print what the runs say",
            VF_COUNTER(struct batch_values, verbosity)),
};

/* All that a batch has. */
struct batch {
    const struct batch_values *values;
    const char *file; /* the flow */
    struct vf_batch_inputs inputs;
    struct vf_batch_jobs jobs;
    struct vf_batch_settings settings;
    struct vf_words run_flags;
    struct vf_batch_manifest manifest;
    struct vf_gpu_list gpus;
    struct vf_words gpu_ids;
};

static int add_flag(struct vf_words *words, const char *flag, const char *value)
{
    int err = value ? vf_words_add(words, flag) : VF_OK;
    return err || !value ? err : vf_words_add(words, value);
}

/* Says to the runs what this command was told, if they can be told. */
static enum vf_exit_status take_run_flags(struct batch *batch)
{
    const struct batch_values *values = batch->values;
    const struct vf_flow_arguments *flow = &values->flow;
    const struct {
        const char *name, *value;
    } pairs[] = {
        {"--chain", flow->chain},
        {"--max-errors", values->max_errors},
        {"--grace", values->grace},
        {"--receipts", values->receipts},
        {"--stall-report", values->stall_report},
        {"--on-stall", values->on_stall == STALL_ABORT ? "abort" : NULL},
    };
    const struct {
        const char *name;
        bool is_given;
    } switches[] = {
        {"--no-replace", values->must_not_replace},
        {"--verbose", values->verbosity > 1},
        {"--accept-partial", values->accepts_partial},
    };
    struct vf_words *words = &batch->run_flags;
    int err = vf_flow_arguments_repeat(flow, words);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && !err; i++)
        err = add_flag(words, pairs[i].name, pairs[i].value);
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]) && !err; i++)
        err = switches[i].is_given ? vf_words_add(words, switches[i].name) : VF_OK;
    if (err)
        return VF_EXIT_INTERNAL;
    err = vf_run_check_flags(words->items, words->count);
    return err ? vf_command_line_status(err) : VF_EXIT_OK;
}

static enum vf_exit_status collect_inputs(struct batch *batch, const struct vf_operands *operands)
{
    const struct vf_words *lists = &batch->values->lists;
    int err = VF_OK;
    for (size_t i = 0; i < operands->count && !err; i++)
        err = strcmp(operands->items[i], "-") == 0
                  ? vf_batch_inputs_add_list(&batch->inputs, "-")
                  : vf_batch_inputs_add(&batch->inputs, "", operands->items[i]);
    for (size_t i = 0; i < lists->count && !err; i++)
        err = vf_batch_inputs_add_list(&batch->inputs, lists->items[i]);
    if (err)
        return err == -ENOMEM ? VF_EXIT_INTERNAL : VF_EXIT_NO_SOURCE;
    size_t repeated = vf_batch_inputs_drop_repeated(&batch->inputs);
    if (repeated)
        vf_log(VF_LOG_WARNING, "%zu input%s given more than once; each is read once", repeated,
               repeated == 1 ? " is" : "s are");
    return VF_EXIT_OK;
}

/* Reads "4" or "auto". Returns 0 when it is neither. */
static unsigned read_jobs(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (strcmp(text, "auto") == 0)
        count = (long)(vf_processors_available(NULL) + 0.5);
    else if (*end || end == text || count < 1 || count > MOST_JOBS)
        return 0;
    return count < 1 ? 1 : count > MOST_JOBS ? MOST_JOBS : (unsigned)count;
}

static enum vf_exit_status make_room(struct batch *batch)
{
    struct vf_memory_available available = {0};
    struct vf_batch_room *room = &batch->settings.room;
    room->jobs = read_jobs(batch->values->jobs);
    if (!room->jobs) {
        vf_command_line_refuse(&vf_command_batch, "--jobs cannot be \"%s\"; it is auto, or 1 to %d",
                               batch->values->jobs, MOST_JOBS);
        return VF_EXIT_USAGE;
    }
    if (vf_memory_available(NULL, &available) == VF_OK)
        room->memory = (uint64_t)((double)available.bytes * USABLE_MEMORY);
    free(available.group);
    return VF_EXIT_OK;
}

static enum vf_exit_status find_variables(struct batch *batch)
{
    bool is_used;
    const struct vf_flow_arguments *arguments = &batch->values->flow;
    int err = vf_batch_find_variables(arguments, batch->file, &batch->settings.variables, &is_used);
    if (err)
        return VF_EXIT_INTERNAL;
    if (is_used || (!arguments->chain && access(batch->file, R_OK) != 0))
        return VF_EXIT_OK; /* loading it says what is wrong */
    vf_log(VF_LOG_ERROR,
           "%s: it does the same for each input; write ${input} where it names a file to be read, "
           "and ${stem} where it names one to be written",
           batch->file);
    return VF_EXIT_INVALID_FLOW;
}

static enum vf_exit_status plan_jobs(struct batch *batch, bool looks_at_media)
{
    return vf_batch_plan(&batch->jobs, &batch->values->flow, batch->file, &batch->settings,
                         looks_at_media);
}

/* Leaves the jobs of a shard. Those of the others have been planned by then: no output may belong to
 * two of them, and all have to be known where some are divided. */
static enum vf_exit_status take_shard(struct batch *batch)
{
    struct vf_batch_shard shard;
    if (!vf_batch_shard_read(batch->values->shard, &shard) ||
        vf_batch_take_shard(&batch->jobs, &shard) < 0)
        return VF_EXIT_INTERNAL;
    return batch->values->split_ns ? VF_EXIT_OK : plan_jobs(batch, true);
}

/* Divides what can be, if anything can. */
static enum vf_exit_status split(struct batch *batch)
{
    const json_t *obstacle = NULL;
    size_t hindered = 0;
    for (size_t i = 0; i < batch->jobs.count; i++) {
        const struct vf_batch_forecast *forecast = &batch->jobs.items[i].forecast;
        obstacle = forecast->obstacle ? forecast->obstacle : obstacle;
        hindered += forecast->obstacle || forecast->status;
    }
    if (obstacle && hindered == batch->jobs.count) {
        vf_log(VF_LOG_ERROR, "%s cannot be split: %s", batch->file, json_string_value(obstacle));
        return VF_EXIT_INVALID_FLOW;
    }
    int err = vf_batch_split(&batch->jobs, (double)batch->values->split_ns / VF_NS_PER_S);
    return err ? VF_EXIT_INTERNAL : VF_EXIT_OK;
}

/* Finds out all there is to know before anything starts. */
static enum vf_exit_status plan(struct batch *batch)
{
    bool is_shard = batch->values->shard != NULL, is_split = batch->values->split_ns > 0;
    enum vf_exit_status status = find_variables(batch);
    if (status == VF_EXIT_OK && vf_batch_jobs_init(&batch->jobs, &batch->inputs) < 0)
        status = VF_EXIT_INTERNAL;
    if (status == VF_EXIT_OK)
        status = plan_jobs(batch, !is_shard || is_split);
    if (status == VF_EXIT_OK && !vf_batch_are_outputs_apart(&batch->jobs))
        status = VF_EXIT_CANNOT_CREATE;
    if (status == VF_EXIT_OK && is_split)
        status = split(batch);
    if (status == VF_EXIT_OK && is_shard)
        status = take_shard(batch);
    return status;
}

/* Reads the manifest, if there is one, as the batch would find it. */
static int look_at_manifest(struct batch *batch, bool may_resume)
{
    const char *path = batch->values->manifest;
    if (access(path, F_OK) != 0)
        return VF_OK;
    int err = vf_batch_manifest_look(&batch->manifest, path);
    return err || may_resume ? err : vf_batch_manifest_refuse(&batch->manifest);
}

static enum vf_exit_status open_manifest(struct batch *batch)
{
    const struct batch_values *values = batch->values;
    bool may_resume = values->resumes || values->retries_failed;
    int err = VF_OK;
    if (values->manifest && values->is_dry)
        err = look_at_manifest(batch, may_resume);
    else if (values->manifest)
        err = vf_batch_manifest_open(&batch->manifest, values->manifest, batch->file, may_resume);
    if (!err && values->is_by_hash)
        err = vf_batch_hash_known(&batch->jobs, &batch->manifest);
    if (!err)
        err = vf_batch_resume_all(&batch->jobs, &batch->manifest, values->retries_failed);
    if (!err && values->only_joins)
        err = vf_batch_join_only(&batch->jobs, &batch->manifest);
    return err == -ENOMEM ? VF_EXIT_INTERNAL : err ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}

/* Where nothing else is said, a terminal has a line that is kept up to date. */
static enum vf_batch_form form_of(const struct batch_values *values)
{
    static const enum vf_batch_form forms[] = {[PROGRESS_TTY] = VF_BATCH_LINE,
                                               [PROGRESS_PLAIN] = VF_BATCH_PLAIN,
                                               [PROGRESS_JSON] = VF_BATCH_JSON,
                                               [PROGRESS_NONE] = VF_BATCH_QUIET};
    const char *terminal = getenv("TERM");
    if (values->progress != PROGRESS_AUTO)
        return forms[values->progress];
    if (values->is_quiet)
        return VF_BATCH_QUIET;
    bool is_terminal = isatty(STDERR_FILENO) && (!terminal || strcmp(terminal, "dumb") != 0);
    return is_terminal ? VF_BATCH_LINE : VF_BATCH_PLAIN;
}

/* Makes a folder for what is kept of the runs; NULL: nothing is. */
static enum vf_exit_status make_folder(const char *folder)
{
    if (!folder)
        return VF_EXIT_OK;
    char *inside = vf_text_format("%s/file", folder);
    int err = inside ? vf_folders_make(inside) : -ENOMEM;
    free(inside);
    return err ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}

/* Finds the GPUs that the runs share, if any task of theirs asks for one. */
static enum vf_exit_status find_gpus(struct batch *batch)
{
    struct vf_batch_settings *settings = &batch->settings;
    unsigned asking = 0;
    for (size_t i = 0; i < batch->jobs.count; i++)
        asking += batch->jobs.items[i].forecast.gpus;
    settings->named_gpus = batch->values->gpus;
    int err = asking ? vf_gpu_list_find(&batch->gpus, settings->named_gpus) : VF_OK;
    for (size_t i = 0; i < batch->gpus.count && !err; i++)
        err = vf_words_add(&batch->gpu_ids, batch->gpus.items[i].id);
    settings->gpus = batch->gpu_ids.items;
    settings->gpu_count = batch->gpu_ids.count;
    return err == -EINVAL ? VF_EXIT_USAGE : err ? VF_EXIT_INTERNAL : VF_EXIT_OK;
}

static enum vf_exit_status work_off(struct batch *batch)
{
    struct vf_batch_display display = {.jobs = &batch->jobs, .form = form_of(batch->values)};
    batch->settings.flags = batch->run_flags.items;
    batch->settings.flag_count = batch->run_flags.count;
    batch->settings.flow = batch->values->flow.chain ? NULL : batch->file;
    return vf_batch_work(&batch->jobs, &batch->settings, &batch->manifest, &display);
}

/* Makes all that the runs need beside their outputs. */
static enum vf_exit_status make_folders(const struct batch_values *values)
{
    enum vf_exit_status status = make_folder(values->logs);
    if (status == VF_EXIT_OK)
        status = make_folder(values->receipts);
    return status == VF_EXIT_OK ? make_folder(values->dead_letter) : status;
}

static struct batch make_batch(const struct batch_values *values, const char *file)
{
    return (struct batch){
        .values = values,
        .file = file,
        .settings = {.logs = values->logs,
                     .receipts = values->receipts,
                     .letters = values->dead_letter,
                     .hashes_inputs = values->is_by_hash,
                     .goes_on = values->resumes || values->retries_failed,
                     .is_verbose = values->verbosity > 0,
                     .fails_fast = values->fails_fast},
        .manifest = {.fd = -1},
    };
}

/* Finds out what there is to do. Writes nothing. */
static enum vf_exit_status prepare(struct batch *batch, const struct vf_operands *operands)
{
    if (!operands->count && !batch->values->lists.count) {
        vf_command_line_refuse(&vf_command_batch, "INPUT is missing; name files, folders or "
                                                  "patterns, or a list by --from");
        return VF_EXIT_USAGE;
    }
    enum vf_exit_status status = take_run_flags(batch);
    if (status == VF_EXIT_OK)
        status = collect_inputs(batch, operands);
    if (status == VF_EXIT_OK)
        status = make_room(batch);
    return status == VF_EXIT_OK ? plan(batch) : status;
}

static void finish(struct batch *batch)
{
    vf_batch_manifest_close(&batch->manifest);
    vf_batch_jobs_finish(&batch->jobs);
    vf_batch_inputs_finish(&batch->inputs);
    free(batch->run_flags.items);
    free(batch->gpu_ids.items);
    vf_gpu_list_finish(&batch->gpus);
}

static enum vf_exit_status run_batch(const struct batch_values *values, const char *file,
                                     const struct vf_operands *operands)
{
    struct batch batch = make_batch(values, file);
    enum vf_exit_status status = prepare(&batch, operands);
    if (status == VF_EXIT_OK && !values->is_dry)
        status = make_folders(values);
    if (status == VF_EXIT_OK)
        status = open_manifest(&batch);
    if (status == VF_EXIT_OK && !values->is_dry)
        status = find_gpus(&batch);
    if (status == VF_EXIT_OK)
        status = values->is_dry ? vf_batch_rehearse(&batch.jobs, &batch.settings.room)
                                : work_off(&batch);
    finish(&batch);
    return status;
}

/* Gives away what a batch that is only looked at has found. */
static enum vf_exit_status look(const struct batch_values *values, const char *file,
                                const struct vf_operands *operands,
                                struct vf_batch_outlook *outlook)
{
    struct batch batch = make_batch(values, file);
    enum vf_exit_status status = prepare(&batch, operands);
    outlook->inputs = batch.inputs;
    outlook->jobs = batch.jobs;
    outlook->side_by_side = strcmp(values->jobs, "auto") == 0 ? 0 : batch.settings.room.jobs;
    outlook->resumes = values->resumes;
    outlook->retries_failed = values->retries_failed;
    outlook->is_split = values->split_ns > 0;
    outlook->form = form_of(values);
    batch.inputs = (struct vf_batch_inputs){0};
    batch.jobs = (struct vf_batch_jobs){0};
    finish(&batch);
    return status;
}

static enum vf_exit_status tell(const struct vf_batch_manifest *manifest, bool is_json)
{
    int err = vf_batch_status_print(manifest, is_json);
    bool is_done = vf_batch_status_is_done(manifest);
    return err ? VF_EXIT_OUTPUT_FAILED : is_done ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static enum vf_exit_status print_status(const struct batch_values *values)
{
    struct vf_batch_manifest manifest;
    enum vf_exit_status status = VF_EXIT_NO_SOURCE;
    if (vf_batch_manifest_look(&manifest, values->status) == VF_OK)
        status = tell(&manifest, values->is_json);
    vf_batch_manifest_close(&manifest);
    return status;
}

/* Makes one manifest of those of the shards; the operands name them. */
static enum vf_exit_status merge(const struct batch_values *values,
                                 const struct vf_operands *operands)
{
    struct vf_batch_manifest whole;
    struct batch batch = {.values = values, .manifest = {.fd = -1}};
    const struct vf_operands none = {0};
    enum vf_exit_status status = collect_inputs(&batch, &none);
    int err = vf_batch_merge(&whole, operands->items, operands->count);
    if (err && status == VF_EXIT_OK)
        status = err == -ENOMEM ? VF_EXIT_INTERNAL : VF_EXIT_NO_SOURCE;
    if (status == VF_EXIT_OK && batch.inputs.count &&
        vf_batch_merge_account(&whole, &batch.inputs) < 0)
        status = VF_EXIT_INTERNAL;
    if (status == VF_EXIT_OK && vf_batch_merge_write(&whole, values->merged) < 0)
        status = VF_EXIT_OUTPUT_FAILED;
    if (status == VF_EXIT_OK)
        status = tell(&whole, values->is_json);
    vf_batch_manifest_close(&whole);
    finish(&batch);
    return status;
}

/* Returns what is wrong with the command line as a whole; NULL: nothing. One that is only looked at is
 * for another command, which has manifests of its own. */
static const char *find_refusal(const struct batch_values *values,
                                const struct vf_operands *operands, bool is_for_another)
{
    bool has_flow = values->flow.chain || operands->count > 0;
    bool needs_manifest = values->resumes || values->retries_failed || values->is_by_hash;
    struct vf_batch_shard shard;
    if (is_for_another && values->only_joins)
        return "--join is not for a batch that is submitted; its last job joins";
    if (is_for_another && values->is_dry)
        return "--dry-run stands before \"batch\" when a batch is submitted";
    if (is_for_another && (values->status || values->merged || values->manifest || values->shard))
        return "--status, --merge, --manifest and --shard are not for a batch that is submitted";
    if (values->status && values->merged)
        return "--status and --merge exclude each other";
    if (values->status)
        return operands->count ? "--status takes no flow and no inputs" : NULL;
    if (values->merged)
        return operands->count || values->lists.count
                   ? NULL
                   : "--merge needs the manifests of shards, or by --from their inputs";
    if (!has_flow)
        return "FLOW is missing";
    if (values->keeps_going && values->fails_fast)
        return "--keep-going and --fail-fast exclude each other";
    if (needs_manifest && !values->manifest && !is_for_another)
        return "--resume, --retry-failed and --by-hash need --manifest";
    if (values->shard && !vf_batch_shard_read(values->shard, &shard))
        return "--shard is a part of a number of parts, such as 2/8";
    if (values->only_joins && (!values->split_ns || values->shard))
        return "--join needs --split, and no --shard";
    if (values->is_json)
        return "--json goes with --status and --merge; --progress=json tells how far a batch is";
    return NULL;
}

/* Does what is asked; *outlook, where there is one, is filled in instead. */
static enum vf_exit_status work(struct batch_values *values, struct vf_operands *operands,
                                struct vf_batch_outlook *outlook)
{
    const char *file = NULL;
    if (values->status)
        return print_status(values);
    if (values->merged)
        return merge(values, operands);
    if (!values->is_dry && !outlook)
        vf_trust_set(VF_TRUST_RUN);
    enum vf_exit_status status = vf_batch_operands_resolve(&values->flow, operands, &file);
    if (status != VF_EXIT_OK)
        return status;
    return outlook ? look(values, file, operands, outlook) : run_batch(values, file, operands);
}

static enum vf_exit_status parse_and_work(int argc, char **argv, struct vf_batch_outlook *outlook)
{
    struct batch_values values = {0};
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_batch, argc, argv, &values, &operands);
    if (err)
        return err == VF_END && outlook ? VF_EXIT_USAGE : vf_command_line_status(err);
    const char *refusal = find_refusal(&values, &operands, outlook != NULL);
    enum vf_exit_status status = VF_EXIT_USAGE;
    if (values.is_quiet)
        vf_log_set_level(VF_LOG_ERROR);
    if (refusal)
        vf_command_line_refuse(&vf_command_batch, "%s", refusal);
    else
        status = work(&values, &operands, outlook);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_batch, &values);
    return status;
}

static int batch(int argc, char **argv)
{
    return (int)parse_and_work(argc, argv, NULL);
}

enum vf_exit_status vf_batch_look_ahead(int argc, char **argv, struct vf_batch_outlook *outlook)
{
    return parse_and_work(argc, argv, outlook);
}

void vf_batch_outlook_finish(struct vf_batch_outlook *outlook)
{
    vf_batch_jobs_finish(&outlook->jobs);
    vf_batch_inputs_finish(&outlook->inputs);
}

const struct vf_command vf_command_batch = {
    .name = "batch",
    .summary = "Run a flow once for each of many inputs.",
    .details =
        "An INPUT is a file, a folder, whose files are taken, a pattern, or - for a list on "
        "standard input. In each run the variables input, stem, dir and name of the flow are set: "
        "for media/a.mp4 to media/a.mp4, a, media and a.mp4. The exit status is 0 when every input "
        "is done.",
    .operand = "FLOW [NAME=VALUE]... INPUT...",
    .operand_kind = VF_OPERAND_FLOW_AND_FILES,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = batch,
};
