/* SPDX-License-Identifier: MIT */
/* flow_test_judge - what a test has left behind against what it expects. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/flow_test.h"
#include "engine/base/clock.h"

#define MAX_SHOWN 300 /* bytes of a value in a message */
#define LOOK_NS (60 * VF_NS_PER_S)

struct judge {
    const struct vf_flow_test *test;
    const struct vf_flow_test_run *run;
    struct vf_flow_test_result *result;
    json_t *report; /* NULL: there is none */
};

/* Says that something is not as it is expected. */
static void fail(struct judge *judge, const char *what, const char *expected, const char *got)
{
    vf_text_print(&judge->result->failures, "%s: expected %.*s, got %.*s\n", what, MAX_SHOWN,
                  expected, MAX_SHOWN, got);
}

/* Notes what would be right in the place of a value in the flow file. */
static void propose(struct judge *judge, const struct vf_tree *value, const char *right)
{
    if (value->place.line && !value->place.file && !value->place.setting)
        vf_text_print(&judge->result->updates, "%u %u %s\n", value->place.line, value->place.column,
                      right);
}

/* Reads a number after `at`; the whole rest must be one. */
static bool read_number(const char *at, double *number)
{
    char *end;
    *number = strtod(at, &end);
    return end != at && !end[strspn(end, " ")];
}

/* Returns whether a number is as a text says: 5, ">= 5", "< 5", "3..5". */
static bool is_number_as(const char *text, double got)
{
    double first, last;
    const char *dots = strstr(text, "..");
    if (dots) {
        char lowest[32];
        snprintf(lowest, sizeof(lowest), "%.*s", (int)(dots - text), text);
        return read_number(lowest, &first) && read_number(dots + 2, &last) && got >= first &&
               got <= last;
    }
    if (text[0] == '<' || text[0] == '>') {
        bool may_equal = text[1] == '=';
        if (!read_number(text + 1 + may_equal, &first))
            return false;
        return (may_equal && got == first) || (text[0] == '<' ? got < first : got > first);
    }
    return read_number(text, &first) && fabs(got - first) <= 1e-9 * fmax(1, fabs(first));
}

static void expect_number(struct judge *judge, const char *what, const struct vf_tree *expected,
                          double got)
{
    char text[32];
    snprintf(text, sizeof(text), "%.10g", got);
    const char *wanted = expected->kind == VF_TREE_TEXT ? expected->text : "a number";
    if (expected->kind == VF_TREE_TEXT && is_number_as(wanted, got))
        return;
    fail(judge, what, wanted, text);
    if (expected->kind == VF_TREE_TEXT)
        propose(judge, expected, text);
}

static bool is_text_as(const char *expected, const json_t *got)
{
    double number;
    if (json_is_string(got))
        return strcmp(expected, json_string_value(got)) == 0;
    if (json_is_boolean(got))
        return strcmp(expected, json_is_true(got) ? "true" : "false") == 0;
    if (json_is_null(got))
        return !*expected || strcmp(expected, "null") == 0;
    if (!json_is_number(got) || isnan(number = json_number_value(got)))
        return false;
    return is_number_as(expected, number);
}

/* Returns whether a value is as expected; of an object, the members that are named. */
static bool is_as(const struct vf_tree *expected, const json_t *got)
{
    bool is_it = false;
    switch (expected->kind) {
    case VF_TREE_TEXT:
        return is_text_as(expected->text, got);
    case VF_TREE_LIST:
        is_it = json_is_array(got) && json_array_size(got) == expected->count;
        for (size_t i = 0; i < expected->count && is_it; i++)
            is_it = is_as(&expected->children[i], json_array_get(got, i));
        return is_it;
    case VF_TREE_MAPPING:
        is_it = json_is_object(got);
        for (size_t i = 0; i < expected->count && is_it; i++) {
            const json_t *member = json_object_get(got, expected->children[i].key);
            is_it = member && is_as(&expected->children[i], member);
        }
        return is_it;
    case VF_TREE_NOTHING:
        return json_is_null(got);
    case VF_TREE_BROKEN:
        break;
    }
    return false;
}

static char *write_json(const json_t *json)
{
    return json ? json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)) : strdup("nothing");
}

static int expect_value(struct judge *judge, const char *what, const struct vf_tree *expected,
                        const json_t *got)
{
    struct vf_tree copy = *expected;
    if (got && is_as(expected, got))
        return VF_OK;
    char *shown = write_json(got), *wanted = NULL;
    FILE *stream = NULL;
    size_t size;
    if (expected->kind == VF_TREE_TEXT) {
        wanted = strdup(expected->text);
    } else if ((stream = open_memstream(&wanted, &size))) {
        for (size_t i = 0; i < copy.count; i++)
            fprintf(stream, "%s%s%s%s", i ? ", " : "",
                    copy.children[i].key ? copy.children[i].key : "",
                    copy.children[i].key ? ": " : "",
                    copy.children[i].kind == VF_TREE_TEXT ? copy.children[i].text : "...");
        (void)fclose(stream);
    }
    if (shown && wanted)
        fail(judge, what, *wanted ? wanted : "nothing", shown);
    if (shown && got)
        propose(judge, expected, shown);
    int err = shown && wanted ? VF_OK : -ENOMEM;
    free(shown);
    free(wanted);
    return err;
}

