/* SPDX-License-Identifier: MIT */
#include "cmd/report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/report/html.h"
#include "engine/base/array.h"

#define WIDTH 1000.0 /* of a chart, in its own units */
#define HEIGHT 100.0
#define MOST_TICKS 6
#define SHORTEST_NAME 8
#define LONGEST_NAME 32

/* The ticks of the axis of time: as many round numbers as there is room for. */
struct ticks {
    double first, step;
    size_t count;
};

static struct ticks ticks_of(const struct vf_outline *outline)
{
    static const double steps[] = {0.1,  0.2,   0.5,   1,     2,     5,      10,     20,
                                   30,   60,    120,   300,   600,   1200,   1800,   3600,
                                   7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000};
    double length = outline->to - outline->from;
    struct ticks ticks = {.step = length};
    for (size_t i = 0; i < VF_COUNT(steps); i++) {
        if (length / steps[i] > MOST_TICKS)
            continue;
        ticks.step = steps[i];
        break;
    }
    if (ticks.step > 0)
        ticks.first = ceil(outline->from / ticks.step) * ticks.step;
    while (ticks.step > 0 && ticks.count <= MOST_TICKS &&
           ticks.first + (double)ticks.count * ticks.step <= outline->to)
        ticks.count++;
    return ticks;
}

static double tick_at(const struct vf_outline *outline, const struct ticks *ticks, size_t i)
{
    return (ticks->first + (double)i * ticks->step - outline->from) / (outline->to - outline->from);
}

/* A moment of the run: 0.5 s, 12 s, 1:20 min, 2:05 h. */
static void add_moment(struct vf_text *page, double seconds)
{
    double whole = round(seconds);
    if (seconds < 60)
        vf_text_print(page, "%g s", round(seconds * 10) / 10);
    else if (seconds < 3600)
        vf_text_print(page, "%.0f:%02.0f min", floor(whole / 60), fmod(whole, 60));
    else
        vf_text_print(page, "%.0f:%02.0f h", floor(whole / 3600), floor(fmod(whole, 3600) / 60));
}

static void add_axis(struct vf_text *page, const struct vf_outline *outline)
{
    struct ticks ticks = ticks_of(outline);
    vf_text_print(page, "<div class=\"axis\" aria-hidden=\"true\">");
    for (size_t i = 0; i < ticks.count; i++) {
        double at = tick_at(outline, &ticks, i);
        vf_text_print(page, "<span style=\"left:%.2f%%\"%s>", at * 100,
                      at > 0.93   ? " class=\"last\""
                      : at < 0.03 ? " class=\"first\""
                                  : "");
        add_moment(page, ticks.first + (double)i * ticks.step);
        vf_text_print(page, "</span>");
    }
    vf_text_print(page, "</div>\n");
}

/* Upright lines at the ticks. */
static void add_grid(struct vf_text *page, const struct vf_outline *outline)
{
    struct ticks ticks = ticks_of(outline);
    vf_text_print(page, "<path class=\"grid\" d=\"");
    for (size_t i = 0; i < ticks.count; i++)
        vf_text_print(page, "M%.1f 0v%.0f", WIDTH * tick_at(outline, &ticks, i), HEIGHT);
    vf_text_print(page, "\"/>");
}

static void begin_chart(struct vf_text *page, const char *kind)
{
    vf_text_print(page,
                  "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" "
                  "role=\"img\" aria-label=\"",
                  kind, WIDTH, HEIGHT);
}

/* What a task can do with its time, from the lower edge of its band up. */
static const struct use {
    const char *key, *word;
} uses[] = {
    {"busy", "at work"},
    {"blocked", "waiting for room"},
    {"opening", "opening or started again"},
    {"waiting", "waiting for input"},
};

/* Returns the part of sample `i` that uses number 0 to `last` take together. */
static double part_up_to(const json_t *history, size_t last, size_t i)
{
    double sum = 0;
    for (size_t use = 0; use <= last; use++) {
        double part = vf_outline_value(json_object_get(history, uses[use].key), i);
        sum += part > 0 ? part : 0;
    }
    return sum > 1 ? 1 : sum;
}

/* Adds the area below the sum of uses 0 to `last`: steps, in whole numbers, those that are alike as
 * one. */
static void add_area(struct vf_text *page, const struct vf_outline *outline, const json_t *history,
                     size_t last)
{
    double height = 0, x = 0, most = 0;
    for (size_t i = 0; i < outline->sample_count; i++)
        most = fmax(most, part_up_to(history, last, i));
    if (most < 0.005)
        return;
    vf_text_print(page, "<path class=\"%s\" d=\"M0 %.0f", uses[last].key, HEIGHT);
    for (size_t i = 0; i < outline->sample_count; i++) {
        double next = round(HEIGHT * part_up_to(history, last, i));
        double begin = round(WIDTH * vf_outline_begin(outline, i));
        if (next == height)
            continue;
        if (begin > x)
            vf_text_print(page, "h%.0f", begin - x);
        vf_text_print(page, "v%.0f", height - next);
        height = next;
        x = begin;
    }
    vf_text_print(page, "H%.0fV%.0fz\"/>", WIDTH, HEIGHT);
}

