/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/folders.h"
#include "engine/base/inherited.h"
#include "engine/base/instruments.h"
#include "engine/node/reach.h"
#include "engine/sandbox/calls.h"
#include "engine/sandbox/landlock.h"
#include "engine/sandbox/rules.h"

#define CALL_CLASSES 64 /* sets of enum vf_calls */
#define VERSIONS (VF_LANDLOCK_SIGNALS + 1)
#define SET_MDWE 65 /* PR_SET_MDWE of newer headers: memory that was written never becomes code */
#define REFUSE_EXEC_GAIN 1
#define IPC "ipc://"

struct vf_sandbox {
    enum vf_sandbox_wish wish;
    uint64_t memory;    /* as of the spec */
    const char *bypass; /* why there is none, although it is wished; NULL: there is */
    int version;        /* of Landlock */
    unsigned allowed;   /* of enum vf_calls */
    unsigned whom;      /* of enum vf_rule_for */
    bool makes_code;    /* libraries that are loaded, or drivers, write code and run it */
    struct vf_rule_paths paths;
    struct vf_text made;                 /* folders that may have to be made, each ended by NUL */
    struct vf_text reach;                /* for people */
    const struct vf_call_filter *filter; /* shared; NULL: there is none */
};

/* Whoever has made a filter has it for all tasks that he starts, and keeps it. */
static const struct vf_call_filter *filter_of(unsigned allowed, int version)
{
    static struct vf_call_filter *filters[VERSIONS][CALL_CLASSES];
    int known = version < VERSIONS ? version : VERSIONS - 1;
    struct vf_call_filter **filter = &filters[known][allowed % CALL_CLASSES];
    if (!*filter && vf_call_filter_create(filter, allowed, known) < 0)
        *filter = NULL;
    return *filter;
}

/* What makes calls of its own that nobody can foresee. */
static const char *find_bypass(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    if (preloaded && strstr(preloaded, "vgpreload"))
        return "valgrind runs it";
    return vf_measures_coverage() ? "it is built to measure its coverage" : NULL;
}

/* Version 1 lets nobody move a file to another folder, as writers do. */
static int version_for(unsigned allowed)
{
    int version = vf_landlock_version();
    return version < VF_LANDLOCK_MOVES && (allowed & VF_CALLS_WRITE) ? 0 : version;
}

static void add_path(struct vf_sandbox *sandbox, const char *path, unsigned rights)
{
    vf_rule_paths_add(&sandbox->paths, path, rights);
    if (rights & VF_MAY_MAKE)
        sandbox->allowed |= VF_CALLS_WRITE;
    if (rights & VF_MAY_WRITE)
        sandbox->allowed |= VF_CALLS_TOUCH;
}

static void add_address(struct vf_sandbox *sandbox, const char *address, unsigned more)
{
    bool is_path = strncmp(address, IPC, strlen(IPC)) == 0;
    sandbox->allowed |= more | (is_path ? VF_CALLS_MEET : VF_CALLS_CONNECT | VF_CALLS_MEET);
    sandbox->whom |= is_path ? 0 : VF_RULE_NETWORK;
}

static void add_gpu(struct vf_sandbox *sandbox)
{
    sandbox->whom |= VF_RULE_GPU;
    sandbox->allowed |= VF_CALLS_TOUCH | VF_CALLS_WRITE;
    sandbox->makes_code = true;
}

static void add_made(struct vf_sandbox *sandbox, const char *folder)
{
    add_path(sandbox, folder, VF_MAY_READ | VF_MAY_MAKE);
    vf_text_append(&sandbox->made, folder, strlen(folder) + 1);
}

