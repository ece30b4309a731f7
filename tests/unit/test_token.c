/* test_token: signed tokens, the ring of keys and its rotation, base64url, amounts as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/base64.h"
#include "api/key_ring.h"
#include "api/money_text.h"
#include "api/token.h"

#define NOW_MS INT64_C(1795000000000)
#define KEY_1 "k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
#define KEY_2 "k2 ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\n"

struct fixture {
    char path[64];
    struct fen_arena *arena;
    struct fen_buffer token;
    struct fen_buffer reason;
};

static void write_keys(struct fixture *fixture, const char *text)
{
    /* A new file under the old name, as an administrator's tool does it: another inode. */
    char next[80];
    snprintf(next, sizeof next, "%s.next", fixture->path);
    FILE *file = fopen(next, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(next, 0600), 0);
    assert_int_equal(rename(next, fixture->path), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    memcpy(fixture->path, "/tmp/fen-keys-XXXXXX", sizeof "/tmp/fen-keys-XXXXXX");
    int descriptor = mkstemp(fixture->path);
    assert_true(descriptor >= 0);
    close(descriptor);
    fixture->arena = fen_arena_create(4096);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    fen_arena_destroy(fixture->arena);
    fen_buffer_deinit(&fixture->token);
    fen_buffer_deinit(&fixture->reason);
    free(fixture);
    return 0;
}

static struct fen_key_ring *ring_of(struct fixture *fixture, const char *text)
{
    write_keys(fixture, text);
    struct fen_key_ring *ring = fen_key_ring_create(fixture->path, &fixture->reason);
    if (ring == NULL)
        fail_msg("%.*s", FEN_STR_ARG(fen_buffer_str(&fixture->reason)));
    return ring;
}

static const struct fen_claims claims_of_guide = {
    .tenant = {"acme", 4},
    .payee = {"guide:G1", 8},
    .rights = FEN_RIGHT_GUIDE,
    .from_ms = NOW_MS,
    .until_ms = NOW_MS + 900000,
};

static enum fen_token_fault verify(struct fixture *fixture, const struct fen_key_ring *ring,
                                   int64_t now_ms)
{
    struct fen_claims claims;
    return fen_token_verify(ring, fen_buffer_str(&fixture->token), now_ms, fixture->arena, &claims);
}

static void test_token_carries_its_claims(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, "# first signs\n" KEY_1 "\n" KEY_2);
    struct fen_claims claims = claims_of_guide, read;
    claims.store = FEN_STR("S\"1");
    claims.rights = FEN_RIGHT_MANAGER | FEN_RIGHT_FINANCE;
    fen_token_mint(fen_key_ring_signer(ring), &claims, &fixture->token);
    assert_memory_equal(fixture->token.data, "fen1.k1.", 8);
    assert_int_equal(fen_token_verify(ring, fen_buffer_str(&fixture->token), NOW_MS,
                                      fixture->arena, &read),
                     FEN_TOKEN_GOOD);
    assert_true(fen_str_equal(read.tenant, claims.tenant));
    assert_true(fen_str_equal(read.payee, claims.payee));
    assert_true(fen_str_equal(read.store, claims.store));
    assert_int_equal(read.rights, claims.rights);
    assert_int_equal(read.from_ms, claims.from_ms);
    assert_int_equal(read.until_ms, claims.until_ms);
    fen_key_ring_destroy(ring);
}

/* Made by Python's hmac, hashlib and base64 from the same claims. */
static void test_token_is_the_one_that_other_programs_mint(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, KEY_1);
    fen_token_mint(fen_key_ring_signer(ring), &claims_of_guide, &fixture->token);
    fen_buffer_append_byte(&fixture->token, '\0');
    assert_string_equal(
        fixture->token.data,
        "fen1.k1.eyJ0ZW5hbnQiOiJhY21lIiwicGF5ZWUiOiJndWlkZTpHMSIsInJpZ2h0cyI6WyJndWlkZSJd"
        "LCJmcm9tIjoxNzk1MDAwMDAwMDAwLCJ1bnRpbCI6MTc5NTAwMDkwMDAwMH0.9rx8as-iQVSOtgKxy21V"
        "VzLTGa-J5f0Ao7lEi4FvdnM");
    fen_key_ring_destroy(ring);
}

/* Every byte of a token counts: changed, left out or put in, it is refused. */
static void test_token_tampered_with_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, KEY_1 KEY_2);
    struct fen_claims read;
    char copy[FEN_TOKEN_BYTES_MAX];
    fen_token_mint(fen_key_ring_signer(ring), &claims_of_guide, &fixture->token);
    uint32_t size = (uint32_t)fixture->token.size_bytes;
    for (uint32_t at = 0; at < size; at++) {
        for (int change = 1; change < 256; change++) {
            memcpy(copy, fixture->token.data, size);
            copy[at] = (char)(copy[at] ^ change);
            assert_int_not_equal(fen_token_verify(ring, (struct fen_str){copy, size}, NOW_MS,
                                                  fixture->arena, &read),
                                 FEN_TOKEN_GOOD);
        }
        assert_int_not_equal(fen_token_verify(ring, (struct fen_str){fixture->token.data, at},
                                              NOW_MS, fixture->arena, &read),
                             FEN_TOKEN_GOOD);
        fen_arena_reset(fixture->arena);
    }
    fen_buffer_append_byte(&fixture->token, 'A');
    assert_int_not_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_GOOD);
    fen_key_ring_destroy(ring);
}

