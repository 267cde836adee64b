/* SPDX-License-Identifier: MIT */
/* film, tint, blend, screen - make, change, put together and check pictures, without a codec. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "tests/stress/chance.h"
#include "tests/stress/soak_flow.h"

#define HEIGHT 48
#define WORD sizeof(uint64_t)

struct options {
    int64_t frames, plus, times, pause_ns;
};

static const struct vf_option option_table[] = {
    {"frames", "Frames of a film", VF_INTEGER64(struct options, frames), .fallback = "0"},
    {"plus", "What is added to each word", VF_INTEGER64(struct options, plus), .fallback = "0"},
    {"times", "What a word of the film is multiplied by", VF_INTEGER64(struct options, times),
     .fallback = "1"},
    {"pause", "Time that each frame takes", VF_DURATION(struct options, pause_ns), .fallback = "0"},
};

#define OPTIONS .options = VF_LIST(option_table), .options_size = sizeof(struct options)
#define PICTURES VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Grey pictures"})

static uint64_t film_word(int64_t number, size_t place)
{
    return chance_mix((uint64_t)number, place);
}

static uint64_t read_word(const struct vf_message *picture, size_t place)
{
    uint64_t word;
    memcpy(&word, picture->payload->data + place * WORD, WORD);
    return word;
}

static void write_word(struct vf_message *picture, size_t place, uint64_t word)
{
    memcpy(picture->payload->data + place * WORD, &word, WORD);
}

/* Pictures come in three widths. */
static int width_of(int64_t number)
{
    return 48 + (int)(number % 3) * 16;
}

static size_t count_words(int64_t number)
{
    return (size_t)(width_of(number) * HEIGHT) / WORD;
}

/* Makes room for picture `number`, a quarter of them in memory of its own. */
static int make_picture(struct vf_node_run *run, int64_t number, struct vf_message **picture)
{
    struct vf_payload *payload = NULL;
    size_t size = count_words(number) * WORD;
    int err =
        number % 4 ? vf_node_allocate(run, size, &payload) : vf_payload_create(&payload, size);
    if (err)
        return err;
    err = vf_message_create(picture, VF_VALUE_VIDEO, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    uint32_t width = (uint32_t)width_of(number);
    struct vf_description *description = &(*picture)->description;
    description->timestamp = number;
    description->time_base = (struct vf_rational){1, 1000};
    description->video = (struct vf_video){
        .format = "gray",
        .width = (int32_t)width,
        .height = HEIGHT,
        .plane_count = 1,
        .planes = {{.stride = width, .row_bytes = width, .rows = HEIGHT}},
    };
    return VF_OK;
}

static int take_time(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    return asked->pause_ns ? vf_node_sleep_until(run, vf_clock_now_ns() + asked->pause_ns) : VF_OK;
}

struct film {
    int64_t number, started_ns;
};

/* Frames are due by the clock, so that a film that was held up catches up. */
static int wait_until_due(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    struct film *film = run->state;
    if (!asked->pause_ns)
        return VF_OK;
    if (!film->number)
        film->started_ns = vf_clock_now_ns();
    return vf_node_sleep_until(run, film->started_ns + film->number * asked->pause_ns);
}

static int film_next(struct vf_node_run *run)
{
    const struct options *asked = run->options;
    struct film *film = run->state;
    struct vf_message *picture = NULL;
    if (film->number == asked->frames)
        return VF_END;
    int err = wait_until_due(run);
    if (err)
        return err;
    int64_t number = ++film->number;
    err = make_picture(run, number, &picture);
    for (size_t i = 0; !err && i < count_words(number); i++)
        write_word(picture, i, film_word(number, i));
    return vf_node_emit_made(run, 0, err, &picture);
}

static const struct vf_node film_node = {
    .name = "film",
    .summary = "Make pictures, each another.",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    OPTIONS,
    .state_size = sizeof(struct film),
    .outputs = PICTURES,
    .next = film_next,
};

static int tint_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct options *asked = run->options;
    struct vf_message *picture = NULL;
    int64_t number = inputs[0]->description.timestamp;
    int err = make_picture(run, number, &picture);
    if (!err)
        vf_message_follow(picture, inputs[0]);
    for (size_t i = 0; !err && i < count_words(number); i++)
        write_word(picture, i, read_word(inputs[0], i) + (uint64_t)asked->plus);
    return vf_node_emit_made(run, 0, err, &picture);
}

