/* SPDX-License-Identifier: MIT */
/* zmq_chain.c - messages through a chain of processes and ZeroMQ sockets, with nothing around it.
 *
 *     zmq_chain ENDPOINT HOPS COUNT BYTES WINDOW [curve]
 *
 * A process sends COUNT messages of BYTES bytes, each of HOPS processes passes them on, and the
 * last one receives them, WINDOW at a time on their way. In ENDPOINT the number of the process
 * takes the place of %d: ipc://FOLDER/%d, tcp://127.0.0.1:2200%d. Frames of 1080p are written and
 * read in whole; other messages are only sent. Buffers are used again, and not copied. With curve,
 * everything is encrypted, by keys that are made before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "engine/base/banned.h"
#include "tests/bench/frame_bytes.h"

#define KEY_SIZE 41 /* in Z85, with its NUL */
#define SOURCE 0    /* number of the first process; the acknowledgements come to its endpoint */

struct chain {
    const char *endpoint;
    int hops;
    uint64_t count, window;
    size_t bytes;
    bool is_encrypted;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE]; /* of all processes */
    void *context;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "zmq_chain: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(EXIT_FAILURE);
}

static void set_keys(const struct chain *chain, void *socket, bool is_listener)
{
    int yes = 1;
    if ((is_listener && zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof(yes)) < 0) ||
        (!is_listener &&
         zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, chain->public_key, KEY_SIZE) < 0) ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, chain->public_key, KEY_SIZE) < 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, chain->secret_key, KEY_SIZE) < 0)
        fail("set keys");
}

static void *open_socket(const struct chain *chain, int type, int number)
{
    char endpoint[256];
    int limit = 0, soon_ms = 1;
    const char *mark = strstr(chain->endpoint, "%d");
    if (!mark)
        fail("an endpoint without %d");
    snprintf(endpoint, sizeof(endpoint), "%.*s%d%s", (int)(mark - chain->endpoint), chain->endpoint,
             number, mark + 2);
    void *socket = zmq_socket(chain->context, type);
    if (!socket)
        fail("socket");
    zmq_setsockopt(socket, ZMQ_SNDHWM, &limit, sizeof(limit));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &limit, sizeof(limit));
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &soon_ms, sizeof(soon_ms));
    if (chain->is_encrypted)
        set_keys(chain, socket, type == ZMQ_PULL);
    int code = type == ZMQ_PULL ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint);
    if (code < 0)
        fail(endpoint);
    return socket;
}

/* A buffer is written again only after the last process has acknowledged what it held. */
static void keep(void *data, void *hint)
{
    (void)data;
    (void)hint;
}

static void await_acknowledgement(void *acks, uint64_t *acknowledged)
{
    if (zmq_recv(acks, acknowledged, sizeof(*acknowledged), 0) != (int)sizeof(*acknowledged))
        fail("receive an acknowledgement");
}

static void produce(const struct chain *chain)
{
    void *acks = open_socket(chain, ZMQ_PULL, SOURCE);
    void *out = open_socket(chain, ZMQ_PUSH, SOURCE + 1);
    uint8_t *buffers = calloc(chain->window, chain->bytes);
    uint64_t acknowledged = 0;
    if (!buffers)
        fail("buffers");
    for (uint64_t number = 1; number <= chain->count; number++) {
        while (number - acknowledged > chain->window)
            await_acknowledgement(acks, &acknowledged);
        uint8_t *bytes = buffers + number % chain->window * chain->bytes;
        zmq_msg_t message;
        if (chain->bytes == VF_BENCH_FRAME_BYTES)
            vf_frame_bytes_write(bytes, chain->bytes, number);
        if (zmq_msg_init_data(&message, bytes, chain->bytes, keep, NULL) < 0 ||
            zmq_msg_send(&message, out, 0) < 0)
            fail("send");
    }
    while (acknowledged < chain->count)
        await_acknowledgement(acks, &acknowledged);
    zmq_close(out);
    zmq_close(acks);
    zmq_ctx_term(chain->context);
    free(buffers);
}

static void relay(const struct chain *chain, int number)
{
    void *in = open_socket(chain, ZMQ_PULL, number);
    void *out = open_socket(chain, ZMQ_PUSH, number + 1);
    for (uint64_t i = 0; i < chain->count; i++) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, in, 0) < 0 || zmq_msg_send(&message, out, 0) < 0)
            fail("pass on");
    }
    zmq_close(out);
    zmq_close(in);
    zmq_ctx_term(chain->context);
}

/* Acknowledges twice a window, as a receiver would that has been told its size. */
static void consume(const struct chain *chain)
{
    void *in = open_socket(chain, ZMQ_PULL, SOURCE + 1 + chain->hops);
    void *acks = open_socket(chain, ZMQ_PUSH, SOURCE);
    uint64_t step = chain->window > 1 ? chain->window / 2 : 1;
    for (uint64_t number = 1; number <= chain->count; number++) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, in, 0) < 0)
            fail("receive");
        if (chain->bytes == VF_BENCH_FRAME_BYTES &&
            !vf_frame_bytes_read(zmq_msg_data(&message), chain->bytes, number))
            fail("a frame is not the one that was written");
        zmq_msg_close(&message);
        bool is_due = number % step == 0 || number == chain->count;
        if (is_due && zmq_send(acks, &number, sizeof(number), 0) < 0)
            fail("acknowledge");
    }
    zmq_close(acks);
    zmq_close(in);
    zmq_ctx_term(chain->context);
}

static void start(struct chain *chain, int number)
{
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0)
        return;
    chain->context = zmq_ctx_new();
    if (!chain->context)
        fail("context");
    if (number == SOURCE)
        produce(chain);
    else if (number <= chain->hops)
        relay(chain, number);
    else
        consume(chain);
    exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
    bool is_whole = true;
    int status;
    bool is_encrypted = argc == 7 && strcmp(argv[6], "curve") == 0;
    if (argc != 6 && !is_encrypted) {
        fprintf(stderr, "usage: zmq_chain ENDPOINT HOPS COUNT BYTES WINDOW [curve]\n");
        return 2;
    }
    struct chain chain = {
        .endpoint = argv[1],
        .hops = (int)strtol(argv[2], NULL, 10),
        .count = strtoull(argv[3], NULL, 10),
        .bytes = strtoull(argv[4], NULL, 10),
        .window = strtoull(argv[5], NULL, 10),
        .is_encrypted = is_encrypted,
    };
    if (is_encrypted && zmq_curve_keypair(chain.public_key, chain.secret_key) < 0)
        fail("make keys");
    if (chain.window == 0 || chain.hops < 0)
        return 2;
    for (int number = SOURCE; number <= chain.hops + 1; number++)
        start(&chain, number);
    while (wait(&status) > 0)
        is_whole = is_whole && status == 0;
    return is_whole ? EXIT_SUCCESS : EXIT_FAILURE;
}
