/* SPDX-License-Identifier: MIT */
#include "engine/task/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/letter_names.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/message/description_json.h"
#include "engine/task/letter_payload.h"

#define MAX_NAMES 100000 /* that may be taken already */

/* The files of one letter: a note, which is last, and one for each input that holds something. They
 * have names of their own while they are written, of which the note's keeps others away. */
struct envelope {
    int folder;
    char *stem;
    int note; /* open */
};

static uint64_t number_of(const struct vf_dead_letter *letter)
{
    for (unsigned i = 0; i < letter->input_count; i++) {
        if (letter->inputs[i])
            return letter->inputs[i]->description.origin.number;
    }
    return 0;
}

/* Creates a file under the name that it has until it is complete. Returns its descriptor. */
static int create_part(int folder, const char *name)
{
    char *part = vf_text_format(".%s.part", name);
    int fd = part ? openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
    int err = part ? -errno : -ENOMEM;
    free(part);
    return fd < 0 ? err : fd;
}

/* Closes such a file and gives it its name, or removes it. Returns the first error. */
static int finish_part(int folder, const char *name, int fd, int err)
{
    char *part = vf_text_format(".%s.part", name);
    if (!part && !err)
        err = -ENOMEM;
    if (close(fd) != 0 && !err)
        err = -errno;
    if (!err)
        err = vf_new_file_rename(folder, part, folder, name);
    if (err && part)
        (void)unlinkat(folder, part, 0);
    free(part);
    return err;
}

static const char *const payloads[] = {VF_LETTER_PAYLOADS}; /* what names of their files end in */

/* Whether there is a file of this name. Takes the name; NULL: out of memory. */
static int look_for(int folder, char *name)
{
    if (!name)
        return -ENOMEM;
    bool is_there = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    free(name);
    return is_there ? -EEXIST : VF_OK;
}

/* Whether there is a file that a letter of that many inputs can come to write: of another letter,
 * or of somebody else. -EEXIST: there is. */
static int look_for_files(int folder, const char *stem, unsigned inputs)
{
    int err = look_for(folder, vf_text_format("%s." VF_LETTER_NOTE, stem));
    for (size_t at = 0; at < VF_COUNT(payloads) && !err; at++) {
        if (inputs == 1)
            err = look_for(folder, vf_text_format("%s.%s", stem, payloads[at]));
        for (unsigned i = 1; inputs > 1 && i <= inputs && !err; i++)
            err = look_for(folder, vf_text_format("%s.%u.%s", stem, i, payloads[at]));
    }
    return err;
}

/* Opens a note under a name that nobody has. -EEXIST: somebody has this one. */
static int try_stem(struct envelope *envelope, const char *name, unsigned inputs)
{
    envelope->note = create_part(envelope->folder, name);
    if (envelope->note < 0)
        return envelope->note;
    /* No other letter can have that name now; but there may be one. */
    int err = look_for_files(envelope->folder, envelope->stem, inputs);
    if (!err)
        return VF_OK;
    err = finish_part(envelope->folder, name, envelope->note, err);
    envelope->note = -1;
    return err;
}

