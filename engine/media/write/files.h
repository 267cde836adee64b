/* SPDX-License-Identifier: MIT */
/* files.h - packets of all tracks into one file, or into a series of files.
 *
 * A file of a series begins with a key frame, and its timestamps at zero. Other tracks go into the
 * file in whose time they begin: so where files meet, they wait for the leading track, and that for
 * sound. What comes before vf_output_files_begin() is kept until then.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_FILES_H
#define VF_ENGINE_MEDIA_WRITE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/write/muxer.h"
#include "engine/media/write/schedule.h"
#include "engine/message/message.h"

/* What has become of one file. */
struct vf_output_file {
    const char *path;   /* lent */
    const char *source; /* what its first frame was read from, lent; "": it was not known then */
    uint64_t frames;    /* or packets of sound, where there are no pictures, */
    int64_t length_us;  /* and how long they last */
    struct vf_muxer_end end;
    uint64_t taken, encoded; /* frames that came, and packets made of them, up to its end and in all
                                files before; filled in by the output */
    bool is_complete;
};

/* Who names the files, and hears of them. */
struct vf_output_listener {
    void *context;
    int (*name_file)(void *context, const struct vf_description *first, char **path);
    void (*tell_file)(void *context, const struct vf_output_file *file);
    /* Hears of each packet of the leading track that goes into the present file, before that is told.
     * NULL: nobody does. */
    int (*note_lead)(void *context, const struct AVPacket *packet);
};

/* Starts as {.run, .choice, .settings, .listener, .is_series}, which it borrows. */
struct vf_output_files {
    struct vf_node_run *run;
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    struct vf_output_listener listener;
    bool is_series;
    const struct vf_media_tracks *tracks; /* from the beginning on */
    struct vf_muxer *muxer;               /* of the present file */
    struct vf_packet_queue kept[VF_MAX_TRACKS];
    bool is_over[VF_MAX_TRACKS]; /* no more of that track comes */
    char source[VF_SOURCE_SIZE]; /* of the first frame of the present file */
    int64_t zero; /* the time of the file's first frame, in the leading track's time base */
    struct vf_cut_queue cuts; /* where the next files begin */
    const char *problem;      /* with what the last file is made of; NULL: none. Borrowed */
    bool has_ended, has_failed;
};

/* Creates the file of an output that has only one, before anything comes. */
VF_MUST_CHECK int vf_output_files_open(struct vf_output_files *files);

/* Begins the first file, with the frame that `first` describes and whose packet has the timestamp
 * `zero`. Borrows `tracks` until the end. */
VF_MUST_CHECK int vf_output_files_begin(struct vf_output_files *files,
                                        const struct vf_media_tracks *tracks,
                                        const struct vf_description *first, int64_t zero);
bool vf_output_files_are_begun(const struct vf_output_files *files);

/* Asks for a new file, by what leads. */
VF_MUST_CHECK int vf_output_files_cut(struct vf_output_files *files, const struct vf_cut *cut);

/* Takes a packet of a track, whose time base must be set, and writes what can be written. */
VF_MUST_CHECK int vf_output_files_write(struct vf_output_files *files, unsigned track,
                                        const struct AVPacket *packet);

size_t vf_output_files_kept_bytes(const struct vf_output_files *files);

/* Returns how much is in the present file. */
int64_t vf_output_files_present_bytes(const struct vf_output_files *files);

/* Writes what is left, and ends the last file, which `is_complete` or not. */
VF_MUST_CHECK int vf_output_files_end(struct vf_output_files *files, bool is_complete);

/* Gives up what has not been ended, and frees what the files own. */
void vf_output_files_finish(struct vf_output_files *files);

#endif
