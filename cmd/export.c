/* SPDX-License-Identifier: MIT */
/* export - prints what other programs need to run a flow. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/batch/order.h"
#include "cmd/batch_plan.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/config_text.h"
#include "cmd/export/compose.h"
#include "cmd/export/export.h"
#include "cmd/export/kubernetes.h"
#include "cmd/export/slurm.h"
#include "cmd/export/unit.h"
#include "cmd/flow_arguments.h"
#include "cmd/planning.h"
#include "cmd/run.h"
#include "engine/base/array.h"
#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"

#define MIB ((int64_t)1 << 20)

enum target { TO_NOTHING, TO_SLURM, TO_KUBERNETES, TO_SYSTEMD, TO_COMPOSE };
enum sort { AS_PLANNED, AS_SERVICE, AS_JOB };

struct export_values {
    struct vf_flow_arguments flow;
    enum target target;
    enum sort sort;
    struct vf_words volumes, passed;
    char *name, *image, *space, *flow_path, *output, *grace;
    int replicas, shards, jobs, cores, gpus;
    int64_t memory;
    bool is_user;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "to", "TARGET", "For whom",
            VF_CHOICE(struct export_values, target, {"slurm", TO_SLURM, "A script for sbatch"},
                      {"kubernetes", TO_KUBERNETES, "Manifests: a Deployment, or an indexed Job"},
                      {"systemd", TO_SYSTEMD, "A unit"},
                      {"compose", TO_COMPOSE, "A file for docker compose"})),
    VF_FLAG(0, "as", "SORT", "What it is",
            VF_CHOICE(struct export_values, sort,
                      {"auto", AS_PLANNED, "A service if a source has no end, else a job"},
                      {"service", AS_SERVICE, "It is started again when it has ended"},
                      {"job", AS_JOB, "It is done once"}),
            .fallback = "auto"),
    VF_FLAG(0, "name", "NAME", "Name of the service or job, and of its runs",
            VF_TEXT(struct export_values, name)),
    VF_FLAG(0, "output", "DIR", "Write a file in DIR instead of printing it",
            VF_TEXT(struct export_values, output)),
    VF_FLAG(0, "shards", "N", "Deal the inputs out to N jobs at a time",
            VF_INTEGER(struct export_values, shards), VF_RANGE(1, 100000)),
    VF_FLAG('j', "jobs", "N", "Run N inputs at a time in each of them",
            VF_INTEGER(struct export_values, jobs), VF_RANGE(1, 128), .fallback = "1"),
    VF_FLAG(0, "replicas", "N", "Run a service N times", VF_INTEGER(struct export_values, replicas),
            VF_RANGE(0, 100000), .fallback = "1"),
    VF_FLAG(0, "cpus", "N", "Cores to ask for, instead of those planned",
            VF_INTEGER(struct export_values, cores), VF_RANGE(1, 100000)),
    VF_FLAG(0, "mem", "AMOUNT", "Memory to ask for, such as 2GB",
            VF_MEMORY(struct export_values, memory), VF_RANGE(1 << 20, 1e15)),
    VF_FLAG(0, "gpus", "N", "GPUs to ask for; 0: none", VF_INTEGER(struct export_values, gpus),
            VF_RANGE(-1, 1000), .fallback = "-1"),
    VF_FLAG(0, "grace", "SECONDS", "Time allowed for each step of a shutdown",
            VF_TEXT(struct export_values, grace)),
    VF_FLAG(0, "pass", "FLAG", "Pass a flag on to vflow run, as --pass=--max-errors=3",
            VF_WORDS(struct export_values, passed)),
    VF_FLAG(0, "image", "IMAGE", "Image of the containers, by default vflow of this version",
            VF_TEXT(struct export_values, image), .fallback = "vflow:" VF_VERSION),
    VF_FLAG(0, "namespace", "NAME", "Namespace of the manifests",
            VF_TEXT(struct export_values, space)),
    VF_FLAG(0, "volume", "FOLDER=SOURCE",
            "Where a folder of the flow comes from: a claim or volume, or a folder of the host",
            VF_WORDS(struct export_values, volumes)),
    VF_FLAG(0, "flow-path", "PATH", "Where the image has the flow, which is left out then",
            VF_TEXT(struct export_values, flow_path)),
    VF_FLAG(0, "user", NULL, "Print a unit for the service manager of a user",
            VF_BOOLEAN(struct export_values, is_user)),
    VF_FLOW_FLAGS(struct export_values, flow),
};

/* All that one export has, beside what it lends to the printers. */
struct work {
    const struct export_values *values;
    struct vf_operands inputs;
    struct vf_words words; /* flags for vflow run or vflow batch */
    char name[VF_RUN_NAME_SIZE];
    char *program, *folder, *flow, *text;
    struct vf_batch_inputs files;
    struct vf_batch_jobs jobs;
    struct vf_batch_settings settings;
    struct vf_export export;
};

