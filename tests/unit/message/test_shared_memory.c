/* SPDX-License-Identifier: MIT */
/* Each test needs a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/message/shared_memory.h"

#define SIZE ((size_t)1 << 16)

static struct vf_shared_memory memory;

static void setup(void)
{
    ck_assert_int_eq(vf_shared_memory_init(&memory, "test", SIZE), VF_OK);
}

static void teardown(void)
{
    vf_shared_memory_finish(&memory);
}

START_TEST(it_is_zero_at_first_and_writable_to_its_maker)
{
    for (size_t i = 0; i < SIZE; i++)
        ck_assert(memory.bytes[i] == 0);
    memset(memory.bytes, 1, SIZE);
}
END_TEST

START_TEST(what_one_process_writes_the_other_reads_in_the_same_place)
{
    pid_t child = fork();
    if (child == 0) {
        memory.bytes[SIZE - 1] = 42; /* the mapping it inherited is writable */
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    uint8_t *place = memory.bytes;
    ck_assert_int_eq(vf_shared_memory_make_read_only(&memory), VF_OK);
    ck_assert_ptr_eq(memory.bytes, place);
    ck_assert_uint_eq(memory.bytes[SIZE - 1], 42);
}
END_TEST

START_TEST(writing_into_a_read_only_mapping_is_a_crash)
{
    ck_assert_int_eq(vf_shared_memory_make_read_only(&memory), VF_OK);
    signal(SIGSEGV, SIG_DFL); /* and not a sanitizer's own report */
    *(volatile uint8_t *)memory.bytes = 1;
}
END_TEST

START_TEST(a_reader_cannot_make_its_mapping_writable_again)
{
    ck_assert_int_eq(vf_shared_memory_make_read_only(&memory), VF_OK);
    ck_assert_int_eq(mprotect(memory.bytes, SIZE, PROT_READ | PROT_WRITE), -1);
    ck_assert_int_eq(errno, EACCES);
}
END_TEST

START_TEST(nobody_makes_a_new_writable_mapping)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memory.fd);
    int again = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(again, 0);
    const int fds[] = {memory.fd, again};
    for (int i = 0; i < 2; i++) {
        void *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
        ck_assert_ptr_eq(bytes, MAP_FAILED);
        ck_assert_int_eq(errno, EPERM);
        ck_assert_int_eq((int)pwrite(fds[i], "x", 1, 0), -1);
        ck_assert_int_eq(errno, EPERM);
    }
    close(again);
}
END_TEST

START_TEST(what_another_program_is_to_write_is_mapped_by_who_has_its_descriptor)
{
    char path[64];
    struct vf_shared_memory open_memory;
    ck_assert_int_eq(vf_shared_memory_init_for_program(&open_memory, "test", SIZE), VF_OK);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", open_memory.fd);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(reader, 0);
    ck_assert_ptr_eq(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), MAP_FAILED);
    ck_assert_int_eq(errno, EACCES);
    uint8_t *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, open_memory.fd, 0);
    ck_assert_ptr_ne(bytes, MAP_FAILED);
    bytes[7] = 7;
    ck_assert_uint_eq(open_memory.bytes[7], 7);
    ck_assert_int_eq(ftruncate(open_memory.fd, 0), -1);
    ck_assert_int_eq(munmap(bytes, SIZE), 0);
    close(reader);
    vf_shared_memory_finish(&open_memory);
}
END_TEST

START_TEST(its_size_cannot_change)
{
    ck_assert_int_eq(ftruncate(memory.fd, (off_t)SIZE / 2), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(ftruncate(memory.fd, (off_t)SIZE * 2), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(its_seals_stay)
{
    ck_assert_int_eq(fcntl(memory.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(it_does_not_outlive_an_exec)
{
    ck_assert_int_eq(fcntl(memory.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(the_mapping_outlives_its_descriptor)
{
    vf_shared_memory_close(&memory);
    ck_assert_int_eq(memory.fd, -1);
    memory.bytes[0] = 3;
    ck_assert_uint_eq(memory.bytes[0], 3);
    vf_shared_memory_finish(&memory);
    ck_assert_ptr_null(memory.bytes);
    vf_shared_memory_finish(&memory);
}
END_TEST

START_TEST(finishing_what_was_never_made_closes_nothing)
{
    struct vf_shared_memory none = {0};
    vf_shared_memory_finish(&none);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

Suite *shared_memory_suite(void);
Suite *shared_memory_suite(void)
{
    Suite *suite = suite_create("shared_memory");
    TCase *tcase = tcase_create("shared_memory");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_is_zero_at_first_and_writable_to_its_maker);
    tcase_add_test(tcase, what_one_process_writes_the_other_reads_in_the_same_place);
    tcase_add_test_raise_signal(tcase, writing_into_a_read_only_mapping_is_a_crash, SIGSEGV);
    tcase_add_test(tcase, a_reader_cannot_make_its_mapping_writable_again);
    tcase_add_test(tcase, nobody_makes_a_new_writable_mapping);
    tcase_add_test(tcase, what_another_program_is_to_write_is_mapped_by_who_has_its_descriptor);
    tcase_add_test(tcase, its_size_cannot_change);
    tcase_add_test(tcase, its_seals_stay);
    tcase_add_test(tcase, it_does_not_outlive_an_exec);
    tcase_add_test(tcase, the_mapping_outlives_its_descriptor);
    tcase_add_test(tcase, finishing_what_was_never_made_closes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
