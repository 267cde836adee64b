/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/flow_test.h"
#include "cmd/flow_test_output.h"
#include "cmd/plugins.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/remove_tree.h"
#include "engine/base/temporary_folder.h"
#include "engine/base/trust.h"
#include "engine/flow/file/load.h"

struct test_values {
    enum vf_test_format format;
    char *filter;
    int jobs;
    bool updates, keeps;
    struct vf_words plugins;
    bool may_be_unsafe;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "format", "FORMAT", "Format of the results",
            VF_CHOICE(struct test_values, format,
                      {"tap", VF_TEST_TAP, "The Test Anything Protocol"},
                      {"junit", VF_TEST_JUNIT, "XML, for build servers"}),
            .fallback = "tap"),
    VF_FLAG(0, "filter", "TEXT", "Run only tests that have TEXT in their names",
            VF_TEXT(struct test_values, filter), .fallback = ""),
    VF_FLAG('j', "jobs", "N", "Run N tests at a time", VF_INTEGER(struct test_values, jobs),
            VF_RANGE(1, 64), .fallback = "2"),
    VF_FLAG(0, "update", NULL, "Write what came into the flow file, in place of what was expected",
            VF_BOOLEAN(struct test_values, updates)),
    VF_FLAG(0, "keep", NULL, "Keep the folders that tests run in, and print their names",
            VF_BOOLEAN(struct test_values, keeps)),
    VF_PLUGIN_FLAG(struct test_values, plugins),
    VF_UNSAFE_FLAG(struct test_values, may_be_unsafe),
};

/* A flow file, as its tests need it. */
struct source {
    struct vf_tree root;
    struct vf_flow *keeper;
};

/* A test that runs, or has run. */
struct job {
    char *folder;
    pid_t child; /* 0: it does not run */
    int64_t started_ns;
};

struct runner {
    const struct test_values *values;
    const struct vf_flow_test_list *tests;
    struct vf_test_outcome *outcomes;
    struct job *jobs; /* for each test */
};

static int write_text(const char *folder, const char *name, const struct vf_text *text)
{
    char *path = vf_text_format("%s/%s", folder, name);
    FILE *stream = path ? fopen(path, "we") : NULL;
    free(path);
    if (!stream)
        return -EIO;
    bool is_written = !text->bytes || fputs(text->bytes, stream) >= 0;
    return fclose(stream) == 0 && is_written ? VF_OK : -EIO;
}

/* What the process of a test does. Does not return. */
static void run_alone(const struct vf_flow_test *test, const char *folder)
{
    struct vf_flow_test_result result = {0};
    int err = vf_flow_test_run(test, folder, &result);
    if (err)
        vf_text_print(&result.failures, "the test could not be run: %s\n", strerror(-err));
    err = write_text(folder, "test.failures", &result.failures);
    if (!err)
        err = write_text(folder, "test.updates", &result.updates);
    vf_flow_test_result_finish(&result);
    exit(err ? VF_EXIT_INTERNAL : VF_EXIT_OK);
}

static int start(struct runner *runner, size_t index)
{
    struct job *job = &runner->jobs[index];
    int err = vf_temporary_folder_create(&job->folder, "vflow-case");
    if (err)
        return err;
    job->started_ns = vf_clock_now_ns();
    fflush(NULL);
    job->child = fork();
    if (job->child < 0) {
        err = -errno;
        vf_remove_tree(job->folder);
        return err;
    }
    if (job->child == 0)
        run_alone(&runner->tests->items[index], job->folder);
    return VF_OK;
}

/* Takes what the process of a test has left behind. */
static int finish(struct runner *runner, size_t index, int status)
{
    struct job *job = &runner->jobs[index];
    struct vf_test_outcome *outcome = &runner->outcomes[index];
    job->child = 0;
    outcome->is_done = true;
    outcome->seconds = (double)(vf_clock_now_ns() - job->started_ns) / VF_NS_PER_S;
    outcome->failures = vf_flow_test_read(job->folder, "test.failures");
    outcome->updates = vf_flow_test_read(job->folder, "test.updates");
    if (runner->values->keeps)
        outcome->folder = job->folder;
    else
        vf_remove_tree(job->folder);
    if (!outcome->failures || !outcome->updates)
        return -ENOMEM;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != VF_EXIT_OK) {
        free(outcome->failures);
        outcome->failures = strdup("the test crashed\n");
    }
    return outcome->failures ? VF_OK : -ENOMEM;
}

/* Stops the tests that run. */
static void stop_all(struct runner *runner)
{
    for (size_t i = 0; i < runner->tests->count; i++) {
        if (runner->jobs[i].child > 0)
            kill(runner->jobs[i].child, SIGTERM);
    }
}

/* Waits for any of those that run; a signal stops them all. */
static int await_one(struct runner *runner)
{
    int status;
    pid_t child;
    while ((child = waitpid(-1, &status, 0)) < 0 && errno == EINTR) {
        if (vf_flow_test_signal())
            stop_all(runner);
    }
    for (size_t i = 0; i < runner->tests->count && child > 0; i++) {
        if (runner->jobs[i].child == child)
            return finish(runner, i, status);
    }
    return child > 0 ? VF_OK : -errno;
}

static int run_all(struct runner *runner)
{
    size_t next = 0, done = 0, count = runner->tests->count;
    int running = 0, err = VF_OK;
    vf_test_output_begin(runner->values->format, count);
    while ((next < count || running > 0) && !err) {
        if (vf_flow_test_signal())
            next = count; /* no more are started */
        if (next < count && running < runner->values->jobs) {
            err = start(runner, next++);
            running += !err;
            continue;
        }
        err = await_one(runner);
        running--;
        for (; !vf_flow_test_signal() && done < count && runner->outcomes[done].is_done; done++)
            vf_test_output_result(runner->values->format, done + 1, &runner->tests->items[done],
                                  &runner->outcomes[done]);
    }
    if (!vf_flow_test_signal())
        vf_test_output_end(runner->values->format, runner->tests, runner->outcomes);
    return err;
}

