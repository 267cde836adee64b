/* SPDX-License-Identifier: MIT */
/* Pickles: what CPython 3.11 writes is read and written again byte by byte, and nothing else is
 * taken. tests/python/echo_pickles.py does the same with random values and the real CPython. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/wire/python/pickle/pickle.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static struct vf_plain_tree *tree;
static struct vf_text written;
static struct vf_complaint complaint;

static void setup(void)
{
    complaint.text[0] = '\0';
}

static void teardown(void)
{
    vf_plain_tree_destroy(&tree);
    vf_text_finish(&written);
}

static int read_pickle(const char *bytes, size_t size)
{
    vf_plain_tree_destroy(&tree);
    return vf_pickle_read(&tree, bytes, size, NULL, &complaint);
}

static int write_pickle(int protocol)
{
    vf_text_finish(&written);
    return vf_pickle_write(&written, tree, protocol, &complaint);
}

static void check_written(const char *bytes, size_t size)
{
    ck_assert_uint_eq(written.length, size);
    ck_assert(memcmp(written.bytes, bytes, size) == 0);
}

static void check_complaint(const char *part)
{
    ck_assert_msg(strstr(complaint.text, part) != NULL, "\"%s\" is not in \"%s\"", part,
                  complaint.text);
}

/* pickle.dumps(value, protocol), with the value in the comment. */
static const struct {
    int protocol;
    const char *bytes;
    size_t size;
} pickles[] = {
    {0, BYTES("N.")},                                                      /* None */
    {0, BYTES("I01\n.")},                                                  /* True */
    {0, BYTES("I-5\n.")},                                                  /* -5 */
    {1, BYTES("K\xff.")},                                                  /* 255 */
    {1, BYTES("M\x00\x01.")},                                              /* 256 */
    {2, BYTES("\x80\x02J\xff\xff\xff\xff.")},                              /* -1 */
    {0, BYTES("L1099511627776L\n.")},                                      /* 2 ** 40 */
    {2, BYTES("\x80\x02\x8a\x05\x00\x00\x00\x80\x00.")},                   /* 2 ** 31 */
    {2, BYTES("\x80\x02\x8a\x05\xff\xff\xff\x7f\xff.")},                   /* -2 ** 31 - 1 */
    {2, BYTES("\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.")},   /* 2 ** 63 */
    {0, BYTES("L-18446744073709551616L\n.")},                              /* -2 ** 64 */
    {0, BYTES("F-0.0\n.")},                                                /* -0.0 */
    {0, BYTES("Finf\n.")},                                                 /* float("inf") */
    {1, BYTES("G?\xf0\x00\x00\x00\x00\x00\x00.")},                         /* 1.0 */
    {0, BYTES("Va\\u1234\\u005c\\u000a\xe4\\U0001f600\np0\n.")},           /* "a\u1234\\\nä😀" */
    {1, BYTES("X\x02\x00\x00\x00\xc3\xa4q\x00.")},                         /* "ä" */
    {4, BYTES("\x80\x04\x95\x07\0\0\0\0\0\0\0\x8c\x03\xed\xa0\x80\x94.")}, /* "\ud800" */
    {2, BYTES("\x80\x02"
              "c__builtin__\nbytes\nq\x00)Rq\x01.")},                       /* b"" */
    {0, BYTES("c_codecs\nencode\np0\n(Vab\np1\nVlatin1\np2\ntp3\nRp4\n.")}, /* b"ab" */
    {3, BYTES("\x80\x03"
              "C\x02"
              "abq\x00.")},                                                   /* b"ab" */
    {5, BYTES("\x80\x05\x95\x0c\0\0\0\0\0\0\0\x96\x01\0\0\0\0\0\0\0x\x94.")}, /* bytearray(b"x") */
    {0, BYTES("(t.")},                                                        /* () */
    {2, BYTES("\x80\x02K\x01\x85q\x00.")},                                    /* (1,) */
    {1, BYTES("(K\x01K\x02K\x03K\x04tq\x00.")},                               /* (1, 2, 3, 4) */
    {0, BYTES("(lp0\nI1\naI2\na.")},                                          /* [1, 2] */
    {2, BYTES("\x80\x02]q\x00(]q\x01h\x01"
              "e.")},                            /* [x, x] with x = [] */
    {0, BYTES("(dp0\nVa\np1\nI1\ns.")},          /* {"a": 1} */
    {1, BYTES("}q\x00(K\x01K\x02K\x03K\x04u.")}, /* {1: 2, 3: 4} */
    {3, BYTES("\x80\x03"
              "cbuiltins\nset\nq\x00]q\x01K\x01"
              "a\x85q\x02Rq\x03.")},                                    /* {1} */
    {4, BYTES("\x80\x04\x95\x07\0\0\0\0\0\0\0\x8f\x94(K\x01\x90.")},    /* {1} */
    {0, BYTES("c__builtin__\nfrozenset\np0\n((lp1\nI1\natp2\nRp3\n.")}, /* frozenset([1]) */
    {4, BYTES("\x80\x04\x95\x06\0\0\0\0\0\0\0(K\x01\x91\x94.")},        /* frozenset([1]) */
};

