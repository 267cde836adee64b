/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/process/control/control.h"
#include "engine/process/control/control_socket.h"
#include "tests/unit/support/scratch.h"

#define MANY (2 * VF_CONTROL_CLIENTS)
#define LARGE 3000000 /* bytes: more than any socket holds */

static struct vf_control *control;
static int64_t now_ns; /* the clock of the control */
static uint64_t waiting;
static int handled, lent;

static void greet(void *context, const json_t *request, struct vf_control_answer *answer)
{
    handled++;
    answer->object =
        json_pack("{ss sO}", "greeting", context, "to", json_object_get(request, "name"));
}

static void wait(void *context, const json_t *request, struct vf_control_answer *answer)
{
    (void)context, (void)request;
    waiting = answer->call;
    answer->is_later = true;
}

static void fill(void *context, const json_t *request, struct vf_control_answer *answer)
{
    char *text = malloc(LARGE + 1);
    (void)context, (void)request;
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', LARGE);
    text[LARGE] = '\0';
    answer->object = json_pack("{ss}", "text", text);
    free(text);
}

static void lend(void *context, const json_t *request, struct vf_control_answer *answer)
{
    (void)context, (void)request;
    answer->descriptors[answer->descriptor_count++] = dup(lent);
}

static const struct vf_control_request requests[] = {
    {"greet", greet}, {"wait", wait}, {"fill", fill}, {"lend", lend}};
static const struct vf_control_requests table = VF_LIST(requests);
static char context[] = "hello";

static void setup(void)
{
    scratch_create();
    now_ns = VF_NS_PER_S;
    handled = 0;
    ck_assert_int_eq(vf_control_create(&control, scratch_path(), &table, context), VF_OK);
}

static void teardown(void)
{
    vf_control_destroy(&control);
    scratch_remove();
}

/* Lets the control do all that it can do at once. */
static void serve(void)
{
    struct pollfd fds[VF_CONTROL_POLLED];
    for (int turn = 0; turn < 2 * MANY; turn++) {
        vf_control_fill(control, fds);
        ck_assert_int_ge(poll(fds, VF_CONTROL_POLLED, 0), 0);
        vf_control_serve(control, fds, now_ns);
    }
}

