/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/detach.h"
#include "cmd/dry_run.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "cmd/http_arguments.h"
#include "cmd/log_arguments.h"
#include "cmd/planning.h"
#include "cmd/report/page.h"
#include "cmd/run.h"
#include "cmd/run_checkpoints.h"
#include "cmd/run_otlp.h"
#include "cmd/run_receipts.h"
#include "engine/account/report_json.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/flow/plan/memory_limit.h"
#include "engine/flow/plan/plan.h"
#include "engine/media/write/capabilities.h"
#include "engine/process/engine.h"
#include "engine/process/gpu_sight.h"
#include "engine/process/signals.h"
#include "engine/run/card.h"
#include "engine/wire/wire.h"
#include "nodes/all_nodes.h"

#define MOST_DEPTH 8                /* of runs that nodes of runs have started */
#define LONGEST_LOOK_NS VF_NS_PER_S /* into the media of another flow */

struct run_values {
    struct vf_flow_arguments flow;
    struct vf_log_arguments log;
    struct vf_http_arguments http;
    struct vf_otlp_arguments otlp;
    struct vf_otlp_settings collector; /* as the former say, and the environment */
    int64_t host_wait_ns;
    char *key_directory;
    int64_t max_errors, grace_ns, stall_report_ns;
    char *host, *hosts;
    char *gpus, *shard, *receipts, *report, *report_page, *dead_letter, *name, *trace;
    enum { STALL_REPORT, STALL_ABORT } on_stall;
    enum { PROGRESS_AUTO, PROGRESS_TTY, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE } progress;
    int verbosity;
    bool is_quiet, must_not_replace, accepts_partial, is_detached, is_dry, is_resumed;
    json_t *shown;                   /* how the run is to be shown; NULL: not at all */
    bool has_report;                 /* the engine has written one */
    struct vf_detachment detachment; /* if so */
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct run_values, flow),
    VF_FLAG('n', "no-replace", NULL, "Fail instead of replacing existing output files",
            VF_BOOLEAN(struct run_values, must_not_replace)),
    VF_FLAG(0, "dry-run", NULL, "Print what would be read, written and started; touch nothing",
            VF_BOOLEAN(struct run_values, is_dry)),
    VF_FLAG(0, "resume", NULL, "Go on after the last piece of an earlier run (checkpoint)",
            VF_BOOLEAN(struct run_values, is_resumed)),
    VF_FLAG(0, "shard", "I/N", "Make part I of N of the pieces only; --resume joins them",
            VF_TEXT(struct run_values, shard)),
    VF_FLAG(0, "accept-partial", NULL, "Let the output of an interrupted run replace a file",
            VF_BOOLEAN(struct run_values, accepts_partial)),
    VF_FLAG('d', "detach", NULL, "Run in the background, with a log for vflow logs",
            VF_BOOLEAN(struct run_values, is_detached)),
    VF_FLAG(0, "max-errors", "N", "Tolerate up to N corrupt or missing inputs",
            VF_INTEGER64(struct run_values, max_errors), VF_RANGE(0, 1e15), .fallback = "0"),
    VF_FLAG(0, "grace", "SECONDS", "Time allowed for each step of a shutdown",
            VF_DURATION(struct run_values, grace_ns), VF_RANGE(0, 86400), .fallback = "30"),
    VF_FLAG(0, "dead-letter", "DIR", "Save messages that a task failed on in DIR",
            VF_TEXT(struct run_values, dead_letter)),
    VF_FLAG(0, "stall-report", "SECONDS",
            "After SECONDS without progress, report which task waits for which",
            VF_DURATION(struct run_values, stall_report_ns), VF_RANGE(0, 86400), .fallback = "10"),
    VF_FLAG(0, "on-stall", "WHAT", "What to do when the flow stalls",
            VF_CHOICE(struct run_values, on_stall, {"report", STALL_REPORT, "The flow goes on"},
                      {"abort", STALL_ABORT, "The run ends with status 70"}),
            .fallback = "report"),
    VF_FLAG(0, "name", "NAME", "Name of the run for vflow ps, stop and others",
            VF_TEXT(struct run_values, name)),
    VF_FLAG(0, "host", "NAME", "Run the part of the flow that is on the host NAME; all: every part",
            VF_TEXT(struct run_values, host)),
    VF_FLAG(0, "hosts", "FILE", "Take the hosts of the flow from FILE",
            VF_TEXT(struct run_values, hosts)),
    VF_FLAG(0, "host-wait", "SECONDS", "How long to wait for the other hosts",
            VF_DURATION(struct run_values, host_wait_ns), VF_RANGE(0, 86400), .fallback = "60"),
    VF_FLAG(0, "key-dir", "DIR", "Exchange the public keys of the hosts through DIR",
            VF_TEXT(struct run_values, key_directory)),
    VF_GPU_FLAG(struct run_values, gpus),
    VF_FLAG(0, "progress", "HOW", "How to show progress",
            VF_CHOICE(struct run_values, progress,
                      {"auto", PROGRESS_AUTO, "tty on a terminal, else plain"},
                      {"tty", PROGRESS_TTY, "One line that is kept up to date"},
                      {"plain", PROGRESS_PLAIN, "A line a minute"},
                      {"json", PROGRESS_JSON, "A JSON object a second"},
                      {"none", PROGRESS_NONE, "Not at all"}),
            .fallback = "auto"),
    VF_FLAG(0, "report", "FILE", "Write a report as JSON", VF_TEXT(struct run_values, report)),
    VF_FLAG(0, "report-html", "FILE", "Write a report as a page to look at",
            VF_TEXT(struct run_values, report_page)),
    VF_FLAG(0, "receipts", "DIR", "Write a receipt of each file that is written into DIR",
            VF_TEXT(struct run_values, receipts)),
    VF_HTTP_FLAGS(struct run_values, http, .fallback = NULL),
    VF_FLAG(0, "trace", "FILE", "Record what each task does when, for ui.perfetto.dev",
            VF_TEXT(struct run_values, trace)),
    VF_OTLP_FLAGS(struct run_values, otlp),
    VF_LOG_FLAGS(struct run_values, log),
    VF_FLAG('q', "quiet", NULL, "Print errors only", VF_BOOLEAN(struct run_values, is_quiet)),
    VF_FLAG('v', "verbose", NULL,
            "Print what is opened and chosen; twice for the details of codecs",
            VF_COUNTER(struct run_values, verbosity)),
};

