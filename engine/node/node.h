/* SPDX-License-Identifier: MIT */
/* node.h - the contract between the engine and its nodes: those under nodes/, and those of plugins
 * (plugin.h).
 *
 * A node is one constant struct: its tables (name, options, ports) and its callbacks. Each task
 * of a flow runs one node in a process of its own. The engine calls open() first and close()
 * last, in the worker, always from one thread; between them next() of a producer until it
 * returns VF_END, process() of a processor or consume() of a consumer for each input, and
 * flush() once, after the last input. close() also runs after a failed open().
 *
 * A consumer may have outputs, which nobody has to read: what it is for is done without them.
 *
 * Inputs are lent until the callback returns; who needs one longer clones it
 * (vf_message_clone) and says in `holds` how many. Payloads of inputs are read-only.
 *
 * A callback returns VF_OK, VF_END or a negative errno, after it has logged the cause; VF_DROPPED,
 * as vf_node_emit() returns it, counts as VF_OK. A failed callback ends the task, unless it is
 * restarted (engine/flow/plan/recovery.h): what it has sent is still delivered, and the exit status
 * of the run says which kind of failure it was: a producer that cannot open, or
 * finds nothing in what it has opened: -ENODATA (69), a consumer that cannot open, or meets a
 * file that must stay: -EEXIST (73), or cannot go on (74), and any other (1).
 */
#ifndef VF_ENGINE_NODE_NODE_H
#define VF_ENGINE_NODE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/journal/medium.h"
#include "engine/journal/notice.h"
#include "engine/message/message.h"
#include "engine/node/forecast.h"
#include "engine/node/option/option.h"
#include "engine/node/wish.h"

enum vf_node_kind { VF_PRODUCER, VF_PROCESSOR, VF_CONSUMER };
enum vf_port_type {
    VF_PORT_ANY, /* an input that takes any type; an output of the type of the first input */
    VF_PORT_VIDEO,
    VF_PORT_AUDIO,
    VF_PORT_PACKET,
    VF_PORT_ARRAY,
    VF_PORT_VALUE
};

/* How the messages of several inputs come to a node. */
enum vf_node_takes {
    VF_TAKES_JOINED, /* one of each input, of one origin */
    VF_TAKES_EACH,   /* one at a time, as they come; the other elements of `inputs` are NULL */
};

/* How the messages of several inputs come to a node in realtime, unless its `join` says so. */
enum vf_live_join {
    VF_LIVE_AS_EVER, /* as in batch */
    VF_LIVE_TICKS, /* those of different producers by latest, at the ticks of a clock, so that none
                        is waited for */
    VF_LIVE_ALONE, /* a single input at ticks of the rate of the node itself, in batch, too */
    VF_LIVE_LED,   /* by latest, for each of the first input, also where it `takes` each */
};

/* What a consumer that is started again does with its output. */
enum vf_continuation {
    VF_CONTINUES_NOTHING, /* it begins its file again */
    VF_CONTINUES_LIVE,    /* it adds to it where frames come live, else it begins it again */
    VF_CONTINUES_OUTPUT,  /* it adds to it, or writes further files */
};

struct vf_port {
    const char *name;
    enum vf_port_type type;
    const char *help;
    enum vf_port_type
        also;         /* an input that takes messages of this type, too; VF_PORT_ANY: of none */
    bool is_optional; /* an input that need not be connected, an only output that may be unread */
    bool is_repeated; /* an input that takes one source or more; of a processor only the last one */
    bool is_numbered; /* an output "audio[1]": one of several that are described with "audio" */
    bool takes_several; /* an input, not the first, of a node that `takes_gaps`: of which several
                           messages may come of one origin; each after the first, or too late, comes
                           by itself, the other inputs being NULL */
    bool may_split; /* an output with several messages for one input at times; the others may have
                         one for each */
    bool tells_passed; /* an input of which it is wanted to know how far it has come: of what is not
                          answered on the way to it, it hears (vf_node_passed_ns()) */
    uint16_t stands_for,
        from;         /* an output that is nothing by itself: who reads it reads so many others,
                                  from number `from` on; 0: it is one */
    uint16_t answers; /* an output of what takes each: 1 + the input that it answers, all of whose
                            outputs do; 0: the inputs as they come */
};

