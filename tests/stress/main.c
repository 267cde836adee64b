/* SPDX-License-Identifier: MIT */
/* stress - runs random flows, and compares each with what a plain model says it has to do.
 *
 *     stress [--count N] [--from SEED] [--jobs N] [--stop] [--hasty] [--transport HOW]
 *     stress --seed SEED [--stop] [--hasty] [--transport HOW]
 *                                         one flow again, and what it is
 *     stress --soak [--frames N] [--minutes N]
 *                                         one flow for a long time: soak.h
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tests/stress/folder.h"
#include "tests/stress/soak.h"
#include "tests/stress/trial.h"

#define MAX_JOBS 64
#define MAX_MINUTES 100000
/* Flows that run at once, of this program and of others like it, each have a place: a base, and the
 * ports about it. Tests of the command line have those from 22000. */
#define PORTS_APART 240 /* between two bases: twice what a flow needs */
#define FIRST_PORT 10000
#define PORT_PLACES 49

struct job {
    pid_t pid; /* 0: free */
    uint64_t seed;
};

struct orders {
    uint64_t first, count, jobs;
    bool is_stopping, is_talking;
    const char *transport_name; /* NULL: each flow has one of its own */
    enum vf_transport_kind transport;
    bool is_hasty;   /* only flows that do not pause, and drop the oldest: sketch.h */
    bool is_soaking; /* instead */
    struct soak_orders soak;
};

struct totals {
    uint64_t started, passed, failed;
    uint64_t failed_seed;
};

/* Prints in one piece, since others print too. */
static void print_failure(const struct trial *trial)
{
    struct vf_text text = {0};
    vf_text_print(&text, "seed %" PRIu64 " failed:\n%s%s", trial->sketch.seed,
                  trial->complaints.bytes ? trial->complaints.bytes : "",
                  trial->flow.bytes ? trial->flow.bytes : "");
    if (trial->stops)
        vf_text_print(&text, "asked to stop %u times", trial->stops);
    for (unsigned i = 0; i < trial->stops; i++)
        vf_text_print(&text, "%s %" PRId64 " us%s", i ? ", then" : ": after",
                      trial->stop_after_ns[i] / 1000, i + 1 == trial->stops ? "\n" : "");
    folder_print_log(&text, trial->directory);
    vf_text_print(&text, "what it left is in %s\n", trial->directory);
    if (text.bytes && write(STDOUT_FILENO, text.bytes, text.length) < 0)
        perror("stress");
    vf_text_finish(&text);
}

/* Takes a port of `place` that no flow uses, for as long as this process lives. */
static bool claim_place(unsigned place)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)(FIRST_PORT + place * PORTS_APART + PORTS_APART / 2)),
    };
    int claim = socket(AF_INET, SOCK_STREAM, 0);
    if (claim >= 0 && bind(claim, (struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    if (claim >= 0)
        close(claim);
    return false;
}

/* Returns the base of a place that nobody else has; of the first that was looked at when all are
 * taken. */
static unsigned claim_ports(unsigned first)
{
    unsigned place = first % PORT_PLACES;
    for (unsigned i = 0; i < PORT_PLACES; i++) {
        if (claim_place((place + i) % PORT_PLACES))
            return FIRST_PORT + (place + i) % PORT_PLACES * PORTS_APART;
    }
    return FIRST_PORT + place * PORTS_APART;
}

/* Runs one flow. Returns the exit status of this process. */
static int run_one(const struct orders *orders, uint64_t seed, unsigned place)
{
    struct trial trial = {0};
    char directory[] = "/tmp/vflow-stress-XXXXXX";
    if (!mkdtemp(directory)) {
        perror("stress: cannot make a folder in /tmp");
        return EXIT_FAILURE;
    }
    struct trial_order order = {
        .transport = orders->transport_name ? &orders->transport : NULL,
        .tcp_base = claim_ports((unsigned)getppid() * 7 + place),
        .is_stopping = orders->is_stopping,
        .is_hasty = orders->is_hasty,
    };
    int err = trial_run(&trial, seed, directory, &order);
    bool has_failed = err || trial.complaints.length;
    if (err)
        fprintf(stderr, "stress: seed %" PRIu64 " could not be tried: %s\n", seed, strerror(-err));
    if (orders->is_talking && trial.flow.bytes)
        printf("%s", trial.flow.bytes);
    if (has_failed)
        print_failure(&trial);
    else
        folder_remove(directory);
    trial_finish(&trial);
    return has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int start_job(const struct orders *orders, struct job *job, uint64_t seed, unsigned place)
{
    fflush(NULL);
    job->seed = seed;
    job->pid = fork();
    if (job->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        exit(run_one(orders, seed, place));
    }
    return job->pid < 0 ? -errno : VF_OK;
}

/* Waits for any job, and counts it. */
static int finish_job(struct job *jobs, struct totals *totals)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0)
        return errno == EINTR ? VF_OK : -errno;
    for (size_t i = 0; i < MAX_JOBS; i++) {
        if (jobs[i].pid != pid)
            continue;
        jobs[i].pid = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
            totals->passed++;
            continue;
        }
        totals->failed++;
        totals->failed_seed = jobs[i].seed;
    }
    return VF_OK;
}

