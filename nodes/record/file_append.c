/* SPDX-License-Identifier: MIT */
/* file_append - adds a line for each message to a file. */
#include <errno.h>

#include "engine/node/node.h"
#include "nodes/record/lines.h"
#include "nodes/record/record.h"

struct file_append_options {
    struct vf_lines_options lines;
    bool boxes, source_time;
};

struct file_append {
    struct vf_lines *lines;
};

static const struct vf_option options[] = {
    VF_LINES_OPTIONS(struct file_append_options, lines.),
    VF_RECORD_BOXES(struct file_append_options, boxes),
    VF_RECORD_SOURCE_TIME(struct file_append_options, source_time),
};

static int file_append_check(const void *values, char *problem, size_t problem_size)
{
    const struct file_append_options *asked = values;
    return vf_lines_check(&asked->lines, problem, problem_size);
}

static int file_append_open(struct vf_node_run *run)
{
    const struct file_append_options *asked = run->options;
    struct file_append *file = run->state;
    int err = vf_record_check_names(run);
    return err ? err : vf_lines_create(&file->lines, run, &asked->lines);
}

static int file_append_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct file_append_options *asked = run->options;
    struct file_append *file = run->state;
    json_t *record = vf_record_make(run, inputs, asked->boxes);
    for (unsigned i = run->input_count; record && asked->source_time && i-- > 0;) {
        if (inputs[i]) /* all are of one frame: the first has the last word */
            vf_record_add_source_time(record, &inputs[i]->description);
    }
    int err = record ? vf_lines_add(file->lines, record) : -EINVAL;
    json_decref(record);
    return err;
}

static int file_append_flush(struct vf_node_run *run)
{
    struct file_append *file = run->state;
    return file->lines ? vf_lines_end(file->lines) : VF_OK;
}

static void file_append_close(struct vf_node_run *run)
{
    struct file_append *file = run->state;
    vf_lines_destroy(&file->lines);
}

const struct vf_node vf_node_file_append = {
    .name = "file_append",
    .summary = "Append a line for each message to a file, as JSON or CSV.",
    .related = "print, metadata_log, webhook",
    .about =
        "A line of JSON is an object with the number of the frame, its timestamp in seconds, the "
        "file it was read from (source, its path below the folder of the reader), and the message "
        "as value; with several inputs, each message has the name of its task as key. Values are "
        "written as they are, arrays as "
        "lists, of up to 65536 numbers; frames, sound and packets are described.\n\n"
        "CSV has the same in columns. An object gets a column for each member, and a list of "
        "objects, such as boxes, a line for each of them, or none if it is empty. The first line "
        "of a file names the columns, and fixes them: a later member with another name is left "
        "out, with a warning. An existing table continues with the columns it has.\n\n"
        "Each message is written at once and as a whole, so that a crash loses nothing that was "
        "received, and several nodes, also of several runs, can write to one file. When the disk "
        "is full the file ends with a complete line, and the exit status is 74. An incomplete "
        "line, left by a power failure, is ended before the first new one.\n\n"
        "With append: false the file is written as lines.partial.csv for lines.csv, and replaces "
        "an older one when it is complete; if the flow is interrupted or fails, it keeps that "
        "name. When the source has no end of its own, as a camera, it replaces the older one "
        "with its first line.\n\n"
        "With restart: on-failure a writer that was killed continues where it was; the line it "
        "was writing may then appear twice, with the same number. With --no-replace an existing "
        "file is refused only with append: false, since otherwise nothing is replaced.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  lines: {type: file_append, inputs: reader, path: frames.csv}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* lines have an order */
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; messages of one origin make one line",
                        .is_repeated = true}),
    .options_size = sizeof(struct file_append_options),
    .state_size = sizeof(struct file_append),
    .check = file_append_check,
    .open = file_append_open,
    .consume = file_append_consume,
    .flush = file_append_flush,
    .close = file_append_close,
};
