/* SPDX-License-Identifier: MIT */
/* sanitizers.c - what the unit tests ask of the sanitizers they are built with. */

/* libzmq is built without the thread sanitizer, which therefore does not see how its threads hand
 * each other what they share: what happens inside of it is left out. Our own accesses are not. */
const char *
__tsan_default_options(void);            /* NOLINT(bugprone-reserved-identifier): so it is called */
const char *__tsan_default_options(void) /* NOLINT(bugprone-reserved-identifier): likewise */
{
    return "ignore_noninstrumented_modules=1";
}