static void settle_log(const struct run_values *values)
{
    vf_log_arguments_settle(&values->log);
    if (values->is_quiet)
        vf_log_set_level(VF_LOG_ERROR);
    else if (values->verbosity > 1)
        vf_log_set_level(VF_LOG_DEBUG);
    else if (values->verbosity == 1)
        vf_log_set_level(VF_LOG_INFO);
}

/* Whether a task prints on the terminal, where a line that is kept up to date would be in its way. */
static bool is_printed_on(const struct vf_plan *plan)
{
    bool prints = false;
    for (size_t i = 0; i < plan->task_count; i++)
        prints = prints || plan->tasks[i].node->prints;
    return prints && isatty(STDOUT_FILENO);
}

/* Where nothing else is said, a terminal has a line, and a log one a minute. */
static enum vf_progress_form progress_of(const struct run_values *values,
                                         const struct vf_plan *plan)
{
    const char *terminal = getenv("TERM");
    bool is_terminal = isatty(STDERR_FILENO) && (!terminal || strcmp(terminal, "dumb") != 0) &&
                       !is_printed_on(plan);
    switch (values->progress) {
    case PROGRESS_TTY:
        return VF_PROGRESS_LINE;
    case PROGRESS_PLAIN:
        return VF_PROGRESS_PLAIN;
    case PROGRESS_JSON:
        return VF_PROGRESS_JSON;
    case PROGRESS_NONE:
        return VF_PROGRESS_NONE;
    case PROGRESS_AUTO:
        break;
    }
    if (values->is_quiet)
        return VF_PROGRESS_NONE;
    return is_terminal && values->log.format == VF_LOG_TEXT ? VF_PROGRESS_LINE : VF_PROGRESS_PLAIN;
}

