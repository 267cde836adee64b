/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/pipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/pipe/frame_reader.h"
#include "engine/media/pipe/frame_writer.h"
#include "nodes/pipe/words.h"

#define USUAL_RATE ((struct vf_rational){25, 1}) /* ffmpeg's */
#define DYING_NS VF_NS_PER_S                     /* for a program that has closed a pipe */

/* Says why the program is of no use any more. */
static int fail(struct vf_pipe *pipe, const char *format, ...) VF_PRINTF(2, 3);
static int fail(struct vf_pipe *pipe, const char *format, ...)
{
    va_list arguments;
    struct vf_text text = {0};
    vf_text_print(&text, "%s ", pipe->command->items[0]);
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    const char *said = text.bytes && !text.failed ? text.bytes : "out of memory";
    vf_log(VF_LOG_ERROR, "%s", said);
    vf_node_complain(pipe->run, said, NULL);
    vf_text_finish(&text);
    pipe->run->is_lost = true;
    return -EPIPE;
}

/* Says what an end before the end of the input was. */
static int fail_by_end(struct vf_pipe *pipe, const char *did)
{
    char words[VF_GUEST_END_SIZE];
    int64_t began_ns = vf_clock_now_ns();
    int wait_status = vf_guest_await(&pipe->child.guest, DYING_NS);
    if (vf_clock_now_ns() - began_ns >= DYING_NS)
        return fail(pipe,
                    "has closed its standard %s, with %" PRIu64 " of %" PRIu64 " inputs answered",
                    did, pipe->answered, pipe->given);
    vf_guest_print_end(words, wait_status);
    if (!*pipe->output_form)
        return fail(pipe, "%s before the end of its input", words);
    return fail(pipe, "%s with %" PRIu64 " of %" PRIu64 " inputs answered", words, pipe->answered,
                pipe->given);
}

static bool is_loose(const struct vf_pipe *pipe)
{
    return pipe->options->ratio == VF_PIPE_ANY || !*pipe->output_form;
}

static bool reads_lines(const struct vf_pipe *pipe)
{
    return strcmp(pipe->output_form, VF_FORM_LINES) == 0;
}

/* What raw frames are that come back: as the flow says, or as they are written. */
static struct vf_video output_of(const struct vf_pipe *pipe, const struct vf_video *written)
{
    const struct vf_pipe_options *options = pipe->options;
    struct vf_video video = {.sample_aspect_ratio = {0, 1}, .frame_rate = USUAL_RATE};
    if (written) {
        memcpy(video.format, written->format, sizeof(video.format));
        video.width = written->width;
        video.height = written->height;
        video.frame_rate = written->frame_rate.num > 0 ? written->frame_rate : USUAL_RATE;
    }
    if (*options->pixel_format)
        snprintf(video.format, sizeof(video.format), "%s", options->pixel_format);
    if (options->size.width) {
        video.width = options->size.width;
        video.height = options->size.height;
    }
    if (options->rate.num > 0)
        video.frame_rate = options->rate;
    return video;
}

static int start_program(struct vf_pipe *pipe, const struct vf_video *video)
{
    char **words = vf_pipe_words_make(pipe->command, video);
    int err = words ? vf_pipe_child_start(&pipe->child, (const char *const *)words,
                                          pipe->is_written, *pipe->output_form)
                    : -ENOMEM;
    vf_pipe_words_free(words);
    pipe->is_running = !err;
    pipe->out_has_ended = !*pipe->output_form;
    pipe->has_input_closed = false;
    pipe->given = pipe->answered = 0;
    return err;
}

/* Begins to read; `written` is what the program reads, NULL: no frames. */
static int begin_to_read(struct vf_pipe *pipe, const struct vf_video *written)
{
    struct vf_video video = output_of(pipe, written);
    pipe->has_begun = true;
    if (!*pipe->output_form)
        return VF_OK;
    if (reads_lines(pipe)) {
        pipe->lines = (struct vf_line_reader){.fd = pipe->child.out};
        return vf_pipe_child_hear(&pipe->child, pipe->child.out);
    }
    int err = vf_frame_reader_create(&pipe->reader, pipe->run, pipe->output_form, pipe->child.out,
                                     &video);
    return err ? err : vf_pipe_child_hear(&pipe->child, vf_frame_reader_fd(pipe->reader));
}

/* A node without inputs has to be told what it reads. */
static int check_producer(const struct vf_pipe *pipe)
{
    bool is_raw = strcmp(pipe->output_form, VF_FORM_RAW) == 0;
    if (pipe->is_written || !is_raw || (pipe->options->size.width && *pipe->options->pixel_format))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "raw frames say nothing of themselves; set size and pixel_format");
    return -EINVAL;
}

