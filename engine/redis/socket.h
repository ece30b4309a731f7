/*
 * socket: the transport of a connection to a real Redis: hiredis over a unix socket or TCP.
 *
 * hiredis 0.14 has neither TLS nor RESP3: a unix socket, or TCP to a TLS proxy.
 *
 * Threads: a link belongs to one thread at a time. Writing to a closed socket raises no SIGPIPE.
 */
#ifndef FEN_REDIS_SOCKET_H
#define FEN_REDIS_SOCKET_H

#include "redis/connection.h"

extern const struct fen_transport fen_socket_transport;

#endif /* FEN_REDIS_SOCKET_H */