START_TEST(what_cpython_writes_is_written_again_byte_by_byte)
{
    ck_assert_msg(read_pickle(pickles[_i].bytes, pickles[_i].size) == VF_OK, "%s", complaint.text);
    ck_assert_int_eq(write_pickle(pickles[_i].protocol), VF_OK);
    check_written(pickles[_i].bytes, pickles[_i].size);
}
END_TEST

/* Spelt as no CPython 3 does, but as pickle.loads() reads it; then as protocol 0 has it. */
static const struct {
    const char *bytes;
    size_t size;
    const char *as_protocol_0;
} spellings[] = {
    {BYTES("L5\n."), "I5\n."},
    {BYTES("I+007\n."), "I7\n."},
    {BYTES("\x80\x01I00\n."), "I00\n."},
    {BYTES("\x8a\x00."), "I0\n."},
    {BYTES("\x8b\x03\x00\x00\x00\x05\x00\x00."), "I5\n."},
    {BYTES("F5\n."), "F5.0\n."},
    {BYTES("F-1e2\n."), "F-100.0\n."},
    {BYTES("S'it\\'s \\x41\\102\\q\\n'\n."), "Vit's AB\\u005cq\\u000a\np0\n."},
    {BYTES("S\"\"\n."), "V\np0\n."},
    {BYTES("U\x02hi."), "Vhi\np0\n."},
    {BYTES("T\x02\x00\x00\x00hi."), "Vhi\np0\n."},
    {BYTES("V\\\\u0041\\x\n."), "V\\u005c\\u005cu0041\\u005cx\np0\n."},
    {BYTES("(I1\nI2\n0I3\nl."), "(lp0\nI1\naI3\na."},
    {BYTES("I1\n(I2\nI3\n1."), "I1\n."},
    {BYTES("I1\n(0."), "I1\n."},
    {BYTES("](I1\nI2\ne2p5\n0g5\n."), "(lp0\nI1\naI2\na."},
    {BYTES("(I1\nI2\nd."), "(dp0\nI1\nI2\ns."},
    {BYTES("\x80\x05\x95\x03\0\0\0\0\0\0\0]\x94.ignored"), "(lp0\n."},
};

START_TEST(what_pickle_loads_reads_is_read)
{
    ck_assert_msg(read_pickle(spellings[_i].bytes, spellings[_i].size) == VF_OK, "%s",
                  complaint.text);
    ck_assert_int_eq(write_pickle(0), VF_OK);
    ck_assert_str_eq(written.bytes, spellings[_i].as_protocol_0);
}
END_TEST

