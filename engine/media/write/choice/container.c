/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/libav/url_scheme.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/place.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/segment_name.h"
#include "engine/media/write/choice/settings.h"

bool vf_output_opens_itself(const AVOutputFormat *container)
{
    return container->flags & AVFMT_NOFILE;
}

static const AVOutputFormat *find_by_scheme(const char *name)
{
    const struct vf_url_scheme *scheme = vf_url_scheme_find(name, strlen(name));
    return scheme && scheme->container ? av_guess_format(scheme->container, NULL, NULL) : NULL;
}

static int refuse_format(const char *name, const struct vf_output_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    void *position = NULL;
    for (const AVOutputFormat *format; (format = av_muxer_iterate(&position));) {
        if (!strchr(format->name, ','))
            vf_text_nearest_consider(&nearest, format->name);
    }
    return VF_COMPLAIN(problem, -EINVAL, "format: this libavformat has no container \"%s\"%s", name,
                       vf_text_suggest_or(&nearest, "`ffmpeg -muxers` lists what a libavformat "
                                                    "has, such as mp4, matroska or mpegts"));
}

static int find_container(struct vf_output_choice *choice,
                          const struct vf_output_settings *settings, const char *scheme,
                          const struct vf_output_problem *problem)
{
    const char *path = settings->path, *ending = strrchr(path, '.');
    if (settings->format[0]) {
        choice->container = av_guess_format(settings->format, NULL, NULL);
        return choice->container ? VF_OK : refuse_format(settings->format, problem);
    }
    choice->container = find_by_scheme(scheme);
    if (!choice->container && ending) /* the whole name might be taken for a pattern */
        choice->container = av_guess_format(NULL, ending, NULL);
    if (choice->container)
        return VF_OK;
    if (vf_output_is_standard(path))
        return VF_COMPLAIN(problem, -EINVAL,
                           "path: \"-\" does not tell a container; add a format, such as matroska, "
                           "mpegts, nut or yuv4mpegpipe");
    return VF_COMPLAIN(
        problem, -EINVAL,
        "path: the name \"%s\" does not tell a container; end it in .mp4, .mkv, .mov, "
        ".webm, .avi, .ts or .nut, or add a format",
        path);
}

static int check_container(const struct vf_output_choice *choice, const char *path,
                           const struct vf_output_problem *problem)
{
    const AVOutputFormat *container = choice->container;
    if (vf_container_traits(container)->is_no_file)
        return VF_COMPLAIN(
            problem, -EINVAL,
            "path: \"%s\" would be %s, which is not one file; end it in .mp4 or .mkv", path,
            container->long_name);
    if (vf_output_is_standard(path) && vf_output_opens_itself(container))
        return VF_COMPLAIN(problem, -EINVAL,
                           "path: %s cannot be written to \"-\"; choose matroska, mpegts or nut",
                           container->long_name);
    if (container->video_codec == AV_CODEC_ID_NONE && container->audio_codec == AV_CODEC_ID_NONE &&
        container->subtitle_codec == AV_CODEC_ID_NONE)
        return VF_COMPLAIN(
            problem, -EINVAL,
            "path: %s holds no video, sound or subtitles; end \"%s\" in .mp4 or .mkv",
            container->long_name, path);
    return VF_OK;
}

static const char *find_protocol(const char *scheme)
{
    void *position = NULL;
    for (const char *name; (name = avio_enum_protocols(&position, 1));) {
        if (strcmp(name, scheme) == 0)
            return name;
    }
    return NULL;
}

int vf_output_choose_container(struct vf_output_choice *choice,
                               const struct vf_output_settings *settings,
                               const struct vf_output_problem *problem)
{
    char scheme[32] = "";
    bool is_url = vf_output_scheme(settings->path, scheme, sizeof(scheme));
    choice->is_stream = is_url || vf_output_is_standard(settings->path);
    int err = find_container(choice, settings, is_url ? scheme : "", problem);
    if (err)
        return err;
    if (!vf_output_opens_itself(choice->container))
        choice->protocol = find_protocol(vf_output_is_standard(settings->path) ? "pipe"
                                         : is_url                              ? scheme
                                                                               : "file");
    choice->is_stream = choice->is_stream || vf_container_traits(choice->container)->is_followed;
    choice->has_pictures = vf_container_holds_pictures(choice->container);
    err = vf_segment_name_check(choice->container, settings, problem);
    return err ? err : check_container(choice, settings->path, problem);
}
