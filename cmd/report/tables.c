/* SPDX-License-Identifier: MIT */
#include "cmd/report/tables.h"

#include <signal.h>
#include <string.h>

#include "cmd/report/html.h"
#include "engine/base/array.h"

/* How a value is shown. */
enum show { SHOW_TEXT, SHOW_COUNT, SHOW_REAL, SHOW_BYTES, SHOW_SECONDS };

struct column {
    const char *key, *title;
    enum show show;
};

static void begin_table(struct vf_text *page, const char *caption)
{
    vf_text_print(page,
                  "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>"
                  "<caption>%s</caption><thead><tr>",
                  caption, caption);
}

static void add_title(struct vf_text *page, const struct column *column)
{
    vf_text_print(page, "<th scope=\"col\"%s>%s</th>",
                  column->show == SHOW_TEXT ? "" : " class=\"number\"", column->title);
}

static void add_titles(struct vf_text *page, const struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_title(page, &columns[i]);
}

static void end_table(struct vf_text *page)
{
    vf_text_print(page, "</tbody></table></div>\n");
}

static void add_value(struct vf_text *page, const json_t *value, enum show show)
{
    double number = json_number_value(value);
    uint64_t count = json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
    if (show == SHOW_TEXT)
        vf_html_text(page, json_is_string(value) ? json_string_value(value) : "");
    else if (!json_is_number(value))
        vf_text_print(page, "\xe2\x80\x93");
    else if (show == SHOW_COUNT)
        vf_html_count(page, count);
    else if (show == SHOW_REAL)
        vf_html_real(page, number);
    else if (show == SHOW_BYTES)
        vf_html_bytes(page, count);
    else
        vf_html_seconds(page, number);
}

/* What is no number, or none to worry about, is not to be seen from afar. */
static const char *class_of(const struct column *column, const json_t *value)
{
    static const char *const bad[] = {"dropped",        "errors",   "dropped_newest",
                                      "dropped_oldest", "refused",  "unread",
                                      "invalid",        "restarts", "set_aside"};
    if (column->show == SHOW_TEXT)
        return "";
    if (json_is_number(value) && json_number_value(value) == 0)
        return " class=\"number none\"";
    for (size_t i = 0; i < VF_COUNT(bad); i++) {
        if (json_is_number(value) && strcmp(column->key, bad[i]) == 0)
            return " class=\"number bad\"";
    }
    return " class=\"number\"";
}

static void add_cells(struct vf_text *page, const json_t *object, const struct column *columns,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, columns[i].key);
        vf_text_print(page, "<td%s>", class_of(&columns[i], value));
        add_value(page, value, columns[i].show);
        vf_text_print(page, "</td>");
    }
}

static void add_name(struct vf_text *page, const char *name)
{
    vf_text_print(page, "<tr><th scope=\"row\">");
    vf_html_text(page, name);
    vf_text_print(page, "</th>");
}

static void add_optional(struct vf_text *page, bool is_there, uint64_t count)
{
    vf_text_print(page, "<td class=\"number\">");
    if (is_there)
        vf_html_count(page, count);
    else
        vf_text_print(page, "\xe2\x80\x93");
    vf_text_print(page, "</td>");
}

/* Which part of the time of the run, or of its own, a task spent on something. */
static void add_share(struct vf_text *page, double part)
{
    vf_text_print(page, "<td class=\"number\">");
    vf_html_part(page, part);
    vf_text_print(page, "</td>");
}

/* How the process of a task ended. */
static void add_end(struct vf_text *page, const json_t *task)
{
    const json_t *status = json_object_get(task, "exit_status"),
                 *number = json_object_get(task, "signal");
    if (json_is_integer(number)) {
        const char *name = sigabbrev_np((int)json_integer_value(number));
        vf_text_print(page, "<td class=\"bad\">killed by SIG%s</td>", name ? name : "?");
    } else if (!json_is_integer(status)) {
        vf_text_print(page, "<td class=\"none\">not started here</td>");
    } else if (json_integer_value(status) == 0) {
        vf_text_print(page, "<td>well</td>");
    } else {
        vf_text_print(page, "<td class=\"bad\">status %d</td>", (int)json_integer_value(status));
    }
}