/* Which part of all the time a use took. */
static double mean_of(const struct vf_outline *outline, const json_t *column)
{
    double sum = 0;
    for (size_t i = 0; i < outline->sample_count; i++) {
        double value = vf_outline_value(column, i);
        sum += value > 0 ? value * (vf_outline_end(outline, i) - vf_outline_begin(outline, i)) : 0;
    }
    return sum;
}

/* Marks where a process was started again. */
static void add_restarts(struct vf_text *page, const struct vf_outline *outline,
                         const json_t *history)
{
    const json_t *restarts = json_object_get(history, "restarts");
    double before = 0;
    for (size_t i = 0; i < outline->sample_count; i++) {
        double now = vf_outline_value(restarts, i);
        if (now > before)
            vf_text_print(page, "<path class=\"again\" d=\"M%.0f 0v%.0f\"/>",
                          WIDTH * vf_outline_begin(outline, i), HEIGHT);
        before = now > before ? now : before;
    }
}

static void add_uses(struct vf_text *page, const struct vf_outline *outline, const json_t *history)
{
    const char *comma = "";
    for (size_t use = 0; use < VF_COUNT(uses); use++) {
        double mean = mean_of(outline, json_object_get(history, uses[use].key));
        if (mean < 0.005 && use)
            continue;
        vf_text_print(page, "%s%s ", comma, uses[use].word);
        vf_html_part(page, mean);
        comma = ", ";
    }
}

static void add_band(struct vf_text *page, const struct vf_outline *outline,
                     const struct vf_outline_task *task)
{
    vf_text_print(page, "<div class=\"row\"><span class=\"who\">");
    vf_html_text(page, task->name);
    vf_text_print(page, "</span>");
    begin_chart(page, "band");
    vf_html_text(page, task->name);
    vf_text_print(page, ": ");
    add_uses(page, outline, task->history);
    vf_text_print(page, "\"><title>");
    vf_html_text(page, task->name);
    vf_text_print(page, ": ");
    add_uses(page, outline, task->history);
    vf_text_print(page, "</title>");
    for (size_t use = VF_COUNT(uses); use-- > 0;)
        add_area(page, outline, task->history, use);
    add_grid(page, outline);
    add_restarts(page, outline, task->history);
    vf_text_print(page, "</svg><span class=\"figure\">");
    vf_html_part(page, mean_of(outline, json_object_get(task->history, "busy")));
    vf_text_print(page, "</span></div>\n");
}

static void add_legend(struct vf_text *page)
{
    vf_text_print(page, "<ul class=\"legend\">");
    for (size_t use = 0; use < VF_COUNT(uses); use++)
        vf_text_print(page, "<li><span class=\"key %s\"></span>%s</li>", uses[use].key,
                      uses[use].word);
    vf_text_print(page, "<li><span class=\"key gone\"></span>ended</li>"
                        "<li><span class=\"key again\"></span>a new process</li></ul>\n");
}

/* Returns how many characters the longest name has, within limits. */
static size_t longest_name(const struct vf_outline *outline)
{
    size_t longest = SHORTEST_NAME;
    for (size_t i = 0; i < outline->task_count; i++) {
        size_t length = strlen(outline->tasks[i].name);
        longest = length > longest ? length : longest;
    }
    return longest < LONGEST_NAME ? longest : LONGEST_NAME;
}

void vf_charts_add_states(struct vf_text *page, const struct vf_outline *outline)
{
    add_legend(page);
    vf_text_print(page,
                  "<div class=\"chart bands\" style=\"--who:%zuch\">\n<div class=\"row head\">"
                  "<span class=\"who\">Task</span>",
                  longest_name(outline));
    add_axis(page, outline);
    vf_text_print(page, "<span class=\"figure\">at work</span></div>\n");
    for (size_t i = 0; i < outline->task_count; i++) {
        if (outline->tasks[i].history)
            add_band(page, outline, &outline->tasks[i]);
    }
    vf_text_print(page, "</div>\n");
}

/* A line of a chart. */
struct line {
    const json_t *column;
    const char *kind;
};

static double most_of(const struct vf_outline *outline, const struct line *lines, size_t count)
{
    double most = 0;
    for (size_t line = 0; line < count; line++) {
        for (size_t i = 0; i < outline->sample_count; i++)
            most = fmax(most, vf_outline_value(lines[line].column, i));
    }
    return most;
}