/* Looks whether frames can be had in the forms that were asked for. */
static int check_forms(const struct vf_pipe *pipe)
{
    const char *form = pipe->options->form;
    bool is_wrong_in =
        pipe->is_written && strcmp(form, VF_FORM_LINES) != 0 && !vf_frame_writer_is(form);
    bool is_wrong_out =
        *pipe->output_form && !reads_lines(pipe) && !vf_frame_reader_is(pipe->output_form);
    if (!is_wrong_in && !is_wrong_out)
        return check_producer(pipe);
    vf_log(VF_LOG_ERROR, "raw frames cannot be %s as %s; nut can hold them",
           is_wrong_in ? "written" : "read", is_wrong_in ? form : pipe->output_form);
    return -EINVAL;
}

int vf_pipe_open(struct vf_pipe *pipe, struct vf_node_run *run, const struct vf_pipe_order *order)
{
    *pipe = (struct vf_pipe){.run = run,
                             .options = order->options,
                             .command = order->command,
                             .output_form = vf_pipe_output_form(order->options, order->outputs),
                             .is_written = run->input_count > 0,
                             .is_stateless = order->is_stateless,
                             .child = VF_PIPE_CHILD_NONE};
    int err = check_forms(pipe);
    if (!err && pipe->is_written && strcmp(order->options->form, VF_FORM_LINES) != 0)
        err = vf_frame_writer_create(&pipe->writer, order->options->form, order->options->format);
    bool must_wait = pipe->is_written && vf_pipe_words_ask(order->command);
    const struct vf_video video = output_of(pipe, NULL);
    if (!err && !must_wait)
        err = start_program(pipe, &video);
    if (!err && !pipe->is_written)
        err = begin_to_read(pipe, NULL);
    if (!err && run->is_restarted && !pipe->is_stateless && pipe->is_written)
        vf_log(VF_LOG_WARNING, "what %s had read and not answered is lost",
               order->command->items[0]);
    return err;
}

/* Keeps of an input what its answer is to have. */
static int remember(struct vf_pipe *pipe, const struct vf_message *input)
{
    const struct vf_description *from = &input->description;
    struct vf_message *kept = NULL;
    struct vf_payload *extras = NULL;
    bool has_extras = from->extras_size && vf_message_extras_fit(input);
    int err = has_extras ? vf_payload_create(&extras, from->extras_size) : VF_OK;
    if (!err && has_extras)
        memcpy(extras->data, input->payload->data + from->extras_offset, from->extras_size);
    if (!err)
        err = vf_message_create(&kept, from->type, &extras);
    if (!err) {
        kept->description = *from;
        kept->description.extras_offset = 0;
        kept->description.extras_size = has_extras ? from->extras_size : 0;
        vf_message_destroy(&pipe->last);
        err = vf_message_clone(&pipe->last, kept);
    }
    if (!err && !is_loose(pipe))
        err = vf_history_add(&pipe->unanswered, &kept);
    vf_message_destroy(&kept);
    vf_payload_drop(&extras);
    return err;
}

/* Gives an answer of which the times are not those of an input its place among the others: nothing
 * that comes has a lower number than what has been passed. */
static void place(const struct vf_pipe *pipe, struct vf_message *answer)
{
    struct vf_description *description = &answer->description;
    if (!pipe->last)
        return;
    description->origin = pipe->last->description.origin;
    description->origin.number += pipe->is_flushing;
    description->event_time_ns = pipe->last->description.event_time_ns;
    if (!description->source[0])
        vf_message_copy_source(description, &pipe->last->description);
}

/* Sends on what has been read: a frame that is complete in the reader, or *value. */
static int answer(struct vf_pipe *pipe, struct vf_message **value)
{
    bool is_matched = pipe->is_written && !is_loose(pipe);
    if (is_matched && !pipe->unanswered.count)
        return fail(pipe,
                    "has given answer %" PRIu64 " to %" PRIu64 " inputs; with ratio: any it may",
                    pipe->answered + 1, pipe->given);
    const struct vf_message *answered = is_matched ? vf_history_at(&pipe->unanswered, 0) : NULL;
    struct vf_message *output = *value;
    *value = NULL;
    int err = pipe->reader ? vf_frame_reader_take(pipe->reader, answered, &output) : VF_OK;
    if (!err && answered && !pipe->reader)
        vf_message_follow(output, answered);
    if (!err && !answered)
        place(pipe, output);
    pipe->answered++;
    if (is_matched)
        vf_history_forget(&pipe->unanswered, 1);
    return vf_node_emit_made(pipe->run, 0, err, &output);
}