struct vf_port_list {
    const struct vf_port *items;
    size_t count;
};

/* An input that an option names instead of `inputs`: "answers: away" makes the first input of the
 * node read an output of the node away. All text is constant. */
struct vf_feed {
    const char *option; /* that names the node; NULL: there is no such input */
    const char *type;   /* of node that it has to be */
    const char *port;   /* output of it that is read */
    unsigned queue;     /* messages that may wait in front of the node; the sender waits for room */
};

/* Who is told paths, one after the other. */
struct vf_path_visitor {
    void (*visit)(void *context, const char *path);
    void *context;
};

/* What a flow names as the inputs of a node. */
struct vf_named_inputs {
    const char *const *ports; /* of each; NULL: by position */
    size_t count;
    bool is_incomplete; /* there are more, which cannot be read */
};

/* The pictures that a run makes, where earlier ones have made the others, and keep them in pieces. All
 * zero: all of them. */
struct vf_run_part {
    int64_t from_us;  /* those that begin before are there; INT64_MAX: all are */
    int64_t until_us; /* those that begin from here on are made elsewhere; 0: none are */
    bool is_alone;    /* only pieces are made of them, and nothing of what is no picture */
    uint64_t warm_up; /* of those before, so many are made again, for tasks that remember as much */
    const char *shard; /* names those who make the pieces, where several do; NULL: one does */
    uint64_t first_piece, end_piece; /* if so: the numbers that are its own */
};

struct vf_emitter;
struct vf_reach;

/* One running node: what its callbacks are given. */
struct vf_node_run {
    struct vf_emitter *emitter;     /* for the functions below */
    void *state;                    /* zeroed, `state_size` bytes */
    const void *options;            /* already checked and filled */
    const struct vf_node *node;     /* as the flow's options have made it */
    const char *name;               /* of the task, as in the flow file */
    unsigned input_count;           /* elements of `inputs`: one a port, then the further sources of
                                       repeated ones */
    const unsigned *input_ports;    /* for each input, the port that it belongs to */
    const bool *is_connected;       /* for each input; an optional one may not be */
    const char *const *input_names; /* for each input, the task that it comes from: "reader", or
                                       "reader.audio" for another port than the first; NULL: it is
                                       not connected */
    unsigned threads;               /* that this task does well to use at once, at least 1 */
    unsigned keeps;               /* own payloads that it may keep: struct vf_node; 0: any number */
    struct vf_run_part part;      /* that this run makes */
    const struct vf_wish *wishes; /* of a producer that `makes_wanted`: what is wanted of its first
                                     port, by each that reads it */
    unsigned wish_count;          /* 0: everything is */
    bool is_realtime;
    bool may_lack;         /* inputs may be NULL: they are joined by latest */
    bool must_not_replace; /* existing files stay: an output that is there is a failure */
    bool is_restarted;     /* a process of this task has died: what it has written stays */
    bool is_lost;          /* set by a node that fails: this process can do nothing more, whatever
                              comes; another has to take its place, also where errors are skipped */
    bool is_private;       /* set by a node, in a copy, for what it keeps to itself: nothing that
                              it allocates is in the task's arena */
    bool is_trying;        /* set by a node while it tries what it can do without: errors that are
                              logged meanwhile are not fatal in the report */
    uint64_t errors;       /* that the node has reported */
    bool is_repeating;     /* set by a producer that comes again by what an earlier process has
                              made: what it reports was reported before, and is not counted */
    int64_t paused_ns; /* for how long a producer has been paused so far: it makes nothing then, and
                              who keeps a pace does not catch up */
};

/* Sends *output out of `port`. Takes *output, except on failure. A callback may emit nothing,
 * one message or many; an input answered by nothing is made known to the joins downstream.
 * Without an origin of its own (vf_message_follow) it gets that of the inputs.
 * Returns VF_OK, VF_DROPPED (nobody had room: realtime only), or VF_END when the flow is to
 * stop at once or nobody reads any more; then the message is gone. */
