/* SPDX-License-Identifier: MIT */
#include "engine/checkpoint/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define ENDING ".checkpoint"
#define MAX_BYTES (256 << 20) /* of the file; a piece takes some 150 */

char *vf_checkpoint_path(const char *output)
{
    return vf_text_format("%s" ENDING, output);
}

char *vf_checkpoint_piece_path(const char *output, uint64_t number)
{
    return vf_text_format("%s" ENDING "-%06" PRIu64, output, number);
}

static int complain(const struct vf_checkpoint *checkpoint, const char *what, int err)
{
    vf_log(VF_LOG_ERROR, "%s cannot be %s: %s", checkpoint->path, what, strerror(-err));
    return err;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

/* Has what was created or removed in the folder stay so. Folders of some file systems cannot be
 * flushed. */
static int flush_folder(const char *path)
{
    char *folder = folder_of(path);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int err = fd < 0 || (fsync(fd) != 0 && errno != EINVAL) ? -errno : VF_OK;
    if (fd >= 0)
        close(fd);
    free(folder);
    return err;
}

/* Removes the pieces that are there, noted or not, but for those below `kept`. */
static void remove_pieces(const struct vf_checkpoint *checkpoint, uint64_t kept)
{
    const char *output = checkpoint->output;
    char *folder = folder_of(output);
    char *first = vf_checkpoint_piece_path(output, 0);
    const char *slash = first ? strrchr(first, '/') : NULL;
    const char *name = slash ? slash + 1 : first;
    size_t prefix = name ? (size_t)(strrchr(name, '-') - name) + 1 : 0;
    DIR *stream = folder && first ? opendir(folder) : NULL;
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        const char *digits = entry->d_name + prefix;
        bool is_piece = strncmp(entry->d_name, name, prefix) == 0 && *digits &&
                        strspn(digits, "0123456789") == strlen(digits);
        uint64_t number = is_piece ? strtoull(digits, NULL, 10) : 0;
        if (is_piece && number >= kept && number >= checkpoint->first &&
            number < checkpoint->end_number)
            (void)unlinkat(dirfd(stream), entry->d_name, 0);
    }
    if (stream)
        closedir(stream);
    free(first);
    free(folder);
}

static int add(struct vf_checkpoint *checkpoint, const struct vf_piece *piece, int64_t end)
{
    size_t count = checkpoint->count + 1;
    struct vf_piece *pieces = realloc(checkpoint->pieces, count * sizeof(*pieces));
    if (!pieces)
        return -ENOMEM;
    checkpoint->pieces = pieces;
    int64_t *ends = realloc(checkpoint->ends, count * sizeof(*ends));
    if (!ends)
        return -ENOMEM;
    checkpoint->ends = ends;
    pieces[count - 1] = *piece;
    ends[count - 1] = end;
    checkpoint->count = count;
    return VF_OK;
}

/* Reads what a line says of a piece. */
static bool read_piece(const struct vf_checkpoint *checkpoint, const json_t *line,
                       struct vf_piece *piece)
{
    const struct vf_piece *last =
        checkpoint->count ? &checkpoint->pieces[checkpoint->count - 1] : NULL;
    const char *digest = json_string_value(json_object_get(line, "sha256"));
    const json_t *number = json_object_get(line, "piece");
    *piece = (struct vf_piece){
        .number = (uint64_t)json_integer_value(number),
        .frames = (uint64_t)json_integer_value(json_object_get(line, "frames")),
        .packets = (uint64_t)json_integer_value(json_object_get(line, "packets")),
        .bytes = json_integer_value(json_object_get(line, "bytes")),
        .is_last = json_is_true(json_object_get(line, "last")),
    };
    if (!json_is_integer(number) || json_integer_value(number) < 0 || !digest ||
        strlen(digest) != VF_PIECE_DIGEST - 1)
        return false;
    memcpy(piece->sha256, digest, VF_PIECE_DIGEST);
    return !last || (piece->number > last->number && !last->is_last);
}

