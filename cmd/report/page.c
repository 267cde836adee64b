/* SPDX-License-Identifier: MIT */
#include "cmd/report/page.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/report/charts.h"
#include "cmd/report/drawing.h"
#include "cmd/report/html.h"
#include "cmd/report/outline.h"
#include "cmd/report/style.h"
#include "cmd/report/tables.h"
#include "engine/base/array.h"
#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/write_all.h"

#define MOST_DROPS 6 /* edges that are listed at once */

/* With it a page begins, so that it is known again. */
#define MARK                                                 \
    "<!DOCTYPE html>\n"                                      \
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" \
    "<meta name=\"generator\" content=\"vflow report\">\n"

/* What an exit status says of a run (engine/base/exit_status.h). */
static const struct verdict {
    enum vf_exit_status status;
    const char *words;
} verdicts[] = {
    {VF_EXIT_OK, "Everything was consumed, and every output is complete"},
    {VF_EXIT_FAILED, "A node failed"},
    {VF_EXIT_USAGE, "The command line was invalid"},
    {VF_EXIT_BAD_INPUT, "It ended, but with more errors in its input than allowed"},
    {VF_EXIT_NO_SOURCE, "A source was not available"},
    {VF_EXIT_INTERNAL, "vflow itself failed, or the machine had no memory or process left"},
    {VF_EXIT_CANNOT_CREATE, "An output could not be created"},
    {VF_EXIT_OUTPUT_FAILED, "An output failed while it was written"},
    {VF_EXIT_INVALID_FLOW, "The flow has mistakes, and was not started"},
    {VF_EXIT_TIMED_OUT, "It took longer than was allowed"},
    {VF_EXIT_HUNG_UP, "It was stopped because its terminal closed; the outputs are finalised"},
    {VF_EXIT_INTERRUPTED, "It was interrupted; the outputs are finalised"},
    {VF_EXIT_KILLED, "It was killed before the outputs were finalised"},
    {VF_EXIT_TERMINATED, "It was stopped; the outputs are finalised"},
};

static void add_verdict(struct vf_text *page, uint64_t status)
{
    const char *words = "It failed";
    for (size_t i = 0; i < VF_COUNT(verdicts); i++) {
        if ((uint64_t)verdicts[i].status == status)
            words = verdicts[i].words;
    }
    vf_text_print(page, "<p class=\"verdict %s\">%s (exit status ", status ? "bad" : "good", words);
    vf_html_count(page, status);
    vf_text_print(page, ")</p>\n");
}

/* A number with what it is. */
static void begin_fact(struct vf_text *page, const char *what)
{
    vf_text_print(page, "<div><dt>%s</dt><dd>", what);
}

static void end_fact(struct vf_text *page)
{
    vf_text_print(page, "</dd></div>\n");
}

static void add_fact(struct vf_text *page, const char *what, uint64_t count)
{
    begin_fact(page, what);
    vf_html_count(page, count);
    end_fact(page);
}

static uint64_t sum_of(const json_t *objects, const char *key)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < json_array_size(objects); i++)
        sum += vf_html_count_of(json_array_get(objects, i), key);
    return sum;
}

static void add_facts(struct vf_text *page, const struct vf_outline *outline)
{
    const json_t *report = outline->report, *tasks = json_object_get(report, "tasks");
    uint64_t dropped = 0;
    for (size_t i = 0; i < outline->edge_count; i++)
        dropped += outline->edges[i].dropped;
    vf_text_print(page, "<dl class=\"facts\">\n");
    begin_fact(page, "Time");
    vf_html_seconds(page, vf_html_number_of(report, "seconds"));
    end_fact(page);
    if (json_is_integer(json_object_get(report, "frames"))) {
        add_fact(page, "Frames", vf_html_count_of(report, "frames"));
        begin_fact(page, "Frames a second");
        vf_html_real(page, vf_html_number_of(report, "fps"));
        end_fact(page);
    }
    add_fact(page, "Tasks", outline->task_count);
    add_fact(page, "Dropped", dropped);
    add_fact(page, "Errors", json_array_size(json_object_get(report, "errors")));
    add_fact(page, "Restarts", sum_of(tasks, "restarts"));
    vf_text_print(page, "</dl>\n");
}

