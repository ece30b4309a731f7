/*
 * script: the text of fence.lua, carried in the program.
 *
 * Threads: constant; any.
 */
#ifndef FEN_REDIS_SCRIPT_H
#define FEN_REDIS_SCRIPT_H

#include "base/str.h"

/* The script as it is in engine/redis/fence.lua. */
struct fen_str fen_script_text(void);

#endif /* FEN_REDIS_SCRIPT_H */
