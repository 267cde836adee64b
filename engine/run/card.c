/* SPDX-License-Identifier: MIT */
#include "engine/run/card.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/display.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define CARD_LIMIT ((size_t)64 << 10) /* bytes; a card is much smaller */
#define LONGEST_STEM 64               /* bytes of a name that is made of a file's */

static bool may_be_in_name(unsigned char byte)
{
    return isalnum(byte) || byte >= 0x80 || byte == '.' || byte == '_' || byte == '-';
}

/* Whether a terminal shows it as it is: valid UTF-8 without characters that nobody can see. */
static bool is_plain(const char *name)
{
    char shown[VF_RUN_NAME_SIZE];
    json_t *text = json_string(name);
    snprintf(shown, sizeof(shown), "%s", name);
    vf_display_hide_characters(shown, '?');
    json_decref(text);
    return text && strcmp(shown, name) == 0;
}

bool vf_run_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    if (!length || length > LONGEST_STEM || strchr("._-", name[0]) ||
        strspn(name, "0123456789") == length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!may_be_in_name((unsigned char)name[i]))
            return false;
    }
    return is_plain(name);
}

/* Returns how many of the first `size` bytes are whole characters. */
static size_t whole_characters(const char *text, size_t size)
{
    if (strlen(text) <= size)
        return strlen(text);
    while (size && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static void cut_ending(char *stem)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    size_t length = strlen(stem);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(stem + length - ending, endings[i]) == 0) {
            stem[length - ending] = '\0';
            return;
        }
    }
}

void vf_run_name_of_flow(char name[VF_RUN_NAME_SIZE], const char *flow)
{
    const char *slash = strrchr(flow, '/');
    const char *base = slash ? slash + 1 : flow;
    char stem[VF_RUN_NAME_SIZE];
    size_t length = whole_characters(base, LONGEST_STEM);
    snprintf(stem, sizeof(stem), "%.*s", (int)length, base);
    cut_ending(stem);
    bool is_text = is_plain(stem);
    for (char *byte = stem; *byte; byte++) {
        if (!may_be_in_name((unsigned char)*byte) || (*byte & 0x80 && !is_text))
            *byte = '_';
    }
    if (strcmp(flow, "-") == 0)
        snprintf(stem, sizeof(stem), "stdin");
    bool is_good = vf_run_name_is_valid(stem);
    snprintf(name, VF_RUN_NAME_SIZE, "%s%.*s", is_good ? "" : "flow-",
             (int)whole_characters(stem, LONGEST_STEM - strlen("flow-")), stem);
    if (is_good)
        snprintf(name, VF_RUN_NAME_SIZE, "%s", stem);
}

static bool is_taken(const char *name)
{
    struct vf_run_cards cards = {0};
    bool is_found = false;
    vf_run_cards_collect(&cards);
    for (size_t i = 0; i < cards.count; i++)
        is_found = is_found || strcmp(cards.items[i].name, name) == 0;
    vf_run_cards_finish(&cards);
    return is_found;
}

/* Adds the process id, for which it leaves room. */
static void make_unique(char name[VF_RUN_NAME_SIZE])
{
    char stem[VF_RUN_NAME_SIZE];
    snprintf(stem, sizeof(stem), "%.*s", (int)whole_characters(name, LONGEST_STEM - 12), name);
    snprintf(name, VF_RUN_NAME_SIZE, "%.*s-%d", LONGEST_STEM - 12, stem, (int)getpid());
}

static int write_card(int folder, const struct vf_run_card *card)
{
    json_t *object =
        json_pack("{ss si ss ss ss}", "name", card->name, "pid", (int)card->pid, "flow", card->flow,
                  "mode", card->is_realtime ? "realtime" : "batch", "since", card->since);
    if (object && card->log)
        json_object_set_new(object, "log", json_string(card->log));
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text)
        return -ENOMEM;
    int fd = openat(folder, VF_RUN_CARD_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR);
    int err = fd < 0 ? -errno : vf_write_all(fd, text, strlen(text));
    if (fd >= 0)
        close(fd);
    free(text);
    return err;
}

/* Opens the folder of all runs and locks it. Returns -EAGAIN where somebody else has the lock: then
 * nobody waits, and a name is made unique. */
