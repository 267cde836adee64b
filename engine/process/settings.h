/* SPDX-License-Identifier: MIT */
/* settings.h - how an engine is to run its plan. */
#ifndef VF_ENGINE_PROCESS_SETTINGS_H
#define VF_ENGINE_PROCESS_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/clock.h"

#define VF_READY_PATIENCE_NS (10 * VF_NS_PER_S) /* a camera may be away for any time */

struct vf_otlp_settings;
struct vf_run_card;

enum vf_verbosity {
    VF_VERBOSITY_ERRORS, /* errors only */
    VF_VERBOSITY_ROWS,   /* a table at the end */
};

/* How a run says how far it is (engine/account/progress_line.h). */
enum vf_progress_form {
    VF_PROGRESS_NONE,
    VF_PROGRESS_LINE,  /* a line on a terminal that is kept up to date */
    VF_PROGRESS_PLAIN, /* a line a minute */
    VF_PROGRESS_JSON,  /* an object a second, and one at the end */
};

struct vf_plan;

/* How a run is changed to another flow while it goes on (change.h). */
struct vf_flow_loader {
    struct vf_plan *plan; /* the one that runs, which is changed */
    /* Loads and plans a flow as the one that runs was. Gives the plan to the caller; otherwise
     * returns a negative errno, and gives what is wrong with the flow: an array of objects, the
     * caller's, as vflow check --json prints it. */
    int (*load)(void *context, const char *file, struct vf_plan **plan, json_t **mistakes);
    void *context;
};

struct vf_engine_settings {
    enum vf_verbosity verbosity; /* on standard error */
    enum vf_progress_form progress;
    uint64_t max_errors;       /* corrupt or missing pieces of input that are forgiven */
    int64_t grace_ns;          /* what each step of stopping may take */
    bool must_not_replace;     /* existing outputs stay */
    bool accepts_partial;      /* what is interrupted counts as whole */
    const char *key_directory; /* where the hosts of a run leave their keys; NULL: nobody said */
    bool owns_key_directory;   /* it is to be removed with the last key */
    int64_t host_wait_ns;      /* what the other hosts may take to come */
    const char *dead_letter;   /* folder for what tasks put aside; NULL: none */
    const struct vf_flow_loader *loader; /* NULL: the run cannot be changed */
    bool keeps_history;                  /* for the report: samples of the run over time */
    bool keeps_trouble;                  /* a trace of what led to a crash or a stall */
    const json_t *versions; /* of libraries, for the report: name and text. NULL: none; borrowed */
    const json_t *http;     /* how the run is to be shown (viewer.h); NULL: not at all. Borrowed */
    const char *trace;      /* file for a trace of the whole run; NULL: none */
    const struct vf_otlp_settings *otlp; /* the collector that is told how the run is; NULL: none */
    int64_t stall_report_ns; /* without any move for this long, it is logged who waits; 0: never */
    bool stall_aborts;       /* and ends with VF_EXIT_INTERNAL */
    bool handles_signals;  /* SIGINT, SIGTERM and SIGHUP stop the flow, and wait from its end until
                                vf_engine_destroy(); SIGUSR1 shows it */
    bool adopts;           /* waits for any child: for process 1 of a container */
    bool is_findable;      /* other programs of the user can find the run and talk to it */
    bool must_be_findable; /* a warning says so where they cannot */
    bool tells_service;    /* the service manager hears how the run is (service.h) */
    const char *name;      /* of the run, if so; NULL: one that is made of the flow's */
    /* Called once all nodes are open, or have not been for VF_READY_PATIENCE_NS; NULL: nobody is
     * told. `context` is given to it. */
    void (*on_ready)(void *context, const struct vf_run_card *card);
    void *context;
};

#endif
