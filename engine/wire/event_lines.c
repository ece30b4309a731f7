/* event_lines: the lists of an event: lines, line numbers, servers (event_form.h). */
#include <stdlib.h>

#include "wire/event_form.h"

static void check_line_number(struct fen_event_fault *fault, uint32_t index, int64_t line)
{
    struct fen_event_place place = FEN_PLACE_IN("lines", index, "line");
    if (line == FEN_NONE)
        fen_event_fault_add(fault, FEN_REFUSAL_MISSING_FIELD, place, "is missing: send it");
    else if (line < 1)
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_QUANTITY, place,
                            "is %lld: a line number is at least 1", (long long)line);
}

/* By name, and among equal names by place, for the pointers are into one array. */
static int amount_pointers_compare(const void *a, const void *b)
{
    const struct fen_amount *left = *(const struct fen_amount *const *)a;
    const struct fen_amount *right = *(const struct fen_amount *const *)b;
    int order = fen_str_compare(left->name, right->name);
    return order != 0 ? order : (left > right) - (left < right);
}

static bool amounts_are_ascending(const struct fen_amount *amounts, uint32_t count)
{
    for (uint32_t index = 1; index < count; index++)
        if (fen_str_compare(amounts[index - 1].name, amounts[index].name) >= 0)
            return false;
    return true;
}

/* Order named amounts by name, keeping the last of equal names, as JSON does. */
static void amounts_arrange(struct fen_arena *arena, struct fen_amount **amounts_inout,
                            uint32_t *count_inout)
{
    uint32_t count = *count_inout;
    struct fen_amount *amounts = *amounts_inout;
    if (amounts_are_ascending(amounts, count))
        return;
    struct fen_amount **pointers = fen_arena_allocate(arena, count * sizeof *pointers);
    for (uint32_t index = 0; index < count; index++)
        pointers[index] = &amounts[index];
    qsort(pointers, count, sizeof *pointers, amount_pointers_compare);
    struct fen_amount *arranged = fen_arena_allocate(arena, count * sizeof *arranged);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++) {
        if (kept > 0 && fen_str_equal(arranged[kept - 1].name, pointers[index]->name))
            kept--;
        arranged[kept++] = *pointers[index];
    }
    *amounts_inout = arranged;
    *count_inout = kept;
}

/* Check each; returns the sum of those in bounds, which stops growing beyond the bound. */
static int64_t check_amounts(struct fen_event_fault *fault, struct fen_event_place place,
                             const struct fen_amount *amounts, uint32_t count)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_amount *amount = &amounts[index];
        fen_event_check_text(fault, place, amount->name, true);
        fen_event_check_amount(fault, place, amount->amount_fen, true);
        bool is_in_bounds = amount->amount_fen >= 0 && amount->amount_fen <= FEN_AMOUNT_MAX;
        if (is_in_bounds && sum_fen <= FEN_AMOUNT_MAX)
            sum_fen += amount->amount_fen;
    }
    return sum_fen;
}

static void check_line_sums(struct fen_event_fault *fault, uint32_t index,
                            struct fen_event_line *line)
{
    struct fen_event_place discounts = FEN_PLACE_IN("lines", index, "discounts");
    struct fen_event_place portions = FEN_PLACE_IN("lines", index, "portions");
    amounts_arrange(fault->arena, &line->discounts, &line->discount_count);
    amounts_arrange(fault->arena, &line->portions, &line->portion_count);
    if (check_amounts(fault, discounts, line->discounts, line->discount_count) > FEN_AMOUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_AMOUNT, discounts, "are over 10^15 in sum");
    int64_t portions_fen = check_amounts(fault, portions, line->portions, line->portion_count);
    if (line->paid_fen != FEN_NONE && portions_fen > line->paid_fen)
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_AMOUNT, portions,
                            "are parts of `paid`, and may not be more than it in sum");
}

