/* SPDX-License-Identifier: MIT */
/* top - shows the tasks of a run, on a screen that is kept up to date, once, or as JSON. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "cmd/screen/screen.h"
#include "cmd/top_rows.h"
#include "cmd/top_table.h"
#include "engine/base/clock.h"
#include "engine/base/columns.h"
#include "engine/base/log.h"

#define CLOSE_LOOK_EVERY 5 /* samples: then shared memory is divided up */
#define USUAL_COLUMNS 200
#define RESTART_PATIENCE_MS 200 /* it goes on without being waited for */
#define MAX_FILTER 40
#define CLEAR "\033[H\033[2J"

struct top_values {
    bool is_once, is_json;
    int64_t interval_ns;
};

/* What is shown, and how. */
struct top {
    struct vf_run_link link;
    struct vf_top_sample sample;
    int64_t samples; /* so far */
    const struct top_values *values;
    struct vf_gpu_usage *gpus; /* NULL: no task has one, or nobody knows */
    bool has_asked_gpus;
    /* Of the screen: */
    struct vf_top_view view;
    const struct vf_top_row **order;
    size_t shown, cursor, first; /* rows; the one that is marked, and the first on the screen */
    char filter[MAX_FILTER], message[320], marked[80];
    bool is_filtering, is_helping, is_asking; /* whether to restart the marked task */
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "once", NULL, "Print the table once, of one interval",
            VF_BOOLEAN(struct top_values, is_once)),
    VF_FLAG(0, "json", NULL, "Print a JSON object for each interval",
            VF_BOOLEAN(struct top_values, is_json)),
    VF_FLAG(0, "interval", "SECONDS", "How often to look",
            VF_DURATION(struct top_values, interval_ns), VF_RANGE(0.05, 3600), .fallback = "1"),
};

static void look_at_gpus(struct top *top)
{
    if (!top->sample.has_gpus)
        return;
    if (!top->has_asked_gpus && vf_gpu_usage_create(&top->gpus) < 0)
        top->gpus = NULL;
    top->has_asked_gpus = true;
    if (top->gpus)
        vf_top_sample_add_gpus(&top->sample, top->gpus);
}

/* Asks the run. Returns VF_END when it is over. */
static int look(struct top *top)
{
    json_t *answer;
    int err = vf_run_link_ask(&top->link, json_pack("{ss}", "request", "tasks"), &answer);
    if (err)
        return err;
    if (!json_object_get(answer, "rows")) { /* it answers how it has ended */
        json_decref(answer);
        return VF_END;
    }
    struct vf_top_sample before = top->sample;
    vf_top_sample_init(&top->sample, answer, &before, top->samples++ % CLOSE_LOOK_EVERY == 0);
    vf_top_sample_finish(&before);
    look_at_gpus(top);
    const struct vf_top_row **order =
        reallocarray(top->order, top->sample.count + 1, sizeof(struct vf_top_row *));
    if (!order)
        return -ENOMEM;
    top->order = order;
    return VF_OK;
}

static void nap(int64_t duration_ns)
{
    struct timespec rest = {.tv_sec = (time_t)(duration_ns / VF_NS_PER_S),
                            .tv_nsec = (long)(duration_ns % VF_NS_PER_S)};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
}

static size_t columns_of_output(void)
{
    struct winsize size;
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : USUAL_COLUMNS;
}

static void print_table(struct top *top)
{
    struct vf_text out = {0};
    size_t columns = columns_of_output();
    vf_top_print_run(&out, &top->sample, columns);
    vf_text_print(&out, "\n");
    vf_top_print_titles(&out, &top->sample, &top->view, columns);
    vf_text_print(&out, "\n");
    top->shown = vf_top_order(&top->sample, &top->view, top->order);
    for (size_t i = 0; i < top->shown; i++) {
        vf_top_print_row(&out, &top->sample, top->order[i], columns);
        vf_text_print(&out, "\n");
    }
    fputs(out.bytes ? out.bytes : "", stdout);
    vf_text_finish(&out);
}

/* Returns false when it cannot be written. */
static bool print_object(const struct top *top)
{
    json_t *object = vf_top_sample_json(&top->sample);
    bool is_good = object && json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
    json_decref(object);
    return is_good && putchar('\n') != EOF && fflush(stdout) == 0;
}