static void add(void *context, enum vf_reach_kind kind, const char *what)
{
    struct vf_sandbox *sandbox = context;
    vf_text_print(&sandbox->reach, "%s%s %s", sandbox->reach.length ? ", " : "",
                  vf_reach_word(kind), what);
    switch (kind) {
    case VF_REACH_READ:
    case VF_REACH_READ_BELOW:
        add_path(sandbox, what, VF_MAY_READ);
        break;
    case VF_REACH_LOAD:
        add_path(sandbox, what, VF_MAY_READ);
        sandbox->makes_code = true;
        break;
    case VF_REACH_WRITE:
        add_path(sandbox, what, VF_MAY_READ | VF_MAY_WRITE | VF_MAY_CONTROL);
        break;
    case VF_REACH_WRITE_BELOW:
        add_made(sandbox, what);
        break;
    case VF_REACH_CONNECT:
        add_address(sandbox, what, 0);
        break;
    case VF_REACH_LISTEN:
        add_address(sandbox, what, VF_CALLS_LISTEN);
        break;
    case VF_REACH_RUN:
        sandbox->whom |= VF_RULE_PROGRAM;
        sandbox->allowed |= VF_CALLS_RUN | VF_CALLS_WRITE | VF_CALLS_TOUCH;
        sandbox->makes_code = true;
        break;
    case VF_REACH_DEVICE:
        sandbox->whom |= VF_RULE_DEVICE;
        sandbox->allowed |= VF_CALLS_TOUCH | VF_CALLS_MEET;
        break;
    case VF_REACH_GPU:
        add_gpu(sandbox);
        break;
    case VF_REACH_FONTS:
        sandbox->whom |= VF_RULE_FONTS;
        break;
    default:
        break;
    }
}

/* The folder that vflow was started in: programs find their files there, and leave some. */
static void add_present_folder(struct vf_sandbox *sandbox)
{
    char *folder = getcwd(NULL, 0);
    if (folder && strcmp(folder, "/") != 0)
        add_path(sandbox, folder, VF_MAY_READ | VF_MAY_MAKE);
    free(folder);
}

static void add_asked(struct vf_sandbox *sandbox, const struct vf_sandbox_spec *spec)
{
    for (size_t i = 0; i < spec->path_count; i++) {
        add_path(sandbox, spec->paths[i],
                 VF_MAY_READ | VF_MAY_WRITE | VF_MAY_MAKE | VF_MAY_CONTROL);
        vf_text_print(&sandbox->reach, "%swrite below %s", sandbox->reach.length ? ", " : "",
                      spec->paths[i]);
    }
    if (spec->has_network) {
        sandbox->whom |= VF_RULE_NETWORK;
        sandbox->allowed |= VF_CALLS_CONNECT | VF_CALLS_MEET | VF_CALLS_LISTEN;
        vf_text_print(&sandbox->reach, "%snetwork", sandbox->reach.length ? ", " : "");
    }
    if (spec->is_client) {
        sandbox->whom |= VF_RULE_NETWORK;
        sandbox->allowed |= VF_CALLS_CONNECT | VF_CALLS_MEET;
    }
    if (spec->has_gpu)
        add_gpu(sandbox);
}

/* What the engine does in the process of a task. */
static void add_engine(struct vf_sandbox *sandbox, const struct vf_sandbox_spec *spec)
{
    if (spec->wires == VF_SANDBOX_PATHS)
        sandbox->allowed |= VF_CALLS_MEET | VF_CALLS_LISTEN;
    if (spec->wires == VF_SANDBOX_TCP) {
        sandbox->allowed |= VF_CALLS_CONNECT | VF_CALLS_LISTEN;
        sandbox->whom |= VF_RULE_NETWORK;
    }
    if (spec->wires != VF_SANDBOX_MEMORY && spec->folder)
        add_path(sandbox, spec->folder, VF_MAY_READ | VF_MAY_MAKE);
    if (spec->dead_letter)
        add_made(sandbox, spec->dead_letter);
}

int vf_sandbox_create(struct vf_sandbox **sandbox, const struct vf_sandbox_spec *spec)
{
    *sandbox = calloc(1, sizeof(**sandbox));
    if (!*sandbox)
        return -ENOMEM;
    struct vf_sandbox *made = *sandbox;
    const struct vf_reach reach = {.add = add, .context = made};
    made->wish = spec->wish;
    made->bypass = spec->wish == VF_SANDBOX_OFF ? "sandbox: off" : find_bypass();
    made->whom = VF_RULE_ALL;
    made->memory = spec->memory;
    if (spec->node)
        vf_node_reach(spec->node, spec->options, &reach);
    add_asked(made, spec);
    add_engine(made, spec);
    if (made->whom & VF_RULE_PROGRAM)
        add_present_folder(made);
    made->version = version_for(made->allowed);
    vf_rule_paths_add_rules(&made->paths, made->whom);
    if (!made->bypass && !vf_is_sanitized())
        made->filter = filter_of(made->allowed, made->version);
    if (!made->paths.failed && !made->made.failed && !made->reach.failed)
        return VF_OK;
    vf_sandbox_destroy(sandbox);
    return -ENOMEM;
}

