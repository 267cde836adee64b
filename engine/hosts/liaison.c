/* SPDX-License-Identifier: MIT */
#include "engine/hosts/liaison.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/wire/socket_number.h"

#define MAGIC 0x686f7374666c6f77u /* also of the order of bytes */
#define FORMAT 1
#define LOOK_MS 20
#define LOOK_FOR_KEYS_NS (100 * VF_NS_PER_MS)
#define FIRST_BEAT_NS (50 * VF_NS_PER_MS)
#define TRY_AGAIN_NS (300 * VF_NS_PER_MS)
#define LONGEST_BEAT_NS VF_NS_PER_S
#define BEATS 5                       /* in a peer timeout, at least */
#define LINGER_MS 2000                /* for the last word */
#define PAUSE_NS (500 * VF_NS_PER_MS) /* that this process did not run itself */
#define SOCKET VF_SOCKET_BASE         /* number of the liaison's */
#define CORNER "liaison.keys"

/* In front of the row of words. */
struct head {
    uint64_t magic, format, digest, host, words;
};

struct peer {
    struct vf_wire *wire; /* NULL: its key is not known */
    char key[VF_KEY_SIZE];
    int64_t alive_ns;     /* when it was last heard */
    int64_t connected_ns; /* when the wire was made */
    bool is_reached;      /* by what was sent last */
    bool is_over;         /* its part is: it may be gone */
};

struct liaison {
    const struct vf_liaison_order *order;
    struct vf_wires *context;
    struct vf_wire *own;
    struct peer *peers; /* by host */
    uint64_t *message;  /* room for the largest */
    uint64_t *told;     /* the row of this host as it was sent last, */
    uint64_t *own_row;  /* and as it is */
    size_t room;        /* bytes */
    int64_t now_ns, beat_due_ns, keys_due_ns;
};

static char *key_path(const char *directory, const char *host)
{
    return vf_text_format("%s/%s.key", directory, host);
}

/* Others must not be able to put keys there. */
static int check_folder(const char *directory)
{
    struct stat status;
    int err = VF_OK;
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST)
        err = -errno;
    if (!err && lstat(directory, &status) != 0)
        err = -errno;
    if (err)
        vf_log(VF_LOG_ERROR, "%s cannot be the folder of the keys: %s", directory, strerror(-err));
    else if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
             status.st_mode & (S_IRWXG | S_IRWXO)) {
        vf_log(VF_LOG_ERROR, "%s cannot be the folder of the keys: %s", directory,
               !S_ISDIR(status.st_mode)     ? "it is no folder"
               : status.st_uid != geteuid() ? "it belongs to another user"
                                            : "others can enter it; make its mode 0700");
        err = -ENOKEY;
    }
    return err;
}

int vf_liaison_publish_key(const char *directory, const char *host, const struct vf_wire_keys *keys)
{
    int err = check_folder(directory);
    if (err)
        return err;
    char *path = key_path(directory, host);
    err = path ? vf_wire_guard_publish(keys, path) : -ENOMEM;
    if (err)
        vf_log(VF_LOG_ERROR, "cannot leave the key of %s in %s: %s", host, directory,
               strerror(-err));
    free(path);
    return err;
}

void vf_liaison_withdraw_key(const char *directory, const char *host, bool is_own)
{
    char *path = key_path(directory, host);
    if (path)
        unlink(path);
    free(path);
    if (is_own)
        rmdir(directory); /* the last one can */
}

bool vf_liaison_has_key(const char *directory, const char *host)
{
    char *path = key_path(directory, host);
    bool is_there = path && access(path, R_OK) == 0;
    free(path);
    return is_there;
}

static const struct vf_plan *plan_of(const struct liaison *liaison)
{
    return liaison->order->board->plan;
}

static struct vf_host_sight *sight_of(const struct liaison *liaison, unsigned host)
{
    return &liaison->order->board->sights[host];
}

static void ring(const struct liaison *liaison)
{
    uint64_t one = 1;
    ssize_t written = write(liaison->order->bell_fd, &one, sizeof(one));
    (void)written; /* fails only when the bell is ringing already */
}

static int connect_peer(struct liaison *liaison, unsigned host)
{
    struct peer *peer = &liaison->peers[host];
    struct vf_wire_peer *known = &liaison->order->peers[host];
    known->key = liaison->order->key_directory ? peer->key : NULL;
    vf_wire_abandon(&peer->wire);
    peer->connected_ns = liaison->now_ns;
    return vf_wire_connect_peer(&peer->wire, liaison->context, known, SOCKET, LINGER_MS);
}

