/* token: see token.h. */
#include "api/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "api/base64.h"
#include "base/record.h"
#include "wire/json.h"

#define MAC_BYTES 32
#define RIGHT_COUNT 3

static const struct fen_str version = {"fen1.", 5};

static const struct {
    enum fen_right right;
    const char *name;
} right_names[RIGHT_COUNT] = {
    {FEN_RIGHT_GUIDE, "guide"}, {FEN_RIGHT_MANAGER, "manager"}, {FEN_RIGHT_FINANCE, "finance"}};

/* The claims as they stand in the token. */
struct written_claims {
    struct fen_str tenant;
    struct fen_str payee;
    struct fen_str store;
    struct fen_str *rights;
    uint32_t right_count;
    int64_t from_ms;
    int64_t until_ms;
};

#define CLAIMS struct written_claims
static const struct fen_field claim_fields[] = {
    FEN_ROW(1, "tenant", FEN_FIELD_TEXT, CLAIMS, tenant, 0),
    FEN_ROW(2, "payee", FEN_FIELD_TEXT, CLAIMS, payee, 0),
    FEN_ROW(3, "store", FEN_FIELD_TEXT, CLAIMS, store, 0),
    FEN_ROW_LIST(4, "rights", FEN_FIELD_TEXT, CLAIMS, rights, right_count),
    FEN_ROW(5, "from", FEN_FIELD_INT64, CLAIMS, from_ms, FEN_NONE),
    FEN_ROW(6, "until", FEN_FIELD_INT64, CLAIMS, until_ms, FEN_NONE),
};
static const struct fen_schema claims_schema = FEN_SCHEMA("Claims", CLAIMS, claim_fields);

static void sign(const struct fen_signing_key *key, struct fen_str text, uint8_t mac[MAC_BYTES])
{
    unsigned int size = 0;
    const unsigned char *done = HMAC(EVP_sha256(), key->bytes, (int)key->size_bytes,
                                     (const unsigned char *)text.data, text.size, mac, &size);
    FEN_ASSERT(done != NULL && size == MAC_BYTES);
}

void fen_token_mint(const struct fen_signing_key *key, const struct fen_claims *claims,
                    struct fen_buffer *out)
{
    struct fen_str rights[RIGHT_COUNT];
    struct written_claims written = {.tenant = claims->tenant,
                                     .payee = claims->payee,
                                     .store = claims->store,
                                     .rights = rights,
                                     .from_ms = claims->from_ms,
                                     .until_ms = claims->until_ms};
    for (size_t index = 0; index < RIGHT_COUNT; index++) {
        if ((claims->rights & (uint32_t)right_names[index].right) != 0)
            rights[written.right_count++] = fen_str_from(right_names[index].name);
    }
    struct fen_buffer json = {0};
    uint8_t mac[MAC_BYTES];
    size_t start = out->size_bytes;
    fen_json_encode(&claims_schema, &written, &json);
    fen_buffer_append_format(out, "%.*s%s.", FEN_STR_ARG(version), key->id);
    fen_base64_append(out, json.data, json.size_bytes);
    sign(key, (struct fen_str){out->data + start, (uint32_t)(out->size_bytes - start)}, mac);
    fen_buffer_append_byte(out, '.');
    fen_base64_append(out, mac, sizeof mac);
    fen_buffer_deinit(&json);
}

/* A token taken apart; texts borrow it. */
struct parts {
    struct fen_str key_id;
    struct fen_str claims;
    struct fen_str signed_text; /* all before the last dot */
    struct fen_str mac;
};

static bool take_apart(struct fen_str token, struct parts *parts_out)
{
    if (token.size <= version.size || token.size > FEN_TOKEN_BYTES_MAX ||
        memcmp(token.data, version.data, version.size) != 0)
        return false;
    const char *end = token.data + token.size;
    const char *id = token.data + version.size;
    const char *first = memchr(id, '.', (size_t)(end - id));
    const char *second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL)
        return false;
    *parts_out = (struct parts){{id, (uint32_t)(first - id)},
                                {first + 1, (uint32_t)(second - first - 1)},
                                {token.data, (uint32_t)(second - token.data)},
                                {second + 1, (uint32_t)(end - second - 1)}};
    return fen_key_id_is_good(parts_out->key_id);
}

