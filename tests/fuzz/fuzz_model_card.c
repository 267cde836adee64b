/* SPDX-License-Identifier: MIT */
/* Takes arbitrary text for the card of a model. What is refused has a reason, in one line; what is taken
 * can be calculated with. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/yaml/value.h"
#include "nodes/vision/model/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill(const json_t *object)
{
    char text[512] = "";
    const struct vf_model_problem problem = {text, sizeof(text)};
    struct vf_card card = {0};
    int err = vf_card_fill(&card, object, &problem);
    if (err && strncmp(text, "card.", strlen("card.")) != 0)
        abort();
    for (int i = 0; i < VF_CARD_CHANNELS && !err; i++) {
        if (card.deviations[i] == 0 || !isfinite(card.factor) || !isfinite(card.means[i]))
            abort();
    }
    if (!err && (card.width < 0 || card.height < 0 || card.most < 1))
        abort();
    vf_card_finish(&card);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512] = "";
    json_t *value = NULL;
    int err = vf_yaml_parse(&value, (const char *)data, size, text, sizeof(text));
    if ((err != VF_OK) != (value == NULL) || (err && !*text))
        abort();
    if (json_is_object(value))
        fill(value);
    json_decref(value);
    return 0;
}
