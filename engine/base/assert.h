/*
 * assert: the check of our own mistakes, on in every build.
 *
 * Why: a commission engine that has lost an invariant must stop, not post. Bytes from Kafka, Redis,
 * files and flags are never asserted on: they are the world, and end in a status or a dead letter.
 */
#ifndef FEN_BASE_ASSERT_H
#define FEN_BASE_ASSERT_H

/* Ends the process with a message that names the place. Thread: any. Never returns. */
_Noreturn void fen_assert_fail(const char *expression, const char *file, int line);

#define FEN_ASSERT(expression)                                                                     \
    ((expression) ? (void)0 : fen_assert_fail(#expression, __FILE__, __LINE__))

/* A caller that drops the result of such a function does not compile. */
#define FEN_MUST_USE __attribute__((warn_unused_result))

/* A step few orders need: kept out of line, that those before it stay short. */
#define FEN_RARE __attribute__((noinline))

/* printf-like argument checking for our own functions. */
#define FEN_PRINTF(format_index, first_index)                                                      \
    __attribute__((format(printf, format_index, first_index)))

#endif /* FEN_BASE_ASSERT_H */
