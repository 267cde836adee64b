/* SPDX-License-Identifier: MIT */
#include "engine/journal/notices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/display.h"

#define LONGEST_TEXT 300 /* of a source and the like: several fit into a record, */
#define SHORT_TEXT 40    /* and all of them however they are escaped */
#define KEPT_RECORDS 512 /* that were heard */

int vf_notices_create(struct vf_notices *notices)
{
    *notices = (struct vf_notices){.fd = -1, .bell = -1};
    notices->fd = memfd_create("vflow-notices", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    notices->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Each write goes to the end, whoever makes it, and nobody can take away what is there. */
    if (notices->fd >= 0 && notices->bell >= 0 && fcntl(notices->fd, F_SETFL, O_APPEND) == 0 &&
        fcntl(notices->fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0)
        return VF_OK;
    int err = -errno;
    vf_notices_destroy(notices);
    return err;
}

void vf_notices_destroy(struct vf_notices *notices)
{
    if (notices->fd >= 0)
        close(notices->fd);
    if (notices->bell >= 0)
        close(notices->bell);
    notices->fd = notices->bell = -1;
}

/* Returns a text as others may see it, up to `longest` bytes of it; NULL: null. */
static json_t *shown(const char *text, size_t longest)
{
    char shortened[LONGEST_TEXT + 1];
    if (!text)
        return json_null();
    snprintf(shortened, sizeof(shortened), "%.*s", (int)longest, text);
    vf_display_clean(shortened);
    char *valid = vf_display_utf8(shortened); /* a character may have been cut */
    json_t *made = valid ? json_string(valid) : json_null();
    free(valid);
    return made;
}

/* A moment, in the form of a frame, of which nothing else is known. */
static json_t *make_moment(const struct vf_notice *notice, int64_t at_ns, size_t longest)
{
    char clock[VF_CLOCK_UTC_SIZE];
    if (!at_ns)
        return json_null();
    vf_clock_print_utc(clock, at_ns);
    return json_pack("{s:n, s:n, s:o, s:n, s:n, s:n, s:s}", "number", "timestamp", "source",
                     shown(notice->source, longest), "pts", "time_base", "source_time", "clock",
                     clock);
}

/* Makes the event, whose texts are cut to `longest` bytes. */
static json_t *make_event(const struct vf_notice *notice, size_t longest)
{
    json_t *details = notice->details ? json_copy(notice->details) : json_object();
    if (notice->cause)
        json_object_set_new(details, "cause", shown(notice->cause, longest));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:n, s:n, s:n, s:n, s:o}", "what",
                     notice->what, "where", shown(notice->where, longest), "task",
                     shown(notice->task, longest), "camera", shown(notice->source, longest),
                     "begin", make_moment(notice, notice->begin_ns, longest), "end",
                     make_moment(notice, notice->end_ns, longest), "track", "class", "score", "box",
                     "details", details);
}

/* Writes the event into a record. Returns whether it fits. */
static bool fill_record(char record[VF_NOTICE_SIZE], const struct vf_notice *notice, size_t longest)
{
    json_t *event = make_event(notice, longest);
    memset(record, 0, VF_NOTICE_SIZE);
    size_t size = event ? json_dumpb(event, record, VF_NOTICE_SIZE - 1, JSON_COMPACT) : 0;
    json_decref(event);
    return size > 0 && size < VF_NOTICE_SIZE;
}

void vf_notices_add(const struct vf_notices *notices, const struct vf_notice *notice)
{
    char record[VF_NOTICE_SIZE];
    uint64_t one = 1;
    bool is_made = notices->fd >= 0 && (fill_record(record, notice, LONGEST_TEXT) ||
                                        fill_record(record, notice, SHORT_TEXT));
    json_decref(notice->details);
    if (is_made && write(notices->fd, record, sizeof(record)) == (ssize_t)sizeof(record))
        (void)!write(notices->bell, &one, sizeof(one));
}

/* Gives back the memory of what nobody reads again. */
static void let_go(const struct vf_notices *notices, uint64_t number)
{
    if (number >= 2 * KEPT_RECORDS && number % KEPT_RECORDS == 0)
        (void)!fallocate(notices->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                         (off_t)((number - KEPT_RECORDS) * VF_NOTICE_SIZE));
}

int vf_notices_read(const struct vf_notices *notices, uint64_t number, json_t **event)
{
    char record[VF_NOTICE_SIZE + 1] = "";
    ssize_t got = -1;
    if (notices->fd >= 0)
        got = pread(notices->fd, record, VF_NOTICE_SIZE, (off_t)(number * VF_NOTICE_SIZE));
    if (got != VF_NOTICE_SIZE)
        return -EAGAIN;
    let_go(notices, number);
    *event = json_loads(record, 0, NULL);
    if (json_is_object(*event))
        return VF_OK;
    json_decref(*event);
    *event = NULL;
    return -EINVAL;
}

void vf_notices_hush(const struct vf_notices *notices)
{
    uint64_t count;
    (void)!read(notices->bell, &count, sizeof(count));
}
