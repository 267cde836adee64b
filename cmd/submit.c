/* SPDX-License-Identifier: MIT */
/* submit - has a batch run by Slurm: its shards as an array of jobs, and one job that merges them. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/batch.h"
#include "cmd/batch/merge.h"
#include "cmd/batch/order.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/submit/ask.h"
#include "cmd/submit/script.h"
#include "cmd/submit/watch.h"
#include "engine/base/folders.h"
#include "engine/base/glob.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"

#define MOST_SHARDS 1000 /* an array of Slurm has 1001 elements at most unless it says otherwise */
#define USUAL_SHARDS 100
#define MOST_CPUS 1024
#define OWN_MEMORY ((uint64_t)128 << 20) /* of the shard itself, beside its runs */
#define SPARE_MEMORY 1.25                /* what a run takes, to what its plan says of it */

struct submit_values {
    enum { ON_SLURM } on;
    char *folder, *name, *partition, *time, *memory, *gres;
    struct vf_words options;
    int shards, at_most, cpus, notice;
    bool waits, is_dry;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "on", "SCHEDULER", "What runs the jobs",
            VF_CHOICE(struct submit_values, on, {"slurm", ON_SLURM, "An array of jobs of Slurm"}),
            .fallback = "slurm"),
    VF_FLAG(0, "wait", NULL, "Show progress, and end as the jobs do",
            VF_BOOLEAN(struct submit_values, waits)),
    VF_FLAG(0, "dry-run", NULL, "Print the job scripts, and submit nothing",
            VF_BOOLEAN(struct submit_values, is_dry)),
    VF_FLAG(0, "folder", "DIR", "Folder for scripts and manifests; all nodes have to see it",
            VF_TEXT(struct submit_values, folder)),
    VF_FLAG(0, "name", "NAME", "Name of the job", VF_TEXT(struct submit_values, name)),
    VF_FLAG(0, "shards", "N", "Deal the inputs out to N elements of the array",
            VF_INTEGER(struct submit_values, shards), VF_RANGE(1, MOST_SHARDS)),
    VF_FLAG(0, "at-most", "N", "Run at most N elements at a time",
            VF_INTEGER(struct submit_values, at_most), VF_RANGE(1, MOST_SHARDS)),
    VF_FLAG(0, "cpus-per-task", "N", "Cores of an element, in place of those by the plan",
            VF_INTEGER(struct submit_values, cpus), VF_RANGE(1, MOST_CPUS)),
    VF_FLAG(0, "mem", "AMOUNT", "Memory of an element, such as 4G, in place of that by the plan",
            VF_TEXT(struct submit_values, memory)),
    VF_FLAG(0, "gres", "LIST", "What else an element needs, in place of the GPUs by the plan",
            VF_TEXT(struct submit_values, gres)),
    VF_FLAG(0, "partition", "NAME", "Partition", VF_TEXT(struct submit_values, partition)),
    VF_FLAG(0, "time", "LIMIT", "Time limit of an element, such as 4:00:00",
            VF_TEXT(struct submit_values, time)),
    VF_FLAG(0, "notice", "SECONDS", "Stop the runs so long before the time limit",
            VF_INTEGER(struct submit_values, notice), VF_RANGE(1, 65535), .fallback = "90"),
    VF_FLAG(0, "sbatch", "OPTION", "Hand an option on to sbatch, such as --account=film",
            VF_WORDS(struct submit_values, options)),
};

/* All that a submission has. */
struct submission {
    const struct submit_values *values;
    struct vf_batch_outlook outlook;
    struct vf_words words; /* for the batch of each shard */
    const char *flow;      /* one of them; NULL: there is a chain */
    struct vf_submit_job job;
    char *folder, *program, *name, *gres; /* its own */
    char *array, *merge;                  /* the numbers of the jobs */
};

/* Returns how many words of the command line a flag takes, with its value, *flag which one; 0: it is none
 * of this command. */
