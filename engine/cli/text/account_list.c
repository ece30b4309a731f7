/* account_list: see the header. */
#include "cli/text/account_list.h"

#include <stdlib.h>

#include "base/arena.h"
#include "wire/json.h"

struct account_line {
    struct fen_str tenant;
    struct fen_str payee;
    struct fen_str json;
};

struct fen_account_list {
    struct fen_arena *arena;
    struct fen_buffer json;
    struct account_line *lines;
    uint32_t count;
    uint32_t capacity;
};

struct fen_account_list *fen_account_list_create(void)
{
    struct fen_account_list *list = calloc(1, sizeof *list);
    FEN_ASSERT(list != NULL);
    list->arena = fen_arena_create((size_t)1 << 20);
    return list;
}

void fen_account_list_destroy(struct fen_account_list *list)
{
    if (list == NULL)
        return;
    fen_arena_destroy(list->arena);
    fen_buffer_deinit(&list->json);
    free(list);
}

void fen_account_list_add(struct fen_account_list *list, const struct fen_account *account)
{
    if (account->seq == 0)
        return;
    fen_buffer_clear(&list->json);
    fen_json_encode_account(account, &list->json);
    fen_buffer_append_byte(&list->json, '\n');
    struct account_line line = {
        .tenant = fen_arena_copy(list->arena, account->tenant),
        .payee = fen_arena_copy(list->arena, account->payee),
        .json = fen_arena_copy(list->arena, fen_buffer_str(&list->json)),
    };
    FEN_ARENA_PUSH(list->arena, list->lines, list->count, list->capacity, line);
}

static int compare_lines(const void *a, const void *b)
{
    const struct account_line *left = a;
    const struct account_line *right = b;
    int order = fen_str_compare(left->tenant, right->tenant);
    return order != 0 ? order : fen_str_compare(left->payee, right->payee);
}

void fen_account_list_write(struct fen_account_list *list, struct fen_output *output)
{
    if (list->count > 0)
        qsort(list->lines, list->count, sizeof *list->lines, compare_lines);
    for (uint32_t i = 0; i < list->count; i++) {
        struct fen_str json = list->lines[i].json;
        fen_buffer_clear(&list->json);
        fen_buffer_append_str(&list->json, json);
        fen_output_write(output, &list->json);
    }
}