/* Loads another flow for this run, with the flags that it was started with. */
static int load_again(void *context, const char *file, struct vf_plan **plan, json_t **mistakes)
{
    const struct run_values *values = context;
    struct vf_flow_arguments arguments = values->flow;
    struct vf_diagnostics diagnostics = {0};
    struct vf_gpu_list gpus = {0};
    struct vf_flow *flow = NULL;
    arguments.chain = NULL;
    int err = vf_flow_arguments_load(&arguments, file, &diagnostics, &flow);
    if (!err)
        err = vf_plan_create(plan, flow, &vf_all_nodes);
    if (!err)
        err = vf_plan_foresee(*plan, LONGEST_LOOK_NS);
    if (!err && vf_gpu_map_allocate(&gpus, *plan, values->gpus) != VF_EXIT_OK) {
        vf_diagnostics_begin(&diagnostics, file);
        vf_diagnostics_add(&diagnostics, VF_GRAVITY_FLOW, "no-gpu", (struct vf_place){0},
                           "it asks for a GPU that it cannot have; the log of the run says why");
        err = -ENODEV;
    }
    if (err) {
        *mistakes = vf_diagnostics_to_json(&diagnostics);
        vf_plan_destroy(plan);
    }
    vf_gpu_list_finish(&gpus);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    return err;
}

/* Returns the versions of the libraries that a run needs, for the report, the caller's; NULL: there is
 * none, or they cannot be had. */
static json_t *list_versions(const struct vf_plan *plan, bool is_wanted)
{
    json_t *libraries = NULL, *library, *versions = is_wanted ? json_object() : NULL;
    size_t i;
    if (!versions || vf_media_libraries(&libraries) < 0)
        return versions;
    if (vf_plan_has_sockets(plan))
        json_object_set_new(versions, "libzmq", json_string(vf_wire_library_version()));
    json_array_foreach(libraries, i, library)
    {
        json_object_set(versions, json_string_value(json_object_get(library, "name")),
                        json_object_get(library, "running"));
    }
    json_decref(libraries);
    return versions;
}

/* What stops the work after a run. */
struct stopping {
    const struct vf_engine *engine;
    int signal; /* 0: none has come */
};

static bool must_stop(void *context)
{
    struct stopping *stopping = context;
    if (!stopping->signal)
        stopping->signal = vf_engine_hear_stop(stopping->engine);
    return stopping->signal != 0;
}

/* Writes the receipts, unless a signal comes, of which this returns the exit status. */
static enum vf_exit_status write_receipts(const struct vf_run_receipts *receipts,
                                          const struct vf_engine *engine, json_t *report,
                                          enum vf_exit_status status)
{
    struct stopping stopping = {.engine = engine};
    int err = vf_run_receipts_write(receipts, report, must_stop, &stopping);
    if (err == -ECANCELED) {
        vf_log(VF_LOG_WARNING, "it was stopped before the receipts were written; there are none");
        return (enum vf_exit_status)(VF_EXIT_BY_SIGNAL + stopping.signal);
    }
    return err && status == VF_EXIT_OK ? VF_EXIT_OUTPUT_FAILED : status;
}

/* Writes a report where it is wanted. */
static int put_report(const struct run_values *values, const json_t *report)
{
    int err = values->report ? vf_report_json_put(values->report, report) : VF_OK;
    int page_err = values->report_page ? vf_report_page_write(values->report_page, report) : VF_OK;
    return err ? err : page_err;
}

