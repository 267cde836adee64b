/* SPDX-License-Identifier: MIT */
#include "engine/node/reference/synonyms.h"

#include <string.h>
#include <strings.h>

#include "engine/base/array.h"
#include "engine/node/node.h"
#include "engine/node/option/option.h"

/* Where several rows have a word, the first option that the node has is meant. */
static const struct vf_synonym option_words[] = {
    {"width", "w wide"},
    {"height", "h high"},
    {"path", "file filename file_name name url uri source src location dest destination output "
             "out input in pattern folder directory dir device address"},
    {"connect", "address url endpoint socket"},
    {"bind", "address endpoint listen"},
    {"url", "address uri path endpoint"},
    {"codec", "vcodec c:v encoder video_codec"},
    {"audio", "acodec c:a audio_codec sound sound_codec"},
    {"bitrate", "b b:v bit_rate video_bitrate vbr rate"},
    {"audio_bitrate", "b:a ab sound_bitrate audio_bit_rate"},
    {"crf", "quality q qp cq cqp"},
    {"quality", "q crf qscale"},
    {"fps", "rate framerate frame_rate r"},
    {"rate", "fps framerate frame_rate hz"},
    {"pixel_format", "pix_fmt pixfmt format"},
    {"format", "container muxer demuxer f pixel_format pix_fmt"},
    {"filter", "interpolation algorithm flags scaler"},
    {"graph", "filter filters vf af chain"},
    {"start", "ss from begin seek offset"},
    {"duration", "t length time"},
    {"end", "to until"},
    {"frames", "count n limit num_frames vframes"},
    {"messages", "size length count n"},
    {"nth", "n every step"},
    {"every", "nth step n"},
    {"loop", "repeat stream_loop"},
    {"segment_time", "segment duration split segment_length"},
    {"columns", "cols layout"},
    {"color", "colour"},
    {"colour", "color"},
    {"colours", "colors color colour"},
    {"x", "left"},
    {"y", "top"},
    {"text", "label string message caption"},
    {"size", "fontsize font_size s resolution"},
    {"volume", "gain db level"},
    {"options", "opts params x264_params"},
    {"hw", "hwaccel hardware gpu"},
    {"threads", "jobs"},
};

static const struct vf_synonym port_words[] = {
    {"video", "picture pictures image images frame frames in out v"},
    {"audio", "sound sounds a track"},
    {"subtitles", "subtitle subs captions text"},
    {"packets", "packet copy"},
    {"in", "input video frames data message messages"},
    {"out", "output video frames data result"},
    {"value", "number out output result"},
};

/* Returns whether `word` is one of `words`, which have spaces between them. */
static bool has_word(const char *words, const char *word)
{
    size_t wanted = strlen(word);
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, " ");
        if (length == wanted && strncasecmp(at, word, length) == 0)
            return true;
        at += length + strspn(at + length, " ");
    }
    return false;
}

const char *vf_synonym_of_node(const struct vf_node_list *nodes, const char *word)
{
    for (size_t i = 0; nodes->synonyms && i < nodes->synonyms->count; i++) {
        const struct vf_synonym *synonym = &nodes->synonyms->items[i];
        if (has_word(synonym->words, word) && vf_node_exists(nodes, synonym->name))
            return synonym->name;
    }
    return NULL;
}

bool vf_synonym_means_node(const struct vf_node_list *nodes, const char *word, const char *node)
{
    for (size_t i = 0; nodes->synonyms && i < nodes->synonyms->count; i++) {
        const struct vf_synonym *synonym = &nodes->synonyms->items[i];
        if (strcmp(synonym->name, node) == 0 && has_word(synonym->words, word))
            return true;
    }
    return false;
}

const char *vf_synonym_of_option(const struct vf_option_list *options, const char *word)
{
    for (size_t i = 0; i < VF_COUNT(option_words); i++) {
        if (has_word(option_words[i].words, word) && vf_option_find(options, option_words[i].name))
            return option_words[i].name;
    }
    return NULL;
}

const char *vf_synonym_of_port(const struct vf_port_list *ports, const char *word)
{
    for (size_t i = 0; i < VF_COUNT(port_words); i++) {
        for (size_t j = 0; j < ports->count && has_word(port_words[i].words, word); j++) {
            if (strcmp(ports->items[j].name, port_words[i].name) == 0)
                return ports->items[j].name;
        }
    }
    return NULL;
}

bool vf_synonym_is_inputs(const char *word)
{
    struct vf_text_nearest nearest = {.wanted = word};
    vf_text_nearest_consider(&nearest, "inputs");
    return (nearest.name && nearest.distance < 3 && word[0] == 'i') ||
           has_word("from source sources src reads upstream after", word);
}