static bool is_for_containers(enum target target)
{
    return target == TO_KUBERNETES || target == TO_COMPOSE;
}

/* Collects the words for vflow run, or for the runs of a batch. */
static int collect_words(struct work *work)
{
    const struct export_values *values = work->values;
    int err = vf_flow_arguments_repeat(&values->flow, &work->words);
    for (size_t i = 0; i < values->flow.variables.count && !err; i++) {
        err = vf_words_add(&work->words, "--var");
        if (!err)
            err = vf_words_add(&work->words, values->flow.variables.items[i]);
    }
    if (!err && values->grace)
        err = vf_words_add(&work->words, "--grace");
    if (!err && values->grace)
        err = vf_words_add(&work->words, values->grace);
    for (size_t i = 0; i < values->passed.count && !err; i++)
        err = vf_words_add(&work->words, values->passed.items[i]);
    return err;
}

/* Has vflow run check its words, and learns the time that a shutdown may take. */
static enum vf_exit_status check_words(struct work *work, const char *file)
{
    static char run[] = "run";
    char **words = calloc(work->words.count + 3, sizeof(*words)), *flow = NULL;
    if (!words)
        return VF_EXIT_INTERNAL;
    size_t count = 0;
    words[count++] = run;
    for (size_t i = 0; i < work->words.count; i++)
        words[count++] = (char *)work->words.items[i];
    words[count++] = (char *)file;
    int err = vf_run_check((int)count, words, &work->export.grace_ns, &flow);
    free(words);
    free(flow);
    return err == VF_OK ? VF_EXIT_OK : err == -ENOMEM ? VF_EXIT_INTERNAL : VF_EXIT_USAGE;
}

/* Finds the inputs of a batch, and plans their runs. The largest one is the one to be ready for. */
static enum vf_exit_status plan_batch(struct work *work, const char *file,
                                      const struct vf_batch_job **largest)
{
    struct vf_batch_variables *variables = &work->settings.variables;
    bool is_used;
    int err = VF_OK;
    for (size_t i = 0; i < work->inputs.count && !err; i++)
        err = vf_batch_inputs_add(&work->files, "", work->inputs.items[i]);
    if (err)
        return err == -ENOMEM ? VF_EXIT_INTERNAL : VF_EXIT_NO_SOURCE;
    (void)vf_batch_inputs_drop_repeated(&work->files);
    err = vf_batch_find_variables(&work->values->flow, file, variables, &is_used);
    if (!err && !is_used) {
        vf_log(VF_LOG_ERROR, "%s: no node reads the inputs; write ${input} where one names a file",
               file);
        return VF_EXIT_INVALID_FLOW;
    }
    if (!err)
        err = vf_batch_jobs_init(&work->jobs, &work->files);
    if (err)
        return VF_EXIT_INTERNAL;
    enum vf_exit_status status =
        vf_batch_plan(&work->jobs, &work->values->flow, file, &work->settings, true);
    if (status == VF_EXIT_OK && !vf_batch_are_outputs_apart(&work->jobs))
        status = VF_EXIT_CANNOT_CREATE;
    *largest = work->jobs.items;
    for (size_t i = 0; i < work->jobs.count; i++) {
        if (vf_batch_memory(&work->jobs.items[i].forecast) > vf_batch_memory(&(*largest)->forecast))
            *largest = &work->jobs.items[i];
    }
    return status;
}

