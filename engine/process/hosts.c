/* SPDX-License-Identifier: MIT */
#include "engine/process/hosts.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/host.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/hosts/liaison.h"
#include "engine/process/engine_inside.h"
#include "engine/process/host_facts.h"
#include "engine/process/supervisor.h"
#include "engine/process/talk.h"
#include "engine/run/start_failure.h"

#define TELL_AFTER_NS (3 * VF_NS_PER_S) /* who is waited for */
#define LOOK_MS 100
#define LAST_WORD_NS (2 * VF_NS_PER_S) /* for the others to know that this part is over */
#define LIAISON_PATIENCE_MS 3000
#define ANYWHERE "0.0.0.0"

static bool has_hosts(const struct vf_engine *engine)
{
    return engine->hosts.board != NULL;
}

static const struct vf_flow_host *host_of(const struct vf_engine *engine, unsigned host)
{
    return &engine->plan->hosts[host];
}

static bool is_other(const struct vf_engine *engine, unsigned host)
{
    return host != engine->hosts.board->here;
}

static uint64_t bit(unsigned host)
{
    return UINT64_C(1) << host;
}

static bool is_lost(const struct vf_engine *engine, unsigned host)
{
    return engine->hosts.lost & bit(host);
}

static uint64_t word(const struct vf_engine *engine, unsigned host, enum vf_host_word number)
{
    return engine->hosts.rows[host][number];
}

static int look_up(struct vf_engine *engine, unsigned host)
{
    struct vf_hosts *hosts = &engine->hosts;
    const struct vf_flow_host *named = host_of(engine, host);
    int err = vf_host_resolve(named->address, &hosts->addresses[host]);
    if (err == -ENOENT)
        vf_log(VF_LOG_ERROR, "no address is known for \"%s\", where the host %s is", named->address,
               named->name);
    if (err)
        return err;
    hosts->peers[host] = (struct vf_wire_peer){.host = hosts->addresses[host], .base = named->base};
    return VF_OK;
}

/* The name of a machine often leads only to itself when it asks, and elsewhere when others do: then
 * it listens wherever it can be reached. */
static bool must_listen_anywhere(const struct vf_engine *engine)
{
    const struct vf_hosts *hosts = &engine->hosts;
    unsigned here = hosts->board->here;
    bool is_name = strspn(host_of(engine, here)->address, "0123456789.:[]abcdefABCDEF") !=
                   strlen(host_of(engine, here)->address);
    bool has_distant = false;
    for (unsigned i = 0; i < engine->plan->host_count; i++)
        has_distant = has_distant || !vf_host_is_loopback(hosts->addresses[i]);
    return is_name && has_distant && vf_host_is_loopback(hosts->addresses[here]) &&
           !engine->plan->transport.is_insecure;
}

static int settle_address(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    unsigned here = hosts->board->here;
    int err = VF_OK;
    for (unsigned i = 0; !err && i < engine->plan->host_count; i++)
        err = look_up(engine, i);
    if (err)
        return err;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        hosts->by_task[i + 1] = &hosts->peers[engine->plan->tasks[i].host];
    engine->address.host = must_listen_anywhere(engine) ? ANYWHERE : hosts->addresses[here];
    engine->address.base = host_of(engine, here)->base;
    engine->address.peers = hosts->by_task;
    return VF_OK;
}

/* This host has one pair of keys, to listen and to call with. */
static int settle_keys(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    unsigned here = hosts->board->here;
    if (engine->plan->transport.is_insecure)
        return VF_OK;
    if (!engine->settings.key_directory) {
        vf_log(VF_LOG_ERROR, "the hosts of a run leave each other their public keys in a folder "
                             "that all can reach; name it with --key-dir");
        return -ENOKEY;
    }
    int err = vf_wire_guard_make_keys(&engine->keys);
    if (err)
        return err;
    memcpy(engine->keys.caller_public, engine->keys.listener_public, VF_KEY_SIZE);
    memcpy(engine->keys.caller_secret, engine->keys.listener_secret, VF_KEY_SIZE);
    memcpy(hosts->callers[here], engine->keys.listener_public, VF_KEY_SIZE);
    hosts->peers[here].key = hosts->callers[here];
    engine->keys.callers = (const char(*)[VF_KEY_SIZE])hosts->callers;
    engine->keys.caller_count = 0; /* the liaison lets in one after the other */
    engine->address.keys = &engine->keys;
    hosts->key_directory = engine->settings.key_directory;
    err = vf_liaison_publish_key(hosts->key_directory, host_of(engine, here)->name, &engine->keys);
    hosts->has_left_key = err == VF_OK;
    return err;
}

