/* SPDX-License-Identifier: MIT */
#include "cmd/export/slurm.h"

#include <stdlib.h>

#include "engine/base/exit_status.h"
#include "engine/base/shell_word.h"

#define MOST_REQUEUES 50 /* of a job whose time is never enough */

static void print_words(struct vf_text *out, const struct vf_export_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        vf_text_print(out, " ");
        vf_shell_word(out, words->items[i]);
    }
}

static void print_directives(struct vf_text *out, const struct vf_export *export)
{
    const struct vf_export_needs *needs = &export->needs;
    vf_text_print(out, "#SBATCH --job-name=%s\n", export->label);
    if (export->has_shards)
        vf_text_print(out, "#SBATCH --array=1-%u\n", export->shards);
    vf_text_print(out, "#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=%u\n", needs->cores);
    if (needs->memory_mib)
        vf_text_print(out, "#SBATCH --mem=%lluM\n", (unsigned long long)needs->memory_mib);
    if (needs->gpus)
        vf_text_print(out, "#SBATCH --gres=gpu:%u\n", needs->gpus);
    vf_text_print(out,
                  "#SBATCH --signal=B:USR1@%ld\n#SBATCH --requeue\n#SBATCH --open-mode=append\n",
                  vf_export_stop_seconds(export));
}

/* The beginning of the command line of a batch. */
static void print_batch(struct vf_text *out, const struct vf_export *export)
{
    char *manifest = vf_export_manifest(export, false);
    vf_text_print(out, " batch --jobs %u", export->jobs);
    if (export->has_shards)
        vf_text_print(out, " --shard \"$SLURM_ARRAY_TASK_ID/%u\"", export->shards);
    if (manifest) {
        vf_text_print(out, " --manifest ");
        vf_shell_word(out, manifest);
        vf_text_print(out, export->has_shards ? "\"-$SLURM_ARRAY_TASK_ID.jsonl\"" : ".jsonl");
        vf_text_print(out, " --resume");
    }
    free(manifest);
}

static void print_command(struct vf_text *out, const struct vf_export *export)
{
    vf_shell_word(out, export->program);
    if (export->inputs.count) {
        print_batch(out, export);
    } else {
        vf_text_print(out, " run --name ");
        vf_shell_word(out, export->name);
    }
    print_words(out, &export->words);
    vf_text_print(out, " -- ");
    vf_shell_word(out, export->flow);
    print_words(out, &export->inputs);
    vf_text_print(out, " &\n");
}

/* What goes on where it was, or never ends, gets more time. A run would begin again. */
static void print_end(struct vf_text *out, const struct vf_export *export)
{
    if (export->is_service || export->inputs.count)
        vf_text_print(out,
                      "\nif test -n \"$is_late\" && test \"$status\" -eq %d &&\n"
                      "	test \"${SLURM_RESTART_COUNT:-0}\" -lt %d\n"
                      "then\n"
                      "	scontrol requeue \"$SLURM_JOB_ID\"\n"
                      "fi\n",
                      VF_EXIT_TERMINATED, MOST_REQUEUES);
    vf_text_print(out, "exit \"$status\"\n");
}

void vf_export_slurm_print(struct vf_text *out, const struct vf_export *export)
{
    vf_text_print(out, "#!/bin/bash\n# %s, as vflow export prints it; for sbatch.\n",
                  export->label);
    print_directives(out, export);
    vf_text_print(out, "set -u\ncd ");
    vf_shell_word(out, export->folder);
    vf_text_print(out, " || exit %d\n\n", VF_EXIT_NO_SOURCE);
    print_command(out, export);
    vf_text_print(out, "run=$! is_late=\n"
                       "# The time is nearly over.\n"
                       "trap 'is_late=yes; kill -TERM \"$run\"' USR1\n"
                       "trap 'kill -TERM \"$run\"' TERM\n"
                       "wait \"$run\"\n"
                       "status=$?\n"
                       "# A signal ends the wait, and the run takes its time to stop.\n"
                       "while test \"$status\" -gt 128 && kill -0 \"$run\" 2>/dev/null\n"
                       "do\n"
                       "	wait \"$run\"\n"
                       "	status=$?\n"
                       "done\n");
    print_end(out, export);
}
