/* SPDX-License-Identifier: MIT */
/* What a plugin has to be before one of its nodes is used. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/plugin.h"
#include "engine/node/plugin_check.h"
#include "nodes/all_nodes.h"

struct options {
    int number;
    unsigned way;
    char *text;
};

static const struct vf_choice ways[] = {{"up", 0, "Up"}, {"down", 1, "Down"}};

/* A node that is right, in memory of the test's own. */
static struct {
    struct vf_node node;
    struct vf_option options[3];
    struct vf_port inputs[2], outputs[2];
} given;

static int do_something(struct vf_node_run *run)
{
    (void)run;
    return VF_OK;
}

static int work(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    (void)inputs;
    return VF_OK;
}

static void setup(void)
{
    memset(&given, 0, sizeof(given));
    given.options[0] = (struct vf_option){"number", "A number", VF_INTEGER(struct options, number),
                                          VF_RANGE(1, 9), .fallback = "4"};
    given.options[1] = (struct vf_option){"way",
                                          "A way",
                                          .kind = &vf_kind_choice,
                                          .fallback = "up",
                                          .offset = offsetof(struct options, way),
                                          .choices = VF_LIST(ways)};
    given.options[2] = (struct vf_option){"text", "A text", VF_TEXT(struct options, text)};
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[] = {"first", "second"};
        given.inputs[i] = given.outputs[i] =
            (struct vf_port){.name = names[i], .type = VF_PORT_ANY, .help = "Anything"};
    }
    given.node = (struct vf_node){.name = "given",
                                  .summary = "Do nothing.",
                                  .kind = VF_PROCESSOR,
                                  .options = {given.options, 3},
                                  .options_size = sizeof(struct options),
                                  .inputs = {given.inputs, 2},
                                  .outputs = {given.outputs, 2},
                                  .process = work};
}

static void no_process(void)
{
    given.node.process = NULL;
}
static void a_next(void)
{
    given.node.next = do_something;
}
static void an_odd_kind(void)
{
    given.node.kind = (enum vf_node_kind)7;
}
static void an_odd_join(void)
{
    given.node.live_join = (enum vf_live_join)9;
}
static void an_odd_continuation(void)
{
    given.node.continues = (enum vf_continuation)9;
}

static void no_inputs(void)
{
    given.node.inputs.count = 0;
}
static void no_outputs(void)
{
    given.node.outputs.count = 0;
}
static void no_table(void)
{
    given.node.outputs.items = NULL;
}
static void many_ports(void)
{
    given.node.inputs.count = 256;
}
static void port_name(void)
{
    given.inputs[1].name = "Second one";
}
static void no_port_name(void)
{
    given.outputs[0].name = NULL;
}
static void bad_number(void)
{
    given.outputs[0] = (struct vf_port){.name = "a[x]", .is_numbered = true};
}
static void port_help(void)
{
    given.inputs[0].help = NULL;
}
static void port_type(void)
{
    given.inputs[0].type = (enum vf_port_type)99;
}
static void two_ports(void)
{
    given.inputs[1].name = "first";
}
static void repeated(void)
{
    given.inputs[0].is_repeated = true;
}
static void repeated_output(void)
{
    given.outputs[0].is_repeated = true;
}
static void stands_for(void)
{
    given.outputs[0].stands_for = 2, given.outputs[0].from = 1;
}
static void holds(void)
{
    given.node.holds = 1000000;
}
static void state(void)
{
    given.node.state_size = SIZE_MAX;
}
static void options_table(void)
{
    given.node.options.items = NULL;
}
static void options_count(void)
{
    given.node.options.count = SIZE_MAX;
}
static void option_name(void)
{
    given.options[1].name = "";
}
static void taken_name(void)
{
    given.options[1].name = "restart";
}
static void two_options(void)
{
    given.options[2].name = "number";
}
static void option_help(void)
{
    given.options[0].help = "In\ntwo lines";
}
static void no_kind(void)
{
    given.options[0].kind = NULL;
}
static void empty_kind(void)
{
    static const struct vf_option_kind kind = {.name = "odd"};
    given.options[0].kind = &kind;
}
static void range(void)
{
    given.options[0].minimum = 10;
}
static void no_choices(void)
{
    given.options[1].choices.count = 0;
}
static void empty_choice(void)
{
    static const struct vf_choice choices[] = {{"up", 0, "Up"}, {NULL, 1, "Down"}};
    given.options[1].choices.items = choices;
}
static void outside(void)
{
    given.options[2].offset = sizeof(struct options);
}
static void nearly_outside(void)
{
    given.node.options_size -= 1;
}
static void unaligned(void)
{
    given.options[0].offset = 1;
}
static void two_main(void)
{
    given.options[0].is_main = given.options[1].is_main = true;
}
static void fallback(void)
{
    given.options[0].fallback = "10";
}

