/* SPDX-License-Identifier: MIT */
/* json - nodes as objects, for programs: each fact as its table has it. */
#include <jansson.h>

#include "engine/node/node.h"
#include "engine/node/reference/reference.h"

static json_t *describe_ports(const struct vf_port_list *ports)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ports->count; i++) {
        const struct vf_port *port = &ports->items[i];
        if (port->is_numbered)
            continue;
        json_t *object = json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", port->name, "type",
                                   vf_port_type_name(port->type), "help", port->help, "optional",
                                   port->is_optional, "repeated", port->is_repeated);
        if (port->also)
            json_object_set_new(object, "also", json_string(vf_port_type_name(port->also)));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *describe_choices(const struct vf_choice_list *choices)
{
    json_t *list = json_array();
    for (size_t i = 0; i < choices->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", choices->items[i].name, "help",
                                              choices->items[i].help));
    return list;
}

static json_t *describe_option(const struct vf_option *option)
{
    json_t *object = json_pack("{s:s, s:s}", "name", option->name, "help", option->help);
    const char *unit = option->unit                            ? option->unit
                       : option->kind && option->kind->is_time ? "seconds"
                                                               : NULL;
    if (option->kind)
        json_object_set_new(object, "kind", json_string(option->kind->name));
    json_object_set_new(object, "default",
                        option->fallback ? json_string(option->fallback) : json_null());
    if (vf_option_is_limited(option)) {
        json_object_set_new(object, "minimum", json_real(option->minimum));
        json_object_set_new(object, "maximum", json_real(option->maximum));
    }
    if (unit)
        json_object_set_new(object, "unit", json_string(unit));
    if (option->choices.count)
        json_object_set_new(object, "choices", describe_choices(&option->choices));
    if (option->is_main)
        json_object_set_new(object, "main", json_true());
    return object;
}

json_t *vf_reference_keys_json(const struct vf_option_list *keys)
{
    json_t *list = json_array();
    for (size_t i = 0; i < keys->count; i++)
        json_array_append_new(list, describe_option(&keys->items[i]));
    return list;
}

static json_t *describe_options(const struct vf_option_list *options)
{
    json_t *list = vf_reference_keys_json(options);
    for (size_t i = 0; i < options->count; i++)
        json_object_set_new(json_array_get(list, i), "required",
                            json_boolean(!options->items[i].fallback));
    return list;
}

json_t *vf_reference_json(const struct vf_node *node)
{
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:s?, s:s?}", "name", node->name, "kind",
                     vf_node_kind_name(node->kind), "summary", node->summary, "about", node->about,
                     "inputs", describe_ports(&node->inputs), "outputs",
                     describe_ports(&node->outputs), "options", describe_options(&node->options),
                     "see_also", node->related, "example", node->example);
}
