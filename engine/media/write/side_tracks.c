/* SPDX-License-Identifier: MIT */
#include "engine/media/write/side_tracks.h"

#include <errno.h>
#include <libavcodec/packet.h>

#include "engine/base/log.h"
#include "engine/media/codec/announcement.h"
#include "engine/media/write/sound_track.h"
#include "engine/media/write/subtitle_track.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

static bool is_side(const struct vf_side_tracks *tracks, unsigned index)
{
    return tracks->tracks->items[index].kind != VF_TRACK_VIDEO;
}

/* Returns the place of an input's track, which it gets with its first message; VF_MAX_TRACKS: there
 * is none left. */
static unsigned find_place(struct vf_side_tracks *tracks, unsigned input)
{
    struct vf_media_tracks *list = tracks->tracks;
    for (unsigned i = 0; i < list->count; i++) {
        if (is_side(tracks, i) && tracks->sides[i].input == input)
            return i;
    }
    if (list->count == VF_MAX_TRACKS)
        return VF_MAX_TRACKS;
    list->items[list->count] = (struct vf_media_track){.kind = tracks->inputs[input].kind};
    tracks->sides[list->count] = (struct vf_side_track){.input = input};
    return list->count++;
}

static int write_sound(struct vf_side_tracks *tracks, unsigned index)
{
    AVPacket *packet;
    int err = VF_OK;
    while (!err && (err = vf_sound_track_take(tracks->sides[index].sound, &packet)) == VF_OK &&
           packet) {
        err = vf_output_files_write(tracks->files, index, packet);
        av_packet_free(&packet);
    }
    return err;
}

/* Finds out what the track is, unless it is known. Returns -EAGAIN where more must come first. */
static int know_sound(struct vf_side_tracks *tracks, unsigned index)
{
    struct vf_side_track *side = &tracks->sides[index];
    if (side->is_known)
        return VF_OK;
    int err = vf_sound_track_describe(side->sound, &tracks->tracks->items[index]);
    side->is_known = !err;
    return err;
}

static int take_sound(struct vf_side_tracks *tracks, unsigned index,
                      const struct vf_message *message)
{
    struct vf_side_track *side = &tracks->sides[index];
    const struct vf_sound_track_order order = {tracks->run, tracks->choice, tracks->settings};
    bool was_known = side->is_known;
    int err = side->sound ? VF_OK : vf_sound_track_create(&side->sound, &order, message);
    if (!err)
        err = vf_sound_track_send(side->sound, message);
    if (!err)
        err = know_sound(tracks, index);
    if (err)
        return err == -EAGAIN ? VF_OK : err;
    if (!was_known)
        tracks->tracks->items[index].is_late = vf_media_is_announcement(message);
    return write_sound(tracks, index);
}

static int take_subtitle(struct vf_side_tracks *tracks, unsigned index,
                         const struct vf_message *message)
{
    struct vf_side_track *side = &tracks->sides[index];
    AVPacket *packet = NULL;
    int err = VF_OK;
    if (!side->subtitles)
        err = vf_subtitle_track_create(&side->subtitles, tracks->run, tracks->choice, message,
                                       &tracks->tracks->items[index]);
    side->is_known = true;
    if (!err)
        err = vf_subtitle_track_convert(side->subtitles, message, &packet);
    if (!err && packet)
        err = vf_output_files_write(tracks->files, index, packet);
    av_packet_free(&packet);
    return err;
}

/* Reads what the first message of a track says of its source. */
static int note_facts(struct vf_side_tracks *tracks, unsigned index, const struct vf_message *first)
{
    const struct vf_description *description = &first->description;
    struct vf_facts *facts = &tracks->tracks->items[index].facts;
    if (facts->records || !first->payload)
        return VF_OK;
    return vf_facts_read(facts, first->payload->data + description->extras_offset,
                         description->extras_size);
}

static void refuse_late(struct vf_side_tracks *tracks, unsigned input)
{
    bool is_sound = tracks->inputs[input].kind == VF_TRACK_AUDIO;
    if (!tracks->states[input].has_told_late)
        vf_node_report_error(tracks->run, "%s: %s too late and left out", tracks->settings->path,
                             is_sound ? "sound comes" : "subtitles come");
    tracks->states[input].has_told_late = true;
}