/* Writes what came into the file of test number `first`: of all its tests. Returns how many values
 * could not be; negative: errno. */
static int update_file(const struct runner *runner, size_t first)
{
    struct vf_text updates = {0};
    const char *file = runner->tests->items[first].file;
    for (size_t i = first; i < runner->tests->count; i++) {
        if (runner->tests->items[i].file == file)
            vf_text_print(&updates, "%s", runner->outcomes[i].updates);
    }
    int result = updates.failed   ? -ENOMEM
                 : updates.length ? vf_flow_test_update(file, updates.bytes)
                                  : 0;
    vf_text_finish(&updates);
    if (result < 0)
        vf_log(VF_LOG_ERROR, "%s could not be updated: %s", file, strerror(-result));
    return result;
}

static int update(const struct runner *runner)
{
    int left = 0;
    const char *file = NULL;
    for (size_t i = 0; i < runner->tests->count; i++) {
        int result = runner->tests->items[i].file == file ? 0 : update_file(runner, i);
        if (result < 0)
            return result;
        file = runner->tests->items[i].file;
        left += result;
    }
    if (left)
        vf_log(VF_LOG_WARNING, "%d expected values could not be updated: write each in one line",
               left);
    return VF_OK;
}

static enum vf_exit_status run_tests(const struct test_values *values,
                                     const struct vf_flow_test_list *tests)
{
    struct runner runner = {.values = values, .tests = tests};
    bool has_failed = false;
    runner.outcomes = calloc(tests->count + 1, sizeof(*runner.outcomes));
    vf_flow_test_catch_signals();
    runner.jobs = calloc(tests->count + 1, sizeof(*runner.jobs));
    int err = runner.outcomes && runner.jobs ? run_all(&runner) : -ENOMEM;
    if (!err && values->updates && !vf_flow_test_signal())
        err = update(&runner);
    for (size_t i = 0; i < tests->count && runner.outcomes; i++) {
        struct vf_test_outcome *outcome = &runner.outcomes[i];
        has_failed = has_failed || !outcome->failures || *outcome->failures;
        free(outcome->failures);
        free(outcome->updates);
    }
    for (size_t i = 0; i < tests->count && runner.jobs; i++)
        free(runner.jobs[i].folder);
    free(runner.outcomes);
    free(runner.jobs);
    if (vf_flow_test_signal())
        return (enum vf_exit_status)(VF_EXIT_BY_SIGNAL + vf_flow_test_signal());
    if (!err)
        return has_failed ? VF_EXIT_FAILED : VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "the tests could not be run: %s", strerror(-err));
    return VF_EXIT_INTERNAL;
}

/* Leaves those whose names have the text. */
static void filter(struct vf_flow_test_list *tests, const char *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < tests->count; i++) {
        if (strstr(tests->items[i].name, text))
            tests->items[kept++] = tests->items[i];
    }
    tests->count = kept;
}

static int collect(struct source *source, const char *file, struct vf_flow_test_list *tests,
                   struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_request request = {.file = file, .plug = vf_plugin_load};
    int err =
        vf_flow_load_tree(&request, VF_FLOW_WRITTEN, diagnostics, &source->keeper, &source->root);
    if (!err)
        err = vf_flow_test_collect(tests, file, &source->root, diagnostics);
    return err;
}

static enum vf_exit_status test_files(const struct test_values *values,
                                      const struct vf_operands *files)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_test_list tests = {0};
    struct source *sources = calloc(files->count, sizeof(*sources));
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    int err = sources ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < files->count && (!err || err == -EINVAL); i++)
        err = collect(&sources[i], files->items[i], &tests, &diagnostics);
    vf_diagnostics_print(&diagnostics, stderr);
    size_t all = tests.count;
    filter(&tests, values->filter);
    for (size_t i = 0; i < tests.count; i++)
        tests.items[i].may_be_unsafe = values->may_be_unsafe;
    if (vf_diagnostics_gravest(&diagnostics, 0) > VF_GRAVITY_WARNING)
        status = VF_EXIT_INVALID_FLOW;
    else if (all && !tests.count)
        vf_log(VF_LOG_ERROR, "none of %zu tests has \"%s\" in its name", all, values->filter);
    else if (!err)
        status = run_tests(values, &tests);
    if (all && !tests.count)
        status = VF_EXIT_USAGE;
    for (size_t i = 0; sources && i < files->count; i++) {
        vf_tree_finish(&sources[i].root);
        vf_flow_destroy(&sources[i].keeper);
    }
    vf_diagnostics_finish(&diagnostics);
    free(sources);
    free(tests.items);
    return status;
}

static int test(int argc, char **argv)
{
    struct test_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_test, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    vf_trust_set(VF_TRUST_RUN);
    enum vf_exit_status status = vf_plugins_load(&values.plugins);
    if (status == VF_EXIT_OK)
        status = test_files(&values, &files);
    vf_command_line_release(&vf_command_test, &values);
    return (int)status;
}

const struct vf_command vf_command_test = {
    .name = "test",
    .summary = "Run the tests that stand in flow files.",
    .details = "Each test runs the flow in a folder of its own, with what it changes, and compares "
               "what comes with what it expects; see TESTS in vflow-flow(5). The exit status is 0 "
               "when all pass, 1 when one fails, and 78 when a flow has no tests or mistakes in "
               "them.",
    .operand = "FLOW",
    .operand_kind = VF_OPERAND_FLOW,
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = test,
};