/* A moment without its parts of a second. */
static void add_moment(struct vf_text *page, const json_t *report, const char *key)
{
    const char *time = vf_html_text_of(report, key), *point = strchr(time, '.');
    char whole[64];
    size_t length = point ? (size_t)(point - time) : strlen(time);
    snprintf(whole, sizeof(whole), "%.*s", (int)(length < 60 ? length : 60), time);
    for (char *at = strchr(whole, 'T'); at; at = NULL)
        *at = ' ';
    vf_text_print(page, "<time datetime=\"");
    vf_html_text(page, time);
    vf_text_print(page, "\">");
    vf_html_text(page, whole);
    vf_text_print(page, " UTC</time>");
}

static void add_head(struct vf_text *page, const struct vf_outline *outline)
{
    const json_t *report = outline->report, *versions = json_object_get(report, "versions");
    const char *file = vf_html_text_of(report, "file"), *mode = vf_html_text_of(report, "mode");
    const char *name = strrchr(file, '/');
    vf_text_print(page, MARK "<meta name=\"viewport\" content=\"width=device-width, "
                             "initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
                             "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                             "<title>");
    vf_html_text(page, name ? name + 1 : file);
    vf_text_print(page, ": report of a run</title>\n");
    vf_report_style_add(page);
    vf_text_print(page, "</head>\n<body>\n<main>\n<header>\n<h1>");
    vf_html_text(page, file);
    vf_text_print(page, "</h1>\n<p class=\"soft\">");
    add_moment(page, report, "started");
    vf_text_print(page, " to ");
    add_moment(page, report, "ended");
    if (mode[0])
        vf_text_print(page, ", %s mode", strcmp(mode, "realtime") == 0 ? "realtime" : "batch");
    vf_text_print(page, ", vflow ");
    vf_html_text(page, vf_html_text_of(versions, "vflow"));
    vf_text_print(page, "</p>\n");
    add_verdict(page, vf_html_count_of(report, "status"));
    if (outline->task_count)
        add_facts(page, outline);
    vf_text_print(page, "</header>\n");
}

static void begin_section(struct vf_text *page, const char *name, const char *title)
{
    vf_text_print(page, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", name, name,
                  title);
}

static void end_section(struct vf_text *page)
{
    vf_text_print(page, "</section>\n");
}

static int compare_drops(const void *one, const void *other)
{
    const struct vf_outline_edge *a = *(const struct vf_outline_edge *const *)one,
                                 *b = *(const struct vf_outline_edge *const *)other;
    if (a->dropped != b->dropped)
        return a->dropped < b->dropped ? 1 : -1;
    return (a > b) - (a < b);
}

/* Adds what was dropped and why: where most was, first; what is beyond that is folded. */
static int add_drops(struct vf_text *page, const struct vf_outline *outline)
{
    size_t count = 0;
    const struct vf_outline_edge **dropping = calloc(outline->edge_count + 1, sizeof(*dropping));
    if (!dropping)
        return -ENOMEM;
    for (size_t i = 0; i < outline->edge_count; i++) {
        if (vf_html_text_of(outline->edges[i].facts, "advice")[0])
            dropping[count++] = &outline->edges[i];
    }
    qsort(dropping, count, sizeof(*dropping), compare_drops);
    vf_text_print(page, count ? "<ul>\n" : "");
    for (size_t i = 0; i < count; i++) {
        if (i == MOST_DROPS)
            vf_text_print(page, "</ul>\n<details><summary>%zu more edges</summary>\n<ul>\n",
                          count - i);
        vf_text_print(page, "<li>");
        vf_html_text(page, vf_html_text_of(dropping[i]->facts, "advice"));
        vf_text_print(page, ".</li>\n");
    }
    vf_text_print(page, "%s%s", count ? "</ul>\n" : "", count > MOST_DROPS ? "</details>\n" : "");
    free(dropping);
    return VF_OK;
}

/* What limited the run, and what was dropped and why. */
static int add_limit(struct vf_text *page, const struct vf_outline *outline)
{
    const char *limit = vf_html_text_of(outline->report, "limit");
    begin_section(page, "limit", "What limited it");
    vf_text_print(page, "<p class=\"limit\">");
    if (limit[0])
        vf_html_text(page, limit);
    else
        vf_text_print(page, vf_html_count_of(outline->report, "status")
                                ? "A run that failed tells nothing of its speed"
                                : "No task was at work nearly all the time, its source set the "
                                  "pace, or it was too short to tell");
    vf_text_print(page, ".</p>\n");
    int err = add_drops(page, outline);
    end_section(page);
    return err;
}

static int add_graph(struct vf_text *page, const struct vf_outline *outline)
{
    begin_section(page, "graph", "The flow");
    vf_text_print(page,
                  "<p class=\"soft\">A line is as thick as what was taken over it, and dashed "
                  "where messages were dropped; the bar of a task is the part of its time that "
                  "it was at work.</p>\n");
    int err = vf_drawing_add(page, outline);
    end_section(page);
    return err;
}

static void add_history(struct vf_text *page, const struct vf_outline *outline)
{
    begin_section(page, "states", "What each task did when");
    if (!outline->sample_count) {
        vf_text_print(page, "<p>The report has no samples of the run over time; vflow run "
                            "--report-html keeps them.</p>\n");
        end_section(page);
        return;
    }
    vf_charts_add_states(page, outline);
    end_section(page);
    begin_section(page, "rates", "Rates and ages over time");
    vf_charts_add_rates(page, outline);
    end_section(page);
}

static void add_ledger(struct vf_text *page, const struct vf_outline *outline)
{
    begin_section(page, "ledger", "The ledger");
    vf_text_print(page, json_is_true(json_object_get(outline->report, "is_balanced"))
                            ? "<p>It balances: every message is accounted for.</p>\n"
                            : "<p class=\"verdict bad\">It does not balance: messages are lost, or "
                              "counted twice.</p>\n");
    vf_tables_add_ledger(page, outline);
    end_section(page);
}

/* Adds a section of media, unless there are none. */
static void add_media(struct vf_text *page, const struct vf_outline *outline, const char *key,
                      const char *title, const char *caption)
{
    const json_t *media = json_object_get(outline->report, key);
    if (!json_array_size(media))
        return;
    begin_section(page, key, title);
    vf_tables_add_media(page, media, caption);
    end_section(page);
}

static int add_run(struct vf_text *page, const struct vf_outline *outline)
{
    int err = add_limit(page, outline);
    if (!err)
        err = add_graph(page, outline);
    if (err)
        return err;
    add_history(page, outline);
    begin_section(page, "tasks", "Tasks");
    vf_tables_add_tasks(page, outline);
    end_section(page);
    add_ledger(page, outline);
    return VF_OK;
}

static int make_page(struct vf_text *page, const struct vf_outline *outline)
{
    const json_t *report = outline->report, *mistakes = json_object_get(report, "mistakes"),
                 *errors = json_object_get(report, "errors");
    add_head(page, outline);
    if (json_array_size(mistakes)) {
        begin_section(page, "mistakes", "What is wrong with the flow");
        vf_tables_add_mistakes(page, mistakes);
        end_section(page);
    }
    if (json_array_size(errors)) {
        begin_section(page, "errors", "Errors");
        vf_tables_add_errors(page, errors);
        end_section(page);
    }
    int err = outline->task_count ? add_run(page, outline) : VF_OK;
    add_media(page, outline, "inputs", "Inputs", "What was read");
    add_media(page, outline, "outputs", "Outputs", "What was written");
    begin_section(page, "versions", "Versions");
    vf_tables_add_versions(page, json_object_get(report, "versions"));
    end_section(page);
    vf_text_print(page, "</main>\n</body>\n</html>\n");
    return err ? err : page->failed ? -ENOMEM : VF_OK;
}

static int put(const char *path, const struct vf_text *page)
{
    if (strcmp(path, "-") != 0)
        return vf_new_file_write(path, "the page", page->bytes);
    int err = vf_write_all(STDOUT_FILENO, page->bytes, page->length);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot write the page to standard output: %s", strerror(-err));
    return err;
}

int vf_report_page_check(const char *path)
{
    return strcmp(path, "-") == 0 ? VF_OK : vf_new_file_try(path);
}

int vf_report_page_write(const char *path, const json_t *report)
{
    struct vf_outline outline = {0};
    struct vf_text page = {0};
    int err = vf_outline_init(&outline, report);
    if (!err)
        err = make_page(&page, &outline);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot make the page %s: %s", path, strerror(-err));
    else
        err = put(path, &page);
    vf_text_finish(&page);
    vf_outline_finish(&outline);
    return err;
}

bool vf_report_page_may_replace(const char *path)
{
    char begin[sizeof(MARK)] = "";
    struct stat status;
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size == 0)
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, begin, sizeof(begin) - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (size == (ssize_t)sizeof(begin) - 1 && strcmp(begin, MARK) == 0)
        return true;
    vf_log(VF_LOG_ERROR, "no page is written: %s is there, and is no page of a report", path);
    return false;
}
