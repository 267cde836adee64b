/* SPDX-License-Identifier: MIT */
/* A look at a model, in a process of its own. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/sandbox/reader.h"
#include "nodes/vision/model/model.h"
#include "nodes/vision/model/runtime.h"

#define MAX_ANSWER 2048
#define MAX_KNOWN 16
#define LONGEST_MS 120000 /* models of some gigabytes, from a slow disk */

/* What is wrong; "": nothing is. */
struct answer {
    int err;
    struct vf_model_facts facts;
    char problem[MAX_ANSWER];
};

/* The library is the user's own where the flow names none, and loads files later on, too. */
static void load_library(void *context)
{
    const struct vf_model_wish *wish = context;
    char problem[MAX_ANSWER];
    struct vf_runtime runtime;
    if (!*wish->session.runtime)
        (void)!vf_runtime_load(&runtime, "", &(struct vf_model_problem){problem, sizeof(problem)});
}

/* Runs in a process of its own, which ends without what was opened being closed. */
static void open_model(void *context, void *answer)
{
    const struct vf_model_wish *wish = context;
    struct answer *given = answer;
    const struct vf_model_problem problem = {given->problem, sizeof(given->problem)};
    struct vf_model *model = NULL;
    given->err = vf_model_open(&model, wish, &problem);
    if (given->err)
        return;
    const struct vf_session *session = vf_model_session(model);
    snprintf(given->facts.release, sizeof(given->facts.release), "%s", vf_session_release(session));
    given->facts.providers = vf_session_providers(session);
}

/* Says why there is no answer: the process has died, or takes too long. */
static void say_lost(struct answer *lost, int err, int number)
{
    lost->err = -EINVAL;
    if (err == -EPIPE && number)
        snprintf(lost->problem, sizeof(lost->problem),
                 "model: ONNX Runtime died of signal %d (%s) when it opened it", number,
                 strsignal(number));
    else
        snprintf(lost->problem, sizeof(lost->problem),
                 "model: ONNX Runtime did not open it within %d seconds", LONGEST_MS / 1000);
}

/* Makes the path of the folder that a file is in. The caller's; NULL: out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int ask(const struct vf_model_wish *wish, struct answer *asked)
{
    const char *named = getenv("VFLOW_ONNXRUNTIME"), *home = getenv("HOME");
    char *folder = folder_of(wish->session.model);
    char *library = folder_of(named && *named ? named : "/usr/lib/");
    char *own = vf_text_format("%s/.local", home ? home : "/usr");
    const char *environment = getenv("VIRTUAL_ENV");
    const char *readable[] = {"/usr",
                              "/lib",
                              "/lib64",
                              "/opt",
                              "/etc",
                              "/proc",
                              "/sys",
                              folder,
                              library,
                              own,
                              environment ? environment : "/usr"};
    const struct vf_reader reader = {
        .prepare = load_library,
        .read = open_model,
        .context = (void *)(uintptr_t)wish,
        .answer_size = sizeof(*asked),
        .confinement = {.readable = readable,
                        .readable_count = VF_COUNT(readable),
                        .has_threads = true},
        .is_free = vf_trust() == VF_TRUST_RUN,
        .longest_ms = LONGEST_MS,
    };
    int number, err = folder && library && own ? vf_reader_ask(&reader, asked, &number) : -ENOMEM;
    asked->problem[sizeof(asked->problem) - 1] = '\0';
    asked->facts.release[sizeof(asked->facts.release) - 1] = '\0';
    vf_display_clean(asked->facts.release);
    if (err == -EPIPE || err == -ETIMEDOUT) {
        say_lost(asked, err, number);
        err = VF_OK;
    }
    free(folder);
    free(library);
    free(own);
    return err;
}

static void describe_file(struct vf_text *text, const char *path, const char *ending)
{
    struct stat status = {0};
    char *whole = vf_text_format("%s%s", path, ending);
    if (whole && stat(whole, &status) == 0)
        vf_text_print(text, "%s %lld %lld.%09ld\n", whole, (long long)status.st_size,
                      (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    free(whole);
}

/* Writes what an answer is about: the first lines of its description. */
static void describe_subject(struct vf_text *text, const char *model, const char *runtime)
{
    const char *named = getenv("VFLOW_ONNXRUNTIME");
    vf_text_print(text, "%s\n%s\n%s\n", runtime, named ? named : "", model);
}

/* Writes all that the answer depends on. The caller's; NULL: out of memory. */
static char *describe(const struct vf_model_wish *wish)
{
    struct vf_text text = {0};
    describe_subject(&text, wish->session.model, wish->session.runtime);
    vf_text_print(&text, "%s\n%s\n%d %d\n", wish->card, wish->tensor, wish->batch,
                  (int)wish->session.provider);
    describe_file(&text, wish->session.model, "");
    describe_file(&text, wish->session.model, ".yaml");
    return vf_text_take(&text);
}

/* Returns whether a process that is confined can look at it: the flow names no code, and what it names
 * are files, which do not have it wait. */
static bool is_safe_to_open(const struct vf_model_wish *wish)
{
    struct stat status = {0};
    char *card = vf_text_format("%s.yaml", wish->session.model);
    bool is_file = stat(wish->session.model, &status) == 0 && S_ISREG(status.st_mode);
    bool is_card = card && (stat(card, &status) != 0 || S_ISREG(status.st_mode));
    free(card);
    return is_file && is_card && !*wish->session.runtime;
}

/* What was found out: a flow looks at its options several times. */
static struct {
    char *described;
    struct answer answer;
} known[MAX_KNOWN];
static size_t known_next;

bool vf_model_examined(const char *model, const char *runtime, struct vf_model_facts *facts)
{
    struct vf_text subject = {0};
    bool is_known = false;
    describe_subject(&subject, model, runtime);
    for (size_t i = 0; i < MAX_KNOWN && !is_known && !subject.failed; i++) {
        is_known = known[i].described && !known[i].answer.err &&
                   strncmp(known[i].described, subject.bytes, subject.length) == 0;
        if (is_known)
            *facts = known[i].answer.facts;
    }
    vf_text_finish(&subject);
    return is_known;
}

int vf_model_examine(const struct vf_model_wish *wish, const struct vf_model_problem *problem)
{
    if (vf_trust() != VF_TRUST_RUN && !is_safe_to_open(wish))
        return VF_OK;
    char *described = describe(wish);
    size_t i = 0;
    if (!described)
        return -ENOMEM;
    while (i < MAX_KNOWN && !(known[i].described && strcmp(known[i].described, described) == 0))
        i++;
    if (i == MAX_KNOWN) {
        struct answer asked = {0};
        int err = ask(wish, &asked);
        if (err) {
            free(described);
            return err == -ENOTSUP ? VF_OK : err; /* then the worker says what is wrong with it */
        }
        i = known_next;
        known_next = (known_next + 1) % MAX_KNOWN;
        free(known[i].described);
        known[i].described = described;
        known[i].answer = asked;
    } else {
        free(described);
    }
    snprintf(problem->text, problem->size, "%s",
             known[i].answer.err ? known[i].answer.problem : "");
    return known[i].answer.err;
}
