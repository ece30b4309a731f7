/*
 * test_plan_lint: which characters are white space, control or wide, all of them; and in which a
 * full-width colon is found although the text is no YAML.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/character.h"
#include "plan/lint.h"

/* Unicode's White_Space and Cc, code point by code point. */
static void test_every_character_up_to_the_last_space(void **state)
{
    (void)state;
    static const int32_t spaces[] = {
        0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,   0xA0,   0x1680,
        0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
        0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    size_t next = 0;
    for (int32_t character = -1; character <= 0x3100; character++) {
        bool is_space = next < sizeof spaces / sizeof *spaces && spaces[next] == character;
        next += is_space;
        assert_int_equal(fen_character_is_space(character), is_space);
        bool is_control = (0 <= character && character < 32) ||
                          (127 <= character && character < 160);
        assert_int_equal(fen_character_is_control(character), is_control);
    }
    assert_int_equal(next, sizeof spaces / sizeof *spaces);
}

static void test_what_is_no_sign_is_invisible(void **state)
{
    (void)state;
    static const int32_t ranges[][2] = {{0xAD, 0xAD},     {0x200B, 0x200F}, {0x202A, 0x202E},
                                        {0x2060, 0x206F}, {0xFEFF, 0xFEFF}};
    for (int32_t character = -1; character <= 0xFFFF; character++) {
        bool is_in = false;
        for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
            is_in = is_in || (ranges[range][0] <= character && character <= ranges[range][1]);
        assert_int_equal(fen_character_is_invisible(character), is_in);
    }
}

/* Never within a character: 3 bytes each here. */
static void test_a_clip_ends_between_characters(void **state)
{
    (void)state;
    struct fen_str text = FEN_STR("ab导购");
    static const uint32_t sizes[] = {0, 1, 2, 2, 2, 5, 5, 5, 8, 8};
    for (uint32_t most = 0; most < sizeof sizes / sizeof *sizes; most++)
        assert_int_equal(fen_character_clip(text, most).size, sizes[most]);
    /* What is no UTF-8 is cut to nothing rather than within. */
    assert_int_equal(fen_character_clip(FEN_STR("\x80\x80\x80"), 2).size, 0);
}

static void test_colons_outside_comments_are_mended(void **state)
{
    static const struct {
        const char *text, *mended;
        uint32_t found;
    } rows[] = {
        {"a：b", "a:\tb", 1},
        {"a： b", "a: b", 1},
        {"a：", "a:", 1},
        {"a：\nb", "a:\nb", 1},
        {"# a：b", "# a：b", 0},
        {"a # b：c\nd：e", "a # b：c\nd:\te", 1},
        {"a # b：c\r\nd：e", "a # b：c\r\nd:\te", 1},
        {"a#b：c", "a#b:\tc", 1},
        /* A sign that begins a comment is none in quotes, and quotes open where a value begins. */
        {"\" #：\"", "\" #:\"", 1},
        {"a: ' #：'", "a: ' #:'", 1},
        {"a：\" #：\"", "a:\t\" #:\"", 2},
        {"- ' #：'", "- ' #:'", 1},
        {"[' #：', \" #：\"]", "[' #:', \" #:\"]", 2},
        {"{' #：': 1}", "{' #:': 1}", 1},
        {"a' #：'", "a' #：'", 0},
        {"'a' #：", "'a' #：", 0},
        {"'a\" #：'", "'a\" #:'", 1},
        {"'a\n b #：'", "'a\n b #：'", 0}, /* no quote is believed over the end of a line */
    };
    (void)state;
    struct fen_arena *arena = fen_arena_create(4096);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int language = 0; language < 2; language++) {
            struct fen_diagnostics diagnostics = {
                .arena = arena,
                .language = language == 0 ? FEN_LANGUAGE_ENGLISH : FEN_LANGUAGE_CHINESE};
            struct fen_str mended;
            uint32_t found = fen_lint_colons(fen_str_from(rows[row].text), arena, &diagnostics,
                                             &mended);
            if (found != rows[row].found || diagnostics.error_count != found ||
                !fen_str_equal(mended, fen_str_from(rows[row].mended)))
                fail_msg("%s: %u, %.*s", rows[row].text, found, FEN_STR_ARG(mended));
        }
    fen_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_up_to_the_last_space),
        cmocka_unit_test(test_what_is_no_sign_is_invisible),
        cmocka_unit_test(test_a_clip_ends_between_characters),
        cmocka_unit_test(test_colons_outside_comments_are_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
