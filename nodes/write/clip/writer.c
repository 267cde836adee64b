/* SPDX-License-Identifier: MIT */
#include "nodes/write/clip/writer.h"

#include <errno.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

#define VIDEO 0

int vf_clip_writer_open(struct vf_clip_writer *writer, const struct vf_output_order *order)
{
    writer->order = *order;
    writer->settings = *order->settings;
    writer->choice = *order->choice;
    writer->order.choice = &writer->choice;
    writer->order.settings = &writer->settings;
    writer->events.run = order->run;
    writer->events.settings = order->settings;
    vf_told_init(&writer->told, order->run, writer->when_port);
    int err = VF_OK;
    if (!writer->choice.is_copy) {
        writer->frames_choice = order->choice;
        writer->choice.is_copy = true;
        writer->choice.encoder = NULL;
        writer->choice.device = NULL;
        err = vf_packet_maker_create(&writer->maker, order->run, order->choice, order->settings);
    }
    return err ? err : vf_clips_create(&writer->clips, &writer->order);
}

/* Writes what no event to come can change. */
static int advance(struct vf_clip_writer *writer)
{
    const struct vf_output_settings *settings = &writer->settings;
    int64_t until_ns =
        vf_told_until(&writer->told, vf_clips_newest_ns(writer->clips), settings->event_delay_ns);
    return vf_clips_advance(
        writer->clips,
        vf_told_before(vf_told_before(until_ns, settings->event_delay_ns), settings->pre_roll_ns));
}

/* Takes the packets that the encoder has made. */
static int take_made(struct vf_clip_writer *writer)
{
    struct vf_message *packet = NULL;
    int err;
    while ((err = vf_packet_maker_receive(writer->maker, &packet)) == VF_OK) {
        err = vf_clips_take(writer->clips, VIDEO, packet);
        vf_message_destroy(&packet);
        if (err)
            return err;
    }
    return err == -EAGAIN || err == VF_END ? VF_OK : err;
}

static int take_picture(struct vf_clip_writer *writer, const struct vf_message *message)
{
    writer->pictures++;
    if (!writer->maker)
        return vf_clips_take(writer->clips, VIDEO, message);
    int err = vf_packet_maker_send(writer->maker, message);
    return err ? err : take_made(writer);
}

static int take_event(struct vf_clip_writer *writer, unsigned input,
                      const struct vf_message *message)
{
    vf_told_note(&writer->told, input, message);
    writer->wanted++;
    return vf_clip_events_take(&writer->events, input, message, vf_clips_spans(writer->clips));
}

int vf_clip_writer_take(struct vf_clip_writer *writer, unsigned input,
                        const struct vf_message *message)
{
    const struct vf_node_run *run = writer->order.run;
    int err;
    if (vf_told_is_by(&writer->told, input))
        err = take_event(writer, input, message);
    else if (input == VIDEO)
        err = take_picture(writer, message);
    else
        err = writer->order.inputs[input].is_expected ? vf_clips_take(writer->clips, input, message)
                                                      : VF_OK;
    for (unsigned i = 1; i < run->input_count && !err; i++) {
        if (!writer->has_ended[i] && run->is_connected[i] && vf_node_has_ended(run, i))
            vf_clips_end_input(writer->clips, i);
        writer->has_ended[i] = vf_node_has_ended(run, i);
    }
    return err ? err : advance(writer);
}

const json_t *vf_clip_writer_event(const struct vf_clip_writer *writer)
{
    return vf_clip_events_first(&writer->events, vf_clips_span(writer->clips));
}

int vf_clip_writer_note_file(struct vf_clip_writer *writer, const char *path)
{
    return vf_clip_events_note_file(&writer->events, path, vf_clips_index(writer->clips));
}

int vf_clip_writer_end(struct vf_clip_writer *writer, bool is_complete)
{
    int err = VF_OK;
    if (writer->maker && is_complete) {
        err = vf_packet_maker_send(writer->maker, NULL);
        if (!err)
            err = take_made(writer);
    }
    int end_err = vf_clips_end(writer->clips, is_complete && !err);
    if (!err)
        err = end_err;
    return err < 0 ? err : vf_clip_events_end(&writer->events);
}

void vf_clip_writer_finish(struct vf_clip_writer *writer)
{
    vf_clips_destroy(&writer->clips);
    vf_packet_maker_destroy(&writer->maker);
    vf_clip_events_finish(&writer->events);
}
