/* SPDX-License-Identifier: MIT */
#include "cmd/dry_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/gpu_map.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/file_place.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#define MEGABYTE 1e6
#define MAX_SHOWN 5 /* files of a folder */
#define MAX_PROBLEM 512

struct dry_run {
    const struct vf_plan *plan;
    const struct vf_dry_run_settings *settings;
    bool is_refused; /* an output */
    bool is_lacking; /* an input */
    int width;       /* of the names of tasks */
};

/* One path that a task names. */
struct mention {
    const struct vf_plan_task *task;
    const struct vf_option *option;
    const char *path;
};

static bool is_input(enum vf_option_role role)
{
    return role == VF_ROLE_INPUT_FILE || role == VF_ROLE_INPUT_FOLDER ||
           role == VF_ROLE_INPUT_FILES;
}

static bool is_output(enum vf_option_role role)
{
    return role == VF_ROLE_OUTPUT_FILE || role == VF_ROLE_SHARED_FILE ||
           role == VF_ROLE_OUTPUT_FILES;
}

static void print_size(double bytes)
{
    if (bytes < 1000)
        printf("%.0f bytes", bytes);
    else if (bytes < MEGABYTE)
        printf("%.1f kB", bytes / 1000);
    else
        printf("%.1f MB", bytes / MEGABYTE);
}

/* Prints the beginning of a row: the task, and what it names, without a password. */
static void print_name(const struct dry_run *run, const struct vf_plan_task *task, const char *name)
{
    char *shown = strdup(name);
    if (shown)
        vf_display_clean(shown);
    printf("  %-*s  %s: ", run->width, task->name, shown ? shown : "?");
    free(shown);
}

/* Prints what an output of the task is expected to bring. */
static void print_forecast(const struct vf_port *port, const struct vf_forecast *forecast)
{
    const struct vf_video *video = &forecast->video;
    printf("; %s", port->name);
    if (video->width > 0)
        printf(" %dx%d", (int)video->width, (int)video->height);
    if (video->width > 0 && video->format[0])
        printf(" %s", video->format);
    if (video->width > 0 && video->frame_rate.num > 0 && video->frame_rate.den > 0)
        printf(" at %.6g fps", (double)video->frame_rate.num / video->frame_rate.den);
}

/* Prints what is known of the streams that others read from a producer. */
static void print_streams(const struct vf_plan_task *task)
{
    int64_t duration = 0;
    for (size_t port = 0; port < task->node->outputs.count && task->forecasts; port++) {
        bool is_read = false;
        for (size_t i = 0; i < task->out_count && !is_read; i++)
            is_read = task->out_edges[i]->sender_port == port;
        if (!is_read)
            continue;
        print_forecast(&task->node->outputs.items[port], &task->forecasts[port]);
        if (task->forecasts[port].duration_ns > duration)
            duration = task->forecasts[port].duration_ns;
    }
    if (duration)
        printf("; %.6g s", (double)duration / VF_NS_PER_S);
}

/* The files of a folder or a pattern. */
struct listing {
    size_t count;
    char *shown[MAX_SHOWN]; /* the first ones, as they are printed */
    char problem[MAX_PROBLEM];
};

static void add_path(void *context, const char *path)
{
    struct listing *listing = context;
    if (listing->count < MAX_SHOWN)
        listing->shown[listing->count] = strdup(path);
    listing->count++;
}

static void add_file(void *context, const char *path)
{
    struct listing *listing = context;
    size_t number = listing->count;
    add_path(context, path);
    if (number < MAX_SHOWN && listing->shown[number])
        vf_display_clean(listing->shown[number]);
}

/* Prints how many files the node would read of what it names. */
static void print_count(struct dry_run *run, const struct mention *mention, struct listing *listing)
{
    const struct vf_plan_task *task = mention->task;
    const struct vf_path_visitor visitor = {add_file, listing};
    if (!task->node->list)
        return;
    int err = task->node->list(task->options, &visitor, listing->problem, MAX_PROBLEM);
    printf(", %zu file%s", listing->count, listing->count == 1 ? "" : "s");
    run->is_lacking = run->is_lacking || err;
}

