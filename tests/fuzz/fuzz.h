/*
 * fuzz: what a fuzzer of this folder has to define.
 *
 * Why: one entry point serves libFuzzer (preset fuzz) and the corpus runner (every other preset),
 * so each find stays a regression test that runs without clang.
 */
#ifndef FEN_FUZZ_FUZZ_H
#define FEN_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Feed one input to the code under test. Must not keep `data`. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FEN_FUZZ_FUZZ_H */
