/* SPDX-License-Identifier: MIT */
/* client.c - a program for process nodes that is made of the page vflow-process(7) alone: it includes
 * nothing of vflow, and takes numbers out of messages at the offsets that the page names.
 *
 *     client WORK [AT [VALUE]]
 *
 * WORK is what it does with each input, or, from input number AT on, what it does wrong: see `works`
 * at the end. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MESSAGE 65536
#define MAX_ARENAS 64
#define MAX_INPUTS 24
#define MAX_WAITING 64
#define HEAD 16
#define DESCRIPTION 568 /* bytes of one */

enum { WELCOME = 1, ARENA, INPUT, SLOT, FLUSH, BYE };
enum {
    HELLO = 101,
    READY,
    ALLOCATE,
    FREE,
    EMIT,
    PASS,
    DROP,
    DONE,
    RELEASE,
    ERROR,
    ALIVE,
    END,
    EXPECT
};
enum { LAST = 1, KEEP = 2, FORGET = 4 }; /* flags of answers */
enum { IS_LAST = 1, GRANTS = 2 };        /* flags of inputs */
enum { VIDEO = 1, AUDIO, PACKET, ARRAY, VALUE };

struct arena {
    uint32_t id;
    uint8_t *bytes;
    uint64_t size;
};

/* One input of the round. */
struct input {
    uint64_t lease;
    const uint8_t *payload;
    uint8_t description[DESCRIPTION];
    uint8_t following[4096];
};

static int sock;
static uint8_t message[MAX_MESSAGE];
static uint8_t *backlog[MAX_WAITING]; /* inputs that came while a slot was waited for */
static unsigned backlog_count;
static uint32_t kind, input_count, output_count, slots;
static char *json;   /* of the welcome */
static uint8_t *own; /* arena */
static uint64_t own_size;
static struct arena arenas[MAX_ARENAS];
static unsigned arena_count;
static struct input inputs[MAX_INPUTS];
static uint64_t round_number;
static uint64_t grant_offset, grant_size; /* 0: there is none */
static int is_over;                       /* nothing more comes */
static uint64_t at, value;                /* arguments */

static uint64_t get(const uint8_t *bytes, unsigned size)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

static void put(uint8_t *bytes, unsigned size, uint64_t number)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

static void put_text(uint8_t *bytes, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)text[i];
}

static void leave(const char *why)
{
    fprintf(stderr, "client: %s\n", why);
    exit(9);
}

