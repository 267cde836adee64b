/* SPDX-License-Identifier: MIT */
/* file_name.h - names of files that are made from a pattern: "out/{date:%Y%m%d}-{seq:04d}.mp4".
 *
 *     {seq}     number of the file, from 1; {seq:04d} with four digits at least
 *     {n}       the same, counted for each source from 1; {n:04d}
 *     {pts}     timestamp of its first frame, in the time base that it came with; {pts:08d}
 *     {time}    the same as hours, minutes, seconds and thousandths: 01-02-03.456
 *     {date}    when the file was begun, local time: 20260131-235959; {date:%H%M} as strftime(3)
 *     {source}  name of the file that the frame was read from, without its ending
 *     {source_time}  the time within that, as {time}
 *     {folder}  the folder of that, below the folder that the reader was given; "": in that itself
 *     {track}   number of the object that it is a picture of; {track:04d}; "none": of none
 *     {class}   the class of that, as a number; {class:02d}
 *     {what}    the event that it is a picture of; {where}: the line or zone of that
 *     {{ }}     a brace
 */
#ifndef VF_NODES_WRITE_FILE_NAME_H
#define VF_NODES_WRITE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "nodes/write/name_field.h"

/* Holds a pattern against what is known here. Returns -EINVAL with one line in `problem`: an
 * unknown field (with the nearest right one), a format that does not fit it, a brace that is not
 * closed, a number as printf writes it ("%04d") in the last part of the name, by which other programs
 * number files. */
VF_MUST_CHECK int vf_file_name_check(const char *pattern, char *problem, size_t problem_size);

/* Returns whether names differ from file to file by `field` ("seq"); NULL: by any field. */
bool vf_file_name_has(const char *pattern, const char *field);

/* Returns whether a pattern has a field that only a picture of an object or an event has: *field is
 * set to its name. */
bool vf_file_name_has_subject(const char *pattern, const char **field);

/* Returns how much of a pattern names the folder that all its names have in common, up to and with
 * its slash; 0: none. */
size_t vf_file_name_folder(const char *pattern);

/* Makes the name of a file. What comes from outside ({source}, {folder}) brings no part into it
 * that leads elsewhere, no dot at its beginning and no character that cannot be seen: each becomes
 * "_"; an empty {folder} takes the "/" after it along. {source} is cut where the name would be longer
 * than a file system takes. The name is the caller's; NULL: out of memory. Missing folders are not
 * made. */
char *vf_file_name_make(const char *pattern, const struct vf_name_facts *facts);

/* Returns the name of the second file that would be called `path`, "a-2.mp4" for "a.mp4", and so on; of
 * the first, the path. What is too long loses its end. It is the caller's; NULL: out of memory. */
char *vf_file_name_number(const char *path, unsigned number);

#endif
