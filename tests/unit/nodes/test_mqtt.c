/* SPDX-License-Identifier: MIT */
/* Addresses of brokers, topics, and what Home Assistant is told. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/broker/address.h"
#include "nodes/mqtt/discovery.h"
#include "nodes/mqtt/topic.h"
#include "nodes/record/fields.h"

static char problem[256];

static const struct vf_broker_scheme scheme = {"broker", "mqtt://", "mqtts://", 1883, 8883};

static const struct {
    const char *address, *name, *host, *user, *password;
    int port;
    bool is_encrypted;
} addresses[] = {
    {"mqtt://broker", "mqtt://broker:1883", "broker", NULL, NULL, 1883, false},
    {"mqtts://broker", "mqtts://broker:8883", "broker", NULL, NULL, 8883, true},
    {"mqtt://10.0.0.2:18", "mqtt://10.0.0.2:18", "10.0.0.2", NULL, NULL, 18, false},
    {"mqtt://[::1]:18", "mqtt://[::1]:18", "::1", NULL, NULL, 18, false},
    {"mqtts://[fe80::1]", "mqtts://[fe80::1]:8883", "fe80::1", NULL, NULL, 8883, true},
    {"mqtt://me@a", "mqtt://a:1883", "a", "me", NULL, 1883, false},
    {"mqtt://me:pass@a:1", "mqtt://a:1", "a", "me", "pass", 1, false},
    {"mqtt://me:@a", "mqtt://a:1883", "a", "me", "", 1883, false},
    {"mqtt://me:p%40:%2f%@a", "mqtt://a:1883", "a", "me", "p@:/%", 1883, false},
    {"mqtt://me:p@ss@a", "mqtt://a:1883", "a", "me", "p@ss", 1883, false},
};

START_TEST(an_address_is_taken_apart)
{
    struct vf_broker_address broker;
    ck_assert_int_eq(
        vf_broker_address_parse(&broker, &scheme, addresses[_i].address, problem, sizeof(problem)),
        0);
    ck_assert_str_eq(broker.name, addresses[_i].name);
    ck_assert_str_eq(broker.host, addresses[_i].host);
    ck_assert_pstr_eq(broker.user, addresses[_i].user);
    ck_assert_pstr_eq(broker.password, addresses[_i].password);
    ck_assert_int_eq(broker.port, addresses[_i].port);
    ck_assert(broker.is_encrypted == addresses[_i].is_encrypted);
    vf_broker_address_finish(&broker);
}
END_TEST

static const struct {
    const char *address, *mistake;
} no_addresses[] = {
    {"", "neither mqtt:// nor mqtts://"},
    {"broker:1883", "neither mqtt:// nor mqtts://"},
    {"http://me:geheim@broker", "neither mqtt:// nor mqtts://"},
    {"mqtt://", "names no host"},
    {"mqtt://me:geheim@", "names no host"},
    {"mqtt://[]:1", "names no host"},
    {"mqtt://[::1:1", "\"[\" that is not closed"},
    {"mqtt://me:geheim@broker:", "no port between 1 and 65535"},
    {"mqtt://broker:0", "no port between 1 and 65535"},
    {"mqtt://broker:65536", "no port between 1 and 65535"},
    {"mqtt://broker:18x", "no port between 1 and 65535"},
    {"mqtt://me:geheim@broker/topic", "more than a host and a port"},
    {"mqtt://broker?x", "more than a host and a port"},
    {"mqtt://[::1]1883", "more than a host and a port"},
};

START_TEST(what_is_no_address_is_refused_without_repeating_its_password)
{
    struct vf_broker_address broker;
    ck_assert_int_eq(vf_broker_address_parse(&broker, &scheme, no_addresses[_i].address, problem,
                                             sizeof(problem)),
                     -EINVAL);
    ck_assert_msg(strstr(problem, no_addresses[_i].mistake) != NULL, "%s", problem);
    ck_assert_ptr_null(strstr(problem, "geheim"));
    ck_assert_ptr_null(broker.host);
}
END_TEST

static const struct {
    const char *topic, *mistake; /* NULL: it has none */
    bool may_vary;
} topics[] = {
    {"street/counts", NULL, false},
    {"street/{{a}}", NULL, false},
    {"{camera}/{details.direction}", NULL, true},
    {"", "a topic is empty", true},
    {"street/#", "for those who subscribe", true},
    {"+/counts", "for those who subscribe", true},
    {"street\n", "no line ends", true},
    {"{camera", "is not closed", true},
    {"camera}", "closes nothing", true},
    {"{}", "is named by letters", true},
    {"{a b}", "is named by letters", true},
    {"{number:04d}", "has no format", true},
    {"{camera}", "has no fields", false},
};

