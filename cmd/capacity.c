/* SPDX-License-Identifier: MIT */
/* capacity - finds out how many streams of a flow this machine takes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/capacity_flow.h"
#include "cmd/capacity_gpus.h"
#include "cmd/capacity_output.h"
#include "cmd/capacity_report.h"
#include "cmd/capacity_run.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/processors.h"
#include "engine/base/remove_tree.h"
#include "engine/base/temporary_folder.h"
#include "engine/base/trust.h"
#include "engine/flow/plan/memory_available.h"

#define MOST_FLAGS 9
#define LONGER_MEASURES 5           /* each twice as long as the one before */
#define START_NS (30 * VF_NS_PER_S) /* that copies may take to start, beside twice the time */

struct capacity_values {
    struct vf_flow_arguments flow;
    double fps;
    int64_t time_ns;
    int most;
    char *gpus;
    bool is_json, may_send;
    struct vf_words sources;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct capacity_values, flow),
    VF_FLAG(0, "fps", "RATE", "Frames a second that each source of a stream sends",
            VF_NUMBER(struct capacity_values, fps), VF_RANGE(0.01, 1000), .fallback = "30"),
    VF_FLAG(0, "time", "SECONDS", "How long to measure, and how long each try lasts",
            VF_DURATION(struct capacity_values, time_ns), VF_RANGE(0.1, 86400), .fallback = "10"),
    VF_FLAG(0, "max", "N", "Try no more than N streams", VF_INTEGER(struct capacity_values, most),
            VF_RANGE(1, 1000), .fallback = "64"),
    VF_GPU_FLAG(struct capacity_values, gpus),
    VF_FLAG(0, "source", "NODE=FILE", "Read FILE in place of a source, such as a camera",
            VF_WORDS(struct capacity_values, sources)),
    VF_FLAG(0, "send", NULL,
            "Let each stream send to the programs and machines that the flow names",
            VF_BOOLEAN(struct capacity_values, may_send)),
    VF_FLAG(0, "json", NULL, "Print JSON", VF_BOOLEAN(struct capacity_values, is_json)),
};

/* All that is at work. */
struct survey {
    const struct capacity_values *values;
    const char *run_flags[MOST_FLAGS]; /* for the copies */
    size_t run_flag_count;
    struct vf_capacity_flow flow;
    struct vf_signals signals;
    struct vf_capacity_gpus gpus;
    char *folder; /* of the copies; NULL: there is none */
    int signal;   /* that has stopped it; 0: none */
    struct vf_capacity_result result;
};

/* Says to the copies what this command was told about the flow. */
static void take_run_flags(struct survey *survey)
{
    static const char *const transports[] = {
        [VF_ASKED_SHM] = "shm", [VF_ASKED_IPC] = "ipc", [VF_ASKED_TCP] = "tcp"};
    const struct vf_flow_arguments *flow = &survey->values->flow;
    if (flow->transport) {
        survey->run_flags[survey->run_flag_count++] = "--transport";
        survey->run_flags[survey->run_flag_count++] = transports[flow->transport];
    }
    if (flow->memory) {
        survey->run_flags[survey->run_flag_count++] = "--memory";
        survey->run_flags[survey->run_flag_count++] = flow->memory;
    }
    if (flow->sandbox) {
        survey->run_flags[survey->run_flag_count++] = "--sandbox";
        survey->run_flags[survey->run_flag_count++] =
            vf_node_key_word(VF_KEY_SANDBOX, flow->sandbox);
    }
    if (flow->may_be_insecure)
        survey->run_flags[survey->run_flag_count++] = "--insecure";
    if (flow->may_be_unsafe)
        survey->run_flags[survey->run_flag_count++] = "--allow-unsafe";
}