static const struct {
    int err;
    const char *bytes;
    size_t size;
    const char *complaint;
} refusals[] = {
    {-EPERM, BYTES("cos\nsystem\n(Vtrue\ntR."), "GLOBAL at byte 0: it would import os.system"},
    {-EPERM, BYTES("c\x1b[2J\nx\n."), "it would import ?[2J.x"},
    {-EPERM, BYTES("\x8c\x05posix\x8c\x06system\x93."), "STACK_GLOBAL at byte 15: it would import"},
    {-EPERM, BYTES("(ios\nsystem\n."), "INST at byte 1: it would import os.system"},
    {-EPERM,
     BYTES("\x80\x04"
           "cbuiltins\nset\n)R."),
     "it would import builtins.set"},
    {-EPERM,
     BYTES("\x80\x03"
           "c_codecs\nencode\n."),
     "it would import _codecs.encode"},
    {-EPERM, BYTES("c__builtin__\nset\n)R."), "REDUCE at byte 18: it would call with arguments"},
    {-EPERM, BYTES("c__builtin__\nset\n(K\x01tR."), "arguments of another kind"},
    {-EPERM, BYTES("c__builtin__\nset\n]R."), "arguments of another kind"},
    {-EPERM, BYTES("c__builtin__\nbytes\n(K\x05tR."), "arguments of another kind"},
    {-EPERM, BYTES("c_codecs\nencode\n(Va\nVrot13\ntR."), "arguments of another kind"},
    {-EPERM, BYTES("](K\x01\x85)R."), "REDUCE at byte 6: it would call what was read"},
    {-EPERM, BYTES("]c__builtin__\nset\na."), "holds a class or a function"},
    {-EPERM, BYTES("c__builtin__\nset\n."), "holds a class or a function"},
    {-EPERM, BYTES("(]o."), "OBJ at byte 2: it would make an object"},
    {-EPERM, BYTES("]}b."), "BUILD at byte 2: it would set the state"},
    {-EPERM, BYTES("])\x81."), "NEWOBJ at byte 2"},
    {-EPERM, BYTES("])}\x92."), "NEWOBJ_EX at byte 3"},
    {-EPERM, BYTES("Pname\n."), "PERSID at byte 0"},
    {-EPERM, BYTES("NQ."), "BINPERSID at byte 1"},
    {-EPERM, BYTES("\x82\x01."), "EXT1 at byte 0"},
    {-EPERM, BYTES("\x83\x01\x00."), "EXT2 at byte 0"},
    {-EPERM, BYTES("\x84\x01\x00\x00\x00."), "EXT4 at byte 0"},
    {-EPERM, BYTES("\x97."), "NEXT_BUFFER at byte 0"},
    {-EPERM, BYTES("]\x98."), "READONLY_BUFFER at byte 1"},
    {-EBADMSG, BYTES(""), "ends without STOP"},
    {-EBADMSG, BYTES("N"), "ends without STOP"},
    {-EBADMSG, BYTES("."), "STOP at byte 0: there is nothing on the stack"},
    {-EBADMSG, BYTES("\xff."), "0xff at byte 0 is no opcode"},
    {-EBADMSG, BYTES("\x80\x06N."), "protocol 6 is not known"},
    {-EBADMSG, BYTES("I"), "INT at byte 0: the pickle is cut short"},
    {-EBADMSG, BYTES("I\n."), "its line is no integer"},
    {-EBADMSG, BYTES("I1.5\n."), "its line is no integer"},
    {-EBADMSG, BYTES("L-\n."), "its line is no integer"},
    {-EBADMSG, BYTES("F\n."), "its line is no number"},
    {-EBADMSG, BYTES("F0x1p3\n."), "its line is no number"},
    {-EBADMSG, BYTES("Fnan(1)\n."), "its line is no number"},
    {-EBADMSG, BYTES("F 1\n."), "its line is no number"},
    {-EBADMSG, BYTES("G12345"), "BINFLOAT at byte 0: the pickle is cut short"},
    {-EBADMSG, BYTES("\x8b\xff\xff\xff\xff."), "LONG4 at byte 0: the pickle is cut short"},
    {-EBADMSG, BYTES("X\x05\x00\x00\x00hi."), "the pickle is cut short"},
    {-EBADMSG, BYTES("\x8c\x02\xc0\x80."), "its text is no UTF-8"},
    {-EBADMSG, BYTES("\x8c\x04\xf4\x90\x80\x80."), "its text is no UTF-8"},
    {-EBADMSG, BYTES("\x8c\x01\xe4."), "its text is no UTF-8"},
    {-EBADMSG, BYTES("V\\u12\n."), "an escape in its line is no character"},
    {-EBADMSG, BYTES("V\\U00110000\n."), "an escape in its line is no character"},
    {-EBADMSG, BYTES("Shi\n."), "its line is no string in quotes"},
    {-EBADMSG, BYTES("S'\n."), "its line is no string in quotes"},
    {-EBADMSG, BYTES("S'\\x1'\n."), "its line is no string in quotes"},
    {-EBADMSG, BYTES("S'\\xe4'\n."), "text of Python 2 that is not ASCII"},
    {-EBADMSG, BYTES("U\x01\xe4."), "text of Python 2 that is not ASCII"},
    {-EBADMSG, BYTES("c_codecs\nencode\n(V\\u0100\nVlatin1\ntR."), "that Latin-1 cannot spell"},
    {-EBADMSG, BYTES("g0\n."), "GET at byte 0: memo 0 is empty"},
    {-EBADMSG, BYTES("h\x07."), "BINGET at byte 0: memo 7 is empty"},
    {-EBADMSG, BYTES("Np-1\n."), "the number of the memo is none"},
    {-EBADMSG, BYTES("\x94."), "MEMOIZE at byte 0: there is nothing on the stack"},
    {-EBADMSG, BYTES("(."), "STOP at byte 1: there is nothing on the stack"},
    {-EBADMSG, BYTES("t."), "TUPLE at byte 0: there is no mark"},
    {-EBADMSG, BYTES("N\x86."), "TUPLE2 at byte 1: there is nothing on the stack"},
    {-EBADMSG, BYTES("NNa."), "APPEND at byte 2: what it would add to is no list"},
    {-EBADMSG, BYTES("](N\x90."), "ADDITEMS at byte 3: what it would add to is no set"},
    {-EBADMSG, BYTES("}(Nu."), "a key without a value"},
    {-EBADMSG, BYTES("(Nd."), "a key without a value"},
    {-EBADMSG, BYTES("}]Ns."), "has a list as a key"},
    {-EBADMSG, BYTES("\x8f(]\x85\x90."), "has a tuple as a key or in a set"},
    {-EBADMSG,
     BYTES("]q\x00h\x00"
           "a."),
     "holds a list that is in itself"},
    {-EBADMSG,
     BYTES("]q\x00h\x00\x85"
           "a."),
     "holds a list that is in itself"},
    {-EBADMSG, BYTES("\x95\x09\0\0\0\0\0\0\0N."), "FRAME at byte 0: the pickle is cut short"},
    {-EMSGSIZE, BYTES("Nr\xff\xff\xff\x7f."), "memo 2147483647 is too high"},
};

