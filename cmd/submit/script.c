/* SPDX-License-Identifier: MIT */
#include "cmd/submit/script.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/shell_word.h"

#define MEGABYTE ((uint64_t)1 << 20)

/* How often a shard is tried again that could not work on its node. */
#define MOST_RETRIES 3

/* Slurm may send a signal so much earlier than it is asked to. */
#define EARLIEST_SECONDS 60

uint64_t vf_submit_time_seconds(const char *text)
{
    unsigned days = 0, parts[3] = {0};
    int length = 0, count = 0;
    bool has_days = sscanf(text, "%6u-%n", &days, &length) == 1 && length > 0;
    const char *rest = has_days ? text + length : text;
    if (rest[strspn(rest, "0123456789:")]) /* sscanf() takes signs and blanks */
        return 0;
    for (; count < 3; count++) {
        int used = 0;
        if (sscanf(rest, count ? ":%6u%n" : "%6u%n", &parts[count], &used) != 1)
            break;
        rest += used;
    }
    if (!count || *rest)
        return 0;
    if (has_days) /* hours, and perhaps minutes and seconds */
        return (((uint64_t)days * 24 + parts[0]) * 60 + parts[1]) * 60 + parts[2];
    if (count == 3)
        return ((uint64_t)parts[0] * 60 + parts[1]) * 60 + parts[2];
    return (uint64_t)parts[0] * 60 + parts[1];
}

const char *vf_submit_job_refuse(const struct vf_submit_job *job)
{
    uint64_t limit = job->time ? vf_submit_time_seconds(job->time) : 0;
    if (strpbrk(job->folder, "\"'\\\n"))
        return "the path of the folder has quotes, backslashes or line feeds, which Slurm does not "
               "read; name another by --folder";
    if (strpbrk(job->name, "\"'\\\n"))
        return "the name of the job has quotes, backslashes or line feeds";
    if (limit && limit <= job->notice_seconds)
        return "--time leaves no time before the runs are asked to stop; give more, or less "
               "--notice";
    return NULL;
}

/* Adds a line for sbatch, which reads quotes, and % in the names of files. */
static void print_option(struct vf_text *out, const char *name, const char *value)
{
    if (!value)
        return;
    vf_text_print(out, strpbrk(value, " \t#") ? "#SBATCH --%s=\"%s\"\n" : "#SBATCH --%s=%s\n", name,
                  value);
}

/* Adds where the output of a job goes: a file of the folder. */
static void print_output(struct vf_text *out, const struct vf_submit_job *job, const char *file)
{
    struct vf_text path = {0};
    for (const char *byte = job->folder; *byte; byte++)
        vf_text_print(&path, *byte == '%' ? "%%%c" : "%c", *byte);
    vf_text_print(&path, "/%s", file);
    print_option(out, "output", path.bytes);
    out->failed = out->failed || path.failed;
    vf_text_finish(&path);
}

/* Adds what both jobs have: where they run, and what the user says beside. */
static void print_common(struct vf_text *out, const struct vf_submit_job *job)
{
    print_option(out, "partition", job->partition);
    for (size_t i = 0; i < job->option_count; i++)
        vf_text_print(out, "#SBATCH %s%s\n", job->options[i][0] == '-' ? "" : "--",
                      job->options[i]);
}

static void print_settings(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out, "\nfolder=");
    vf_shell_word(out, job->folder);
    vf_text_print(out, "\nvflow=");
    vf_shell_word(out, job->program);
    vf_text_print(out, "\n");
}

/* Adds what a run takes, as far as a plan knows it. */
static void print_needs(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out, "#SBATCH --cpus-per-task=%u\n", job->cpus);
    if (job->memory_text)
        print_option(out, "mem", job->memory_text);
    else if (job->memory)
        vf_text_print(out, "#SBATCH --mem=%" PRIu64 "M\n", (job->memory + MEGABYTE - 1) / MEGABYTE);
    print_option(out, "gres", job->gres);
}

static void print_shard_options(struct vf_text *out, const struct vf_submit_job *job)
{
    print_option(out, "job-name", job->name);
    vf_text_print(out, "#SBATCH --array=1-%u", job->shards);
    if (job->at_most)
        vf_text_print(out, "%%%u", job->at_most);
    vf_text_print(out, "\n#SBATCH --nodes=1\n#SBATCH --ntasks=1\n");
    print_needs(out, job);
    print_option(out, "time", job->time);
    vf_text_print(out,
                  "#SBATCH --signal=B:TERM@%u\n#SBATCH --requeue\n#SBATCH --open-mode=append\n",
                  job->notice_seconds);
    print_output(out, job, "shard-%a.log");
    print_common(out, job);
}

