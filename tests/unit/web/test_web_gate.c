/* SPDX-License-Identifier: MIT */
/* Who may ask what of the server of a run, and which route answers. */
#include <check.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/web/events.h"
#include "engine/web/gate.h"
#include "engine/web/routes.h"

#define TOKEN "0123456789abcdef"

static struct vf_web_access access_given;
static struct vf_web_head head;

static void setup(void)
{
    access_given = (struct vf_web_access){.host = "127.0.0.1", .port = 8080, .is_local = true};
    head = (struct vf_web_head){.host = "127.0.0.1:8080"};
}

static unsigned gate(enum vf_web_need need)
{
    const char *why = NULL;
    unsigned status = vf_web_gate(&access_given, &head, need, &why);
    ck_assert_msg(!status == !why, "%u", status);
    return status;
}

START_TEST(whoever_is_on_this_machine_may_look)
{
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 0);
    ck_assert_uint_eq(gate(VF_WEB_NOTHING), 0);
    head.host = NULL; /* HTTP/1.0 */
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 0);
}
END_TEST

START_TEST(names_of_others_lead_nowhere)
{
    static const char *const own[] = {"localhost",  "LOCALHOST:8080", "localhost.:1",
                                      "[::1]:8080", "10.0.0.1",       "a.localhost",
                                      "[fe80::1]",  "box:8080",       "CAMERA.example:1"};
    static const char *const foreign[] = {"evil.example",
                                          "127.0.0.1.evil.example",
                                          "evil.example:127.0.0.1",
                                          "localhost.evil.example",
                                          "evillocalhost",
                                          "",
                                          "[",
                                          "[]",
                                          "[::1",
                                          ":8080",
                                          "0x7f.1"};
    const char *const names[] = {"box", "camera.example"};
    access_given.names = names;
    access_given.name_count = VF_COUNT(names);
    for (size_t i = 0; i < VF_COUNT(own); i++) {
        head.host = own[i];
        ck_assert_msg(gate(VF_WEB_LOOK) == 0, "%s", own[i]);
    }
    for (size_t i = 0; i < VF_COUNT(foreign); i++) {
        head.host = foreign[i];
        ck_assert_msg(gate(VF_WEB_NOTHING) == 421, "%s", foreign[i]);
    }
}
END_TEST

START_TEST(a_name_too_long_is_nobodys)
{
    char name[2000];
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    head.host = name;
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 421);
}
END_TEST

START_TEST(a_unix_socket_has_no_name)
{
    access_given.host = "";
    head.host = "whatever";
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 0);
}
END_TEST

START_TEST(without_control_nobody_steers)
{
    access_given.token = TOKEN;
    head.token = TOKEN;
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 0);
    ck_assert_uint_eq(gate(VF_WEB_CONTROL), 403);
}
END_TEST

START_TEST(control_needs_the_token)
{
    access_given.has_control = true;
    access_given.token = TOKEN;
    ck_assert_uint_eq(gate(VF_WEB_CONTROL), 401);
    ck_assert_uint_eq(gate(VF_WEB_LOOK), 401);
    ck_assert_uint_eq(gate(VF_WEB_NOTHING), 0);
    head.authorization = "Bearer " TOKEN;
    ck_assert_uint_eq(gate(VF_WEB_CONTROL), 0);
    head.authorization = "Basic " TOKEN;
    ck_assert_uint_eq(gate(VF_WEB_CONTROL), 401);
    head.cookie = TOKEN;
    ck_assert_uint_eq(gate(VF_WEB_CONTROL), 0);
}
END_TEST

START_TEST(a_token_that_is_nearly_right_is_wrong)
{
    static const char *const wrong[] = {"",        "0",         "0123456789abcde",
                                        TOKEN "0", TOKEN TOKEN, "0123456789ABCDEF"};
    access_given.token = TOKEN;
    for (size_t i = 0; i < VF_COUNT(wrong); i++) {
        head.token = wrong[i];
        ck_assert_msg(!vf_web_gate_knows(&access_given, &head), "%s", wrong[i]);
    }
    access_given.token = NULL;
    head.token = "";
    ck_assert(!vf_web_gate_knows(&access_given, &head));
}
END_TEST

