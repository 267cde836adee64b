/* SPDX-License-Identifier: MIT */
#include "cmd/batch/gpus.h"

#include <check.h>

#include "engine/base/array.h"

static const char *const ids[] = {"0", "1", "GPU-2"};

START_TEST(each_run_begins_with_the_gpu_that_fewest_have)
{
    struct vf_batch_gpus gpus;
    struct vf_batch_gpu_share shares[4];
    const char *const wanted[] = {"0,1,GPU-2", "GPU-2,0,1", "0,1,GPU-2", "1,GPU-2,0"};
    const unsigned tasks[] = {2, 1, 1, 4};
    ck_assert_int_eq(vf_batch_gpus_init(&gpus, ids, VF_COUNT(ids)), VF_OK);
    for (size_t i = 0; i < VF_COUNT(wanted); i++) {
        ck_assert_int_eq(vf_batch_gpus_take(&gpus, tasks[i], &shares[i]), VF_OK);
        ck_assert_str_eq(shares[i].list, wanted[i]);
    }
    vf_batch_gpus_give_back(&gpus, &shares[0]);
    vf_batch_gpus_give_back(&gpus, &shares[3]);
    ck_assert_uint_eq(gpus.loads[0], 1);
    ck_assert_uint_eq(gpus.loads[1], 0);
    ck_assert_uint_eq(gpus.loads[2], 1);
    vf_batch_gpus_give_back(&gpus, &shares[1]);
    vf_batch_gpus_give_back(&gpus, &shares[2]);
    vf_batch_gpus_finish(&gpus);
}
END_TEST

START_TEST(a_run_that_asks_for_none_or_finds_none_is_told_none)
{
    struct vf_batch_gpus gpus;
    struct vf_batch_gpu_share share;
    ck_assert_int_eq(vf_batch_gpus_init(&gpus, ids, VF_COUNT(ids)), VF_OK);
    ck_assert_int_eq(vf_batch_gpus_take(&gpus, 0, &share), VF_OK);
    ck_assert_ptr_null(share.list);
    vf_batch_gpus_give_back(&gpus, &share);
    vf_batch_gpus_finish(&gpus);
    ck_assert_int_eq(vf_batch_gpus_init(&gpus, NULL, 0), VF_OK);
    ck_assert_int_eq(vf_batch_gpus_take(&gpus, 2, &share), VF_OK);
    ck_assert_ptr_null(share.list);
    vf_batch_gpus_give_back(&gpus, &share);
    vf_batch_gpus_finish(&gpus);
}
END_TEST

Suite *batch_gpus_suite(void);

Suite *batch_gpus_suite(void)
{
    Suite *suite = suite_create("batch_gpus");
    TCase *cases = tcase_create("batch_gpus");
    tcase_add_test(cases, each_run_begins_with_the_gpu_that_fewest_have);
    tcase_add_test(cases, a_run_that_asks_for_none_or_finds_none_is_told_none);
    suite_add_tcase(suite, cases);
    return suite;
}
