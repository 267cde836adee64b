/* SPDX-License-Identifier: MIT */
#include "nodes/write/picture_file.h"

#include <errno.h>
#include <string.h>

#include "engine/base/aside.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/media/codec/picture_check.h"
#include "engine/media/codec/picture_encoder.h"
#include "engine/media/libav/error.h"
#include "engine/node/node.h"

#define MAX_PROBLEM 512

static int decode_again(void *context)
{
    return vf_picture_check_decode(context);
}

/* A picture is small: it is decoded to its end. */
static void watch(void *context)
{
    (void)context;
}

/* Looks whether the file is what was encoded last. What is no file on a disk has gone. */
static int verify_file(const struct vf_picture_file *picture, const struct vf_new_file *file,
                       char problem[MAX_PROBLEM])
{
    struct vf_picture_check check = {
        .fd = file->fd, .problem = problem, .problem_size = MAX_PROBLEM};
    if (picture->verify == VF_OUTPUT_VERIFY_NONE || file->way == VF_NEW_FILE_DIRECT)
        return VF_OK;
    vf_picture_encoder_describe(picture->encoder, &check);
    int err = vf_picture_check_file(&check, picture->verify >= VF_OUTPUT_VERIFY_PACKETS);
    if (err || picture->verify < VF_OUTPUT_VERIFY_DECODE)
        return err;
    const struct vf_aside aside = {decode_again, watch, &check, true};
    vf_media_log_hush(true);
    err = vf_aside_do(&aside);
    vf_media_log_hush(false);
    return err;
}

/* Keeps a file that is not what was written under the name of a part. */
static int keep_part(struct vf_node_run *run, struct vf_new_file *file, const char *problem)
{
    int err = vf_new_file_keep_part(file);
    const char *kept = file->part ? file->part : file->path;
    (void)err; /* has been logged, and it is somewhere */
    vf_log(VF_LOG_ERROR, "%s is not what was written: %s", kept, problem);
    struct vf_medium medium = {.path = kept,
                               .unit = "pictures",
                               .count = 1,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .reason = problem};
    vf_node_note_output(run, &medium);
    return -EIO;
}

static int fill_file(struct vf_new_file *file, const uint8_t *bytes, size_t size)
{
    int err = vf_new_file_create(file);
    if (!err)
        err = vf_new_file_fill(file, bytes, size);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s cannot be written: %s", file->path, strerror(-err));
        vf_new_file_remove(file);
    }
    return err;
}

int vf_picture_file_write(struct vf_node_run *run, const struct vf_picture_file *picture,
                          const uint8_t *bytes, size_t size)
{
    struct vf_new_file file;
    char problem[MAX_PROBLEM];
    int err = vf_new_file_init(&file, picture->path, picture->must_not_replace);
    if (err)
        return err;
    file.is_durable = picture->verify > VF_OUTPUT_VERIFY_COUNTS;
    err = fill_file(&file, bytes, size);
    if (!err) {
        err = verify_file(picture, &file, problem);
        err = err ? keep_part(run, &file, problem) : vf_new_file_publish(&file);
    }
    vf_new_file_finish(&file);
    return err;
}