/* Prints the first files, each on a line of its own, or why there are none. Frees them. */
static void print_files(const struct dry_run *run, const struct mention *mention,
                        struct listing *listing)
{
    int indent = run->width + (int)strlen("    ");
    for (size_t i = 0; i < listing->count && i < MAX_SHOWN; i++) {
        printf("%*s  %s\n", indent, "", listing->shown[i] ? listing->shown[i] : "?");
        free(listing->shown[i]);
    }
    if (listing->count > MAX_SHOWN)
        printf("%*s  and %zu more\n", indent, "", listing->count - MAX_SHOWN);
    if (listing->problem[0])
        vf_log(VF_LOG_ERROR, "%s: %s", mention->task->name, listing->problem);
}

static void print_input(struct dry_run *run, const struct mention *mention)
{
    struct stat status;
    struct listing listing = {0};
    const char *path = mention->path;
    print_name(run, mention->task, path);
    if (strcmp(path, "-") == 0)
        printf("standard input");
    else if (strstr(path, "://"))
        printf("a stream, opened when the flow runs");
    else if (stat(path, &status) != 0) {
        printf("a pattern");
        print_count(run, mention, &listing);
    } else if (S_ISDIR(status.st_mode)) {
        printf("a folder");
        print_count(run, mention, &listing);
    } else if (S_ISREG(status.st_mode)) {
        printf("a file, ");
        print_size((double)status.st_size);
    } else
        printf("a device or pipe");
    if (mention->task->node->kind == VF_PRODUCER)
        print_streams(mention->task);
    putchar('\n');
    print_files(run, mention, &listing);
}

/* Prints what becomes of a file that is there. Returns whether it would be refused. */
static bool print_replaced(const struct dry_run *run, const struct mention *mention,
                           const struct stat *status)
{
    bool is_shared = mention->option->kind->role == VF_ROLE_SHARED_FILE;
    bool is_refused = !is_shared && run->settings->must_not_replace && S_ISREG(status->st_mode);
    if (!S_ISREG(status->st_mode)) {
        printf("%s", S_ISDIR(status->st_mode) ? "a folder" : "a device or pipe");
        return false;
    }
    printf("exists, ");
    print_size((double)status->st_size);
    printf("%s", is_refused  ? ": refused by --no-replace"
                 : is_shared ? ": lines are added"
                             : ": replaced");
    return is_refused;
}

static void refuse(const struct vf_plan_task *task, const char *path)
{
    vf_log(VF_LOG_ERROR, "%s: %s exists, and --no-replace forbids to replace it", task->name, path);
}

static bool has_folder(const char *path)
{
    struct stat status;
    const char *slash = strrchr(path, '/');
    char *folder = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
    bool is_there = !folder || stat(folder, &status) == 0;
    free(folder);
    return is_there;
}

/* Looks whether the first file of a series is there, and would be refused as it will be then. */
static bool is_first_refused(const struct dry_run *run, const struct mention *mention)
{
    const struct vf_plan_task *task = mention->task;
    struct listing listing = {0};
    const struct vf_path_visitor visitor = {add_path, &listing};
    struct stat status;
    if (!run->settings->must_not_replace || !task->node->list ||
        task->node->list(task->options, &visitor, listing.problem, MAX_PROBLEM) < 0)
        return false;
    const char *first = listing.count ? listing.shown[0] : NULL;
    bool is_refused = first && stat(first, &status) == 0 && S_ISREG(status.st_mode);
    if (is_refused)
        refuse(task, first);
    for (size_t i = 0; i < listing.count && i < MAX_SHOWN; i++)
        free(listing.shown[i]);
    return is_refused;
}