/* Adds the words of a batch: its flags, and the flow behind them. */
static void print_words(struct vf_text *out, const struct vf_submit_job *job)
{
    for (size_t i = 0; i < job->word_count; i++) {
        vf_text_print(out, i ? " " : " \\\n\t");
        vf_shell_word(out, job->words[i]);
    }
}

static void print_batch(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out,
                  "\"$vflow\" batch --from \"$folder/inputs\" --shard \"$shard/%u\" --jobs %u \\\n"
                  "\t--manifest \"$folder/shard-$shard.jsonl\" --resume --progress plain",
                  job->shards, job->side_by_side);
    print_words(out, job);
    vf_text_print(out, " &\n");
}

/* Adds the functions of the script, which are set before anything runs. */
static void print_functions(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(
        out,
        "# ended: prints how many inputs have ended by themselves, and how many pieces the\n"
        "# one has that was stopped last.\n"
        "ended () {\n"
        "\tcat \"$folder/shard-$shard.jsonl\" 2>/dev/null |\n"
        "\t\tgrep -c '\"state\":\"\\(done\\|failed\\)\"'\n"
        "\tsed -n 's/.*\"pieces\":\\([0-9]*\\).*/\\1/p' \"$folder/shard-$shard.jsonl\" \\\n"
        "\t\t2>/dev/null | tail -n 1\n"
        "}\n\n"
        "# is_out_of_time: whether the time limit is near.\n"
        "is_out_of_time () {\n"
        "\tleft=$(squeue -h -j \"$element\" -o %%L)\n"
        "\tcase $left in\n"
        "\t*[!0-9:]*|*:*:*|'') return 1 ;; # days, hours, or none\n"
        "\tesac\n"
        "\tseconds=${left#*:}\n"
        "\ttest $((${left%%%%:*} * 60 + ${seconds#0})) -le %u\n"
        "}\n\n"
        "# finish STATUS: ends for good.\n"
        "finish () {\n"
        "\techo \"$1\" >\"$folder/shard-$shard.status\"\n"
        "\texit \"$1\"\n"
        "}\n\n"
        "# requeue: starts again later, unless the job has been cancelled.\n"
        "requeue () {\n"
        "\ttest \"$(squeue -h -j \"$element\" -o %%T)\" = RUNNING || finish 143\n"
        "\techo \"requeued: $1\" >&2\n"
        "\tscontrol requeue \"$element\" || finish 70\n"
        "\tsleep 60 # until it is stopped\n"
        "\texit 70\n"
        "}\n\n",
        job->notice_seconds + EARLIEST_SECONDS);
}

/* Adds what follows the start of the batch: the script waits for it, and judges how it has ended. */
static void print_end(struct vf_text *out)
{
    vf_text_print(out,
                  "batch=$!\n"
                  "test -z \"$stopped\" || kill -TERM \"$batch\"\n"
                  "status=\n"
                  "until test -n \"$status\" && ! kill -0 \"$batch\" 2>/dev/null\n"
                  "do\n"
                  "\twait \"$batch\" # again where a signal has ended it\n"
                  "\tstatus=$?\n"
                  "done\n"
                  "case $status in\n"
                  "0|1|2|65|78) # done, or what is wrong would be so again\n"
                  "\tfinish \"$status\" ;;\n"
                  "esac\n"
                  "if test -n \"$stopped\"\n"
                  "then\n"
                  "\tif test \"$(ended)\" = \"$before\" && is_out_of_time\n"
                  "\tthen\n"
                  "\t\techo 'nothing was completed within the time limit; give more --time' >&2\n"
                  "\t\tfinish 124\n"
                  "\tfi\n"
                  "\trequeue 'it was asked to stop'\n"
                  "fi\n"
                  "if test \"${SLURM_RESTART_COUNT:-0}\" -lt %d\n"
                  "then\n"
                  "\trequeue \"vflow ended with $status\"\n"
                  "fi\n"
                  "finish \"$status\"\n",
                  MOST_RETRIES);
}

