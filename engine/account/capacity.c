/* SPDX-License-Identifier: MIT */
#include "engine/account/capacity.h"

#define LEAST_SECONDS 1e-9 /* of a processor for a frame; less cannot be measured */
#define QUEUED_FRAMES 4
#define LATE_PART 0.05
#define NEARLY_ALL 0.7 /* of the processors: the rest goes to switching between tasks */

double vf_capacity_frame_seconds(const struct vf_capacity_load *load, size_t task)
{
    const struct vf_capacity_task *one = &load->tasks[task];
    bool has_waited = load->was_crowded && one->processor_seconds < one->busy_seconds;
    return has_waited ? one->processor_seconds : one->busy_seconds;
}

static unsigned count_of(double number)
{
    return number < VF_CAPACITY_MOST ? (unsigned)number : VF_CAPACITY_MOST;
}

static void find_slowest(struct vf_capacity_forecast *forecast, const struct vf_capacity_load *load)
{
    double longest = 0;
    for (size_t i = 0; i < load->count; i++) {
        double seconds = vf_capacity_frame_seconds(load, i);
        if (seconds > longest) {
            longest = seconds;
            forecast->slowest = i;
        }
    }
    forecast->highest_fps = longest > LEAST_SECONDS ? 1 / longest : 0;
}

static double gpu_seconds(const struct vf_capacity_load *load, size_t task)
{
    return load->tasks[task].uses_gpu ? vf_capacity_frame_seconds(load, task) : 0;
}

/* Returns how much a task has of what limits. */
static double share_of(const struct vf_capacity_load *load, size_t task,
                       enum vf_capacity_limit limit)
{
    switch (limit) {
    case VF_CAPACITY_MEMORY:
        return (double)load->tasks[task].memory_bytes;
    case VF_CAPACITY_GPUS:
        return gpu_seconds(load, task);
    default:
        return load->tasks[task].processor_seconds;
    }
}

/* Returns the task that has most of the processors' time, of the memory, or of the GPUs' time. */
static size_t find_largest(const struct vf_capacity_load *load, enum vf_capacity_limit limit)
{
    size_t found = 0;
    for (size_t i = 1; i < load->count; i++)
        found = share_of(load, i, limit) > share_of(load, found, limit) ? i : found;
    return found;
}

static void limit_to(struct vf_capacity_forecast *forecast, enum vf_capacity_limit limit,
                     double streams)
{
    if (count_of(streams) >= forecast->streams)
        return;
    forecast->streams = count_of(streams);
    forecast->limit = limit;
}

struct vf_capacity_forecast vf_capacity_foresee(const struct vf_capacity_load *load,
                                                const struct vf_capacity_machine *machine,
                                                double fps)
{
    struct vf_capacity_forecast forecast = {.streams = VF_CAPACITY_MOST,
                                            .limit = VF_CAPACITY_NOTHING};
    for (size_t i = 0; i < load->count; i++) {
        forecast.processors_per_stream += load->tasks[i].processor_seconds * fps;
        forecast.gpus_per_stream += gpu_seconds(load, i) * fps;
    }
    find_slowest(&forecast, load);
    if (forecast.processors_per_stream > LEAST_SECONDS)
        limit_to(&forecast, VF_CAPACITY_PROCESSORS,
                 machine->processors / forecast.processors_per_stream);
    if (machine->gpus && forecast.gpus_per_stream > LEAST_SECONDS)
        limit_to(&forecast, VF_CAPACITY_GPUS, machine->gpus / forecast.gpus_per_stream);
    if (machine->memory_bytes && load->memory_bytes)
        limit_to(&forecast, VF_CAPACITY_MEMORY,
                 (double)machine->memory_bytes / (double)load->memory_bytes);
    if (forecast.highest_fps > 0 && forecast.highest_fps < fps) {
        forecast.streams = 0;
        forecast.limit = VF_CAPACITY_TASK;
    }
    return forecast;
}

bool vf_capacity_uses_processors(const struct vf_capacity_forecast *forecast,
                                 const struct vf_capacity_machine *machine, unsigned streams)
{
    return streams * forecast->processors_per_stream >= machine->processors * NEARLY_ALL;
}

bool vf_capacity_uses_gpus(const struct vf_capacity_forecast *forecast,
                           const struct vf_capacity_machine *machine, unsigned streams)
{
    return machine->gpus && streams * forecast->gpus_per_stream >= machine->gpus * NEARLY_ALL;
}

enum vf_capacity_limit vf_capacity_limit_at(const struct vf_capacity_forecast *forecast,
                                            const struct vf_capacity_load *load,
                                            const struct vf_capacity_machine *machine,
                                            unsigned failed)
{
    if (forecast->limit == VF_CAPACITY_TASK)
        return VF_CAPACITY_TASK;
    if (vf_capacity_uses_processors(forecast, machine, failed))
        return VF_CAPACITY_PROCESSORS;
    if (machine->memory_bytes && load->memory_bytes > machine->memory_bytes / failed)
        return VF_CAPACITY_MEMORY;
    if (vf_capacity_uses_gpus(forecast, machine, failed))
        return VF_CAPACITY_GPUS;
    /* Where one stream keeps up, no task is too slow for a stream: several lack what they share. */
    return failed > 1 ? VF_CAPACITY_PROCESSORS : VF_CAPACITY_TASK;
}

size_t vf_capacity_largest(const struct vf_capacity_forecast *forecast,
                           const struct vf_capacity_load *load, enum vf_capacity_limit limit)
{
    return limit == VF_CAPACITY_TASK ? forecast->slowest : find_largest(load, limit);
}

unsigned vf_capacity_next(const struct vf_capacity_search *search, unsigned foreseen)
{
    unsigned next = search->passed + 1;
    if (!search->passed && !search->failed)
        next = foreseen ? foreseen : 1;
    else if (search->failed)
        next = search->passed + (search->failed - search->passed) / 2;
    if (next > search->most)
        next = search->most;
    return next > search->passed ? next : 0;
}

void vf_capacity_note(struct vf_capacity_search *search, unsigned streams, bool has_passed)
{
    if (has_passed && streams > search->passed)
        search->passed = streams;
    else if (!has_passed && (!search->failed || streams < search->failed))
        search->failed = streams;
}

double vf_capacity_tolerance(double fps, double seconds)
{
    double queued = QUEUED_FRAMES / fps, part = seconds * LATE_PART;
    return queued > part ? queued : part;
}

double vf_capacity_lateness(double active_seconds, uint64_t frames, double fps)
{
    return frames ? active_seconds - (double)(frames - 1) / fps : 0;
}
