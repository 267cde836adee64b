/* SPDX-License-Identifier: MIT */
/* flow.h - a flow as its author wrote it: nodes by name, options as text.
 *
 * Made from a YAML file (file/yaml.h) or by a program, call by call. Every part remembers where
 * in the file it stands, so that a mistake can be shown there (check/check.h).
 */
#ifndef VF_ENGINE_FLOW_FLOW_H
#define VF_ENGINE_FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/keys.h"

#define VF_MAX_QUEUE 4096 /* messages that may wait in one queue */
#define VF_DEFAULT_HOST "127.0.0.1"
#define VF_DEFAULT_BASE 5000
#define VF_MAX_HOSTS 64
#define VF_DEFAULT_PEER_TIMEOUT 10 /* seconds */
#define VF_ALL_HOSTS "all" /* in place of the name of a host: whoever runs it runs every part */

/* Line and column, both from 1; 0: not from the file. What it lends lives as long as the flow. */
struct vf_place {
    unsigned line, column;
    const char *setting; /* lent: "-s nodes.small.width=320", when the command line says it */
    const char *file;    /* lent: of another file than the flow's own; NULL: that */
    const char *note;    /* lent: how it came there, "--var width=320"; NULL: as it stands */
};

enum vf_flow_mode { VF_MODE_BATCH, VF_MODE_REALTIME };

/* What happens to a message that finds no room in its queue. */
enum vf_drop_policy {
    VF_DROP_BY_MODE, /* batch: never; realtime: newest */
    VF_DROP_NEVER,   /* the sender waits */
    VF_DROP_NEWEST,  /* the message being published goes */
    VF_DROP_OLDEST,  /* the message that has waited longest goes */
};

/* How payloads travel where the ends of a connection share no memory. */
enum vf_wire_form {
    VF_WIRE_BY_DEFAULT, /* raw */
    VF_WIRE_RAW,
    VF_WIRE_LZ4,  /* compressed without loss, where that makes them smaller */
    VF_WIRE_H264, /* pictures with loss; all else, and what H.264 cannot carry, as by LZ4 */
};

enum vf_transport_kind {
    VF_TRANSPORT_SHM, /* in shared memory: there are no sockets */
    VF_TRANSPORT_IPC, /* ZeroMQ, over files in a folder of the run */
    VF_TRANSPORT_TCP, /* ZeroMQ, over ports */
};

/* How messages travel between the tasks. */
struct vf_transport {
    enum vf_transport_kind kind;
    char *host;       /* of TCP: where the tasks listen */
    unsigned base;    /* of TCP: the port that socket numbers count from */
    bool is_insecure; /* of TCP: without keys, so whoever reaches a port can put messages in */
};

/* Returns whether tasks share no memory: each has two sockets, by which everything travels. */
static inline bool vf_transport_has_sockets(const struct vf_transport *transport)
{
    return transport->kind != VF_TRANSPORT_SHM;
}

/* What the flow as a whole takes from outside: a variable of the environment, a plugin. */
struct vf_flow_source {
    enum { VF_FLOW_SOURCE_VARIABLE, VF_FLOW_SOURCE_PLUGIN } kind;
    const char *name; /* kept by the flow */
};

/* One of the machines that a flow is divided among. Within one, messages travel as `transport`
 * says; between two, over TCP. */
struct vf_flow_host {
    char *name;
    char *address; /* where its tasks listen: an address, or a name to look up */
    unsigned base; /* of its ports, as of a transport */
    struct vf_place place, address_place;
};

/* One `key: value` of a node. Neither text nor a mapping: its mistake has been reported. */
struct vf_flow_option {
    char *name;
    char *text; /* NULL: a mapping; of a list: as engine/node/option/list.h writes it */
    char
        *json; /* the value as engine/flow/file/tree_json.h writes it; NULL: not read from a file */
    bool is_mapping, is_list;
    struct vf_flow_option *pairs; /* of a mapping; one that is a list or a mapping itself is only in
                                     `json` of the whole, which few kinds of values know */
    size_t pair_count;
    struct vf_place place, value_place;
};

struct vf_flow_input {
    char *port;               /* of the reader; NULL: by position */
    char *node, *source_port; /* where it comes from; source_port NULL: the first */
    unsigned queue;           /* messages that may wait; 0: see `queue_ns` */
    int64_t queue_ns;         /* what comes in that time may wait; 0, too: the flow's default */
    enum vf_drop_policy drop;
    enum vf_wire_form wire;
    int64_t delay_ns; /* what is added to the timestamps of what comes from there */
    struct vf_place place;
};