/* Sets which GPUs a copy uses: until it is known whether it uses any, those that were named. */
static int choose_gpus(const struct survey *survey, struct vf_capacity_stream *stream,
                       size_t number)
{
    const char *named = survey->values->gpus;
    bool is_known = survey->gpus.list.count > 0;
    if (is_known)
        stream->gpus = vf_capacity_gpus_of(&survey->gpus, number);
    else if (named)
        stream->gpus = strdup(named);
    return stream->gpus || !(is_known || named) ? VF_OK : -ENOMEM;
}

static int prepare_stream(struct survey *survey, struct vf_capacity_stream *stream, size_t number,
                          const struct vf_capacity_pace *pace)
{
    stream->folder = vf_text_format("%s/%zu", survey->folder, number);
    if (!stream->folder)
        return -ENOMEM;
    if (mkdir(stream->folder, 0700) != 0)
        return -errno;
    int err = choose_gpus(survey, stream, number);
    return err ? err : vf_capacity_flow_write(&survey->flow, stream->folder, pace);
}

/* Makes the streams, and runs them. */
static int run_streams(struct survey *survey, struct vf_capacity_streams *streams, size_t count,
                       const struct vf_capacity_pace *pace)
{
    int64_t time_ns = (int64_t)(pace->seconds * VF_NS_PER_S);
    streams->items = calloc(count, sizeof(*streams->items));
    streams->flags = survey->run_flags;
    streams->flag_count = survey->run_flag_count;
    int err = streams->items ? VF_OK : -ENOMEM;
    while (streams->count < count && !err) {
        size_t next = streams->count++;
        err = prepare_stream(survey, &streams->items[next], next, pace);
    }
    if (err)
        return err;
    return vf_capacity_run(streams, &survey->signals, pace->fps ? 2 * time_ns + START_NS : time_ns,
                           &survey->signal);
}

/* Removes the streams with all that they have written. */
static void remove_streams(struct vf_capacity_streams *streams)
{
    for (size_t i = 0; streams->items && i < streams->count; i++) {
        if (streams->items[i].folder)
            vf_remove_tree(streams->items[i].folder);
        free(streams->items[i].folder);
        free(streams->items[i].gpus);
    }
    free(streams->items);
}

/* Prints what the only stream has logged. */
static void print_log(const struct vf_capacity_stream *stream)
{
    char *path = vf_text_format("%s/log", stream->folder);
    FILE *log = path ? fopen(path, "re") : NULL;
    char line[1024];
    while (log && fgets(line, sizeof(line), log))
        fputs(line, stderr);
    if (log)
        fclose(log);
    free(path);
}

/* Reads what the measurement has found. Returns the exit status; of a run in which nothing has come
 * yet VF_EXIT_TIMED_OUT. */
static enum vf_exit_status read_measure(struct survey *survey,
                                        const struct vf_capacity_streams *streams)
{
    struct vf_capacity_result *result = &survey->result;
    const struct vf_capacity_stream *stream = &streams->items[0];
    if (!vf_capacity_has_run(streams, stream->status)) {
        print_log(stream);
        return (enum vf_exit_status)stream->status;
    }
    int err = vf_capacity_measure_read(&result->measure, &survey->flow, stream,
                                       result->machine.processors);
    if (err == -ENODATA && result->measure.has_messages) {
        vf_log(VF_LOG_ERROR, "%s: it reads no pictures, and streams are counted by their frames",
               result->file);
        return VF_EXIT_INVALID_FLOW;
    }
    if (err && err != -ENOMEM && streams->was_stopped)
        return VF_EXIT_TIMED_OUT;
    if (err)
        vf_log(VF_LOG_ERROR, "%s: the run has left no figures: %s", result->file, strerror(-err));
    if (err)
        return err == -ENODATA ? VF_EXIT_NO_SOURCE : VF_EXIT_INTERNAL;
    if (result->measure.gpus)
        err = vf_capacity_gpus_find(&survey->gpus, survey->values->gpus, result->measure.gpus);
    if (err)
        return VF_EXIT_INTERNAL;
    result->machine.gpus = (unsigned)survey->gpus.list.count;
    result->forecast =
        vf_capacity_foresee(&result->measure.load, &result->machine, result->pace.fps);
    return VF_EXIT_OK;
}

