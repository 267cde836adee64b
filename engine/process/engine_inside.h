/* SPDX-License-Identifier: MIT */
/* engine_inside.h - an engine as those see it that make it up: engine.c prepares a run and concludes
 * it, supervisor.c is its loop, talk.c says how it goes, presence.c and requests.c let other programs
 * find it and talk to it. Nobody else knows the struct. */
#ifndef VF_ENGINE_PROCESS_ENGINE_INSIDE_H
#define VF_ENGINE_PROCESS_ENGINE_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/account/progress.h"
#include "engine/account/run_history.h"
#include "engine/account/standstill.h"
#include "engine/process/hosts.h"
#include "engine/process/news.h"
#include "engine/process/observer.h"
#include "engine/process/presence.h"
#include "engine/process/service.h"
#include "engine/process/settings.h"
#include "engine/process/signals.h"
#include "engine/process/viewer.h"
#include "engine/process/watch_clock.h"
#include "engine/process/worker.h"
#include "engine/run/descriptor_limit.h"
#include "engine/run/directory.h"
#include "engine/run/memory.h"
#include "engine/run/outcome.h"
#include "engine/wire/guard/guard.h"
#include "engine/wire/wire.h"

enum vf_engine_state {
    VF_ENGINE_NEW,
    VF_ENGINE_BROKEN,   /* a start was tried, and did not come to its end */
    VF_ENGINE_STARTING, /* until all are ready; nothing has been opened yet */
    VF_ENGINE_RUNNING,
    VF_ENGINE_OVER,
};

/* How far the run is from its natural course. */
enum vf_course { VF_COURSE_RUN, VF_COURSE_DRAIN, VF_COURSE_HALT, VF_COURSE_KILL };

struct vf_engine {
    const struct vf_plan *plan;
    struct vf_engine_settings settings;
    enum vf_engine_state state;
    struct vf_run_memory *memory;
    struct vf_worker *workers;        /* task id i at [i - 1] */
    struct vf_task_outcome *outcomes; /* task id i at [i - 1] */
    size_t running;
    struct vf_descriptor_limit files;
    bool lacks_pidfds;                 /* the kernel, or what guards it, does not give them */
    struct vf_run_directory directory; /* only where there are sockets, or others are to find it */
    struct vf_presence presence;
    struct vf_service service;
    struct vf_wire_keys keys;  /* of this run, over TCP */
    struct vf_address address; /* of the sockets; zeroed where there are none */
    struct vf_hosts hosts;
    struct vf_start_gate gate;
    struct vf_signals signals;
    struct vf_standstill *standstill; /* while it runs */
    struct vf_observers observers;
    struct vf_viewers viewers;
    pid_t exporter;         /* 0: there is none */
    size_t changes;         /* of the flow (change.h) */
    unsigned kept_troubles; /* bits of enum vf_trouble */
    struct vf_progress_track *track;
    struct vf_run_history *history; /* NULL: nobody has asked for it */
    int64_t progress_due_ns;        /* when progress is to be told next */
    uint64_t progress_moved;        /* what the last line said of what has come and gone */
    struct vf_watch_clock clock;    /* all times below are its */
    bool is_ready;                  /* that has been told */
    int64_t begun_ns;               /* when the workers were let go */
    int64_t start_moved_ns;         /* when a worker was started, or got ready, last */
    enum vf_course course;
    bool is_called_off; /* before the workers had begun */
    bool is_aborting;   /* a worker died: what is written is not all */
    struct vf_news news;
    int64_t deadline_ns; /* of the present step of stopping; 0: none */
    int signal;          /* that stopped the flow; 0: none did */
    enum vf_exit_status failure;
    int64_t started_ns, ended_ns; /* as vf_clock_now_ns() counts */
    int64_t started_since_1970_ns;
    bool is_unbalanced; /* the ledger */
    enum vf_exit_status status;
};

/* Loads what the wires of a plan need beyond ZeroMQ, for workers to find. */
VF_MUST_CHECK int vf_engine_load_wires(const struct vf_plan *plan);

#endif
