/* SPDX-License-Identifier: MIT */
/* file_name.h - names of files that are made from a pattern: "out/{date:%Y%m%d}-{seq:04d}.mp4".
 *
 *     {seq}     number of the file, from 1; {seq:04d} with four digits at least
 *     {pts}     timestamp of its first frame, in the time base that it came with; {pts:08d}
 *     {time}    the same as hours, minutes, seconds and thousandths: 01-02-03.456
 *     {date}    when the file was begun, local time: 20260131-235959; {date:%H%M} as strftime(3)
 *     {source}  name of the file that the frame was read from, without its ending
 *     {{ }}     a brace
 */
#ifndef VF_NODES_WRITE_FILE_NAME_H
#define VF_NODES_WRITE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Holds a pattern against what is known here. Returns -EINVAL with one line in `problem`: an
 * unknown field (with the nearest right one), a format that does not fit it, a brace that is not
 * closed. */
VF_MUST_CHECK int vf_file_name_check(const char *pattern, char *problem, size_t problem_size);

/* Returns whether names differ from file to file by `field` ("seq"); NULL: by any field. */
bool vf_file_name_has(const char *pattern, const char *field);

/* Makes the name of file number `sequence`, whose first frame `first` is, begun at `wall_ns`
 * (CLOCK_REALTIME). What comes from outside ({source}) brings no "/", no dot at its beginning and
 * no character into it that cannot be seen: each becomes "_". The name is the caller's; NULL:
 * out of memory. Missing folders are not made. */
char *vf_file_name_make(const char *pattern, uint64_t sequence, const struct vf_description *first,
                        int64_t wall_ns);

/* Makes the folders that `path` names and that are missing. Returns a negative errno, after
 * saying which one could not be made. */
VF_MUST_CHECK int vf_file_name_make_folders(const char *path);

#endif