static int measure_flag(const struct vf_command *command, char *const *words,
                        const struct vf_flag **flag)
{
    const char *word = words[0];
    size_t length = strcspn(word, "=");
    *flag = NULL;
    if (strncmp(word, "--", 2) == 0 && word[2]) {
        char *name = strndup(word + 2, length - 2);
        *flag = name ? vf_flag_find(&command->flags, name) : NULL;
        free(name);
        return *flag && (*flag)->argument && !word[length] && words[1] ? 2 : 1;
    }
    if (word[0] != '-' || !word[1] || word[1] == '-')
        return 0;
    for (const char *letter = word + 1; *letter; letter++) {
        *flag = vf_flag_find_letter(&command->flags, *letter);
        if (*flag && (*flag)->argument)
            return letter[1] || !words[1] ? 1 : 2;
    }
    return 1;
}

/* Returns where the word stands that names the command to be submitted; argc: there is none. */
static int find_command(int argc, char **argv)
{
    const struct vf_flag *flag;
    for (int i = 1; i < argc;) {
        int taken = measure_flag(&vf_command_submit, argv + i, &flag);
        if (!taken)
            return i;
        i += taken;
    }
    return argc;
}

/* Those flags of batch that a shard does not get: it has its own. */
static bool is_own_flag(const struct vf_flag *flag)
{
    static const char *const names[] = {"from", "jobs", "resume", "retry-failed", "progress"};
    bool is_own = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        is_own = is_own || (flag && strcmp(flag->option.name, names[i]) == 0);
    return is_own;
}

/* Sorts the operands: variables of the flow, and the flow, which is the first that is none. An input
 * that looks like a variable goes with them; it is read once. */
static int take_operand(struct submission *submission, struct vf_words *variables, const char *word)
{
    if (vf_flow_arguments_assigns(word))
        return vf_words_add(variables, word);
    if (!submission->flow)
        submission->flow = word;
    return VF_OK;
}

/* Copies the words for the batch of a shard: the flags, the flow unless there is a chain, and its
 * variables. */
static int take_words(struct submission *submission, int argc, char **argv)
{
    struct vf_words *words = &submission->words, variables = {0};
    const struct vf_flag *flag;
    bool has_chain = false, is_open = true;
    int err = VF_OK;
    for (int i = 1; i < argc && !err;) {
        int taken = is_open ? measure_flag(&vf_command_batch, argv + i, &flag) : 0;
        bool is_end = is_open && strcmp(argv[i], "--") == 0;
        is_open = is_open && !is_end;
        has_chain = has_chain || (taken && flag && strcmp(flag->option.name, "chain") == 0);
        if (!taken && !is_end)
            err = take_operand(submission, &variables, argv[i]);
        for (int j = 0; j < taken && !err && !is_own_flag(flag); j++)
            err = vf_words_add(words, argv[i + j]);
        i += taken ? taken : 1;
    }
    if (has_chain)
        submission->flow = NULL;
    if (!err)
        err = vf_words_add(words, "--");
    if (!err && submission->flow)
        err = vf_words_add(words, submission->flow);
    for (size_t i = 0; i < variables.count && !err; i++)
        err = vf_words_add(words, variables.items[i]);
    free(variables.items);
    return err;
}

/* The name of a job, from that of the flow, in fresh memory; NULL: out of memory. */
static char *name_job(const struct submission *submission)
{
    const char *flow = submission->flow ? submission->flow : "chain";
    const char *slash = strrchr(flow, '/'), *first = slash ? slash + 1 : flow;
    first += *first == '@';
    const char *point = strrchr(first, '.');
    return point && point != first ? strndup(first, (size_t)(point - first)) : strdup(first);
}

/* Returns whether a run could start, as far as can be seen from here. Says it when none could: each of
 * them would only say so on its node. */
