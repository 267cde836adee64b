/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/segment_name.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/settings.h"

static bool is_playlist(const AVOutputFormat *container)
{
    return av_match_name("hls", container->name);
}

/* Returns what the user has set, or "". */
static const char *find_option(const struct vf_output_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        if (strcmp(settings->options.items[i].key, name) == 0)
            return settings->options.items[i].text;
    }
    return "";
}

/* Returns whether a number would take the place of something in the first `length` bytes. */
static bool has_number(const char *text, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++) {
        size_t digits = text[i] == '%' ? strspn(text + i + 1, "0123456789") : 0;
        if (text[i] == '%' && text[i + 1] == '%')
            i++;
        else if (text[i] == '%' && text[i + 1 + digits] == 'd')
            return true;
    }
    return false;
}

int vf_segment_name_check(const AVOutputFormat *container,
                          const struct vf_output_settings *settings,
                          const struct vf_output_problem *problem)
{
    const char *path = settings->path, *slash = strrchr(path, '/');
    bool is_named = find_option(settings, "hls_segment_filename")[0] ||
                    find_option(settings, "var_stream_map")[0];
    if (!is_playlist(container))
        return VF_OK;
    if (strstr(path, "%v") && !find_option(settings, "var_stream_map")[0])
        return VF_COMPLAIN(
            problem, -EINVAL,
            "path: libavformat would put the number of a variant in the place of \"%%v\" "
            "in \"%s\"; leave it out of the name",
            path);
    if (!is_named && slash && !strstr(path, "://") && has_number(path, (size_t)(slash - path)))
        return VF_COMPLAIN(
            problem, -EINVAL,
            "path: libavformat would put a number in the place of \"%%d\" in the folder of "
            "\"%s\"; rename the folder",
            path);
    return VF_OK;
}

/* A list holds URLs, one a line. */
static bool is_plain(char byte)
{
    return (unsigned char)byte >= ' ' && byte != 0x7f && !strchr("%?#:\\\"<>~", byte);
}

static const char *find_base(const char *url)
{
    const char *slash = strrchr(url, '/');
    const char *name = strncmp(url, "file:", strlen("file:")) == 0 ? url + strlen("file:") : url;
    return slash ? slash + 1 : name;
}

static void add_base(struct vf_text *text, const char *base, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (is_plain(base[i]))
            vf_text_append(text, base + i, 1);
        else
            vf_text_print(text, "~%02x", (unsigned char)base[i]);
    }
}

static bool needs_pattern(const char *base, size_t length)
{
    bool is_needed = false;
    for (size_t i = 0; i < length && !is_needed; i++)
        is_needed = !is_plain(base[i]);
    return is_needed;
}

/* Returns how much of a path says in which folder it is. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

static bool is_in_folder_of(const char *name, const char *path)
{
    size_t length = folder_length(path);
    return folder_length(name) == length && memcmp(name, path, length) == 0;
}

static bool has_flag(const char *flags, const char *flag)
{
    return strstr(flags, flag) != NULL;
}

bool vf_segment_name_is_beside(const AVOutputFormat *container,
                               const struct vf_output_settings *settings)
{
    static const char *const names[] = {"hls_fmp4_init_filename", "master_pl_name",
                                        "init_seg_name",          "media_seg_name",
                                        "single_file_name",       "hls_master_name"};
    static const char *const elsewhere[] = {"hls_subtitle_path", "var_stream_map", "strftime_mkdir",
                                            "hls_enc", "hls_key_info_file"};
    const char *segments = find_option(settings, "hls_segment_filename");
    bool is_beside = av_match_name(container->name, "hls,dash") && !strstr(settings->path, "://");
    for (size_t i = 0; i < VF_COUNT(names); i++)
        is_beside = is_beside && !strchr(find_option(settings, names[i]), '/');
    for (size_t i = 0; i < VF_COUNT(elsewhere); i++)
        is_beside = is_beside && !find_option(settings, elsewhere[i])[0];
    if (segments[0])
        is_beside = is_beside && is_in_folder_of(segments, settings->path);
    return is_beside && !has_flag(find_option(settings, "hls_flags"), "append_list");
}

bool vf_segment_name_may_continue(const AVOutputFormat *container,
                                  const struct vf_output_settings *settings)
{
    return is_playlist(container) && !strstr(settings->path, "://") &&
           !has_flag(find_option(settings, "hls_flags"), "single_file") &&
           !find_option(settings, "var_stream_map")[0];
}

/* Puts what the user has named, beside the list, beside where the list is written. */
static int move_named(const char *named, const char *url, char **pattern)
{
    *pattern = vf_text_format("%.*s%s", (int)folder_length(url), url, named + folder_length(named));
    return *pattern ? VF_OK : -ENOMEM;
}

int vf_segment_name_make(const AVOutputFormat *container, const struct vf_output_settings *settings,
                         const char *url, char **pattern)
{
    const char *base = find_base(url), *dot = strrchr(base, '.');
    size_t length = dot ? (size_t)(dot - base) : strlen(base);
    const char *named = find_option(settings, "hls_segment_filename");
    *pattern = NULL;
    if (is_playlist(container) && named[0] && vf_segment_name_is_beside(container, settings))
        return move_named(named, url, pattern);
    if (!is_playlist(container) || strstr(url, "://") || named[0] ||
        find_option(settings, "var_stream_map")[0] || !needs_pattern(base, length))
        return VF_OK;
    bool is_single = strstr(find_option(settings, "hls_flags"), "single_file") != NULL;
    bool is_dated = strcmp(find_option(settings, "strftime"), "1") == 0;
    bool is_mp4 = strcmp(find_option(settings, "hls_segment_type"), "fmp4") == 0;
    struct vf_text text = {0};
    vf_text_append(&text, url, (size_t)(base - url));
    add_base(&text, base, length);
    vf_text_print(&text, "%s.%s", is_single ? "" : is_dated ? "-%s" : "%d", is_mp4 ? "m4s" : "ts");
    *pattern = vf_text_take(&text);
    return *pattern ? VF_OK : -ENOMEM;
}