START_TEST(pages_of_others_do_not_steer)
{
    static const struct {
        const char *origin, *site;
        unsigned status;
    } cases[] = {
        {NULL, NULL, 0},
        {"http://127.0.0.1:8080", "same-origin", 0},
        {NULL, "none", 0},
        {"http://127.0.0.1:8081", NULL, 403},
        {"http://evil.example", NULL, 403},
        {"null", NULL, 403},
        {"", NULL, 403},
        {NULL, "cross-site", 403},
        {NULL, "same-site", 403},
    };
    access_given.has_control = true;
    access_given.token = TOKEN;
    head.cookie = TOKEN;
    for (size_t i = 0; i < VF_COUNT(cases); i++) {
        head.origin = cases[i].origin;
        head.site = cases[i].site;
        ck_assert_msg(gate(VF_WEB_CONTROL) == cases[i].status, "%zu", i);
    }
}
END_TEST

START_TEST(routes_are_found_by_method_and_path)
{
    char part[16];
    unsigned status;
    const struct vf_web_route *route =
        vf_web_route_find("GET", "/api/v1/tasks/detect.1/log", part, sizeof(part), &status);
    ck_assert_ptr_nonnull(route);
    ck_assert_str_eq(part, "detect.1");
    ck_assert_ptr_nonnull(vf_web_route_find("HEAD", "/metrics", part, sizeof(part), &status));
    ck_assert_ptr_null(vf_web_route_find("PUT", "/metrics", part, sizeof(part), &status));
    ck_assert_uint_eq(status, 405);
    ck_assert_ptr_null(vf_web_route_find("GET", "/a/b", part, sizeof(part), &status));
    ck_assert_uint_eq(status, 404);
    /* What does not fit into `part` is no name of ours. */
    ck_assert_ptr_null(
        vf_web_route_find("GET", "/edges/0123456789abcdef.jpg", part, sizeof(part), &status));
    ck_assert_ptr_nonnull(
        vf_web_route_find("GET", "/edges/0123456789abcde.jpg", part, sizeof(part), &status));
}
END_TEST

START_TEST(whatever_changes_something_needs_control)
{
    static const char *const paths[] = {"/api/v1/stop", "/api/v1/tasks/a/restart",
                                        "/api/v1/tasks/a/pause", "/api/v1/tasks/a/resume"};
    char part[16];
    unsigned status;
    for (size_t i = 0; i < VF_COUNT(paths); i++) {
        const struct vf_web_route *route =
            vf_web_route_find("POST", paths[i], part, sizeof(part), &status);
        ck_assert_msg(route && route->need == VF_WEB_CONTROL, "%s", paths[i]);
        ck_assert_ptr_null(vf_web_route_find("GET", paths[i], part, sizeof(part), &status));
    }
}
END_TEST

static void assert_patch(const char *before, const char *after, const char *wanted)
{
    json_t *from = json_loads(before, 0, NULL), *to = json_loads(after, 0, NULL);
    json_t *patch = vf_web_merge_patch(from, to);
    char *text = patch ? json_dumps(patch, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    ck_assert_pstr_eq(text, wanted);
    free(text);
    json_decref(patch);
    json_decref(from);
    json_decref(to);
}

START_TEST(a_patch_has_what_has_changed)
{
    assert_patch("{\"a\":1}", "{\"a\":1}", NULL);
    assert_patch("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", "{\"b\":3}");
    assert_patch("{\"a\":1}", "{}", "{\"a\":null}");
    assert_patch("{\"a\":{\"b\":1,\"c\":[1]}}", "{\"a\":{\"b\":1,\"c\":[2]}}",
                 "{\"a\":{\"c\":[2]}}");
    assert_patch("{\"a\":{\"b\":1}}", "{\"a\":2}", "{\"a\":2}");
    assert_patch("{}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}");
}
END_TEST

Suite *web_gate_suite(void);
Suite *web_gate_suite(void)
{
    Suite *suite = suite_create("web_gate");
    TCase *tests = tcase_create("web_gate");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, whoever_is_on_this_machine_may_look);
    tcase_add_test(tests, names_of_others_lead_nowhere);
    tcase_add_test(tests, a_name_too_long_is_nobodys);
    tcase_add_test(tests, a_unix_socket_has_no_name);
    tcase_add_test(tests, without_control_nobody_steers);
    tcase_add_test(tests, control_needs_the_token);
    tcase_add_test(tests, a_token_that_is_nearly_right_is_wrong);
    tcase_add_test(tests, pages_of_others_do_not_steer);
    tcase_add_test(tests, routes_are_found_by_method_and_path);
    tcase_add_test(tests, whatever_changes_something_needs_control);
    tcase_add_test(tests, a_patch_has_what_has_changed);
    suite_add_tcase(suite, tests);
    return suite;
}
