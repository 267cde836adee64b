/* SPDX-License-Identifier: MIT */
#include "engine/node/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_GPU 1023
#define MAX_RATE 1000

const struct vf_node_keys vf_node_keys_default = {
    .replicas = 1,
    .is_ordered = true,
    .join = {.tolerance_ns = VF_DEFAULT_TOLERANCE_NS, .gone_after_ns = VF_DEFAULT_GONE_AFTER_NS},
    .recovery = {.max_restarts = VF_DEFAULT_MAX_RESTARTS,
                 .backoff_ns = VF_DEFAULT_BACKOFF_NS,
                 .stall_after_ns = VF_STALL_AFTER_BY_KIND},
    .warm_up = -1,
};

static int parse_gpu(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    struct vf_gpu_wish *wish = field;
    size_t digits = strspn(text, "0123456789");
    if (strcmp(text, "any") == 0) {
        wish->request = VF_GPU_ANY;
    } else if (strcmp(text, "shared") == 0) {
        wish->request = VF_GPU_SHARED;
    } else if (digits == 0 || text[digits]) {
        return -EINVAL;
    } else if (digits > 4 || strtoul(text, NULL, 10) > MAX_GPU) {
        return -ERANGE;
    } else {
        *wish = (struct vf_gpu_wish){VF_GPU_NUMBER, (unsigned)strtoul(text, NULL, 10)};
    }
    return VF_OK;
}

static const struct vf_option_kind kind_gpu = {
    .name = "GPU: any, shared, or its number",
    .schema_type = "string",
    .parse = parse_gpu,
};

/* Reads "25", "29.97" or "30000/1001". Of decimals, those of NTSC are meant as the fractions that
 * they stand for. */
static int parse_rate(const struct vf_option *option, const char *text, void *field)
{
    char *end;
    struct vf_rational *rate = field;
    size_t digits = strspn(text, "0123456789");
    (void)option;
    if (!digits || digits > 6)
        return digits ? -ERANGE : -EINVAL;
    long numerator = strtol(text, &end, 10), denominator = 1;
    if (*end == '/') {
        digits = strspn(++end, "0123456789");
        if (!digits || digits > 6 || end[digits])
            return -EINVAL;
        denominator = strtol(end, NULL, 10);
    } else if (*end == '.') {
        size_t places = strspn(++end, "0123456789");
        if (!places || places > 3 || end[places])
            return -EINVAL;
        for (size_t i = 0; i < places; i++) {
            numerator = numerator * 10 + (end[i] - '0');
            denominator *= 10;
        }
        long thousandths = numerator * 1001 / denominator;
        if (thousandths % 1000 > 998) { /* 23.976, 29.97, 59.94 */
            numerator = thousandths / 1000 * 1000 + 1000;
            denominator = 1001;
        }
    } else if (*end) {
        return -EINVAL;
    }
    bool is_possible =
        denominator > 0 && numerator * 3600 >= denominator && numerator <= denominator * MAX_RATE;
    if (is_possible)
        *rate = (struct vf_rational){(int32_t)numerator, (int32_t)denominator};
    return is_possible ? VF_OK : -ERANGE;
}

static const struct vf_option_kind kind_rate = {
    .name = "rate: 25, 29.97 or 30000/1001, up to 1000",
    .schema_type = "string",
    .parse = parse_rate,
};

#define JOINS(type, field)                                                             \
    VF_CHOICE(type, field, {"origin", VF_JOIN_ORIGIN, "What was made of one message"}, \
              {"order", VF_JOIN_ORDER, "The first of each, then the second"},          \
              {"time", VF_JOIN_TIME, "What has nearly the same timestamp"},            \
              {"latest", VF_JOIN_LATEST, "The newest of each"})

/* The rows about failures. `place` is where a struct vf_recovery_wish stands in `type`, with a dot
 * downstream; or nothing. */
#define RECOVERY_KEYS(type, place)                                                          \
    {"restart", "When its task is started again",                                           \
     VF_CHOICE(type, place restart, {"no", VF_RESTART_NO, "Never"},                         \
               {"on-failure", VF_RESTART_ON_FAILURE, "When it fails"},                      \
               {"always", VF_RESTART_ALWAYS, "Also when a producer has come to its end"})}, \
        {"max_restarts", "How often it may be started again",                               \
         VF_INTEGER(type, place max_restarts), VF_RANGE(0, 1e6), .fallback = "3"},          \
        {"backoff", "Time before it is started again, twice as long each time",             \
         VF_DURATION(type, place backoff_ns), VF_RANGE(0, 3600), .fallback = "100ms"},      \
        {"on_error", "What follows when it fails on one message again and again",           \
         VF_CHOICE(type, place on_error, {"fail", VF_ON_ERROR_FAIL, "The flow fails"},      \
                   {"skip", VF_ON_ERROR_SKIP, "The message is put aside"},                  \
                   {"stop_branch", VF_ON_ERROR_STOP_BRANCH,                                 \
                    "It ends, and so does all downstream of it"}),                          \
         .fallback = "fail"},                                                               \
    {                                                                                       \
        "stall_after",                                                                      \
            "How long it may work on one message before it counts as stuck; 0: forever",    \
            VF_DURATION(type, place stall_after_ns), VF_RANGE(0, 86400)                     \
    }

