/*
 * csv_encoding: the bytes of a sheet as UTF-8, whatever a spreadsheet saved them in.
 *
 * Why: Excel on a Chinese machine saves CSV as GBK and says so nowhere. Most GBK is no UTF-8, but
 * words as common as 女装 and 双十一 are valid as both; taken for the other, every name in the
 * sheet would be changed without a word.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_CLI_TEXT_CSV_ENCODING_H
#define FEN_CLI_TEXT_CSV_ENCODING_H

#include "cli/text/csv.h"

/*
 * `bytes` without its byte order mark, in UTF-8, in *text_out: `bytes` themselves or in the arena.
 * Where they can be read as UTF-8 and as GBK, the reading is taken that has more of its words in
 * `known`, the text the sheet was made of.
 *
 * Returns FEN_CSV_OK, FEN_CSV_ENCODING (neither) or FEN_CSV_AMBIGUOUS (both, and `known` has none).
 */
enum fen_csv_status fen_csv_decode(struct fen_str bytes, struct fen_str known,
                                   struct fen_arena *arena,
                                   struct fen_str *text_out) FEN_MUST_USE;

#endif /* FEN_CLI_TEXT_CSV_ENCODING_H */
