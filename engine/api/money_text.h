/*
 * money_text: an amount as guides read it.
 *
 * Amounts are in minor units of two decimals (CNY, GBP, HKD), shown as Chinese pages do:
 * "¥12,345.67", a negative one with the minus sign U+2212 in front: "−¥3.50". Beside every such
 * text the API gives the integer, for whoever wants to write it otherwise.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_API_MONEY_TEXT_H
#define FEN_API_MONEY_TEXT_H

#include <stdint.h>

#include "base/buffer.h"

/* Append the amount as text; of any 64 bits. */
void fen_money_text_append(struct fen_buffer *out, int64_t amount_fen);

/* Append {"fen":1234,"text":"¥12.34"}. */
void fen_money_text_append_json(struct fen_buffer *out, int64_t amount_fen);

#endif /* FEN_API_MONEY_TEXT_H */