VF_MUST_CHECK int vf_node_emit(struct vf_node_run *run, unsigned port, struct vf_message **output);

/* Sends input number `input` out of `port` as it is: the same bytes in the same place. */
VF_MUST_CHECK int vf_node_passthrough(struct vf_node_run *run, unsigned port, unsigned input);

/* Returns whether anybody reads `port`. What nobody reads need not be made. */
bool vf_node_is_read(const struct vf_node_run *run, unsigned port);

/* Sends *output, whose making ended with `made`: VF_OK, or VF_DROPPED, no room for it, which counts
 * it as dropped (vf_node_drop()); any other is returned. Destroys *output in any case. Returns
 * VF_OK for what was dropped, too. */
VF_MUST_CHECK int vf_node_emit_made(struct vf_node_run *run, unsigned port, int made,
                                    struct vf_message **output);

/* Makes a payload of `size` bytes in the task's arena, so that emitting it copies nothing. In
 * batch, waits until there is room; VF_END as vf_node_emit(). In realtime, VF_DROPPED when there
 * is no room: drop what would have been made (vf_node_drop()). From the node's own thread. */
VF_MUST_CHECK int vf_node_allocate(struct vf_node_run *run, size_t size,
                                   struct vf_payload **payload);

/* The same without ever waiting, from any thread: -EAGAIN when there is no room. What is emitted
 * in private memory instead is copied into the arena. */
VF_MUST_CHECK int vf_node_try_allocate(struct vf_node_run *run, size_t size,
                                       struct vf_payload **payload);

/* Makes a copy of a message whose payload the node may write, in the task's arena: what there is to
 * say of the original is said of the copy. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_node_copy(struct vf_node_run *run, const struct vf_message *original,
                               struct vf_message **copy);

/* Says that there would have been a message for `port`, but no room: counted as dropped, and a
 * gap for the joins downstream. */
VF_MUST_CHECK int vf_node_drop(struct vf_node_run *run, unsigned port);

/* Returns whether the task is to stop: a producer when the flow drains or nobody reads any more, any
 * when it halts.
 * Never waits; callable from any thread. */
bool vf_node_stop_requested(struct vf_node_run *run);

/* Returns whether the flow has been asked to stop, be it at once or after what is in flight: who
 * waits for the world outside of the flow does so only for a moment longer. Never waits; callable
 * from any thread. */
bool vf_node_is_ending(struct vf_node_run *run);

/* Sleeps until `deadline_ns` (vf_clock_now_ns()). Returns VF_OK, or VF_END at once when the task
 * is to stop. */
VF_MUST_CHECK int vf_node_sleep_until(struct vf_node_run *run, int64_t deadline_ns);

/* Sleeps until the descriptor `fd` can be read, or its other end is closed: VF_OK, at `deadline_ns`
 * VF_DROPPED, or VF_END when the task is to stop. Other than all these functions it is no sign of
 * life: who waits here longer than the `stall_after` of the node, and is no producer, counts as
 * hung. So what has come is to be answered with vf_node_stop_requested() or an output. */
VF_MUST_CHECK int vf_node_await(struct vf_node_run *run, int fd, int64_t deadline_ns);

/* In process() or consume(): sleeps until the descriptor `fd` can be read (VF_OK), or another input
 * has come or none will any more, so that the callback does well to return (VF_DROPPED). Returns
 * VF_END when the task is to stop. Does not count as work, and who waits here does not hang. While
 * who answers by `fd` is known to be at work, and needs no input for that, the task is not taken for
 * one that waits for input, as a dead-lock is made of; then this returns VF_OK within a tenth of a
 * second, for the caller to look again. */
VF_MUST_CHECK int vf_node_await_input(struct vf_node_run *run, int fd, bool is_at_work);

/* In process() or consume() of a node that `looks_ahead` and takes its inputs joined: waits until
 * `count` further inputs are there, no more can be for now, or `deadline_ns`. Returns how many there
 * are, or an error; in a group, and where inputs are joined by latest, none. The callback is given
 * them all the same, one after the other, in the same process: another begins with the input that
 * had not been answered. Does not count as work, and who waits here does not hang. */
