/* SPDX-License-Identifier: MIT */
#include "cmd/not_a_flow.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/text.h"

#define HEAD_SIZE 512

/* The bytes that a file of some kind has at some place. */
static const struct {
    unsigned offset, size;
    const char *bytes;
    enum vf_given_kind kind;
} signatures[] = {
    {4, 4, "ftyp", VF_GIVEN_VIDEO},
    {4, 4, "moov", VF_GIVEN_VIDEO},
    {4, 4, "mdat", VF_GIVEN_VIDEO},
    {0, 4, "\x1A\x45\xDF\xA3", VF_GIVEN_VIDEO}, /* Matroska, WebM */
    {8, 4, "AVI ", VF_GIVEN_VIDEO},
    {0, 4, "FLV\1", VF_GIVEN_VIDEO},
    {0, 4, "\0\0\1\xBA", VF_GIVEN_VIDEO}, /* MPEG program stream */
    {0, 4, "\0\0\1\xB3", VF_GIVEN_VIDEO},
    {0, 4, "\0\0\0\1", VF_GIVEN_VIDEO}, /* H.264, H.265 */
    {0, 7, "#EXTM3U", VF_GIVEN_VIDEO},
    {0, 4, "\x30\x26\xB2\x75", VF_GIVEN_VIDEO}, /* ASF, WMV */
    {0, 9, "YUV4MPEG2", VF_GIVEN_VIDEO},
    {0, 25, "nut/multimedia container\0", VF_GIVEN_VIDEO},
    {0, 4, "OggS", VF_GIVEN_VIDEO},
    {0, 14, "\x06\x0E\x2B\x34\x02\x05\x01\x01\x0D\x01\x02\x01\x01\x02", VF_GIVEN_VIDEO}, /* MXF */
    {8, 4, "WAVE", VF_GIVEN_SOUND},
    {0, 4, "fLaC", VF_GIVEN_SOUND},
    {0, 3, "ID3", VF_GIVEN_SOUND},
    {0, 2, "\xFF\xFB", VF_GIVEN_SOUND},
    {0, 2, "\xFF\xF1", VF_GIVEN_SOUND},
    {0, 8, "\x89PNG\r\n\x1A\n", VF_GIVEN_PICTURE},
    {0, 3, "\xFF\xD8\xFF", VF_GIVEN_PICTURE},
    {0, 4, "GIF8", VF_GIVEN_PICTURE},
    {8, 4, "WEBP", VF_GIVEN_PICTURE},
    {0, 4, "II*\0", VF_GIVEN_PICTURE},
    {0, 4, "MM\0*", VF_GIVEN_PICTURE},
    {0, 2, "BM", VF_GIVEN_PICTURE},
    {4, 8, "JXL \r\n\x87\n", VF_GIVEN_PICTURE},
};

static const struct {
    const char *name, *commands[3]; /* %s: the file, %c: the file within a chain */
} kinds[] = {
    [VF_GIVEN_FLOW] = {"a flow", {0}},
    [VF_GIVEN_VIDEO] = {"a video",
                        {"vflow probe %s", "vflow run @transcode input=%s output=out.mp4",
                         "vflow run --chain 'video_reader %c ! resize 640 ! video_writer "
                         "small.mp4'"}},
    [VF_GIVEN_SOUND] = {"a sound file",
                        {"vflow probe %s",
                         "vflow run --chain 'video_reader %c ! loudness ! video_writer even.m4a'",
                         "vflow run --chain 'video_reader %c ! volume 0.5 ! video_writer "
                         "quiet.m4a'"}},
    [VF_GIVEN_PICTURE] = {"a picture",
                          {"vflow probe %s",
                           "vflow run --chain 'image_reader %c ! resize 640 ! image_writer "
                           "small.jpg'",
                           "vflow run @pictures_to_video input=%s output=still.mp4"}},
    [VF_GIVEN_BYTES] = {"a binary file", {"vflow probe %s", "vflow flows", "vflow new"}},
    [VF_GIVEN_URL] = {"a URL",
                      {"vflow probe %s", "vflow run @snapshot input=%s picture=latest.jpg",
                       "vflow run --chain 'video_reader %c ! video_writer out.mkv codec=copy'"}},
    [VF_GIVEN_FOLDER] = {"a folder",
                         {"vflow probe %s",
                          "vflow run @transcode_folder input=%s 'output=small/{source}.mkv'",
                          "vflow run @pictures_to_video input=%s output=out.mp4"}},
    [VF_GIVEN_CHAIN] = {"a chain",
                        {"vflow run --chain %s", "vflow check --chain %s", "vflow new %s"}},
};

