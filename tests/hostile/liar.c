/* SPDX-License-Identifier: MIT */
/* liar - makes the worker of one task a liar. It is loaded into vflow by LD_PRELOAD, and once the worker
 * of the task in LIAR_TASK has entered its memory, a thread of its own writes random and clever bytes
 * over all that the worker may write, while its node goes on working: its page, its arena, the journal,
 * its neighbours' doorbells; what it sends through sockets is changed on the way.
 *
 *   LIAR_TASK, LIAR_SEED     who, and what is drawn
 *   LIAR_MODES               words of struct mode below
 *   LIAR_AFTER_MS, LIAR_FOR_MS, LIAR_PAUSE_US    when, how long, and between two lies
 *   LIAR_DIES                1: then the worker is killed, and leaves to the next what it has written;
 *                            2: and looks as if its node had been at work
 *   LIAR_BOOK                a file to which each process that lies appends its id; only the first
 *                            LIAR_TIMES do */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/edge/page/edge.h"
#include "engine/edge/page/task_page.h"
#include "engine/edge/page/trace.h"

#define NAME_KEPT 15 /* bytes of a process's name, of which the task's begins at the seventh */
#define MOST_MAPS 16
#define MOST_FILES 256
#define SENT_LIMIT 2048

struct map {
    uint8_t *bytes;
    size_t size;
};

static struct {
    struct map pages[MOST_MAPS], arenas[MOST_MAPS]; /* also records of edges that were added */
    size_t page_count, arena_count;
    int bells[MOST_FILES], journal;
    size_t bell_count;
} own;

static _Atomic int is_lying, changes_sockets, changes_origins;
static __thread uint64_t drawn;

