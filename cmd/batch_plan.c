/* SPDX-License-Identifier: MIT */
#include "cmd/batch_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/child.h"
#include "cmd/run_checkpoints.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/file_place.h"
#include "engine/base/log.h"
#include "engine/base/processors.h"
#include "engine/flow/plan/part.h"
#include "engine/flow/plan/plan.h"
#include "engine/receipt/receipt.h"
#include "nodes/all_nodes.h"

#define LONGEST_LOOK_NS (5 * VF_NS_PER_S) /* into the media of one, which may lie far away */
#define MOST_PLANNERS 64
#define MOST_CONFLICTS 10 /* that are told */

/* What a planner is asked: the jobs number `first`, `first` + `step` and so on. */
struct question {
    const struct vf_batch_jobs *jobs;
    const struct vf_flow_arguments *arguments;
    const char *file;
    const struct vf_batch_settings *settings;
    size_t first, step;
    bool looks_at_media, is_loud;
};

static bool is_in_settings(const struct vf_words *settings, const char *use)
{
    bool is_there = false;
    for (size_t i = 0; i < settings->count; i++)
        is_there = is_there || strstr(settings->items[i], use);
    return is_there;
}

int vf_batch_find_variables(const struct vf_flow_arguments *arguments, const char *file,
                            struct vf_batch_variables *variables, bool *is_used)
{
    struct vf_flow_description description = {0};
    int err = arguments->chain ? VF_OK : vf_flow_description_read(&description, file);
    variables->given = arguments->variables.items;
    variables->given_count = arguments->variables.count;
    *is_used = false;
    for (size_t i = 0; i < variables->given_count; i++)
        *is_used = *is_used || vf_batch_variables_are_in(variables->given[i]);
    for (int i = 0; i < VF_BATCH_VARIABLES && !err; i++) {
        const char *name = vf_batch_variable_name((enum vf_batch_variable)i);
        char *use = vf_text_format("${%s", name);
        variables->is_set[i] = arguments->chain ? use && strstr(arguments->chain, use)
                                                : vf_wanted_find(&description.wanted, name) != NULL;
        if (use && is_in_settings(&arguments->settings, use))
            variables->is_set[i] = true;
        *is_used = *is_used || variables->is_set[i];
        err = use ? VF_OK : -ENOMEM;
        free(use);
    }
    vf_flow_description_finish(&description);
    return err;
}

/* Adds the path of a file from the root, and frees it. */
static void list_path(json_t *outputs, char *found)
{
    char *shown = found && strncmp(found, "/dev/", 5) != 0 ? vf_display_utf8(found) : NULL;
    if (shown)
        json_array_append_new(outputs, json_string(shown));
    free(shown);
    free(found);
}

/* Adds the receipt that an output has in a folder for those of all. */
static void list_receipt(json_t *outputs, const char *folder, const char *path)
{
    char *receipt = vf_receipt_path(folder, path);
    if (receipt)
        list_path(outputs, vf_batch_find_path(receipt));
    free(receipt);
}

/* Lists the files that a task writes and that are its own: lines may be added to one by many. */
static void list_outputs(const struct vf_plan_task *task, const char *receipts, json_t *outputs)
{
    const struct vf_option_list *options = &task->node->options;
    for (size_t i = 0; i < options->count && !task->group; i++) {
        enum vf_option_role role = options->items[i].kind->role;
        if (role != VF_ROLE_OUTPUT_FILE && role != VF_ROLE_OUTPUT_FILES)
            continue;
        const char *path = vf_option_path(&options->items[i], task->options);
        bool is_file = path && *path && strcmp(path, "-") != 0 && !strstr(path, "://") &&
                       !vf_file_place_is_descriptor(path);
        if (!is_file)
            continue;
        list_path(outputs, vf_batch_find_path(vf_file_place_path(path)));
        if (receipts)
            list_receipt(outputs, receipts, path);
    }
}

/* Adds the path of what a task makes in pieces. */
static void list_pieces(const struct vf_plan_task *task, json_t *pieces)
{
    const char *path;
    if (vf_part_pieces(task, &path))
        list_path(pieces, vf_batch_find_path(vf_file_place_path(path)));
}

