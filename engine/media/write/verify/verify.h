/* SPDX-License-Identifier: MIT */
/* verify.h - whether a file that has been written holds what was put into it.
 *
 * It is opened again while it stands under its provisional name. Its index has to name as many
 * packets as were written, and last as long to a frame; and, if that is asked, each packet can be
 * read, and decoded. Of containers without an index it is only known that the file is as long as
 * what was written, unless its packets are read.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_VERIFY_VERIFY_H
#define VF_ENGINE_MEDIA_WRITE_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/verify/census.h"

struct AVOutputFormat;
struct vf_node_run;

struct vf_verify_order {
    struct vf_node_run *run; /* who waits, and may be stopped meanwhile */
    const struct AVOutputFormat *container;
    enum vf_output_verify level;
    const char *path;                /* where the file is now */
    const struct vf_census *written; /* what was put into it */
    int64_t size_bytes;              /* what it is to be long; negative: nobody knows */
    bool is_list;                    /* of files that hold the packets */
    bool is_partial_list;            /* which names only the last of them */
};

/* Returns VF_OK; -EIO with one line in `problem` about what is not as it was written; VF_END when
 * the task is to stop at once; or -ENOMEM. */
VF_MUST_CHECK int vf_verify_file(const struct vf_verify_order *order, char *problem,
                                 size_t problem_size);

#endif