void vf_sandbox_destroy(struct vf_sandbox **sandbox)
{
    if (!*sandbox)
        return;
    vf_rule_paths_finish(&(*sandbox)->paths);
    vf_text_finish(&(*sandbox)->made);
    vf_text_finish(&(*sandbox)->reach);
    free(*sandbox);
    *sandbox = NULL;
}

bool vf_sandbox_is_on(const struct vf_sandbox *sandbox)
{
    return !sandbox->bypass;
}

/* A folder that is made later would not be among those that may be written to. */
static void make_folders(const struct vf_sandbox *sandbox)
{
    for (size_t i = 0; i < sandbox->made.length; i += strlen(sandbox->made.bytes + i) + 1)
        (void)!vf_folders_try(sandbox->made.bytes + i);
}

/* "/dev/fd/3" and the like. */
static bool names_descriptor(const char *path, int fd)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < VF_COUNT(folders); i++) {
        size_t length = strlen(folders[i]);
        if (strncmp(path, folders[i], length) == 0 && strtol(path + length, NULL, 10) == fd)
            return true;
    }
    return false;
}

static bool is_kept(const void *context, int fd)
{
    const struct vf_sandbox *sandbox = context;
    for (size_t i = 0; i < sandbox->paths.count; i++) {
        if (names_descriptor(sandbox->paths.items[i].path, fd))
            return true;
    }
    return false;
}