VF_MUST_CHECK int vf_node_look_ahead(struct vf_node_run *run, unsigned count, int64_t deadline_ns);

/* Lends the messages that the callback will be given after `number` others, until it returns for
 * them; NULL: they are not there yet. */
struct vf_message *const *vf_node_ahead(const struct vf_node_run *run, unsigned number);

/* Lends the file of the arena `arena` (struct vf_payload), to map in another process, and says how
 * large it is: of inputs read-only; 0: the task's own, also to write. -1: there is none. For a node
 * that `shares_arenas`. */
int vf_node_arena(const struct vf_node_run *run, uint32_t arena, size_t *size);

/* Says that the time since `since_ns` went into waiting for the world outside of the flow. It does
 * not count as work of the task. */
void vf_node_waited(struct vf_node_run *run, int64_t since_ns);

/* Counts and logs one piece of input that is corrupt or missing. The task goes on; more than
 * --max-errors of them make the run's exit status 65. The line is made as by printf. */
void vf_node_report_error(struct vf_node_run *run, const char *format, ...) VF_PRINTF(2, 3);

/* Counts one that is like another before, which was reported: so that the log is not flooded. */
void vf_node_count_error(struct vf_node_run *run);

/* Says why the callback in work is about to return an error, for those who read of it later: what
 * is logged about the end of the process, and the note of an input that is put aside, which also has
 * the `details`, lines of any number; NULL: there are none. `text` is one line. Logs nothing. */
void vf_node_complain(struct vf_node_run *run, const char *text, const char *details);

/* Returns what the task has made for `port` in processes before this one, which died: a producer
 * that `can_resume` goes on after that. Valid in open(); of the first process, the count is 0. */
const struct vf_made *vf_node_made(const struct vf_node_run *run, unsigned port);

/* Says how many messages a producer is going to emit on a port: for the progress, and for those who
 * are to say how much has come. */
void vf_node_expect(struct vf_node_run *run, unsigned port, uint64_t messages);

/* Says that a producer which reads several sources begins source `number` of `count`, from 1: for the
 * progress. `name` is for people. */
void vf_node_begin_source(struct vf_node_run *run, const char *name, uint64_t number,
                          uint64_t count);

/* Says in open() of a producer that it goes on until it is stopped, as a camera does (struct
 * vf_node: is_endless): then a stop is its normal end, and what it has sent is all. */
void vf_node_expect_no_end(struct vf_node_run *run);

/* Says in open() of a producer that its messages come as time goes by, as those of a camera do:
 * somebody may follow what is made of them. Of one without an end that is known. */
void vf_node_send_live(struct vf_node_run *run);

/* Notes for the report what has been read from, or written to, a file or an address, once that is
 * over. Copies *medium. */
void vf_node_note_input(struct vf_node_run *run, const struct vf_medium *medium);
void vf_node_note_output(struct vf_node_run *run, const struct vf_medium *medium);

/* Says what does the work of a node that can have it done by one thing or another, for the report: "cpu",
 * "cuda". At most 23 characters. */
void vf_node_note_provider(struct vf_node_run *run, const char *provider);

/* Says in one line what has been written, for people: "out.mp4: 795 frames, 2.1 MB". */
void vf_node_report_output(struct vf_node_run *run, const char *format, ...) VF_PRINTF(2, 3);

/* Tells those who hear of it what has happened to the run itself, such as that a camera is away:
 * vflow-events(7). Never waits. */
void vf_node_tell_run(struct vf_node_run *run, const struct vf_notice *notice);

/* For a producer that `hears_run`: waits for what was told as number `number`, from 0. *event becomes an
 * object, the caller's; NULL: it cannot be read, and is to be left out. Returns VF_END when the task is
 * to stop; without `waits`, -EAGAIN when nothing else was told. */
VF_MUST_CHECK int vf_node_hear_run(struct vf_node_run *run, uint64_t number, bool waits,
                                   json_t **event);

