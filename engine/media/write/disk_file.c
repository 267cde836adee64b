/* SPDX-License-Identifier: MIT */
#include "engine/media/write/disk_file.h"

#include <errno.h>
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/new_file.h"
#include "engine/base/write_all.h"
#include "engine/media/libav/compat.h"

#define BUFFER_SIZE (256 << 10) /* as large as libav's own for files */

struct disk_file {
    int fd;
    int64_t position;
    int code; /* the first error, libav's */
    bool is_appended;
    bool has_file, is_whole;
    struct vf_new_file file;
};

static int fail(struct disk_file *disk, int err)
{
    if (!disk->code)
        disk->code = AVERROR(-err);
    return AVERROR(-err);
}

static int write_bytes(void *opaque, vf_compat_written *bytes, int size)
{
    struct disk_file *disk = opaque;
    int done = 0;
    if (disk->is_appended) {
        int err = vf_write_all(disk->fd, bytes, (size_t)size);
        return err ? fail(disk, err) : size;
    }
    while (done < size) {
        ssize_t count =
            pwrite(disk->fd, bytes + done, (size_t)(size - done), disk->position + done);
        if (count < 0 && errno != EINTR)
            return fail(disk, -errno);
        done += count < 0 ? 0 : (int)count;
    }
    disk->position += size;
    return size;
}

static int read_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct disk_file *disk = opaque;
    ssize_t count;
    do
        count = pread(disk->fd, bytes, (size_t)size, disk->position);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return count ? fail(disk, -errno) : AVERROR_EOF;
    disk->position += count;
    return (int)count;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct disk_file *disk = opaque;
    struct stat status;
    if (fstat(disk->fd, &status) != 0)
        return fail(disk, -errno);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return status.st_size;
    case SEEK_CUR:
        offset += disk->position;
        break;
    case SEEK_END:
        offset += status.st_size;
        break;
    default:
        break;
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    disk->position = offset;
    return offset;
}

static int make_context(AVIOContext **context, struct disk_file *disk, enum vf_disk_file_use use)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    bool is_read = use == VF_DISK_FILE_READ;
    if (buffer)
        *context =
            avio_alloc_context(buffer, BUFFER_SIZE, !is_read, disk, is_read ? read_bytes : NULL,
                               is_read ? NULL : write_bytes, disk->is_appended ? NULL : seek);
    if (!*context)
        av_free(buffer);
    return *context ? 0 : AVERROR(ENOMEM);
}

int vf_disk_file_wrap(AVIOContext **context, int fd, enum vf_disk_file_use use)
{
    struct disk_file *disk = calloc(1, sizeof(*disk));
    *context = NULL;
    if (!disk)
        return AVERROR(ENOMEM);
    *disk = (struct disk_file){.fd = fd, .is_appended = use == VF_DISK_FILE_APPEND};
    int code = make_context(context, disk, use);
    if (code < 0)
        free(disk);
    return code;
}

int vf_disk_file_create(AVIOContext **context, const char *path, bool is_whole)
{
    struct disk_file *disk = calloc(1, sizeof(*disk));
    *context = NULL;
    if (!disk)
        return AVERROR(ENOMEM);
    disk->has_file = true;
    disk->is_whole = is_whole;
    int err = vf_new_file_init(&disk->file, path, false);
    if (!err)
        err = vf_new_file_create(&disk->file);
    if (!err && !is_whole)
        err = vf_new_file_show(&disk->file);
    if (!err)
        err = vf_new_file_empty(&disk->file);
    disk->fd = disk->file.fd;
    int code = err ? AVERROR(-err) : make_context(context, disk, VF_DISK_FILE_WRITE);
    if (code < 0) {
        vf_new_file_remove(&disk->file);
        vf_new_file_finish(&disk->file);
        free(disk);
    }
    return code;
}

bool vf_disk_file_is(const AVIOContext *context)
{
    return context->write_packet == write_bytes || context->read_packet == read_bytes;
}

const char *vf_disk_file_path(const AVIOContext *context)
{
    const struct disk_file *disk = vf_disk_file_is(context) ? context->opaque : NULL;
    return disk && disk->has_file ? disk->file.path : NULL;
}

int vf_disk_file_close(AVIOContext **context)
{
    struct disk_file *disk = (*context)->opaque;
    if ((*context)->write_flag)
        avio_flush(*context);
    int code = disk->code;
    if (disk->has_file && code < 0)
        vf_new_file_remove(&disk->file);
    if (disk->has_file && code >= 0) {
        int err = vf_new_file_publish(&disk->file);
        code = err ? AVERROR(-err) : 0;
    }
    if (disk->has_file)
        vf_new_file_finish(&disk->file);
    free(disk);
    av_freep(&(*context)->buffer);
    avio_context_free(context);
    return code;
}