/* Nobody else of this user may look into it, unless core files are wanted. */
static void hide_memory(void)
{
    struct rlimit cores;
    if (getrlimit(RLIMIT_CORE, &cores) == 0 && cores.rlim_cur == 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Programs and drivers reserve what they never use. */
static void limit_memory(const struct vf_sandbox *sandbox)
{
    struct rlimit data;
    bool is_limited = sandbox->memory && !sandbox->makes_code && !vf_is_sanitized() &&
                      getrlimit(RLIMIT_DATA, &data) == 0 && sandbox->memory < data.rlim_cur;
    if (!is_limited)
        return;
    data.rlim_cur = data.rlim_max = (rlim_t)sandbox->memory;
    (void)!setrlimit(RLIMIT_DATA, &data);
}

int vf_sandbox_enter_places(const struct vf_sandbox *sandbox)
{
    const struct vf_landlock_wish wish = {
        .paths = sandbox->paths.items,
        .count = sandbox->paths.count,
        .may_connect = sandbox->allowed & VF_CALLS_CONNECT,
        .may_listen = sandbox->allowed & VF_CALLS_LISTEN,
        .may_meet = sandbox->allowed & VF_CALLS_MEET,
    };
    if (sandbox->bypass)
        return VF_OK;
    vf_inherited_close(is_kept, sandbox);
    limit_memory(sandbox);
    make_folders(sandbox);
    if (sandbox->version < VF_LANDLOCK_FILES)
        return VF_OK;
    return vf_landlock_enter(&wish);
}

int vf_sandbox_enter_calls(const struct vf_sandbox *sandbox, _Atomic uint32_t *refused)
{
    if (sandbox->bypass)
        return VF_OK;
    if (!vf_is_sanitized())
        hide_memory();
    if (!sandbox->makes_code && !vf_is_sanitized())
        prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0); /* where the kernel knows it */
    return sandbox->filter ? vf_call_filter_enter(sandbox->filter, refused) : VF_OK;
}

static void set(struct vf_sandbox_state *state, enum vf_sandbox_kind kind,
                enum vf_sandbox_level level, const char *reason)
{
    state->levels[kind] = level;
    state->reasons[kind] = level == VF_SANDBOX_ENFORCED ? NULL : reason;
}

static void describe_files(const struct vf_sandbox *sandbox, struct vf_sandbox_state *state)
{
    bool writes = sandbox->allowed & (VF_CALLS_WRITE | VF_CALLS_TOUCH | VF_CALLS_RUN);
    bool is_filtered = sandbox->filter && !writes;
    if (sandbox->version >= VF_LANDLOCK_SIZES || (sandbox->version && is_filtered))
        set(state, VF_SANDBOX_FILES, VF_SANDBOX_ENFORCED, NULL);
    else if (sandbox->version)
        set(state, VF_SANDBOX_FILES, VF_SANDBOX_PARTLY,
            "before Landlock ABI 3, it may empty any file of the user");
    else if (is_filtered)
        set(state, VF_SANDBOX_FILES, VF_SANDBOX_PARTLY,
            "without Landlock, it writes no file, but may read any of the user");
    else
        set(state, VF_SANDBOX_FILES, VF_SANDBOX_NOT,
            "this kernel has no Landlock, or only ABI 1, in which writers cannot move files");
}

static void describe_network(const struct vf_sandbox *sandbox, struct vf_sandbox_state *state)
{
    if (sandbox->filter)
        set(state, VF_SANDBOX_NETWORK, VF_SANDBOX_ENFORCED, NULL);
    else if (sandbox->version >= VF_LANDLOCK_TCP)
        set(state, VF_SANDBOX_NETWORK, VF_SANDBOX_PARTLY, "TCP only, as calls are not filtered");
    else
        set(state, VF_SANDBOX_NETWORK, VF_SANDBOX_NOT,
            "neither filters for calls nor Landlock ABI 4");
}

static void describe_signals(const struct vf_sandbox *sandbox, struct vf_sandbox_state *state)
{
    bool is_filtered = sandbox->filter && !(sandbox->allowed & VF_CALLS_RUN);
    if (sandbox->version >= VF_LANDLOCK_SIGNALS || is_filtered)
        set(state, VF_SANDBOX_SIGNALS, VF_SANDBOX_ENFORCED, NULL);
    else if (sandbox->version >= VF_LANDLOCK_FILES)
        set(state, VF_SANDBOX_SIGNALS, VF_SANDBOX_PARTLY,
            "it may signal, but not trace, other processes (Landlock before ABI 6)");
    else
        set(state, VF_SANDBOX_SIGNALS, VF_SANDBOX_NOT,
            "neither filters for calls nor Landlock ABI 6");
}

void vf_sandbox_describe(const struct vf_sandbox *sandbox, struct vf_sandbox_state *state)
{
    *state = (struct vf_sandbox_state){0};
    for (unsigned i = 0; i < VF_SANDBOX_KINDS; i++)
        state->reasons[i] = sandbox->bypass;
    if (sandbox->bypass)
        return;
    describe_files(sandbox, state);
    describe_network(sandbox, state);
    describe_signals(sandbox, state);
    set(state, VF_SANDBOX_CALLS, sandbox->filter ? VF_SANDBOX_ENFORCED : VF_SANDBOX_NOT,
        vf_is_sanitized() ? "a sanitizer makes calls of its own"
                          : "this kernel has no seccomp filters");
}

const char *vf_sandbox_kind_name(enum vf_sandbox_kind kind)
{
    static const char *const names[] = {"files", "network", "syscalls", "signals"};
    return names[kind];
}

const char *vf_sandbox_level_name(enum vf_sandbox_level level)
{
    static const char *const names[] = {"not", "partly", "enforced"};
    return names[level];
}

bool vf_sandbox_is_whole(const struct vf_sandbox *sandbox, struct vf_text *why)
{
    struct vf_sandbox_state state;
    bool is_whole = true;
    vf_sandbox_describe(sandbox, &state);
    for (unsigned i = 0; i < VF_SANDBOX_KINDS; i++) {
        if (state.levels[i] == VF_SANDBOX_ENFORCED)
            continue;
        vf_text_print(why, "%s%s %s: %s", is_whole ? "" : "; ", vf_sandbox_kind_name(i),
                      vf_sandbox_level_name(state.levels[i]), state.reasons[i]);
        is_whole = false;
    }
    return is_whole;
}

void vf_sandbox_print_reach(const struct vf_sandbox *sandbox, struct vf_text *text)
{
    size_t begin = text->length;
    vf_text_print(text, "%s", sandbox->reach.length ? sandbox->reach.bytes : "nothing");
    if (text->failed)
        return;
    vf_display_clean(text->bytes + begin); /* addresses may have passwords */
    text->length = begin + strlen(text->bytes + begin);
}
