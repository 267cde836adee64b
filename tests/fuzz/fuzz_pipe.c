/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for what a program writes to its standard output, in a form that the first byte
 * chooses: raw frames, y4m, nut, or lines of JSON. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/media/pipe/frame_reader.h"
#include "engine/node/node.h"
#include "nodes/pipe/lines.h"

#define LARGEST 4096 /* side of a picture; more only costs memory */

static const char *const forms[] = {"rawvideo", "y4m", "nut"};

static void read_lines(int fd)
{
    struct vf_line_reader reader = {.fd = fd};
    const char *complaint;
    int err = VF_OK;
    while (err == VF_OK || err == -EBADMSG) {
        struct vf_message *message = NULL;
        err = vf_line_reader_take(&reader, &message, &complaint);
        if ((err == VF_OK) != (message != NULL))
            abort();
        vf_message_destroy(&message);
    }
    if (err != VF_END && err != -ENOMEM)
        abort();
    vf_line_reader_finish(&reader);
}

static void await(const struct vf_frame_reader *reader)
{
    struct pollfd item = {.fd = vf_frame_reader_fd(reader), .events = POLLIN};
    (void)poll(&item, 1, -1);
}

static void read_frames(const char *form, int fd)
{
    struct vf_node_run run = {.is_private = true, .name = "fuzz"};
    const struct vf_video video = {
        .format = "rgb24", .width = 5, .height = 3, .frame_rate = {25, 1}};
    struct vf_frame_reader *reader;
    const char *complaint;
    if (vf_frame_reader_create(&reader, &run, form, fd, &video) != VF_OK)
        return;
    int err = VF_OK;
    while (err == VF_OK || err == -EAGAIN) {
        struct vf_message *message = NULL;
        await(reader);
        err = vf_frame_reader_read(reader, &complaint);
        if (err == VF_OK)
            err = vf_frame_reader_take(reader, NULL, &message);
        vf_message_destroy(&message);
    }
    if (err == -EBADMSG && !*complaint)
        abort();
    vf_frame_reader_destroy(&reader);
}

/* Returns whether a y4m header names a picture that is only large. */
static bool is_huge(const char *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++) {
        bool is_side = (data[i] == 'W' || data[i] == 'H') && i && data[i - 1] == ' ';
        if (is_side && strtoul(data + i + 1, NULL, 10) > LARGEST)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size ? strndup((const char *)data + 1, size - 1) : NULL;
    if (!text)
        return 0;
    vf_log_set_level(VF_LOG_ERROR);
    size_t form = data[0] % 4;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1) &&
                      lseek(fd, 0, SEEK_SET) == 0;
    if (is_written && form == 3)
        read_lines(fd);
    else if (is_written && !(form == 1 && is_huge(text, strlen(text))))
        read_frames(forms[form], fd);
    if (fd >= 0)
        close(fd);
    free(text);
    return 0;
}