/* Adds what is known of a producer's media. */
static void add_media(const struct vf_plan_task *task, double *seconds, double *pixels)
{
    for (size_t port = 0; port < task->node->outputs.count && task->forecasts; port++) {
        const struct vf_forecast *forecast = &task->forecasts[port];
        double duration = (double)forecast->duration_ns / VF_NS_PER_S;
        double size = (double)forecast->video.width * (double)forecast->video.height;
        *seconds = duration > *seconds ? duration : *seconds;
        *pixels = size > *pixels ? size : *pixels;
    }
}

/* Returns how many GPUs a run would like to have: those that it names by number, with all before them,
 * one for each task that asks for any, and one for all those that share. */
static unsigned count_gpus(const struct vf_plan *plan)
{
    unsigned any = 0, numbered = 0, highest = 0;
    bool is_shared = false;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        bool is_known = false;
        any += task->gpu == VF_GPU_ANY;
        is_shared = is_shared || task->gpu == VF_GPU_SHARED;
        if (task->gpu != VF_GPU_NUMBER)
            continue;
        for (size_t j = 0; j < i; j++)
            is_known = is_known || (plan->tasks[j].gpu == VF_GPU_NUMBER &&
                                    plan->tasks[j].gpu_number == task->gpu_number);
        numbered += !is_known;
        highest = task->gpu_number >= highest ? task->gpu_number + 1 : highest;
    }
    unsigned count = any + numbered > highest ? any + numbered : highest;
    return count || !is_shared ? count : 1;
}

/* Adds into how many pieces the run could be divided, or why it cannot be. */
static void add_cuts(const struct vf_plan *plan, json_t *answer)
{
    struct vf_text obstacle = {0};
    uint64_t cuts = vf_run_checkpoints_count(plan, &obstacle);
    json_object_set_new(answer, "cuts", json_integer((json_int_t)cuts));
    if (obstacle.length)
        json_object_set_new(answer, "obstacle", json_string(obstacle.bytes));
    vf_text_finish(&obstacle);
}

static json_t *describe_plan(const struct vf_plan *plan, const char *receipts)
{
    json_t *outputs = json_array(), *pieces = json_array();
    double seconds = 0, pixels = 1;
    json_int_t gpus = 0;
    bool has_certain_gpu = false;
    uint64_t mark = plan->edge_count;
    char marked[17];
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        mark = (mark ^ task->mark) * 0x100000001b3U + i;
        if (outputs && task->replica <= 1)
            list_outputs(task, receipts, outputs);
        list_pieces(task, pieces);
        if (task->node->kind == VF_PRODUCER)
            add_media(task, &seconds, &pixels);
        gpus += task->gpu == VF_GPU_ANY || task->gpu == VF_GPU_SHARED;
        has_certain_gpu = has_certain_gpu || task->gpu == VF_GPU_NUMBER;
    }
    snprintf(marked, sizeof(marked), "%016" PRIx64, mark);
    json_t *answer =
        json_pack("{si sb si sI sI sI sf sf ss so so}", "status", 0, "alone",
                  plan->transport.kind == VF_TRANSPORT_TCP, "gpus_at_best", (int)count_gpus(plan),
                  "memory", (json_int_t)plan->memory, "tasks", (json_int_t)plan->task_count, "gpus",
                  has_certain_gpu ? 0 : gpus, "seconds", seconds, "pixels", pixels, "mark", marked,
                  "outputs", outputs, "pieces", pieces);
    add_cuts(plan, answer);
    return answer;
}

static enum vf_exit_status plan_flow(const struct question *question,
                                     const struct vf_flow_arguments *arguments,
                                     struct vf_plan **plan)
{
    struct vf_flow *flow = NULL;
    enum vf_exit_status status = vf_flow_arguments_open(arguments, question->file, &flow);
    int err = status == VF_EXIT_OK ? vf_plan_create(plan, flow, &vf_all_nodes) : VF_OK;
    if (*plan && question->looks_at_media)
        err = vf_plan_foresee(*plan, LONGEST_LOOK_NS);
    vf_flow_destroy(&flow);
    return err ? VF_EXIT_INTERNAL : status;
}

