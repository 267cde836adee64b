/* SPDX-License-Identifier: MIT */
/* print - writes what comes in to standard output. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/record/stream.h"
#include "nodes/value/value_text.h"

/* What goes to a file is collected, but neither for long nor without bounds. */
#define ENOUGH_BYTES 65536
#define LONG_ENOUGH_NS (200 * VF_NS_PER_MS)

struct print_options {
    char *separator, *end;
};

struct print {
    struct vf_text text; /* still to be written */
    int64_t written_ns;  /* when it was last written */
    struct vf_stream stream;
};

static const struct vf_option options[] = {
    {"separator", "Text between the values of two inputs", VF_TEXT(struct print_options, separator),
     .fallback = " "},
    {"end", "Text after the last", VF_TEXT(struct print_options, end), .fallback = "\n"},
};

static int print_open(struct vf_node_run *run)
{
    struct print *print = run->state;
    int err = vf_stream_init(&print->stream, STDOUT_FILENO);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot write to standard output: %s", strerror(-err));
    return err;
}

static int write_out(struct vf_node_run *run)
{
    struct print *print = run->state;
    int err = -ENOMEM;
    if (!print->text.failed)
        err = vf_stream_write(&print->stream, run, print->text.bytes, print->text.length);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot write to standard output: %s", strerror(-err));
    vf_text_finish(&print->text);
    return err;
}

static int print_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct print_options *asked = run->options;
    struct print *print = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (i)
            vf_text_print(&print->text, "%s", asked->separator);
        if (inputs[i])
            err = vf_value_print(&print->text, inputs[i]);
    }
    if (err)
        return err;
    vf_text_print(&print->text, "%s", asked->end);
    int64_t now_ns = vf_clock_now_ns();
    bool is_due = print->stream.is_hasty || print->text.failed ||
                  print->text.length >= ENOUGH_BYTES ||
                  now_ns - print->written_ns >= LONG_ENOUGH_NS;
    if (!is_due)
        return VF_OK;
    print->written_ns = now_ns;
    return write_out(run);
}

static int print_flush(struct vf_node_run *run)
{
    return write_out(run);
}

/* Without a flush() before it, as after a failure, what was taken is still written. */
static void print_close(struct vf_node_run *run)
{
    int err = write_out(run);
    (void)err; /* has been logged */
}

const struct vf_node vf_node_print = {
    .name = "print",
    .summary = "Print values, and a line for each frame, to standard output.",
    .related = "file_append, void",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  lines: {type: print, inputs: reader}\n",
    .kind = VF_CONSUMER,
    .is_stateful = true, /* lines have an order */
    .prints = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of any type; messages of one origin make one line",
                        .is_repeated = true}),
    .options_size = sizeof(struct print_options),
    .state_size = sizeof(struct print),
    .open = print_open,
    .consume = print_consume,
    .flush = print_flush,
    .close = print_close,
};