static enum vf_exit_status be_liaison(const struct vf_observation *observation)
{
    const struct vf_engine *engine = observation->context;
    const struct vf_liaison_order order = {.board = engine->hosts.board,
                                           .address = &engine->address,
                                           .peers = engine->hosts.peers,
                                           .key_directory = engine->hosts.key_directory,
                                           .bell_fd = observation->out_fd,
                                           .stop_fd = observation->stop_fd};
    return vf_liaison_run(&order) == VF_OK ? VF_EXIT_OK : VF_EXIT_INTERNAL;
}

static int start_liaison(struct vf_engine *engine)
{
    struct vf_observer_order order = {
        .name = "hosts", .observe = be_liaison, .context = engine, .out_fd = engine->hosts.bell_fd};
    struct vf_start_attempt attempt = {
        .purpose = "start the process that keeps in touch with the other hosts", .call = "fork"};
    int err =
        vf_observers_start(&engine->hosts.liaison, engine->plan, engine->memory, &order, NULL);
    vf_host_board_hide(engine->hosts.board);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

static int make_rows(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        hosts->rows[i] = calloc(vf_host_board_row_size(hosts->board, i), sizeof(uint64_t));
        if (!hosts->rows[i])
            return -ENOMEM;
    }
    return VF_OK;
}

/* Says how this part is. */
static void tell(struct vf_engine *engine, enum vf_exit_status status)
{
    const struct vf_hosts *hosts = &engine->hosts;
    uint64_t *row = hosts->rows[hosts->board->here];
    row[VF_HOST_PHASE] = hosts->phase;
    row[VF_HOST_COURSE] = engine->course;
    row[VF_HOST_SIGNAL] = (uint64_t)engine->signal;
    row[VF_HOST_ABORTS] = engine->is_aborting;
    row[VF_HOST_STATUS] = status;
    row[VF_HOST_LOST] = hosts->lost;
    row[VF_HOST_ENDED] = hosts->ended;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        row[VF_HOST_WORDS + i] = vf_run_memory_stop_level(engine->memory, (unsigned)i + 1);
    vf_host_facts_collect(engine, hosts->board, row);
    vf_host_board_put(hosts->board, hosts->board->here, row);
}

int vf_hosts_begin(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    const struct vf_plan *plan = engine->plan;
    if (plan->here < 0 || plan->host_count < 2)
        return VF_OK;
    int err =
        vf_host_board_create(&hosts->board, plan, vf_host_facts_of_task(), vf_host_facts_of_edge());
    if (err)
        return err;
    hosts->peers = calloc(plan->host_count, sizeof(*hosts->peers));
    hosts->addresses = calloc(plan->host_count, sizeof(char *));
    hosts->callers = calloc(plan->host_count, sizeof(*hosts->callers));
    hosts->rows = calloc(plan->host_count, sizeof(uint64_t *));
    hosts->by_task = calloc(plan->task_count + 1, sizeof(*hosts->by_task));
    hosts->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!hosts->peers || !hosts->addresses || !hosts->callers || !hosts->rows || !hosts->by_task)
        return -ENOMEM;
    if (hosts->bell_fd < 0)
        return -errno;
    err = make_rows(engine);
    if (!err)
        err = settle_address(engine);
    if (!err)
        err = settle_keys(engine);
    if (err)
        return err;
    hosts->phase = VF_HOST_STARTING;
    tell(engine, VF_EXIT_OK);
    vf_wires_prepare();
    return start_liaison(engine);
}

/* Returns whether another host has been heard. */
static bool is_met(const struct vf_engine *engine, unsigned host)
{
    return !is_other(engine, host) || atomic_load(&engine->hosts.board->sights[host].is_met);
}

static bool are_all_met(const struct vf_engine *engine)
{
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (!is_met(engine, i))
            return false;
    }
    return true;
}

/* Says why a host may not have come. */
static void describe_absence(const struct vf_engine *engine, unsigned host, struct vf_text *text)
{
    const struct vf_hosts *hosts = &engine->hosts;
    const struct vf_flow_host *named = host_of(engine, host);
    vf_text_print(text, "%s%s (%s:%u", text->length ? ", " : "", named->name,
                  hosts->addresses[host], named->base);
    if (atomic_load(&hosts->board->sights[host].is_other))
        vf_text_print(text, "; another flow runs there, or with other queues");
    else if (!hosts->key_directory)
        vf_text_print(text, "; nothing was heard from there");
    else if (!vf_liaison_has_key(hosts->key_directory, named->name))
        vf_text_print(text, "; it has left no key in %s", hosts->key_directory);
    else if (atomic_load(hosts->board->refused))
        vf_text_print(text, "; somebody was refused, who has not the key in %s",
                      hosts->key_directory);
    else
        vf_text_print(text, "; its key is in %s, but nothing was heard from there",
                      hosts->key_directory);
    vf_text_print(text, ")");
}

