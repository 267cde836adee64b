/* SPDX-License-Identifier: MIT */
/* replay.c - runs a fuzz target over saved inputs, with any compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t input[1 << 20];

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* the input that crashes is the last one named */
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        puts(argv[i]);
        size_t size = fread(input, 1, sizeof(input), file);
        fclose(file);
        LLVMFuzzerTestOneInput(input, size);
    }
    printf("%d passed, 0 failed\n", argc - 1);
    return EXIT_SUCCESS;
}