/* Plans the run of one job. */
static json_t *plan_job(const struct question *question, const struct vf_batch_job *job)
{
    struct vf_flow_arguments arguments = *question->arguments;
    struct vf_batch_assignments assignments;
    struct vf_plan *plan = NULL;
    json_t *answer = NULL;
    arguments.variables = (struct vf_words){0};
    int err = vf_batch_assignments_init(&assignments, &question->settings->variables, job->input);
    for (size_t i = 0; i < assignments.count && !err; i++)
        err = vf_words_add(&arguments.variables, assignments.items[i]);
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    if (!err)
        status = plan_flow(question, &arguments, &plan);
    answer = status == VF_EXIT_OK ? describe_plan(plan, question->settings->receipts)
                                  : json_pack("{si}", "status", (int)status);
    vf_plan_destroy(&plan);
    vf_batch_assignments_finish(&assignments);
    free(arguments.variables.items);
    return answer;
}

/* Answers for the jobs of one planner. */
static int plan_some(const void *asked, json_t **answer)
{
    const struct question *question = asked;
    int nothing = question->is_loud ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing >= 0) /* each run says itself what is wrong with it */
        dup2(nothing, STDERR_FILENO);
    *answer = json_array();
    for (size_t i = question->first; i < question->jobs->count; i += question->step) {
        json_t *plan = plan_job(question, &question->jobs->items[i]);
        if (json_array_append_new(*answer, plan) < 0)
            return -ENOMEM;
    }
    return VF_OK;
}

/* It may have been planned before, without a look at its media. */
static void forget(struct vf_batch_forecast *forecast)
{
    json_decref(forecast->outputs);
    json_decref(forecast->pieces);
    json_decref(forecast->obstacle);
}

static void take_forecast(struct vf_batch_forecast *forecast, json_t *plan)
{
    const char *mark = json_string_value(json_object_get(plan, "mark"));
    double seconds = json_number_value(json_object_get(plan, "seconds"));
    double pixels = json_number_value(json_object_get(plan, "pixels"));
    forecast->status = (int)json_integer_value(json_object_get(plan, "status"));
    if (forecast->status)
        return;
    forget(forecast);
    forecast->cuts = (uint64_t)json_integer_value(json_object_get(plan, "cuts"));
    forecast->obstacle = json_incref(json_object_get(plan, "obstacle"));
    forecast->outputs = json_incref(json_object_get(plan, "outputs"));
    forecast->pieces = json_incref(json_object_get(plan, "pieces"));
    forecast->seconds = seconds > 0 ? seconds : -1;
    forecast->work = seconds > 0 ? seconds * pixels : -1;
    forecast->is_alone = json_is_true(json_object_get(plan, "alone"));
    forecast->memory = (uint64_t)json_integer_value(json_object_get(plan, "memory"));
    forecast->gpus = (unsigned)json_integer_value(json_object_get(plan, "gpus"));
    forecast->gpus_at_best = (unsigned)json_integer_value(json_object_get(plan, "gpus_at_best"));
    forecast->tasks = (unsigned)json_integer_value(json_object_get(plan, "tasks"));
    snprintf(forecast->mark, sizeof(forecast->mark), "%s", mark ? mark : "");
}

/* Asks several planners at a time. What one that has crashed should have answered stays unknown. */
static int ask_all(struct vf_batch_jobs *jobs, struct question *question, size_t planners)
{
    struct vf_child children[MOST_PLANNERS];
    size_t started = 0;
    int err = VF_OK;
    question->step = planners;
    for (; started < planners && !err; started += !err) {
        question->first = started;
        err = vf_child_start(&children[started], plan_some, question, 0);
    }
    for (size_t planner = 0; planner < started; planner++) {
        json_t *answer = NULL, *plan;
        int signal, lost = vf_child_finish(&children[planner], &answer, &signal);
        size_t i;
        err = err ? err : lost;
        json_array_foreach(answer, i, plan)
        {
            take_forecast(&jobs->items[planner + i * planners].forecast, plan);
        }
        json_decref(answer);
    }
    return err;
}