/* Returns whether nothing more comes to input number `input`, beyond what it was given. Valid in
 * input_ended() and after it. */
bool vf_node_has_ended(const struct vf_node_run *run, unsigned input);

/* Of a node that takes each: returns up to which timestamp, in nanoseconds, nothing more comes to
 * input number `input`, whose port `tells_passed`, beyond what it was given; INT64_MAX once it has
 * ended, VF_NO_TIMESTAMP while that is not known. Never falls, unless timestamps do. */
int64_t vf_node_passed_ns(const struct vf_node_run *run, unsigned input);

/* Returns why the inputs ended. Valid in flush() and close(). */
enum vf_end_reason vf_node_end_reason(const struct vf_node_run *run);

/* Returns whether a stop is the normal end of what comes in: a producer before this task has no end
 * of its own, or the user takes it for that. Valid once something has come. */
bool vf_node_ends_by_stop(const struct vf_node_run *run);

/* Returns whether what comes in comes as time goes by: the flow is realtime, or a producer before
 * this task sends live or has no end of its own. Valid once something has come. */
bool vf_node_comes_live(const struct vf_node_run *run);

/* Returns whether what came in is all: nothing failed, and nothing was interrupted that has an end
 * of its own. Valid in flush() and close(). */
bool vf_node_has_all(const struct vf_node_run *run);

/* Returns how many messages were to come to the first input, by what the producer expects; 0: it is
 * not known. Valid once something has come. */
uint64_t vf_node_expected(const struct vf_node_run *run);

/* Which of next, process and consume is set follows from `kind`. Every other callback may be
 * NULL. */
