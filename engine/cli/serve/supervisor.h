/*
 * supervisor: what fen tells systemd: ready, stopping, and that it still gets somewhere.
 *
 * Why by hand: the protocol is a datagram to the socket in NOTIFY_SOCKET; a library for that would
 * be one more dependency. Without a supervisor each call does nothing.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_SERVE_SUPERVISOR_H
#define FEN_CLI_SERVE_SUPERVISOR_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1". */
void fen_supervisor_tell(const char *state);

/* How often the supervisor wants to hear WATCHDOG=1 of this process, in ms; 0: never. */
int64_t fen_supervisor_watchdog_ms(void);

#endif /* FEN_CLI_SERVE_SUPERVISOR_H */
