/* exact_room: see exact_room.h. */
#include "model/exact_room.h"

#include <string.h>

/* Limbs beyond one a term: 10^6, a share's factor, and an amount's part. */
#define SPARE_LIMBS 4

/* What fits into a limb in decimal digits. */
#define DIGITS_A_LIMB 18
#define LIMB_OF_DIGITS UINT64_C(1000000000000000000)

static uint64_t *limbs_copy(const struct fen_exact_room *room, uint64_t *copy,
                            const uint64_t *limbs)
{
    return memcpy(copy, limbs, room->width * sizeof *copy);
}

static bool limbs_are_zero(const uint64_t *limbs, uint32_t width)
{
    while (width > 0 && limbs[width - 1] == 0)
        width--;
    return width == 0;
}

static int limbs_compare(const uint64_t *a, const uint64_t *b, uint32_t width)
{
    while (width-- > 0)
        if (a[width] != b[width])
            return a[width] < b[width] ? -1 : 1;
    return 0;
}

/* a += b x factor x 2^(64 shift) */
static void limbs_add_product(uint64_t *a, const uint64_t *b, uint64_t factor, uint32_t shift,
                              uint32_t width)
{
    fen_uint128 carry = 0;
    for (uint32_t index = shift; index < width; index++) {
        carry += (fen_uint128)b[index - shift] * factor + a[index];
        a[index] = (uint64_t)carry;
        carry >>= 64;
    }
    FEN_ASSERT(carry == 0);
}

static void limbs_multiply(uint64_t *limbs, uint64_t factor, uint32_t width)
{
    fen_uint128 carry = 0;
    for (uint32_t index = 0; index < width; index++) {
        carry += (fen_uint128)limbs[index] * factor;
        limbs[index] = (uint64_t)carry;
        carry >>= 64;
    }
    FEN_ASSERT(carry == 0);
}

/* Leaves the quotient in `limbs`, returns the remainder. */
static uint64_t limbs_divide(uint64_t *limbs, uint64_t divisor, uint32_t width)
{
    fen_uint128 rest = 0;
    while (width-- > 0) {
        rest = rest << 64 | limbs[width];
        limbs[width] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint64_t)rest;
}

/* a -= b; requires b <= a. */
static void limbs_subtract(uint64_t *a, const uint64_t *b, uint32_t width)
{
    bool borrow = false;
    for (uint32_t index = 0; index < width; index++) {
        fen_uint128 taken = (fen_uint128)b[index] + borrow;
        borrow = a[index] < taken;
        a[index] = (uint64_t)(a[index] - taken);
    }
    FEN_ASSERT(!borrow);
}

/* floor(part x factor / (10^6 x common)), which is below `factor`. */
static uint64_t part_floor(const struct fen_exact_room *room, uint64_t factor)
{
    uint64_t *part = limbs_copy(room, room->scratch[0], room->part);
    limbs_multiply(part, factor, room->width);
    uint64_t least = 0, most = factor;
    while (most - least > 1) {
        uint64_t middle = least + (most - least) / 2;
        uint64_t *product = limbs_copy(room, room->scratch[1], room->common);
        limbs_multiply(product, FEN_PPM, room->width);
        limbs_multiply(product, middle, room->width);
        if (limbs_compare(product, part, room->width) <= 0)
            least = middle;
        else
            most = middle;
    }
    return least;
}

struct fen_exact_room *fen_exact_room_create(struct fen_arena *arena, int64_t cap_fen,
                                             uint32_t term_count)
{
    uint32_t width = term_count + SPARE_LIMBS;
    uint64_t *limbs = fen_arena_allocate_zeroed(arena, 4 * (size_t)width * sizeof *limbs);
    struct fen_exact_room *room = FEN_ARENA_NEW(arena, struct fen_exact_room);
    *room = (struct fen_exact_room){
        .width = width,
        .whole = cap_fen,
        .part = limbs,
        .common = limbs + width,
        .scratch = {limbs + 2 * (size_t)width, limbs + 3 * (size_t)width},
    };
    room->common[0] = 1;
    return room;
}