/* Writes the receipts, if there are to be some, and the report. Returns the exit status then. */
static enum vf_exit_status account(const struct run_values *values, const struct vf_engine *engine,
                                   const struct vf_run_receipts *receipts,
                                   enum vf_exit_status status)
{
    json_t *report = NULL;
    if (!receipts && !values->report && !values->report_page)
        return status;
    int err = vf_engine_account(engine, status, &report);
    if (err)
        vf_log(VF_LOG_ERROR, "there is no account of the run: %s", strerror(-err));
    if (err && status == VF_EXIT_OK)
        status = VF_EXIT_OUTPUT_FAILED;
    if (!err && receipts)
        status = write_receipts(receipts, engine, report, status);
    if (report) {
        json_object_set_new(report, "status", json_integer(status));
        err = put_report(values, report);
    }
    json_decref(report);
    return err && status == VF_EXIT_OK ? VF_EXIT_OUTPUT_FAILED : status;
}

/* Names the folder in which the hosts of a job of Slurm leave their keys; NULL: this is none. The parts
 * of a heterogeneous job have one number in common. The caller's. */
static char *key_directory_of_job(void)
{
    const char *folder = getenv("SLURM_SUBMIT_DIR"), *job = getenv("SLURM_HET_JOB_ID");
    if (!job)
        job = getenv("SLURM_JOB_ID");
    return folder && job ? vf_text_format("%s/.vflow-keys-%s", folder, job) : NULL;
}

/* Returns the exit status of a run that could not be started, for which the cause has been logged. */
static enum vf_exit_status status_of_start(int err)
{
    switch (err) {
    case -EEXIST:        /* the name is another run's, */
    case -ENOKEY:        /* the folder of the keys is wrong, */
    case -EADDRNOTAVAIL: /* or nobody can listen at the address of --http */
        return VF_EXIT_USAGE;
    case -EHOSTUNREACH:
        return VF_EXIT_NO_SOURCE;
    default:
        return VF_EXIT_INTERNAL;
    }
}

/* Starts the tasks, and says why if that fails. */
static int start(struct vf_engine *engine)
{
    struct vf_gpu_sight sight = {0};
    if (vf_gpu_sight_hide(&sight) < 0) {
        vf_log(VF_LOG_ERROR, "out of memory");
        return -ENOMEM;
    }
    int err = vf_engine_allocate(engine);
    vf_gpu_sight_show(&sight);
    return err;
}

static enum vf_exit_status run_plan(struct run_values *values, struct vf_plan *plan,
                                    const char *file, json_t *versions)
{
    struct vf_run_receipts receipts = {.folder = values->receipts};
    bool has_receipts = vf_run_receipts_find(&receipts, plan);
    if (has_receipts)
        vf_run_receipts_note_flow(&receipts, &values->flow, file);
    char *key_directory = key_directory_of_job();
    const struct vf_flow_loader loader = {.plan = plan, .load = load_again, .context = values};
    struct vf_engine_settings settings = {
        .verbosity = values->is_quiet ? VF_VERBOSITY_ERRORS : VF_VERBOSITY_ROWS,
        .progress = progress_of(values, plan),
        .max_errors = (uint64_t)values->max_errors,
        .grace_ns = values->grace_ns,
        .must_not_replace = values->must_not_replace,
        .accepts_partial = values->accepts_partial,
        .key_directory = values->key_directory ? values->key_directory : key_directory,
        .owns_key_directory = !values->key_directory,
        .host_wait_ns = values->host_wait_ns,
        .dead_letter = values->dead_letter,
        .loader = &loader,
        .versions = versions,
        .keeps_history = values->report_page != NULL,
        .keeps_trouble = true,
        .http = values->shown,
        .trace = values->trace,
        .otlp = values->collector.url ? &values->collector : NULL,
        .stall_report_ns = values->stall_report_ns,
        .stall_aborts = values->on_stall == STALL_ABORT,
        .handles_signals = true,
        .adopts = getpid() == 1,
        .is_findable = true,
        .must_be_findable = values->is_detached,
        .tells_service = true,
        .on_ready = values->is_detached ? vf_detachment_ready : NULL,
        .context = &values->detachment,
        .name = values->name,
    };
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    int start_err = err ? err : start(engine);
    if (!start_err)
        err = vf_engine_join(engine, &status);
    else
        status = status_of_start(start_err);
    if (err)
        vf_log(VF_LOG_ERROR, "the flow could not be run: %s", strerror(-err));
    values->has_report = engine != NULL;
    bool has_run = engine && !err && !start_err;
    has_receipts = has_run && vf_run_receipts_find(&receipts, plan);
    if (engine)
        status = account(values, engine, has_receipts ? &receipts : NULL, status);
    vf_run_receipts_finish(&receipts);
    vf_signals_leave(); /* how the run has ended is not changed by a stop that comes too late */
    vf_engine_destroy(&engine);
    free(key_directory);
    return status;
}