static bool has_signature(const char *head, size_t size, size_t number)
{
    size_t offset = signatures[number].offset, length = signatures[number].size;
    return offset + length <= size && memcmp(head + offset, signatures[number].bytes, length) == 0;
}

static bool is_transport_stream(const char *head, size_t size)
{
    return size > 376 && head[0] == 'G' && head[188] == 'G' && head[376] == 'G';
}

static enum vf_given_kind kind_of_bytes(const char *head, size_t size)
{
    for (size_t i = 0; i < VF_COUNT(signatures); i++) {
        if (has_signature(head, size, i))
            return signatures[i].kind;
    }
    if (is_transport_stream(head, size))
        return VF_GIVEN_VIDEO;
    return memchr(head, '\0', size) ? VF_GIVEN_BYTES : VF_GIVEN_FLOW;
}

enum vf_given_kind vf_given_kind_of(const char *file)
{
    struct stat status;
    char head[HEAD_SIZE];
    if (stat(file, &status) != 0 && strstr(file, " ! "))
        return VF_GIVEN_CHAIN;
    if (stat(file, &status) != 0)
        return strstr(file, "://") ? VF_GIVEN_URL : VF_GIVEN_FLOW;
    if (S_ISDIR(status.st_mode))
        return VF_GIVEN_FOLDER;
    FILE *stream = S_ISREG(status.st_mode) ? fopen(file, "rbe") : NULL;
    if (!stream)
        return VF_GIVEN_FLOW;
    size_t size = fread(head, 1, sizeof(head), stream);
    fclose(stream);
    return kind_of_bytes(head, size);
}

const char *vf_given_kind_name(enum vf_given_kind kind)
{
    return kinds[kind].name;
}

/* Adds a word as a shell reads it; within quotes of its own, as a chain reads it. */
static void add_word(struct vf_text *text, const char *word, bool is_in_chain)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_./+-:@%,=";
    bool is_quoted = word[strspn(word, safe)] != '\0';
    const char *quote = !is_quoted ? "" : is_in_chain ? "\"" : "'";
    vf_text_print(text, "%s", quote);
    for (; *word; word++) {
        if (*word == '\'')
            vf_text_print(text, "'\\''");
        else if (is_in_chain && (*word == '"' || *word == '\\'))
            vf_text_print(text, "\\%c", *word);
        else
            vf_text_append(text, word, 1);
    }
    vf_text_print(text, "%s", quote);
}

static void print_command(FILE *out, const char *command, const char *file)
{
    struct vf_text text = {0};
    for (; *command; command++) {
        bool is_file = command[0] == '%' && (command[1] == 's' || command[1] == 'c');
        if (is_file)
            add_word(&text, file, *++command == 'c');
        else
            vf_text_append(&text, command, 1);
    }
    if (text.bytes)
        fprintf(out, "    %s\n", text.bytes);
    vf_text_finish(&text);
}

void vf_given_print_commands(FILE *out, enum vf_given_kind kind, const char *file)
{
    char *shown = kind == VF_GIVEN_FLOW ? NULL : strdup(file);
    if (!shown)
        return;
    vf_display_clean(shown);
    fputs("Try one of these:\n", out);
    for (size_t i = 0; i < VF_COUNT(kinds[kind].commands); i++)
        print_command(out, kinds[kind].commands[i], shown);
    free(shown);
}
