/* SPDX-License-Identifier: MIT */
/* Names, URLs and metadata of others, as they are shown. */
#include "engine/base/display.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

static const struct {
    const char *given, *shown;
} cleaned[] = {
    {"a\nb\tc\033[31m\177", "a?b?c?[31m?"},
    {"caf\303\251 \360\237\216\245", "caf\303\251 \360\237\216\245"},
    {"a\302\233b\302\200", "a?b?"},                              /* C1 */
    {"a\233b", "a?b"},                                           /* of an older code, too */
    {"caf\351", "caf\351"},                                      /* Latin-1 is shown */
    {"\342\200\256gpj.exe\342\201\246x\330\234", "?gpj.exe?x?"}, /* NOLINT: the order of a line */
    {"a\342\200\250b\357\273\277c", "a?b?c"},                    /* a line separator, a mark */
    {"\360\237\221\251\342\200\215\360\237\222\273",
     "\360\237\221\251\342\200\215\360\237\222\273"}, /* a joiner makes one sign of two */
    {"rtsp://admin:s3cret@10.0.0.1:554/live", "rtsp://***@10.0.0.1:554/live"},
    {"rtsp://u:p@x y http://me:you@z/", "rtsp://***@x y http://***@z/"},
    {"rtsp://admin:p@ss@host/", "rtsp://***@host/"},
    {"rtsp://admin:pa/ss@host/", "rtsp://***@host/"},
    {"http://host:80/a@2x.png", "http://host:80/a@2x.png"},
    {"http://[::1]:80/a@2x.png", "http://[::1]:80/a@2x.png"},
    {"http://h/a?x=1&token=abc&y=2", "http://h/a?x=1&token=***&y=2"},
    {"srt://h:1?passphrase=0123456789&mode=caller", "srt://h:1?passphrase=***&mode=caller"},
    {"https://h/o?X-Amz-Signature=ab12&X-Amz-Date=1",
     "https://h/o?X-Amz-Signature=***&X-Amz-Date=1"},
    {"https://h/?sig=a'", "https://h/?sig=*'"},
    {"\"rtsp://a:b@c\"", "\"rtsp://***@c\""},
    {"rtsp://me:two words@h/ x", "rtsp://***@h/ x"},
    {"http://me:it's <it>@h/?token=a b", "http://***@h/?token=* b"},
    {"tcp://host:port is none", "tcp://host:port is none"},
    {"http://host:80 told me@home", "http://host:80 told me@home"},
    {"rtsp://h/user=me_password=abcde_channel=1", "rtsp://h/user=me_password=***"},
    {"rtsp://h/user=me&password=abcde&channel=1", "rtsp://h/user=me&password=***&channel=1"},
    {"http://h/#access_token=abcd&x=1", "http://h/#access_token=***&x=1"},
    {"http://h/a;auth=abcd;b=1", "http://h/a;auth=***;b=1"},
    {"http://h/?x=a=token", "http://h/?x=a=token"},
    {"://", "://"},
    {"", ""},
};

START_TEST(what_deceives_and_what_is_secret_is_hidden)
{
    char *text = strdup(cleaned[_i].given);
    vf_display_clean(text);
    ck_assert_str_eq(text, cleaned[_i].shown);
    free(text);
}
END_TEST

static const struct {
    const char *given, *shown;
} converted[] = {
    {"f\351.yaml", "f\\xe9.yaml"},
    {"a\\b", "a\\b"},
    {"a\\xe9", "a\\x5cxe9"}, /* else it could be the first one */
    {"\303\251\303", "\303\251\\xc3"},
    {"\355\240\200", "\\xed\\xa0\\x80"}, /* half a pair of UTF-16 */
    {"\300\200", "\\xc0\\x80"},
    {"rtsp://u:p@h", "rtsp://***@h"},
};

START_TEST(any_bytes_become_utf8_that_tells_them)
{
    char *text = vf_display_utf8(converted[_i].given);
    ck_assert_str_eq(text, converted[_i].shown);
    free(text);
}
END_TEST

Suite *display_suite(void);
Suite *display_suite(void)
{
    Suite *suite = suite_create("display");
    TCase *tcase = tcase_create("display");
    tcase_add_loop_test(tcase, what_deceives_and_what_is_secret_is_hidden, 0,
                        (int)VF_COUNT(cleaned));
    tcase_add_loop_test(tcase, any_bytes_become_utf8_that_tells_them, 0, (int)VF_COUNT(converted));
    suite_add_tcase(suite, tcase);
    return suite;
}
