/*
 * state_record: see state_record.h.
 *
 * In an order's record `line` goes by the row before; role and portion always stand; all else goes
 * by the nearest row before of the same role and portion (mostly that of the line before), or,
 * where there is none, by the row before. A rate or date that is absent while that row has one
 * needs a mark.
 */
#include "model/state_record.h"

#include "model/exact.h"
#include "model/order.h"

#define RATE_NONE_FOLDED (FEN_PPM + 1) /* no rate is over 100%; a first tier may have 0% */
#define DATE_NONE_FOLDED (FEN_DATE_NONE + 1)

/* The row that rows[index] goes by; index > 0. */
static const struct fen_posted *row_model(const struct fen_posted *rows, uint32_t index)
{
    for (uint32_t before = index; before-- > 0;)
        if (rows[before].key.role == rows[index].key.role &&
            rows[before].key.portion == rows[index].key.portion)
            return &rows[before];
    return &rows[index - 1];
}

static void text_fold(struct fen_str *text, struct fen_str model)
{
    if (fen_str_equal(*text, model))
        *text = FEN_STR_NONE;
}

static void row_fold(struct fen_posted *row, const struct fen_posted *model, int64_t line_before)
{
    struct fen_key *key = &row->key;
    text_fold(&key->payee, model->key.payee);
    text_fold(&key->funder, model->key.funder);
    text_fold(&key->rule, model->key.rule);
    text_fold(&key->plan, model->key.plan);
    if (key->plan_version == model->key.plan_version)
        key->plan_version = 0;
    if (key->line == line_before)
        key->line = 0;
    if (key->period == model->key.period)
        key->period = FEN_DATE_NONE;
    if (row->earned_ms == model->earned_ms)
        row->earned_ms = FEN_NONE;
    if (row->rate_ppm == model->rate_ppm)
        row->rate_ppm = FEN_NONE;
    else if (row->rate_ppm == FEN_NONE)
        row->rate_ppm = RATE_NONE_FOLDED;
    if (key->available_date == model->key.available_date)
        key->available_date = FEN_DATE_NONE;
    else if (key->available_date == FEN_DATE_NONE)
        key->available_date = DATE_NONE_FOLDED;
}

static void posted_fold(const struct fen_posted *rows, uint32_t count, struct fen_posted *folded)
{
    for (uint32_t index = 0; index < count; index++) {
        folded[index] = rows[index];
        if (index > 0)
            row_fold(&folded[index], row_model(rows, index), rows[index - 1].key.line);
    }
}

static void text_unfold(struct fen_str *text, struct fen_str model)
{
    if (!fen_str_is_set(*text))
        *text = model;
}

static void row_unfold(struct fen_posted *row, const struct fen_posted *model, int64_t line_before)
{
    struct fen_key *key = &row->key;
    text_unfold(&key->payee, model->key.payee);
    text_unfold(&key->funder, model->key.funder);
    text_unfold(&key->rule, model->key.rule);
    text_unfold(&key->plan, model->key.plan);
    if (key->plan_version == 0)
        key->plan_version = model->key.plan_version;
    if (key->line == 0)
        key->line = line_before;
    if (key->period == FEN_DATE_NONE)
        key->period = model->key.period;
    if (row->earned_ms == FEN_NONE)
        row->earned_ms = model->earned_ms;
    if (row->rate_ppm == FEN_NONE)
        row->rate_ppm = model->rate_ppm;
    else if (row->rate_ppm == RATE_NONE_FOLDED)
        row->rate_ppm = FEN_NONE;
    if (key->available_date == FEN_DATE_NONE)
        key->available_date = model->key.available_date;
    else if (key->available_date == DATE_NONE_FOLDED)
        key->available_date = FEN_DATE_NONE;
}

static void posted_unfold(struct fen_posted *rows, uint32_t count)
{
    for (uint32_t index = 1; index < count; index++)
        row_unfold(&rows[index], row_model(rows, index), rows[index - 1].key.line);
}

static void order_encode(const struct fen_order *order, struct fen_arena *scratch,
                         struct fen_buffer *out)
{
    struct fen_order folded = *order;
    folded.posted = fen_arena_allocate(scratch, order->posted_count * sizeof *folded.posted);
    posted_fold(order->posted, order->posted_count, folded.posted);
    fen_record_encode(&fen_order_schema, &folded, out);
}

void fen_state_record_encode(const struct fen_schema *schema, const void *message,
                             struct fen_arena *scratch, struct fen_buffer *out)
{
    if (schema == &fen_order_schema)
        order_encode(message, scratch, out);
    else
        fen_record_encode(schema, message, out);
}

enum fen_record_status fen_state_record_decode(const struct fen_schema *schema,
                                               struct fen_str bytes, struct fen_arena *arena,
                                               void *message_out)
{
    enum fen_record_status status = fen_record_decode(schema, bytes, arena, message_out, NULL);
    if (status == FEN_RECORD_OK && schema == &fen_order_schema) {
        const struct fen_order *order = message_out;
        posted_unfold(order->posted, order->posted_count);
    }
    return status;
}
