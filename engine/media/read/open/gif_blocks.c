/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/gif_blocks.h"

#define HEADER_SIZE 13 /* with the screen's */
#define HEADER_FLAGS 10
#define PICTURE_SIZE 9
#define PICTURE_FLAGS 8

/* What a block begins with. */
enum { EXTENSION = 0x21, PICTURE = 0x2c, TRAILER = 0x3b };

static bool skip(FILE *file, long count)
{
    return fseek(file, count, SEEK_CUR) == 0;
}

static bool skip_colours(FILE *file, unsigned char flags)
{
    return !(flags & 0x80) || skip(file, 3L << ((flags & 7) + 1));
}

/* Skips parts that each say how long they are, up to the one that is empty. */
static bool skip_parts(FILE *file)
{
    int size;
    while ((size = getc(file)) > 0) {
        if (!skip(file, size))
            return false;
    }
    return size == 0;
}

static bool skip_extension(FILE *file)
{
    return getc(file) != EOF && skip_parts(file);
}

static bool skip_picture(FILE *file)
{
    unsigned char picture[PICTURE_SIZE];
    return fread(picture, sizeof(picture), 1, file) == 1 &&
           skip_colours(file, picture[PICTURE_FLAGS]) && getc(file) != EOF && skip_parts(file);
}

/* Behind the end there may be something else; but nothing that ends as a GIF does. */
static bool is_end(FILE *file)
{
    if (getc(file) == EOF)
        return true;
    return fseek(file, -1, SEEK_END) == 0 && getc(file) != TRAILER;
}

bool vf_gif_count(FILE *file, int64_t *pictures)
{
    unsigned char header[HEADER_SIZE];
    *pictures = 0;
    if (fread(header, sizeof(header), 1, file) != 1 || !skip_colours(file, header[HEADER_FLAGS]))
        return false;
    for (;;) {
        switch (getc(file)) {
        case EXTENSION:
            if (!skip_extension(file))
                return false;
            break;
        case PICTURE:
            if (!skip_picture(file))
                return false;
            ++*pictures;
            break;
        case TRAILER:
            return is_end(file);
        default:
            return false;
        }
    }
}