static enum vf_exit_status log_failure(const struct survey *survey, int err)
{
    vf_log(VF_LOG_ERROR, "%s: the streams could not be run: %s", survey->result.file,
           strerror(-err));
    return VF_EXIT_INTERNAL;
}

/* Runs the flow once for a time, as fast as it goes. */
static enum vf_exit_status measure_for(struct survey *survey, double seconds)
{
    const struct vf_capacity_pace pace = {.fps = 0, .seconds = seconds};
    struct vf_capacity_streams streams = {0};
    fprintf(stderr, "%s: measuring it for %g s\n", survey->result.file, seconds);
    int err = run_streams(survey, &streams, 1, &pace);
    enum vf_exit_status status = VF_EXIT_OK;
    if (err)
        status = log_failure(survey, err);
    else if (!survey->signal)
        status = read_measure(survey, &streams);
    remove_streams(&streams);
    return status;
}

/* Measures the flow, for longer where nothing has come: some load for a while what they work with. */
static enum vf_exit_status measure(struct survey *survey)
{
    double seconds = survey->result.pace.seconds;
    enum vf_exit_status status = measure_for(survey, seconds);
    for (unsigned i = 0; i < LONGER_MEASURES && status == VF_EXIT_TIMED_OUT; i++) {
        vf_capacity_measure_finish(&survey->result.measure);
        survey->result.measure = (struct vf_capacity_measure){0};
        status = measure_for(survey, seconds *= 2);
    }
    if (status != VF_EXIT_TIMED_OUT)
        return status;
    vf_log(VF_LOG_ERROR, "%s: no source has sent a frame in %g s", survey->result.file, seconds);
    return VF_EXIT_NO_SOURCE;
}

static int note_try(struct vf_capacity_result *result, const struct vf_capacity_verdict *verdict)
{
    struct vf_capacity_verdict *tries =
        realloc(result->tries, (result->try_count + 1) * sizeof(*tries));
    if (!tries)
        return -ENOMEM;
    result->tries = tries;
    tries[result->try_count++] = *verdict;
    vf_capacity_note(&result->search, verdict->streams, verdict->has_passed);
    return VF_OK;
}

/* Runs so many streams at a time, each at the rate that is asked for. */
static int try_streams(struct survey *survey, unsigned count)
{
    struct vf_capacity_result *result = &survey->result;
    struct vf_capacity_verdict verdict = {0};
    struct vf_capacity_streams streams = {0};
    int err = run_streams(survey, &streams, count, &result->pace);
    if (!err && !survey->signal)
        err = vf_capacity_judge(&verdict, &survey->flow, &streams, &result->pace);
    if (!err && !survey->signal) {
        vf_capacity_print_try(&verdict, result->pace.fps);
        err = note_try(result, &verdict);
    }
    if (err || survey->signal)
        vf_capacity_verdict_finish(&verdict);
    remove_streams(&streams);
    return err;
}

static enum vf_exit_status try_all(struct survey *survey)
{
    struct vf_capacity_result *result = &survey->result;
    unsigned next;
    while (!survey->signal &&
           (next = vf_capacity_next(&result->search, result->forecast.streams)) > 0) {
        int err = try_streams(survey, next);
        if (err)
            return log_failure(survey, err);
    }
    return VF_EXIT_OK;
}

