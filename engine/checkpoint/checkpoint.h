/* SPDX-License-Identifier: MIT */
/* checkpoint.h - the note of what is complete of an output that is made in pieces.
 *
 * A file beside the output ("out.mp4.checkpoint") of lines of JSON: the first says of what the pieces
 * are made, each further one names a piece, which is on the disk by then. A line is flushed to the
 * disk before anybody hears that it is there; a last line that is not whole counts as none. Pieces
 * stand beside it ("out.mp4.checkpoint-000003").
 */
#ifndef VF_ENGINE_CHECKPOINT_CHECKPOINT_H
#define VF_ENGINE_CHECKPOINT_CHECKPOINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_PIECE_DIGEST 65 /* bytes of a SHA-256 as text */

/* Who makes pieces of an output, where several do, each some of them. */
struct vf_checkpoint_shard {
    const char *name;    /* part of the name of the file; borrowed, "2-6" */
    uint64_t first, end; /* numbers of its pieces */
};

/* Holds the pictures that begin in [number * length, (number + 1) * length). */
struct vf_piece {
    uint64_t number, frames, packets;
    int64_t bytes;
    char sha256[VF_PIECE_DIGEST];
    bool is_last; /* no pictures come after it, in its shard */
};

/* Starts as {0}. */
struct vf_checkpoint {
    char *output, *path;     /* what the pieces are for, and the file */
    json_t *header;          /* the first line; NULL: there is none */
    struct vf_piece *pieces; /* their numbers rise */
    size_t count;
    uint64_t first, end_number; /* pieces below, and from there on, are those of others */
    /* Private: */
    int fd;
    int64_t *ends; /* of their lines, in the file, */
    int64_t begin; /* and of the first line, */
    int64_t end;   /* and of all that is whole */
    json_t *parts; /* names of files that runs have begun */
};

/* Returns where a piece is, or a list of them: the caller's. NULL: out of memory. */
char *vf_checkpoint_path(const char *output);
char *vf_checkpoint_piece_path(const char *output, uint64_t number);

/* What a checkpoint is opened for. */
enum vf_checkpoint_use {
    VF_CHECKPOINT_LOOK, /* to read it; -ENOENT where there is none */
    VF_CHECKPOINT_ADD,  /* to write to it, too; it is created where there is none */
    VF_CHECKPOINT_OWN,  /* the same, and to have it for this process and those that it starts, until
                           all have ended; -EBUSY where others have it */
};

/* Opens the file, and reads what is in it. Finish the checkpoint in any case. Logs failures, but that
 * there is none. */
VF_MUST_CHECK int vf_checkpoint_open(struct vf_checkpoint *checkpoint, const char *output,
                                     enum vf_checkpoint_use use);

/* The same for the pieces of a shard: its file is called "out.mp4.checkpoint.2-6". */
VF_MUST_CHECK int vf_checkpoint_open_shard(struct vf_checkpoint *checkpoint, const char *output,
                                           const struct vf_checkpoint_shard *shard,
                                           enum vf_checkpoint_use use);

/* Returns whether shards have begun to make pieces. */
bool vf_checkpoint_has_shards(const struct vf_checkpoint *checkpoint);

/* Takes over the pieces that shards have noted, if there are any, and their header. Where one is not
 * complete, or was made of something else, takes over nothing: its name, to be freed, is *missing; else
 * NULL. Logs a failure. */
VF_MUST_CHECK int vf_checkpoint_gather(struct vf_checkpoint *checkpoint, char **missing);

/* Removes all pieces, and what an earlier run has left of some, and begins with a first line. */
VF_MUST_CHECK int vf_checkpoint_begin(struct vf_checkpoint *checkpoint, const json_t *header);

/* Forgets all pieces but the first `count`, and removes them. */
VF_MUST_CHECK int vf_checkpoint_cut(struct vf_checkpoint *checkpoint, size_t count);

/* Notes a piece that is on the disk. Logs a failure. */
VF_MUST_CHECK int vf_checkpoint_add(struct vf_checkpoint *checkpoint, const struct vf_piece *piece);

/* Notes where the output is while it is not whole, or where what there was of it was left: beside
 * it. */
VF_MUST_CHECK int vf_checkpoint_note_part(struct vf_checkpoint *checkpoint, const char *path);

/* Removes what runs that were stopped or killed have left there. */
void vf_checkpoint_remove_parts(const struct vf_checkpoint *checkpoint);

/* Removes the file, where nothing has been written to it. */
void vf_checkpoint_discard(const struct vf_checkpoint *checkpoint);

/* Removes the file, those of shards, and then all pieces. */
void vf_checkpoint_remove(struct vf_checkpoint *checkpoint);

void vf_checkpoint_finish(struct vf_checkpoint *checkpoint);

#endif