static void tell_who_is_missing(const struct vf_engine *engine, bool is_late)
{
    struct vf_text missing = {0}, line = {0};
    double wait_s = (double)engine->settings.host_wait_ns / VF_NS_PER_S;
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (!is_met(engine, i))
            describe_absence(engine, i, &missing);
    }
    const char *names = missing.bytes ? missing.bytes : "";
    if (is_late)
        vf_log(VF_LOG_ERROR, "of the hosts of the flow these have not come within %g s: %s", wait_s,
               names);
    vf_text_print(&line, "waiting for other hosts, for %g s at most: %s", wait_s, names);
    if (!is_late && line.bytes)
        vf_talk_say(engine, line.bytes);
    vf_text_finish(&line);
    vf_text_finish(&missing);
}

/* Sleeps until there is news, or a signal. */
static void await_news(struct vf_engine *engine)
{
    struct pollfd fds[] = {{.fd = engine->hosts.bell_fd, .events = POLLIN},
                           {.fd = engine->signals.fd, .events = POLLIN}};
    uint64_t rings;
    int polled = poll(fds, 2, LOOK_MS);
    if (polled > 0 && fds[0].revents) {
        ssize_t size = read(engine->hosts.bell_fd, &rings, sizeof(rings));
        (void)size; /* fails only when nobody rang */
    }
    vf_watch_clock_look(&engine->clock, vf_clock_now_ns());
    vf_supervisor_hear_signals(engine);
    vf_observers_collect(&engine->hosts.liaison);
}

/* Whether the liaison has died, without which nobody hears anything any more. */
static bool is_cut_off(const struct vf_engine *engine)
{
    return !engine->hosts.liaison.items[0].pid;
}

static void take_keys(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (is_other(engine, i))
            memcpy(hosts->callers[i], hosts->board->sights[i].key, VF_KEY_SIZE);
        hosts->peers[i].key = hosts->key_directory ? hosts->callers[i] : NULL;
    }
    engine->keys.caller_count = engine->plan->host_count;
    atomic_store(hosts->board->refused, 0); /* some came before their keys were there */
}

int vf_hosts_meet(struct vf_engine *engine)
{
    bool has_told = false;
    if (!has_hosts(engine))
        return VF_OK;
    int64_t since_ns = vf_clock_now_ns(), waited_ns = 0;
    while (!are_all_met(engine) && !engine->is_called_off && !is_cut_off(engine) &&
           waited_ns < engine->settings.host_wait_ns) {
        await_news(engine);
        waited_ns = vf_clock_now_ns() - since_ns;
        if (!has_told && waited_ns >= TELL_AFTER_NS && !are_all_met(engine)) {
            tell_who_is_missing(engine, false);
            has_told = true;
        }
    }
    if (engine->is_called_off)
        return VF_OK;
    if (is_cut_off(engine))
        return -EIO; /* which has said why */
    if (!are_all_met(engine)) {
        tell_who_is_missing(engine, true);
        return -EHOSTUNREACH;
    }
    take_keys(engine);
    return VF_OK;
}

bool vf_hosts_are_ready(struct vf_engine *engine)
{
    if (!has_hosts(engine))
        return true;
    if (engine->hosts.phase < VF_HOST_READY)
        engine->hosts.phase = VF_HOST_READY;
    bool are_ready = true;
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (is_other(engine, i))
            are_ready = are_ready && word(engine, i, VF_HOST_PHASE) >= VF_HOST_READY;
    }
    if (are_ready)
        engine->hosts.phase = VF_HOST_RUNNING;
    tell(engine, VF_EXIT_OK);
    return are_ready;
}

/* Whether a task of another host can do nothing more for this one. */
static bool is_over(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_is_over(engine->memory, (unsigned)task + 1);
}

/* Gives up the tasks of a host that are not over. */
static void give_up_tasks(struct vf_engine *engine, unsigned host)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->plan->tasks[i].host != host || is_over(engine, i))
            continue;
        vf_run_memory_tell_lost(engine->memory, (unsigned)i + 1);
        vf_supervisor_lose(engine, i);
    }
}