static void send_message(uint8_t *bytes, unsigned type, unsigned flags, size_t size)
{
    put(bytes, 2, type);
    put(bytes + 2, 2, flags);
    put(bytes + 4, 4, size);
    put(bytes + 8, 8, 0);
    if (send(sock, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        exit(8); /* the worker has gone */
}

static void send_plain(unsigned type, unsigned flags)
{
    uint8_t bytes[HEAD];
    send_message(bytes, type, flags, sizeof(bytes));
}

/* Receives one message, and a descriptor if one comes with it. Returns its type; 0: the worker has
 * gone. */
static unsigned receive(int *fd)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {message, sizeof(message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof(control)};
    ssize_t size;
    do
        size = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    *fd = -1;
    struct cmsghdr *passed = size > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    if (passed && passed->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(passed), sizeof(*fd));
    if (size < HEAD)
        return 0;
    if (get(message + 4, 4) != (uint64_t)size)
        leave("a message has another length than it says");
    return (unsigned)get(message, 2);
}

static uint8_t *map(int fd, uint64_t size, int protection)
{
    void *bytes = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        leave("cannot map an arena");
    close(fd);
    return bytes;
}

static void take_welcome(int fd)
{
    kind = (uint32_t)get(message + 20, 4);
    input_count = (uint32_t)get(message + 24, 4);
    output_count = (uint32_t)get(message + 28, 4);
    slots = (uint32_t)get(message + 36, 4);
    own_size = get(message + 40, 8);
    json = strndup((char *)message + 64, get(message + 56, 4));
    if (get(message + 32, 4))
        own = map(fd, own_size, PROT_READ | PROT_WRITE);
}

static void take_arena(int fd)
{
    if (arena_count == MAX_ARENAS)
        leave("too many arenas");
    struct arena *arena = &arenas[arena_count++];
    arena->id = (uint32_t)get(message + 16, 4);
    arena->size = get(message + 24, 8);
    if (mmap(NULL, arena->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED &&
        !(arena->id >> 31))
        leave("an arena of inputs can be written");
    arena->bytes = map(fd, arena->size, PROT_READ);
}

static const uint8_t *find_payload(uint32_t id, uint64_t offset, struct input *input)
{
    uint64_t size = get(input->description + 72, 8);
    if (!id) {
        memcpy(input->following, message + 56 + DESCRIPTION, size);
        return input->following;
    }
    for (unsigned i = 0; i < arena_count; i++) {
        if (arenas[i].id == id && offset + size <= arenas[i].size)
            return arenas[i].bytes + offset;
    }
    leave("an input lies in no arena");
    return NULL;
}

static void take_input(void)
{
    struct input *input = &inputs[get(message + 16, 4)];
    input->lease = get(message + 24, 8);
    memcpy(input->description, message + 56, DESCRIPTION);
    input->payload = find_payload((uint32_t)get(message + 20, 4), get(message + 32, 8), input);
    if (get(message + 2, 2) & GRANTS) {
        grant_offset = get(message + 40, 8);
        grant_size = get(message + 48, 8);
    }
}

/* An arena that holds one payload goes with its round. */
static void drop_single_arenas(void)
{
    for (unsigned i = 0; i < arena_count;) {
        if (!(arenas[i].id >> 31)) {
            i++;
            continue;
        }
        munmap(arenas[i].bytes, arenas[i].size);
        arenas[i] = arenas[--arena_count];
    }
}

/* Keeps the input that has just come for its own round. */
static void put_aside(void)
{
    size_t size = get(message + 4, 4);
    if (backlog_count == MAX_WAITING)
        leave("too many inputs wait");
    backlog[backlog_count] = malloc(size);
    if (!backlog[backlog_count])
        leave("out of memory");
    memcpy(backlog[backlog_count++], message, size);
}

/* Takes what was put aside first, or receives. */
static unsigned receive_in_turn(int *fd)
{
    if (!backlog_count)
        return receive(fd);
    memcpy(message, backlog[0], get(backlog[0] + 4, 4));
    free(backlog[0]);
    memmove(backlog, backlog + 1, --backlog_count * sizeof(backlog[0]));
    return INPUT;
}

/* Reads all inputs of a round, or that none come any more. Returns whether there is one. */
static int next_round(void)
{
    int fd;
    for (unsigned i = 0; i < MAX_INPUTS; i++)
        inputs[i].lease = 0;
    for (;;) {
        unsigned type = receive_in_turn(&fd);
        if (type == ARENA)
            take_arena(fd);
        else if (type == INPUT)
            take_input();
        if (type == INPUT && get(message + 2, 2) & IS_LAST) {
            round_number = get(message + 8, 8);
            return 1;
        }
        is_over = type == FLUSH;
        if (type == FLUSH || type == BYE || type == 0)
            return 0;
    }
}

/* Returns a place for an output; NULL: there is no room, or the flow stops. */
static uint8_t *allocate(uint64_t size, uint64_t *offset)
{
    uint8_t bytes[HEAD + 8];
    int fd;
    if (grant_size >= size) {
        grant_size = 0;
        *offset = grant_offset;
        return own + *offset;
    }
    if (grant_size) {
        put(bytes + 16, 8, grant_offset);
        send_message(bytes, FREE, 0, sizeof(bytes));
        grant_size = 0;
    }
    put(bytes + 16, 8, size);
    send_message(bytes, ALLOCATE, 0, sizeof(bytes));
    for (unsigned type; (type = receive(&fd)) != SLOT;) {
        if (type == ARENA)
            take_arena(fd);
        else if (type == INPUT)
            put_aside();
        else if (type == 0)
            leave("the worker has gone");
    }
    *offset = get(message + 16, 8);
    return get(message + 2, 2) ? NULL : own + *offset;
}

static void send_pass(unsigned type, unsigned port, uint64_t lease, unsigned flags)
{
    uint8_t bytes[32] = {0};
    put(bytes + 16, 4, port);
    put(bytes + 24, 8, lease);
    send_message(bytes, type, flags, sizeof(bytes));
}

static void send_value(unsigned port, const char *text, unsigned flags)
{
    static uint8_t bytes[40 + DESCRIPTION + 32768];
    size_t length = strlen(text);
    memset(bytes, 0, 40 + DESCRIPTION);
    put(bytes + 16, 4, port);
    put(bytes + 40, 2, VALUE);
    put(bytes + 40 + 72, 8, length);
    put_text(bytes + 40 + DESCRIPTION, text, length);
    send_message(bytes, EMIT, flags, 40 + DESCRIPTION + length);
}

/* Sends what lies in its slot, described as `description`. */
static void send_slot(unsigned port, uint64_t offset, const uint8_t *description, unsigned flags)
{
    uint8_t bytes[40 + DESCRIPTION] = {0};
    put(bytes + 16, 4, port);
    put(bytes + 20, 4, 1);
    put(bytes + 24, 8, offset);
    memcpy(bytes + 40, description, DESCRIPTION);
    send_message(bytes, EMIT, flags, sizeof(bytes));
}

static void fail(const char *text, const char *details, unsigned flags)
{
    uint8_t bytes[1024];
    size_t text_size = strlen(text), details_size = strlen(details);
    put(bytes + 16, 4, text_size);
    put(bytes + 20, 4, details_size);
    put_text(bytes + 24, text, text_size);
    put_text(bytes + 24 + text_size, details, details_size);
    send_message(bytes, ERROR, flags, 24 + text_size + details_size);
}

/* What can be done with an input. */

static void pass(void)
{
    send_pass(PASS, 0, inputs[0].lease, LAST);
}

static void filter(void)
{
    if (round_number % 2)
        pass();
    else
        send_plain(DONE, 0);
}

/* Says what it got: the round, the type, the size of the payload, and its sum. */
static void tell(void)
{
    char text[1024] = "[";
    for (unsigned i = 0; i < input_count; i++) {
        const uint8_t *described = inputs[i].description;
        uint64_t size = get(described + 72, 8), sum = 0;
        size_t length = strlen(text);
        for (uint64_t j = 0; inputs[i].lease && j < size; j++)
            sum += inputs[i].payload[j];
        snprintf(text + length, sizeof(text) - length,
                 "%s{\"number\": %" PRIu64 ", \"type\": %u, \"size\": %" PRIu64
                 ", \"sum\": %" PRIu64 ", \"timestamp\": %" PRId64 "}",
                 i ? ", " : "", get(described + 32, 8), (unsigned)get(described, 2), size, sum,
                 (int64_t)get(described + 8, 8));
    }
    size_t length = strlen(text);
    snprintf(text + length, sizeof(text) - length, "]");
    send_value(0, text, LAST);
}

/* Sends the inverse of a picture, made where it is read. */
static void invert(void)
{
    uint64_t offset, size = get(inputs[0].description + 72, 8);
    uint8_t *bytes = allocate(size, &offset), description[DESCRIPTION];
    if (!bytes) {
        send_pass(DROP, 0, 0, LAST);
        return;
    }
    for (uint64_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(255 - inputs[0].payload[i]);
    memcpy(description, inputs[0].description, DESCRIPTION);
    put(description + 24, 4, 0); /* its times are those of the input */
    put(description + 80, 8, 0);
    put(description + 88, 8, 0);
    send_slot(0, offset, description, LAST);
}

static void welcome(void)
{
    send_value(0, json, LAST);
}

static void many(void)
{
    char text[32];
    for (uint64_t i = 0; i < at; i++) {
        snprintf(text, sizeof(text), "%" PRIu64, round_number * 1000 + i);
        send_value(0, text, 0);
    }
    send_plain(DONE, 0);
}

static void keep(void)
{
    send_pass(PASS, 0, inputs[0].lease, LAST | KEEP);
}

/* Gives an input back with the answer to the next. */
static void late(void)
{
    send_pass(PASS, 0, inputs[0].lease, LAST | KEEP | FORGET);
}

/* Answers each input with the one before, and keeps one. */
static void behind(void)
{
    static uint64_t kept;
    uint8_t bytes[32] = {0};
    if (kept) {
        send_pass(PASS, 0, kept, 0);
        put(bytes + 16, 4, 1);
        put(bytes + 24, 8, kept);
        send_message(bytes, RELEASE, 0, sizeof(bytes));
    }
    kept = inputs[0].lease;
    send_plain(DONE, KEEP);
}

/* What goes wrong with input number `at`; all others are passed on. */

static void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void stop(void)
{
    raise(SIGSTOP);
}

static void leave_early(void)
{
    exit((int)value);
}

static void hang(void)
{
    fprintf(stderr, "hanging\n");
    for (;;)
        pause();
}

static void complain(void)
{
    fail("ValueError: no such thing", "Traceback:\n  line 1\n  line 2\n", 0);
}

static void give_up(void)
{
    fail("MemoryError: no more", "", 1);
}

static void send_garbage(void)
{
    uint8_t bytes[200];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    if (value == 1)
        send_plain(77, 0);
    else if (value == 2)
        send_pass(PASS, 9, inputs[0].lease, LAST);
    else if (value == 3)
        send_pass(PASS, 0, inputs[0].lease + 100, LAST);
    else if (value == 4)
        send_slot(0, 4096, inputs[0].description, LAST);
    else if (send(sock, bytes, sizeof(bytes), 0) < 0)
        exit(8);
    hang();
}

static void hang_up(void)
{
    shutdown(sock, SHUT_RDWR);
    close(sock);
    hang();
}

static void hoard(void)
{
    uint64_t offset;
    for (;;)
        allocate(64, &offset);
}

static const struct {
    const char *name;
    void (*serve)(void);
    int is_mistake; /* for input number `at` alone */
} works[] = {
    {"pass", pass, 0},       {"filter", filter, 0},
    {"tell", tell, 0},       {"invert", invert, 0},
    {"welcome", welcome, 0}, {"many", many, 0},
    {"keep", keep, 0},       {"late", late, 0},
    {"behind", behind, 0},   {"crash", crash, 1},
    {"stop", stop, 1},       {"exit", leave_early, 1},
    {"hang", hang, 1},       {"complain", complain, 1},
    {"give-up", give_up, 1}, {"garbage", send_garbage, 1},
    {"hang-up", hang_up, 1}, {"hoard", hoard, 1},
};

/* A producer: sends as many numbers as `at` says, or without end. */
static void produce(void)
{
    char text[32];
    for (uint64_t i = 1; !at || i <= at; i++) {
        struct timespec none = {0};
        fd_set waiting;
        FD_ZERO(&waiting);
        FD_SET(sock, &waiting);
        if (pselect(sock + 1, &waiting, NULL, NULL, &none, NULL) > 0)
            return; /* it is to stop */
        snprintf(text, sizeof(text), "%" PRIu64, i);
        send_value(0, text, 0);
    }
    send_plain(END, 0);
}

/* A consumer: prints what it gets. */
static void consume(void)
{
    while (next_round()) {
        printf("got %.*s\n", (int)get(inputs[0].description + 72, 8),
               (const char *)inputs[0].payload);
        fflush(stdout);
        send_plain(DONE, 0);
        drop_single_arenas();
    }
    printf("that is all\n");
    send_plain(DONE, 0);
}

static void answer(const char *name)
{
    size_t work = 0;
    while (work < sizeof(works) / sizeof(works[0]) && strcmp(works[work].name, name) != 0)
        work++;
    if (work == sizeof(works) / sizeof(works[0]))
        leave("there is no such work");
    while (next_round()) {
        uint64_t number = get(inputs[0].description + 32, 8);
        if (works[work].is_mistake && number != at)
            pass();
        else
            works[work].serve();
        drop_single_arenas();
    }
    if (is_over)
        send_plain(DONE, 0);
}

static void greet(void)
{
    uint8_t bytes[24];
    int fd;
    put(bytes + 16, 4, 0x776f6c66);
    put(bytes + 20, 4, 1);
    send_message(bytes, HELLO, 0, sizeof(bytes));
    if (receive(&fd) != WELCOME)
        leave("there is no welcome");
    take_welcome(fd);
}

int main(int argc, char **argv)
{
    const char *number = getenv("VFLOW_SOCKET");
    if (!number || argc < 2)
        leave("run by a process node: client WORK [AT [VALUE]]");
    sock = (int)strtol(number, NULL, 10);
    at = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    value = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    greet();
    if (strcmp(argv[1], "refuse") == 0) {
        fail("no model is there", "", 0);
        return 1;
    }
    send_plain(READY, 0);
    if (kind == 1)
        produce();
    else if (kind == 3)
        consume();
    else
        answer(argv[1]);
    int fd;
    for (unsigned type = 1; type && type != BYE;)
        type = receive(&fd);
    return strcmp(argv[1], "end-badly") == 0 ? 5 : 0;
}