static int connect_client(void)
{
    int fd = vf_control_socket_connect(scratch_path(), VF_CONTROL_FILE);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void say(int fd, const char *bytes)
{
    ck_assert_int_eq(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* Reads what there is: "" when nothing has come, "(end)" when the connection has ended. */
static const char *hear(int fd)
{
    static char text[4096];
    ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno == ECONNRESET))
        return "(end)";
    ck_assert(size > 0 || errno == EAGAIN);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static const char *ask(int fd, const char *bytes)
{
    say(fd, bytes);
    serve();
    return hear(fd);
}

#define GREETING "{\"greeting\":\"hello\",\"to\":\"you\",\"ok\":true}\n"
#define GREET "{\"request\": \"greet\", \"name\": \"you\"}\n"

START_TEST(a_request_has_its_answer)
{
    int fd = connect_client();
    ck_assert_str_eq(ask(fd, GREET), GREETING);
    ck_assert_str_eq(ask(fd, GREET), GREETING);
    close(fd);
}
END_TEST

START_TEST(nobody_else_may_open_the_socket)
{
    struct stat status;
    char *path = vf_text_format("%s/" VF_CONTROL_FILE, scratch_path());
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    free(path);
}
END_TEST

START_TEST(a_request_may_come_in_pieces)
{
    int fd = connect_client();
    for (const char *byte = GREET; *byte; byte++) {
        char piece[2] = {*byte, '\0'};
        ck_assert_str_eq(hear(fd), "");
        say(fd, piece);
        serve();
    }
    ck_assert_str_eq(hear(fd), GREETING);
    close(fd);
}
END_TEST

START_TEST(requests_that_come_together_are_answered_in_turn)
{
    int fd = connect_client();
    ck_assert_str_eq(ask(fd, GREET GREET GREET), GREETING GREETING GREETING);
    close(fd);
}
END_TEST

START_TEST(who_sends_no_more_still_gets_the_answers)
{
    int fd = connect_client();
    say(fd, GREET GREET);
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    serve();
    ck_assert_str_eq(hear(fd), GREETING GREETING);
    ck_assert_str_eq(hear(fd), "(end)");
    close(fd);
}
END_TEST

static const struct {
    const char *said, *error;
} rubbish[] = {
    {"\n", "a request is one JSON object a line"},
    {"hello\n", "a request is one JSON object a line"},
    {"[1, 2]\n", "a request is one JSON object a line"},
    {"{\"request\": \"greet\"\n", "a request is one JSON object a line"},
    {"\xff\xfe\x80\n", "a request is one JSON object a line"},
    {"{}\n", "\\\"request\\\" is missing, or is no text"},
    {"{\"request\": 5}\n", "\\\"request\\\" is missing, or is no text"},
    {"{\"request\": \"dance\"}\n", "this run does not know the request \\\"dance\\\""},
};

START_TEST(rubbish_is_refused_and_the_next_request_answered)
{
    int fd = connect_client();
    char *refusal = vf_text_format("{\"ok\":false,\"error\":\"%s\"}\n", rubbish[_i].error);
    ck_assert_str_eq(ask(fd, rubbish[_i].said), refusal);
    ck_assert_int_eq(handled, 0);
    ck_assert_str_eq(ask(fd, GREET), GREETING);
    free(refusal);
    close(fd);
}
END_TEST

START_TEST(a_long_name_that_is_cut_in_a_character_is_refused_as_well)
{
    int fd = connect_client();
    char *name = vf_text_format("{\"request\": \"%063d\xc3\xa4\"}\n", 0);
    ck_assert_ptr_nonnull(strstr(ask(fd, name), "\"ok\":false"));
    free(name);
    close(fd);
}
END_TEST

START_TEST(a_request_that_is_too_long_ends_its_connection)
{
    char piece[1024];
    int fd = connect_client(), other = connect_client();
    memset(piece, 'x', sizeof(piece));
    for (size_t sent = 0; sent <= VF_CONTROL_LINE_LIMIT + (32 << 10); sent += sizeof(piece)) {
        (void)send(fd, piece, sizeof(piece), MSG_NOSIGNAL | MSG_DONTWAIT);
        serve();
    }
    ck_assert_ptr_nonnull(strstr(hear(fd), "a request has 262144 bytes at most"));
    ck_assert_str_eq(hear(fd), "(end)");
    ck_assert_str_eq(ask(other, GREET), GREETING);
    close(fd);
    close(other);
}
END_TEST

START_TEST(who_never_reads_keeps_nobody_else_waiting_and_is_let_go)
{
    int fd = connect_client(), other = connect_client();
    say(fd, "{\"request\": \"fill\"}\n");
    serve();
    ck_assert_str_eq(ask(other, GREET), GREETING);
    now_ns += VF_CONTROL_PATIENCE_NS + 1;
    serve();
    size_t received = 0;
    for (char bytes[4096];;) {
        ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        ck_assert(size >= 0 || errno == ECONNRESET); /* and not that more might come */
        if (size <= 0)
            break;
        received += (size_t)size;
    }
    ck_assert_uint_lt(received, LARGE);
    ck_assert_str_eq(ask(other, GREET), GREETING);
    close(fd);
    close(other);
}
END_TEST

START_TEST(a_large_answer_arrives_whole)
{
    int fd = connect_client();
    size_t received = 0;
    say(fd, "{\"request\": \"fill\"}\n");
    for (int turn = 0; turn < LARGE / 100; turn++) {
        struct pollfd fds[VF_CONTROL_POLLED];
        char bytes[65536];
        vf_control_fill(control, fds);
        ck_assert_int_ge(poll(fds, VF_CONTROL_POLLED, 0), 0);
        vf_control_serve(control, fds, now_ns);
        ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (size > 0)
            received += (size_t)size;
        if (size > 0 && bytes[size - 1] == '\n')
            break;
    }
    ck_assert_uint_eq(received, LARGE + strlen("{\"text\":\"\",\"ok\":true}\n"));
    close(fd);
}
END_TEST

START_TEST(who_stops_in_the_middle_of_a_line_is_let_go)
{
    int fd = connect_client();
    ck_assert_str_eq(ask(fd, "{\"requ"), "");
    now_ns += VF_CONTROL_PATIENCE_NS + 1;
    serve();
    ck_assert_str_eq(hear(fd), "(end)");
    close(fd);
}
END_TEST

START_TEST(the_one_that_is_idle_for_longest_makes_room)
{
    int fds[VF_CONTROL_CLIENTS + 1];
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++) {
        fds[i] = connect_client();
        ck_assert_str_eq(ask(fds[i], GREET), GREETING);
        now_ns += VF_NS_PER_MS;
    }
    ck_assert_str_eq(ask(fds[0], GREET), GREETING); /* so that the second is it */
    fds[VF_CONTROL_CLIENTS] = connect_client();
    ck_assert_str_eq(ask(fds[VF_CONTROL_CLIENTS], GREET), GREETING);
    ck_assert_str_eq(hear(fds[1]), "(end)");
    ck_assert_str_eq(ask(fds[0], GREET), GREETING);
    for (size_t i = 0; i < VF_COUNT(fds); i++)
        close(fds[i]);
}
END_TEST

START_TEST(when_all_wait_for_an_answer_another_is_refused)
{
    int fds[VF_CONTROL_CLIENTS];
    for (size_t i = 0; i < VF_CONTROL_CLIENTS; i++) {
        fds[i] = connect_client();
        ck_assert_str_eq(ask(fds[i], "{\"request\": \"wait\"}\n"), "");
    }
    int late = connect_client();
    serve();
    ck_assert_str_eq(hear(late), "{\"ok\":false,\"error\":\"the run is busy with 32 others\"}\n");
    ck_assert_str_eq(hear(late), "(end)");
    close(late);
    close(fds[0]);
    late = connect_client();
    serve(); /* hears that one is gone */
    ck_assert_str_eq(ask(late, GREET), GREETING);
    close(late);
    for (size_t i = 1; i < VF_CONTROL_CLIENTS; i++)
        close(fds[i]);
}
END_TEST

START_TEST(an_answer_may_come_later)
{
    int fd = connect_client();
    struct vf_control_answer answer = {.object = json_pack("{si}", "status", 7)};
    ck_assert_str_eq(ask(fd, "{\"request\": \"wait\"}\n" GREET), "");
    vf_control_answer(control, waiting, &answer);
    serve();
    ck_assert_str_eq(hear(fd), "{\"status\":7,\"ok\":true}\n" GREETING);
    close(fd);
}
END_TEST

START_TEST(a_late_answer_for_one_who_is_gone_goes_nowhere)
{
    int fd = connect_client(), other;
    struct vf_control_answer answer = {.object = json_pack("{si}", "status", 7)};
    ck_assert_str_eq(ask(fd, "{\"request\": \"wait\"}\n"), "");
    uint64_t first = waiting;
    close(fd);
    serve();
    other = connect_client();
    ck_assert_str_eq(ask(other, "{\"request\": \"wait\"}\n"), "");
    vf_control_answer(control, first, &answer);
    serve();
    ck_assert_str_eq(hear(other), "");
    close(other);
}
END_TEST

START_TEST(all_who_wait_can_be_answered_at_the_end)
{
    int first = connect_client(), second = connect_client(), idle = connect_client();
    ck_assert_str_eq(ask(first, "{\"request\": \"wait\"}\n"), "");
    ck_assert_str_eq(ask(second, "{\"request\": \"wait\"}\n"), "");
    vf_control_answer_all(control, json_pack("{ss}", "state", "ended"));
    vf_control_flush(control, 1000);
    vf_control_destroy(&control);
    ck_assert_str_eq(hear(first), "{\"state\":\"ended\",\"ok\":true}\n");
    ck_assert_str_eq(hear(second), "{\"state\":\"ended\",\"ok\":true}\n");
    ck_assert_str_eq(hear(idle), "(end)");
    close(first);
    close(second);
    close(idle);
}
END_TEST

/* Reads one byte, and the descriptor that comes with it; -1: none does. */
static int hear_descriptor(int fd)
{
    char byte;
    int received = -1;
    _Alignas(struct cmsghdr) char rights[CMSG_SPACE(sizeof(int))];
    struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = rights,
                             .msg_controllen = sizeof(rights)};
    ck_assert_int_eq(recvmsg(fd, &message, MSG_DONTWAIT), 1);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header)
        memcpy(&received, CMSG_DATA(header), sizeof(received));
    return received;
}