/* Reads one answer and sends it on. Returns -EAGAIN when none is complete, VF_END when the flow is to
 * stop. At the end of what comes, sets out_has_ended. */
static int hear_one(struct vf_pipe *pipe)
{
    const char *complaint = "";
    struct vf_message *value = NULL;
    int err = pipe->reader ? vf_frame_reader_read(pipe->reader, &complaint)
                           : vf_line_reader_take(&pipe->lines, &value, &complaint);
    if (err == -EBADMSG)
        return fail(pipe, "has written %s", complaint);
    if (err == VF_OK)
        return answer(pipe, &value);
    if (err != VF_END || vf_node_stop_requested(pipe->run))
        return err;
    pipe->out_has_ended = true;
    return vf_pipe_child_hear(&pipe->child, -1);
}

/* Reads and sends on all that is there. */
static int hear(struct vf_pipe *pipe)
{
    int err = VF_OK;
    while (!err && !pipe->out_has_ended)
        err = hear_one(pipe);
    return err == -EAGAIN ? VF_OK : err;
}

/* Writes what can be written. */
static int write_some(struct vf_pipe *pipe)
{
    while (vf_parts_left(&pipe->parts)) {
        ssize_t size = vf_parts_write(&pipe->parts, pipe->child.in);
        if (size == -EAGAIN)
            return vf_pipe_child_watch_in(&pipe->child, true);
        if (size == -EPIPE) {
            pipe->has_input_closed = true;
            vf_parts_clear(&pipe->parts);
            vf_pipe_child_close_in(&pipe->child);
            return VF_OK;
        }
        if (size < 0)
            return fail(pipe, "cannot be written to: %s", strerror((int)-size));
        (void)vf_node_stop_requested(pipe->run); /* a sign of life: it reads */
    }
    return vf_pipe_child_watch_in(&pipe->child, false);
}

/* Writes all of pipe->parts, and reads meanwhile. */
static int exchange(struct vf_pipe *pipe)
{
    int err = VF_OK;
    for (;;) {
        err = write_some(pipe);
        if (!err)
            err = hear(pipe);
        if (err || !vf_parts_left(&pipe->parts))
            return err;
        err = vf_node_await(pipe->run, pipe->child.watch, INT64_MAX);
        if (err)
            return err;
    }
}

/* What is to be done now that all of an input has been written, or can be. */
static int settle(struct vf_pipe *pipe)
{
    int err = VF_OK;
    while (!err && !pipe->out_has_ended && (is_loose(pipe) || pipe->unanswered.count)) {
        err = pipe->is_stateless ? vf_node_await(pipe->run, pipe->child.watch, INT64_MAX)
                                 : vf_node_await_input(pipe->run, pipe->child.watch,
                                                       vf_pipe_child_has_unread(&pipe->child));
        if (err == VF_DROPPED) /* the next input has come */
            return VF_OK;
        if (!err)
            err = hear(pipe);
    }
    if (!err && pipe->out_has_ended && !is_loose(pipe) && pipe->unanswered.count)
        return fail_by_end(pipe, "output");
    return err;
}

static int put(struct vf_pipe *pipe, const struct vf_message *input)
{
    vf_parts_clear(&pipe->parts);
    if (pipe->writer)
        return vf_frame_writer_put(pipe->writer, input, &pipe->parts);
    pipe->line.length = 0;
    int err = vf_line_add(&pipe->line, input);
    return err ? err : vf_parts_add(&pipe->parts, pipe->line.bytes, pipe->line.length);
}

static int finish_program(struct vf_pipe *pipe);

/* Frames have become others than the program was started for: it ends, and is started again for them,
 * if they say what they are. */
static int begin_anew(struct vf_pipe *pipe, const struct vf_video *video)
{
    bool is_told =
        strcmp(pipe->options->form, VF_FORM_RAW) != 0 || vf_pipe_words_ask(pipe->command);
    if (!is_told)
        return fail(pipe,
                    "reads raw frames, which become %dx%d %s, and would not know; use {width}, "
                    "{height} and {pixel_format} in its command, or form: y4m",
                    video->width, video->height, video->format);
    int err = finish_program(pipe);
    pipe->is_running = pipe->has_begun = false;
    return err;
}

