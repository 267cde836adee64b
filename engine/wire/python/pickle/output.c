/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/pickle/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAME 0x95
#define FRAME_HEADER 9
#define FULL_FRAME 65536
#define LEAST_FRAME 4 /* below, a header would not pay */

static void fill_number(char *bytes, unsigned width, uint64_t number)
{
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (char)(number >> (8 * i));
}

static size_t frame_length(const struct vf_pickle_output *output)
{
    return output->pickle->length - output->frame_start - FRAME_HEADER;
}

static void end_frame(struct vf_pickle_output *output)
{
    if (!output->has_frame || output->pickle->failed)
        return;
    size_t length = frame_length(output);
    char *header = output->pickle->bytes + output->frame_start;
    if (length >= LEAST_FRAME) {
        header[0] = (char)FRAME;
        fill_number(header + 1, 8, length);
    } else {
        memmove(header, header + FRAME_HEADER, length);
        output->pickle->length -= FRAME_HEADER;
    }
    output->has_frame = false;
}

void vf_pickle_end_full_frame(struct vf_pickle_output *output)
{
    if (output->has_frame && frame_length(output) >= FULL_FRAME)
        end_frame(output);
}

void vf_pickle_put(struct vf_pickle_output *output, const char *bytes, size_t length)
{
    static const char room[FRAME_HEADER];
    if (output->is_framing && !output->has_frame) {
        output->frame_start = output->pickle->length;
        output->has_frame = true;
        vf_text_append(output->pickle, room, sizeof(room));
    }
    if (length)
        vf_text_append(output->pickle, bytes, length);
}

void vf_pickle_put_opcode(struct vf_pickle_output *output, unsigned opcode)
{
    char byte = (char)opcode;
    vf_pickle_put(output, &byte, 1);
}

void vf_pickle_put_number(struct vf_pickle_output *output, unsigned opcode, unsigned width,
                          uint64_t number)
{
    char bytes[9] = {(char)opcode};
    fill_number(bytes + 1, width, number);
    vf_pickle_put(output, bytes, 1 + width);
}

void vf_pickle_put_text(struct vf_pickle_output *output, struct vf_text *text)
{
    output->pickle->failed = output->pickle->failed || text->failed;
    vf_pickle_put(output, text->bytes, text->length);
    vf_text_finish(text);
}

void vf_pickle_put_payload(struct vf_pickle_output *output, unsigned opcode, unsigned width,
                           const char *bytes, size_t length)
{
    bool is_framing = output->is_framing;
    if (length >= FULL_FRAME) {
        end_frame(output);
        output->is_framing = false;
    }
    vf_pickle_put_number(output, opcode, width, length);
    vf_pickle_put(output, bytes, length);
    output->is_framing = is_framing;
}

static void put_memo(struct vf_pickle_output *output, char opcode, uint32_t number)
{
    /* GET and PUT with a line; with one byte; with four bytes. */
    bool is_get = opcode == 'g';
    if (output->protocol == 0) {
        struct vf_text line = {0};
        vf_text_print(&line, "%c%u\n", opcode, number);
        vf_pickle_put_text(output, &line);
    } else if (number <= UINT8_MAX) {
        vf_pickle_put_number(output, is_get ? 'h' : 'q', 1, number);
    } else {
        vf_pickle_put_number(output, is_get ? 'j' : 'r', 4, number);
    }
}

void vf_pickle_memoize_nothing(struct vf_pickle_output *output)
{
    if (output->protocol >= 4)
        vf_pickle_put_opcode(output, 0x94);
    else
        put_memo(output, 'p', output->memo_count);
    output->memo_count++;
}

/* Returns the Latin-1 character that a text is, or -1 when it is anything else. */
static int single_character(const struct vf_plain *text)
{
    const uint8_t *bytes = (const uint8_t *)text->bytes;
    if (text->length == 1)
        return bytes[0];
    if (text->length == 2 && (bytes[0] == 0xc2 || bytes[0] == 0xc3))
        return (bytes[0] & 3) << 6 | (bytes[1] & 63);
    return -1;
}

/* CPython has only one object for the empty text, for each text of one Latin-1 character, and for
 * empty bytes: they share a place in the memo wherever they occur. */
static uint32_t *slot_of(struct vf_pickle_output *output, const struct vf_plain *value)
{
    if (value->kind == VF_PLAIN_TEXT && !value->length)
        return &output->statics[VF_PICKLE_EMPTY_TEXT];
    if (value->kind == VF_PLAIN_TEXT && single_character(value) >= 0)
        return &output->statics[VF_PICKLE_CHARACTERS + single_character(value)];
    if (value->kind == VF_PLAIN_BYTES && !value->length)
        return &output->statics[VF_PICKLE_EMPTY_BYTES];
    return &output->memo[value->number];
}

void vf_pickle_memoize(struct vf_pickle_output *output, const struct vf_plain *value)
{
    vf_pickle_memoize_nothing(output);
    *slot_of(output, value) = output->memo_count;
}

void vf_pickle_memoize_static(struct vf_pickle_output *output, unsigned which)
{
    vf_pickle_memoize_nothing(output);
    output->statics[which] = output->memo_count;
}

static bool recall(struct vf_pickle_output *output, uint32_t number)
{
    if (number)
        put_memo(output, 'g', number - 1);
    return number != 0;
}

bool vf_pickle_recall(struct vf_pickle_output *output, const struct vf_plain *value)
{
    /* A list that is still open is in the memo, too; that is for enter() to refuse. */
    return !output->is_open[value->number] && recall(output, *slot_of(output, value));
}

bool vf_pickle_recall_static(struct vf_pickle_output *output, unsigned which)
{
    return recall(output, output->statics[which]);
}

bool vf_pickle_enter(struct vf_pickle_output *output, const struct vf_plain *container)
{
    if (output->is_open[container->number] || output->depth == VF_PICKLE_MAX_DEPTH)
        return false;
    output->is_open[container->number] = 1;
    output->depth++;
    return true;
}

void vf_pickle_leave(struct vf_pickle_output *output, const struct vf_plain *container)
{
    output->is_open[container->number] = 0;
    output->depth--;
}

int vf_pickle_output_init(struct vf_pickle_output *output, struct vf_text *pickle,
                          const struct vf_plain_tree *tree, int protocol,
                          struct vf_complaint *complaint)
{
    size_t size = vf_plain_tree_size(tree);
    *output = (struct vf_pickle_output){
        .pickle = pickle,
        .complaint = complaint,
        .protocol = protocol,
        .memo = calloc(size, sizeof(*output->memo)),
        .is_open = calloc(size, sizeof(*output->is_open)),
    };
    if (!output->memo || !output->is_open)
        return -ENOMEM;
    if (protocol >= 2)
        vf_pickle_put_number(output, 0x80, 1, (uint64_t)protocol);
    output->is_framing = protocol >= 4;
    return VF_OK;
}

int vf_pickle_output_end(struct vf_pickle_output *output)
{
    vf_pickle_put_opcode(output, '.');
    end_frame(output);
    return output->pickle->failed ? -ENOMEM : VF_OK;
}

void vf_pickle_output_finish(struct vf_pickle_output *output)
{
    free(output->memo);
    free(output->is_open);
}
