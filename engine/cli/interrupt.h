/*
 * interrupt: SIGINT and SIGTERM as a flag; the second one ends the process at once.
 *
 * Threads: fen_interrupt_init in main; asking: any.
 */
#ifndef FEN_CLI_INTERRUPT_H
#define FEN_CLI_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* Catch the signals from now on. */
void fen_interrupt_init(void);

/* Whether one has come. */
bool fen_interrupt_is_set(void);

/* Wait until one comes or `timeout_ms` passes; whether one has come. */
bool fen_interrupt_wait(uint32_t timeout_ms);

#endif /* FEN_CLI_INTERRUPT_H */