static int begin(struct vf_pipe *pipe, const struct vf_message *input)
{
    const struct vf_video *written = NULL, *video = &input->description.video;
    int err = VF_OK;
    if (pipe->writer && pipe->has_begun && !vf_frame_writer_fits(pipe->writer, video))
        err = begin_anew(pipe, video);
    if (err || pipe->has_begun)
        return err;
    struct vf_rational rate = pipe->options->rate.num > 0 ? pipe->options->rate : video->frame_rate;
    if (pipe->writer)
        err =
            vf_frame_writer_begin(pipe->writer, video, rate.num > 0 ? rate : USUAL_RATE, &written);
    if (!err && !pipe->is_running)
        err = start_program(pipe, written);
    return err ? err : begin_to_read(pipe, written);
}

int vf_pipe_ask(struct vf_pipe *pipe, const struct vf_message *input)
{
    int err = pipe->has_input_closed ? VF_END : begin(pipe, input);
    if (!err)
        err = put(pipe, input);
    if (!err)
        err = remember(pipe, input);
    if (err)
        return err;
    pipe->given++;
    err = exchange(pipe);
    if (pipe->writer)
        vf_frame_writer_clear(pipe->writer);
    if (err)
        return err;
    if (pipe->has_input_closed && pipe->options->ratio == VF_PIPE_ANY)
        return VF_END;
    if (pipe->has_input_closed)
        return fail_by_end(pipe, "input");
    return settle(pipe);
}

int vf_pipe_next(struct vf_pipe *pipe)
{
    int err = hear_one(pipe);
    while (err == -EAGAIN) {
        err = vf_node_await(pipe->run, pipe->child.watch, INT64_MAX);
        if (!err)
            err = hear_one(pipe);
    }
    return !err && pipe->out_has_ended ? VF_END : err;
}

/* Waits for the end of the program, whatever it still has to do. */
static int await_end(struct vf_pipe *pipe, int *wait_status)
{
    struct vf_pipe_child *child = &pipe->child;
    int err =
        child->guest.pidfd < 0 ? VF_OK : vf_node_await(pipe->run, child->guest.pidfd, INT64_MAX);
    *wait_status = 0;
    if (!err && child->guest.pid)
        *wait_status = vf_guest_await(&child->guest, DYING_NS);
    return err;
}

static int judge(struct vf_pipe *pipe, int wait_status)
{
    char words[VF_GUEST_END_SIZE];
    vf_guest_print_end(words, wait_status);
    if (wait_status)
        return fail(pipe, "%s when it had all its input", words);
    if (pipe->unanswered.count)
        return fail(pipe,
                    "has given %" PRIu64 " answers to %" PRIu64 " inputs; with ratio: any it may",
                    pipe->answered, pipe->given);
    return VF_OK;
}

/* Closes the program's input and sends on what still comes, up to its end. */
static int finish_program(struct vf_pipe *pipe)
{
    int wait_status = 0;
    vf_parts_clear(&pipe->parts);
    int err = pipe->writer && !pipe->has_input_closed
                  ? vf_frame_writer_end(pipe->writer, &pipe->parts)
                  : VF_OK;
    if (!err && pipe->child.in >= 0)
        err = exchange(pipe);
    vf_pipe_child_close_in(&pipe->child);
    while (!err && !pipe->out_has_ended) {
        err = hear(pipe);
        if (!err && !pipe->out_has_ended)
            err = vf_node_await(pipe->run, pipe->child.watch, INT64_MAX);
    }
    if (!err)
        err = await_end(pipe, &wait_status);
    if (!err)
        err = judge(pipe, wait_status);
    vf_frame_reader_destroy(&pipe->reader);
    vf_line_reader_finish(&pipe->lines);
    vf_pipe_child_end(&pipe->child, err != VF_OK);
    return err;
}

int vf_pipe_flush(struct vf_pipe *pipe)
{
    bool is_cut_short = !pipe->is_written && !pipe->out_has_ended;
    pipe->is_flushing = true;
    if (!pipe->is_running || is_cut_short)
        return VF_OK; /* vf_pipe_close() ends it */
    if (!pipe->has_begun) {
        int err = begin_to_read(pipe, NULL);
        if (err)
            return err;
    }
    return finish_program(pipe);
}

void vf_pipe_close(struct vf_pipe *pipe)
{
    vf_frame_reader_destroy(&pipe->reader);
    vf_line_reader_finish(&pipe->lines);
    vf_pipe_child_end(&pipe->child, true);
    vf_frame_writer_destroy(&pipe->writer);
    vf_text_finish(&pipe->line);
    vf_parts_finish(&pipe->parts);
    vf_history_finish(&pipe->unanswered);
    vf_message_destroy(&pipe->last);
}