void vf_tables_add_tasks(struct vf_text *page, const struct vf_outline *outline)
{
    static const struct column counts[] = {{"dropped", "Dropped", SHOW_COUNT},
                                           {"errors", "Errors", SHOW_COUNT},
                                           {"set_aside", "Set aside", SHOW_COUNT},
                                           {"restarts", "Restarts", SHOW_COUNT},
                                           {"fps", "Frames/s", SHOW_REAL}};
    static const struct column uses[] = {{"cpu_seconds", "Processor", SHOW_SECONDS},
                                         {"peak_bytes", "Memory", SHOW_BYTES}};
    double seconds = vf_html_number_of(outline->report, "seconds");
    seconds = seconds > 0 ? seconds : 1;
    begin_table(page, "Tasks: what each has done");
    vf_text_print(page, "<th scope=\"col\">Task</th><th scope=\"col\">Type</th>"
                        "<th scope=\"col\" class=\"number\">In</th>"
                        "<th scope=\"col\" class=\"number\">Out</th>");
    add_titles(page, counts, VF_COUNT(counts));
    vf_text_print(page, "<th scope=\"col\" class=\"number\">At work</th>"
                        "<th scope=\"col\" class=\"number\">Waiting for input</th>"
                        "<th scope=\"col\" class=\"number\">Waiting for room</th>");
    add_titles(page, uses, VF_COUNT(uses));
    vf_text_print(page, "<th scope=\"col\">Ended</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < outline->task_count; i++) {
        const struct vf_outline_task *task = &outline->tasks[i];
        const struct column type = {"type", "Type", SHOW_TEXT};
        add_name(page, task->name);
        add_cells(page, task->facts, &type, 1);
        add_optional(page, task->has_in, task->in);
        add_optional(page, task->has_out, task->out);
        add_cells(page, task->facts, counts, VF_COUNT(counts));
        add_share(page, vf_html_number_of(task->facts, "busy"));
        add_share(page, vf_html_number_of(task->facts, "waiting_seconds") / seconds);
        add_share(page, vf_html_number_of(task->facts, "blocked_seconds") / seconds);
        add_cells(page, task->facts, uses, VF_COUNT(uses));
        add_end(page, task->facts);
        vf_text_print(page, "</tr>\n");
    }
    end_table(page);
}

void vf_tables_add_ledger(struct vf_text *page, const struct vf_outline *outline)
{
    static const struct column columns[] = {
        {"to", "To", SHOW_TEXT},
        {"queue", "Queue", SHOW_COUNT},
        {"drop", "Drop", SHOW_TEXT},
        {"produced", "Produced", SHOW_COUNT},
        {"published", "Published", SHOW_COUNT},
        {"dropped_newest", "Newest dropped", SHOW_COUNT},
        {"refused", "Refused", SHOW_COUNT},
        {"taken", "Taken", SHOW_COUNT},
        {"unmatched", "Unmatched", SHOW_COUNT},
        {"dropped_oldest", "Oldest dropped", SHOW_COUNT},
        {"unread", "Unread", SHOW_COUNT},
        {"invalid", "Invalid", SHOW_COUNT},
    };
    begin_table(page, "Edges: where every message went");
    vf_text_print(page, "<th scope=\"col\">From</th>");
    add_titles(page, columns, VF_COUNT(columns));
    vf_text_print(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < outline->edge_count; i++) {
        add_name(page, vf_html_text_of(outline->edges[i].facts, "from"));
        add_cells(page, outline->edges[i].facts, columns, VF_COUNT(columns));
        vf_text_print(page, "</tr>\n");
    }
    end_table(page);
}

/* Says how many more there were. Returns whether an entry is of that kind. */
static bool is_more(struct vf_text *page, const json_t *entry, size_t columns)
{
    if (!json_is_integer(json_object_get(entry, "more")))
        return false;
    vf_text_print(page, "<tr><th scope=\"row\">");
    vf_html_text(page, vf_html_text_of(entry, "task"));
    vf_text_print(page, "</th><td colspan=\"%zu\">and ", columns - 1);
    vf_html_count(page, vf_html_count_of(entry, "more"));
    vf_text_print(page, " more</td></tr>\n");
    return true;
}

/* What a medium consists of: one of these. */
static void add_contents(struct vf_text *page, const json_t *medium)
{
    static const char *const kinds[] = {"frames", "pictures", "lines", "messages"};
    vf_text_print(page, "<td class=\"number\">");
    for (size_t i = 0; i < VF_COUNT(kinds); i++) {
        if (!json_is_integer(json_object_get(medium, kinds[i])))
            continue;
        vf_html_count(page, vf_html_count_of(medium, kinds[i]));
        vf_text_print(page, " %s", kinds[i]);
        break;
    }
    vf_text_print(page, "</td>");
}

