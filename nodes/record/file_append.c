/* SPDX-License-Identifier: MIT */
/* file_append - adds a line for each message to a file. */
#include <errno.h>

#include "engine/node/node.h"
#include "nodes/record/lines.h"
#include "nodes/record/record.h"

struct file_append_options {
    struct vf_lines_options lines;
    bool boxes;
};

struct file_append {
    struct vf_lines *lines;
};

static const struct vf_option options[] = {
    VF_LINES_OPTIONS(struct file_append_options, lines.),
    VF_RECORD_BOXES(struct file_append_options, boxes),
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
    .summary = "Add a line for each message to a file, in JSON or in CSV.",
    .about =
        "A line of JSON is an object with the number of the frame, its time stamp in seconds, the "
        "name of the file that it was read from, and what came in as value; with several inputs, "
        "what each brings stands under the name of the task that it comes from. Values are written "
        "as they are, arrays as lists, of up to 65536 numbers; of frames, sound and packets it "
        "says "
        "what form they have.\n"
        "\n"
        "CSV has the same in columns. An object has a column for each of its members, and a list "
        "of "
        "objects, such as boxes, makes a line for each of them, or none if it is empty. The first "
        "line that is written to a file names the columns, and those are all there will be: of a "
        "later member with another name a warning says that it is left out. A table that is there "
        "already goes on with the columns that it has.\n"
        "\n"
        "Each message is written at once and as a whole, so that a crash loses nothing that was "
        "taken, and several nodes, of several runs, can write one file. On a full disk the file "
        "ends "
        "with a whole line, and the exit status is 74. A line that was torn all the same, as when "
        "the power fails, is ended before the first new one.\n"
        "\n"
        "With restart: on-failure a writer that was killed goes on where it was; the line that it "
        "was at may then be there twice, with the same number. With --no-replace only append: "
        "false "
        "refuses a file that is there, as nothing is replaced otherwise.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  lines: {type: file_append, inputs: reader, path: frames.csv}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* lines have an order */
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; those of one origin make one line",
                        .is_repeated = true}),
    .options_size = sizeof(struct file_append_options),
    .state_size = sizeof(struct file_append),
    .check = file_append_check,
    .open = file_append_open,
    .consume = file_append_consume,
    .flush = file_append_flush,
    .close = file_append_close,
};