static bool is_endless(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (!task->group && task->node->is_endless && task->node->is_endless(task->options))
            return true;
    }
    return false;
}

/* Returns the cores of a run. */
static unsigned count_cores(void *context, const struct vf_plan *plan)
{
    struct work *work = context;
    unsigned asked = (unsigned)work->values->cores / work->export.jobs;
    if (work->values->cores)
        return asked ? asked : 1;
    return vf_export_needs_cores(plan);
}

/* Settles what machines have to have. */
static void settle_needs(struct work *work, const struct vf_plan *plan)
{
    const struct export_values *values = work->values;
    struct vf_export_needs *needs = &work->export.needs;
    vf_export_needs_of_plan(needs, plan, count_cores(work, plan));
    vf_export_needs_multiply(needs, work->export.jobs);
    if (values->cores)
        needs->cores = (unsigned)values->cores;
    if (values->memory)
        needs->memory_mib = (uint64_t)((values->memory + MIB - 1) / MIB);
    if (values->gpus >= 0)
        needs->gpus = (unsigned)values->gpus;
    work->export.is_limited = values->cores || values->memory;
    if (!needs->memory_mib)
        vf_log(VF_LOG_WARNING, "how much memory it needs is not known before it runs; --mem limits "
                               "it");
}

static int settle_mounts(struct work *work, const struct vf_plan *plan)
{
    struct vf_export_mounts *mounts = &work->export.mounts;
    int err = vf_export_mounts_add_plan(mounts, plan);
    for (size_t i = 0; i < work->inputs.count && !err; i++)
        err = vf_export_mounts_add_input(mounts, work->inputs.items[i]);
    for (size_t i = 0; i < work->values->volumes.count && !err; i++) {
        const char *volume = work->values->volumes.items[i], *equals = strchr(volume, '=');
        char *folder = strndup(volume, (size_t)(equals - volume));
        err = folder ? vf_export_mounts_add_folder(mounts, folder, equals + 1) : -ENOMEM;
        free(folder);
    }
    return err ? err : vf_export_mounts_settle(mounts);
}

/* Plans a run, the one of a batch that takes most, and learns from it. */
static enum vf_exit_status learn(struct work *work, const char *file)
{
    const struct export_values *values = work->values;
    struct vf_flow_arguments arguments = values->flow;
    struct vf_batch_assignments assignments = {0};
    struct vf_diagnostics excess = {0};
    const struct vf_batch_job *job = NULL;
    struct vf_plan *plan = NULL;
    int err = VF_OK;
    enum vf_exit_status status = work->inputs.count ? plan_batch(work, file, &job) : VF_EXIT_OK;
    if (job && status == VF_EXIT_OK) {
        arguments.variables = (struct vf_words){0};
        err = vf_batch_assignments_init(&assignments, &work->settings.variables, job->input);
        for (size_t i = 0; i < assignments.count && !err; i++)
            err = vf_words_add(&arguments.variables, assignments.items[i]);
    }
    if (!err && status == VF_EXIT_OK)
        status = vf_planning_open_elsewhere(&arguments, file, count_cores, work, &plan, &excess);
    if (plan && !err) {
        settle_needs(work, plan);
        err = settle_mounts(work, plan);
        work->export.is_service =
            values->sort == AS_SERVICE || (values->sort == AS_PLANNED && !job && is_endless(plan));
    }
    vf_diagnostics_print(&excess, stderr);
    status = status == VF_EXIT_OK && excess.count ? VF_EXIT_INVALID_FLOW : status;
    vf_diagnostics_finish(&excess);
    vf_plan_destroy(&plan);
    vf_batch_assignments_finish(&assignments);
    if (job)
        free(arguments.variables.items);
    return err ? VF_EXIT_INTERNAL : status;
}

