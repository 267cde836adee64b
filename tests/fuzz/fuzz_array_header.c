/* SPDX-License-Identifier: MIT */
/* Takes arbitrary text for the header of an array. Its first two bytes tell how many bytes the
 * array is said to have. What is read is printed and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/python/array_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_numpy_array array = {.size = 0}, again = {.size = 0};
    struct vf_complaint complaint = {""};
    struct vf_text header = {0};
    if (size < 2)
        return 0;
    array.size = (size_t)data[0] << 8 | data[1];
    int err = vf_array_header_read(&array, data + 2, size - 2, array.size, &complaint);
    if ((err != VF_OK) != (complaint.text[0] != '\0'))
        abort();
    if (err)
        return 0;
    if (vf_array_header_print(&header, &array, &complaint) != VF_OK ||
        vf_array_header_read(&again, header.bytes, header.length, array.size, &complaint) != VF_OK)
        abort();
    if (strcmp(again.dtype, array.dtype) != 0 || again.dimensions != array.dimensions ||
        memcmp(again.shape, array.shape, array.dimensions * sizeof(array.shape[0])) != 0)
        abort();
    vf_text_finish(&header);
    return 0;
}
