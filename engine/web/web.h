/* SPDX-License-Identifier: MIT */
/* web.h - a run as a page in a browser, and as figures for programs, by HTTP: vflow-http(7).
 *
 * The server is an observer of the run (engine/process/observer.h): it maps the pages of the tasks
 * read-only, and has no other way to the run than one connection on which it may ask what whoever
 * started it lets it ask. One thread does all; nobody who reads slowly, or not at all, holds up anybody
 * else, and least of all the flow.
 */
#ifndef VF_ENGINE_WEB_WEB_H
#define VF_ENGINE_WEB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/exit_status.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/card.h"
#include "engine/run/memory.h"

/* Who may see the run, and do what. All is borrowed. */
struct vf_web_access {
    const char *host; /* that it listens at; "": a Unix socket */
    int port;
    bool is_local;           /* only programs of this machine reach it */
    bool has_control;        /* who has the token may stop, restart and pause */
    const char *token;       /* NULL: none is needed to look */
    const char *certificate; /* chain and key as PEM; NULL: without TLS */
    const char *key;
    const char *const *names; /* further names by which browsers know this server */
    size_t name_count;
};

struct vf_web_spec {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    const struct vf_run_card *card;
    int64_t started_ns; /* the run, as vf_clock_now_ns() counts */
    unsigned revision;  /* how often the flow has been changed */
    struct vf_web_access access;
    int listener; /* a socket that listens and does not wait */
    int link;     /* connection to the run: engine/process/control/control.h; -1: none */
    int stop_fd;  /* can be read, or its other end is closed: the run is over, or changes */
    int out_fd;   /* a pipe; once nobody reads it, the server ends. -1: none */
};

/* Serves until it is to end. What fails is logged. */
enum vf_exit_status vf_web_serve(const struct vf_web_spec *spec);

#endif