/* Settles the names, and where things are on this machine. */
static enum vf_exit_status settle_names(struct work *work, const char *file)
{
    const struct export_values *values = work->values;
    work->program = realpath("/proc/self/exe", NULL);
    work->folder = getcwd(NULL, 0);
    work->flow = realpath(file, NULL);
    if (!work->program || !work->folder || !work->flow) {
        vf_log(VF_LOG_ERROR, "%s: cannot be found: %s", file, strerror(errno));
        return VF_EXIT_USAGE;
    }
    if (values->name)
        snprintf(work->name, sizeof(work->name), "%s", values->name);
    else
        vf_run_name_of_flow(work->name, work->flow);
    if (vf_run_name_is_valid(work->name) && vf_export_make_label(work->export.label, work->name))
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "a %s cannot be called \"%s\"; give it a name by --name",
           is_for_containers(values->target) ? "container" : "run", work->name);
    return VF_EXIT_USAGE;
}

/* Containers are given the flow as a text. */
static enum vf_exit_status take_text(struct work *work, const char *file)
{
    bool has_parts = false;
    if (!is_for_containers(work->values->target) || work->values->flow_path)
        return VF_EXIT_OK;
    work->text = vf_config_written_text(&work->values->flow, file, &has_parts);
    if (!work->text)
        return VF_EXIT_INTERNAL;
    if (!has_parts)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR,
           "%s: its sub-flows are in other files; make an image that has all of them, and say by "
           "--flow-path where",
           file);
    return VF_EXIT_INVALID_FLOW;
}

static void print_target(struct vf_text *out, const struct work *work)
{
    switch (work->values->target) {
    case TO_SLURM:
        vf_export_slurm_print(out, &work->export);
        break;
    case TO_KUBERNETES:
        vf_export_kubernetes_print(out, &work->export);
        break;
    case TO_SYSTEMD:
        vf_export_unit_print(out, &work->export);
        break;
    case TO_COMPOSE:
        vf_export_compose_print(out, &work->export);
        break;
    case TO_NOTHING:
        break;
    }
}

/* Returns the name of the file that is written, in fresh memory. */
static char *name_file(const struct work *work)
{
    const char *folder = work->values->output, *label = work->export.label;
    switch (work->values->target) {
    case TO_SLURM:
        return vf_text_format("%s/%s.sbatch", folder, label);
    case TO_KUBERNETES:
        return vf_text_format("%s/%s.yaml", folder, label);
    case TO_SYSTEMD:
        return vf_text_format("%s/%s%s.service", folder, label, work->export.has_shards ? "@" : "");
    case TO_COMPOSE:
        return vf_text_format("%s/compose.yaml", folder);
    case TO_NOTHING:
        break;
    }
    return NULL;
}

static enum vf_exit_status write_file(const struct work *work, const char *text)
{
    char *path = name_file(work);
    int err = path ? vf_folders_make(path) : -ENOMEM;
    if (!err)
        err = vf_new_file_write(path, "the export", text);
    if (!err)
        puts(path);
    free(path);
    return err == -ENOMEM ? VF_EXIT_INTERNAL : err ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}

static enum vf_exit_status print_export(const struct work *work)
{
    struct vf_text out = {0};
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    print_target(&out, work);
    if (out.failed || !out.bytes)
        vf_log(VF_LOG_ERROR, "out of memory");
    else if (work->values->output)
        status = write_file(work, out.bytes);
    else
        status = fputs(out.bytes, stdout) == EOF ? VF_EXIT_OUTPUT_FAILED : VF_EXIT_OK;
    vf_text_finish(&out);
    return status;
}

static void release(struct work *work)
{
    vf_export_mounts_finish(&work->export.mounts);
    vf_batch_jobs_finish(&work->jobs);
    vf_batch_inputs_finish(&work->files);
    free(work->words.items);
    free(work->program);
    free(work->folder);
    free(work->flow);
    free(work->text);
}

/* Returns what does not go together once it is known what the flow is; NULL: all does. */
static const char *find_late_refusal(const struct work *work)
{
    const struct export_values *values = work->values;
    if (work->export.is_service && work->inputs.count)
        return "a service has no inputs";
    if (!work->export.is_service && values->replicas != 1)
        return "--replicas is for services; --shards deals the inputs of a job out";
    return NULL;
}