START_TEST(descriptors_come_with_an_answer)
{
    int fds[2], fd = connect_client();
    char word[4] = "";
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    lent = fds[1];
    say(fd, "{\"request\": \"lend\"}\n");
    serve();
    close(fds[1]); /* its copy is under way */
    int received = hear_descriptor(fd);
    ck_assert_int_ge(received, 0);
    ck_assert_int_eq(write(received, "yes", 3), 3);
    ck_assert_int_eq(read(fds[0], word, 3), 3);
    ck_assert_str_eq(word, "yes");
    close(received);
    ck_assert_int_eq(read(fds[0], word, 1), 0); /* no other copy is left */
    close(fds[0]);
    close(fd);
}
END_TEST

START_TEST(descriptors_that_are_sent_are_not_kept)
{
    int fds[2], fd = connect_client();
    _Alignas(struct cmsghdr) char rights[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec bytes = {.iov_base = (char[]){GREET}, .iov_len = strlen(GREET)};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = rights,
                             .msg_controllen = sizeof(rights)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fds[1], sizeof(int));
    ck_assert_int_gt(sendmsg(fd, &message, MSG_NOSIGNAL), 0);
    close(fds[1]);
    serve();
    ck_assert_str_eq(hear(fd), GREETING);
    char byte;
    ck_assert_int_eq(read(fds[0], &byte, 1), 0);
    close(fds[0]);
    close(fd);
}
END_TEST

