/* SPDX-License-Identifier: MIT */
#include "nodes/vision/motion_model.h"

#define PLACE_WEIGHT (1.0 / 20)
#define SPEED_WEIGHT (1.0 / 160)
#define SMALLEST 1.0 /* pixels: a box of no size has some uncertainty all the same */

enum { CENTRE_X, CENTRE_Y, WIDTH, HEIGHT };

static void measure(const struct vf_box *box, double numbers[VF_MOTION_NUMBERS])
{
    const double *at = box->at;
    numbers[CENTRE_X] = (at[VF_BOX_XMIN] + at[VF_BOX_XMAX]) / 2;
    numbers[CENTRE_Y] = (at[VF_BOX_YMIN] + at[VF_BOX_YMAX]) / 2;
    numbers[WIDTH] = at[VF_BOX_XMAX] - at[VF_BOX_XMIN];
    numbers[HEIGHT] = at[VF_BOX_YMAX] - at[VF_BOX_YMIN];
}

/* The size by which a number is uncertain: of the width for those across, of the height for those
 * down. */
static double scale_of(const struct vf_motion *motion, unsigned number)
{
    double size = motion->numbers[number % 2 ? HEIGHT : WIDTH].place;
    return size > SMALLEST ? size : SMALLEST;
}

static double square(double number)
{
    return number * number;
}

void vf_motion_begin(struct vf_motion *motion, const struct vf_box *box)
{
    double measured[VF_MOTION_NUMBERS];
    measure(box, measured);
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++)
        motion->numbers[i] = (struct vf_motion_number){.place = measured[i]};
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++) {
        double scale = scale_of(motion, i);
        motion->numbers[i].place_variance = square(2 * PLACE_WEIGHT * scale);
        motion->numbers[i].speed_variance = square(10 * SPEED_WEIGHT * scale);
    }
}

void vf_motion_predict(struct vf_motion *motion)
{
    double scales[VF_MOTION_NUMBERS];
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++)
        scales[i] = scale_of(motion, i);
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++) {
        struct vf_motion_number *number = &motion->numbers[i];
        number->place += number->speed;
        number->place_variance +=
            2 * number->covariance + number->speed_variance + square(PLACE_WEIGHT * scales[i]);
        number->covariance += number->speed_variance;
        number->speed_variance += square(SPEED_WEIGHT * scales[i]);
    }
}

void vf_motion_shift(struct vf_motion *motion, double x, double y)
{
    motion->numbers[CENTRE_X].place += x;
    motion->numbers[CENTRE_Y].place += y;
}

void vf_motion_update(struct vf_motion *motion, const struct vf_box *box)
{
    double measured[VF_MOTION_NUMBERS], scales[VF_MOTION_NUMBERS];
    measure(box, measured);
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++)
        scales[i] = scale_of(motion, i);
    for (unsigned i = 0; i < VF_MOTION_NUMBERS; i++) {
        struct vf_motion_number *number = &motion->numbers[i];
        double all = number->place_variance + square(PLACE_WEIGHT * scales[i]);
        double place_gain = number->place_variance / all, speed_gain = number->covariance / all;
        double error = measured[i] - number->place;
        number->place += place_gain * error;
        number->speed += speed_gain * error;
        number->speed_variance -= speed_gain * number->covariance;
        number->covariance *= 1 - place_gain;
        number->place_variance *= 1 - place_gain;
    }
}

void vf_motion_keep_size(struct vf_motion *motion)
{
    motion->numbers[WIDTH].speed = motion->numbers[HEIGHT].speed = 0;
}

void vf_motion_box(const struct vf_motion *motion, struct vf_box *box)
{
    const struct vf_motion_number *numbers = motion->numbers;
    double width = numbers[WIDTH].place > 0 ? numbers[WIDTH].place : 0;
    double height = numbers[HEIGHT].place > 0 ? numbers[HEIGHT].place : 0;
    box->at[VF_BOX_XMIN] = numbers[CENTRE_X].place - width / 2;
    box->at[VF_BOX_XMAX] = numbers[CENTRE_X].place + width / 2;
    box->at[VF_BOX_YMIN] = numbers[CENTRE_Y].place - height / 2;
    box->at[VF_BOX_YMAX] = numbers[CENTRE_Y].place + height / 2;
}