/* Prints once, or again and again until the run is over. */
static enum vf_exit_status print_all(struct top *top)
{
    int err = look(top);
    bool is_good = true;
    while (!err && is_good) {
        nap(top->values->interval_ns);
        err = look(top);
        if (err)
            break;
        if (top->values->is_json)
            is_good = print_object(top);
        else
            print_table(top);
        if (top->values->is_once)
            return is_good ? VF_EXIT_OK : VF_EXIT_OUTPUT_FAILED;
    }
    return err >= 0 ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static const char *const help[] = {
    "up, down, k, j  mark a task",
    "s, S            sort by the next column, or the other way round",
    "/               show tasks with these letters only; Enter ends, Esc shows all",
    "r               restart the marked task",
    "t               look at what the marked task sends; Ctrl-C ends that",
    "h               this help",
    "q               quit",
    "",
    "FPS, BUSY, CPU  messages a second; part of the time in its node; of a processor",
    "QUEUE           messages that wait in its fullest queue, and its length",
    "P50 P95 P99     time in the node of 50, 95, 99 % of the messages",
    "AGE50...        time from the source to the end of that work",
    "DROPS, UNUSED   found no room behind it; without a partner, or for a task that had ended",
    "RSS, PSS        memory; with what it shares divided by those who share it",
    "RST             restarts",
};

/* Finds the marked task again, whose place may have changed. */
static void find_cursor(struct top *top)
{
    for (size_t i = 0; i < top->shown; i++) {
        if (strcmp(top->order[i]->name, top->marked) == 0)
            top->cursor = i;
    }
    if (top->cursor >= top->shown)
        top->cursor = top->shown ? top->shown - 1 : 0;
    if (top->shown)
        snprintf(top->marked, sizeof(top->marked), "%s", top->order[top->cursor]->name);
}

static void move_cursor(struct top *top, int step)
{
    if (step < 0 ? top->cursor == 0 : top->cursor + 1 >= top->shown)
        return;
    top->cursor += step < 0 ? (size_t)-1 : 1;
    snprintf(top->marked, sizeof(top->marked), "%s", top->order[top->cursor]->name);
}

static enum vf_screen_look look_of(const struct top *top, const struct vf_top_row *row)
{
    if (strcmp(row->name, top->marked) == 0)
        return VF_LOOK_REVERSE;
    if (strcmp(row->state, "blocked") == 0)
        return VF_LOOK_YELLOW;
    return row->busy > 0.9 ? VF_LOOK_RED : VF_LOOK_PLAIN;
}

static void write_cut(size_t line, const char *text, size_t columns, enum vf_screen_look look)
{
    struct vf_text cut = {0};
    vf_columns_cut(&cut, text, columns);
    vf_screen_write(line, cut.bytes ? cut.bytes : "", look);
    vf_text_finish(&cut);
}

static void draw_help(size_t lines, size_t columns)
{
    for (size_t i = 0; i < sizeof(help) / sizeof(help[0]) && i + 2 < lines; i++)
        write_cut(i + 2, help[i], columns, VF_LOOK_PLAIN);
}

static void draw_rows(struct top *top, size_t lines, size_t columns)
{
    size_t room = lines > 3 ? lines - 3 : 0;
    if (top->cursor < top->first)
        top->first = top->cursor;
    if (room && top->cursor >= top->first + room)
        top->first = top->cursor - room + 1;
    for (size_t i = top->first; i < top->shown && i - top->first < room; i++) {
        struct vf_text line = {0};
        vf_top_print_row(&line, &top->sample, top->order[i], columns);
        vf_screen_write(i - top->first + 2, line.bytes ? line.bytes : "",
                        look_of(top, top->order[i]));
        vf_text_finish(&line);
    }
}

/* What the last line says. */
static void print_footer(struct vf_text *line, const struct top *top)
{
    if (top->is_asking)
        vf_text_print(line, "restart %s? (y/n)", top->marked);
    else if (top->is_filtering)
        vf_text_print(line, "/%s_", top->filter);
    else if (top->message[0])
        vf_text_print(line, "%s", top->message);
    else
        vf_text_print(line, "h help  q quit  sorted by %s%s%s", vf_top_title(top->view.sorted_by),
                      top->filter[0] ? "  only " : "", top->filter);
}

static void draw(struct top *top)
{
    size_t lines, columns;
    struct vf_text head = {0}, titles = {0}, footer = {0};
    vf_screen_size(&lines, &columns);
    top->view.filter = top->filter;
    top->shown = vf_top_order(&top->sample, &top->view, top->order);
    find_cursor(top);
    vf_top_print_run(&head, &top->sample, columns);
    vf_top_print_titles(&titles, &top->sample, &top->view, columns);
    print_footer(&footer, top);
    vf_screen_write(0, head.bytes ? head.bytes : "", VF_LOOK_BOLD);
    if (top->is_helping)
        draw_help(lines, columns);
    else
        vf_screen_write(1, titles.bytes ? titles.bytes : "", VF_LOOK_BOLD);
    if (!top->is_helping)
        draw_rows(top, lines, columns);
    if (lines > 3) /* the last place of a terminal stays free */
        write_cut(lines - 1, footer.bytes ? footer.bytes : "", columns ? columns - 1 : 0,
                  VF_LOOK_PLAIN);
    vf_screen_show();
    vf_text_finish(&head);
    vf_text_finish(&titles);
    vf_text_finish(&footer);
}

/* Asks the run to restart the marked task, by a connection of its own: the answer may take long. */
static void restart_marked(struct top *top)
{
    struct vf_run_link link;
    char pid[16];
    json_t *answer = NULL;
    snprintf(pid, sizeof(pid), "%d", (int)top->link.card.pid);
    if (vf_run_link_open(&link, pid) != VF_EXIT_OK)
        return;
    link.is_quiet = true;
    link.patience_ms = RESTART_PATIENCE_MS;
    int err = vf_run_link_ask(
        &link, json_pack("{ss ss}", "request", "restart", "task", top->marked), &answer);
    if (!err)
        snprintf(top->message, sizeof(top->message), "%s is restarted", top->marked);
    else if (err == -ETIMEDOUT)
        snprintf(top->message, sizeof(top->message), "%s is going to be restarted", top->marked);
    else
        snprintf(top->message, sizeof(top->message), "%s", link.problem);
    json_decref(answer);
    vf_run_link_close(&link);
}

/* Becomes vflow tap, which draws pictures and prints values until it is interrupted. */
static _Noreturn void become_tap(const struct top *top)
{
    char pid[16], program[] = "vflow", tap[] = "tap", show[] = "--show", end[] = "--";
    char interval[] = "--interval=0.1";
    char *words[] = {program, tap, show, interval, end, pid, (char *)(uintptr_t)top->marked, NULL};
    snprintf(pid, sizeof(pid), "%d", (int)top->link.card.pid);
    signal(SIGINT, SIG_DFL);
    (void)!write(STDOUT_FILENO, CLEAR, strlen(CLEAR));
    execv("/proc/self/exe", words);
    _exit(VF_EXIT_INTERNAL);
}

/* Lets vflow tap have the terminal, and takes it again afterwards. Returns false when that is not
 * possible any more. */
static bool tap_marked(struct top *top)
{
    int status = 0;
    vf_screen_close();
    void (*before)(int) = signal(SIGINT, SIG_IGN); /* it is for the other program */
    pid_t child = fork();
    if (child == 0)
        become_tap(top);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    signal(SIGINT, before);
    if (child < 0 || (WIFEXITED(status) && WEXITSTATUS(status) != VF_EXIT_OK))
        snprintf(top->message, sizeof(top->message), "%s cannot be looked at", top->marked);
    return vf_screen_open() == VF_OK;
}

static void type_filter(struct top *top, int key)
{
    size_t length = strlen(top->filter);
    if (key == VF_KEY_ENTER || key == VF_KEY_ESCAPE)
        top->is_filtering = false;
    if (key == VF_KEY_ESCAPE)
        top->filter[0] = '\0';
    else if (key == VF_KEY_ERASE && length)
        top->filter[length - 1] = '\0';
    else if (key > ' ' && key < 127 && length + 1 < sizeof(top->filter)) {
        top->filter[length] = (char)key;
        top->filter[length + 1] = '\0';
    }
}

/* Obeys a key. Returns false when it is enough. */
static bool obey(struct top *top, int key)
{
    if (top->is_filtering && key != VF_KEY_GONE) {
        type_filter(top, key);
        return true;
    }
    if (top->is_asking && key == 'y')
        restart_marked(top);
    else
        top->message[0] = '\0';
    bool was_asking = top->is_asking, was_helping = top->is_helping;
    top->is_asking = top->is_helping = false;
    if (was_asking && key != VF_KEY_GONE && key != 'q')
        return true;
    switch (key) {
    case VF_KEY_GONE:
    case 'q':
        return false;
    case 'h':
    case '?':
        top->is_helping = !was_helping;
        break;
    case 's':
        top->view.sorted_by = (top->view.sorted_by + 1) % (VF_TOP_COLUMNS + 1);
        break;
    case 'S':
        top->view.is_reversed = !top->view.is_reversed;
        break;
    case '/':
        top->is_filtering = true;
        break;
    case VF_KEY_ESCAPE:
        top->filter[0] = '\0';
        break;
    case 'r':
        top->is_asking = top->shown > 0;
        break;
    case 't':
        return !top->shown || tap_marked(top);
    case VF_KEY_UP:
    case 'k':
        move_cursor(top, -1);
        break;
    case VF_KEY_DOWN:
    case 'j':
        move_cursor(top, 1);
        break;
    default:
        break;
    }
    return true;
}

/* Shows the run until it is over, or it is enough. */
static int watch(struct top *top)
{
    int64_t due_ns = vf_clock_now_ns();
    int err = VF_OK;
    for (bool goes_on = true; goes_on && !err;) {
        int64_t now_ns = vf_clock_now_ns();
        if (now_ns >= due_ns) {
            err = look(top);
            due_ns = now_ns + top->values->interval_ns;
        }
        if (err)
            break;
        draw(top);
        int key = vf_screen_key((int)((due_ns - vf_clock_now_ns()) / VF_NS_PER_MS) + 1);
        if (key != VF_KEY_NONE && key != VF_KEY_RESIZED)
            goes_on = obey(top, key);
    }
    return err;
}

static enum vf_exit_status show(struct top *top)
{
    int err = vf_screen_open();
    if (err == -ENOTTY)
        vf_log(VF_LOG_ERROR, "vflow top needs a terminal; --once and --json do without");
    if (err)
        return err == -ENOTTY ? VF_EXIT_USAGE : VF_EXIT_INTERNAL;
    top->link.is_quiet = true;
    err = watch(top);
    vf_screen_close();
    if (err == VF_END)
        vf_log_say("%s is over", top->link.card.name);
    else if (err)
        vf_log(VF_LOG_ERROR, "%s: %s", top->link.card.name, top->link.problem);
    return err >= 0 ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static int top(int argc, char **argv)
{
    struct top_values values = {0};
    struct vf_operands runs;
    int err = vf_command_line_parse(&vf_command_top, argc, argv, &values, &runs);
    if (err)
        return (int)vf_command_line_status(err);
    struct top top = {.values = &values, .view = {.sorted_by = VF_TOP_COLUMNS, .filter = ""}};
    enum vf_exit_status status = vf_run_link_open(&top.link, runs.count ? runs.items[0] : NULL);
    if (status == VF_EXIT_OK)
        status = values.is_once || values.is_json ? print_all(&top) : show(&top);
    vf_run_link_close(&top.link);
    vf_top_sample_finish(&top.sample);
    vf_gpu_usage_destroy(&top.gpus);
    free(top.order);
    vf_command_line_release(&vf_command_top, &values);
    return (int)status;
}

const struct vf_command vf_command_top = {
    .name = "top",
    .summary = "Show what the tasks of a run do.",
    .details =
        "RUN is a name or process id, as vflow ps shows them; without it, the only run there is. "
        "On the screen, h shows the keys.",
    .operand = "RUN",
    .operand_kind = VF_OPERAND_RUN,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = top,
};