/* Prints what is wrong with the flow, whatever its input is. */
static void print_mistakes(struct question *question)
{
    struct vf_child child;
    json_t *answer = NULL;
    int signal;
    question->is_loud = true;
    question->first = 0;
    question->step = question->jobs->count;
    if (vf_child_start(&child, plan_some, question, 0) == VF_OK)
        (void)!vf_child_finish(&child, &answer, &signal);
    json_decref(answer);
}

enum vf_exit_status vf_batch_plan(struct vf_batch_jobs *jobs,
                                  const struct vf_flow_arguments *arguments, const char *file,
                                  const struct vf_batch_settings *settings, bool looks_at_media)
{
    struct question question = {.jobs = jobs,
                                .arguments = arguments,
                                .file = file,
                                .settings = settings,
                                .looks_at_media = looks_at_media};
    size_t planners = (size_t)(vf_processors_available(NULL) + 0.5), wrong = 0;
    planners = planners < 1 ? 1 : planners > MOST_PLANNERS ? MOST_PLANNERS : planners;
    planners = planners > jobs->count ? jobs->count : planners;
    int err = ask_all(jobs, &question, planners);
    if (err) {
        vf_log(VF_LOG_ERROR, "the runs could not be planned: %s", strerror(-err));
        return VF_EXIT_INTERNAL;
    }
    for (size_t i = 0; i < jobs->count; i++)
        wrong += jobs->items[i].forecast.status == VF_EXIT_INVALID_FLOW ||
                 jobs->items[i].forecast.status == VF_EXIT_USAGE;
    if (!jobs->count || wrong < jobs->count)
        return VF_EXIT_OK;
    print_mistakes(&question);
    return (enum vf_exit_status)jobs->items[0].forecast.status;
}

/* Says that two jobs are in each other's way. */
static void tell_conflict(const struct vf_batch_job *one, const struct vf_batch_job *other,
                          const char *path)
{
    if (other)
        vf_log(VF_LOG_ERROR,
               "%s and %s would both write %s; give each a name of its own, such as by ${stem}",
               one->input->input, other->input->input, path);
    else
        vf_log(VF_LOG_ERROR, "%s would write %s, which is another input", one->input->input, path);
}

/* Looks whether an output of a job is known: `owners` has the number of the job that has each. */
static bool is_apart(const struct vf_batch_jobs *jobs, size_t number, const char *path,
                     json_t *owners, const json_t *inputs)
{
    const struct vf_batch_job *job = &jobs->items[number];
    const json_t *owner = json_object_get(owners, path), *reader = json_object_get(inputs, path);
    if (owner && (size_t)json_integer_value(owner) != number) {
        tell_conflict(&jobs->items[json_integer_value(owner)], job, path);
        return false;
    }
    if (reader && (size_t)json_integer_value(reader) != number) {
        tell_conflict(job, NULL, path);
        return false;
    }
    if (!owner)
        json_object_set_new(owners, path, json_integer((json_int_t)number));
    return true;
}

bool vf_batch_are_outputs_apart(const struct vf_batch_jobs *jobs)
{
    json_t *owners = json_object(), *inputs = json_object();
    size_t conflicts = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        char *shown = vf_display_utf8(jobs->items[i].input->path);
        if (shown)
            json_object_set_new(inputs, shown, json_integer((json_int_t)i));
        free(shown);
    }
    for (size_t i = 0; i < jobs->count && conflicts < MOST_CONFLICTS; i++) {
        const json_t *output;
        size_t j;
        json_array_foreach(jobs->items[i].forecast.outputs, j, output)
        {
            conflicts += !is_apart(jobs, i, json_string_value(output), owners, inputs);
        }
    }
    json_decref(owners);
    json_decref(inputs);
    return conflicts == 0;
}
