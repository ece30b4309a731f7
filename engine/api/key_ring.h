/*
 * key_ring: the keys that sign tokens, in a file, changed without a restart.
 *
 *     # one key a line: its id, white space, 32 bytes or more in base64url
 *     k2  qL8…
 *     k1  7Yz…
 *
 * The first key signs; all of them verify. To rotate: put a new line in front, wait until the
 * tokens of the old key have expired, take its line away. Taken away at once, its tokens are
 * refused at once. The file may not be readable by everybody: it is refused then.
 *
 * Threads: one at a time; the HTTP thread once the server has started.
 */
#ifndef FEN_API_KEY_RING_H
#define FEN_API_KEY_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

#define FEN_KEY_COUNT_MAX 16
#define FEN_KEY_ID_BYTES_MAX 32
#define FEN_KEY_BYTES_MIN 32
#define FEN_KEY_BYTES_MAX 128

struct fen_signing_key {
    char id[FEN_KEY_ID_BYTES_MAX + 1]; /* letters, digits, - and _ */
    uint8_t bytes[FEN_KEY_BYTES_MAX];
    uint32_t size_bytes;
};

struct fen_key_ring;

/* Read the file. NULL with the reason appended when it cannot be used. The caller destroys. */
struct fen_key_ring *fen_key_ring_create(const char *path, struct fen_buffer *reason) FEN_MUST_USE;

/* Wipes the keys; NULL is fine. */
void fen_key_ring_destroy(struct fen_key_ring *ring);

/*
 * Read the file again if it has changed. A file that cannot be used is logged, once a change, and
 * leaves the keys as they were. Returns: whether the keys are others now.
 */
bool fen_key_ring_refresh(struct fen_key_ring *ring);

/* The key that signs. */
const struct fen_signing_key *fen_key_ring_signer(const struct fen_key_ring *ring);

/* The key of an id; NULL: there is none. */
const struct fen_signing_key *fen_key_ring_find(const struct fen_key_ring *ring,
                                                struct fen_str id);

/* Whether an id may be a key's. */
bool fen_key_id_is_good(struct fen_str id);

#endif /* FEN_API_KEY_RING_H */