/* Runs what is made in pieces, as far as earlier runs have left some to be made. */
static enum vf_exit_status run_in_pieces(struct run_values *values, struct vf_plan *plan,
                                         const char *file, json_t *versions)
{
    struct vf_run_checkpoints checkpoints = {
        .is_resumed = values->is_resumed, .shard = values->shard, .versions = versions};
    enum vf_exit_status status = vf_run_checkpoints_begin(&checkpoints, plan, &values->flow, file);
    if (status == VF_EXIT_OK) {
        status = run_plan(values, plan, file, versions);
        vf_run_checkpoints_end(&checkpoints, status);
    }
    vf_run_checkpoints_finish(&checkpoints);
    return status;
}

static enum vf_exit_status run_for_real(struct run_values *values, struct vf_plan *plan,
                                        const char *file)
{
    struct vf_run_receipts receipts = {.folder = values->receipts};
    bool has_pieces = vf_run_checkpoints_are_wanted(plan);
    bool has_receipts = vf_run_receipts_find(&receipts, plan);
    vf_run_receipts_finish(&receipts);
    if ((values->is_resumed || values->shard) && !has_pieces) {
        vf_log(VF_LOG_ERROR,
               "%s: nothing of this flow is made in pieces, so there is nothing to go on with; "
               "checkpoint: 5m of a video_writer keeps some",
               file);
        return VF_EXIT_INVALID_FLOW;
    }
    if (has_pieces && plan->host_count > 1 && plan->here >= 0) {
        vf_log(VF_LOG_ERROR,
               "%s: what is made in pieces (checkpoint) is read and written on one host; leave "
               "checkpoint out, or run every part here, with --host " VF_ALL_HOSTS,
               file);
        return VF_EXIT_INVALID_FLOW;
    }
    enum vf_exit_status status =
        vf_http_arguments_settle(&values->http, plan->http, &values->shown);
    if (status != VF_EXIT_OK)
        return status;
    json_t *versions =
        list_versions(plan, has_receipts || has_pieces || values->report || values->report_page);
    status = has_pieces ? run_in_pieces(values, plan, file, versions)
                        : run_plan(values, plan, file, versions);
    json_decref(versions);
    json_decref(values->shown);
    values->shown = NULL;
    return status;
}

static enum vf_exit_status dry_run(const struct run_values *values, const struct vf_plan *plan,
                                   const struct vf_gpu_list *gpus)
{
    const struct vf_dry_run_settings settings = {.must_not_replace = values->must_not_replace,
                                                 .report = values->report,
                                                 .report_page = values->report_page,
                                                 .trace = values->trace,
                                                 .dead_letter = values->dead_letter};
    return vf_dry_run(plan, gpus, &settings);
}

/* Writes the report of a run that has not been started. */
static enum vf_exit_status report_refusal(const struct run_values *values, const char *file,
                                          const struct vf_diagnostics *mistakes,
                                          const struct vf_diagnostics *excess,
                                          enum vf_exit_status status)
{
    json_t *list = vf_diagnostics_to_json(mistakes), *more = vf_diagnostics_to_json(excess);
    if (list && more)
        (void)json_array_extend(list, more);
    json_decref(more);
    json_t *report = NULL;
    int err = vf_report_json_refuse(&report, file, status, list);
    if (!err && values->report && vf_report_json_may_replace(values->report))
        err = vf_report_json_put(values->report, report);
    if (!err && values->report_page && vf_report_page_may_replace(values->report_page))
        err = vf_report_page_write(values->report_page, report);
    json_decref(report);
    return err && status == VF_EXIT_OK ? VF_EXIT_OUTPUT_FAILED : status;
}