static enum vf_exit_status judge(const struct vf_batch_jobs *jobs)
{
    size_t lost = 0;
    for (size_t i = 0; i < jobs->count; i++)
        lost += jobs->items[i].forecast.status != 0;
    if (!jobs->count) {
        vf_log(VF_LOG_ERROR, "there is no input");
        return VF_EXIT_NO_SOURCE;
    }
    if (lost < jobs->count)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "no run could start; \"vflow batch\" with one of the inputs says why");
    return (enum vf_exit_status)jobs->items[0].forecast.status;
}

/* Asks for what the run needs most that needs most, so many times as run side by side. */
static int size_job(struct submission *submission)
{
    const struct submit_values *values = submission->values;
    const struct vf_batch_outlook *outlook = &submission->outlook;
    struct vf_submit_job *job = &submission->job;
    uint64_t memory = 0;
    unsigned tasks = 1, gpus = 0;
    for (size_t i = 0; i < outlook->jobs.count; i++) {
        const struct vf_batch_forecast *forecast = &outlook->jobs.items[i].forecast;
        uint64_t needed = vf_batch_memory(forecast);
        memory = needed > memory ? needed : memory;
        tasks = forecast->tasks > tasks ? forecast->tasks : tasks;
        gpus = forecast->gpus_at_best > gpus ? forecast->gpus_at_best : gpus;
    }
    job->side_by_side = outlook->side_by_side ? outlook->side_by_side : 1;
    job->cpus = values->cpus ? (unsigned)values->cpus : tasks * job->side_by_side;
    job->cpus = job->cpus > MOST_CPUS ? MOST_CPUS : job->cpus;
    job->memory = OWN_MEMORY + (uint64_t)((double)(memory * job->side_by_side) * SPARE_MEMORY);
    job->memory_text = values->memory;
    if (gpus && !values->gres)
        submission->gres = vf_text_format("gpu:%u", gpus);
    job->gres = values->gres ? values->gres : submission->gres;
    return gpus && !job->gres ? -ENOMEM : VF_OK;
}

/* Returns how many runs the elements are dealt: all but those that join parts. */
static size_t count_runs(const struct vf_batch_jobs *jobs)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++)
        count += !jobs->items[i].parts;
    return count;
}

/* Says what the jobs are to be. */
static int describe(struct submission *submission)
{
    const struct submit_values *values = submission->values;
    size_t runs = count_runs(&submission->outlook.jobs);
    struct vf_submit_job *job = &submission->job;
    submission->name = values->name ? strdup(values->name) : name_job(submission);
    char *folder = values->folder     ? strdup(values->folder)
                   : submission->name ? vf_text_format("%s.slurm", submission->name)
                                      : NULL;
    submission->folder = folder ? vf_batch_find_path(folder) : NULL;
    submission->program = realpath("/proc/self/exe", NULL);
    free(folder);
    if (!submission->name || !submission->folder || !submission->program)
        return -ENOMEM;
    unsigned shards = values->shards ? (unsigned)values->shards : USUAL_SHARDS;
    job->shards = shards > runs ? (unsigned)runs : shards;
    job->is_split = submission->outlook.is_split;
    job->at_most = (unsigned)values->at_most;
    job->name = submission->name;
    job->folder = submission->folder;
    job->program = submission->program;
    job->partition = values->partition;
    job->time = values->time;
    job->notice_seconds = (unsigned)values->notice;
    job->options = values->options.items;
    job->option_count = values->options.count;
    job->words = submission->words.items;
    job->word_count = submission->words.count;
    return size_job(submission);
}

static char *name_file(const struct submission *submission, const char *file)
{
    return vf_text_format("%s/%s", submission->folder, file);
}

/* Writes a file of the folder; takes what `text` has. */
static int write_file(const struct submission *submission, const char *file, struct vf_text *text)
{
    char *path = name_file(submission, file);
    int err = path && !text->failed ? vf_folders_make(path) : -ENOMEM;
    if (!err)
        err = vf_new_file_write(path, NULL, text->bytes ? text->bytes : "");
    free(path);
    vf_text_finish(text);
    return err;
}