void vf_submit_print_shard(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out, "#!/bin/sh\n");
    print_shard_options(out, job);
    vf_text_print(out,
                  "# Runs one part of the inputs. What is done is in its manifest, so a part that "
                  "was stopped,\n# or whose node was lost, goes on with the rest.\n");
    print_settings(out, job);
    vf_text_print(
        out, "shard=$SLURM_ARRAY_TASK_ID\n"
             "rm -f \"$folder/shard-$shard.status\"\n"
             "test -w \"${XDG_RUNTIME_DIR:-/}\" || unset XDG_RUNTIME_DIR # of another machine\n"
             "if test -e \"$folder/manifest.jsonl\" && ! test -e \"$folder/shard-$shard.jsonl\"\n"
             "then\n"
             "\tcp \"$folder/manifest.jsonl\" \"$folder/shard-$shard.new\" &&\n"
             "\t\tmv \"$folder/shard-$shard.new\" \"$folder/shard-$shard.jsonl\"\n"
             "fi\n\n");
    print_functions(out, job);
    vf_text_print(out, "element=${SLURM_ARRAY_JOB_ID}_$shard\n"
                       "before=$(ended)\n"
                       "stopped=\n"
                       "trap 'stopped=yes; kill -TERM \"$batch\" 2>/dev/null' TERM\n");
    print_batch(out, job);
    print_end(out);
}

/* Adds what the last job asks for: to join parts it runs the flow again. */
static void print_merge_options(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out, "#!/bin/sh\n#SBATCH --job-name=\"%s: merge\"\n#SBATCH --ntasks=1\n",
                  job->name);
    if (job->is_split)
        print_needs(out, job);
    else
        vf_text_print(out, "#SBATCH --cpus-per-task=1\n#SBATCH --mem=256M\n");
    vf_text_print(out, "#SBATCH --requeue\n#SBATCH --open-mode=append\n");
    print_output(out, job, "merge.log");
    print_common(out, job);
}

/* Adds the joining of parts, and the table after it. What is told of it is in the manifest. */
static void print_join(struct vf_text *out, const struct vf_submit_job *job)
{
    vf_text_print(out,
                  "# Joins the parts of inputs all of which are there.\n"
                  "\"$vflow\" batch --join --from \"$folder/inputs\" --jobs %u \\\n"
                  "\t--manifest \"$folder/manifest.jsonl\" --resume --progress plain",
                  job->side_by_side);
    print_words(out, job);
    vf_text_print(out, "\n\"$vflow\" batch --status \"$folder/manifest.jsonl\"\nstatus=$?\n");
}

void vf_submit_print_merge(struct vf_text *out, const struct vf_submit_job *job)
{
    print_merge_options(out, job);
    vf_text_print(out,
                  "# Makes one manifest of those of the shards. Its exit status is that of the "
                  "whole.\n");
    print_settings(out, job);
    vf_text_print(
        out,
        "# A shard that is queued again is not over, though Slurm may have let this job begin "
        "in the\n# moment between.\n"
        "array=${1:-}\n"
        "while test -n \"$array\" && test -n \"$(squeue -h -j \"$array\" -o %%i 2>/dev/null)\"\n"
        "do\n"
        "\tsleep 2\n"
        "done\n"
        "# What this job has noted itself, if it was queued again, counts as well.\n"
        "set --\n"
        "for each in \"$folder\"/shard-*.jsonl \"$folder/manifest.jsonl\"\n"
        "do\n"
        "\ttest ! -e \"$each\" || set -- \"$@\" \"$each\"\n"
        "done\n"
        "\"$vflow\" batch --merge \"$folder/manifest.jsonl\" --from \"$folder/inputs\" -- "
        "\"$@\"\n"
        "status=$?\n");
    if (job->is_split)
        print_join(out, job);
    vf_text_print(out,
                  "# What a shard says that has not begun counts before what is lacking.\n"
                  "for worse in 2 78 124\n"
                  "do\n"
                  "\ttest \"$status\" -ne 1 || ! grep -qx \"$worse\" \"$folder\"/shard-*.status || "
                  "status=$worse\n"
                  "done\n"
                  "echo \"$status\" >\"$folder/status.new\"\n"
                  "mv \"$folder/status.new\" \"$folder/status\"\n"
                  "exit \"$status\"\n");
}