static const struct {
    void (*spoil)(void);
    const char *problem;
} flaws[] = {
    {no_process, "is a processor without process(): set that callback"},
    {a_next, "is a processor, and so has no next(): leave that callback out"},
    {an_odd_kind, "is of no known kind"},
    {an_odd_join, "takes its inputs in no known way"},
    {an_odd_continuation, "goes on with its output in no known way"},
    {no_inputs, "is a processor without inputs: set .inputs"},
    {no_outputs, "is a processor without outputs: set .outputs"},
    {no_table, "has 2 outputs, but no table of them: set .outputs = VF_PORTS(...)"},
    {many_ports, "has 256 inputs: at most 255 work"},
    {port_name, "has an input without a proper name, number 2"},
    {no_port_name, "has an output without a proper name, number 1"},
    {bad_number, "has an output without a proper name, number 1"},
    {port_help, "has an input \"first\" without help"},
    {port_type, "has an input \"first\" of no known type"},
    {two_ports, "has two inputs \"first\": give one of them another name"},
    {repeated, "repeats its input \"first\": of a processor only the last input"},
    {repeated_output, "repeats its output \"first\""},
    {stands_for, "has an output \"first\" that stands for others which it has not"},
    {holds, "asks for too much"},
    {state, "asks for too much"},
    {options_table, "has 3 options, but no table of them: set .options = VF_LIST(...)"},
    {options_count, "options in 16 bytes: at most 1000"},
    {option_name, "has an option without a proper name, number 2"},
    {taken_name, "has an option \"restart\", which is a key that every node has"},
    {two_options, "has two options \"number\""},
    {option_help, "has an option \"number\" without help"},
    {no_kind, "has an option \"number\" of no valid kind"},
    {empty_kind, "has an option \"number\" of no valid kind"},
    {range, "has an option \"number\" that begins its range above its end"},
    {no_choices, "has an option \"way\" whose choices do not fit its kind"},
    {empty_choice, "has an option \"way\" with a choice without name or help, number 2"},
    {outside, "has its option \"text\" outside of its 16 bytes of options"},
    {nearly_outside, "has its option \"text\" outside of its 15 bytes of options"},
    {unaligned, "has its option \"number\" outside of its 16 bytes of options"},
    {two_main, "has 2 main options: one at most"},
    {fallback, "has an option \"number\" whose default \"10\" is no value of it"},
};