static enum vf_exit_status conclude(const struct survey *survey)
{
    const struct vf_capacity_result *result = &survey->result;
    if (survey->signal)
        return (enum vf_exit_status)(VF_EXIT_BY_SIGNAL + survey->signal);
    if (!survey->values->is_json)
        vf_capacity_print(result);
    else if (vf_capacity_print_json(result) < 0)
        return VF_EXIT_INTERNAL;
    return result->search.passed ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static void look_at_machine(struct vf_capacity_machine *machine)
{
    struct vf_memory_available available = {0};
    machine->processors = vf_processors_available(NULL);
    if (vf_memory_available(NULL, &available) == VF_OK)
        machine->memory_bytes = available.bytes;
    free(available.group);
}

static void finish(struct survey *survey)
{
    if (survey->folder)
        vf_remove_tree(survey->folder);
    free(survey->folder);
    for (size_t i = 0; i < survey->result.try_count; i++)
        vf_capacity_verdict_finish(&survey->result.tries[i]);
    free(survey->result.tries);
    vf_capacity_measure_finish(&survey->result.measure);
    vf_capacity_flow_finish(&survey->flow);
    vf_capacity_gpus_finish(&survey->gpus);
    vf_signals_give_back(&survey->signals);
}

static enum vf_exit_status find_capacity(const struct capacity_values *values, const char *file)
{
    struct survey survey = {
        .values = values,
        .signals = {.fd = -1},
        .result = {.file = file,
                   .pace = {values->fps, (double)values->time_ns / VF_NS_PER_S},
                   .search = {.most = (unsigned)values->most}},
    };
    const struct vf_capacity_request request = {.arguments = &values->flow,
                                                .file = file,
                                                .sources = &values->sources,
                                                .may_send = values->may_send};
    enum vf_exit_status status = vf_capacity_flow_open(&survey.flow, &request);
    if (status == VF_EXIT_OK && (vf_signals_take(&survey.signals, true) < 0 ||
                                 vf_temporary_folder_create(&survey.folder, "vflow-capacity") < 0))
        status = VF_EXIT_INTERNAL;
    take_run_flags(&survey);
    look_at_machine(&survey.result.machine);
    if (status == VF_EXIT_OK)
        status = measure(&survey);
    if (status == VF_EXIT_OK)
        status = try_all(&survey);
    if (status == VF_EXIT_OK)
        status = conclude(&survey);
    finish(&survey);
    return status;
}

/* Says what this command does not take, though others do. */
static bool refuse(const struct capacity_values *values, const char *file)
{
    if (values->flow.is_batch || values->flow.is_realtime)
        vf_command_line_refuse(&vf_command_capacity,
                               "it measures in batch and tries in realtime; leave --batch and "
                               "--realtime out");
    else if (values->flow.transport == VF_ASKED_TCP)
        vf_command_line_refuse(&vf_command_capacity,
                               "over tcp several runs would use the same ports; measure with "
                               "--transport=ipc");
    else if (strcmp(file, "-") == 0)
        vf_command_line_refuse(&vf_command_capacity,
                               "the flow is read several times; give the name of a file");
    else
        return false;
    return true;
}

static int capacity(int argc, char **argv)
{
    struct capacity_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_capacity, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    vf_trust_set(VF_TRUST_RUN);
    enum vf_exit_status status =
        vf_flow_arguments_resolve(&values.flow, &vf_command_capacity, &files);
    if (status == VF_EXIT_OK && refuse(&values, files.items[0]))
        status = VF_EXIT_USAGE;
    if (status == VF_EXIT_OK)
        status = find_capacity(&values, files.items[0]);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_capacity, &values);
    return (int)status;
}

const struct vf_command vf_command_capacity = {
    .name = "capacity",
    .summary = "Find out how many streams of a flow this machine takes.",
    .details =
        "Runs the flow once as fast as it goes, foresees how many copies of it the "
        "processors, the GPUs and the memory take, and then runs that many, more or fewer, each at "
        "the rate of --fps. What they write goes into a temporary folder. The exit status "
        "is 0 when one stream keeps up, and 1 when none does.",
    .operand = VF_FLOW_OPERAND,
    .operand_kind = VF_OPERAND_FLOW,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = capacity,
};