static void test_token_lives_from_its_first_to_its_last_millisecond(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, KEY_1);
    fen_token_mint(fen_key_ring_signer(ring), &claims_of_guide, &fixture->token);
    assert_int_equal(verify(fixture, ring, NOW_MS + 899999), FEN_TOKEN_GOOD);
    assert_int_equal(verify(fixture, ring, NOW_MS + 900000), FEN_TOKEN_EXPIRED);
    assert_int_equal(verify(fixture, ring, NOW_MS - FEN_TOKEN_SKEW_MS), FEN_TOKEN_GOOD);
    assert_int_equal(verify(fixture, ring, NOW_MS - FEN_TOKEN_SKEW_MS - 1), FEN_TOKEN_EARLY);
    struct fen_claims claims = claims_of_guide;
    claims.until_ms = NOW_MS + FEN_TOKEN_LIFE_MS_MAX + 1;
    fen_buffer_clear(&fixture->token);
    fen_token_mint(fen_key_ring_signer(ring), &claims, &fixture->token);
    assert_int_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_TOO_LONG_LIVED);
    fen_key_ring_destroy(ring);
}

static void test_rotation_keeps_old_tokens_until_their_key_goes(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, KEY_1);
    fen_token_mint(fen_key_ring_signer(ring), &claims_of_guide, &fixture->token);
    assert_false(fen_key_ring_refresh(ring));
    write_keys(fixture, KEY_2 KEY_1);
    assert_true(fen_key_ring_refresh(ring));
    assert_string_equal(fen_key_ring_signer(ring)->id, "k2");
    assert_int_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_GOOD);
    write_keys(fixture, KEY_2);
    assert_true(fen_key_ring_refresh(ring));
    assert_int_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_UNKNOWN_KEY);
    /* Another key under the old id does not verify it either. */
    write_keys(fixture, "k1 ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\n");
    assert_true(fen_key_ring_refresh(ring));
    assert_int_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_FORGED);
    fen_key_ring_destroy(ring);
}

static void test_a_key_file_that_cannot_be_used_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fen_key_ring *ring = ring_of(fixture, KEY_1);
    fen_token_mint(fen_key_ring_signer(ring), &claims_of_guide, &fixture->token);
    static const char *const bad[] = {"", "# none\n", "k2 short\n", "k2\n", "k! " "AAEC\n",
                                      KEY_2 KEY_2, KEY_2 "k3 AAE=\n"};
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        write_keys(fixture, bad[index]);
        assert_false(fen_key_ring_refresh(ring));
        assert_null(fen_key_ring_create(fixture->path, &fixture->reason));
    }
    assert_int_equal(verify(fixture, ring, NOW_MS), FEN_TOKEN_GOOD);
    write_keys(fixture, KEY_2);
    assert_int_equal(chmod(fixture->path, 0604), 0);
    assert_false(fen_key_ring_refresh(ring));
    fen_key_ring_destroy(ring);
}

static void test_base64_is_read_back_and_has_one_form(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"\xfb\xff", "-_8"}};
    struct fen_buffer out = {0};
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        fen_buffer_clear(&out);
        fen_base64_append(&out, rows[index].bytes, strlen(rows[index].bytes));
        assert_true(fen_str_equal(fen_buffer_str(&out), fen_str_from(rows[index].text)));
        fen_buffer_clear(&out);
        assert_true(fen_base64_read(fen_str_from(rows[index].text), &out));
        assert_true(fen_str_equal(fen_buffer_str(&out), fen_str_from(rows[index].bytes)));
    }
    static const char *const bad[] = {"Z", "Zh", "Zm9", "Zm8=", "Zm+v", "Zm9v\n", "Zm9vA"};
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        if (fen_base64_read(fen_str_from(bad[index]), &out))
            fail_msg("%s was read", bad[index]);
    }
    fen_buffer_deinit(&out);
}

static void test_amounts_are_shown_as_chinese_pages_do(void **state)
{
    static const struct {
        int64_t amount_fen;
        const char *text;
    } rows[] = {{0, "¥0.00"},
                {5, "¥0.05"},
                {-350, "−¥3.50"},
                {99999, "¥999.99"},
                {100000, "¥1,000.00"},
                {1234567, "¥12,345.67"},
                {-123456789012, "−¥1,234,567,890.12"},
                {INT64_MAX, "¥92,233,720,368,547,758.07"},
                {INT64_MIN, "−¥92,233,720,368,547,758.08"}};
    struct fen_buffer out = {0};
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        fen_buffer_clear(&out);
        fen_money_text_append(&out, rows[index].amount_fen);
        fen_buffer_append_byte(&out, '\0');
        assert_string_equal(out.data, rows[index].text);
    }
    fen_buffer_deinit(&out);
}

static void test_rights_are_read_from_words(void **state)
{
    assert_int_equal(fen_rights_read(FEN_STR("guide")), FEN_RIGHT_GUIDE);
    assert_int_equal(fen_rights_read(FEN_STR("guide,manager")),
                     FEN_RIGHT_GUIDE | FEN_RIGHT_MANAGER);
    assert_int_equal(fen_rights_read(FEN_STR("finance")), FEN_RIGHT_FINANCE);
    assert_int_equal(fen_rights_read(FEN_STR("guide,")), 0);
    assert_int_equal(fen_rights_read(FEN_STR("root")), 0);
    assert_int_equal(fen_rights_read(FEN_STR("")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_token_carries_its_claims),
        TEST(test_token_is_the_one_that_other_programs_mint),
        TEST(test_token_tampered_with_is_refused),
        TEST(test_token_lives_from_its_first_to_its_last_millisecond),
        TEST(test_rotation_keeps_old_tokens_until_their_key_goes),
        TEST(test_a_key_file_that_cannot_be_used_changes_nothing),
        cmocka_unit_test(test_base64_is_read_back_and_has_one_form),
        cmocka_unit_test(test_amounts_are_shown_as_chinese_pages_do),
        cmocka_unit_test(test_rights_are_read_from_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