/* A flow for several hosts is run by each in part, and by nobody by mistake as a whole. */
static bool has_host(const struct run_values *values, const struct vf_plan *plan)
{
    struct vf_text names = {0};
    if (values->host || plan->host_count < 2)
        return true;
    for (unsigned i = 0; i < plan->host_count; i++)
        vf_text_print(&names, "%s%s", i ? ", " : "", plan->hosts[i].name);
    vf_log(VF_LOG_ERROR,
           "the flow is for several hosts (%s); say which this is, with --host NAME, or run every "
           "part here, with --host " VF_ALL_HOSTS,
           names.bytes ? names.bytes : "");
    vf_text_finish(&names);
    return false;
}

static enum vf_exit_status run_file(struct run_values *values, const char *file)
{
    struct vf_plan *plan;
    struct vf_diagnostics mistakes = {0}, excess = {0};
    values->flow.mistakes = &mistakes;
    struct vf_gpu_list gpus = {0};
    enum vf_exit_status status = vf_planning_open(&values->flow, file, &plan, &excess);
    vf_diagnostics_print(&excess, stderr);
    if (status == VF_EXIT_OK && excess.count)
        status = VF_EXIT_INVALID_FLOW;
    if (status == VF_EXIT_OK && !values->is_dry && !has_host(values, plan))
        status = VF_EXIT_USAGE;
    if (status == VF_EXIT_OK && vf_flow_memory_check_machine(plan, NULL) < 0)
        status = VF_EXIT_INTERNAL;
    if (status == VF_EXIT_OK)
        status = vf_gpu_map_allocate(&gpus, plan, values->gpus);
    if (status == VF_EXIT_OK)
        status = values->is_dry ? dry_run(values, plan, &gpus) : run_for_real(values, plan, file);
    bool is_wanted = values->report || values->report_page;
    if (is_wanted && !values->has_report && !values->is_dry)
        status = report_refusal(values, file, &mistakes, &excess, status);
    vf_gpu_list_finish(&gpus);
    values->flow.mistakes = NULL;
    vf_diagnostics_finish(&mistakes);
    vf_diagnostics_finish(&excess);
    vf_plan_destroy(&plan);
    return status;
}

/* Makes a folder for what is to be kept, so that it does not fail when it is needed. */
static bool prepare_folder(const char *path, const char *what)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0) {
        if (!S_ISDIR(status.st_mode))
            errno = ENOTDIR;
        else if (access(path, W_OK | X_OK) == 0)
            return true;
    }
    vf_log(VF_LOG_ERROR, "%s cannot keep %s: %s", path, what, strerror(errno));
    return false;
}

static bool is_name_good(const char *name)
{
    if (!name || vf_run_name_is_valid(name))
        return true;
    vf_log(
        VF_LOG_ERROR,
        "a run cannot be called \"%s\": a name has letters, digits, \".\", \"_\" and \"-\", begins "
        "with one of the first two, and is no number",
        name);
    return false;
}

static bool can_have_trace(const char *path)
{
    if (strcmp(path, "-") != 0)
        return vf_new_file_try(path) == VF_OK;
    if (!isatty(STDOUT_FILENO))
        return true;
    vf_log(VF_LOG_ERROR, "a trace is not for a terminal; write it to a file or a pipe");
    return false;
}

/* Returns whether all that is written beside the outputs can be; what cannot is logged. */
static bool has_places(const struct run_values *values)
{
    return (!values->report || vf_report_json_check(values->report) == VF_OK) &&
           (!values->report_page || vf_report_page_check(values->report_page) == VF_OK) &&
           (!values->trace || can_have_trace(values->trace)) &&
           (!values->receipts || prepare_folder(values->receipts, "receipts")) &&
           (!values->dead_letter || prepare_folder(values->dead_letter, "dead letters"));
}

/* Returns the operand that names a flow in the library; NULL: none does. */
static char *find_library_name(const struct vf_operands *operands)
{
    for (size_t i = 0; i < operands->count; i++) {
        if (operands->items[i][0] == '@')
            return operands->items[i];
    }
    return NULL;
}

