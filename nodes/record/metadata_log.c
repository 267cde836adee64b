/* SPDX-License-Identifier: MIT */
/* metadata_log - writes how long tasks took for each message. */
#include <errno.h>
#include <math.h>

#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "nodes/record/lines.h"
#include "nodes/record/record.h"

struct metadata_log {
    struct vf_lines *lines;
};

struct metadata_log_options {
    struct vf_lines_options lines;
    bool source_time;
};

static const struct vf_option options[] = {
    VF_LINES_OPTIONS(struct metadata_log_options, lines.),
    VF_RECORD_SOURCE_TIME(struct metadata_log_options, source_time),
};

static int metadata_log_check(const void *values, char *problem, size_t problem_size)
{
    const struct metadata_log_options *asked = values;
    return vf_lines_check(&asked->lines, problem, problem_size);
}

static int metadata_log_open(struct vf_node_run *run)
{
    const struct metadata_log_options *asked = run->options;
    struct metadata_log *log = run->state;
    return vf_lines_create(&log->lines, run, &asked->lines);
}

/* In milliseconds, to the microsecond. */
static json_t *make_time(int64_t time_ns)
{
    return json_real(round((double)time_ns / 1e3) / 1e3);
}

static int write_message(struct vf_node_run *run, unsigned input, const struct vf_message *message)
{
    const struct metadata_log_options *asked = run->options;
    const struct vf_description *description = &message->description;
    struct metadata_log *log = run->state;
    int64_t age_ns = vf_clock_now_ns() - description->event_time_ns;
    json_t *record = json_pack("{s:s}", "task", run->input_names[input]);
    if (!record)
        return -ENOMEM;
    vf_record_add_head(record, description);
    json_object_set_new(record, "proctime_ms", make_time(description->proctime_ns));
    json_object_set_new(record, "actual_proctime_ms", make_time(description->actual_proctime_ns));
    json_object_set_new(record, "age_ms", make_time(age_ns));
    if (asked->source_time)
        vf_record_add_source_time(record, description);
    int err = vf_lines_add(log->lines, record);
    json_decref(record);
    return err;
}

static int metadata_log_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (inputs[i])
            err = write_message(run, i, inputs[i]);
    }
    return err;
}

static int metadata_log_flush(struct vf_node_run *run)
{
    struct metadata_log *log = run->state;
    return log->lines ? vf_lines_end(log->lines) : VF_OK;
}

static void metadata_log_close(struct vf_node_run *run)
{
    struct metadata_log *log = run->state;
    vf_lines_destroy(&log->lines);
}

const struct vf_node vf_node_metadata_log = {
    .name = "metadata_log",
    .summary = "Log how long tasks took for each message.",
    .related = "file_append",
    .about =
        "To log all tasks of a flow, name all of them except the consumers as inputs. Each "
        "message is logged as it comes, without reading its payload. A line has the task that "
        "made the message, the number, timestamp and source of the frame, and three times in "
        "milliseconds: proctime_ms, the time the node took; actual_proctime_ms, the time since it "
        "finished its previous message, waiting included; and age_ms, the time since the producer "
        "sent the message it was made from. A message that a task passes on unchanged, as "
        "identity does, is logged with the task that made it.\n\n"
        "The file is written in the same way as by file_append.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  small: {type: resize, inputs: reader, width: 640}\n"
               "  out: {type: video_writer, inputs: small, path: small.mp4}\n"
               "  times: {type: metadata_log, inputs: [reader, small], path: times.csv}\n",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .is_stateful = true, /* lines have an order */
    .is_reading_only_heads = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of the tasks to log, of any type",
                        .is_repeated = true}),
    .options_size = sizeof(struct metadata_log_options),
    .state_size = sizeof(struct metadata_log),
    .check = metadata_log_check,
    .open = metadata_log_open,
    .consume = metadata_log_consume,
    .flush = metadata_log_flush,
    .close = metadata_log_close,
};
