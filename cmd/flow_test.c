/* SPDX-License-Identifier: MIT */
#include "cmd/flow_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/vocabulary.h"
#include "engine/node/option/option.h"
#include "engine/process/own_program.h"

#define USUAL_LIMIT_NS (60 * VF_NS_PER_S)
#define MAX_READ (64U << 20)
#define GRACE_NS (2 * VF_NS_PER_S)

static void check_keys(const struct vf_tree *mapping, const struct vf_option_list *keys,
                       const char *owner, struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; mapping && i < mapping->count; i++) {
        const struct vf_tree *child = &mapping->children[i];
        if (!vf_option_find(keys, child->key))
            vf_flow_keys_report(&keys, 1, child, owner, diagnostics);
    }
}

static const char *text_of(const struct vf_tree *mapping, const char *key)
{
    const struct vf_tree *child = vf_tree_find(mapping, key);
    return child && child->kind == VF_TREE_TEXT ? child->text : NULL;
}

static int collect_one(struct vf_flow_test_list *list, const char *file, const struct vf_tree *tree,
                       struct vf_diagnostics *diagnostics)
{
    const char *name = tree->key ? tree->key : text_of(tree, "name");
    const struct vf_tree *expect = vf_tree_find(tree, "expect");
    if (tree->kind != VF_TREE_MAPPING || !name) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-test", tree->place,
                           "this is no test; write tests: {NAME: {vars: {...}, expect: {...}}}");
        return VF_OK;
    }
    check_keys(tree, &vf_test_key_options, "a test", diagnostics);
    if (expect && expect->kind != VF_TREE_MAPPING)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-kind", expect->place,
                           "expect is %s; it is a mapping, such as {status: 0, counts: {out: 25}}",
                           vf_tree_kind_name(expect->kind));
    else
        check_keys(expect, &vf_expect_key_options, "expect", diagnostics);
    struct vf_flow_test *items = realloc(list->items, (list->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    list->items = items;
    items[list->count++] = (struct vf_flow_test){file, name, tree};
    return VF_OK;
}

int vf_flow_test_collect(struct vf_flow_test_list *list, const char *file,
                         const struct vf_tree *root, struct vf_diagnostics *diagnostics)
{
    const struct vf_tree *tests = vf_tree_find(root, "tests");
    int err = VF_OK;
    bool has_some = tests && (tests->kind == VF_TREE_MAPPING || tests->kind == VF_TREE_LIST);
    if (tests && !has_some)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-kind", tests->place,
                           "tests is %s; it is a mapping of names to tests",
                           vf_tree_kind_name(tests->kind));
    if (!tests)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "no-tests", (struct vf_place){0},
                           "the flow has no tests; add tests: {NAME: {expect: {status: 0}}}");
    for (size_t i = 0; has_some && i < tests->count && !err; i++)
        err = collect_one(list, file, &tests->children[i], diagnostics);
    return err;
}

char *vf_flow_test_tap(const char *kind, size_t index)
{
    return vf_text_format("tap-%s-%zu", kind, index + 1);
}

char *vf_flow_test_read(const char *folder, const char *name)
{
    struct vf_text text = {0};
    char buffer[4096];
    char *path = vf_text_format("%s/%s", folder, name);
    FILE *stream = path ? fopen(path, "rbe") : NULL;
    free(path);
    vf_text_append(&text, "", 0);
    for (size_t got;
         stream && text.length < MAX_READ && (got = fread(buffer, 1, sizeof(buffer), stream)) > 0;)
        vf_text_append(&text, buffer, got);
    if (stream)
        fclose(stream);
    return vf_text_take(&text);
}

/* Opens a new file in a folder, for the program to write to. */
static int open_in(const char *folder, const char *name)
{
    char *path = vf_text_format("%s/%s", folder, name);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    free(path);
    return fd;
}

static int start(const char *folder, const char *const *arguments, const char *output,
                 const char *log, pid_t *child)
{
    const struct vf_own_program program = {.words = arguments,
                                           .folder = folder,
                                           .output = open_in(folder, output),
                                           .errors = open_in(folder, log),
                                           .extra = -1};
    int err = vf_own_program_start(&program, child);
    if (program.output >= 0)
        close(program.output);
    if (program.errors >= 0)
        close(program.errors);
    return err;
}

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    caught = number;
}

void vf_flow_test_catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = catch_signal};
    for (size_t i = 0; i < VF_COUNT(numbers); i++)
        (void)sigaction(numbers[i], &action, NULL);
}

int vf_flow_test_signal(void)
{
    return caught;
}

/* Waits for a process until a time, or, unless it is to be stopped already, a signal. Returns whether
 * it has ended. */
static bool await_end(pid_t child, int *status, int64_t deadline_ns, bool is_stopping)
{
    const struct timespec pause = {.tv_nsec = 5 * VF_NS_PER_MS};
    while (waitpid(child, status, WNOHANG) == 0) {
        if (vf_clock_now_ns() > deadline_ns || (caught && !is_stopping))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

int vf_flow_test_execute(const char *folder, const char *const *arguments, const char *output,
                         const char *log, int64_t limit_ns)
{
    int status = 0;
    pid_t child;
    int err = start(folder, arguments, output, log, &child);
    if (err)
        return err - 1;
    bool has_ended = await_end(child, &status, vf_clock_now_ns() + limit_ns, false);
    bool is_late = !has_ended;
    for (int i = 0; i < 2 && !has_ended; i++) { /* the second stop is at once */
        kill(child, SIGTERM);
        has_ended = await_end(child, &status, vf_clock_now_ns() + GRACE_NS, true);
    }
    if (!has_ended) {
        kill(-child, SIGKILL);
        (void)waitpid(child, &status, 0);
    }
    if (is_late)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int64_t limit_of(const struct vf_flow_test *test)
{
    static const struct vf_option option = {.name = "time_limit"};
    const char *text = text_of(test->tree, "time_limit");
    int64_t limit = USUAL_LIMIT_NS;
    if (text && vf_kind_duration.parse(&option, text, &limit) != VF_OK)
        limit = USUAL_LIMIT_NS;
    return limit;
}

int vf_flow_test_run(const struct vf_flow_test *test, const char *folder,
                     struct vf_flow_test_result *result)
{
    const char *const arguments[] = {"vflow",     "run",
                                     "--report",  "report.json",
                                     "flow.yaml", test->may_be_unsafe ? "--allow-unsafe" : NULL,
                                     NULL};
    struct vf_text refused = {0};
    struct vf_flow_test_run run = {.folder = folder};
    run.status = vf_flow_test_prepare(test, folder, &refused);
    if (run.status == 0)
        run.status = vf_flow_test_execute(folder, arguments, "output", "log", limit_of(test));
    else if (run.status < 0)
        return run.status;
    int err = run.status < -1 ? run.status + 1 : VF_OK;
    run.log = refused.bytes ? vf_text_take(&refused) : vf_flow_test_read(folder, "log");
    run.output = vf_flow_test_read(folder, "output");
    if (!err)
        err = run.log && run.output ? vf_flow_test_judge(test, &run, result) : -ENOMEM;
    free(run.log);
    free(run.output);
    vf_text_finish(&refused);
    return err;
}

void vf_flow_test_result_finish(struct vf_flow_test_result *result)
{
    vf_text_finish(&result->failures);
    vf_text_finish(&result->updates);
}
