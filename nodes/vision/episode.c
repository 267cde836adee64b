/* SPDX-License-Identifier: MIT */
#include "nodes/vision/episode.h"

#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "nodes/vision/event.h"

int vf_episode_note(struct vf_message **noted, const struct vf_message *message)
{
    struct vf_payload *none = NULL;
    int err = *noted ? VF_OK : vf_message_create(noted, VF_VALUE_NONE, &none);
    if (!err)
        (*noted)->description = message->description;
    return err;
}

static bool is_long_enough(const struct vf_episode *episode, const struct vf_message *message,
                           const struct vf_patience *patience)
{
    const struct vf_description *from = &episode->other->description, *to = &message->description;
    if (episode->messages < patience->messages)
        return false;
    if (!patience->ns || from->timestamp == VF_NO_TIMESTAMP || to->timestamp == VF_NO_TIMESTAMP)
        return true;
    double seconds = (double)to->timestamp * to->time_base.num / to->time_base.den -
                     (double)from->timestamp * from->time_base.num / from->time_base.den;
    seconds += (double)to->duration * to->time_base.num / to->time_base.den;
    return seconds * VF_NS_PER_S >= (double)patience->ns - 1;
}

int vf_episode_take(struct vf_episode *episode, bool is_so, const struct vf_message *message,
                    enum vf_turn *turn)
{
    const struct vf_patience *patience = episode->is_on ? &episode->end : &episode->begin;
    int err = VF_OK;
    *turn = VF_TURN_NONE;
    if (is_so)
        err = vf_episode_note(&episode->last, message);
    if (is_so == episode->is_on) {
        episode->messages = 0;
        return err;
    }
    if (!err && episode->messages++ == 0)
        err = vf_episode_note(&episode->other, message);
    if (err || !is_long_enough(episode, message, patience))
        return err;
    if (is_so)
        err = vf_episode_note(&episode->first, episode->other);
    episode->messages = 0;
    episode->is_on = is_so;
    *turn = is_so ? VF_TURN_BEGINS : VF_TURN_ENDS;
    return err;
}

int vf_episode_tell(struct vf_episode *episode, enum vf_turn turn, struct vf_node_run *run,
                    json_t *details, const struct vf_message *message)
{
    if (turn == VF_TURN_NONE || !vf_node_is_read(run, episode->port)) {
        json_decref(details);
        return VF_OK;
    }
    json_t *first = vf_event_frame(run, episode->first);
    json_t *last = turn == VF_TURN_ENDS ? vf_event_frame(run, episode->last) : NULL;
    const struct vf_event event = {.what = episode->what,
                                   .camera = episode->camera,
                                   .begin = first,
                                   .end = last,
                                   .details = details};
    int err = vf_event_emit(run, episode->port, &event, message);
    json_decref(first);
    json_decref(last);
    return err == VF_DROPPED ? VF_OK : err;
}

int vf_episode_end(struct vf_episode *episode, struct vf_node_run *run, json_t *details)
{
    enum vf_turn turn = episode->is_on ? VF_TURN_ENDS : VF_TURN_NONE;
    episode->is_on = false;
    return vf_episode_tell(episode, turn, run, details, episode->last);
}

void vf_episode_finish(struct vf_episode *episode)
{
    vf_message_destroy(&episode->first);
    vf_message_destroy(&episode->last);
    vf_message_destroy(&episode->other);
}