/* ZeroMQ does not try again where it was refused; but the other side may not have had the key. */
static bool is_to_try_again(const struct liaison *liaison, const struct peer *peer)
{
    return peer->wire && !peer->is_reached && liaison->now_ns - peer->connected_ns >= TRY_AGAIN_NS;
}

/* Takes the key that a host has left, which may be another than before: the first was of a run that is
 * over. */
static int look_for_key(struct liaison *liaison, unsigned host)
{
    struct peer *peer = &liaison->peers[host];
    const char *directory = liaison->order->key_directory;
    char key[VF_KEY_SIZE];
    if (!directory)
        return peer->wire ? VF_OK : connect_peer(liaison, host);
    char *path = key_path(directory, plan_of(liaison)->hosts[host].name);
    int err = path ? vf_wire_guard_read(path, key) : -ENOMEM;
    free(path);
    if (err)
        return err == -EBADMSG ? VF_OK : err;
    if (peer->wire && strcmp(key, peer->key) == 0)
        return VF_OK;
    memcpy(peer->key, key, sizeof(key));
    err = vf_wires_admit(liaison->context, key);
    return err ? err : connect_peer(liaison, host);
}

static bool is_other(const struct liaison *liaison, unsigned host)
{
    return host != liaison->order->board->here;
}

/* Of those that have not come; and tries again to reach who was not. */
static int look_for_keys(struct liaison *liaison)
{
    int err = VF_OK;
    if (liaison->now_ns < liaison->keys_due_ns)
        return VF_OK;
    liaison->keys_due_ns = liaison->now_ns + LOOK_FOR_KEYS_NS;
    for (unsigned i = 0; !err && i < plan_of(liaison)->host_count; i++) {
        if (is_other(liaison, i) && !atomic_load(&sight_of(liaison, i)->is_met))
            err = look_for_key(liaison, i);
        if (!err && is_other(liaison, i) && is_to_try_again(liaison, &liaison->peers[i]))
            err = connect_peer(liaison, i);
    }
    return err;
}

static bool is_message(const struct liaison *liaison, const struct head *head, size_t size)
{
    const struct vf_host_board *board = liaison->order->board;
    return size >= sizeof(*head) && head->magic == MAGIC && head->format == FORMAT &&
           head->host < board->plan->host_count && is_other(liaison, (unsigned)head->host);
}

static void hear(struct liaison *liaison, const struct head *head, size_t size)
{
    const struct vf_host_board *board = liaison->order->board;
    const uint64_t *words = (const uint64_t *)(head + 1);
    if (!is_message(liaison, head, size))
        return;
    unsigned host = (unsigned)head->host;
    struct vf_host_sight *sight = sight_of(liaison, host);
    size_t count = vf_host_board_row_size(board, host);
    if (head->digest != board->digest || head->words != count ||
        size != sizeof(*head) + count * sizeof(*words)) {
        atomic_store(&sight->is_other, 1);
        ring(liaison);
        return;
    }
    vf_host_board_put(board, host, words);
    liaison->peers[host].alive_ns = liaison->now_ns;
    liaison->peers[host].is_over = words[VF_HOST_PHASE] >= VF_HOST_OVER;
    if (words[VF_HOST_LOST] & UINT64_C(1) << board->here && !atomic_load(&sight->is_lost))
        atomic_store(&sight->is_lost, VF_HOST_FORSAKE);
    if (!atomic_load(&sight->is_met)) {
        memcpy(sight->key, liaison->peers[host].key, VF_KEY_SIZE);
        atomic_store(&sight->is_other, 0);
        atomic_store(&sight->is_met, 1);
    }
    ring(liaison);
}

static void read_all(struct liaison *liaison)
{
    size_t size;
    while (vf_wire_receive(liaison->own, liaison->message, liaison->room, &size) == VF_OK) {
        if (size <= liaison->room)
            hear(liaison, (const struct head *)liaison->message, size);
    }
    unsigned refused = vf_wire_count_refused(liaison->own);
    if (refused) {
        atomic_fetch_add(liaison->order->board->refused, refused);
        ring(liaison);
    }
}

/* Takes over the row of this host. Returns whether it has changed. */
static bool note_own(struct liaison *liaison)
{
    const struct vf_host_board *board = liaison->order->board;
    size_t size = vf_host_board_row_size(board, board->here) * sizeof(*liaison->told);
    if (!vf_host_board_get(board, board->here, liaison->own_row) ||
        memcmp(liaison->own_row, liaison->told, size) == 0)
        return false;
    memcpy(liaison->told, liaison->own_row, size);
    return true;
}

