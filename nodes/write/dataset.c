/* SPDX-License-Identifier: MIT */
#include "nodes/write/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/message/description_json.h"
#include "nodes/record/record.h"

#define CHUNK ((size_t)1 << 16) /* bytes that are written at a time */

struct vf_dataset {
    struct vf_dataset_settings settings;
    char *lines_path, *coco_path, *yolo_path;
    FILE *lines; /* at their end; NULL: there is no annotations.json */
    struct vf_dataset_counts counts;
    bool *is_used; /* by class */
    int class_count;
    uint64_t complete; /* pictures that are in annotations.json */
    bool has_file;     /* there is one */
};

static int say(const char *path, const char *what, int err)
{
    vf_log(VF_LOG_ERROR, "%s cannot be %s: %s", path, what, strerror(-err));
    return err;
}

static char *name_in(const struct vf_dataset *dataset, const char *name)
{
    return vf_text_format("%s%s", dataset->settings.folder, name);
}

static bool has_files(const char *folder)
{
    DIR *opened = opendir(folder);
    const struct dirent *entry;
    bool found = false;
    while (opened && !found && (entry = readdir(opened)))
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (opened)
        closedir(opened);
    return found;
}

/* Pictures and labels of two sets would be one, of which annotations.json has half. */
static int refuse_existing(const struct vf_dataset *dataset)
{
    static const char *const parts[] = {"images", "labels"};
    int err = VF_OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++) {
        char *path = name_in(dataset, parts[i]);
        if (!path)
            return -ENOMEM;
        if (has_files(path)) {
            vf_log(VF_LOG_ERROR,
                   "%s has files in it already: a data set begins with none; give another path, or "
                   "remove it",
                   path);
            err = -EEXIST;
        }
        free(path);
    }
    return err;
}

/* Notes that some label has a class. *is_new becomes whether none had. */
static int note_class(struct vf_dataset *dataset, int class, bool *is_new)
{
    if (class >= dataset->class_count) {
        int count = class + 1;
        bool *grown = realloc(dataset->is_used, (size_t)count * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        memset(grown + dataset->class_count, 0,
               (size_t)(count - dataset->class_count) * sizeof(*grown));
        dataset->is_used = grown;
        dataset->class_count = count;
    }
    *is_new = !dataset->is_used[class];
    dataset->is_used[class] = true;
    return VF_OK;
}

static int take_line(struct vf_dataset *dataset, const json_t *line)
{
    const json_t *labels = json_object_get(line, "annotations");
    if (!json_is_object(json_object_get(line, "image")) || !json_is_array(labels))
        return -EINVAL;
    dataset->counts.pictures++;
    dataset->counts.labels += json_array_size(labels);
    for (size_t i = 0; i < json_array_size(labels); i++) {
        json_int_t class =
            json_integer_value(json_object_get(json_array_get(labels, i), "category_id"));
        bool is_new;
        int err = class >= 0 && class <= VF_DATASET_MOST_CLASSES
                      ? note_class(dataset, (int)class, &is_new)
                      : -EINVAL;
        if (err)
            return err;
    }
    return VF_OK;
}

/* Reads what a process before has left. A last line that is torn goes. */
static int read_lines(struct vf_dataset *dataset)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    off_t whole = 0;
    int err = VF_OK;
    while (!err && (length = getline(&line, &size, dataset->lines)) > 0) {
        json_t *json = line[length - 1] == '\n' ? json_loads(line, 0, NULL) : NULL;
        err = json ? take_line(dataset, json) : -EINVAL;
        json_decref(json);
        whole += err ? 0 : length;
    }
    free(line);
    if (err == -ENOMEM)
        return err;
    if (fflush(dataset->lines) != 0 || ftruncate(fileno(dataset->lines), whole) != 0 ||
        fseeko(dataset->lines, whole, SEEK_SET) != 0)
        return say(dataset->lines_path, "gone on with", -errno);
    return VF_OK;
}

static int open_lines(struct vf_dataset *dataset)
{
    int flags =
        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (dataset->settings.is_restarted ? 0 : O_TRUNC);
    int fd = open(dataset->lines_path, flags, 0666);
    dataset->lines = fd >= 0 ? fdopen(fd, "r+") : NULL;
    if (!dataset->lines) {
        int err = -errno;
        if (fd >= 0)
            close(fd);
        return say(dataset->lines_path, "written", err);
    }
    return dataset->settings.is_restarted ? read_lines(dataset) : VF_OK;
}

/* Writes data.yaml: the numbers of the classes have no gaps there. */
static int write_yaml(const struct vf_dataset *dataset)
{
    struct vf_text text = {0};
    vf_text_print(&text,
                  "# A data set in the form of YOLO: labels/ has a file for each of images/.\n"
                  "train: images\nval: images\nnc: %d\nnames:\n",
                  dataset->class_count);
    for (int i = 0; i < dataset->class_count; i++) {
        const char *name = vf_class_labels_find(dataset->settings.names, i);
        json_t *json = name ? json_string(name) : json_sprintf("class %d", i);
        char *quoted = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
        vf_text_print(&text, "  %d: %s\n", i, quoted ? quoted : "\"\"");
        text.failed = text.failed || !quoted;
        free(quoted);
        json_decref(json);
    }
    int err = text.failed ? -ENOMEM : vf_new_file_write(dataset->yolo_path, NULL, text.bytes);
    vf_text_finish(&text);
    return err;
}