static enum vf_exit_status export_flow(const struct export_values *values, const char *file,
                                       const struct vf_operands *inputs)
{
    struct work work = {.values = values, .inputs = *inputs};
    struct vf_export *export = &work.export;
    export->shards = values->shards ? (unsigned)values->shards : 1;
    export->has_shards = values->shards > 0;
    export->jobs = (unsigned)values->jobs;
    export->replicas = (unsigned)values->replicas;
    enum vf_exit_status status = settle_names(&work, file);
    if (status == VF_EXIT_OK)
        status = collect_words(&work) < 0 ? VF_EXIT_INTERNAL : check_words(&work, file);
    if (status == VF_EXIT_OK)
        status = learn(&work, file);
    if (status == VF_EXIT_OK)
        status = take_text(&work, file);
    const char *refusal = status == VF_EXIT_OK ? find_late_refusal(&work) : NULL;
    if (refusal) {
        vf_command_line_refuse(&vf_command_export, "%s", refusal);
        status = VF_EXIT_USAGE;
    }
    export->name = work.name;
    export->words = (struct vf_export_words){work.words.items, work.words.count};
    export->inputs = (struct vf_export_words){(const char *const *)inputs->items, inputs->count};
    export->program = work.program;
    export->folder = work.folder;
    export->flow = work.flow;
    export->is_user = values->is_user;
    export->image = values->image;
    export->space = values->space;
    export->flow_text = work.text;
    export->flow_path = values->flow_path ? values->flow_path : VF_EXPORT_FLOW;
    if (status == VF_EXIT_OK)
        status = print_export(&work);
    release(&work);
    return status;
}

/* Returns what is wrong with the command line as a whole; NULL: nothing. */
static const char *find_refusal(const struct export_values *values,
                                const struct vf_operands *operands)
{
    bool has_container = is_for_containers(values->target);
    if (values->target == TO_NOTHING)
        return "--to is missing; it is slurm, kubernetes, systemd or compose";
    if (values->flow.chain)
        return "the flow has to be a file; vflow new makes one of a chain";
    if (operands->count && strcmp(operands->items[0], "-") == 0)
        return "the flow is read again when it runs; give the name of a file";
    if (values->shards && operands->count < 2)
        return "--shards deals out inputs, and there are none";
    if (values->shards && values->target == TO_COMPOSE)
        return "Compose has no shards; --jobs runs several inputs at a time";
    if (values->is_user && values->target != TO_SYSTEMD)
        return "--user is for --to systemd";
    if (values->space && values->target != TO_KUBERNETES)
        return "--namespace is for --to kubernetes";
    if ((values->volumes.count || values->flow_path) && !has_container)
        return "--volume and --flow-path are for containers: --to kubernetes or compose";
    for (size_t i = 0; i < values->volumes.count; i++) {
        const char *equals = strchr(values->volumes.items[i], '=');
        if (!equals || equals == values->volumes.items[i] || !equals[1])
            return "--volume is a folder, \"=\", and where it comes from";
    }
    return NULL;
}

static int export(int argc, char **argv)
{
    struct export_values values = {0};
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_export, argc, argv, &values, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status =
        vf_flow_arguments_resolve(&values.flow, &vf_command_export, &operands);
    const char *refusal = status == VF_EXIT_OK ? find_refusal(&values, &operands) : NULL;
    if (refusal) {
        vf_command_line_refuse(&vf_command_export, "%s", refusal);
        status = VF_EXIT_USAGE;
    }
    if (status == VF_EXIT_OK) {
        struct vf_operands inputs = {operands.items + 1, operands.count - 1};
        status = export_flow(&values, operands.items[0], &inputs);
    }
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_export, &values);
    return (int)status;
}

const struct vf_command vf_command_export = {
    .name = "export",
    .summary = "Print a script or manifests that run a flow elsewhere.",
    .details = "A flow whose source has no end is a service. Any other is a job; with inputs it is "
               "the job of vflow batch, in as many shards as are asked for. Cores, memory and GPUs "
               "are those of the plan.",
    .operand = "FLOW [NAME=VALUE]... [INPUT]...",
    .operand_kind = VF_OPERAND_FLOW_AND_FILES,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = export,
};
