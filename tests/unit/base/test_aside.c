/* SPDX-License-Identifier: MIT */
/* Work that is done beside the thread that waits for it. */
#include "engine/base/aside.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

struct job {
    pthread_t waiter;
    int policy;
    atomic_bool is_unwanted;
    unsigned watched;
};

static int look(void *context)
{
    struct job *job = context;
    struct sched_param parameters;
    ck_assert(!pthread_equal(pthread_self(), job->waiter));
    ck_assert_int_eq(pthread_getschedparam(pthread_self(), &job->policy, &parameters), 0);
    return -EDOM;
}

static int work_until_unwanted(void *context)
{
    struct job *job = context;
    while (!atomic_load(&job->is_unwanted))
        sched_yield();
    return VF_END;
}

static void call_off(void *context)
{
    struct job *job = context;
    ck_assert(pthread_equal(pthread_self(), job->waiter));
    job->watched++;
    atomic_store(&job->is_unwanted, true);
}

static int do_job(struct job *job, int (*work)(void *), bool is_idle)
{
    const struct vf_aside aside = {work, call_off, job, is_idle};
    job->waiter = pthread_self();
    return vf_aside_do(&aside);
}

START_TEST(its_result_is_that_of_the_work)
{
    struct job job = {0};
    ck_assert_int_eq(do_job(&job, look, false), -EDOM);
    ck_assert_int_eq(job.policy, sched_getscheduler(0));
}
END_TEST

START_TEST(idle_work_gives_way_to_all_others)
{
    struct job job = {0};
    int before = sched_getscheduler(0);
    ck_assert_int_eq(do_job(&job, look, true), -EDOM);
    ck_assert_int_eq(job.policy, SCHED_IDLE);
    ck_assert_int_eq(sched_getscheduler(0), before);
}
END_TEST

START_TEST(who_waits_can_call_it_off)
{
    struct job job = {0};
    ck_assert_int_eq(do_job(&job, work_until_unwanted, false), VF_END);
    ck_assert_uint_ge(job.watched, 1);
}
END_TEST

Suite *aside_suite(void);

Suite *aside_suite(void)
{
    Suite *suite = suite_create("aside");
    TCase *tcase = tcase_create("aside");
    tcase_add_test(tcase, its_result_is_that_of_the_work);
    tcase_add_test(tcase, idle_work_gives_way_to_all_others);
    tcase_add_test(tcase, who_waits_can_call_it_off);
    suite_add_tcase(suite, tcase);
    return suite;
}
