/*
 * last_words: a world that ends its process says its seed before.
 *
 * Why: a failure is worth as much as its seed. An assertion raises SIGABRT; a wild pointer, a
 * division by zero or a full stack end in other signals; AddressSanitizer and UBSan end the process
 * themselves. Each of them comes by here, and the process leaves with 1, as with any failure.
 *
 * Threads: the one of the simulation.
 */
#ifndef SIM_LAST_WORDS_H
#define SIM_LAST_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* From now on whatever ends the process says *seed, as it then is. The seed must live as long. */
void sim_last_words_arm(const uint64_t *seed);

/*
 * Go down in the way of this name, so that a test sees what is said: abort, null (a wild pointer),
 * heap (beyond a block: with AddressSanitizer only), integer (an overflow: with UBSan only).
 * Returns: false, no such way, or nobody noticed.
 */
bool sim_last_words_die(const char *way);

#endif /* SIM_LAST_WORDS_H */