static int open_envelope(struct envelope *envelope, const struct vf_dead_letter *letter)
{
    *envelope = (struct envelope){.folder = -1, .note = -1};
    envelope->folder = open(letter->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = envelope->folder < 0 ? -errno : -EEXIST;
    for (unsigned i = 1; err == -EEXIST && i <= MAX_NAMES; i++) {
        free(envelope->stem);
        envelope->stem =
            i == 1 ? vf_text_format("%s-%" PRIu64, letter->task, number_of(letter))
                   : vf_text_format("%s-%" PRIu64 "-%u", letter->task, number_of(letter), i);
        if (envelope->stem)
            vf_letter_name_flatten(envelope->stem);
        char *name = envelope->stem ? vf_text_format("%s." VF_LETTER_NOTE, envelope->stem) : NULL;
        err = name ? try_stem(envelope, name, letter->input_count) : -ENOMEM;
        free(name);
    }
    return err;
}

static void close_envelope(struct envelope *envelope)
{
    if (envelope->folder >= 0)
        close(envelope->folder);
    free(envelope->stem);
}

static void complain(const struct vf_dead_letter *letter, const char *name, int err)
{
    if (err)
        vf_log(VF_LOG_ERROR, "%s/%s cannot be written: %s", letter->folder, name, strerror(-err));
}

/* Writes what an input holds. *name becomes that of its file, the caller's; NULL: it holds
 * nothing. */
static int keep_payload(const struct envelope *envelope, const struct vf_dead_letter *letter,
                        unsigned input, char **name)
{
    struct vf_letter_payload payload;
    int err = vf_letter_payload_init(&payload, letter->inputs[input]);
    *name = NULL;
    if (!err && payload.extension) {
        *name = letter->input_count == 1
                    ? vf_text_format("%s.%s", envelope->stem, payload.extension)
                    : vf_text_format("%s.%u.%s", envelope->stem, input + 1, payload.extension);
        int fd = *name ? create_part(envelope->folder, *name) : -ENOMEM;
        err = fd < 0 ? fd : vf_write_all(fd, payload.bytes, payload.size);
        if (fd >= 0)
            err = finish_part(envelope->folder, *name, fd, err);
    }
    vf_letter_payload_finish(&payload);
    complain(letter, *name ? *name : envelope->stem, err);
    return err;
}

static json_t *seconds(int64_t timestamp, struct vf_rational base)
{
    return timestamp == VF_NO_TIMESTAMP || base.den == 0
               ? json_null()
               : json_real((double)timestamp * base.num / base.den);
}

/* Keeps one input, and says in the note what it is. The note also says what could not be kept. */
static int keep_input(const struct envelope *envelope, const struct vf_dead_letter *letter,
                      unsigned input, json_t *inputs)
{
    const struct vf_description *description = &letter->inputs[input]->description;
    char *name;
    int err = keep_payload(envelope, letter, input, &name);
    json_t *row = vf_description_to_json(&letter->inputs[input]->description);
    json_t *origin =
        json_pack("{s:I, s:I, s:I}", "task", (json_int_t)(description->origin.stream >> 8), "port",
                  (json_int_t)(description->origin.stream & 0xff), "number",
                  (json_int_t)description->origin.number);
    json_object_set_new(row, "input", json_integer(input + 1));
    json_object_set_new(row, "origin", origin);
    json_object_set_new(row, "timestamp_seconds",
                        seconds(description->timestamp, description->time_base));
    json_object_set_new(row, "bytes", json_integer((json_int_t)description->payload_size));
    json_object_set_new(row, "file", name && !err ? json_string(name) : json_null());
    json_array_append_new(inputs, row);
    free(name);
    return err;
}

static json_t *now(void)
{
    char date[32];
    time_t time_s = time(NULL);
    struct tm utc;
    gmtime_r(&time_s, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(date);
}

/* Writes the note. Takes `inputs`. */
static int keep_note(const struct envelope *envelope, const struct vf_dead_letter *letter,
                     json_t *inputs)
{
    char *name = vf_text_format("%s." VF_LETTER_NOTE, envelope->stem);
    const char *details = letter->details;
    json_t *note = json_pack("{s:s, s:o, s:o*, s:o, s:o}", "task", letter->task, "cause",
                             vf_text_to_json(letter->cause, strlen(letter->cause)), "details",
                             details ? vf_text_to_json(details, strlen(details)) : NULL, "time",
                             now(), "inputs", inputs);
    char *text = note ? json_dumps(note, JSON_INDENT(2)) : NULL;
    int err = name && text ? VF_OK : -ENOMEM;
    if (!err)
        err = vf_write_all(envelope->note, text, strlen(text));
    if (!err)
        err = vf_write_all(envelope->note, "\n", 1);
    if (name)
        err = finish_part(envelope->folder, name, envelope->note, err);
    complain(letter, name ? name : envelope->stem, err);
    free(text);
    free(name);
    json_decref(note);
    return err;
}

static int keep(const struct vf_dead_letter *letter)
{
    struct envelope envelope;
    int err = open_envelope(&envelope, letter);
    if (err && envelope.folder < 0) {
        vf_log(VF_LOG_ERROR, "%s cannot keep dead letters: %s", letter->folder, strerror(-err));
    } else if (err) {
        complain(letter, envelope.stem ? envelope.stem : letter->task, err);
    } else {
        json_t *inputs = json_array();
        for (unsigned i = 0; i < letter->input_count; i++) {
            int failure = letter->inputs[i] ? keep_input(&envelope, letter, i, inputs) : VF_OK;
            err = err ? err : failure;
        }
        int failure = keep_note(&envelope, letter, inputs);
        err = err ? err : failure;
    }
    close_envelope(&envelope);
    return err;
}

int vf_dead_letter_write(const struct vf_dead_letter *letter)
{
    vf_log(VF_LOG_WARNING, "frame %" PRIu64 " is put aside: %s %s", number_of(letter), letter->task,
           letter->cause);
    return letter->folder ? keep(letter) : VF_OK;
}
