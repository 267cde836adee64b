/* SPDX-License-Identifier: MIT */
#include "engine/node/plugin_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/keys.h"
#include "engine/node/node.h"
#include "engine/node/plugin.h"

#define MAX_NODES 1000
#define MAX_PORTS 255 /* so that a port and its task fit into the number of a stream */
#define MAX_OPTIONS 1000
#define MAX_NAME 63
#define MAX_OPTIONS_SIZE ((size_t)1 << 20)
#define MAX_STATE_SIZE ((size_t)1 << 26)
#define MAX_HELD 65536

/* Where the first mistake of a node is written. */
struct judge {
    const char *node;
    char *problem;
    size_t size;
};

static int refuse(const struct judge *judge, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct judge *judge, const char *format, ...)
{
    va_list arguments;
    int length = snprintf(judge->problem, judge->size, "its node \"%s\" ", judge->node);
    size_t used = length < 0 ? 0 : (size_t)length;
    va_start(arguments, format);
    if (used < judge->size)
        vsnprintf(judge->problem + used, judge->size - used, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static bool is_word(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = name ? strlen(name) : 0;
    return length && length <= MAX_NAME && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, letters) == length;
}

/* A numbered output is called "audio[1]". */
static bool is_port_name(const struct vf_port *port)
{
    const char *bracket = port->name ? strchr(port->name, '[') : NULL;
    char stem[MAX_NAME + 1];
    if (!bracket || !port->is_numbered)
        return is_word(port->name);
    size_t digits = strspn(bracket + 1, "0123456789");
    size_t length = (size_t)(bracket - port->name);
    snprintf(stem, sizeof(stem), "%.*s", (int)length, port->name);
    return length <= MAX_NAME && is_word(stem) && digits && digits < 8 &&
           strcmp(bracket + 1 + digits, "]") == 0;
}

static bool is_line(const char *text)
{
    return text && *text && !strchr(text, '\n');
}

static bool is_port_type(enum vf_port_type type)
{
    return (unsigned)type <= VF_PORT_VALUE;
}

static int check_port(const struct judge *judge, const char *what, const struct vf_port_list *ports,
                      size_t number)
{
    const struct vf_port *port = &ports->items[number];
    if (!is_port_name(port))
        return refuse(judge,
                      "has an %s without a proper name, number %zu: give it one of small letters, "
                      "digits and \"_\"",
                      what, number + 1);
    if (!is_line(port->help))
        return refuse(judge, "has an %s \"%s\" without help: say in .help what it takes or brings",
                      what, port->name);
    if (!is_port_type(port->type) || !is_port_type(port->also))
        return refuse(judge, "has an %s \"%s\" of no known type: use one of enum vf_port_type",
                      what, port->name);
    for (size_t i = 0; i < number; i++) {
        if (strcmp(ports->items[i].name, port->name) == 0)
            return refuse(judge, "has two %ss \"%s\": give one of them another name", what,
                          port->name);
    }
    return VF_OK;
}

static int check_ports(const struct judge *judge, const char *what,
                       const struct vf_port_list *ports)
{
    int err = VF_OK;
    if (ports->count > MAX_PORTS)
        return refuse(judge, "has %zu %ss: at most %d work", ports->count, what, MAX_PORTS);
    if (ports->count && !ports->items)
        return refuse(judge, "has %zu %ss, but no table of them: set .%ss = VF_PORTS(...)",
                      ports->count, what, what);
    for (size_t i = 0; i < ports->count && !err; i++)
        err = check_port(judge, what, ports, i);
    return err;
}

/* Of a processor only the last input is repeated; an output that is nothing by itself stands for
 * others. */
static int check_port_counts(const struct judge *judge, const struct vf_node *node)
{
    const struct vf_port_list *inputs = &node->inputs, *outputs = &node->outputs;
    for (size_t i = 0; i + 1 < inputs->count && node->kind == VF_PROCESSOR; i++) {
        if (inputs->items[i].is_repeated)
            return refuse(judge,
                          "repeats its input \"%s\": of a processor only the last input may be "
                          "repeated",
                          inputs->items[i].name);
    }
    for (size_t i = 0; i < outputs->count; i++) {
        const struct vf_port *port = &outputs->items[i];
        if (port->is_repeated || port->is_optional)
            return refuse(judge, "repeats its output \"%s\", or has it optional: only inputs are",
                          port->name);
        if (port->stands_for > outputs->count || port->from > outputs->count - port->stands_for)
            return refuse(judge, "has an output \"%s\" that stands for others which it has not",
                          port->name);
    }
    return VF_OK;
}

/* The C types of values, as the macros of option.h check them. */
static const struct {
    const struct vf_option_kind *kind;
    size_t size, alignment;
} values[] = {
    {&vf_kind_boolean, sizeof(bool), _Alignof(bool)},
    {&vf_kind_integer, sizeof(int), _Alignof(int)},
    {&vf_kind_integer64, sizeof(int64_t), _Alignof(int64_t)},
    {&vf_kind_number, sizeof(double), _Alignof(double)},
    {&vf_kind_choice, sizeof(unsigned), _Alignof(unsigned)},
    {&vf_kind_duration, sizeof(int64_t), _Alignof(int64_t)},
    {&vf_kind_memory, sizeof(int64_t), _Alignof(int64_t)},
    {&vf_kind_map, sizeof(struct vf_map), _Alignof(struct vf_map)},
    {&vf_kind_list, sizeof(struct vf_option_texts), _Alignof(struct vf_option_texts)},
    {&vf_kind_text, sizeof(char *), _Alignof(char *)},
};

/* Of a kind that the plugin has made, only a text's size is known. */
static int check_place(const struct judge *judge, const struct vf_node *node,
                       const struct vf_option *option)
{
    size_t size = option->kind->role ? sizeof(char *) : 1, alignment = 1;
    for (size_t i = 0; i < VF_COUNT(values); i++) {
        if (values[i].kind == option->kind) {
            size = values[i].size;
            alignment = values[i].alignment;
        }
    }
    if (option->offset > node->options_size || size > node->options_size - option->offset ||
        option->offset % alignment)
        return refuse(judge,
                      "has its option \"%s\" outside of its %zu bytes of options: set "
                      ".options_size = sizeof() of the struct, and .offset by a macro of option.h",
                      option->name, node->options_size);
    return VF_OK;
}

static int check_choices(const struct judge *judge, const struct vf_option *option)
{
    const struct vf_choice_list *choices = &option->choices;
    bool is_choice = option->kind == &vf_kind_choice;
    if ((is_choice && !choices->count) || choices->count > MAX_OPTIONS ||
        (choices->count && !choices->items))
        return refuse(judge,
                      "has an option \"%s\" whose choices do not fit its kind: use VF_CHOICE()",
                      option->name);
    for (size_t i = 0; i < choices->count; i++) {
        if (!is_line(choices->items[i].name) || !choices->items[i].help)
            return refuse(judge,
                          "has an option \"%s\" with a choice without name or help, number %zu",
                          option->name, i + 1);
    }
    return VF_OK;
}

static bool is_kind(const struct vf_option_kind *kind)
{
    static const char *const types[] = {"string",  "integer", "number",
                                        "boolean", "object",  "array"};
    bool is_typed = false;
    for (size_t i = 0; kind && kind->schema_type && i < VF_COUNT(types); i++)
        is_typed = is_typed || strcmp(kind->schema_type, types[i]) == 0;
    return is_typed && is_line(kind->name) && kind->parse && (unsigned)kind->role < VF_ROLE_COUNT;
}

static int check_option(const struct judge *judge, const struct vf_node *node, size_t number)
{
    const struct vf_option *option = &node->options.items[number];
    if (!is_word(option->name))
        return refuse(judge,
                      "has an option without a proper name, number %zu: give it one of small "
                      "letters, digits and \"_\"",
                      number + 1);
    if (vf_node_key_is_taken(option->name))
        return refuse(judge,
                      "has an option \"%s\", which is a key that every node has: call it otherwise",
                      option->name);
    for (size_t i = 0; i < number; i++) {
        if (strcmp(node->options.items[i].name, option->name) == 0)
            return refuse(judge, "has two options \"%s\": give one of them another name",
                          option->name);
    }
    if (!is_line(option->help))
        return refuse(judge, "has an option \"%s\" without help: say in .help what it does",
                      option->name);
    if (!is_kind(option->kind))
        return refuse(judge,
                      "has an option \"%s\" of no valid kind: use a macro of option.h, or a kind "
                      "with a name, a schema_type and parse()",
                      option->name);
    if (!(option->minimum <= option->maximum))
        return refuse(judge, "has an option \"%s\" that begins its range above its end",
                      option->name);
    int err = check_choices(judge, option);
    return err ? err : check_place(judge, node, option);
}

/* Each default has to be a value of its option. Whether a file is there, the run says. */
static int check_fallbacks(const struct judge *judge, const struct vf_node *node)
{
    int err = VF_OK;
    void *scratch = calloc(1, node->options_size + 1);
    if (!scratch)
        return -ENOMEM;
    for (size_t i = 0; i < node->options.count && !err; i++) {
        const struct vf_option *option = &node->options.items[i];
        bool is_value = option->fallback && !option->kind->role;
        int set = is_value ? vf_option_set(option, option->fallback, scratch) : VF_OK;
        if (set == -ENOMEM)
            err = set;
        else if (set < 0)
            err = refuse(judge, "has an option \"%s\" whose default \"%s\" is no value of it",
                         option->name, option->fallback);
    }
    vf_option_release(&node->options, scratch);
    free(scratch);
    return err;
}

static int check_options(const struct judge *judge, const struct vf_node *node)
{
    const struct vf_option_list *options = &node->options;
    unsigned main_count = 0;
    int err = VF_OK;
    if (options->count > MAX_OPTIONS || node->options_size > MAX_OPTIONS_SIZE)
        return refuse(judge, "has %zu options in %zu bytes: at most %d in %zu work", options->count,
                      node->options_size, MAX_OPTIONS, MAX_OPTIONS_SIZE);
    if (options->count && !options->items)
        return refuse(judge, "has %zu options, but no table of them: set .options = VF_LIST(...)",
                      options->count);
    for (size_t i = 0; i < options->count && !err; i++) {
        err = check_option(judge, node, i);
        main_count += options->items[i].is_main;
    }
    if (!err && main_count > 1)
        return refuse(judge, "has %u main options: one at most", main_count);
    return err ? err : check_fallbacks(judge, node);
}

static int check_callbacks(const struct judge *judge, const struct vf_node *node)
{
    static const char *const names[] = {
        [VF_PRODUCER] = "next", [VF_PROCESSOR] = "process", [VF_CONSUMER] = "consume"};
    if ((unsigned)node->kind > VF_CONSUMER)
        return refuse(judge, "is of no known kind: use one of enum vf_node_kind");
    const bool are_set[] = {[VF_PRODUCER] = node->next != NULL,
                            [VF_PROCESSOR] = node->process != NULL,
                            [VF_CONSUMER] = node->consume != NULL};
    if (!are_set[node->kind])
        return refuse(judge, "is a %s without %s(): set that callback",
                      vf_node_kind_name(node->kind), names[node->kind]);
    for (size_t i = 0; i < VF_COUNT(are_set); i++) {
        if (i != (size_t)node->kind && are_set[i])
            return refuse(judge, "is a %s, and so has no %s(): leave that callback out",
                          vf_node_kind_name(node->kind), names[i]);
    }
    if ((unsigned)node->takes > VF_TAKES_EACH || (unsigned)node->live_join > VF_LIVE_LED)
        return refuse(judge, "takes its inputs in no known way: use enum vf_node_takes and enum "
                             "vf_live_join");
    if ((unsigned)node->continues > VF_CONTINUES_OUTPUT)
        return refuse(judge, "goes on with its output in no known way: use enum vf_continuation");
    return VF_OK;
}

/* Of a node that declares its ports by the flow, the table may have none. */
static int check_ends(const struct judge *judge, const struct vf_node *node)
{
    bool has_all = !node->declare;
    bool is_producer = node->kind == VF_PRODUCER;
    if (is_producer && node->inputs.count && !node->feed.option)
        return refuse(judge, "is a producer with inputs: leave .inputs out");
    if (has_all && !is_producer && !node->inputs.count)
        return refuse(judge, "is a %s without inputs: set .inputs", vf_node_kind_name(node->kind));
    if (has_all && node->kind != VF_CONSUMER && !node->outputs.count)
        return refuse(judge, "is a %s without outputs: set .outputs",
                      vf_node_kind_name(node->kind));
    if (node->holds > MAX_HELD || node->lingers > MAX_HELD || node->keeps > MAX_HELD ||
        node->state_size > MAX_STATE_SIZE)
        return refuse(
            judge,
            "asks for too much: .holds, .lingers and .keeps are %d at most, .state_size %zu bytes; "
            "allocate what is larger in open()",
            MAX_HELD, MAX_STATE_SIZE);
    return VF_OK;
}

int vf_node_check_tables(const struct vf_node *node, char *problem, size_t problem_size)
{
    const struct judge judge = {node->name, problem, problem_size};
    int err = check_callbacks(&judge, node);
    if (!err)
        err = check_ports(&judge, "input", &node->inputs);
    if (!err)
        err = check_ports(&judge, "output", &node->outputs);
    if (!err)
        err = check_port_counts(&judge, node);
    if (!err)
        err = check_ends(&judge, node);
    return err ? err : check_options(&judge, node);
}

static int check_name(const struct vf_plugin *plugin, size_t number,
                      const struct vf_node_list *known, char *problem, size_t problem_size)
{
    const struct vf_node *node = plugin->nodes[number];
    if (!node || !is_word(node->name)) {
        snprintf(problem, problem_size,
                 "its node number %zu has no proper name: give it one of small letters, digits and "
                 "\"_\"",
                 number + 1);
        return -EINVAL;
    }
    bool is_twice = false;
    for (size_t i = 0; i < number; i++)
        is_twice = is_twice || strcmp(plugin->nodes[i]->name, node->name) == 0;
    const struct judge judge = {node->name, problem, problem_size};
    if (is_twice)
        return refuse(&judge, "is there twice: give one of them another name");
    if (strcmp(node->name, "flow") == 0)
        return refuse(&judge, "has the name of sub-flows: give it another name");
    if (vf_node_exists(known, node->name))
        return refuse(&judge, "has the name of a node that there is already: give it another name");
    if (!is_line(node->summary))
        return refuse(&judge, "has no summary: say in .summary, in one sentence, what it does");
    return VF_OK;
}

int vf_plugin_check_version(uint32_t abi, char *problem, size_t problem_size)
{
    if (abi == VF_PLUGIN_ABI)
        return VF_OK;
    snprintf(problem, problem_size,
             "made for version %u of the plugin interface, and this vflow, " VF_VERSION
             ", has version %u: build it again with the headers of this vflow, or use the vflow "
             "that it was made for",
             (unsigned)abi, (unsigned)VF_PLUGIN_ABI);
    return -EINVAL;
}

int vf_plugin_check(const struct vf_plugin *plugin, const struct vf_node_list *known, char *problem,
                    size_t problem_size)
{
    static const uint32_t sizes[VF_PLUGIN_SIZE_COUNT] = VF_PLUGIN_SIZES;
    int err = vf_plugin_check_version(plugin->abi, problem, problem_size);
    if (err)
        return err;
    if (memcmp(plugin->sizes, sizes, sizeof(sizes)) != 0) {
        snprintf(problem, problem_size,
                 "made for version %u of the plugin interface, as this vflow has it, but with "
                 "structs of other sizes: build it again with the headers of this vflow and the "
                 "usual flags",
                 (unsigned)VF_PLUGIN_ABI);
        return -EINVAL;
    }
    if (!plugin->nodes || !plugin->count || plugin->count > MAX_NODES) {
        snprintf(problem, problem_size, "it has %zu nodes: name 1 to %d in VF_PLUGIN()",
                 plugin->nodes ? plugin->count : 0, MAX_NODES);
        return -EINVAL;
    }
    for (size_t i = 0; i < plugin->count && !err; i++) {
        err = check_name(plugin, i, known, problem, problem_size);
        if (!err)
            err = vf_node_check_tables(plugin->nodes[i], problem, problem_size);
    }
    return err;
}
