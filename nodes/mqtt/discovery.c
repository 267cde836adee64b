/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/discovery.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "nodes/mqtt/topic.h"
#include "nodes/record/fields.h"
#include "nodes/value/value_text.h"

#define PREFIX "homeassistant"
#define SENSOR "sensor"
#define BINARY_SENSOR "binary_sensor"

/* Returns the text that is asked for under a key. */
static const char *text_of(const json_t *asked, const char *key, const char *otherwise)
{
    const json_t *value = json_object_get(asked, key);
    return value ? json_string_value(value) : otherwise;
}

/* What is wrong with the keys that are not handed on; NULL: nothing. */
static const char *find_mistake(const json_t *asked)
{
    const char *component = text_of(asked, "component", SENSOR);
    const char *id = text_of(asked, "unique_id", "id");
    if (!component || (strcmp(component, SENSOR) != 0 && strcmp(component, BINARY_SENSOR) != 0))
        return "component is sensor or binary_sensor";
    if (!text_of(asked, "prefix", PREFIX))
        return "prefix is the beginning of a topic, such as homeassistant";
    if (!id || !*id || strpbrk(id, "/+# "))
        return "unique_id is one word, without \"/\", \"+\" and \"#\"";
    return NULL;
}

int vf_mqtt_discovery_check(const struct vf_mqtt_discovery *discovery, char *problem,
                            size_t problem_size)
{
    json_t *asked = json_loads(discovery->asked, 0, NULL);
    const char *mistake = find_mistake(asked);
    int err = VF_OK;
    if (json_object_size(asked) > 0 && vf_fields_vary(discovery->topic))
        mistake = "a sensor has one topic; write one without fields";
    if (mistake) {
        snprintf(problem, problem_size, "discovery: %s", mistake);
        err = -EINVAL;
    } else {
        err = vf_broker_topic_check(&vf_mqtt_topics, "discovery", text_of(asked, "prefix", PREFIX),
                                    false, problem, problem_size);
    }
    json_decref(asked);
    return err;
}

/* Adds an identifier that stays the same from run to run. */
static void print_id(struct vf_text *text, const char *topic)
{
    vf_text_print(text, "vflow_");
    for (; *topic; topic++)
        vf_text_append(text, isalnum((unsigned char)*topic) ? topic : "_", 1);
}

/* Sets a member, unless it is there. Takes `value`. */
static void suggest(json_t *config, const char *key, json_t *value)
{
    if (json_object_get(config, key))
        json_decref(value);
    else
        json_object_set_new(config, key, value);
}

static void describe_values(const struct vf_mqtt_discovery *discovery, bool is_binary,
                            json_t *config)
{
    suggest(config, "state_topic", json_string(discovery->topic));
    suggest(config, "qos", json_integer(discovery->qos));
    if (discovery->is_record)
        suggest(
            config, "value_template",
            json_string(is_binary ? "{{ value_json.value | tojson }}" : "{{ value_json.value }}"));
    if (is_binary) {
        suggest(config, "payload_on", json_string("true"));
        suggest(config, "payload_off", json_string("false"));
    }
    if (!*discovery->will)
        return;
    suggest(config, "availability_topic", json_string(discovery->will));
    suggest(config, "payload_available", json_string(discovery->online));
    suggest(config, "payload_not_available", json_string(discovery->offline));
}

static void describe(const struct vf_mqtt_discovery *discovery, bool is_binary, const char *id,
                     json_t *config)
{
    json_object_del(config, "component");
    json_object_del(config, "prefix");
    suggest(config, "name", json_string(discovery->name));
    suggest(config, "unique_id", json_string(id));
    describe_values(discovery, is_binary, config);
    suggest(config, "device",
            json_pack("{s:[s], s:s, s:s}", "identifiers", id, "name", "vflow", "sw_version",
                      VF_VERSION));
    suggest(config, "origin", json_pack("{s:s, s:s}", "name", "vflow", "sw_version", VF_VERSION));
}

int vf_mqtt_discovery_make(const struct vf_mqtt_discovery *discovery,
                           struct vf_broker_message *message)
{
    json_t *config = json_loads(discovery->asked, 0, NULL);
    struct vf_text made = {0};
    int err = VF_OK;
    if (json_object_size(config) > 0) {
        const char *component = text_of(config, "component", SENSOR);
        bool is_binary = strcmp(component, BINARY_SENSOR) == 0;
        print_id(&made, discovery->topic);
        const char *id = text_of(config, "unique_id", made.bytes ? made.bytes : "vflow");
        vf_text_print(&message->topic, "%s/%s/%s/config", text_of(config, "prefix", PREFIX),
                      component, id);
        describe(discovery, is_binary, id, config);
        vf_value_write(&message->payload, config);
        err = made.failed || message->topic.failed || message->payload.failed ? -ENOMEM : VF_OK;
    }
    vf_text_finish(&made);
    json_decref(config);
    return err;
}