static void lose(struct vf_engine *engine, unsigned host, const char *why)
{
    const struct vf_flow_host *named = host_of(engine, host);
    engine->hosts.lost |= bit(host);
    vf_log(VF_LOG_ERROR, "the host %s (%s:%u) is lost: %s", named->name,
           engine->hosts.addresses[host], named->base, why);
    vf_supervisor_fail(engine, VF_EXIT_FAILED);
    if (engine->state == VF_ENGINE_STARTING)
        vf_supervisor_call_off(engine);
    else
        give_up_tasks(engine, host);
}

/* Loses a host that is not there any more. */
static void look_for_loss(struct vf_engine *engine, unsigned host)
{
    char why[80];
    uint32_t loss = atomic_load(&engine->hosts.board->sights[host].is_lost);
    snprintf(why, sizeof(why), "it showed no sign of life for %g s",
             (double)engine->plan->peer_timeout_ns / VF_NS_PER_S);
    if (is_lost(engine, host))
        return;
    if (engine->hosts.is_cut_off)
        lose(engine, host, "the process that keeps in touch with it has ended");
    else if (loss)
        lose(engine, host, loss == VF_HOST_SILENT ? why : "it has lost this one");
}

/* Takes over what the part on a host has ended with before it has begun, or too early. */
static void heed_end(struct vf_engine *engine, unsigned host)
{
    bool is_early = false;
    engine->hosts.ended |= bit(host);
    for (size_t i = 0; i < engine->plan->task_count; i++)
        is_early = is_early || (engine->plan->tasks[i].host == host && !is_over(engine, i));
    if (engine->state == VF_ENGINE_STARTING && !engine->is_called_off) {
        vf_log(VF_LOG_ERROR, "the part on %s did not start: exit status %llu",
               host_of(engine, host)->name, (unsigned long long)word(engine, host, VF_HOST_STATUS));
        vf_supervisor_fail(engine, VF_EXIT_FAILED);
        vf_supervisor_call_off(engine);
    } else if (is_early && engine->state == VF_ENGINE_RUNNING) {
        give_up_tasks(engine, host);
    }
}

static void tell_of_stop(const struct vf_engine *engine, unsigned host)
{
    struct vf_text line = {0};
    vf_text_print(&line, "stopping, since the part on %s does", host_of(engine, host)->name);
    if (line.bytes)
        vf_talk_say(engine, line.bytes);
    vf_text_finish(&line);
}

/* Does here what another host asks for. */
static void heed(struct vf_engine *engine, unsigned host)
{
    const uint64_t *row = engine->hosts.rows[host];
    bool is_running = row[VF_HOST_COURSE] <= VF_COURSE_KILL && engine->state == VF_ENGINE_RUNNING;
    if (is_running && row[VF_HOST_COURSE] > engine->course)
        tell_of_stop(engine, host);
    if (is_running)
        vf_supervisor_follow(engine, (enum vf_course)row[VF_HOST_COURSE],
                             (int)(row[VF_HOST_SIGNAL] & 0x7f), row[VF_HOST_ABORTS] != 0);
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        uint64_t level = row[VF_HOST_WORDS + i];
        const struct vf_plan_task *task = &engine->plan->tasks[i];
        if (vf_plan_is_here(engine->plan, task) && level <= VF_STOP_ABORT &&
            level > vf_run_memory_stop_level(engine->memory, task->id))
            vf_supervisor_ask(engine, i, (enum vf_stop_level)level);
        if (task->host == host && !is_over(engine, i) &&
            vf_host_facts_is_over(engine->hosts.board, task, row))
            vf_run_memory_tell_over(engine->memory, task->id);
    }
    if (row[VF_HOST_PHASE] == VF_HOST_OVER && !(engine->hosts.ended & bit(host)))
        heed_end(engine, host);
}

/* Returns whether there is a row of another host, which has been copied whole. */
static bool read_row(struct vf_engine *engine, unsigned host)
{
    struct vf_hosts *hosts = &engine->hosts;
    size_t size = vf_host_board_row_size(hosts->board, host) * sizeof(uint64_t);
    uint64_t *copy = malloc(size);
    bool is_whole = copy && vf_host_board_get(hosts->board, host, copy);
    if (is_whole)
        memcpy(hosts->rows[host], copy, size);
    free(copy);
    return is_whole;
}

void vf_hosts_look(struct vf_engine *engine)
{
    struct vf_hosts *hosts = &engine->hosts;
    if (!has_hosts(engine))
        return;
    vf_observers_collect(&hosts->liaison);
    hosts->is_cut_off = is_cut_off(engine);
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (!is_other(engine, i) || is_lost(engine, i))
            continue;
        if (read_row(engine, i)) {
            vf_host_facts_spread(engine, hosts->board, i, hosts->rows[i]);
            heed(engine, i);
        }
        if (!(hosts->ended & bit(i)))
            look_for_loss(engine, i);
    }
    unsigned refused = atomic_exchange(hosts->board->refused, 0);
    if (refused && hosts->phase >= VF_HOST_READY)
        vf_log(VF_LOG_WARNING, "somebody who has not the keys of the run was refused");
    tell(engine, VF_EXIT_OK);
}

