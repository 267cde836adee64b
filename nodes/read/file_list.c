/* SPDX-License-Identifier: MIT */
#include "nodes/read/file_list.h"

#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/glob.h"

struct search {
    const struct vf_file_wish *wish;
    struct vf_file_list *list;
    size_t capacity;
    char *problem;
    size_t problem_size;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Compares the numbers at which both begin, and moves past them. */
static int compare_numbers(const char **one, const char **other)
{
    *one += strspn(*one, "0");
    *other += strspn(*other, "0");
    size_t digits = strspn(*one, "0123456789"), other_digits = strspn(*other, "0123456789");
    if (digits != other_digits)
        return digits < other_digits ? -1 : 1;
    int order = memcmp(*one, *other, digits);
    *one += digits;
    *other += digits;
    return order;
}

/* What belongs to a folder stays together. */
static int compare_bytes(char one, char other)
{
    int rank = one == '/' ? 1 : (unsigned char)one + 1;
    int other_rank = other == '/' ? 1 : (unsigned char)other + 1;
    return (one == '\0' ? 0 : rank) - (other == '\0' ? 0 : other_rank);
}

int vf_file_list_compare(const char *one, const char *other, enum vf_file_order order)
{
    const char *a = one, *b = other;
    int difference = 0;
    while (difference == 0 && (*a || *b)) {
        if (order == VF_FILE_ORDER_NATURAL && is_digit(*a) && is_digit(*b))
            difference = compare_numbers(&a, &b);
        else
            difference = compare_bytes(*a++, *b++);
    }
    return difference ? difference : strcmp(one, other);
}

static int compare_natural(const void *one, const void *other)
{
    return vf_file_list_compare(*(char *const *)one, *(char *const *)other, VF_FILE_ORDER_NATURAL);
}

static int compare_names(const void *one, const void *other)
{
    return vf_file_list_compare(*(char *const *)one, *(char *const *)other, VF_FILE_ORDER_NAME);
}

static int refuse(const struct search *search, const char *path, int err)
{
    snprintf(search->problem, search->problem_size, "%s cannot be read: %s", path, strerror(err));
    return -err;
}

static int append(struct search *search, const char *path)
{
    struct vf_file_list *list = search->list;
    if (list->count == search->capacity) {
        size_t capacity = search->capacity ? search->capacity * 2 : 64;
        char **paths = realloc(list->paths, capacity * sizeof(*paths));
        if (!paths)
            return refuse(search, path, ENOMEM);
        list->paths = paths;
        search->capacity = capacity;
    }
    list->paths[list->count] = strdup(path);
    if (!list->paths[list->count])
        return refuse(search, path, ENOMEM);
    list->count++;
    return VF_OK;
}

static bool is_wanted(const struct vf_file_wish *wish, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (wish->pattern && *wish->pattern && fnmatch(wish->pattern, name, FNM_PERIOD) != 0)
        return false;
    for (size_t i = 0; i < wish->ending_count; i++) {
        if (dot && strcasecmp(dot + 1, wish->endings[i]) == 0)
            return true;
    }
    return wish->ending_count == 0;
}

bool vf_file_list_takes(const struct vf_file_wish *wish, const char *name)
{
    struct stat status;
    const char *slash = strrchr(wish->place, '/');
    const char *base = strrchr(name, '/');
    bool is_shown = name[0] != '.' && !strstr(name, "/.");
    if (stat(wish->place, &status) == 0 && S_ISDIR(status.st_mode))
        return is_shown && (!base || wish->is_recursive) && is_wanted(wish, base ? base + 1 : name);
    return !base && fnmatch(slash ? slash + 1 : wish->place, name, FNM_PERIOD) == 0;
}

/* One thing that was found below the folder. */
static int take_entry(struct search *search, FTS *walk, FTSENT *entry)
{
    bool is_inside = entry->fts_level > FTS_ROOTLEVEL;
    if (is_inside && entry->fts_name[0] == '.') {
        fts_set(walk, entry, FTS_SKIP);
        return VF_OK;
    }
    switch (entry->fts_info) {
    case FTS_D:
        if (is_inside && !search->wish->is_recursive)
            fts_set(walk, entry, FTS_SKIP);
        return VF_OK;
    case FTS_F:
        return is_wanted(search->wish, entry->fts_name) ? append(search, entry->fts_path) : VF_OK;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return refuse(search, entry->fts_path, entry->fts_errno);
    default: /* its end, links that lead nowhere or back, devices, sockets */
        return VF_OK;
    }
}

static int walk_folder(struct search *search)
{
    char *roots[] = {strdup(search->wish->place), NULL};
    if (!roots[0])
        return refuse(search, search->wish->place, ENOMEM);
    size_t length = strlen(roots[0]);
    while (length > 1 && roots[0][length - 1] == '/') /* so that no path has two in a row */
        roots[0][--length] = '\0';
    search->list->folder_length = length;
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    int err = walk ? VF_OK : refuse(search, roots[0], errno);
    while (!err) {
        errno = 0;
        FTSENT *entry = fts_read(walk);
        if (!entry && errno)
            err = refuse(search, roots[0], errno);
        if (!entry)
            break;
        err = take_entry(search, walk, entry);
    }
    if (walk)
        fts_close(walk);
    free(roots[0]);
    return err;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int take_matches(struct search *search, const glob_t *found)
{
    int err = VF_OK;
    for (size_t i = 0; i < found->gl_pathc && !err; i++) {
        if (!is_folder(found->gl_pathv[i]))
            err = append(search, found->gl_pathv[i]);
    }
    return err;
}

static int match_glob(struct search *search)
{
    const char *place = search->wish->place;
    glob_t found = {0};
    search->list->folder_length = vf_glob_folder(place);
    char *pattern = vf_glob_make(place);
    errno = 0;
    int code = pattern ? glob(pattern, GLOB_ERR | GLOB_NOSORT, NULL, &found) : GLOB_NOSPACE;
    int err = VF_OK;
    free(pattern);
    if (code == GLOB_NOSPACE)
        err = refuse(search, place, ENOMEM);
    else if (code == GLOB_ABORTED)
        err = refuse(search, place, errno ? errno : EIO);
    else if (code == 0)
        err = take_matches(search, &found);
    globfree(&found);
    return err;
}

static int find(struct search *search)
{
    const char *place = search->wish->place;
    struct stat status;
    bool is_there = stat(place, &status) == 0;
    int err = is_there ? 0 : errno;
    if (is_there && S_ISDIR(status.st_mode))
        return walk_folder(search);
    if (is_there && access(place, R_OK) != 0)
        return refuse(search, place, errno);
    search->list->folder_length = VF_SOURCE_NAME;
    if (is_there)
        return append(search, place);
    if (!place[strcspn(place, "*?[")])
        return refuse(search, *place ? place : "\"\"", err);
    return match_glob(search);
}

static int refuse_nothing(const struct search *search)
{
    const struct vf_file_wish *wish = search->wish;
    bool is_choosy = wish->ending_count > 0 || (wish->pattern && *wish->pattern);
    if (!is_folder(wish->place))
        snprintf(search->problem, search->problem_size, "no file is called as %s asks",
                 wish->place);
    else
        snprintf(search->problem, search->problem_size, "the folder %s has no %s", wish->place,
                 is_choosy ? "file of the asked kind" : "files");
    return -ENOENT;
}

int vf_file_list_init(struct vf_file_list *list, const struct vf_file_wish *wish, char *problem,
                      size_t problem_size)
{
    *list = (struct vf_file_list){0};
    struct search search = {
        .wish = wish, .list = list, .problem = problem, .problem_size = problem_size};
    int err = find(&search);
    if (!err && list->count == 0)
        err = refuse_nothing(&search);
    if (err)
        vf_file_list_finish(list);
    else
        qsort(list->paths, list->count, sizeof(*list->paths),
              wish->order == VF_FILE_ORDER_NATURAL ? compare_natural : compare_names);
    return err;
}

void vf_file_list_finish(struct vf_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct vf_file_list){0};
}

int vf_file_list_visit(const struct vf_file_wish *wish, const struct vf_path_visitor *visitor,
                       char *problem, size_t problem_size)
{
    struct vf_file_list list;
    int err = vf_file_list_init(&list, wish, problem, problem_size);
    for (size_t i = 0; i < list.count; i++)
        visitor->visit(visitor->context, list.paths[i]);
    vf_file_list_finish(&list);
    return err;
}
