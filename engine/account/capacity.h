/* SPDX-License-Identifier: MIT */
/* capacity.h - how many streams of a flow a machine takes, foreseen from one run as fast as it goes
 * and then found out by trying.
 *
 * A stream is one copy of the flow, whose sources send so many frames a second. It needs a share of
 * the processors and some memory, and each task has to do its part of a frame in the time of one
 * frame. All functions are pure.
 */
#ifndef VF_ENGINE_ACCOUNT_CAPACITY_H
#define VF_ENGINE_ACCOUNT_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one task spent on each frame of its source, in seconds. */
struct vf_capacity_task {
    double processor_seconds; /* on all processors together */
    double busy_seconds;      /* from its beginning to its end, waiting for a processor included */
    uint64_t memory_bytes;    /* that it had at most */
    bool uses_gpu;            /* for as long as it is busy, as far as can be told */
};

/* A flow as it ran alone. */
struct vf_capacity_load {
    const struct vf_capacity_task *tasks;
    size_t count;
    uint64_t memory_bytes; /* of all together; 0: unknown */
    bool was_crowded;      /* processors had no time left: tasks waited for them */
};

struct vf_capacity_machine {
    double processors;
    unsigned gpus;         /* 0: there are none, or nothing asks for one */
    uint64_t memory_bytes; /* available; 0: unknown */
};

enum vf_capacity_limit {
    VF_CAPACITY_TASK,       /* one task cannot keep up with a single stream */
    VF_CAPACITY_PROCESSORS, /* of the machine */
    VF_CAPACITY_MEMORY,     /* of the machine */
    VF_CAPACITY_GPUS,       /* of the machine */
    VF_CAPACITY_NOTHING,    /* that was found: the load is too small to measure */
};

struct vf_capacity_forecast {
    unsigned streams;
    enum vf_capacity_limit limit;
    double processors_per_stream, gpus_per_stream;
    double highest_fps; /* of a single stream: what its slowest task reaches; 0: unknown */
    size_t slowest;     /* that task */
};

/* More than anybody runs; what is too small to measure counts as this many. */
#define VF_CAPACITY_MOST 1000000U

/* Returns how long a task needs for a frame when it need not wait for a processor. */
double vf_capacity_frame_seconds(const struct vf_capacity_load *load, size_t task);

/* Foresees how many streams run at `fps` frames a second. */
struct vf_capacity_forecast vf_capacity_foresee(const struct vf_capacity_load *load,
                                                const struct vf_capacity_machine *machine,
                                                double fps);

/* Returns whether so many streams use nearly all of the processors, or of the GPUs. */
bool vf_capacity_uses_processors(const struct vf_capacity_forecast *forecast,
                                 const struct vf_capacity_machine *machine, unsigned streams);
bool vf_capacity_uses_gpus(const struct vf_capacity_forecast *forecast,
                           const struct vf_capacity_machine *machine, unsigned streams);

/* Returns what limits to fewer than `failed` streams, which were too many: the processors, the
 * memory or the GPUs where they were used up; of a single stream otherwise a task; and of several the
 * processors, which other programs use, too. */
enum vf_capacity_limit vf_capacity_limit_at(const struct vf_capacity_forecast *forecast,
                                            const struct vf_capacity_load *load,
                                            const struct vf_capacity_machine *machine,
                                            unsigned failed);

/* Returns the task that has most of what limits; with VF_CAPACITY_TASK, the slowest. */
size_t vf_capacity_largest(const struct vf_capacity_forecast *forecast,
                           const struct vf_capacity_load *load, enum vf_capacity_limit limit);

/* The search for the largest number that runs. Starts as {.most = LIMIT}. */
struct vf_capacity_search {
    unsigned most;   /* not to go beyond */
    unsigned passed; /* the largest number that ran; 0: none has */
    unsigned failed; /* the smallest that did not; 0: none was too many */
};

/* Returns how many to try next, `foreseen` to begin with; 0: `passed` is the answer. From what ran
 * it goes up by one, and from what did not down by half of the way. */
unsigned vf_capacity_next(const struct vf_capacity_search *search, unsigned foreseen);

/* Notes how a try ended. */
void vf_capacity_note(struct vf_capacity_search *search, unsigned streams, bool has_passed);

/* Returns how many seconds a task may be late at the end of a try: four frames, which wait in a
 * queue, or a twentieth of the time. */
double vf_capacity_tolerance(double fps, double seconds);

/* Returns how many seconds later than due a task was that worked for `active_seconds` on a stream
 * of so many frames; negative: it had time left. */
double vf_capacity_lateness(double active_seconds, uint64_t frames, double fps);

#endif