/* Returns the entry of a task in the report, of all replicas together for `nodes`. */
static const json_t *find_entry(const struct judge *judge, const char *list, const char *name,
                                size_t length)
{
    const json_t *entries = json_object_get(judge->report, list), *found = NULL;
    for (size_t i = 0; i < json_array_size(entries) && !found; i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *called = json_string_value(json_object_get(entry, "name"));
        if (called && strlen(called) == length && strncmp(called, name, length) == 0)
            found = entry;
    }
    return found;
}

/* Returns how many messages went through a port, an output or else an input: "clip.video". */
static bool count_port(const struct judge *judge, const char *name, double *count)
{
    size_t length = strcspn(name, ".");
    const json_t *task = find_entry(judge, "tasks", name, length);
    const char *port = name + length + 1;
    const json_t *number = json_object_get(json_object_get(task, "out"), port);
    if (!number)
        number = json_object_get(json_object_get(task, "in"), port);
    *count = json_number_value(number);
    return number;
}

static void judge_count(struct judge *judge, const struct vf_tree *expected)
{
    double count = 0;
    const char *name = expected->key;
    const json_t *node = find_entry(judge, "nodes", name, strlen(name));
    char what[256];
    if (expected->kind != VF_TREE_MAPPING) {
        const json_t *number = json_object_get(node, "out");
        bool is_there = strchr(name, '.') ? count_port(judge, name, &count) : node != NULL;
        if (node)
            count = json_number_value(json_is_null(number) ? json_object_get(node, "in") : number);
        snprintf(what, sizeof(what), "messages of %.200s", name);
        if (is_there)
            expect_number(judge, what, expected, count);
        else
            fail(judge, what, "some", "no such node or port");
        return;
    }
    for (size_t i = 0; i < expected->count; i++) {
        const struct vf_tree *child = &expected->children[i];
        const json_t *number = json_object_get(node, child->key);
        snprintf(what, sizeof(what), "%.40s of %.200s", child->key, name);
        if (number)
            expect_number(judge, what, child, json_number_value(number));
        else
            fail(judge, what, "a number",
                 node ? "none; there are in, out, dropped and errors" : "no such node");
    }
}

/* Returns what a tap wrote of values, an array, the caller's; NULL: out of memory. */
static json_t *read_values(const struct judge *judge, size_t index)
{
    json_t *values = json_array();
    char *name = vf_flow_test_tap("values", index);
    char *bytes = name ? vf_flow_test_read(judge->run->folder, name) : NULL, *rest = bytes;
    for (char *line; rest && (line = strsep(&rest, "\n"));) {
        json_t *object = *line ? json_loads(line, 0, NULL) : NULL;
        if (object)
            json_array_append(values, json_object_get(object, "value"));
        json_decref(object);
    }
    free(name);
    free(bytes);
    return values;
}

/* The messages of a port, all of them as a list, or some by {first, last, count, NUMBER}. */
static int judge_values(struct judge *judge, const struct vf_tree *expected, size_t index)
{
    json_t *values = read_values(judge, index);
    size_t count = json_array_size(values);
    char what[256];
    int err = values ? VF_OK : -ENOMEM;
    snprintf(what, sizeof(what), "values of %.200s", expected->key);
    if (expected->kind != VF_TREE_MAPPING && !err)
        err = expect_value(judge, what, expected, values);
    for (size_t i = 0; expected->kind == VF_TREE_MAPPING && i < expected->count && !err; i++) {
        const struct vf_tree *child = &expected->children[i];
        const char *key = child->key;
        snprintf(what, sizeof(what), "%.40s value of %.200s", key, expected->key);
        if (strcmp(key, "count") == 0) {
            expect_number(judge, what, child, (double)count);
            continue;
        }
        size_t number = strcmp(key, "last") == 0    ? count
                        : strcmp(key, "first") == 0 ? 1
                                                    : strtoul(key, NULL, 10);
        const json_t *value = strcmp(key, "all") == 0 ? values
                              : number                ? json_array_get(values, number - 1)
                                                      : NULL;
        err = expect_value(judge, what, child, value);
    }
    json_decref(values);
    return err;
}