/* Sends this host's row to all who are there, when it has changed, and as a sign of life. */
static void tell(struct liaison *liaison)
{
    const struct vf_host_board *board = liaison->order->board;
    size_t count = vf_host_board_row_size(board, board->here);
    int64_t beat_ns = board->plan->peer_timeout_ns / BEATS;
    if (!note_own(liaison) && liaison->now_ns < liaison->beat_due_ns)
        return;
    beat_ns = beat_ns < LONGEST_BEAT_NS ? beat_ns : LONGEST_BEAT_NS;
    struct head head = {MAGIC, FORMAT, board->digest, board->here, count};
    memcpy(liaison->message, &head, sizeof(head));
    memcpy((struct head *)liaison->message + 1, liaison->told, count * sizeof(*liaison->told));
    for (unsigned i = 0; i < board->plan->host_count; i++) {
        struct peer *peer = &liaison->peers[i];
        peer->is_reached =
            peer->wire && vf_wire_send(peer->wire, liaison->message,
                                       sizeof(head) + count * sizeof(uint64_t)) == VF_OK;
        if (is_other(liaison, i) && !peer->is_reached)
            beat_ns = FIRST_BEAT_NS;
    }
    liaison->beat_due_ns = liaison->now_ns + beat_ns;
}

/* A host whose part is over may be gone. */
static void look_for_life(struct liaison *liaison)
{
    const struct vf_host_board *board = liaison->order->board;
    for (unsigned i = 0; i < board->plan->host_count; i++) {
        struct vf_host_sight *sight = sight_of(liaison, i);
        bool is_awaited = is_other(liaison, i) && atomic_load(&sight->is_met) &&
                          !atomic_load(&sight->is_lost) && !liaison->peers[i].is_over;
        if (!is_awaited ||
            liaison->now_ns - liaison->peers[i].alive_ns < board->plan->peer_timeout_ns)
            continue;
        atomic_store(&sight->is_lost, VF_HOST_SILENT);
        ring(liaison);
    }
}

/* While this process did not run, nobody could be heard. */
static void look_at_clock(struct liaison *liaison)
{
    int64_t now_ns = vf_clock_now_ns(), gap_ns = now_ns - liaison->now_ns;
    for (unsigned i = 0; gap_ns > PAUSE_NS && i < plan_of(liaison)->host_count; i++)
        liaison->peers[i].alive_ns += gap_ns;
    liaison->now_ns = now_ns;
}

static int open_sockets(struct liaison *liaison)
{
    int err = vf_wires_create(&liaison->context, liaison->order->address, CORNER);
    if (!err)
        err = vf_wire_bind(&liaison->own, liaison->context, SOCKET);
    return err ? err : vf_wire_watch(liaison->own, liaison->context);
}

static int open_liaison(struct liaison *liaison)
{
    const struct vf_host_board *board = liaison->order->board;
    size_t longest = 1;
    for (unsigned i = 0; i < board->plan->host_count; i++) {
        size_t size = vf_host_board_row_size(board, i);
        longest = size > longest ? size : longest;
    }
    liaison->room = sizeof(struct head) + longest * sizeof(uint64_t);
    liaison->message = malloc(liaison->room);
    liaison->told = calloc(longest, sizeof(uint64_t));
    liaison->own_row = calloc(longest, sizeof(uint64_t));
    liaison->peers = calloc(board->plan->host_count + 1, sizeof(*liaison->peers));
    if (!liaison->message || !liaison->told || !liaison->own_row || !liaison->peers)
        return -ENOMEM;
    liaison->now_ns = vf_clock_now_ns();
    return open_sockets(liaison);
}

static void close_liaison(struct liaison *liaison)
{
    for (unsigned i = 0; liaison->peers && i < plan_of(liaison)->host_count; i++)
        vf_wire_destroy(&liaison->peers[i].wire);
    vf_wire_destroy(&liaison->own);
    vf_wires_destroy(&liaison->context);
    free(liaison->message);
    free(liaison->told);
    free(liaison->own_row);
    free(liaison->peers);
}

int vf_liaison_run(const struct vf_liaison_order *order)
{
    struct liaison liaison = {.order = order};
    const int fds[] = {order->stop_fd, -1};
    unsigned ready = 0;
    int err = open_liaison(&liaison);
    while (!err && !(ready & 2U)) {
        look_at_clock(&liaison);
        read_all(&liaison);
        look_for_life(&liaison);
        err = look_for_keys(&liaison);
        tell(&liaison);
        if (!err)
            err = vf_wire_wait(&liaison.own, 1, fds, LOOK_MS, &ready);
    }
    if (!err)
        tell(&liaison);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot keep in touch with the other hosts: %s", strerror(-err));
    close_liaison(&liaison);
    return err;
}