/* Adds a line through the middles of the samples, with gaps where nothing is known. */
static void add_line(struct vf_text *page, const struct vf_outline *outline,
                     const struct line *line, double most)
{
    bool is_drawn = false;
    vf_text_print(page, "<path class=\"%s\" d=\"", line->kind);
    for (size_t i = 0; i < outline->sample_count; i++) {
        double value = vf_outline_value(line->column, i);
        double x = WIDTH * (vf_outline_begin(outline, i) + vf_outline_end(outline, i)) / 2;
        double y = most > 0 ? HEIGHT - 4 - (HEIGHT - 8) * value / most : HEIGHT - 4;
        if (value >= 0) /* one that stands alone is a dot */
            vf_text_print(page, is_drawn ? "L%.1f %.1f" : "M%.1f %.1fh.1", x, y);
        is_drawn = value >= 0;
    }
    vf_text_print(page, "\"/>");
}

static void add_lines(struct vf_text *page, const struct vf_outline *outline,
                      const struct line *lines, size_t count)
{
    double most = most_of(outline, lines, count);
    add_grid(page, outline);
    for (size_t i = 0; i < count; i++)
        add_line(page, outline, &lines[i], most);
}

/* Adds a small chart, and the highest number in it. */
static void add_spark(struct vf_text *page, const struct vf_outline *outline, const char *what,
                      const struct line *lines, size_t count,
                      void (*add_number)(struct vf_text *page, double number))
{
    double most = most_of(outline, lines, count);
    vf_text_print(page, "<td>");
    if (most > 0) {
        begin_chart(page, "spark");
        vf_text_print(page, "%s over time, at most ", what);
        add_number(page, most);
        vf_text_print(page, "\">");
        add_lines(page, outline, lines, count);
        vf_text_print(page, "</svg><span class=\"most\">");
        add_number(page, most);
        vf_text_print(page, "</span></td>");
    } else {
        vf_text_print(page, "<span class=\"none\">\xe2\x80\x93</span></td>");
    }
}

static void add_row(struct vf_text *page, const struct vf_outline *outline,
                    const struct vf_outline_task *task)
{
    const json_t *work = json_object_get(task->history, "work_ms"),
                 *age = json_object_get(task->history, "age_ms");
    const struct line rates[] = {{json_object_get(task->history, "fps"), "rate"}};
    const struct line works[] = {{json_object_get(work, "p95"), "high"},
                                 {json_object_get(work, "p50"), "middle"}};
    const struct line ages[] = {{json_object_get(age, "p95"), "high"},
                                {json_object_get(age, "p50"), "middle"}};
    vf_text_print(page, "<tr><th scope=\"row\">");
    vf_html_text(page, task->name);
    vf_text_print(page, "</th>");
    add_spark(page, outline, "Rate", rates, VF_COUNT(rates), vf_html_real);
    add_spark(page, outline, "Time of work", works, VF_COUNT(works), vf_html_milliseconds);
    add_spark(page, outline, "Age of frames", ages, VF_COUNT(ages), vf_html_milliseconds);
    vf_text_print(page, "</tr>\n");
}

static void add_run_chart(struct vf_text *page, const struct vf_outline *outline)
{
    const json_t *run = json_object_get(outline->history, "run");
    const struct line lines[] = {{json_object_get(run, "fps"), "rate"}};
    double most = most_of(outline, lines, VF_COUNT(lines));
    vf_text_print(page, "<div class=\"chart tall\"><div class=\"row\"><span class=\"scale\">");
    vf_html_real(page, most);
    vf_text_print(page, "</span>");
    begin_chart(page, "line");
    vf_text_print(page, "Frames a second of the run over time, at most ");
    vf_html_real(page, most);
    vf_text_print(page, "\">");
    add_lines(page, outline, lines, VF_COUNT(lines));
    vf_text_print(page, "</svg></div><div class=\"row\"><span class=\"scale\">0</span>");
    add_axis(page, outline);
    vf_text_print(page, "</div></div>\n");
}

void vf_charts_add_rates(struct vf_text *page, const struct vf_outline *outline)
{
    add_run_chart(page, outline);
    vf_text_print(page,
                  "<p class=\"soft\">Each task over the time of the run; the number is the "
                  "highest. Of times, the lower line is the median, the upper one the 95th "
                  "percentile.</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"Tasks over time\"><table class=\"sparks\"><caption>Tasks over "
                  "time</caption><thead><tr><th scope=\"col\">Task</th><th scope=\"col\">"
                  "Frames a second</th><th scope=\"col\">Time of work</th><th scope=\"col\">"
                  "Age of frames</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < outline->task_count; i++) {
        if (outline->tasks[i].history)
            add_row(page, outline, &outline->tasks[i]);
    }
    vf_text_print(page, "</tbody></table></div>\n");
}