static uint64_t draw(void)
{
    drawn += 0x9e3779b97f4a7c15u;
    uint64_t mixed = drawn;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

static size_t below(size_t limit)
{
    return limit ? draw() % limit : 0;
}

static long number_of(const char *name, long fallback)
{
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : fallback;
}

/* A number that may be worse than a random one, in place of `was`. */
static uint64_t worse(uint64_t was)
{
    switch (below(16)) {
    case 0:
        return was + 1;
    case 1:
        return was - 1;
    case 2:
        return was + 1 + below(64);
    case 3:
        return was - 1 - below(64);
    case 4:
        return 0;
    case 5:
        return UINT64_MAX;
    case 6:
        return UINT64_C(1) << 63;
    case 7:
        return INT64_MAX;
    case 8:
        return UINT32_MAX;
    case 9:
        return UINT64_C(1) << below(64);
    case 10:
        return was ^ UINT64_C(1) << below(64);
    case 11:
        return was << 32 | was >> 32;
    case 12:
        return UINT64_MAX / 4;
    case 13:
        return below(16);
    case 14:
        return below(16) << 32 | below(16);
    default:
        return draw();
    }
}

/* Writes `size` bytes, and half of the time puts back what was there: a neighbour may have looked
 * twice. */
static void lie_at(uint8_t *place, const void *bytes, size_t size)
{
    uint8_t was[64];
    size = size < sizeof(was) ? size : sizeof(was);
    memcpy(was, place, size);
    memcpy(place, bytes, size);
    if (below(2)) {
        for (volatile unsigned i = (unsigned)below(2000); i; i--)
            ;
        memcpy(place, was, size);
    }
}

static void worsen(uint8_t *place, size_t size)
{
    uint64_t was = 0;
    memcpy(&was, place, size);
    was = worse(was);
    lie_at(place, &was, size);
}

static const struct map *any(const struct map *maps, size_t count)
{
    return count ? &maps[below(count)] : NULL;
}

/* The bytes of a page in front of the ring of the trace, which is far larger. */
static size_t size_of_records(const struct map *page)
{
    return page->size > sizeof(struct vf_trace_ring) + sizeof(struct vf_task_page)
               ? page->size - sizeof(struct vf_trace_ring)
               : page->size;
}

static void lie_in_bytes(void)
{
    const struct map *page = any(own.pages, own.page_count);
    uint64_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = draw();
    size_t limit = size_of_records(page) & ~(size_t)63;
    lie_at(page->bytes + below(limit - 63), bytes, 1 + below(64));
}

/* In a word that says something already. */
static void lie_in_words(void)
{
    const struct map *page = any(own.pages, own.page_count);
    size_t count = size_of_records(page) / 8;
    for (size_t i = below(count), left = count; left; left--, i = (i + 1) % count) {
        uint64_t word;
        memcpy(&word, page->bytes + 8 * i, 8);
        if (!word)
            continue;
        bool is_half = below(2);
        worsen(page->bytes + 8 * i + (is_half ? 4 * below(2) : 0), is_half ? 4 : 8);
        return;
    }
}

#define FIELD(name)                                                                   \
    {                                                                                 \
        offsetof(struct vf_task_page, name), sizeof(((struct vf_task_page *)0)->name) \
    }

static void lie_in_fields(void)
{
    static const struct {
        size_t offset, size;
    } fields[] = {
        FIELD(state),        FIELD(end_reason), FIELD(refused_call),  FIELD(heard_stop),
        FIELD(alive_ns),     FIELD(frame),      FIELD(expected),      FIELD(is_endless),
        FIELD(is_live),      FIELD(inputs),     FIELD(answered),      FIELD(filtered),
        FIELD(failed),       FIELD(set_aside),  FIELD(unkept),        FIELD(emitted),
        FIELD(rounds),       FIELD(marks),      FIELD(errors),        FIELD(started_ns),
        FIELD(first_ns),     FIELD(last_ns),    FIELD(call_ns),       FIELD(busy_ns),
        FIELD(waiting_ns),   FIELD(blocked_ns), FIELD(media_us),      FIELD(work),
        FIELD(age),          FIELD(source),     FIELD(touched_bytes), FIELD(dropped_lines),
        FIELD(output_count), FIELD(complaint),  FIELD(outputs),
    };
    uint8_t *page = own.pages[0].bytes; /* the first is the task's own */
    size_t i = below(sizeof(fields) / sizeof(fields[0]));
    size_t width = fields[i].size % 8 ? 4 : 8;
    worsen(page + fields[i].offset + width * below(fields[i].size / width), width);
    if (below(64) == 0) /* text without an end */
        memset(page + offsetof(struct vf_task_page, complaint), 'x',
               sizeof(struct vf_task_page) - offsetof(struct vf_task_page, complaint));
    if (below(64) == 0)
        memset(page + offsetof(struct vf_task_page, source), 0x1b, sizeof(struct vf_page_source));
}

/* Finds an envelope in a page by its first word, from a random place on. */
static struct vf_envelope *find_envelope(const struct map *page)
{
    size_t count = size_of_records(page) / 8;
    size_t last = sizeof(struct vf_envelope) / 8;
    for (size_t i = below(count), left = count; left; left--, i = (i + 1) % count) {
        uint32_t magic;
        memcpy(&magic, page->bytes + 8 * i, sizeof(magic));
        if (magic == VF_ENVELOPE_MAGIC && i && i + last < count)
            return (void *)(page->bytes + 8 * i);
    }
    return NULL;
}

static void lie_in_envelopes(void)
{
    const struct map *page = any(own.pages, own.page_count);
    struct vf_envelope *envelope = find_envelope(page);
    if (!envelope)
        return;
    uint8_t *place = (uint8_t *)envelope;
    switch (below(6)) {
    case 0: /* the number of the cell */
        worsen(place - 8, 8);
        break;
    case 1:
        worsen((uint8_t *)&envelope->sequence, 8);
        break;
    case 2:
        worsen((uint8_t *)&envelope->arena, 4);
        worsen((uint8_t *)&envelope->offset, 8);
        break;
    case 3:
        worsen((uint8_t *)&envelope->description.payload_size, 8);
        break;
    default: {
        bool is_half = below(2);
        size_t width = is_half ? 4 : 8;
        size_t words = offsetof(struct vf_envelope, inline_bytes) / width;
        worsen(place + width * below(words), width);
        break;
    }
    }
}

/* Gives every seventh message the origin of the one before it: all that is counted stays as it was, but
 * a join further down takes the frame in between for lost. */
static bool repeat_origin(struct vf_envelope *envelope)
{
    uint64_t number = envelope->description.origin.number;
    bool is = envelope->description.kind == VF_MESSAGE_DATA && number && number % 7 == 0;
    if (is)
        envelope->description.origin.number = number - 1;
    return is;
}

static void lie_in_origins(void)
{
    struct vf_envelope *envelope = find_envelope(any(own.pages, own.page_count));
    if (envelope)
        (void)repeat_origin(envelope);
}

#define LINE ((size_t)64)

/* Finds the record in front of the cells: of the first edge that has an envelope in its first cell. */
static struct vf_outbox_page *find_outbox(const struct map *page)
{
    size_t head = (sizeof(struct vf_outbox_page) + LINE - 1) & ~(LINE - 1);
    for (int looks = 0; looks < 8; looks++) {
        struct vf_envelope *envelope = find_envelope(page);
        if (!envelope)
            return NULL;
        size_t place = (size_t)((uint8_t *)envelope - page->bytes) - 8;
        size_t before = envelope->cell * sizeof(struct vf_outbox_cell);
        if (before <= place && place - before >= head)
            return (void *)(page->bytes + place - before - head);
    }
    return NULL;
}

/* Lies that agree with each other, so that no check of one alone finds them. */
static void lie_in_outboxes(void)
{
    struct vf_outbox_page *outbox = find_outbox(any(own.pages, own.page_count));
    if (!outbox)
        return;
    uint64_t published = worse(atomic_load(&outbox->published));
    switch (below(5)) {
    case 0:
        outbox->records[published % 2] = (struct vf_outbox_record){
            .sequence = published,
            .round = worse(outbox->records[published % 2].round),
            .in_round = below(2) ? published : worse(0),
            .data = published,
            .answered = worse(published),
            .is_end = (uint8_t)below(3),
        };
        atomic_store(&outbox->data_published, published);
        atomic_store(&outbox->published, published);
        break;
    case 1:
        worsen((uint8_t *)&outbox->skip_before, 8);
        break;
    case 2:
        worsen((uint8_t *)&outbox->waits, 4);
        break;
    case 3:
        worsen((uint8_t *)outbox->records + 8 * below(sizeof(outbox->records) / 8), 8);
        break;
    default:
        worsen((uint8_t *)&outbox->published, 8);
        break;
    }
}

/* Of a task that sends nothing: the record of its first input. */
static void lie_in_inboxes(void)
{
    const struct map *page = &own.pages[0];
    size_t place = (sizeof(struct vf_task_page) + LINE - 1) & ~(LINE - 1);
    if (find_envelope(page) || place + sizeof(struct vf_inbox_page) > page->size)
        return;
    worsen(page->bytes + place + 4 * below((sizeof(struct vf_inbox_page) + 256) / 4),
           below(2) ? 4 : 8);
}

static void lie_in_arena(void)
{
    const struct map *arena = any(own.arenas, own.arena_count);
    if (!arena)
        return;
    uint64_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = below(2) ? draw() : worse(0);
    size_t reach = own.pages[0].bytes
                       ? (size_t)((struct vf_task_page *)own.pages[0].bytes)->touched_bytes
                       : 0; /* which a lie may have changed */
    reach = reach > 64 && reach < arena->size ? reach : 65536;
    reach = reach < arena->size ? reach : arena->size;
    lie_at(arena->bytes + below(reach - 64), bytes, 1 + below(64));
}

static void lie_in_trace(void)
{
    const struct map *page = &own.pages[0];
    if (page->size <= sizeof(struct vf_trace_ring))
        return;
    uint8_t *ring = page->bytes + size_of_records(page);
    worsen(below(4) ? ring + 8 * below(sizeof(struct vf_trace_ring) / 8) : ring, 8);
}

static void lie_in_bells(void)
{
    if (!own.bell_count)
        return;
    int bell = own.bells[below(own.bell_count)];
    uint64_t value = below(2) ? 1 : UINT64_MAX - 1;
    ssize_t done =
        below(2) ? write(bell, &value, sizeof(value)) : read(bell, &value, sizeof(value));
    (void)done; /* it does not wait */
}

static void lie_in_journal(void)
{
    static const char *const lines[] = {
        "{\"kind\":0,\"task\":999999,\"path\":\"x\"}\n",
        "{\"kind\":1,\"task\":-1,\"path\":\"x\",\"frames\":-5,\"seconds\":1e308,\"bytes\":-1}\n",
        "{\"kind\":1,\"task\":0,\"path\":5,\"removed\":[]}\n",
        "{\"kind\":2,\"task\":1}\n",
        "{\"kind\":2,\"task\":2,\"text\":5,\"frame\":\"x\",\"fatal\":{}}\n",
        "{\"kind\":1,\"task\":1,\"more\":\"x\"}\n",
        "[[[[[[[[[[[[[[[[\n",
        "{\"kind\":1,\"task\":1,\"path\":\"\\u001b[2J\",\"complete\":7,\"reason\":[]}\n",
        "\n\n\n",
        "{\"kind\":0",
    };
    const char *line = lines[below(sizeof(lines) / sizeof(lines[0]))];
    if (own.journal >= 0 && below(20) == 0)
        (void)!write(own.journal, line, strlen(line));
}

static const struct mode {
    const char *name;
    void (*lie)(void);
} modes[] = {
    {"bytes", lie_in_bytes},         {"words", lie_in_words},     {"fields", lie_in_fields},
    {"envelopes", lie_in_envelopes}, {"arena", lie_in_arena},     {"trace", lie_in_trace},
    {"bells", lie_in_bells},         {"journal", lie_in_journal}, {"outboxes", lie_in_outboxes},
    {"inboxes", lie_in_inboxes},     {"origins", lie_in_origins},
};

/* Notes what the worker may write. Returns false as long as it has not entered its memory, but is still
 * as it was forked. */
static bool look_around(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512], rights[8];
    bool has_entered = true;
    own.page_count = own.arena_count = 0;
    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long from, to;
        const char *name = strstr(line, "memfd:vflow-");
        if (!name || sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w')
            continue;
        struct map map = {(uint8_t *)from, to - from};
        if (strncmp(name, "memfd:vflow-words", 17) == 0)
            has_entered = false;
        else if (strncmp(name, "memfd:vflow-arena", 17) == 0 && own.arena_count < MOST_MAPS)
            own.arenas[own.arena_count++] = map;
        else if (strncmp(name, "memfd:vflow-page", 16) == 0 && own.page_count < MOST_MAPS)
            own.pages[own.page_count++] = map;
    }
    if (maps)
        fclose(maps);
    return has_entered && own.page_count;
}