struct vf_node {
    const char *name;    /* as in a flow file, and the file's own name */
    const char *summary; /* one sentence, imperative, with a full stop */
    const char *about;   /* what else its user wants to know: paragraphs of whole sentences, an
                            empty line between each two; NULL: the tables say it all */
    const char *related; /* names of related nodes: "crop, convert"; NULL: there are none */
    const char *example; /* a flow with this node, each line ended; what it reads need not exist */
    enum vf_node_kind kind;
    enum vf_node_takes takes;
    enum vf_live_join live_join;
    enum vf_continuation continues;
    bool may_lack;            /* joined by latest, process() may get NULL in place of inputs */
    bool forgets;             /* of VF_LIVE_ALONE: so it does for one that has gone, */
    int64_t gone_after_ns;    /* by its silence, */
    struct vf_rational ticks; /* and this is its rate */
    bool is_stateful;         /* what it emits depends on more than its present inputs */
    bool answers_late;        /* what a callback has not answered a later one may, in the order of
                                   the inputs, with the origin of each (vf_message_follow) */
    bool changes_time;        /* of its messages: those of other nodes do not fit them any more */
    bool prints;              /* it writes lines to standard output */
    bool may_split;           /* emits several messages for one input at times, on any output */
    bool can_resume;          /* a producer that can go on after any message it has made */
    bool can_begin;           /* a producer whose first port begins where the run's part does: with
                                   the first picture of all, which says what they are, then those
                                   of the part; all else it sends from its beginning */
    bool makes_wanted;        /* a producer that may send hollow on its first port what nobody
                                   wishes: wish.h */
    bool is_reading_only_heads; /* looks at descriptions, never at payloads */
    bool shares_arenas;         /* it hands the memory of payloads on to another process:
                                   vf_node_arena(); not in a group */
    const char *ordered_by;     /* a producer's option without which what it emits comes from other
                                   programs in any order, be it several; NULL: it has an order */
    bool is_recorder;           /* what is dropped in front of it is missing for good: in realtime
                                   its queues are longer */
    bool must_look_ahead; /* if it `looks_ahead`, it cannot do without: not in a group, and not
                                   joined by latest */
    bool takes_gaps;      /* joined by origin, inputs but the first are NULL where nothing comes
                                   of them; not with replicas */
    bool hears_run;       /* a producer that sends on what happens to the run itself: it ends with
                                   all that it tells of, after every other task */
    bool redacts;         /* what it makes of private frames is not private any more */
    unsigned holds;       /* inputs it keeps after a callback has returned */
    unsigned looks_ahead; /* inputs that it may look at before it is given them:
                                   vf_node_look_ahead() */
    unsigned lingers;     /* inputs that it may let go of later than it has answered them,
                                   although it does not depend on them any more */
    unsigned keeps;       /* own payloads it keeps beside those on their way: a decoder's
                                   reference pictures */
    struct vf_option_list options;
    struct vf_port_list inputs, outputs;
    struct vf_feed feed; /* set by adapt() */
    size_t options_size, state_size;
    void *declared; /* set by declare(); free()d with the copy: vf_node_copies_free() */
    /* Looks for mistakes that no single option shows. On a mistake returns -EINVAL with one
     * line in `problem`: what is wrong; what would be right. Where that begins with the name of an
     * option and a colon, "codec: ..." or "options.g: ...", it is shown at its value. Runs in
     * `vflow check`. */
    int (*check)(const void *options, char *problem, size_t problem_size);
    /* The same of options that do not go with what is connected: to each input port, something or
     * nothing. */
    int (*check_connected)(const void *options, const bool *is_connected, char *problem,
                           size_t problem_size);
    /* Of a node that reads a folder, or what fits a pattern: returns whether it takes a file of
     * this name that is in there, or below it ("low/a.png"), so that no other node writes over it.
     * */
    bool (*reads)(const void *options, const char *name);
    /* Calls `visit` with each file that such a node would read, in order; or with the first that a
     * writer of many would, if it is known. -errno and a line in `problem`: none, or it cannot look. */
    int (*list)(const void *options, const struct vf_path_visitor *visitor, char *problem,
                size_t problem_size);
    /* Of a node with an endpoint (VF_ENDPOINT): returns the value of that option where the node
     * listens there, so that no other does; NULL: it connects. */
    const char *(*listens)(const void *options);
    /* Changes a copy of this node to what it is with these options, which have been checked: its
     * ports, `kind` and the callbacks of that, `feed`, `ordered_by`, `takes`, `ticks`, `gone_after_ns`,
     * `forgets`, `holds`, `looks_ahead`, `lingers`, `keeps`, `is_stateful`, `answers_late`, `may_lack`,
     * `continues`, `may_split`, `takes_gaps`, `can_begin`, `makes_wanted`, `is_reading_only_heads`.
     * Each node of a flow has a copy of its own. NULL: it is the same with all options. */
    void (*adapt)(const void *options, struct vf_node *copy);
    /* Of a node whose ports are the flow's: gives a copy of it, after adapt(), the ports that these
     * options and the flow ask for, and the `kind` that follows. The options may be wrong, what is
     * missing being as by default. What the ports are made of is in one piece of memory, `declared`.
     * Returns -ENOMEM when out of memory. */
    int (*declare)(const void *options, const struct vf_named_inputs *inputs, struct vf_node *copy);
    /* Returns whether anything ever comes out of `port` with these options: reading it otherwise is
     * a mistake in the flow. NULL: out of every port. */
    bool (*fills)(const void *options, unsigned port);
    /* Of a producer: returns whether it goes on until it is stopped with these options, as a camera
     * does. NULL: it has an end, or only open() finds that out. */
    bool (*is_endless)(const void *options);
    /* Returns how many inputs make one message with these options, such as 10 where one of ten
     * passes; 0: that depends on what comes. NULL: each input makes one, unless the node may
     * split. */
    uint64_t (*thins)(const void *options);
    /* Of a node that is reading only heads: says which of its inputs it passes or repeats. All others
     * may be hollow then (wish.h), and what passes never is. NULL: any. */
    void (*wants)(const void *options, struct vf_wish *wish);
    /* Returns how many inputs come before the first that is answered, such as 3 where each is
     * answered with that of three before; 0: none, or that depends on what comes. NULL: none. */
    uint64_t (*lags)(const void *options);
    /* Of a consumer that notes in pieces what it has made of pictures, so that another run goes on
     * from there: returns how long they are, and gives the path of what it makes of them; 0: with
     * these options it does not. NULL: never. */
    int64_t (*pieces)(const void *options, const char **path);
    /* Names what the node touches outside of the flow with these options, beside what their kinds
     * say (reach.h). NULL: nothing. */
    void (*reach)(const void *options, const struct vf_reach *reach);
    /* Returns what will come out, and how many own payloads the node will keep: forecast.h. */
    void (*forecast)(struct vf_foresight *foresight);
    int (*open)(struct vf_node_run *run);
    int (*next)(struct vf_node_run *run);
    int (*process)(struct vf_node_run *run, struct vf_message *const *inputs);
    int (*consume)(struct vf_node_run *run, struct vf_message *const *inputs);
    /* Of a node that takes each: an input has ended while others go on (vf_node_has_ended()). */
    int (*input_ended)(struct vf_node_run *run);
    int (*flush)(struct vf_node_run *run);
    void (*close)(struct vf_node_run *run);
};