START_TEST(the_first_mistake_in_the_tables_of_a_node_is_told)
{
    char problem[512] = "";
    flaws[_i].spoil();
    ck_assert_int_eq(vf_node_check_tables(&given.node, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strncmp(problem, "its node \"given\" ", 17) == 0, "%s", problem);
    ck_assert_msg(strstr(problem, flaws[_i].problem), "%s", problem);
}
END_TEST

START_TEST(a_problem_is_cut_where_there_is_no_room)
{
    char problem[24];
    no_process();
    ck_assert_int_eq(vf_node_check_tables(&given.node, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem, "its node \"given\" is a p");
    ck_assert_int_eq(vf_node_check_tables(&given.node, problem, 10), -EINVAL);
    ck_assert_str_eq(problem, "its node ");
}
END_TEST

START_TEST(a_node_without_mistakes_is_accepted)
{
    char problem[512] = "";
    ck_assert_int_eq(vf_node_check_tables(&given.node, problem, sizeof(problem)), VF_OK);
    ck_assert_str_eq(problem, "");
}
END_TEST

START_TEST(the_nodes_that_come_with_the_program_have_valid_tables)
{
    char problem[512] = "";
    int err = vf_node_check_tables(vf_node_at(&vf_all_nodes, (size_t)_i), problem, sizeof(problem));
    ck_assert_msg(err == VF_OK, "%s", problem);
}
END_TEST

/* Makes a plugin of some nodes. */
static struct vf_plugin plugin_of(const struct vf_node *const *nodes, size_t count)
{
    return (struct vf_plugin){VF_PLUGIN_ABI, VF_PLUGIN_SIZES, nodes, count};
}

static void assert_refused(const struct vf_plugin *plugin, const char *wanted)
{
    char problem[512] = "";
    ck_assert_int_eq(vf_plugin_check(plugin, &vf_all_nodes, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strstr(problem, wanted), "%s", problem);
}

START_TEST(a_plugin_of_another_version_is_refused_before_its_nodes_are_looked_at)
{
    const struct vf_node *const nodes[] = {NULL};
    struct vf_plugin plugin = plugin_of(nodes, 1);
    plugin.abi = VF_PLUGIN_ABI + 1;
    assert_refused(&plugin,
                   "made for version 2 of the plugin interface, and this vflow, " VF_VERSION
                   ", has version 1: build it again");
    plugin = plugin_of(nodes, 1);
    plugin.sizes[3]++;
    assert_refused(&plugin, "with structs of other sizes: build it again");
}
END_TEST

START_TEST(names_of_nodes_are_unique_and_words)
{
    struct vf_node other = given.node;
    const struct vf_node *const one[] = {&given.node}, *const two[] = {&given.node, &other};
    struct vf_plugin plugin = plugin_of(two, 2);
    assert_refused(&plugin, "its node \"given\" is there twice");
    plugin = plugin_of(NULL, 1);
    assert_refused(&plugin, "it has 0 nodes: name 1 to 1000 in VF_PLUGIN()");
    plugin = plugin_of(one, 0);
    assert_refused(&plugin, "it has 0 nodes");
    plugin = plugin_of(one, 1);
    given.node.name = "resize";
    assert_refused(&plugin, "its node \"resize\" has the name of a node that there is already");
    given.node.name = "flow";
    assert_refused(&plugin, "its node \"flow\" has the name of sub-flows");
    given.node.name = "Given";
    assert_refused(&plugin, "its node number 1 has no proper name");
    given.node.name = NULL;
    assert_refused(&plugin, "its node number 1 has no proper name");
    given.node.name = "given";
    given.node.summary = "";
    assert_refused(&plugin, "its node \"given\" has no summary");
}
END_TEST

START_TEST(a_plugin_without_mistakes_is_accepted)
{
    char problem[512] = "";
    const struct vf_node *const nodes[] = {&given.node};
    const struct vf_plugin plugin = plugin_of(nodes, 1);
    ck_assert_int_eq(vf_plugin_check(&plugin, &vf_all_nodes, problem, sizeof(problem)), VF_OK);
}
END_TEST

/* When this fails, what was compiled before does not fit any more: give VF_PLUGIN_ABI the next
 * number, and write it here with the sizes that there are now. */
START_TEST(the_version_of_the_interface_stands_for_these_sizes)
{
    static const uint32_t sizes[] = VF_PLUGIN_SIZES;
    static const uint32_t of_version_1[] = {408, 184, 40, 88, 80, 56, 192, 632, 616, 64, 56, 48};
    ck_assert_uint_eq(VF_COUNT(sizes), VF_PLUGIN_SIZE_COUNT);
    ck_assert_uint_eq(VF_PLUGIN_ABI, 1);
    for (size_t i = 0; i < VF_COUNT(sizes) && sizeof(void *) == 8; i++)
        ck_assert_msg(sizes[i] == of_version_1[i], "number %zu is %u", i, sizes[i]);
}
END_TEST

START_TEST(plugins_may_use_what_is_there_for_them_alone)
{
    ck_assert(vf_plugin_may_use("vf_node_emit"));
    ck_assert(vf_plugin_may_use("vf_kind_integer"));
    ck_assert(!vf_plugin_may_use("vf_node_find"));
    ck_assert(!vf_plugin_may_use("vf_node_emi"));
    ck_assert(!vf_plugin_may_use(""));
}
END_TEST

START_TEST(added_nodes_come_after_those_of_the_list)
{
    static const struct vf_node first = {.name = "first"}, second = {.name = "second"};
    static const struct vf_node *const firsts[] = {&first}, *const seconds[] = {&second};
    const struct vf_node_list added = {.items = seconds, .count = 1};
    const struct vf_node_list list = {.items = firsts, .count = 1, .added = &added};
    ck_assert_uint_eq(vf_node_total(&list), 2);
    ck_assert_uint_eq(vf_node_total(&added), 1);
    ck_assert_ptr_eq(vf_node_at(&list, 1), &second);
    ck_assert_str_eq(vf_node_name_at(&list, 1), "second");
    ck_assert_ptr_eq(vf_node_find(&list, "second"), &second);
    ck_assert(!vf_node_exists(&added, "first"));
    ck_assert(vf_node_is_added(&list, "second"));
    ck_assert(!vf_node_is_added(&list, "first"));
    ck_assert(!vf_node_is_added(&list, "third"));
}
END_TEST

START_TEST(a_copy_has_bytes_of_its_own_and_says_the_same)
{
    struct vf_node_run run = {.is_private = true};
    struct vf_message *original, *copy;
    ck_assert_int_eq(vf_message_create_json(&original, "[1, 2]", 6), VF_OK);
    original->description.timestamp = 40;
    original->description.origin.number = 7;
    ck_assert_int_eq(vf_node_copy(&run, original, &copy), VF_OK);
    ck_assert_mem_eq(&copy->description, &original->description, sizeof(copy->description));
    ck_assert_ptr_ne(copy->payload, original->payload);
    copy->payload->data[1] = '3';
    ck_assert_mem_eq(original->payload->data, "[1, 2]", 6);
    ck_assert_mem_eq(copy->payload->data, "[3, 2]", 6);
    vf_message_destroy(&copy);
    vf_message_destroy(&original);
}
END_TEST

Suite *plugin_suite(void);
Suite *plugin_suite(void)
{
    Suite *suite = suite_create("plugin");
    TCase *tcase = tcase_create("plugin");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, the_first_mistake_in_the_tables_of_a_node_is_told, 0,
                        (int)VF_COUNT(flaws));
    tcase_add_test(tcase, a_problem_is_cut_where_there_is_no_room);
    tcase_add_test(tcase, a_node_without_mistakes_is_accepted);
    tcase_add_loop_test(tcase, the_nodes_that_come_with_the_program_have_valid_tables, 0,
                        (int)vf_node_total(&vf_all_nodes));
    tcase_add_test(tcase, a_plugin_of_another_version_is_refused_before_its_nodes_are_looked_at);
    tcase_add_test(tcase, names_of_nodes_are_unique_and_words);
    tcase_add_test(tcase, a_plugin_without_mistakes_is_accepted);
    tcase_add_test(tcase, the_version_of_the_interface_stands_for_these_sizes);
    tcase_add_test(tcase, plugins_may_use_what_is_there_for_them_alone);
    tcase_add_test(tcase, added_nodes_come_after_those_of_the_list);
    tcase_add_test(tcase, a_copy_has_bytes_of_its_own_and_says_the_same);
    suite_add_tcase(suite, tcase);
    return suite;
}