static const struct vf_option node_keys[] = {
    [VF_KEY_REPLICAS] = {"replicas", "Tasks that share the node's work",
                         VF_INTEGER(struct vf_node_keys, replicas), VF_RANGE(1, VF_MAX_REPLICAS),
                         .fallback = "1"},
    [VF_KEY_ORDERED] = {"ordered", "Put what the replicas make back in order",
                        VF_BOOLEAN(struct vf_node_keys, is_ordered), .fallback = "true"},
    [VF_KEY_GROUP] = {"group", "Name of the task in which all nodes of the group run",
                      VF_TEXT(struct vf_node_keys, group)},
    [VF_KEY_JOIN] = {"join", "Which messages of several inputs belong together",
                     JOINS(struct vf_node_keys, join.by)},
    [VF_KEY_GPU] = {"gpu", "The GPU that the node gets", .kind = &kind_gpu,
                    .offset = VF_FIELD(struct vf_node_keys, gpu, struct vf_gpu_wish)},
    [VF_KEY_GPU_FALLBACK] = {"gpu_fallback", "What happens when no GPU is left",
                             VF_CHOICE(struct vf_node_keys, gpu_fallback,
                                       {"cpu", VF_GPU_FALLBACK_CPU,
                                        "The node runs on the CPU, if it can"},
                                       {"fail", VF_GPU_FALLBACK_FAIL, "The flow does not start"}),
                             .fallback = "cpu"},
    RECOVERY_KEYS(struct vf_node_keys, recovery.),
    [VF_KEY_WARM_UP] = {"warm_up",
                        "Inputs that a node which remembers has to see before those of a piece",
                        VF_INTEGER64(struct vf_node_keys, warm_up), VF_RANGE(0, 1e6)},
    [VF_KEY_PRIVATE] = {"private", "Its frames leave the flow only through blur_boxes or mask",
                        VF_BOOLEAN(struct vf_node_keys, is_private), .fallback = "false"},
    [VF_KEY_SANDBOX] = {"sandbox", "Whether its task is kept from what it does not need",
                        VF_SANDBOX_CHOICE(struct vf_node_keys, sandbox)},
    [VF_KEY_NETWORK] = {"network", "It may connect to others, and let others connect",
                        VF_BOOLEAN(struct vf_node_keys, has_network), .fallback = "false"},
    [VF_KEY_PATHS] = {"paths", "Files and folders that it may read and write, beside its options'",
                      VF_TEXT_LIST(struct vf_node_keys, paths), .fallback = "[]"},
};
_Static_assert(VF_COUNT(node_keys) == VF_KEY_COUNT, "every key has its row");

static const struct vf_option recovery_keys[] = {RECOVERY_KEYS(struct vf_recovery_wish, )};

static const struct vf_option join_keys[] = {
    {"by", "Which messages belong together", JOINS(struct vf_join_wish, by)},
    {"tolerance", "How far apart timestamps may be", VF_DURATION(struct vf_join_wish, tolerance_ns),
     VF_RANGE(0, 86400), .fallback = "40ms"},
    {"missing", "What happens when an input has nothing near enough, or has gone",
     VF_CHOICE(struct vf_join_wish, missing,
               {"skip", VF_MISSING_SKIP, "The others go without an answer"},
               {"last", VF_MISSING_LAST, "The input's last message serves again"},
               {"absent", VF_MISSING_ABSENT, "The node works without that input"})},
    {"end", "Which input's end ends the node",
     VF_CHOICE(struct vf_join_wish, end, {"any", VF_END_ANY, "The first"},
               {"all", VF_END_ALL, "The last"})},
    {"rate", "Of a join by latest: sets of messages per second, by the clock", .kind = &kind_rate,
     .offset = VF_FIELD(struct vf_join_wish, rate, struct vf_rational)},
    {"gone_after",
     "Of a join by latest: silence after which an input counts as gone; 0: only when it ends",
     VF_DURATION(struct vf_join_wish, gone_after_ns), VF_RANGE(0, 86400), .fallback = "5s"},
};

const struct vf_option_list vf_node_key_options = VF_LIST(node_keys);
const struct vf_option_list vf_join_key_options = VF_LIST(join_keys);
const struct vf_option_list vf_recovery_key_options = VF_LIST(recovery_keys);

const char *vf_node_key_word(enum vf_node_key key, unsigned value)
{
    return vf_choice_name(&node_keys[key].choices, value);
}

bool vf_node_key_is_taken(const char *name)
{
    return strcmp(name, "type") == 0 || strcmp(name, "inputs") == 0 ||
           strcmp(name, "for_each") == 0 || strcmp(name, "as") == 0 ||
           vf_option_find(&vf_node_key_options, name);
}