/* Reads lines as long as they are whole. */
static int parse(struct vf_checkpoint *checkpoint, const char *text, size_t size)
{
    const char *line = text, *end;
    int err = VF_OK;
    while (!err && (end = memchr(line, '\n', size - (size_t)(line - text)))) {
        struct vf_piece piece;
        json_t *object = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        bool is_header =
            !checkpoint->header && json_is_integer(json_object_get(object, "vflow-checkpoint"));
        if (is_header) {
            checkpoint->header = json_incref(object);
            checkpoint->begin = end + 1 - text;
        } else if (checkpoint->header && json_is_string(json_object_get(object, "part"))) {
            json_array_append(checkpoint->parts, json_object_get(object, "part"));
        } else if (checkpoint->header && read_piece(checkpoint, object, &piece)) {
            err = add(checkpoint, &piece, end + 1 - text);
        } else {
            json_decref(object);
            break;
        }
        json_decref(object);
        line = end + 1;
        checkpoint->end = line - text;
    }
    return err;
}

static int read_file(struct vf_checkpoint *checkpoint)
{
    struct stat status;
    if (fstat(checkpoint->fd, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size > MAX_BYTES)
        return -EINVAL;
    size_t size = (size_t)status.st_size, done = 0;
    char *text = malloc(size + 1);
    if (!text)
        return -ENOMEM;
    while (done < size) {
        ssize_t count = pread(checkpoint->fd, text + done, size - done, (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        done += (size_t)count;
    }
    int err = parse(checkpoint, text, done);
    free(text);
    return err;
}

static int lock(const struct vf_checkpoint *checkpoint)
{
    if (flock(checkpoint->fd, LOCK_EX | LOCK_NB) == 0)
        return VF_OK;
    if (errno != EWOULDBLOCK)
        return complain(checkpoint, "locked", -errno);
    vf_log(VF_LOG_ERROR, "%s: another run is making these pieces; wait until it has ended",
           checkpoint->path);
    return -EBUSY;
}

int vf_checkpoint_open(struct vf_checkpoint *checkpoint, const char *output,
                       enum vf_checkpoint_use use)
{
    return vf_checkpoint_open_shard(checkpoint, output, NULL, use);
}

int vf_checkpoint_open_shard(struct vf_checkpoint *checkpoint, const char *output,
                             const struct vf_checkpoint_shard *shard, enum vf_checkpoint_use use)
{
    bool is_wanted = use != VF_CHECKPOINT_LOOK;
    *checkpoint = (struct vf_checkpoint){.fd = -1, .end_number = UINT64_MAX};
    checkpoint->output = strdup(output);
    checkpoint->path =
        shard ? vf_text_format("%s" ENDING ".%s", output, shard->name) : vf_checkpoint_path(output);
    if (shard) {
        checkpoint->first = shard->first;
        checkpoint->end_number = shard->end;
    }
    checkpoint->parts = json_array();
    if (!checkpoint->output || !checkpoint->path || !checkpoint->parts)
        return -ENOMEM;
    int flags = O_CLOEXEC | O_NOFOLLOW | (is_wanted ? O_RDWR | O_CREAT : O_RDONLY);
    checkpoint->fd = open(checkpoint->path, flags, 0666);
    if (checkpoint->fd < 0)
        return errno == ENOENT && !is_wanted ? -ENOENT : complain(checkpoint, "opened", -errno);
    int err = use == VF_CHECKPOINT_OWN ? lock(checkpoint) : VF_OK;
    if (err)
        return err;
    err = read_file(checkpoint);
    return err ? complain(checkpoint, "read", err) : VF_OK;
}

/* Adds a line where the last one that counts ends. */
static int write_line(struct vf_checkpoint *checkpoint, const json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    char *line = text ? vf_text_format("%s\n", text) : NULL;
    size_t length = line ? strlen(line) : 0;
    int err = line ? VF_OK : -ENOMEM;
    if (!err && (ftruncate(checkpoint->fd, (off_t)checkpoint->end) != 0 ||
                 lseek(checkpoint->fd, (off_t)checkpoint->end, SEEK_SET) < 0))
        err = -errno;
    if (!err)
        err = vf_write_all(checkpoint->fd, line, length);
    if (!err && fsync(checkpoint->fd) != 0)
        err = -errno;
    if (!err)
        checkpoint->end += (int64_t)length;
    free(text);
    free(line);
    return err;
}

static int64_t end_of(const struct vf_checkpoint *checkpoint, size_t count)
{
    return count ? checkpoint->ends[count - 1] : checkpoint->begin;
}

int vf_checkpoint_begin(struct vf_checkpoint *checkpoint, const json_t *header)
{
    json_decref(checkpoint->header);
    checkpoint->header = json_deep_copy(header);
    checkpoint->count = 0;
    checkpoint->end = 0;
    int err = write_line(checkpoint, checkpoint->header);
    checkpoint->begin = checkpoint->end;
    if (!err)
        remove_pieces(checkpoint, 0);
    if (!err)
        err = flush_folder(checkpoint->path);
    return err ? complain(checkpoint, "written", err) : VF_OK;
}

int vf_checkpoint_cut(struct vf_checkpoint *checkpoint, size_t count)
{
    uint64_t kept = count ? checkpoint->pieces[count - 1].number + 1 : 0;
    if (count < checkpoint->count)
        checkpoint->count = count;
    checkpoint->end = end_of(checkpoint, checkpoint->count);
    bool is_cut =
        ftruncate(checkpoint->fd, (off_t)checkpoint->end) == 0 && fsync(checkpoint->fd) == 0;
    int err = is_cut ? VF_OK : -errno;
    if (err)
        return complain(checkpoint, "written", err);
    remove_pieces(checkpoint, kept);
    return VF_OK;
}

int vf_checkpoint_add(struct vf_checkpoint *checkpoint, const struct vf_piece *piece)
{
    json_t *line =
        json_pack("{s:I, s:I, s:I, s:I, s:s}", "piece", (json_int_t)piece->number, "frames",
                  (json_int_t)piece->frames, "packets", (json_int_t)piece->packets, "bytes",
                  (json_int_t)piece->bytes, "sha256", piece->sha256);
    int err = line ? VF_OK : -ENOMEM;
    if (!err && piece->is_last && json_object_set_new(line, "last", json_true()) != 0)
        err = -ENOMEM;
    if (!err)
        err = flush_folder(checkpoint->path); /* the piece has its name */
    if (!err)
        err = write_line(checkpoint, line);
    if (!err)
        err = add(checkpoint, piece, checkpoint->end);
    json_decref(line);
    return err ? complain(checkpoint, "written", err) : VF_OK;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int vf_checkpoint_note_part(struct vf_checkpoint *checkpoint, const char *path)
{
    json_t *line = json_pack("{s:s}", "part", name_of(path));
    int err = write_line(checkpoint, line);
    json_decref(line);
    return err ? complain(checkpoint, "written", err) : VF_OK;
}

void vf_checkpoint_remove_parts(const struct vf_checkpoint *checkpoint)
{
    size_t i;
    const json_t *part;
    json_array_foreach(checkpoint->parts, i, part)
    {
        char *path =
            vf_text_format("%.*s%s", (int)(name_of(checkpoint->output) - checkpoint->output),
                           checkpoint->output, name_of(json_string_value(part)));
        const char *name = path ? name_of(path) : NULL;
        if (name && (strstr(name, ".part-") || strstr(name, ".partial")))
            (void)unlink(path);
        free(path);
    }
}

/* Returns a name for shard `number`, from 1, of `count`. */
static void name_shard(char name[32], unsigned number, unsigned count)
{
    snprintf(name, 32, "%u-%u", number, count);
}

/* Finds out how many shards there are, by the name of a file of one, where there are fewer than
 * `limit`; 0: there are none. Runs may have been told different numbers: then it is the largest. */
static unsigned count_shards(const struct vf_checkpoint *checkpoint, unsigned limit)
{
    char *folder = folder_of(checkpoint->path);
    const char *name = name_of(checkpoint->path);
    size_t prefix = strlen(name);
    DIR *stream = folder ? opendir(folder) : NULL;
    struct dirent *entry;
    unsigned count = 0;
    while (stream && (entry = readdir(stream))) {
        unsigned number = 0, all = 0;
        int end = 0;
        if (strncmp(entry->d_name, name, prefix) == 0 &&
            sscanf(entry->d_name + prefix, ".%u-%u%n", &number, &all, &end) == 2 &&
            !entry->d_name[prefix + (size_t)end] && all > count && all < limit)
            count = all;
    }
    if (stream)
        closedir(stream);
    free(folder);
    return count;
}

bool vf_checkpoint_has_shards(const struct vf_checkpoint *checkpoint)
{
    return count_shards(checkpoint, UINT_MAX) > 0;
}

static int open_shard(const struct vf_checkpoint *checkpoint, unsigned number, unsigned count,
                      struct vf_checkpoint *part)
{
    char name[32];
    name_shard(name, number, count);
    const struct vf_checkpoint_shard shard = {name, 0, UINT64_MAX};
    return vf_checkpoint_open_shard(part, checkpoint->output, &shard, VF_CHECKPOINT_LOOK);
}

/* Returns whether a shard is complete, and of the same as the first, whose header *header becomes. */
static bool is_shard_complete(const struct vf_checkpoint *part, json_t **header)
{
    if (!*header)
        *header = json_incref(part->header);
    return part->count && part->pieces[part->count - 1].is_last &&
           json_equal(part->header, *header);
}

/* Finds the first shard that is not complete; 0: all are, and *header is theirs. */
static unsigned find_missing(const struct vf_checkpoint *checkpoint, unsigned count,
                             json_t **header)
{
    unsigned missing = 0;
    json_decref(*header);
    *header = NULL;
    for (unsigned i = 1; i <= count && !missing; i++) {
        struct vf_checkpoint part;
        bool is_there = open_shard(checkpoint, i, count, &part) == VF_OK;
        if (!is_there || !is_shard_complete(&part, header))
            missing = i;
        vf_checkpoint_finish(&part);
    }
    return missing;
}

static int gather_shard(struct vf_checkpoint *checkpoint, unsigned number, unsigned count)
{
    struct vf_checkpoint part;
    int err = open_shard(checkpoint, number, count, &part);
    for (size_t i = 0; i < part.count && !err; i++) {
        struct vf_piece piece = part.pieces[i];
        piece.is_last = piece.is_last && number == count;
        err = vf_checkpoint_add(checkpoint, &piece);
    }
    vf_checkpoint_finish(&part);
    return err;
}

/* Removes the files of shards, not their pieces. */
static void remove_shards(const struct vf_checkpoint *checkpoint)
{
    unsigned count = UINT_MAX;
    while ((count = count_shards(checkpoint, count))) {
        for (unsigned i = 1; i <= count; i++) {
            char *path = vf_text_format("%s.%u-%u", checkpoint->path, i, count);
            if (path)
                (void)unlink(path);
            free(path);
        }
    }
}

int vf_checkpoint_gather(struct vf_checkpoint *checkpoint, char **missing)
{
    json_t *header = NULL;
    char name[32] = "";
    unsigned count = checkpoint->count ? 0 : count_shards(checkpoint, UINT_MAX), lacking;
    int err = VF_OK;
    *missing = NULL;
    while (count && (lacking = find_missing(checkpoint, count, &header))) {
        if (!name[0])
            name_shard(name, lacking, count);
        count = count_shards(checkpoint, count);
    }
    if (!count && name[0]) {
        *missing = strdup(name);
        err = *missing ? VF_OK : -ENOMEM;
    } else if (count) {
        json_decref(checkpoint->header);
        checkpoint->header = json_deep_copy(header);
        checkpoint->end = 0;
        err = write_line(checkpoint, checkpoint->header);
        checkpoint->begin = checkpoint->end;
        for (unsigned i = 1; i <= count && !err; i++)
            err = gather_shard(checkpoint, i, count);
    }
    json_decref(header);
    return err;
}

void vf_checkpoint_discard(const struct vf_checkpoint *checkpoint)
{
    struct stat status;
    if (checkpoint->fd >= 0 && fstat(checkpoint->fd, &status) == 0 && !status.st_size)
        (void)unlink(checkpoint->path);
}

void vf_checkpoint_remove(struct vf_checkpoint *checkpoint)
{
    (void)unlink(checkpoint->path);
    remove_shards(checkpoint);
    (void)flush_folder(checkpoint->path);
    remove_pieces(checkpoint, 0);
}

void vf_checkpoint_finish(struct vf_checkpoint *checkpoint)
{
    if (checkpoint->output && checkpoint->fd >= 0)
        close(checkpoint->fd);
    json_decref(checkpoint->header);
    json_decref(checkpoint->parts);
    free(checkpoint->output);
    free(checkpoint->path);
    free(checkpoint->pieces);
    free(checkpoint->ends);
    *checkpoint = (struct vf_checkpoint){.fd = -1};
}