struct fen_str fen_token_key_id(struct fen_str token)
{
    struct parts parts;
    return take_apart(token, &parts) ? parts.key_id : FEN_STR_NONE;
}

static bool has_right_mac(const struct fen_signing_key *key, const struct parts *parts)
{
    uint8_t expected[MAC_BYTES];
    struct fen_buffer mac = {0};
    sign(key, parts->signed_text, expected);
    bool is_right = fen_base64_read(parts->mac, &mac) && mac.size_bytes == MAC_BYTES &&
                    CRYPTO_memcmp(mac.data, expected, MAC_BYTES) == 0;
    fen_buffer_deinit(&mac);
    return is_right;
}

static uint32_t right_named(struct fen_str name)
{
    for (size_t index = 0; index < RIGHT_COUNT; index++) {
        if (fen_str_equal(fen_str_from(right_names[index].name), name))
            return (uint32_t)right_names[index].right;
    }
    return 0;
}

static bool read_claims(struct fen_str text, struct fen_arena *arena, struct fen_claims *claims_out)
{
    struct fen_buffer json = {0};
    struct written_claims written;
    bool is_good = fen_base64_read(text, &json) &&
                   fen_json_decode(&claims_schema, fen_buffer_str(&json), arena, &written, NULL) ==
                       FEN_RECORD_OK;
    fen_buffer_deinit(&json);
    if (!is_good || !fen_str_is_set(written.tenant) || !fen_str_is_set(written.payee) ||
        written.from_ms == FEN_NONE || written.until_ms == FEN_NONE)
        return false;
    *claims_out = (struct fen_claims){.tenant = written.tenant,
                                      .payee = written.payee,
                                      .store = written.store,
                                      .from_ms = written.from_ms,
                                      .until_ms = written.until_ms};
    /* A right that a later version knows gives nothing here. */
    for (uint32_t index = 0; index < written.right_count; index++)
        claims_out->rights |= right_named(written.rights[index]);
    return claims_out->from_ms >= 0 && claims_out->until_ms >= claims_out->from_ms;
}

enum fen_token_fault fen_token_verify(const struct fen_key_ring *ring, struct fen_str token,
                                      int64_t now_ms, struct fen_arena *arena,
                                      struct fen_claims *claims_out)
{
    struct parts parts;
    if (!take_apart(token, &parts))
        return FEN_TOKEN_MALFORMED;
    const struct fen_signing_key *key = fen_key_ring_find(ring, parts.key_id);
    if (key == NULL)
        return FEN_TOKEN_UNKNOWN_KEY;
    if (!has_right_mac(key, &parts))
        return FEN_TOKEN_FORGED;
    if (!read_claims(parts.claims, arena, claims_out))
        return FEN_TOKEN_MALFORMED;
    if (claims_out->until_ms - claims_out->from_ms > FEN_TOKEN_LIFE_MS_MAX)
        return FEN_TOKEN_TOO_LONG_LIVED;
    if (now_ms >= claims_out->until_ms)
        return FEN_TOKEN_EXPIRED;
    return claims_out->from_ms > now_ms + FEN_TOKEN_SKEW_MS ? FEN_TOKEN_EARLY : FEN_TOKEN_GOOD;
}

const char *fen_token_fault_name(enum fen_token_fault fault)
{
    switch (fault) {
    case FEN_TOKEN_GOOD:
        return "good";
    case FEN_TOKEN_MALFORMED:
        return "malformed";
    case FEN_TOKEN_UNKNOWN_KEY:
        return "unknown-key";
    case FEN_TOKEN_FORGED:
        return "forged";
    case FEN_TOKEN_EXPIRED:
        return "expired";
    case FEN_TOKEN_EARLY:
        return "not-yet-valid";
    case FEN_TOKEN_TOO_LONG_LIVED:
        return "too-long-lived";
    }
    return "unknown";
}

uint32_t fen_rights_read(struct fen_str text)
{
    uint32_t rights = 0;
    for (;;) {
        const char *comma = text.size == 0 ? NULL : memchr(text.data, ',', text.size);
        uint32_t size = comma == NULL ? text.size : (uint32_t)(comma - text.data);
        uint32_t right = right_named((struct fen_str){text.data, size});
        if (right == 0)
            return 0;
        rights |= right;
        if (comma == NULL)
            return rights;
        text = (struct fen_str){comma + 1, text.size - size - 1};
    }
}