static int refuse_surplus(const struct vf_side_tracks *tracks)
{
    vf_log(VF_LOG_ERROR, "%s: there are more than %d tracks; leave some out",
           tracks->settings->path, VF_MAX_TRACKS);
    return -EINVAL;
}

int vf_side_tracks_take(struct vf_side_tracks *tracks, unsigned input,
                        const struct vf_message *message)
{
    if (!tracks->inputs[input].is_expected)
        return VF_OK;
    if (vf_media_announces_none(message)) {
        tracks->states[input].is_over = true;
        return VF_OK;
    }
    unsigned index = find_place(tracks, input);
    if (index == VF_MAX_TRACKS)
        return refuse_surplus(tracks);
    if (!tracks->sides[index].is_known && vf_output_files_are_begun(tracks->files)) {
        refuse_late(tracks, input);
        return VF_OK;
    }
    int err = note_facts(tracks, index, message);
    if (err)
        return err;
    return tracks->inputs[input].kind == VF_TRACK_AUDIO ? take_sound(tracks, index, message)
                                                        : take_subtitle(tracks, index, message);
}

static int end_sound(struct vf_side_tracks *tracks, unsigned index)
{
    bool is_late = !tracks->sides[index].is_known && vf_output_files_are_begun(tracks->files);
    int err = vf_sound_track_send(tracks->sides[index].sound, NULL);
    if (!err && !is_late)
        err = know_sound(tracks, index);
    if (err || is_late)
        return err == -EAGAIN ? VF_OK : err; /* nothing could be decoded */
    return write_sound(tracks, index);
}

int vf_side_tracks_end_input(struct vf_side_tracks *tracks, unsigned input)
{
    int err = VF_OK;
    tracks->states[input].is_over = true;
    for (unsigned i = 0; i < tracks->tracks->count && !err; i++) {
        if (!is_side(tracks, i) || tracks->sides[i].input != input || tracks->files->is_over[i])
            continue;
        tracks->files->is_over[i] = true;
        if (tracks->sides[i].sound)
            err = end_sound(tracks, i);
    }
    return err;
}

int vf_side_tracks_end(struct vf_side_tracks *tracks)
{
    int err = VF_OK;
    for (unsigned i = 0; i < tracks->input_count && !err; i++) {
        if (tracks->inputs[i].kind != VF_TRACK_VIDEO)
            err = vf_side_tracks_end_input(tracks, i);
    }
    return err;
}

static bool is_input_known(const struct vf_side_tracks *tracks, unsigned input)
{
    if (!tracks->inputs[input].is_expected || tracks->states[input].is_over)
        return true;
    for (unsigned i = 0; i < tracks->tracks->count; i++) {
        if (is_side(tracks, i) && tracks->sides[i].input == input)
            return tracks->sides[i].is_known;
    }
    return false;
}

bool vf_side_tracks_are_known(const struct vf_side_tracks *tracks)
{
    for (unsigned i = 0; i < tracks->input_count; i++) {
        if (tracks->inputs[i].kind != VF_TRACK_VIDEO && !is_input_known(tracks, i))
            return false;
    }
    return true;
}

void vf_side_tracks_number(struct vf_side_tracks *tracks)
{
    struct vf_media_tracks *list = tracks->tracks;
    for (unsigned i = 0; i < list->count; i++) {
        if (!is_side(tracks, i))
            continue;
        list->items[i].number = 0;
        for (unsigned j = 0; j < list->count; j++)
            list->items[i].number += list->items[j].parameters &&
                                     list->items[j].kind == list->items[i].kind &&
                                     tracks->sides[j].input < tracks->sides[i].input;
    }
}

const struct vf_sound_track *vf_side_tracks_sound(const struct vf_side_tracks *tracks,
                                                  unsigned number)
{
    const struct vf_media_track *track =
        vf_media_tracks_find(tracks->tracks, VF_TRACK_AUDIO, number);
    return track ? tracks->sides[track - tracks->tracks->items].sound : NULL;
}

void vf_side_tracks_finish(struct vf_side_tracks *tracks)
{
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++) {
        vf_sound_track_destroy(&tracks->sides[i].sound);
        vf_subtitle_track_destroy(&tracks->sides[i].subtitles);
    }
}