int vf_dataset_create(struct vf_dataset **dataset, const struct vf_dataset_settings *settings)
{
    struct vf_dataset *made = calloc(1, sizeof(*made));
    *dataset = made;
    if (!made)
        return -ENOMEM;
    made->settings = *settings;
    made->lines_path = name_in(made, ".annotations.jsonl");
    made->coco_path = name_in(made, "annotations.json");
    made->yolo_path = name_in(made, "data.yaml");
    int err = made->lines_path && made->coco_path && made->yolo_path ? VF_OK : -ENOMEM;
    if (!err)
        err = vf_folders_make(made->lines_path);
    if (!err && !settings->is_restarted)
        err = refuse_existing(made);
    for (size_t i = 0; i < settings->names->count && !err; i++) {
        bool is_new; /* those that have names are classes, whether there are such labels or not */
        int64_t id = settings->names->items[i].id;
        if (id >= 0 && id <= VF_DATASET_MOST_CLASSES)
            err = note_class(made, (int)id, &is_new);
    }
    for (int i = 0; i < made->class_count; i++)
        made->is_used[i] = false;
    if (!err && settings->has_coco)
        err = open_lines(made);
    if (!err && settings->has_yolo)
        err = write_yaml(made);
    if (!err)
        err = vf_dataset_complete(made);
    if (err)
        vf_dataset_destroy(dataset);
    return err;
}

void vf_dataset_destroy(struct vf_dataset **dataset)
{
    struct vf_dataset *gone = *dataset;
    if (!gone)
        return;
    bool is_whole = gone->lines && gone->has_file && gone->complete == gone->counts.pictures;
    if (gone->lines && fclose(gone->lines) == 0 && is_whole)
        unlink(gone->lines_path); /* all of it is in annotations.json */
    free(gone->lines_path);
    free(gone->coco_path);
    free(gone->yolo_path);
    free(gone->is_used);
    free(gone);
    *dataset = NULL;
}

/* To a hundredth of a pixel. */
static json_t *rounded(double number)
{
    return json_real(rint(number * 100) / 100);
}

static json_t *describe_label(const struct vf_dataset *dataset,
                              const struct vf_dataset_label *label, size_t index)
{
    json_t *box = json_array();
    json_array_append_new(box, rounded(label->x));
    json_array_append_new(box, rounded(label->y));
    json_array_append_new(box, rounded(label->width));
    json_array_append_new(box, rounded(label->height));
    json_t *json =
        json_pack("{s:I, s:I, s:i, s:o, s:o, s:i}", "id",
                  (json_int_t)dataset->counts.labels + (json_int_t)index + 1, "image_id",
                  (json_int_t)dataset->counts.pictures + 1, "category_id", label->class, "bbox",
                  box, "area", rounded(label->width * label->height), "iscrowd", 0);
    if (isfinite(label->score))
        json_object_set_new(json, "score", json_real(rint(label->score * 1e4) / 1e4));
    if (label->has_track)
        json_object_set_new(json, "track_id", json_integer((json_int_t)label->track));
    return json;
}

static json_t *describe_picture(const struct vf_dataset *dataset,
                                const struct vf_dataset_picture *picture)
{
    json_t *image =
        json_pack("{s:I, s:o, s:i, s:i}", "id", (json_int_t)dataset->counts.pictures + 1,
                  "file_name", vf_text_to_json(picture->name, strlen(picture->name)), "width",
                  picture->width, "height", picture->height);
    json_t *labels = json_array();
    vf_record_add_head(image, picture->frame);
    for (size_t i = 0; i < picture->count; i++)
        json_array_append_new(labels, describe_label(dataset, &picture->labels[i], i));
    return json_pack("{s:o, s:o}", "image", image, "annotations", labels);
}

static int add_line(struct vf_dataset *dataset, const struct vf_dataset_picture *picture)
{
    json_t *json = describe_picture(dataset, picture);
    char *line = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    int err = line ? VF_OK : -ENOMEM;
    json_decref(json);
    errno = 0;
    if (!err && (fprintf(dataset->lines, "%s\n", line) < 0 || fflush(dataset->lines) != 0))
        err = say(dataset->lines_path, "written", errno ? -errno : -EIO);
    free(line);
    return err;
}