/* Keeps all places busy until every flow has run, or one has failed. */
static int run_all(const struct orders *orders, struct totals *totals)
{
    struct job jobs[MAX_JOBS] = {0};
    int err = VF_OK;
    while (!err) {
        bool wants_more = totals->started < orders->count && !totals->failed;
        unsigned place = 0;
        while (place < orders->jobs && jobs[place].pid)
            place++;
        if (wants_more && place < orders->jobs)
            err = start_job(orders, &jobs[place], orders->first + totals->started++, place);
        else if (totals->passed + totals->failed < totals->started)
            err = finish_job(jobs, totals);
        else
            break;
    }
    if (err)
        fprintf(stderr, "stress: %s\n", strerror(-err));
    return err;
}

static uint64_t count_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MAX_JOBS ? MAX_JOBS : (uint64_t)cores;
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text && !*end && !errno;
}

static bool read_transport(const char *name, struct orders *orders)
{
    static const char *const names[] = {
        [VF_TRANSPORT_SHM] = "shm", [VF_TRANSPORT_IPC] = "ipc", [VF_TRANSPORT_TCP] = "tcp"};
    orders->transport_name = name;
    for (unsigned kind = VF_TRANSPORT_SHM; kind <= VF_TRANSPORT_TCP; kind++) {
        orders->transport = kind;
        if (strcmp(name, names[kind]) == 0)
            return true;
    }
    return false;
}

static bool read_orders(int argc, char **argv, struct orders *orders)
{
    static const struct option flags[] = {
        {"count", required_argument, NULL, 'c'},
        {"from", required_argument, NULL, 'f'},
        {"jobs", required_argument, NULL, 'j'},
        {"seed", required_argument, NULL, 's'},
        {"stop", no_argument, NULL, 'S'},
        {"hasty", no_argument, NULL, 'H'},
        {"soak", no_argument, NULL, 'L'},
        {"frames", required_argument, NULL, 'F'},
        {"minutes", required_argument, NULL, 'M'},
        {"transport", required_argument, NULL, 'T'},
        {0},
    };
    int flag;
    bool is_understood = true;
    while (is_understood && (flag = getopt_long(argc, argv, "", flags, NULL)) >= 0) {
        if (flag == 'S')
            orders->is_stopping = true;
        else if (flag == 'H')
            orders->is_hasty = true;
        else if (flag == 'T')
            is_understood = read_transport(optarg, orders);
        else if (flag == 'L')
            orders->is_soaking = true;
        else if (flag == 'F')
            is_understood = read_number(optarg, &orders->soak.frames);
        else if (flag == 'M')
            is_understood =
                read_number(optarg, &orders->soak.minutes) && orders->soak.minutes <= MAX_MINUTES;
        else if (flag == 'c')
            is_understood = read_number(optarg, &orders->count);
        else if (flag == 'f' || flag == 's')
            is_understood = read_number(optarg, &orders->first);
        else if (flag == 'j')
            is_understood =
                read_number(optarg, &orders->jobs) && orders->jobs > 0 && orders->jobs <= MAX_JOBS;
        else
            is_understood = false;
        if (flag == 's')
            orders->count = 1;
        orders->is_talking |= flag == 's';
    }
    return is_understood && optind == argc;
}

static int soak(const struct soak_orders *orders)
{
    unsigned failed = soak_run(orders);
    printf("%u passed, %u failed\n", SOAK_PARTS - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct orders orders = {.first = (uint64_t)time(NULL),
                            .count = 30,
                            .jobs = count_cores(),
                            .soak = {.frames = 1000000, .minutes = 30}};
    struct totals totals = {0};
    if (!read_orders(argc, argv, &orders)) {
        fprintf(stderr, "usage: stress [--count N] [--from SEED] [--jobs N] [--stop] [--hasty]\n"
                        "              [--transport HOW]\n"
                        "       stress --seed SEED [--stop] [--hasty] [--transport HOW]\n"
                        "       stress --soak [--frames N] [--minutes N]\n");
        return 2;
    }
    if (orders.is_soaking)
        return soak(&orders.soak);
    int64_t since = vf_clock_now_ns();
    int err = run_all(&orders, &totals);
    printf("%s of random flows%s%s, seeds %" PRIu64 " to %" PRIu64 ", in %.1f s\n",
           orders.is_stopping ? "stops" : "runs", orders.transport_name ? " over " : "",
           orders.transport_name ? orders.transport_name : "", orders.first,
           orders.first + totals.started - 1, (double)(vf_clock_now_ns() - since) / VF_NS_PER_S);
    if (totals.failed)
        printf("again: stress --seed %" PRIu64 "%s%s%s%s\n", totals.failed_seed,
               orders.is_stopping ? " --stop" : "", orders.is_hasty ? " --hasty" : "",
               orders.transport_name ? " --transport " : "",
               orders.transport_name ? orders.transport_name : "");
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", totals.passed, totals.failed);
    return err || totals.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
