/* What every fuzz target is made of. A target is a file of fuzz/ with LLVMFuzzerTestOneInput(); what must
 * hold for any input it says with MUST(), beside what the sanitizers see. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Called by libFuzzer for each input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Stops the fuzzer, which keeps the input, when `condition` does not hold. */
#define MUST(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

#endif