static int write_yolo(const struct vf_dataset *dataset, const struct vf_dataset_picture *picture)
{
    struct vf_text text = {0};
    const char *dot = strrchr(picture->name, '.');
    size_t length = dot ? (size_t)(dot - picture->name) : strlen(picture->name);
    char *path =
        vf_text_format("%slabels/%.*s.txt", dataset->settings.folder, (int)length, picture->name);
    vf_text_append(&text, "", 0);
    for (size_t i = 0; i < picture->count; i++) {
        const struct vf_dataset_label *label = &picture->labels[i];
        vf_text_print(&text, "%d %.6f %.6f %.6f %.6f\n", label->class,
                      (label->x + label->width / 2) / picture->width,
                      (label->y + label->height / 2) / picture->height,
                      label->width / picture->width, label->height / picture->height);
    }
    int err = path && !text.failed ? vf_folders_make(path) : -ENOMEM;
    if (!err)
        err = vf_new_file_write(path, NULL, text.bytes ? text.bytes : "");
    vf_text_finish(&text);
    free(path);
    return err;
}

int vf_dataset_add(struct vf_dataset *dataset, const struct vf_dataset_picture *picture)
{
    int count = dataset->class_count, err = VF_OK;
    if (dataset->settings.has_yolo)
        err = write_yolo(dataset, picture);
    for (size_t i = 0; i < picture->count && !err; i++) {
        bool is_new;
        err = note_class(dataset, picture->labels[i].class, &is_new);
    }
    if (!err && dataset->settings.has_yolo && dataset->class_count != count)
        err = write_yaml(dataset);
    if (!err && dataset->lines)
        err = add_line(dataset, picture);
    if (err)
        return err;
    dataset->counts.pictures++;
    dataset->counts.labels += picture->count;
    bool has_grown = dataset->counts.pictures > dataset->complete + dataset->complete / 4;
    return has_grown ? vf_dataset_complete(dataset) : VF_OK;
}

/* A file that grows. */
struct output {
    int fd;
    struct vf_text text;
    int err;
};

static void flush_output(struct output *output, size_t least)
{
    if (output->err || output->text.length < least)
        return;
    output->err = output->text.failed
                      ? -ENOMEM
                      : vf_write_all(output->fd, output->text.bytes, output->text.length);
    output->text.length = 0;
}

static void put_json(struct output *output, const json_t *json, bool *is_first)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10));
    vf_text_print(&output->text, "%s%s", *is_first ? "\n" : ",\n", text ? text : "");
    output->text.failed = output->text.failed || !text;
    *is_first = false;
    free(text);
    flush_output(output, CHUNK);
}

static void put_categories(struct output *output, const struct vf_dataset *dataset)
{
    bool is_first = true;
    for (int i = 0; i < dataset->class_count; i++) {
        const char *name = vf_class_labels_find(dataset->settings.names, i);
        if (!name && !dataset->is_used[i])
            continue;
        json_t *json = json_pack("{s:i, s:o}", "id", i, "name",
                                 name ? json_string(name) : json_sprintf("class %d", i));
        put_json(output, json, &is_first);
        json_decref(json);
    }
}

/* Puts what the lines have under `key`: a picture, or all its annotations. */
static void put_lines(struct output *output, const struct vf_dataset *dataset, const char *key)
{
    char *line = NULL;
    size_t size = 0;
    bool is_first = true;
    rewind(dataset->lines);
    while (!output->err && getline(&line, &size, dataset->lines) > 0) {
        json_t *json = json_loads(line, 0, NULL);
        const json_t *part = json_object_get(json, key);
        if (json_is_object(part))
            put_json(output, part, &is_first);
        for (size_t i = 0; i < json_array_size(part); i++)
            put_json(output, json_array_get(part, i), &is_first);
        json_decref(json);
    }
    free(line);
}

static int fill(int fd, const struct vf_dataset *dataset)
{
    struct output output = {.fd = fd};
    vf_text_print(&output.text,
                  "{\"info\": {\"description\": \"made by vflow\"},\n\"categories\": [");
    put_categories(&output, dataset);
    vf_text_print(&output.text, "],\n\"images\": [");
    put_lines(&output, dataset, "image");
    vf_text_print(&output.text, "],\n\"annotations\": [");
    put_lines(&output, dataset, "annotations");
    vf_text_print(&output.text, "]}\n");
    flush_output(&output, 0);
    vf_text_finish(&output.text);
    if (fseeko(dataset->lines, 0, SEEK_END) != 0 && !output.err)
        output.err = -errno;
    return output.err;
}

int vf_dataset_complete(struct vf_dataset *dataset)
{
    struct vf_new_file file;
    bool is_new = !dataset->has_file || dataset->complete != dataset->counts.pictures;
    if (!dataset->lines || !is_new)
        return VF_OK;
    int err = vf_new_file_init(&file, dataset->coco_path, false);
    if (err)
        return err;
    err = vf_new_file_create(&file);
    if (!err)
        err = fill(file.fd, dataset);
    if (err) {
        (void)say(dataset->coco_path, "written", err);
        vf_new_file_remove(&file);
    } else {
        err = vf_new_file_publish(&file);
    }
    vf_new_file_finish(&file);
    if (!err) {
        dataset->complete = dataset->counts.pictures;
        dataset->has_file = true;
    }
    return err;
}

struct vf_dataset_counts vf_dataset_counts(const struct vf_dataset *dataset)
{
    return dataset->counts;
}
