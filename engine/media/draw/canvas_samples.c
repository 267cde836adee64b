/* SPDX-License-Identifier: MIT */
#include "engine/media/draw/canvas_samples.h"

#include <libavutil/bswap.h>
#include <string.h>

#include "engine/base/array.h"

/* Loops of fixed length are what compilers make vector code of at -O2. */
#define BLOCK 16

static uint8_t *sample_at(const struct vf_canvas_component *component, int x, int y)
{
    return component->data + y * component->stride + (ptrdiff_t)x * component->step;
}

static uint8_t mixed_byte(unsigned old, unsigned weight, unsigned value)
{
    return (uint8_t)((uint16_t)(old * (VF_WEIGHT_MOST - weight) + value * weight + 128) >> 8);
}

static uint16_t mixed_word(unsigned old, unsigned weight, unsigned value)
{
    return (uint16_t)((old * (VF_WEIGHT_MOST - weight) + value * weight + 128) >> 8);
}

static void mix_bytes(uint8_t *restrict samples, int count, const uint16_t *restrict weights,
                      unsigned value)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            samples[i + k] = mixed_byte(samples[i + k], weights[i + k], value);
    }
    for (; i < count; i++)
        samples[i] = mixed_byte(samples[i], weights[i], value);
}

static void mix_words(uint16_t *restrict samples, int count, const uint16_t *restrict weights,
                      unsigned value)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            samples[i + k] = mixed_word(samples[i + k], weights[i + k], value);
    }
    for (; i < count; i++)
        samples[i] = mixed_word(samples[i], weights[i], value);
}

static void mix_spread_bytes(uint8_t *sample, int step, int count, const uint16_t *weights,
                             unsigned value)
{
    for (int i = 0; i < count; i++, sample += step)
        *sample = mixed_byte(*sample, weights[i], value);
}

static unsigned read_word(const struct vf_canvas_component *component, const uint8_t *sample)
{
    uint16_t word;
    memcpy(&word, sample, sizeof(word));
    unsigned value = component->is_swapped ? av_bswap16(word) : word;
    return value >> component->shift;
}

static void write_word(const struct vf_canvas_component *component, uint8_t *sample, unsigned value)
{
    uint16_t word = (uint16_t)(value << component->shift);
    if (component->is_swapped)
        word = av_bswap16(word);
    memcpy(sample, &word, sizeof(word));
}

static void mix_spread_words(const struct vf_canvas_component *component, uint8_t *sample,
                             int count, const uint16_t *weights, unsigned value)
{
    for (int i = 0; i < count; i++, sample += component->step)
        write_word(component, sample, mixed_word(read_word(component, sample), weights[i], value));
}

static bool is_row_of_words(const struct vf_canvas_component *component)
{
    return component->is_wide && component->step == 2 && !component->shift &&
           !component->is_swapped;
}

void vf_samples_mix(const struct vf_canvas_component *component, int x, int y, int count,
                    const uint16_t *weights, unsigned value)
{
    uint8_t *sample = sample_at(component, x, y);
    if (!component->is_wide && component->step == 1)
        mix_bytes(sample, count, weights, value);
    else if (!component->is_wide)
        mix_spread_bytes(sample, component->step, count, weights, value);
    else if (is_row_of_words(component))
        mix_words((uint16_t *)(void *)sample, count, weights, value);
    else
        mix_spread_words(component, sample, count, weights, value);
}

void vf_samples_fill(const struct vf_canvas_component *component, int x, int y, int count,
                     unsigned weight, unsigned value)
{
    if (!weight || count <= 0)
        return;
    if (weight == VF_WEIGHT_MOST && !component->is_wide && component->step == 1) {
        memset(sample_at(component, x, y), (int)value, (size_t)count);
        return;
    }
    uint16_t weights[BLOCK * 16];
    int run = count < (int)VF_COUNT(weights) ? count : (int)VF_COUNT(weights);
    for (int i = 0; i < run; i++)
        weights[i] = (uint16_t)weight;
    for (int done = 0; done < count; done += run) {
        if (run > count - done)
            run = count - done;
        vf_samples_mix(component, x + done, y, run, weights, value);
    }
}

static void widen_bytes(const uint8_t *restrict bytes, int count, uint16_t *restrict samples)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            samples[i + k] = bytes[i + k];
    }
    for (; i < count; i++)
        samples[i] = bytes[i];
}

static void narrow_bytes(uint8_t *restrict bytes, int count, const uint16_t *restrict samples)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            bytes[i + k] = (uint8_t)samples[i + k];
    }
    for (; i < count; i++)
        bytes[i] = (uint8_t)samples[i];
}

void vf_samples_read(const struct vf_canvas_component *component, int x, int y, int count,
                     uint16_t *samples)
{
    const uint8_t *sample = sample_at(component, x, y);
    if (!component->is_wide && component->step == 1) {
        widen_bytes(sample, count, samples);
        return;
    }
    if (is_row_of_words(component)) {
        memcpy(samples, sample, (size_t)count * sizeof(*samples));
        return;
    }
    for (int i = 0; i < count; i++, sample += component->step)
        samples[i] = component->is_wide ? (uint16_t)read_word(component, sample) : *sample;
}

void vf_samples_write(const struct vf_canvas_component *component, int x, int y, int count,
                      const uint16_t *samples)
{
    uint8_t *sample = sample_at(component, x, y);
    if (!component->is_wide && component->step == 1) {
        narrow_bytes(sample, count, samples);
        return;
    }
    if (is_row_of_words(component)) {
        memcpy(sample, samples, (size_t)count * sizeof(*samples));
        return;
    }
    for (int i = 0; i < count; i++, sample += component->step) {
        if (component->is_wide)
            write_word(component, sample, samples[i]);
        else
            *sample = (uint8_t)samples[i];
    }
}