int vf_run_check(int argc, char **argv, int64_t *grace_ns, char **flow)
{
    struct run_values values = {0};
    struct vf_operands files;
    *flow = NULL;
    int err = vf_command_line_parse(&vf_command_run, argc, argv, &values, &files);
    if (err)
        return err;
    *grace_ns = values.grace_ns;
    char *named = find_library_name(&files);
    bool is_good = is_name_good(values.name) &&
                   vf_flow_arguments_resolve(&values.flow, &vf_command_run, &files) == VF_EXIT_OK;
    if (values.is_detached || values.flow.chain)
        vf_log(VF_LOG_ERROR, values.is_detached
                                 ? "a service runs by itself; leave --detach out"
                                 : "a service needs a flow file; vflow new makes one of a chain");
    is_good = is_good && !values.is_detached && !values.flow.chain;
    if (is_good) {
        *flow = strdup(files.items[0]);
        argv[1] = named ? named : files.items[0];
    }
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_run, &values);
    return is_good ? VF_OK : -EINVAL;
}

/* Looks how many runs this one is in, and has what it starts know of it. A program of a node that starts
 * the flow that it belongs to would go on until nothing is left. */
static bool is_deep(void)
{
    char text[16];
    const char *told = getenv("VFLOW_DEPTH");
    long depth = told ? strtol(told, NULL, 10) : 0;
    if (depth < 0 || depth >= MOST_DEPTH) {
        vf_log(VF_LOG_ERROR,
               "this is a run in a run, %d deep: it is started by a node of the one before, and so "
               "on; is it the flow that this node is in?",
               MOST_DEPTH);
        return true;
    }
    snprintf(text, sizeof(text), "%ld", depth + 1);
    return setenv("VFLOW_DEPTH", text, 1) != 0;
}

int vf_run_check_flags(const char *const *given, size_t count)
{
    struct run_values values = {0};
    struct vf_operands files;
    char **words = calloc(count + 2, sizeof(*words));
    if (!words)
        return -ENOMEM;
    words[0] = (char *)(uintptr_t)vf_command_run.name;
    memcpy(words + 1, given, count * sizeof(*words));
    int err = vf_command_line_parse(&vf_command_run, (int)count + 1, words, &values, &files);
    if (!err)
        vf_command_line_release(&vf_command_run, &values);
    free(words);
    return err;
}

static int run(int argc, char **argv)
{
    struct run_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_run, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    settle_log(&values);
    values.flow.host = values.host;
    values.flow.hosts = values.hosts;
    values.flow.report = values.report;
    values.flow.report_page = values.report_page;
    values.flow.trace = values.trace;
    values.flow.dead_letter = values.dead_letter;
    if (!values.is_dry)
        vf_trust_set(VF_TRUST_RUN);
    signal(SIGPIPE, SIG_IGN); /* a write that fails is an error, and not the end */
    signal(SIGXFSZ, SIG_IGN);
    enum vf_exit_status status =
        is_name_good(values.name) ? vf_flow_arguments_resolve(&values.flow, &vf_command_run, &files)
                                  : VF_EXIT_USAGE;
    if (status == VF_EXIT_OK)
        status = vf_run_otlp_settle(&values.otlp, &values.collector);
    if (status == VF_EXIT_OK && is_deep())
        status = VF_EXIT_INVALID_FLOW;
    if (status == VF_EXIT_OK && !values.is_dry && !has_places(&values))
        status = VF_EXIT_CANNOT_CREATE;
    if (status == VF_EXIT_OK && !(values.is_detached && vf_detach(&values.detachment, &status))) {
        status = run_file(&values, files.items[0]);
        if (values.is_detached)
            vf_detachment_end(&values.detachment, status);
    }
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_run, &values);
    return (int)status;
}

const struct vf_command vf_command_run = {
    .name = "run",
    .summary = "Run a flow to its end.",
    .operand = VF_FLOW_OPERAND,
    .operand_kind = VF_OPERAND_FLOW,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = run,
};