START_TEST(what_is_not_plain_data_is_refused_by_name)
{
    ck_assert_int_eq(read_pickle(refusals[_i].bytes, refusals[_i].size), refusals[_i].err);
    check_complaint(refusals[_i].complaint);
    ck_assert_ptr_null(tree);
}
END_TEST

START_TEST(every_beginning_of_a_pickle_is_refused_without_harm)
{
    for (size_t size = 0; size < pickles[_i].size; size++) {
        char *exact = malloc(size + !size); /* a sanitizer sees the first byte beyond */
        memcpy(exact, pickles[_i].bytes, size);
        ck_assert_int_lt(read_pickle(exact, size), 0);
        free(exact);
    }
}
END_TEST

START_TEST(a_tree_made_by_hand_is_written)
{
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    struct vf_plain *box = vf_plain_container(tree, VF_PLAIN_LIST);
    struct vf_plain *dict = vf_plain_container(tree, VF_PLAIN_DICT);
    for (int64_t i = 0; i < 2; i++)
        ck_assert_int_eq(vf_plain_append(box, vf_plain_integer(tree, 300 * i)), VF_OK);
    ck_assert_int_eq(vf_plain_put(dict, vf_plain_text(tree, "box", 3), box), VF_OK);
    ck_assert_int_eq(vf_plain_put(dict, vf_plain_none(tree), vf_plain_real(tree, 1)), VF_OK);
    vf_plain_set_root(tree, dict);
    ck_assert_ptr_eq(vf_plain_find(dict, "box"), box);
    ck_assert_ptr_null(vf_plain_find(dict, "boxes"));
    ck_assert_int_eq(write_pickle(2), VF_OK);
    check_written(BYTES("\x80\x02}q\x00(X\x03\x00\x00\x00"
                        "boxq\x01]q\x02(K\x00M,\x01"
                        "eNG?\xf0\x00\x00\x00\x00\x00\x00u."));
}
END_TEST

/* Python has these objects once, however often they are made. */
START_TEST(what_python_has_only_once_is_shared)
{
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    struct vf_plain *list = vf_plain_container(tree, VF_PLAIN_LIST);
    static const char *const texts[] = {"", "\xc3\xbf", "", "\xc3\xbf", "ab", "ab"};
    for (size_t i = 0; i < VF_COUNT(texts); i++)
        ck_assert_int_eq(vf_plain_append(list, vf_plain_text(tree, texts[i], strlen(texts[i]))),
                         VF_OK);
    vf_plain_set_root(tree, list);
    ck_assert_int_eq(write_pickle(0), VF_OK);
    check_written(BYTES("(lp0\nV\np1\naV\xff\np2\nag1\nag2\naVab\np3\naVab\np4\na."));
}
END_TEST