/* Make `common` a multiple of a term's own denominator. */
static void widen(struct fen_exact_room *room, uint64_t denominator)
{
    uint64_t *common = limbs_copy(room, room->scratch[0], room->common);
    uint64_t rest = limbs_divide(common, denominator, room->width);
    uint64_t divisor = (uint64_t)fen_exact_divisor((int64_t)denominator, (int64_t)rest);
    limbs_multiply(room->common, denominator / divisor, room->width);
    limbs_multiply(room->part, denominator / divisor, room->width);
}

bool fen_exact_room_take(struct fen_exact_room *room, struct fen_exact amount, fen_uint128 scale)
{
    FEN_ASSERT(scale <= FEN_EXACT_SCALE_MAX && amount.part < scale);
    uint64_t denominator = (uint64_t)(scale / FEN_PPM);
    widen(room, denominator);
    uint64_t *factor = limbs_copy(room, room->scratch[0], room->common);
    limbs_divide(factor, denominator, room->width);
    uint64_t *part = memset(room->scratch[1], 0, room->width * sizeof *part);
    limbs_add_product(part, factor, (uint64_t)amount.part, 0, room->width);
    limbs_add_product(part, factor, (uint64_t)(amount.part >> 64), 1, room->width);
    bool is_part_less = limbs_compare(room->part, part, room->width) < 0;
    if (room->whole - amount.whole < is_part_less)
        return false;
    room->whole -= amount.whole + is_part_less;
    if (is_part_less)
        limbs_add_product(room->part, room->common, FEN_PPM, 0, room->width);
    limbs_subtract(room->part, part, room->width);
    return true;
}

int64_t fen_exact_room_share_floor(const struct fen_exact_room *room, int64_t weight,
                                   int64_t weights, int64_t ppm)
{
    FEN_ASSERT(weight >= 0 && weight <= weights && weights <= FEN_EXACT_WEIGHTS_MAX);
    FEN_ASSERT(ppm >= 0 && ppm <= FEN_PPM);
    uint64_t factor = (uint64_t)weight * (uint64_t)ppm;
    fen_uint128 amount = (fen_uint128)room->whole * factor + part_floor(room, factor);
    return (int64_t)(amount / ((uint64_t)weights * FEN_PPM));
}

struct fen_exact fen_exact_room_floor(const struct fen_exact_room *room, fen_uint128 scale)
{
    return (struct fen_exact){room->whole, scale / FEN_PPM * part_floor(room, FEN_PPM)};
}

/* A number in decimal digits; consumes `limbs`. */
static struct fen_str limbs_digits(uint64_t *limbs, uint32_t width, struct fen_arena *arena)
{
    size_t size = DIGITS_A_LIMB + (size_t)width * 20; /* a limb has 19.3 digits */
    char *digits = fen_arena_allocate(arena, size);
    size_t at = size;
    do {
        uint64_t rest = limbs_divide(limbs, LIMB_OF_DIGITS, width);
        for (int count = 0; count < DIGITS_A_LIMB; count++, rest /= 10)
            digits[--at] = (char)('0' + rest % 10);
    } while (!limbs_are_zero(limbs, width));
    while (at < size - 1 && digits[at] == '0')
        at++;
    return (struct fen_str){digits + at, (uint32_t)(size - at)};
}

struct fen_str fen_exact_room_digits(const struct fen_exact_room *room, struct fen_arena *arena)
{
    uint64_t *part = limbs_copy(room, room->scratch[0], room->part);
    uint64_t *common = limbs_copy(room, room->scratch[1], room->common);
    limbs_multiply(common, FEN_PPM, room->width);
    return fen_arena_join(arena, limbs_digits(part, room->width, arena), '/',
                          limbs_digits(common, room->width, arena));
}