static void add_completeness(struct vf_text *page, const json_t *medium)
{
    const char *reason = vf_html_text_of(medium, "reason"),
               *verified = vf_html_text_of(medium, "verified");
    if (json_is_true(json_object_get(medium, "complete"))) {
        vf_text_print(page, "<td>complete%s", verified[0] ? ", verified: " : "");
        vf_html_text(page, verified);
    } else {
        vf_text_print(page, "<td class=\"bad\">not complete%s", reason[0] ? ": " : "");
        vf_html_text(page, reason);
    }
    vf_text_print(page, "</td></tr>\n");
}

void vf_tables_add_media(struct vf_text *page, const json_t *media, const char *caption)
{
    static const struct column path[] = {{"path", "Path", SHOW_TEXT}},
                               sizes[] = {{"seconds", "Length", SHOW_SECONDS},
                                          {"bytes", "Size", SHOW_BYTES}};
    size_t i;
    const json_t *medium;
    begin_table(page, caption);
    vf_text_print(page, "<th scope=\"col\">Task</th>");
    add_titles(page, path, VF_COUNT(path));
    vf_text_print(page, "<th scope=\"col\" class=\"number\">Contents</th>");
    add_titles(page, sizes, VF_COUNT(sizes));
    vf_text_print(page, "<th scope=\"col\">State</th></tr></thead><tbody>\n");
    json_array_foreach(media, i, medium)
    {
        if (is_more(page, medium, 6))
            continue;
        add_name(page, vf_html_text_of(medium, "task"));
        vf_text_print(page, "<td class=\"path\">");
        vf_html_text(page, vf_html_text_of(medium, "path"));
        vf_text_print(page, "</td>");
        add_contents(page, medium);
        add_cells(page, medium, sizes, VF_COUNT(sizes));
        add_completeness(page, medium);
    }
    end_table(page);
}

void vf_tables_add_errors(struct vf_text *page, const json_t *errors)
{
    static const struct column columns[] = {{"frame", "Frame", SHOW_COUNT},
                                            {"text", "What happened", SHOW_TEXT}};
    size_t i;
    const json_t *error;
    begin_table(page, "Errors, as they came");
    vf_text_print(page, "<th scope=\"col\">Task</th>");
    add_titles(page, columns, VF_COUNT(columns));
    vf_text_print(page, "<th scope=\"col\">And then</th></tr></thead><tbody>\n");
    json_array_foreach(errors, i, error)
    {
        if (is_more(page, error, 4))
            continue;
        bool is_fatal = json_is_true(json_object_get(error, "fatal"));
        add_name(page, vf_html_text_of(error, "task"));
        add_cells(page, error, columns, VF_COUNT(columns));
        vf_text_print(page, is_fatal ? "<td class=\"bad\">the task ended</td></tr>\n"
                                     : "<td>the task went on</td></tr>\n");
    }
    end_table(page);
}

void vf_tables_add_mistakes(struct vf_text *page, const json_t *mistakes)
{
    size_t i;
    const json_t *mistake;
    vf_text_print(page, "<ul class=\"mistakes\">\n");
    json_array_foreach(mistakes, i, mistake)
    {
        vf_text_print(page, "<li><code>");
        vf_html_text(page, vf_html_text_of(mistake, "file"));
        if (vf_html_count_of(mistake, "line"))
            vf_text_print(page, ":%d:%d", (int)vf_html_count_of(mistake, "line"),
                          (int)vf_html_count_of(mistake, "column"));
        vf_text_print(page, "</code> ");
        vf_html_text(page, vf_html_text_of(mistake, "message"));
        vf_text_print(page, " <span class=\"soft\">(");
        vf_html_text(page, vf_html_text_of(mistake, "severity"));
        vf_text_print(page, ", ");
        vf_html_text(page, vf_html_text_of(mistake, "code"));
        vf_text_print(page, ")</span></li>\n");
    }
    vf_text_print(page, "</ul>\n");
}

void vf_tables_add_versions(struct vf_text *page, const json_t *versions)
{
    const char *name;
    json_t *version;
    vf_text_print(page, "<dl class=\"versions\">");
    json_object_foreach((json_t *)(uintptr_t)versions, name, version)
    {
        vf_text_print(page, "<div><dt>");
        vf_html_text(page, name);
        vf_text_print(page, "</dt><dd>");
        vf_html_text(page, json_is_string(version) ? json_string_value(version) : "");
        vf_text_print(page, "</dd></div>");
    }
    vf_text_print(page, "</dl>\n");
}