static void check_line_placed(struct fen_event_fault *fault, uint32_t index,
                              struct fen_event_line *line)
{
    fen_event_check_text(fault, FEN_PLACE_IN("lines", index, "sku"), line->sku, true);
    fen_event_check_id(fault, FEN_PLACE_IN("lines", index, "brand"), line->brand, false);
    fen_event_check_text(fault, FEN_PLACE_IN("lines", index, "category"), line->category, false);
    fen_event_check_quantity(fault, FEN_PLACE_IN("lines", index, "quantity"), line->quantity, 1,
                             true);
    fen_event_check_amount(fault, FEN_PLACE_IN("lines", index, "paid"), line->paid_fen, true);
    fen_event_check_id(fault, FEN_PLACE_IN("lines", index, "seller"), line->seller, false);
    check_line_sums(fault, index, line);
}

/* A refund of money alone, as in price protection, takes nothing back: quantity 0 is fine. */
static void check_line_refunded(struct fen_event_fault *fault, uint32_t index,
                                const struct fen_event_line *line)
{
    fen_event_check_amount(fault, FEN_PLACE_IN("lines", index, "amount"), line->amount_fen, true);
    fen_event_check_quantity(fault, FEN_PLACE_IN("lines", index, "quantity"), line->quantity, 0,
                             false);
}

static int lines_compare(const void *a, const void *b)
{
    int64_t left = ((const struct fen_event_line *)a)->line;
    int64_t right = ((const struct fen_event_line *)b)->line;
    return (left > right) - (left < right);
}

static void lines_arrange(struct fen_event *event, struct fen_event_fault *fault)
{
    bool is_ascending = true;
    for (uint32_t index = 1; index < event->line_count; index++)
        is_ascending = is_ascending && event->lines[index - 1].line < event->lines[index].line;
    if (is_ascending)
        return;
    qsort(event->lines, event->line_count, sizeof *event->lines, lines_compare);
    for (uint32_t index = 1; index < event->line_count; index++)
        if (event->lines[index - 1].line == event->lines[index].line)
            fen_event_fault_add(fault, FEN_REFUSAL_DUPLICATE_LINE, FEN_PLACE("lines"),
                                "have line %lld twice: send each line once",
                                (long long)event->lines[index].line);
}

void fen_event_validate_lines(struct fen_event *event, enum fen_event_check check,
                              struct fen_event_fault *fault)
{
    if (event->line_count > FEN_LINE_COUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("lines"),
                            "are %u: at most %u can be in an event", event->line_count,
                            FEN_LINE_COUNT_MAX);
    for (uint32_t index = 0; index < event->line_count; index++) {
        struct fen_event_line *line = &event->lines[index];
        check_line_number(fault, index, line->line);
        if (check == FEN_CHECK_LINES_PLACED)
            check_line_placed(fault, index, line);
        else
            check_line_refunded(fault, index, line);
    }
    lines_arrange(event, fault);
}

static int line_numbers_compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* A line named twice in a list of numbers says nothing new: it is kept once. */
void fen_event_validate_line_numbers(struct fen_event *event, struct fen_event_fault *fault)
{
    int64_t *numbers = event->line_numbers;
    uint32_t count = event->line_number_count;
    if (count > FEN_LINE_COUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("lines"),
                            "are %u: at most %u can be in an event", count, FEN_LINE_COUNT_MAX);
    for (uint32_t index = 0; index < count; index++)
        check_line_number(fault, index, numbers[index]);
    if (count > 1)
        qsort(numbers, count, sizeof *numbers, line_numbers_compare);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++)
        if (kept == 0 || numbers[index] != numbers[kept - 1])
            numbers[kept++] = numbers[index];
    event->line_number_count = kept;
}

void fen_event_validate_servers(const struct fen_event *event, struct fen_event_fault *fault)
{
    if (event->server_count > FEN_SERVER_COUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("servers"),
                            "are %u: at most %u can be in an event", event->server_count,
                            FEN_SERVER_COUNT_MAX);
    for (uint32_t index = 0; index < event->server_count; index++) {
        const struct fen_server *server = &event->servers[index];
        fen_event_check_id(fault, FEN_PLACE_IN("servers", index, "guide"), server->guide, true);
        fen_event_check_quantity(fault, FEN_PLACE_IN("servers", index, "weight"), server->weight, 1,
                                 true);
    }
}
