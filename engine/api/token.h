/*
 * token: who asks, what it may see and until when, signed.
 *
 *     fen1.KEY-ID.CLAIMS.MAC      CLAIMS: base64url of {"tenant","payee","store","rights",
 *                                 "from","until"}; MAC: base64url of HMAC-SHA256 over all before
 *
 * The retailer's own system, which knows who is logged in, mints it (`fen api token` does the
 * same) and the client sends it as `Authorization: Bearer …`. It is bound to one tenant and one
 * payee, lives a day at the most, and falls with its key. The MAC is compared in constant time and
 * before anything in the claims is looked at.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_API_TOKEN_H
#define FEN_API_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "api/key_ring.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"

enum fen_right {
    FEN_RIGHT_GUIDE = 1,   /* the payee's own account */
    FEN_RIGHT_MANAGER = 2, /* the guides of the claims' store */
    FEN_RIGHT_FINANCE = 4, /* every account of the tenant */
};

/* Clocks of the minting and the reading system may differ by so much. */
#define FEN_TOKEN_SKEW_MS INT64_C(60000)
/* What lives longer is refused. */
#define FEN_TOKEN_LIFE_MS_MAX INT64_C(86400000)
/* What is longer is refused unread. */
#define FEN_TOKEN_BYTES_MAX 1024

struct fen_claims {
    struct fen_str tenant;
    struct fen_str payee; /* "guide:ID", ... */
    struct fen_str store; /* of a manager; absent without */
    uint32_t rights;      /* of enum fen_right */
    int64_t from_ms;
    int64_t until_ms;
};

enum fen_token_fault {
    FEN_TOKEN_GOOD,
    FEN_TOKEN_MALFORMED,
    FEN_TOKEN_UNKNOWN_KEY,
    FEN_TOKEN_FORGED,  /* the MAC is another */
    FEN_TOKEN_EXPIRED,
    FEN_TOKEN_EARLY,   /* not valid yet */
    FEN_TOKEN_TOO_LONG_LIVED,
};

/* Append a token signed by the key. */
void fen_token_mint(const struct fen_signing_key *key, const struct fen_claims *claims,
                    struct fen_buffer *out);

/* Read a token; texts of the claims come from the arena. */
enum fen_token_fault fen_token_verify(const struct fen_key_ring *ring, struct fen_str token,
                                      int64_t now_ms, struct fen_arena *arena,
                                      struct fen_claims *claims_out) FEN_MUST_USE;

/* The key's id as the token names it; absent when it has none. Borrows the token. */
struct fen_str fen_token_key_id(struct fen_str token);

/* A word for a fault: "expired", "unknown-key", ... */
const char *fen_token_fault_name(enum fen_token_fault fault);

/* "guide,manager" as rights; 0 when a word is none. */
uint32_t fen_rights_read(struct fen_str text);

#endif /* FEN_API_TOKEN_H */