START_TEST(a_deep_folder_has_a_socket_as_well)
{
    struct vf_control *deep;
    char *folder = vf_text_format("%s/%0120d", scratch_path(), 7);
    struct pollfd fds[VF_CONTROL_POLLED];
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert_int_eq(vf_control_create(&deep, folder, &table, context), VF_OK);
    int fd = vf_control_socket_connect(folder, VF_CONTROL_FILE);
    ck_assert_int_ge(fd, 0);
    say(fd, GREET);
    for (int turn = 0; turn < 3; turn++) {
        vf_control_fill(deep, fds);
        ck_assert_int_ge(poll(fds, VF_CONTROL_POLLED, 0), 0);
        vf_control_serve(deep, fds, now_ns);
    }
    ck_assert_str_eq(hear(fd), GREETING);
    close(fd);
    vf_control_destroy(&deep);
    free(folder);
}
END_TEST

START_TEST(a_folder_that_is_not_there_has_none)
{
    struct vf_control *none;
    ck_assert_int_eq(vf_control_create(&none, "/nowhere/at/all", &table, context), -ENOENT);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(vf_control_socket_connect("/nowhere/at/all", VF_CONTROL_FILE), -ENOENT);
}
END_TEST

START_TEST(without_a_control_nothing_happens)
{
    struct pollfd fds[VF_CONTROL_POLLED];
    struct vf_control_answer answer = {.object = json_object()};
    int list[VF_CONTROL_POLLED];
    vf_control_fill(NULL, fds);
    ck_assert_int_eq(poll(fds, VF_CONTROL_POLLED, 0), 0);
    vf_control_serve(NULL, fds, now_ns);
    vf_control_answer(NULL, 1, &answer);
    vf_control_answer_all(NULL, json_object());
    vf_control_flush(NULL, 0);
    ck_assert_uint_eq(vf_control_list(NULL, list), 0);
}
END_TEST

Suite *control_suite(void);
Suite *control_suite(void)
{
    Suite *suite = suite_create("control");
    TCase *tcase = tcase_create("control");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_request_has_its_answer);
    tcase_add_test(tcase, nobody_else_may_open_the_socket);
    tcase_add_test(tcase, a_request_may_come_in_pieces);
    tcase_add_test(tcase, requests_that_come_together_are_answered_in_turn);
    tcase_add_test(tcase, who_sends_no_more_still_gets_the_answers);
    tcase_add_loop_test(tcase, rubbish_is_refused_and_the_next_request_answered, 0,
                        VF_COUNT(rubbish));
    tcase_add_test(tcase, a_long_name_that_is_cut_in_a_character_is_refused_as_well);
    tcase_add_test(tcase, a_request_that_is_too_long_ends_its_connection);
    tcase_add_test(tcase, who_never_reads_keeps_nobody_else_waiting_and_is_let_go);
    tcase_add_test(tcase, a_large_answer_arrives_whole);
    tcase_add_test(tcase, who_stops_in_the_middle_of_a_line_is_let_go);
    tcase_add_test(tcase, the_one_that_is_idle_for_longest_makes_room);
    tcase_add_test(tcase, when_all_wait_for_an_answer_another_is_refused);
    tcase_add_test(tcase, an_answer_may_come_later);
    tcase_add_test(tcase, a_late_answer_for_one_who_is_gone_goes_nowhere);
    tcase_add_test(tcase, all_who_wait_can_be_answered_at_the_end);
    tcase_add_test(tcase, descriptors_come_with_an_answer);
    tcase_add_test(tcase, descriptors_that_are_sent_are_not_kept);
    tcase_add_test(tcase, a_deep_folder_has_a_socket_as_well);
    tcase_add_test(tcase, a_folder_that_is_not_there_has_none);
    tcase_add_test(tcase, without_a_control_nothing_happens);
    suite_add_tcase(suite, tcase);
    return suite;
}