struct vf_flow_node {
    char *name;
    char *type;             /* NULL: its mistake has been reported */
    bool has_broken_inputs; /* their mistake has been reported: more were meant */
    struct vf_flow_input *inputs;
    size_t input_count;
    struct vf_flow_option *options;
    size_t option_count;
    struct vf_node_keys keys;
    unsigned host; /* index of its host; 0 where the flow has none */
    struct vf_place place, type_place, inputs_place;
    struct vf_place key_places[VF_KEY_COUNT]; /* of the values; line 0 and no setting: not given */
};

struct vf_flow {
    char *file; /* as messages name it: "flow.yaml", "standard input" */
    enum vf_flow_mode mode;
    unsigned queue;   /* default of every edge; 0: see `queue_ns` */
    int64_t queue_ns; /* as of an input; 0, too: not said (plan/depth.h) */
    enum vf_drop_policy drop;
    enum vf_wire_form wire;
    struct vf_place drop_place;
    bool is_mode_forced; /* by the command line */
    struct vf_transport transport;
    struct vf_place transport_place, security_place;
    struct vf_flow_host *hosts; /* in the order of the file */
    unsigned host_count;        /* 0: the flow runs on one machine */
    int here;                   /* index of the host whose part this is; -1: all are here */
    int64_t peer_timeout_ns;    /* without a sign of life for so long, a host is lost */
    struct vf_place hosts_place;
    bool may_be_insecure; /* sockets without keys may be reached from other machines */
    int64_t memory; /* bytes that frames and other payloads may take; 0: no limit of its own */
    struct vf_place memory_place;
    enum vf_sandbox_wish sandbox; /* of nodes that say nothing; VF_SANDBOX_BY_FLOW: on */
    bool is_sandbox_forced;       /* off, by the command line: of all nodes */
    const char *http;             /* address at which the run is shown, borrowed; NULL: it is not */
    struct vf_recovery_wish recovery; /* what nodes that are added get; of its `restart` see
                                         vf_recovery_settle() */
    struct vf_flow_node *nodes;
    size_t node_count;
    const char *source; /* the file that it was read from, borrowed for the check; NULL: none */
    const char **parts; /* the other files that it was made of; lent by `texts` */
    size_t part_count;
    struct vf_flow_source *sources; /* each once */
    size_t source_count;
    const char *report;      /* the report of the run, borrowed; NULL: none */
    const char *report_page; /* the same as a page, likewise */
    const char *trace;       /* its trace, likewise */
    const char *dead_letter; /* folder for dead letters, borrowed; NULL: none */
    char *wants, *has; /* variables without a value, and name=value of others; NULL: not known */
    bool is_broken;    /* some of its nodes could not be made, which has been reported */
    bool lacks_types;  /* a plugin could not be loaded, which has been reported */
    bool is_part;      /* it has inputs, which another flow connects */
    char **texts;      /* what places refer to */
    size_t text_count;
};

/* Makes an empty flow: batch, transport shm. Copies `file`. */
VF_MUST_CHECK int vf_flow_create(struct vf_flow **flow, const char *file);
void vf_flow_destroy(struct vf_flow **flow);

/* Keeps a text for as long as the flow is there. Takes *text. Returns what it lends; NULL: out of
 * memory, and the text is freed. */
const char *vf_flow_keep(struct vf_flow *flow, char **text);

/* Notes what the flow takes from outside, unless that is known. Copies `name`. Returns -ENOMEM. */
VF_MUST_CHECK int vf_flow_note_source(struct vf_flow *flow, unsigned kind, const char *name);

/* Adds a node without options or inputs, its keys as by default. Lends *node (`node` may be NULL)
 * until the next is added. */
VF_MUST_CHECK int vf_flow_add_node(struct vf_flow *flow, const char *name, const char *type,
                                   struct vf_flow_node **node);

/* Returns the option `name` of a node as its author gave it; NULL: it is not given. */
const struct vf_flow_option *vf_flow_find_option(const struct vf_flow_node *node, const char *name);

/* Adds an option as text, or replaces the one of that name. */
VF_MUST_CHECK int vf_flow_set_option(struct vf_flow_node *node, const char *name, const char *text);

/* Makes `option` a mapping, if it is none, and adds `key: text` or replaces that of the key. */
VF_MUST_CHECK int vf_flow_set_pair(struct vf_flow_option *option, const char *key,
                                   const char *text);

/* Puts the node into a group: one task runs all its members. Copies `group`; NULL: none. */
VF_MUST_CHECK int vf_flow_set_group(struct vf_flow_node *node, const char *group);

/* Adds an input: `source` is "node" or "node.port"; `port` may be NULL. Lends *input (`input`
 * may be NULL) until the next is added. */
VF_MUST_CHECK int vf_flow_add_input(struct vf_flow_node *node, const char *port, const char *source,
                                    struct vf_flow_input **input);

#endif