/* For those who call a node's callbacks. Returns what the return value of one counts as: VF_OK for
 * VF_DROPPED, which was counted where it was dropped; any other as it is. */
int vf_node_outcome(int returned);

/* Returns whether a node that remembers earlier messages does not with other options. */
bool vf_node_may_be_stateless(const struct vf_node *node);

/* Returns whether several messages for one input may come out of `port`. */
bool vf_node_may_split(const struct vf_node *node, unsigned port);

/* Returns whether further messages of one origin come to some input of a node by themselves. */
bool vf_node_takes_several(const struct vf_node *node);

/* Returns how many inputs a node may have beside the one that it is given. */
unsigned vf_node_held(const struct vf_node *node);

/* Frees copies of nodes that adapt() and declare() have changed, and what they have. */
void vf_node_copies_free(struct vf_node *copies, size_t count);

/* Asks `node` what it is going to send: fills in `outputs` and `keeps` of *foresight. */
void vf_node_foresee(const struct vf_node *node, struct vf_foresight *foresight);

/* A name, and the words that people use for it elsewhere, with spaces between them. */
struct vf_synonym {
    const char *name, *words;
};

struct vf_synonym_list {
    const struct vf_synonym *items;
    size_t count;
};

/* Nodes, in the order in which people are shown them: all in `items`, or, where that is NULL, by
 * name and brought when somebody asks for one. Look at them through the functions below. */
struct vf_node_list {
    const struct vf_node *const *items;
    size_t count;
    const char *const *names;
    /* Brings number `number`. Returns NULL when it cannot, after it has logged why, once. */
    const struct vf_node *(*bring)(size_t number);
    const struct vf_synonym_list *synonyms; /* for their names; NULL: none are known */
    const struct vf_node_list *added;       /* more nodes, after these; NULL: there are none */
};

#define VF_PORTS(...) VF_ITEMS(struct vf_port, __VA_ARGS__)

/* Returns how many nodes there are, those that were added too. */
size_t vf_node_total(const struct vf_node_list *nodes);

/* Returns the node called `name`, or NULL: there is none, or it cannot be brought. */
const struct vf_node *vf_node_find(const struct vf_node_list *nodes, const char *name);

/* Returns whether there is a node called `name`. Brings nothing. */
bool vf_node_exists(const struct vf_node_list *nodes, const char *name);

/* Returns whether the node called `name` is one that was added. */
bool vf_node_is_added(const struct vf_node_list *nodes, const char *name);

/* Returns number `number` of the list, or NULL when it cannot be brought. */
const struct vf_node *vf_node_at(const struct vf_node_list *nodes, size_t number);

/* Returns what number `number` is called. Brings nothing. */
const char *vf_node_name_at(const struct vf_node_list *nodes, size_t number);

/* Brings all nodes. Returns -ELIBACC when some cannot be had; the others can. */
VF_MUST_CHECK int vf_node_bring_all(const struct vf_node_list *nodes);

/* "producer", "processor" or "consumer"; "video", "value", "any" and so on. */
const char *vf_node_kind_name(enum vf_node_kind kind);
const char *vf_port_type_name(enum vf_port_type type);

#endif