static void print_output(struct dry_run *run, const struct mention *mention)
{
    struct stat status;
    const char *path = vf_file_place_path(mention->path);
    bool is_refused = false;
    print_name(run, mention->task, path);
    if (strcmp(path, "-") == 0)
        printf("standard output");
    else if (strstr(path, "://"))
        printf("a stream, opened when the flow runs");
    else if (strchr(path, '{'))
        printf("files, named as the flow runs%s",
               run->settings->must_not_replace ? "; one that is there is refused" : "");
    else if (stat(path, &status) == 0)
        is_refused = print_replaced(run, mention, &status);
    else
        printf("a new file%s", has_folder(path) ? "" : ", in a new folder");
    putchar('\n');
    if (is_refused)
        refuse(mention->task, path);
    else if (strchr(path, '{') && mention->option->kind->role != VF_ROLE_SHARED_FILE)
        is_refused = is_first_refused(run, mention);
    run->is_refused = run->is_refused || is_refused;
}

/* Prints a row for each path of one kind, under a heading. Returns how many they are. */
static size_t print_paths(struct dry_run *run, bool are_outputs)
{
    size_t count = 0;
    for (size_t i = 0; i < run->plan->task_count; i++) {
        const struct vf_plan_task *task = &run->plan->tasks[i];
        for (size_t j = 0; !task->group && task->replica <= 1 && j < task->node->options.count;
             j++) {
            const struct vf_option *option = &task->node->options.items[j];
            enum vf_option_role role = option->kind->role;
            if (are_outputs ? !is_output(role) : !is_input(role))
                continue;
            const struct mention mention = {task, option, vf_option_path(option, task->options)};
            if (!mention.path || !*mention.path)
                continue;
            if (count++ == 0)
                puts(are_outputs ? "would write" : "would read");
            if (are_outputs)
                print_output(run, &mention);
            else
                print_input(run, &mention);
        }
    }
    return count;
}

/* Producers that read no file: cameras, other programs, and those that make what they send. */
static void print_makers(const struct dry_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->plan->task_count; i++) {
        const struct vf_plan_task *task = &run->plan->tasks[i];
        bool has_path = task->node->kind != VF_PRODUCER;
        for (size_t j = 0; j < task->node->options.count && !has_path; j++)
            has_path = is_input(task->node->options.items[j].kind->role);
        if (has_path)
            continue;
        if (count++ == 0)
            puts("would make or receive");
        printf("  %-*s  %s", run->width, task->name, task->node->name);
        print_streams(task);
        putchar('\n');
    }
}

static void print_start(const struct dry_run *run, const struct vf_gpu_list *gpus)
{
    const struct vf_plan *plan = run->plan;
    printf("would start\n  %zu process%s, with %.1f MB for frames%s\n", plan->task_count + 1,
           plan->task_count ? "es" : "", (double)plan->memory / MEGABYTE,
           plan->is_memory_known ? "" : " and what is known once the first ones come");
    vf_gpu_map_print(gpus, plan);
}

enum vf_exit_status vf_dry_run(const struct vf_plan *plan, const struct vf_gpu_list *gpus,
                               const struct vf_dry_run_settings *settings)
{
    struct dry_run run = {.plan = plan, .settings = settings};
    for (size_t i = 0; i < plan->task_count; i++) {
        int length = (int)strlen(plan->tasks[i].name);
        run.width = length > run.width ? length : run.width;
    }
    (void)print_paths(&run, false);
    print_makers(&run);
    bool has_own =
        settings->report || settings->report_page || settings->trace || settings->dead_letter;
    if (!print_paths(&run, true) && has_own)
        puts("would write");
    if (settings->report)
        printf("  %-*s  %s: the report\n", run.width, "", settings->report);
    if (settings->report_page)
        printf("  %-*s  %s: the report as a page\n", run.width, "", settings->report_page);
    if (settings->trace)
        printf("  %-*s  %s: the trace\n", run.width, "", settings->trace);
    if (settings->dead_letter)
        printf("  %-*s  %s: what tasks fail on\n", run.width, "", settings->dead_letter);
    print_start(&run, gpus);
    return run.is_lacking ? VF_EXIT_NO_SOURCE : run.is_refused ? VF_EXIT_CANNOT_CREATE : VF_EXIT_OK;
}
