/* SPDX-License-Identifier: MIT */
#include "nodes/write/writer_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/place.h"
#include "engine/media/write/clips/edge.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"

bool vf_writer_is_by_source(const struct vf_output_settings *settings)
{
    return settings->per_source || vf_file_name_has(settings->path, "source") ||
           vf_file_name_has(settings->path, "folder");
}

struct vf_retention_settings vf_writer_retention(const struct vf_output_settings *settings)
{
    return (struct vf_retention_settings){settings->keep, settings->keep_for_ns,
                                          settings->keep_bytes, settings->min_free_bytes};
}

static int check_retention(const struct vf_output_settings *settings, bool is_stream, char *problem,
                           size_t problem_size)
{
    const struct vf_retention_settings retention = vf_writer_retention(settings);
    if (!is_stream || (!vf_retention_removes(&retention) && !settings->min_free_bytes))
        return vf_retention_check(&retention, settings->path, problem, problem_size);
    snprintf(problem, problem_size,
             "\"%s\" is a stream; keep, keep_for, keep_size and min_free are for files",
             settings->path);
    return -EINVAL;
}

static int check_verify(const struct vf_output_settings *settings, bool is_stream, char *problem,
                        size_t problem_size)
{
    if (vf_output_is_stream(settings->path) && settings->receipt) {
        snprintf(problem, problem_size, "receipt: \"%s\" is a stream; receipts are for files",
                 settings->path);
        return -EINVAL;
    }
    if (!vf_output_is_stream(settings->path) || settings->verify <= VF_OUTPUT_VERIFY_COUNTS)
        return check_retention(settings, is_stream, problem, problem_size);
    snprintf(problem, problem_size,
             "verify: \"%s\" is a stream, which cannot be read again; use counts or none",
             settings->path);
    return -EINVAL;
}

static int check_series(const struct vf_output_settings *settings, bool is_stream, char *problem,
                        size_t problem_size)
{
    bool has_segments = settings->segment_ns || settings->segment_bytes;
    bool is_series = vf_output_names_are_many(settings->path);
    const char *what = has_segments           ? "segments are"
                       : settings->per_source ? "a file for each source is"
                                              : NULL;
    if (is_stream && (is_series || what))
        snprintf(problem, problem_size, "\"%s\" is one stream; series are for files such as %s",
                 settings->path, "out-{seq:04d}.mp4");
    else if (what && !is_series)
        snprintf(problem, problem_size,
                 "%s asked for, but \"%s\" is one file; name them by a pattern such as "
                 "out-{seq:04d}.mp4",
                 what, settings->path);
    else
        return check_verify(settings, is_stream, problem, problem_size);
    return -EINVAL;
}

/* Pieces are of pictures that are encoded, each by itself, for one file. */
static int check_checkpoint(const struct vf_output_settings *settings, bool is_stream,
                            char *problem, size_t problem_size)
{
    const char *reason = NULL;
    if (!settings->checkpoint_ns)
        return VF_OK;
    if (settings->checkpoint_ns < VF_NS_PER_S / 10)
        reason = "is less than 0.1 s; minutes are usual";
    else if (is_stream || vf_output_is_stream(settings->path))
        reason = "is for files; a stream cannot be gone on with";
    else if (vf_writer_is_by_source(settings) || vf_output_names_are_many(settings->path))
        reason = "is for one file; of a series, all but the last file are complete after a crash";
    else if (strcmp(settings->codec, "copy") == 0)
        reason = "is for what is encoded; to copy it again is as quick";
    else if (settings->fps.num)
        reason = "does not go with fps: what is repeated or left out depends on what came before";
    if (!reason)
        return VF_OK;
    snprintf(problem, problem_size, "checkpoint: it %s", reason);
    return -EINVAL;
}