START_TEST(mistakes_of_topics_are_found)
{
    int err = vf_broker_topic_check(&vf_mqtt_topics, "topic", topics[_i].topic, topics[_i].may_vary,
                                    problem, sizeof(problem));
    ck_assert_int_eq(err, topics[_i].mistake ? -EINVAL : 0);
    if (topics[_i].mistake)
        ck_assert_msg(strncmp(problem, "topic: ", 7) == 0 && strstr(problem, topics[_i].mistake),
                      "%s", problem);
}
END_TEST

START_TEST(a_topic_is_not_endless)
{
    char topic[1026];
    memset(topic, 'a', sizeof(topic));
    topic[1025] = '\0';
    ck_assert_int_eq(
        vf_broker_topic_check(&vf_mqtt_topics, "topic", topic, true, problem, sizeof(problem)),
        -EINVAL);
    ck_assert_int_eq(
        vf_broker_topic_check(&vf_mqtt_topics, "topic", topic + 1, true, problem, sizeof(problem)),
        0);
}
END_TEST

#define EVENT                                                                                  \
    "{\"number\": 7, \"source\": \"rtsp://me:geheim@cam/1\", \"value\": {\"what\": \"left\", " \
    "\"where\": null, \"camera\": \"a+b/c#\\n\", \"score\": 0.5, \"empty\": \"\", "            \
    "\"details\": {\"direction\": \"in\", \"count\": 3}}}"

static const struct {
    const char *topic, *record, *printed;
} printed[] = {
    {"street/counts", EVENT, "street/counts"},
    {"{{{what}}}", EVENT, "{left}"},
    {"{what}/{where}", EVENT, "left/none"},
    {"{camera}", EVENT, "a_b_c__"},
    {"{details.direction}/{details.count}", EVENT, "in/3"},
    {"{details.nothing}/{what.else}/{.}", EVENT, "none/none/none"},
    {"{score}/{empty}/{number}", EVENT, "0.5/none/7"},
    {"{source}", EVENT, "rtsp:__***@cam_1"},
    {"{task}", EVENT, "doors"},
    {"{task}", "{\"value\": {\"task\": \"lines\"}}", "lines"},
    {"{task}/{what}", "{\"value\": 3}", "doors/none"},
    {"{doors}", "{\"doors\": 1, \"others\": 2}", "1"},
};

START_TEST(a_topic_has_what_the_message_says)
{
    struct vf_text text = {0};
    json_t *record = json_loads(printed[_i].record, 0, NULL);
    ck_assert_ptr_nonnull(record);
    vf_broker_topic_print(&text, &vf_mqtt_topics, printed[_i].topic, record, "doors");
    ck_assert_str_eq(text.bytes, printed[_i].printed);
    vf_text_finish(&text);
    json_decref(record);
}
END_TEST

START_TEST(a_topic_with_fields_varies)
{
    ck_assert(vf_fields_vary("a/{b}"));
    ck_assert(!vf_fields_vary("a/{{b}}"));
    ck_assert(!vf_fields_vary("a"));
}
END_TEST

static struct vf_mqtt_discovery asked_for(const char *asked)
{
    return (struct vf_mqtt_discovery){.asked = asked,
                                      .name = "out",
                                      .topic = "street/cars 1",
                                      .will = "street/status",
                                      .online = "on",
                                      .offline = "off",
                                      .qos = 1};
}

static json_t *discover(struct vf_mqtt_discovery *discovery, const char *topic)
{
    struct vf_broker_message message = {0};
    ck_assert_int_eq(vf_mqtt_discovery_check(discovery, problem, sizeof(problem)), 0);
    ck_assert_int_eq(vf_mqtt_discovery_make(discovery, &message), 0);
    ck_assert_str_eq(message.topic.bytes, topic);
    json_t *config = json_loads(message.payload.bytes, 0, NULL);
    ck_assert_ptr_nonnull(config);
    vf_broker_message_finish(&message);
    return config;
}

static void check_text(const json_t *config, const char *key, const char *text)
{
    ck_assert_pstr_eq(json_string_value(json_object_get(config, key)), text);
}

