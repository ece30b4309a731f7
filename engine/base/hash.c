/* hash: see hash.h. The hash of the first text seeds the second, which keeps pairs apart. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

uint64_t fen_hash(struct fen_str str)
{
    return XXH3_64bits(str.data, str.size);
}

uint64_t fen_hash_behind(uint64_t hash, struct fen_str b)
{
    return XXH3_64bits_withSeed(b.data, b.size, hash);
}

uint64_t fen_hash_pair(struct fen_str a, struct fen_str b)
{
    return fen_hash_behind(fen_hash(a), b);
}

struct fen_hash128 fen_hash128_pair(struct fen_str a, struct fen_str b)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(b.data, b.size, XXH3_64bits(a.data, a.size));
    return (struct fen_hash128){hash.low64, hash.high64};
}
