/* money_text: see money_text.h. */
#include "api/money_text.h"

#include <stdio.h>
#include <string.h>

#include "wire/json.h"

#define MINOR_PER_MAJOR 100

void fen_money_text_append(struct fen_buffer *out, int64_t amount_fen)
{
    uint64_t size = amount_fen < 0 ? 0 - (uint64_t)amount_fen : (uint64_t)amount_fen;
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu",
                         (unsigned long long)(size / MINOR_PER_MAJOR));
    fen_buffer_append_format(out, "%s", amount_fen < 0 ? "−¥" : "¥");
    for (int index = 0; index < count; index++) {
        if (index > 0 && (count - index) % 3 == 0)
            fen_buffer_append_byte(out, ',');
        fen_buffer_append_byte(out, digits[index]);
    }
    fen_buffer_append_format(out, ".%02u", (unsigned)(size % MINOR_PER_MAJOR));
}

void fen_money_text_append_json(struct fen_buffer *out, int64_t amount_fen)
{
    fen_buffer_append_format(out, "{\"fen\":");
    fen_json_append_integer(out, amount_fen);
    fen_buffer_append_format(out, ",\"text\":\"");
    fen_money_text_append(out, amount_fen);
    fen_buffer_append_format(out, "\"}");
}