static const struct vf_node tint_node = {
    .name = "tint",
    .summary = "Add a number to each word of a picture.",
    .kind = VF_PROCESSOR,
    OPTIONS,
    .inputs = PICTURES,
    .outputs = PICTURES,
    .process = tint_process,
};

struct blend {
    struct vf_message *last; /* so that pictures are not given back in the order they came in */
};

static int blend_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct blend *blend = run->state;
    struct vf_message *picture = NULL;
    int64_t number = inputs[0]->description.timestamp;
    int err = make_picture(run, number, &picture);
    if (!err)
        vf_message_follow(picture, inputs[0]);
    for (size_t i = 0; !err && i < count_words(number); i++)
        write_word(picture, i, read_word(inputs[0], i) + read_word(inputs[1], i));
    err = vf_node_emit_made(run, 0, err, &picture);
    vf_message_destroy(&blend->last);
    if (!err)
        err = vf_message_clone(&blend->last, inputs[number % 2]);
    return err ? err : take_time(run);
}

static void blend_close(struct vf_node_run *run)
{
    struct blend *blend = run->state;
    vf_message_destroy(&blend->last);
}

static const struct vf_node blend_node = {
    .name = "blend",
    .summary = "Add two pictures, and keep one of them for a while.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .holds = 1,
    OPTIONS,
    .state_size = sizeof(struct blend),
    .inputs = VF_PORTS({.name = "left", .type = VF_PORT_VIDEO, .help = "Grey pictures"},
                       {.name = "right", .type = VF_PORT_VIDEO, .help = "Those to add"}),
    .outputs = PICTURES,
    .process = blend_process,
    .close = blend_close,
};

struct screen {
    int64_t number; /* of the last frame */
};

static bool is_right(const struct vf_node_run *run, const struct vf_message *picture)
{
    const struct options *asked = run->options;
    int64_t number = picture->description.timestamp;
    size_t words = count_words(number);
    if (picture->payload->size != words * WORD)
        return false;
    for (size_t i = 0; i < words; i++) {
        uint64_t expected = film_word(number, i) * (uint64_t)asked->times + (uint64_t)asked->plus;
        if (read_word(picture, i) != expected)
            return false;
    }
    return true;
}

static int screen_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct screen *screen = run->state;
    int64_t number = inputs[0]->description.timestamp, last = screen->number;
    bool is_next = run->is_realtime ? number > last : number == last + 1;
    if (!is_next) {
        vf_log(VF_LOG_ERROR, "frame %" PRId64 " came behind frame %" PRId64, number, last);
        return -EBADMSG;
    }
    if (!is_right(run, inputs[0])) {
        vf_log(VF_LOG_ERROR, "frame %" PRId64 " is not what it should be", number);
        return -EBADMSG;
    }
    screen->number = number;
    return take_time(run);
}

static const struct vf_node screen_node = {
    .name = "screen",
    .summary = "Check that every picture is what it should be.",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    OPTIONS,
    .state_size = sizeof(struct screen),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_VIDEO, .help = "Grey pictures"}),
    .consume = screen_consume,
};

extern const struct vf_node vf_node_identity; /* of the program */

static const struct vf_node *const nodes[] = {&film_node, &tint_node, &blend_node, &screen_node,
                                              &vf_node_identity};
const struct vf_node_list soak_nodes = VF_LIST(nodes);
