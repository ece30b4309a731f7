/*
 * thread: a join that does not wait for ever.
 *
 * Threads: any.
 */
#ifndef FEN_BASE_THREAD_H
#define FEN_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

/* Whether the thread ended within `timeout_ms`; it is joined then, and must not be again. */
bool fen_thread_join(pthread_t thread, uint32_t timeout_ms) FEN_MUST_USE;

#endif /* FEN_BASE_THREAD_H */
