/* SPDX-License-Identifier: MIT */
#include "engine/media/write/mp4/assembly.h"

#include <errno.h>
#include <libavutil/intreadwrite.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/write_all.h"

/* At 3 GB a second no slower than copy_file_range(), which would be called for each fragment, and
 * which not every file system has. */
#define BUFFER_SIZE (1u << 20)
#define SMALL_HEAD 8
#define LARGE_HEAD 16

struct assembly {
    int from, to;
    uint8_t *buffer;
    size_t filled;
    int64_t written;
};

struct box {
    int64_t place, size; /* of what is in it */
    bool is_data;
};

static int write_out(struct assembly *assembly)
{
    int err = vf_write_all(assembly->to, assembly->buffer, assembly->filled);
    if (err)
        return err;
    assembly->written += (int64_t)assembly->filled;
    assembly->filled = 0;
    return VF_OK;
}

static int put(struct assembly *assembly, const uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t count = size - done;
        if (count > BUFFER_SIZE)
            count = BUFFER_SIZE;
        memcpy(assembly->buffer, bytes + done, count);
        assembly->filled = count;
        int err = write_out(assembly);
        if (err)
            return err;
        done += count;
    }
    return VF_OK;
}

/* Returns how much was read: less than asked for only at the end of the file. */
static ssize_t read_at(int fd, uint8_t *bytes, size_t size, int64_t place)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(fd, bytes + done, size - done, place + (int64_t)done);
        if (count < 0 && errno != EINTR)
            return -errno;
        if (count == 0)
            break;
        done += count < 0 ? 0 : (size_t)count;
    }
    return (ssize_t)done;
}

/* Looks at the box that begins at `place`. Returns VF_END after the last one. */
static int look_at_box(const struct assembly *assembly, int64_t place, struct box *box)
{
    uint8_t head[LARGE_HEAD] = {0};
    ssize_t count = read_at(assembly->from, head, sizeof(head), place);
    if (count <= 0)
        return count ? (int)count : VF_END;
    bool is_large = AV_RB32(head) == 1;
    int64_t size = is_large ? (int64_t)AV_RB64(head + SMALL_HEAD) : (int64_t)AV_RB32(head);
    int64_t head_size = is_large ? LARGE_HEAD : SMALL_HEAD;
    if (count < head_size || size < head_size)
        return -EPROTO;
    *box = (struct box){place + head_size, size - head_size, memcmp(head + 4, "mdat", 4) == 0};
    return VF_OK;
}

static int copy(struct assembly *assembly, const struct box *box)
{
    int64_t done = 0;
    while (done < box->size) {
        size_t room = BUFFER_SIZE - assembly->filled;
        int64_t left = box->size - done;
        size_t wanted = left < (int64_t)room ? (size_t)left : room;
        ssize_t count =
            read_at(assembly->from, assembly->buffer + assembly->filled, wanted, box->place + done);
        if (count != (ssize_t)wanted)
            return count < 0 ? (int)count : -EPROTO;
        assembly->filled += wanted;
        done += count;
        int err = assembly->filled == BUFFER_SIZE ? write_out(assembly) : VF_OK;
        if (err)
            return err;
    }
    return VF_OK;
}

static int copy_data(struct assembly *assembly, int64_t *size)
{
    struct box box = {0};
    int64_t place = 0;
    int err;
    *size = 0;
    while (!(err = look_at_box(assembly, place, &box))) {
        err = box.is_data ? copy(assembly, &box) : VF_OK;
        if (err)
            return err;
        *size += box.is_data ? box.size : 0;
        place = box.place + box.size;
    }
    return err == VF_END ? write_out(assembly) : err;
}

static int assemble(struct assembly *assembly, const struct vf_mp4_front *front)
{
    int64_t copied;
    int err = put(assembly, front->bytes, front->size);
    if (!err)
        err = copy_data(assembly, &copied);
    if (!err && copied + (int64_t)front->tail_size != front->data_size)
        err = -EPROTO;
    return err ? err : put(assembly, front->tail, front->tail_size);
}

/* Do not fill a disk for nothing: others write to it, too. */
static int check_room(int fd, const struct vf_mp4_front *front)
{
    struct statvfs disk;
    if (fstatvfs(fd, &disk) != 0)
        return VF_OK; /* writing will show */
    uint64_t needed = ((uint64_t)front->data_size + front->size) / disk.f_frsize;
    return needed < disk.f_bavail ? VF_OK : -ENOSPC;
}

int vf_mp4_assemble(int to, int fragments, const struct vf_mp4_front *front, int64_t *size_bytes)
{
    struct assembly assembly = {.from = fragments, .to = to, .buffer = malloc(BUFFER_SIZE)};
    int err = assembly.buffer ? check_room(to, front) : -ENOMEM;
    if (!err)
        err = assemble(&assembly, front);
    free(assembly.buffer);
    *size_bytes = assembly.written;
    return err;
}