START_TEST(a_sensor_is_described_by_its_topic)
{
    struct vf_mqtt_discovery discovery = asked_for("{\"unit_of_measurement\": \"cars\"}");
    json_t *config = discover(&discovery, "homeassistant/sensor/vflow_street_cars_1/config");
    check_text(config, "state_topic", "street/cars 1");
    check_text(config, "unique_id", "vflow_street_cars_1");
    check_text(config, "name", "out");
    check_text(config, "unit_of_measurement", "cars");
    check_text(config, "availability_topic", "street/status");
    check_text(config, "payload_available", "on");
    check_text(config, "payload_not_available", "off");
    check_text(config, "value_template", NULL);
    check_text(config, "payload_on", NULL);
    json_decref(config);
}
END_TEST

START_TEST(what_its_user_says_of_a_sensor_is_handed_on)
{
    struct vf_mqtt_discovery discovery =
        asked_for("{\"component\": \"binary_sensor\", \"prefix\": \"ha\", \"unique_id\": \"yard\", "
                  "\"name\": \"Yard\", \"payload_on\": \"yes\"}");
    discovery.will = "";
    discovery.is_record = true;
    json_t *config = discover(&discovery, "ha/binary_sensor/yard/config");
    check_text(config, "name", "Yard");
    check_text(config, "payload_on", "yes");
    check_text(config, "payload_off", "false");
    check_text(config, "value_template", "{{ value_json.value | tojson }}");
    check_text(config, "availability_topic", NULL);
    check_text(config, "component", NULL);
    check_text(config, "prefix", NULL);
    json_decref(config);
}
END_TEST

START_TEST(nothing_is_to_be_discovered_unless_that_is_asked_for)
{
    struct vf_mqtt_discovery discovery = asked_for("{}");
    struct vf_broker_message message = {0};
    ck_assert_int_eq(vf_mqtt_discovery_check(&discovery, problem, sizeof(problem)), 0);
    ck_assert_int_eq(vf_mqtt_discovery_make(&discovery, &message), 0);
    ck_assert_ptr_null(message.topic.bytes);
}
END_TEST

static const struct {
    const char *asked, *topic, *mistake;
} no_sensors[] = {
    {"{\"component\": \"light\"}", "a", "component is sensor or binary_sensor"},
    {"{\"component\": 3}", "a", "component is sensor or binary_sensor"},
    {"{\"prefix\": 3}", "a", "prefix is the beginning of a topic"},
    {"{\"prefix\": \"#\"}", "a", "for those who subscribe"},
    {"{\"unique_id\": \"a/b\"}", "a", "unique_id is one word"},
    {"{\"name\": \"Yard\"}", "a/{camera}", "a sensor has one topic"},
};

START_TEST(mistakes_of_sensors_are_found)
{
    struct vf_mqtt_discovery discovery = asked_for(no_sensors[_i].asked);
    discovery.topic = no_sensors[_i].topic;
    ck_assert_int_eq(vf_mqtt_discovery_check(&discovery, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strstr(problem, no_sensors[_i].mistake) != NULL, "%s", problem);
}
END_TEST

Suite *mqtt_suite(void);
Suite *mqtt_suite(void)
{
    Suite *suite = suite_create("mqtt");
    TCase *tests = tcase_create("addresses and topics");
    tcase_add_loop_test(tests, an_address_is_taken_apart, 0, VF_COUNT(addresses));
    tcase_add_loop_test(tests, what_is_no_address_is_refused_without_repeating_its_password, 0,
                        VF_COUNT(no_addresses));
    tcase_add_loop_test(tests, mistakes_of_topics_are_found, 0, VF_COUNT(topics));
    tcase_add_test(tests, a_topic_is_not_endless);
    tcase_add_loop_test(tests, a_topic_has_what_the_message_says, 0, VF_COUNT(printed));
    tcase_add_test(tests, a_topic_with_fields_varies);
    tcase_add_test(tests, a_sensor_is_described_by_its_topic);
    tcase_add_test(tests, what_its_user_says_of_a_sensor_is_handed_on);
    tcase_add_test(tests, nothing_is_to_be_discovered_unless_that_is_asked_for);
    tcase_add_loop_test(tests, mistakes_of_sensors_are_found, 0, VF_COUNT(no_sensors));
    suite_add_tcase(suite, tests);
    return suite;
}