static void find_files(void)
{
    own.journal = -1;
    own.bell_count = 0;
    for (int fd = 3; fd < MOST_FILES; fd++) {
        char path[64], target[64];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t size = readlink(path, target, sizeof(target) - 1);
        target[size > 0 ? size : 0] = '\0';
        if (strstr(target, "vflow-journal"))
            own.journal = fd;
        else if (strstr(target, "[eventfd") && fcntl(fd, F_GETFL) & O_NONBLOCK)
            own.bells[own.bell_count++] = fd;
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void rest(long us)
{
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (us)
        nanosleep(&time, NULL);
}

static void *lie(void *unused)
{
    const char *wanted = getenv("LIAR_MODES");
    const struct mode *chosen[sizeof(modes) / sizeof(modes[0])];
    size_t count = 0;
    (void)unused;
    while (!look_around())
        rest(1000);
    rest(number_of("LIAR_AFTER_MS", 0) * 1000);
    find_files();
    drawn = (uint64_t)number_of("LIAR_SEED", 1) + (uint64_t)getpid() * 0x10000u;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (!wanted || strstr(wanted, modes[i].name))
            chosen[count++] = &modes[i];
    }
    atomic_store(&changes_sockets, wanted && strstr(wanted, "sockets"));
    atomic_store(&is_lying, 1);
    int64_t until_ms = now_ms() + number_of("LIAR_FOR_MS", 300);
    while (now_ms() < until_ms) {
        if (count)
            chosen[below(count)]->lie();
        rest(count ? number_of("LIAR_PAUSE_US", 0) : 10000);
    }
    atomic_store(&is_lying, 0);
    if (number_of("LIAR_DIES", 0) == 2)
        atomic_store(&((struct vf_task_page *)(void *)own.pages[0].bytes)->state, VF_TASK_BUSY);
    if (number_of("LIAR_DIES", 0))
        kill(getpid(), SIGKILL);
    return NULL;
}

/* Whether this process is to lie, which it notes in the book. */
static bool is_on_duty(void)
{
    char line[32];
    const char *book = getenv("LIAR_BOOK");
    int fd = open(book ? book : "/dev/null", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat status;
    int length = snprintf(line, sizeof(line), "%15d\n", (int)getpid());
    bool is = fd >= 0 && fstat(fd, &status) == 0 &&
              status.st_size / length < number_of("LIAR_TIMES", 1000);
    if (is)
        is = write(fd, line, (size_t)length) == length;
    if (fd >= 0)
        close(fd);
    return is;
}

int prctl(int option, ...)
{
    static int (*next)(int option, ...);
    unsigned long words[4];
    va_list arguments;
    va_start(arguments, option);
    for (size_t i = 0; i < 4; i++)
        words[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "prctl");
    char name[NAME_KEPT + 1];
    const char *task = getenv("LIAR_TASK");
    snprintf(name, sizeof(name), "vflow:%.9s", task ? task : "");
    pthread_t thread;
    bool lies =
        option == PR_SET_NAME && task && strcmp((const char *)words[0], name) == 0 && is_on_duty();
    const char *wanted = getenv("LIAR_MODES");
    if (lies) /* from the first message on */
        atomic_store(&changes_origins, wanted && strcmp(wanted, "origins") == 0);
    if (lies && pthread_create(&thread, NULL, lie, NULL) == 0)
        pthread_detach(thread);
    return next(option, words[0], words[1], words[2], words[3]);
}

/* Copies what is sent, if it is small, and repeats the origin where it is an envelope. */
static void repeat_origin_sent(uint8_t *changed, const void *bytes, size_t size)
{
    struct vf_envelope envelope = {0};
    if (size > SENT_LIMIT)
        return;
    memcpy(changed, bytes, size);
    if (size < offsetof(struct vf_envelope, inline_bytes) || size > sizeof(envelope))
        return;
    memcpy(&envelope, bytes, size);
    if (envelope.magic == VF_ENVELOPE_MAGIC && repeat_origin(&envelope))
        memcpy(changed, &envelope, size);
}

/* What goes through sockets. */
int zmq_send(void *socket, const void *bytes, size_t size, int flags);

int zmq_send(void *socket, const void *bytes, size_t size, int flags)
{
    static int (*next)(void *socket, const void *bytes, size_t size, int flags);
    static uint8_t before[SENT_LIMIT]; /* what was sent some time ago */
    static size_t before_size;
    uint8_t changed[SENT_LIMIT];
    if (!next) /* a module has brought it along, so it is not among the next */
        *(void **)&next = dlsym(dlopen("libzmq.so.5", RTLD_LAZY | RTLD_NOLOAD), "zmq_send");
    if (!drawn)
        drawn = (uint64_t)number_of("LIAR_SEED", 1);
    if (atomic_load(&changes_origins)) {
        repeat_origin_sent(changed, bytes, size);
        return next(socket, size <= sizeof(changed) ? changed : bytes, size, flags);
    }
    if (!atomic_load(&is_lying) || !atomic_load(&changes_sockets) || size > sizeof(changed) ||
        below(4))
        return next(socket, bytes, size, flags);
    size_t sent = size;
    memcpy(changed, bytes, size);
    switch (below(6)) {
    case 0: /* shorter, or longer */
        sent = below(2) ? below(size + 1) : sizeof(changed);
        memset(changed + size, 0xa5, sizeof(changed) - size);
        break;
    case 1: /* what it said before */
        if (before_size) {
            sent = before_size;
            memcpy(changed, before, sent);
        }
        break;
    case 2: /* nothing that means anything */
        for (size_t i = 0; i < size; i++)
            changed[i] = (uint8_t)draw();
        break;
    default:
        for (size_t left = 1 + below(3); left && size >= 8; left--) {
            uint64_t word;
            size_t place = 4 * below(size / 4 - 1);
            memcpy(&word, changed + place, 8);
            word = worse(word);
            memcpy(changed + place, &word, below(2) ? 4 : 8);
        }
        break;
    }
    if (!before_size || !below(8)) {
        memcpy(before, bytes, size);
        before_size = size;
    }
    if (below(4) == 0 && next(socket, changed, sent, flags & ~2) >= 0) /* and the truth after it */
        return next(socket, bytes, size, flags);
    return next(socket, changed, sent, flags);
}
