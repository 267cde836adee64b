/* SPDX-License-Identifier: MIT */
/* pipe_chain.c - frames through a chain of processes and pipes, as a shell would connect them.
 *
 *     pipe_chain HOPS COUNT
 *
 * A process writes COUNT frames of 1080p, each of HOPS processes copies them from one pipe to the
 * next, and the last reads every byte. It is what raw pipes cost, with nothing around them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/banned.h"
#include "tests/bench/frame_bytes.h"

#define PIPE_BYTES (1 << 20) /* the most that the kernel gives to everybody */

static uint8_t frame[VF_BENCH_FRAME_BYTES];

static void write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0) {
            perror("pipe_chain: write");
            exit(EXIT_FAILURE);
        }
        bytes += written;
        size -= (size_t)written;
    }
}

/* Reads a whole frame. Returns false when there is none. */
static bool read_frame(int fd)
{
    size_t done = 0;
    while (done < sizeof(frame)) {
        ssize_t got = read(fd, frame + done, sizeof(frame) - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static void produce(int out, uint64_t count)
{
    for (uint64_t number = 1; number <= count; number++) {
        vf_frame_bytes_write(frame, sizeof(frame), number);
        write_all(out, frame, sizeof(frame));
    }
}

static void relay(int in, int out)
{
    while (read_frame(in))
        write_all(out, frame, sizeof(frame));
}

static bool consume(int in, uint64_t count)
{
    for (uint64_t number = 1; number <= count; number++) {
        if (!read_frame(in) || !vf_frame_bytes_read(frame, sizeof(frame), number)) {
            fprintf(stderr, "pipe_chain: frame %llu is missing or wrong\n",
                    (unsigned long long)number);
            return false;
        }
    }
    return true;
}

/* Starts a process that writes into a new pipe, reading from `in` (-1: it makes the frames).
 * Returns the end to read from. */
static int start(int in, uint64_t count)
{
    int ends[2];
    if (pipe(ends) < 0) {
        perror("pipe_chain: pipe");
        exit(EXIT_FAILURE);
    }
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t pid = fork();
    if (pid < 0) {
        perror("pipe_chain: fork");
        exit(EXIT_FAILURE);
    }
    if (pid == 0) {
        close(ends[0]);
        if (in < 0)
            produce(ends[1], count);
        else
            relay(in, ends[1]);
        exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    if (in >= 0)
        close(in);
    return ends[0];
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: pipe_chain HOPS COUNT\n");
        return 2;
    }
    long hops = strtol(argv[1], NULL, 10);
    uint64_t count = strtoull(argv[2], NULL, 10);
    int in = start(-1, count);
    for (long i = 0; i < hops; i++)
        in = start(in, count);
    bool is_whole = consume(in, count);
    close(in);
    while (wait(NULL) > 0)
        continue;
    return is_whole ? EXIT_SUCCESS : EXIT_FAILURE;
}