/* All texts of two ASCII characters are different, and each keeps its own place in the memo. */
START_TEST(no_two_short_texts_are_taken_for_each_other)
{
    unsigned failed = 0;
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    struct vf_plain *list = vf_plain_container(tree, VF_PLAIN_LIST);
    for (unsigned i = 0; i < 128U * 128; i++) {
        const char text[2] = {(char)(i / 128), (char)(i % 128)};
        failed += vf_plain_append(list, vf_plain_text(tree, text, 2)) != VF_OK;
    }
    ck_assert_uint_eq(failed, 0);
    vf_plain_set_root(tree, list);
    ck_assert_int_eq(write_pickle(_i), VF_OK);
    struct vf_text copy = written;
    written = (struct vf_text){0};
    ck_assert_int_eq(read_pickle(copy.bytes, copy.length), VF_OK);
    const struct vf_plain *read = vf_plain_root(tree);
    ck_assert_uint_eq(read->count, (size_t)128 * 128);
    for (unsigned i = 0; i < 128 * 128; i++) {
        const char text[2] = {(char)(i / 128), (char)(i % 128)};
        failed += read->items[i]->length != 2 || memcmp(read->items[i]->bytes, text, 2) != 0;
    }
    ck_assert_uint_eq(failed, 0);
    vf_text_finish(&copy);
}
END_TEST

START_TEST(the_last_of_equal_keys_counts)
{
    ck_assert_int_eq(read_pickle(BYTES("}(Va\nI1\nVa\nI2\nu.")), VF_OK);
    ck_assert_int_eq((int)vf_plain_find(vf_plain_root(tree), "a")->integer, 2);
}
END_TEST

START_TEST(what_has_no_pickle_is_refused)
{
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    ck_assert_int_eq(write_pickle(5), -EINVAL);
    check_complaint("nothing to pickle");
    struct vf_plain *list = vf_plain_container(tree, VF_PLAIN_LIST);
    vf_plain_set_root(tree, list);
    ck_assert_int_eq(write_pickle(6), -EINVAL);
    check_complaint("no protocol 6");
    ck_assert_int_eq(vf_plain_append(list, NULL), -ENOMEM);
    ck_assert_int_eq(vf_plain_append(list, vf_plain_bytes(tree, VF_PLAIN_BYTEARRAY, "x", 1)),
                     VF_OK);
    ck_assert_int_eq(write_pickle(4), -EINVAL);
    check_complaint("a bytearray needs protocol 5");
    ck_assert_int_eq(vf_plain_append(list, list), VF_OK);
    ck_assert_int_eq(write_pickle(-1), -EINVAL);
    check_complaint("in itself");
    vf_plain_set_root(tree, vf_plain_text(tree, "\xff", 1));
    ck_assert_int_eq(write_pickle(-1), -EINVAL);
    check_complaint("no UTF-8");
}
END_TEST

START_TEST(nan_stays_nan_in_every_protocol)
{
    ck_assert_int_eq(read_pickle(BYTES("Fnan\n.")), VF_OK);
    ck_assert_int_eq(write_pickle(_i), VF_OK);
    struct vf_text copy = written;
    written = (struct vf_text){0};
    ck_assert_int_eq(read_pickle(copy.bytes, copy.length), VF_OK);
    ck_assert(isnan(vf_plain_root(tree)->real));
    vf_text_finish(&copy);
}
END_TEST

Suite *pickle_suite(void);
Suite *pickle_suite(void)
{
    Suite *suite = suite_create("pickle");
    TCase *tcase = tcase_create("pickle");
    int count = (int)VF_COUNT(pickles);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_cpython_writes_is_written_again_byte_by_byte, 0, count);
    tcase_add_loop_test(tcase, what_pickle_loads_reads_is_read, 0, (int)VF_COUNT(spellings));
    tcase_add_loop_test(tcase, what_is_not_plain_data_is_refused_by_name, 0,
                        (int)VF_COUNT(refusals));
    tcase_add_loop_test(tcase, every_beginning_of_a_pickle_is_refused_without_harm, 0, count);
    tcase_add_test(tcase, a_tree_made_by_hand_is_written);
    tcase_add_test(tcase, what_python_has_only_once_is_shared);
    tcase_add_loop_test(tcase, no_two_short_texts_are_taken_for_each_other, 0,
                        VF_PICKLE_HIGHEST_PROTOCOL + 1);
    tcase_add_test(tcase, the_last_of_equal_keys_counts);
    tcase_add_test(tcase, what_has_no_pickle_is_refused);
    tcase_add_loop_test(tcase, nan_stays_nan_in_every_protocol, 0, VF_PICKLE_HIGHEST_PROTOCOL + 1);
    suite_add_tcase(suite, tcase);
    return suite;
}