static int lock_parent(const char *path, int *parent)
{
    const char *slash = strrchr(path, '/');
    char *folder = vf_text_format("%.*s", (int)(slash - path), path);
    *parent = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int err = *parent < 0 ? -EAGAIN : VF_OK;
    if (!err && flock(*parent, LOCK_EX | LOCK_NB) != 0)
        err = -EAGAIN;
    free(folder);
    return err;
}

int vf_run_card_publish(const struct vf_run_directory *directory, struct vf_run_card *card,
                        bool is_asked)
{
    int parent, folder = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = folder < 0 ? -errno : VF_OK;
    bool is_alone = lock_parent(directory->path, &parent) == VF_OK;
    bool is_free = (is_alone || is_asked) && !is_taken(card->name);
    if (!err && !is_free && is_asked)
        err = -EEXIST;
    if (!is_free)
        make_unique(card->name);
    free(card->folder);
    card->folder = strdup(directory->path);
    if (!err)
        err = card->folder ? write_card(folder, card) : -ENOMEM;
    if (parent >= 0)
        close(parent);
    if (folder >= 0)
        close(folder);
    return err;
}

void vf_run_card_withdraw(const struct vf_run_card *card)
{
    char *path = card->folder ? vf_text_format("%s/" VF_RUN_CARD_FILE, card->folder) : NULL;
    if (path)
        (void)unlink(path);
    free(path);
}

void vf_run_card_finish(struct vf_run_card *card)
{
    free(card->flow);
    free(card->log);
    free(card->folder);
    *card = (struct vf_run_card){0};
}

/* Reads the card of a folder. Returns NULL when there is none that could be one. */
static json_t *read_object(const char *folder)
{
    char *path = vf_text_format("%s/" VF_RUN_CARD_FILE, folder), *text = NULL;
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    ssize_t size = -1;
    if (fd >= 0 && (text = malloc(CARD_LIMIT)) != NULL)
        size = read(fd, text, CARD_LIMIT);
    json_t *object = size > 0 ? json_loadb(text, (size_t)size, 0, NULL) : NULL;
    free(text);
    free(path);
    if (fd >= 0)
        close(fd);
    return object;
}

static char *copy(const json_t *text)
{
    return json_is_string(text) ? strdup(json_string_value(text)) : NULL;
}

/* Returns false when the folder has no card. */
static bool read_card(const char *folder, struct vf_run_card *card)
{
    const char *name, *mode, *since;
    int pid;
    json_t *object = read_object(folder), *flow;
    *card = (struct vf_run_card){0};
    bool is_good = object && json_unpack(object, "{ss si so ss ss}", "name", &name, "pid", &pid,
                                         "flow", &flow, "mode", &mode, "since", &since) == 0;
    if (is_good && json_is_string(flow)) {
        snprintf(card->name, sizeof(card->name), "%s", name);
        snprintf(card->since, sizeof(card->since), "%s", since);
        card->pid = pid;
        card->is_realtime = strcmp(mode, "realtime") == 0;
        card->flow = copy(flow);
        card->log = copy(json_object_get(object, "log"));
        card->folder = strdup(folder);
    }
    json_decref(object);
    if (card->flow && card->folder)
        return true;
    vf_run_card_finish(card);
    return false;
}

static void add_card(void *context, const char *folder)
{
    struct vf_run_cards *cards = context;
    struct vf_run_card card;
    if (!read_card(folder, &card))
        return;
    struct vf_run_card *more = reallocarray(cards->items, cards->count + 1, sizeof(*cards->items));
    if (!more) {
        cards->failed = true;
        vf_run_card_finish(&card);
        return;
    }
    cards->items = more;
    cards->items[cards->count++] = card;
}

static int compare_age(const void *one, const void *other)
{
    const struct vf_run_card *a = one, *b = other;
    int order = strcmp(a->since, b->since);
    return order ? order : (a->pid > b->pid) - (a->pid < b->pid);
}

void vf_run_cards_collect(struct vf_run_cards *cards)
{
    vf_run_directory_visit_all(add_card, cards);
    if (cards->count)
        qsort(cards->items, cards->count, sizeof(*cards->items), compare_age);
}

void vf_run_cards_finish(struct vf_run_cards *cards)
{
    for (size_t i = 0; i < cards->count; i++)
        vf_run_card_finish(&cards->items[i]);
    free(cards->items);
    *cards = (struct vf_run_cards){0};
}