/* Returns the hashes of all frames as an array, the caller's; NULL: out of memory. */
static json_t *read_hashes(const struct judge *judge, const char *name)
{
    json_t *hashes = json_array();
    char *bytes = vf_flow_test_read(judge->run->folder, name), *rest = bytes;
    for (char *line; rest && (line = strsep(&rest, "\n"));) {
        const char *comma = strrchr(line, ',');
        if (*line && *line != '#' && comma)
            json_array_append_new(hashes, json_string(comma + 1 + strspn(comma + 1, " ")));
    }
    free(bytes);
    return hashes;
}

/* Returns the hash of all frames, in fresh memory. */
static char *read_sum(const struct judge *judge, const char *name)
{
    char *sum = vf_text_format("%s-sum", name);
    char *bytes = sum ? vf_flow_test_read(judge->run->folder, sum) : NULL;
    free(sum);
    if (bytes) {
        const char *equals = strchr(bytes, '=');
        const char *hash = equals ? equals + 1 : bytes;
        memmove(bytes, hash, strlen(hash) + 1);
        bytes[strcspn(bytes, "\r\n")] = '\0';
    }
    return bytes;
}

/* The frames of a port: one hash, or {hash, count, framemd5}. */
static int judge_frames(struct judge *judge, const struct vf_tree *expected, size_t index)
{
    char *name = vf_flow_test_tap("frames", index);
    json_t *hashes = name ? read_hashes(judge, name) : NULL;
    char *hash = name ? read_sum(judge, name) : NULL;
    json_t *sum = hash ? json_string(hash) : NULL;
    int err = hashes && sum ? VF_OK : -ENOMEM;
    char what[256];
    if (!err && expected->kind != VF_TREE_MAPPING) {
        snprintf(what, sizeof(what), "hash of %.200s", expected->key);
        err = expect_value(judge, what, expected, sum);
    }
    for (size_t i = 0; expected->kind == VF_TREE_MAPPING && i < expected->count && !err; i++) {
        const struct vf_tree *child = &expected->children[i];
        snprintf(what, sizeof(what), "%.40s of %.200s", child->key, expected->key);
        if (strcmp(child->key, "count") == 0)
            expect_number(judge, what, child, (double)json_array_size(hashes));
        else if (strcmp(child->key, "hash") == 0)
            err = expect_value(judge, what, child, sum);
        else if (strcmp(child->key, "framemd5") == 0)
            err = expect_value(judge, what, child, hashes);
        else
            fail(judge, what, "count, hash or framemd5", child->key);
    }
    json_decref(hashes);
    json_decref(sum);
    free(name);
    free(hash);
    return err;
}

/* What a film or picture turns out to be when it is read. */
struct look {
    double frames, seconds;
    char size[32];
};

/* Reads a file with a flow of its own, which prints a line for each frame. */
static int look_into(const struct judge *judge, const char *file, struct look *look)
{
    static const char *const arguments[] = {"vflow", "run", "-q", "look.yaml", NULL};
    const char *dot = strrchr(file, '.');
    bool is_picture = dot && strstr(".jpg .jpeg .png .webp .bmp .tiff", dot);
    char *path = vf_text_format("%s/look.yaml", judge->run->folder);
    FILE *stream = path ? fopen(path, "we") : NULL;
    free(path);
    if (!stream)
        return -EIO;
    fprintf(stream,
            "vflow: 1\nnodes:\n  r: {type: %s, path: \"%s\"}\n  p: {type: print, inputs: r}\n",
            is_picture ? "image_reader" : "video_reader", file);
    if (fclose(stream) != 0)
        return -EIO;
    int status = vf_flow_test_execute(judge->run->folder, arguments, "seen", "look.log", LOOK_NS);
    char *lines = vf_flow_test_read(judge->run->folder, "seen"), *rest = lines;
    double first = 0, last = 0;
    for (char *line; rest && (line = strsep(&rest, "\n"));) {
        double number, time;
        if (sscanf(line, "frame %lf %lf %31s", &number, &time, look->size) != 3)
            continue;
        first = look->frames == 0 ? time : first;
        last = time;
        look->frames++;
    }
    if (look->frames > 1)
        look->seconds = (last - first) * look->frames / (look->frames - 1);
    free(lines);
    return status == 0 ? VF_OK : -EIO;
}

static void judge_file_key(struct judge *judge, const char *file, const struct vf_tree *expected,
                           const struct look *look, double bytes)
{
    char what[256];
    snprintf(what, sizeof(what), "%.40s of %.200s", expected->key, file);
    const char *text = expected->kind == VF_TREE_TEXT ? expected->text : "";
    if (strcmp(expected->key, "frames") == 0) {
        expect_number(judge, what, expected, look->frames);
    } else if (strcmp(expected->key, "bytes") == 0) {
        expect_number(judge, what, expected, bytes);
    } else if (strcmp(expected->key, "seconds") == 0) {
        double wanted, off = 0.1;
        bool is_near = read_number(text, &wanted) && fabs(look->seconds - wanted) <= off;
        if (!is_near)
            expect_number(judge, what, expected, look->seconds);
    } else if (strcmp(expected->key, "size") == 0) {
        if (strcmp(text, look->size) != 0) {
            fail(judge, what, text, look->size);
            propose(judge, expected, look->size);
        }
    } else if (strcmp(expected->key, "exists") != 0) {
        fail(judge, what, "exists, frames, seconds, size or bytes", expected->key);
    }
}

