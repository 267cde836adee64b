/* SPDX-License-Identifier: MIT */
/* track_loop.c - two trackers on the scenes of the tests, of which everything is known.
 *
 *     track_loop track|overlap ROUNDS
 *
 * `track` follows as the node of that name does, and `overlap` gives each box to the last one that
 * it overlaps most with. Each scene is followed ROUNDS times. Prints what was measured, as
 * NAME=VALUE: frames, seconds for following them, and the means over all scenes of MOTA, IDF1, and
 * switches of numbers.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "tests/unit/support/track_scene.h"

#define SEEDS 5
#define NS_PER_S 1e9

static struct scene scene;
static struct scene_told told[SCENE_FRAMES];

static void follow(bool is_plain)
{
    if (is_plain)
        scene_follow_plainly(&scene, told);
    else
        scene_follow(&scene, &scene_usual, 1, told);
}

int main(int argc, char **argv)
{
    struct scene_marks sum = {0};
    bool is_plain = argc == 3 && strcmp(argv[1], "overlap") == 0;
    if (argc != 3 || (!is_plain && strcmp(argv[1], "track") != 0)) {
        fprintf(stderr, "usage: track_loop track|overlap ROUNDS\n");
        return EXIT_FAILURE;
    }
    long rounds = strtol(argv[2], NULL, 10);
    int64_t passed_ns = 0;
    double frames = 0;
    for (unsigned i = 0; i < SCENE_CASES * SEEDS; i++) {
        scene_cross(&scene, i % SEEDS);
        scene_detect(&scene, &scene_cases[i / SEEDS].noise, i % SEEDS);
        int64_t began_ns = vf_clock_now_ns();
        for (long round = 0; round < rounds; round++)
            follow(is_plain);
        passed_ns += vf_clock_now_ns() - began_ns;
        frames += (double)rounds * (double)scene.frames;
        struct scene_marks marks = scene_judge(&scene, told);
        sum.mota += marks.mota / (SCENE_CASES * SEEDS);
        sum.idf1 += marks.idf1 / (SCENE_CASES * SEEDS);
        sum.switches += marks.switches;
    }
    printf("frames=%.0f\nseconds=%.6f\nmota=%.4f\nidf1=%.4f\nswitches=%.2f\n", frames,
           (double)passed_ns / NS_PER_S, sum.mota, sum.idf1,
           (double)sum.switches / (SCENE_CASES * SEEDS));
    return EXIT_SUCCESS;
}
