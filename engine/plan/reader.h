/*
 * reader: a node of a plan file read as what its place asks for, or reported.
 *
 * Every function returns whether it could be read; if not, the mistake has been reported (or had
 * been, for a BROKEN node) and the output is untouched, so that the parser goes on to the next key
 * and finds all mistakes in one reading.
 *
 * Threads: any; a reader belongs to one parse.
 */
#ifndef FEN_PLAN_READER_H
#define FEN_PLAN_READER_H

#include "plan/node.h"
#include "plan/words.h"

struct fen_symbols;

/* Money that is paid, per unit, line, customer, step or cap: × 10^6 units it fits int64_t. */
#define FEN_PLAN_AMOUNT_MAX INT64_C(1000000000000)

/* Names in a list of texts (`add_back`), channels in `by_channel`: looked through one by one. */
#define FEN_PLAN_NAME_COUNT_MAX 64u

/* Values behind a key that stands already which are read all the same; more are passed over. */
#define FEN_SPARE_COUNT_MAX 16u

/* What the parts of one parse share. */
struct fen_reader {
    struct fen_arena *arena;   /* of the plan: what is read lives there */
    struct fen_arena *scratch; /* of the parse: nodes, names, messages */
    struct fen_diagnostics *diagnostics;
    struct fen_plan *plan;
    struct fen_symbols *symbols;   /* of `when` (plan/match.h) */
    const struct fen_node **names; /* open-addressed set of rule, limit and bonus names */
    uint32_t name_capacity;
    uint32_t name_count;
    bool is_currency_unknown; /* and with it how many decimals money has */
    const struct fen_node *spares[FEN_SPARE_COUNT_MAX]; /* in the order they were met */
    uint32_t spare_count;
    const struct fen_node *target; /* the spare to read instead (plan/repeat.h); NULL: none */
};

/* The values of a mapping by key, and the mapping itself for what is missing. */
struct fen_fields {
    const struct fen_node *mapping;
    const struct fen_node *values[FEN_WORDS_VALUE_COUNT]; /* NULL: not given */
};

/* Where a node is, and what to show: a scalar's text, else its key, else its first key or item. */
struct fen_place fen_reader_place(const struct fen_node *node);

/*
 * Report a text that is not what its place asks for: what is odd about it (plan/mend.h) and, where
 * `mended` is given, that it be written instead; else what is needed, which ends in its own mend.
 */
void fen_reader_refuse(struct fen_reader *reader, struct fen_place place, struct fen_str mended,
                       const char *english, const char *chinese);

/* A mapping whose keys are in `words`, by the word's value; unknown and repeated ones reported. */
bool fen_reader_fields(struct fen_reader *reader, const struct fen_node *node,
                       const struct fen_words *words, struct fen_fields *fields_out);

/*
 * To YAML `每行:200.00` and `每行：200.00` are keys without values. Reported, and given back as what
 * was meant; the value itself where nothing of that kind is found. Where more is in the text than
 * one value, that is BROKEN: the mend that is said holds for all of it.
 */
const struct fen_node *fen_reader_unglue(struct fen_reader *reader, const struct fen_node *value);

/* Report a text that is no word of the table; what it was meant to be, NULL where none is near. */
const struct fen_word *fen_reader_refuse_word(struct fen_reader *reader, struct fen_place place,
                                              const struct fen_words *words, const char *english,
                                              const char *chinese);

/* Report each key of the list that is not given. */
void fen_reader_need(struct fen_reader *reader, const struct fen_fields *fields,
                     const struct fen_words *words, const int *keys, uint32_t key_count);

/* A list, one with at least one item, a mapping whose keys are free. */
bool fen_reader_list(struct fen_reader *reader, const struct fen_node *node);
bool fen_reader_full_list(struct fen_reader *reader, const struct fen_node *node);
bool fen_reader_mapping(struct fen_reader *reader, const struct fen_node *node);

/* A list of exactly two, such as `[from, rate]`; `example` is what a message shows of them. */
bool fen_reader_pair(struct fen_reader *reader, const struct fen_node *node, const char *example,
                     const struct fen_node **first_out, const struct fen_node **second_out);

/* A single value that is not empty, as written. */
bool fen_reader_scalar(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_str *text_out);

/* SPEC §3: a text, an id. */
bool fen_reader_text(struct fen_reader *reader, const struct fen_node *node,
                     struct fen_str *text_out);
bool fen_reader_id(struct fen_reader *reader, const struct fen_node *node, struct fen_str *id_out);

/* Likewise where the key may be left out: NULL, and what cannot be read, leave it as it is. */
void fen_reader_optional_text(struct fen_reader *reader, const struct fen_node *node,
                              struct fen_str *text_out);
void fen_reader_optional_id(struct fen_reader *reader, const struct fen_node *node,
                            struct fen_str *id_out);

/* A name of a rule, limit or bonus: a text not used before (SPEC §8: one namespace). */
bool fen_reader_name(struct fen_reader *reader, const struct fen_node *node,
                     struct fen_str *name_out);

/* A word of a table, in either language. */
bool fen_reader_word(struct fen_reader *reader, const struct fen_node *node,
                     const struct fen_words *words, int *value_out);

/* Numbers (plan/scalar.h), money in the plan's currency up to `max` minor units. */
bool fen_reader_whole(struct fen_reader *reader, const struct fen_node *node, int64_t min,
                      int64_t max, int64_t *value_out);
bool fen_reader_money(struct fen_reader *reader, const struct fen_node *node, int64_t max,
                      int64_t *amount_out);
bool fen_reader_percent(struct fen_reader *reader, const struct fen_node *node,
                        int64_t *rate_ppm_out);
bool fen_reader_duration(struct fen_reader *reader, const struct fen_node *node,
                         int64_t *duration_ms_out);

/* A local time in the plan's time zone. */
bool fen_reader_time(struct fen_reader *reader, const struct fen_node *node, int64_t *time_ms_out);

/* A number or a range `a..b`, `a..`, `..b`, of money or of whole numbers. */
bool fen_reader_range(struct fen_reader *reader, const struct fen_node *node, bool is_money,
                      struct fen_range *range_out);

/* A list of different roles, maybe empty. */
bool fen_reader_roles(struct fen_reader *reader, const struct fen_node *node,
                      const struct fen_words *words, enum fen_role **roles_out,
                      uint32_t *count_out);

/* A list of different texts, maybe empty. */
bool fen_reader_texts(struct fen_reader *reader, const struct fen_node *node,
                      struct fen_str **texts_out, uint32_t *count_out);

#endif /* FEN_PLAN_READER_H */