bool vf_hosts_are_over(const struct vf_engine *engine)
{
    for (size_t i = 0; has_hosts(engine) && i < engine->plan->task_count; i++) {
        bool is_away = !vf_plan_is_here(engine->plan, &engine->plan->tasks[i]);
        if (is_away && !is_over(engine, i) && !engine->is_called_off)
            return false;
    }
    return true;
}

bool vf_hosts_is_whole(const struct vf_engine *engine, const struct vf_plan_task *task)
{
    return has_hosts(engine) && !is_lost(engine, task->host) &&
           vf_host_facts_is_whole(engine->hosts.board, task, engine->hosts.rows[task->host]);
}

/* Returns whether there is nobody to wait for: all are over, and know that this part is. */
static bool are_all_done(const struct vf_engine *engine, bool *are_over)
{
    bool are_done = true;
    *are_over = true;
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        if (!is_other(engine, i) || is_lost(engine, i))
            continue;
        *are_over = *are_over && engine->hosts.ended & bit(i);
        are_done = are_done && word(engine, i, VF_HOST_ENDED) & bit(engine->hosts.board->here);
    }
    return *are_over && are_done;
}

/* Adds to the status of this part what those of the others are. */
static enum vf_exit_status merge(const struct vf_engine *engine, enum vf_exit_status status)
{
    for (unsigned i = 0; i < engine->plan->host_count; i++) {
        uint64_t other = is_other(engine, i) ? word(engine, i, VF_HOST_STATUS) : 0;
        if (!other || is_lost(engine, i))
            continue;
        if (status == VF_EXIT_OK || other < VF_EXIT_BY_SIGNAL)
            vf_log(VF_LOG_ERROR, "the part on %s ended with status %llu", host_of(engine, i)->name,
                   (unsigned long long)other);
        if (status == VF_EXIT_OK)
            status = other > VF_EXIT_BY_SIGNAL && other < 256 ? (enum vf_exit_status)other
                                                              : VF_EXIT_FAILED;
    }
    return engine->hosts.lost && status == VF_EXIT_OK ? VF_EXIT_FAILED : status;
}

enum vf_exit_status vf_hosts_conclude(struct vf_engine *engine, enum vf_exit_status status)
{
    struct vf_hosts *hosts = &engine->hosts;
    bool are_over = false;
    int64_t over_ns = 0;
    if (!has_hosts(engine))
        return status;
    hosts->phase = VF_HOST_OVER;
    while (!are_all_done(engine, &are_over) && !engine->is_called_off &&
           engine->course < VF_COURSE_KILL) {
        vf_hosts_look(engine);
        tell(engine, status);
        int64_t now_ns = vf_clock_now_ns();
        over_ns = are_over && !over_ns ? now_ns : over_ns;
        if (are_over && now_ns - over_ns >= LAST_WORD_NS)
            break;
        await_news(engine);
    }
    return merge(engine, status);
}

static void free_all(struct vf_hosts *hosts, const struct vf_plan *plan)
{
    for (unsigned i = 0; i < plan->host_count; i++) {
        if (hosts->addresses)
            free(hosts->addresses[i]);
        if (hosts->rows)
            free(hosts->rows[i]);
    }
    free(hosts->addresses);
    free(hosts->rows);
    free(hosts->peers);
    free(hosts->callers);
    free(hosts->by_task);
    vf_host_board_destroy(&hosts->board);
    if (hosts->bell_fd >= 0)
        close(hosts->bell_fd);
    *hosts = (struct vf_hosts){.bell_fd = -1};
}

void vf_hosts_end(struct vf_engine *engine, enum vf_exit_status status)
{
    struct vf_hosts *hosts = &engine->hosts;
    if (!has_hosts(engine))
        return;
    hosts->phase = VF_HOST_OVER;
    if (hosts->rows && engine->memory)
        tell(engine, status);
    vf_observers_finish(&hosts->liaison, LIAISON_PATIENCE_MS);
    if (hosts->has_left_key)
        vf_liaison_withdraw_key(hosts->key_directory, host_of(engine, hosts->board->here)->name,
                                engine->settings.owns_key_directory);
    engine->address.peers = NULL;
    free_all(hosts, engine->plan);
}