/* Writes the inputs as they are named, each ended by a NUL. */
static int write_inputs(const struct submission *submission)
{
    const struct vf_batch_inputs *inputs = &submission->outlook.inputs;
    char *path = name_file(submission, "inputs");
    FILE *file = path ? fopen(path, "we") : NULL;
    int err = file ? VF_OK : path ? -errno : -ENOMEM;
    for (size_t i = 0; i < inputs->count && !err; i++) {
        size_t size = strlen(inputs->items[i].input) + 1;
        if (fwrite(inputs->items[i].input, 1, size, file) != size)
            err = -EIO;
    }
    if (file && (fflush(file) != 0 || fsync(fileno(file)) != 0))
        err = -errno;
    if (file)
        fclose(file);
    if (err)
        vf_log(VF_LOG_ERROR, "%s cannot be written: %s", path ? path : "inputs", strerror(-err));
    free(path);
    return err;
}

/* Finds what the shards of a batch before have left. */
static int find_left(const struct submission *submission, const char *pattern, glob_t *found)
{
    char *path = name_file(submission, pattern);
    int err = path && glob(path, 0, NULL, found) != GLOB_NOSPACE ? VF_OK : -ENOMEM;
    free(path);
    return err;
}

/* Has what has failed run again, and what it has left of its outputs removed, as is done with what was
 * interrupted. */
static int retry_failed(const struct vf_batch_manifest *whole)
{
    const char *path;
    json_t *record;
    int err = VF_OK;
    json_object_foreach(whole->records, path, record)
    {
        const char *state = json_string_value(json_object_get(record, "state"));
        const char *again = vf_batch_state_name(VF_BATCH_INTERRUPTED);
        if (vf_batch_state_find(state) == VF_BATCH_FAILED &&
            json_object_set_new(record, "state", json_string(again)) < 0)
            err = -ENOMEM;
    }
    return err;
}

/* Makes one manifest of those that are there, from which the new shards go on. */
static enum vf_exit_status keep_manifests(const struct submission *submission, const glob_t *found)
{
    struct vf_batch_manifest whole;
    char *path = name_file(submission, "manifest.jsonl");
    enum vf_exit_status status = VF_EXIT_OK;
    if (!path || vf_batch_merge(&whole, found->gl_pathv, found->gl_pathc) < 0)
        status = VF_EXIT_CANNOT_CREATE;
    if (status == VF_EXIT_OK && whole.is_in_use) {
        vf_log(VF_LOG_ERROR,
               "shards of the batch in %s are still at work; wait for their end, or "
               "cancel them",
               submission->folder);
        status = VF_EXIT_CANNOT_CREATE;
    }
    if (status == VF_EXIT_OK && submission->outlook.retries_failed && retry_failed(&whole) < 0)
        status = VF_EXIT_INTERNAL;
    if (status == VF_EXIT_OK && vf_batch_merge_write(&whole, path) < 0)
        status = VF_EXIT_CANNOT_CREATE;
    if (path)
        vf_batch_manifest_close(&whole);
    free(path);
    return status;
}

/* Makes the folder ready: it is empty, or has a batch that is to be gone on with. */
static enum vf_exit_status take_up(const struct submission *submission)
{
    static const char *const left[] = {"shard-*.jsonl", "shard-*.status", "status"};
    bool goes_on = submission->outlook.resumes || submission->outlook.retries_failed;
    enum vf_exit_status status = VF_EXIT_OK;
    glob_t found = {0};
    if (find_left(submission, "*.jsonl", &found) < 0)
        return VF_EXIT_INTERNAL;
    if (found.gl_pathc && !goes_on) {
        vf_log(VF_LOG_ERROR,
               "%s has a batch; go on with what it lacks by --resume behind \"batch\", or name "
               "another by --folder",
               submission->folder);
        status = VF_EXIT_CANNOT_CREATE;
    } else if (found.gl_pathc) {
        status = keep_manifests(submission, &found);
    }
    globfree(&found);
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]) && status == VF_EXIT_OK; i++) {
        found = (glob_t){0};
        if (find_left(submission, left[i], &found) < 0)
            status = VF_EXIT_INTERNAL;
        for (size_t j = 0; j < found.gl_pathc; j++)
            (void)unlink(found.gl_pathv[j]);
        globfree(&found);
    }
    return status;
}