/* A file that was written: true, false, or {frames, seconds, size, bytes, exists}. */
static void judge_file(struct judge *judge, const struct vf_tree *expected)
{
    struct stat status;
    struct look look = {0};
    const struct vf_tree *exists =
        expected->kind == VF_TREE_MAPPING ? vf_tree_find(expected, "exists") : expected;
    bool is_wanted = !exists || exists->kind != VF_TREE_TEXT || strcmp(exists->text, "false") != 0;
    char *path = vf_text_format("%s/%s", judge->run->folder, expected->key);
    bool is_there = path && stat(path, &status) == 0;
    free(path);
    if (is_there != is_wanted) {
        fail(judge, expected->key, is_wanted ? "a file" : "no file",
             is_there ? "a file" : "no file");
        return;
    }
    bool is_looked = false;
    for (size_t i = 0; is_there && expected->kind == VF_TREE_MAPPING && i < expected->count; i++) {
        const char *key = expected->children[i].key;
        bool is_of_media =
            strcmp(key, "frames") == 0 || strcmp(key, "seconds") == 0 || strcmp(key, "size") == 0;
        if (is_of_media && !is_looked && look_into(judge, expected->key, &look) != VF_OK)
            fail(judge, expected->key, "a film or picture", "what cannot be read");
        is_looked = is_looked || is_of_media;
        judge_file_key(judge, expected->key, &expected->children[i], &look, (double)status.st_size);
    }
}

static void judge_text(struct judge *judge, const char *what, const struct vf_tree *expected,
                       const char *got)
{
    const struct vf_tree *items = expected->kind == VF_TREE_LIST ? expected->children : expected;
    size_t count = expected->kind == VF_TREE_LIST ? expected->count : 1;
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind == VF_TREE_TEXT && !strstr(got, items[i].text))
            fail(judge, what, items[i].text, *got ? got : "nothing");
    }
}

/* Without another wish, a flow is to end well. */
static void judge_status(struct judge *judge, const struct vf_tree *expect)
{
    static char zero[] = "0";
    const struct vf_tree usual = {.kind = VF_TREE_TEXT, .text = zero};
    const struct vf_tree *status = vf_tree_find(expect, "status");
    size_t before = judge->result->failures.length;
    if (judge->run->status == -1) {
        fail(judge, "time", "an end within time_limit", "none; the flow was stopped");
        return;
    }
    expect_number(judge, "exit status", status ? status : &usual, judge->run->status);
    if (judge->result->failures.length > before && *judge->run->log)
        vf_text_print(&judge->result->failures, "%.*s%s", 2000, judge->run->log,
                      strlen(judge->run->log) > 2000 ? "...\n" : "");
}

int vf_flow_test_judge(const struct vf_flow_test *test, const struct vf_flow_test_run *run,
                       struct vf_flow_test_result *result)
{
    struct judge judge = {.test = test, .run = run, .result = result};
    const struct vf_tree *expect = vf_tree_find(test->tree, "expect");
    const struct vf_tree *counts = vf_tree_find(expect, "counts"), *log, *output;
    const struct vf_tree *values = vf_tree_find(expect, "values");
    const struct vf_tree *frames = vf_tree_find(expect, "frames");
    const struct vf_tree *files = vf_tree_find(expect, "files");
    char *report = vf_flow_test_read(run->folder, "report.json");
    int err = report ? VF_OK : -ENOMEM;
    judge.report = report ? json_loads(report, 0, NULL) : NULL;
    judge_status(&judge, expect);
    for (size_t i = 0; counts && i < counts->count; i++)
        judge_count(&judge, &counts->children[i]);
    for (size_t i = 0; values && i < values->count && !err; i++)
        err = judge_values(&judge, &values->children[i], i);
    for (size_t i = 0; frames && i < frames->count && !err; i++)
        err = judge_frames(&judge, &frames->children[i], i);
    for (size_t i = 0; files && i < files->count; i++)
        judge_file(&judge, &files->children[i]);
    if ((log = vf_tree_find(expect, "log")))
        judge_text(&judge, "log", log, run->log);
    if ((output = vf_tree_find(expect, "output")))
        judge_text(&judge, "output", output, run->output);
    json_decref(judge.report);
    free(report);
    bool is_short = result->failures.failed || result->updates.failed;
    return err ? err : is_short ? -ENOMEM : VF_OK;
}