int vf_writer_choose(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                     char *problem, size_t problem_size)
{
    int err = VF_OK;
    if (!strstr(settings->path, "://"))
        err = vf_file_name_check(settings->path, problem, problem_size);
    if (!err)
        err = vf_output_choose(choice, settings, problem, problem_size);
    if (!err)
        err = check_checkpoint(settings, choice->is_stream, problem, problem_size);
    return err ? err : check_series(settings, choice->is_stream, problem, problem_size);
}

/* Fields of a name of which no two clips need have the same. */
static bool tells_clips_apart(const char *path)
{
    static const char *const fields[] = {"seq", "n", "pts", "time", "date", "source_time"};
    bool does = false;
    for (size_t i = 0; i < VF_COUNT(fields); i++)
        does = does || vf_file_name_has(path, fields[i]);
    return does;
}

/* Returns what is wrong with segments of which events are told; NULL: nothing. */
static const char *find_segment_mistake(const struct vf_output_settings *settings)
{
    const char *field;
    if (vf_file_name_has_subject(settings->path, &field))
        return "path: {what}, {where}, {class} and {track} are of one event, and segments of none; "
               "leave them out, or segment_time";
    if (vf_writer_is_by_source(settings))
        return "path: segments with events are one recording, and do not go with per_source, "
               "{source} and {folder}";
    if (settings->cut != VF_OUTPUT_CUT_KEY)
        return "cut: it is of clips; with segment_time all is recorded";
    if (settings->fps.num)
        return "fps: it does not go with when: put a rate node in front of it";
    return NULL;
}

/* Returns what is wrong with clips; NULL: nothing. */
static const char *find_clip_mistake(const struct vf_output_settings *settings,
                                     const struct vf_output_choice *choice)
{
    if (choice->is_stream || vf_output_is_stream(settings->path))
        return "path: a stream has no clips; when is for files such as clip-{seq:04d}.mp4";
    if (!choice->has_pictures)
        return "path: clips have pictures, which this container cannot hold; write .mp4 or .mkv";
    if (!tells_clips_apart(settings->path))
        return "path: all clips would have one name; put {seq}, {date} or {source_time} into it, "
               "as "
               "in clip-{seq:04d}.mp4";
    if (settings->per_source)
        return "per_source: it does not go with when: a clip is of one source as it is";
    if (settings->checkpoint_ns)
        return "checkpoint: it does not go with when: of clips, all but the last are complete "
               "after a "
               "crash";
    if (settings->fps.num)
        return "fps: it does not go with when: put a rate node in front of it";
    if (settings->split != VF_OUTPUT_SPLIT_NONE)
        return "split: it does not go with when: clips are cut from one stream; with segment_time "
               "it does";
    if (settings->cut == VF_OUTPUT_CUT_EXACT && choice->is_copy &&
        !vf_edge_suits(choice->container))
        return "cut: it is exact for .mp4, .mov, .mkv and .ts: other containers do not have what "
               "is "
               "encoded beside what is copied";
    return NULL;
}

int vf_writer_check_clips(const struct vf_output_settings *settings,
                          const struct vf_output_choice *choice, bool has_when, bool has_video,
                          char *problem, size_t problem_size)
{
    bool is_of_segments = settings->segment_ns || settings->segment_bytes;
    const char *field, *mistake = !has_when        ? NULL
                                  : is_of_segments ? find_segment_mistake(settings)
                                                   : find_clip_mistake(settings, choice);
    if (!has_when && vf_file_name_has_subject(settings->path, &field)) {
        snprintf(problem, problem_size,
                 "path: {%s} is of events, and of the objects that they are of; connect an input "
                 "when",
                 field);
        return -EINVAL;
    }
    if (!has_when && settings->cut != VF_OUTPUT_CUT_KEY)
        mistake = "cut: it is of clips; connect an input when";
    else if (has_when && !has_video && !mistake)
        mistake = "there are no pictures to record; connect video";
    if (!mistake)
        return VF_OK;
    snprintf(problem, problem_size, "%s", mistake);
    return -EINVAL;
}