static enum vf_exit_status write_folder(const struct submission *submission)
{
    struct vf_text shard = {0}, merge = {0};
    enum vf_exit_status status = take_up(submission);
    if (status != VF_EXIT_OK)
        return status;
    vf_submit_print_shard(&shard, &submission->job);
    vf_submit_print_merge(&merge, &submission->job);
    int err = write_file(submission, "shard.sh", &shard);
    if (!err)
        err = write_file(submission, "merge.sh", &merge);
    if (!err)
        err = write_inputs(submission);
    vf_text_finish(&merge);
    return err == -ENOMEM ? VF_EXIT_INTERNAL : err ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}

/* Logs what sbatch has said, a line at a time. */
static void tell_complaint(const char *lines)
{
    for (const char *line = lines ? lines : ""; *line;) {
        size_t length = strcspn(line, "\n");
        vf_log(VF_LOG_ERROR, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* Submits a script, maybe one that depends on an array; *number becomes that of the job. */
static enum vf_exit_status submit_script(const struct submission *submission, const char *file,
                                         const char *dependency, const char *array, char **number)
{
    char *script = name_file(submission, file);
    const char *words[] = {"sbatch", "--parsable", script, NULL, NULL, NULL};
    struct vf_text said = {0}, complained = {0};
    if (dependency) {
        words[2] = dependency;
        words[3] = script;
        words[4] = array;
    }
    int status = script ? vf_submit_ask(words, &said, &complained) : -ENOMEM;
    if (status == -ENOENT)
        vf_log(VF_LOG_ERROR, "there is no sbatch here; submit from a machine of the cluster");
    else if (status < 0)
        vf_log(VF_LOG_ERROR, "sbatch cannot be run: %s", strerror(-status));
    else if (status)
        tell_complaint(complained.bytes);
    else if (said.bytes)
        *number = strndup(said.bytes, strcspn(said.bytes, ";\n"));
    free(script);
    vf_text_finish(&said);
    vf_text_finish(&complained);
    return *number ? VF_EXIT_OK : VF_EXIT_NO_SOURCE;
}

static void cancel(const char *number)
{
    const char *words[] = {"scancel", number, NULL};
    struct vf_text said = {0}, complained = {0};
    (void)!vf_submit_ask(words, &said, &complained);
    vf_text_finish(&said);
    vf_text_finish(&complained);
}

static enum vf_exit_status submit_jobs(struct submission *submission)
{
    enum vf_exit_status status =
        submit_script(submission, "shard.sh", NULL, NULL, &submission->array);
    char *dependency =
        submission->array ? vf_text_format("--dependency=afterany:%s", submission->array) : NULL;
    if (status == VF_EXIT_OK)
        status = dependency ? submit_script(submission, "merge.sh", dependency, submission->array,
                                            &submission->merge)
                            : VF_EXIT_INTERNAL;
    if (status != VF_EXIT_OK && submission->array)
        cancel(submission->array);
    free(dependency);
    if (status == VF_EXIT_OK)
        printf("job %s, %u element%s, and then job %s; they write into %s\n", submission->array,
               submission->job.shards, submission->job.shards == 1 ? "" : "s", submission->merge,
               submission->folder);
    return status == VF_EXIT_OK && fflush(stdout) != 0 ? VF_EXIT_OUTPUT_FAILED : status;
}

static enum vf_exit_status print_scripts(const struct submission *submission)
{
    struct vf_text out = {0};
    vf_text_print(&out, "# %s/shard.sh\n", submission->folder);
    vf_submit_print_shard(&out, &submission->job);
    vf_text_print(&out, "\n# %s/merge.sh\n", submission->folder);
    vf_submit_print_merge(&out, &submission->job);
    enum vf_exit_status status = out.failed ? VF_EXIT_INTERNAL : VF_EXIT_OK;
    if (status == VF_EXIT_OK && (fputs(out.bytes, stdout) < 0 || fflush(stdout) != 0))
        status = VF_EXIT_OUTPUT_FAILED;
    vf_text_finish(&out);
    return status;
}

static enum vf_exit_status wait_for_jobs(struct submission *submission)
{
    const struct vf_submit_watch watch = {.folder = submission->folder,
                                          .array = submission->array,
                                          .merge = submission->merge,
                                          .shards = submission->job.shards,
                                          .jobs = &submission->outlook.jobs,
                                          .form = submission->outlook.form};
    return vf_submit_watch(&watch);
}

/* Submits what the words of a command line say, of which the first is "batch". */
static enum vf_exit_status submit_batch(struct submission *submission, int argc, char **argv)
{
    int err = take_words(submission, argc, argv);
    if (!submission->values->is_dry)
        vf_trust_set(VF_TRUST_RUN);
    enum vf_exit_status status =
        err ? VF_EXIT_INTERNAL : vf_batch_look_ahead(argc, argv, &submission->outlook);
    if (status == VF_EXIT_OK)
        status = judge(&submission->outlook.jobs);
    if (status == VF_EXIT_OK && describe(submission) < 0)
        status = VF_EXIT_INTERNAL;
    const char *refusal = status == VF_EXIT_OK ? vf_submit_job_refuse(&submission->job) : NULL;
    if (refusal) {
        vf_command_line_refuse(&vf_command_submit, "%s", refusal);
        return VF_EXIT_USAGE;
    }
    if (status == VF_EXIT_OK && submission->values->is_dry)
        return print_scripts(submission);
    if (status == VF_EXIT_OK)
        status = write_folder(submission);
    if (status == VF_EXIT_OK)
        status = submit_jobs(submission);
    return status == VF_EXIT_OK && submission->values->waits ? wait_for_jobs(submission) : status;
}

static void finish(struct submission *submission)
{
    vf_batch_outlook_finish(&submission->outlook);
    free(submission->words.items);
    free(submission->folder);
    free(submission->program);
    free(submission->name);
    free(submission->gres);
    free(submission->array);
    free(submission->merge);
}

static int submit(int argc, char **argv)
{
    struct submit_values values = {0};
    struct vf_operands operands;
    int at = find_command(argc, argv);
    char **copy = calloc((size_t)argc + 1, sizeof(*copy)); /* parsing puts the words in order */
    int err = copy ? VF_OK : -ENOMEM;
    if (copy && at < argc)
        memcpy(copy, argv + at, (size_t)(argc - at) * sizeof(*copy));
    argv[at] = NULL;
    if (!err)
        err = vf_command_line_parse(&vf_command_submit, at, argv, &values, &operands);
    if (err) {
        free(copy);
        return (int)vf_command_line_status(err);
    }
    enum vf_exit_status status = VF_EXIT_USAGE;
    struct submission submission = {.values = &values};
    if (!copy[0] || strcmp(copy[0], "batch") != 0)
        vf_command_line_refuse(&vf_command_submit,
                               "\"%s\" cannot be submitted; what can is: batch FLOW INPUT...",
                               copy[0] ? copy[0] : "");
    else
        status = submit_batch(&submission, argc - at, copy);
    finish(&submission);
    free(copy);
    vf_command_line_release(&vf_command_submit, &values);
    return (int)status;
}

const struct vf_command vf_command_submit = {
    .name = "submit",
    .summary = "Have a batch run by Slurm.",
    .details =
        "The inputs are dealt out to the elements of an array of jobs, and a last job merges their "
        "manifests; its exit status is that of the whole. What an element needs comes from the "
        "plan "
        "of the runs. An element that is stopped at its time limit, or whose node is lost, goes on "
        "with what it lacks. See vflow-submit(1).",
    .operand = "batch FLOW INPUT...",
    .operand_kind = VF_OPERAND_FLOW_AND_FILES,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = submit,
};
