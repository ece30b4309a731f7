/* case_write: see the header. */
#include "cli/plan/case_write.h"

#include <inttypes.h>

#include "cli/plan/plan_phrase.h"
#include "cli/text/yaml_text.h"
#include "model/event.h"
#include "model/period.h"

struct writer {
    const struct fen_plan *plan;
    enum fen_language language;
    struct fen_arena *arena;
    struct fen_buffer *out;
};

static void write_text(const struct writer *writer, const struct fen_words *words, int key,
                       struct fen_str text)
{
    if (!fen_str_is_set(text))
        return;
    fen_yaml_append_key(writer->out, words, key, writer->language);
    fen_yaml_append(writer->out, text);
}

static void write_money(const struct writer *writer, int64_t amount_fen)
{
    fen_buffer_append_str(writer->out,
                          fen_phrase_plain_money(writer->arena, writer->plan, amount_fen));
}

/* `7天`, `167小时`. */
static void write_duration(const struct writer *writer, int64_t duration_ms)
{
    bool is_days = duration_ms % FEN_DAY_MS == 0;
    bool is_chinese = writer->language == FEN_LANGUAGE_CHINESE;
    const char *unit = is_days ? (is_chinese ? "天" : "d") : (is_chinese ? "小时" : "h");
    fen_buffer_append_format(writer->out, "%" PRId64 "%s",
                             duration_ms / (is_days ? FEN_DAY_MS : FEN_HOUR_MS), unit);
}

/* `    key: ` at the beginning of a line of the case. */
static void begin_line(const struct writer *writer, int key)
{
    fen_buffer_append_format(writer->out, "    %s: ",
                             fen_words_spell(&fen_case_keys, key, writer->language));
}

static void write_guides(const struct writer *writer, const struct fen_case *one)
{
    struct fen_buffer *out = writer->out;
    if (one->guide_count == 0)
        return;
    begin_line(writer, FEN_CASE_KEY_GUIDES);
    fen_buffer_append_byte(out, '{');
    for (uint32_t index = 0; index < one->guide_count; index++) {
        const struct fen_case_guide *guide = &one->guides[index];
        fen_buffer_append_str(out, index == 0 ? FEN_STR("") : FEN_STR(", "));
        fen_yaml_append(out, guide->guide);
        fen_buffer_append_str(out, FEN_STR(": {"));
        write_text(writer, &fen_case_guide_keys, FEN_CASE_GUIDE_STORE, guide->store);
        write_text(writer, &fen_case_guide_keys, FEN_CASE_GUIDE_LEVEL, guide->level);
        write_text(writer, &fen_case_guide_keys, FEN_CASE_GUIDE_KIND, guide->kind);
        fen_buffer_append_byte(out, '}');
    }
    fen_buffer_append_str(out, FEN_STR("}\n"));
}

static void write_stores(const struct writer *writer, const struct fen_case *one)
{
    struct fen_buffer *out = writer->out;
    if (one->store_count == 0)
        return;
    begin_line(writer, FEN_CASE_KEY_STORES);
    fen_buffer_append_byte(out, '{');
    for (uint32_t index = 0; index < one->store_count; index++) {
        const struct fen_case_store *store = &one->stores[index];
        const struct fen_words *keys = &fen_case_store_keys;
        fen_buffer_append_str(out, index == 0 ? FEN_STR("") : FEN_STR(", "));
        fen_yaml_append(out, store->store);
        fen_buffer_append_str(out, FEN_STR(": {"));
        fen_yaml_append_key(out, keys, FEN_CASE_STORE_KIND, writer->language);
        fen_buffer_append_str(out, fen_str_from(fen_words_spell(&fen_store_kind_words,
                                                                (int)store->kind,
                                                                writer->language)));
        write_text(writer, keys, FEN_CASE_STORE_BRAND, store->brand);
        write_text(writer, keys, FEN_CASE_STORE_REGION, store->region);
        write_text(writer, keys, FEN_CASE_STORE_MALL, store->mall);
        write_text(writer, keys, FEN_CASE_STORE_FRANCHISEE, store->franchisee);
        write_text(writer, keys, FEN_CASE_STORE_MANAGER, store->manager);
        fen_buffer_append_byte(out, '}');
    }
    fen_buffer_append_str(out, FEN_STR("}\n"));
}

static void write_bound(const struct writer *writer, const struct fen_case *one)
{
    if (!fen_str_is_set(one->bound_guide) && !fen_str_is_set(one->bound_store))
        return;
    begin_line(writer, FEN_CASE_KEY_BOUND);
    fen_buffer_append_byte(writer->out, '{');
    write_text(writer, &fen_case_bound_keys, FEN_CASE_BOUND_GUIDE, one->bound_guide);
    write_text(writer, &fen_case_bound_keys, FEN_CASE_BOUND_STORE, one->bound_store);
    fen_yaml_append_key(writer->out, &fen_case_bound_keys, FEN_CASE_BOUND_DAYS, writer->language);
    fen_buffer_append_format(writer->out, "%" PRId64 "}\n", one->bound_days);
}

static void write_line(const struct writer *writer, const struct fen_case_line *line)
{
    const struct fen_words *keys = &fen_case_line_keys;
    fen_yaml_append_key(writer->out, keys, FEN_CASE_LINE_PAID, writer->language);
    write_money(writer, line->paid_fen);
    write_text(writer, keys, FEN_CASE_LINE_SKU, line->sku);
    write_text(writer, keys, FEN_CASE_LINE_BRAND, line->brand);
    write_text(writer, keys, FEN_CASE_LINE_CATEGORY, line->category);
    if (line->quantity != 1) {
        fen_yaml_append_key(writer->out, keys, FEN_CASE_LINE_QUANTITY, writer->language);
        fen_buffer_append_format(writer->out, "%" PRId64, line->quantity);
    }
    write_text(writer, keys, FEN_CASE_LINE_SELLER, line->seller);
}

static void write_touch(const struct writer *writer, const struct fen_case_touch *touch)
{
    const struct fen_words *keys = &fen_case_touch_keys;
    fen_yaml_append_key(writer->out, &fen_case_order_keys, FEN_CASE_ORDER_SHARED,
                        writer->language);
    if (touch->before_ms == FEN_DAY_MS) {
        fen_yaml_append(writer->out, touch->guide);
        return;
    }
    fen_buffer_append_byte(writer->out, '{');
    write_text(writer, keys, FEN_CASE_TOUCH_GUIDE, touch->guide);
    fen_yaml_append_key(writer->out, keys, FEN_CASE_TOUCH_BEFORE, writer->language);
    write_duration(writer, touch->before_ms);
    fen_buffer_append_byte(writer->out, '}');
}

static void write_facts(const struct writer *writer, uint32_t facts)
{
    fen_yaml_append_key(writer->out, &fen_case_order_keys, FEN_CASE_ORDER_FACTS, writer->language);
    fen_buffer_append_byte(writer->out, '[');
    bool is_first = true;
    for (uint32_t index = 0; index < fen_fact_words.count; index++) {
        int fact = fen_fact_words.items[index].value;
        if ((facts >> fact & 1) == 0)
            continue;
        fen_buffer_append_format(writer->out, "%s%s", is_first ? "" : ", ",
                                 fen_words_spell(&fen_fact_words, fact, writer->language));
        is_first = false;
    }
    fen_buffer_append_byte(writer->out, ']');
}

static void write_live(const struct writer *writer, const struct fen_case_order *order)
{
    if (!fen_str_is_set(order->live_host))
        return;
    fen_yaml_append_key(writer->out, &fen_case_order_keys, FEN_CASE_ORDER_LIVE, writer->language);
    fen_buffer_append_byte(writer->out, '{');
    write_text(writer, &fen_case_live_keys, FEN_CASE_LIVE_HOST, order->live_host);
    write_text(writer, &fen_case_live_keys, FEN_CASE_LIVE_SESSION, order->live_session);
    fen_buffer_append_byte(writer->out, '}');
}

/* One line's keys stand in the order itself. */
static void write_lines(const struct writer *writer, const struct fen_case_order *order)
{
    if (order->line_count == 1) {
        write_line(writer, &order->lines[0]);
        return;
    }
    fen_yaml_append_key(writer->out, &fen_case_order_keys, FEN_CASE_ORDER_LINES, writer->language);
    for (uint32_t index = 0; index < order->line_count; index++) {
        fen_buffer_append_str(writer->out, index == 0 ? FEN_STR("[{") : FEN_STR(", {"));
        write_line(writer, &order->lines[index]);
        fen_buffer_append_byte(writer->out, '}');
    }
    fen_buffer_append_byte(writer->out, ']');
}

/* Cases that are made have one order, at most one share, one server and one refund. */
static void write_order(const struct writer *writer, const struct fen_case_order *order)
{
    const struct fen_words *keys = &fen_case_order_keys;
    begin_line(writer, FEN_CASE_KEY_ORDER);
    fen_buffer_append_byte(writer->out, '{');
    write_lines(writer, order);
    write_text(writer, keys, FEN_CASE_ORDER_CHANNEL, order->channel);
    write_text(writer, keys, FEN_CASE_ORDER_STORE, order->store);
    write_text(writer, keys, FEN_CASE_ORDER_COUPON, order->coupon);
    write_live(writer, order);
    if (order->touch_count > 0)
        write_touch(writer, &order->touches[0]);
    if (order->server_count > 0)
        write_text(writer, keys, FEN_CASE_ORDER_SERVED, order->servers[0].guide);
    if (order->facts != 0)
        write_facts(writer, order->facts);
    if (order->refund_count > 0) {
        fen_yaml_append_key(writer->out, keys, FEN_CASE_ORDER_REFUNDS, writer->language);
        write_money(writer, order->refunds[0].amount_fen);
    }
    fen_buffer_append_str(writer->out, FEN_STR("}\n"));
}

static void write_scores(const struct writer *writer, const struct fen_case *one)
{
    if (one->score_count == 0)
        return;
    begin_line(writer, FEN_CASE_KEY_SCORES);
    fen_buffer_append_byte(writer->out, '{');
    fen_yaml_append(writer->out, one->scores[0].task);
    fen_buffer_append_str(writer->out, FEN_STR(": {"));
    for (uint32_t index = 0; index < one->score_count; index++) {
        fen_buffer_append_str(writer->out, index == 0 ? FEN_STR("") : FEN_STR(", "));
        fen_yaml_append(writer->out, one->scores[index].guide);
        fen_buffer_append_format(writer->out, ": %" PRId64, one->scores[index].score);
    }
    fen_buffer_append_str(writer->out, FEN_STR("}}\n"));
}

/* `甲`, `"门店:S1"`, `总部`. */
static void write_payee(const struct writer *writer, struct fen_str payee)
{
    const char *colon = memchr(payee.data, ':', payee.size);
    uint32_t size = colon == NULL ? payee.size : (uint32_t)(colon - payee.data);
    const struct fen_word *kind =
        fen_words_find(&fen_case_payee_kinds, (struct fen_str){payee.data, size});
    FEN_ASSERT(kind != NULL);
    const char *name = writer->language == FEN_LANGUAGE_CHINESE ? kind->chinese : kind->english;
    struct fen_str id = {colon == NULL ? NULL : colon + 1, payee.size - size - (colon != NULL)};
    if (colon == NULL)
        fen_yaml_append(writer->out, fen_str_from(name));
    else if (kind->value == FEN_CASE_PAYEE_GUIDE)
        fen_yaml_append(writer->out, id);
    else
        fen_yaml_append(writer->out, fen_arena_format(writer->arena, "%s:%.*s", name,
                                                      FEN_STR_ARG(id)));
}

static void write_expected(const struct writer *writer, const struct fen_case_result *result)
{
    begin_line(writer, FEN_CASE_KEY_EXPECT);
    fen_buffer_append_byte(writer->out, '{');
    for (uint32_t index = 0; index < result->amount_count;) {
        struct fen_str payee = result->amounts[index].payee;
        uint32_t end = index + 1;
        while (end < result->amount_count && fen_str_equal(result->amounts[end].payee, payee))
            end++;
        fen_buffer_append_str(writer->out, index == 0 ? FEN_STR("") : FEN_STR(", "));
        write_payee(writer, payee);
        fen_buffer_append_str(writer->out, FEN_STR(": "));
        bool is_one = end == index + 1;
        if (is_one)
            write_money(writer, result->amounts[index].amount_fen);
        else
            fen_buffer_append_byte(writer->out, '{');
        for (; index < end; index++) {
            int64_t amount_fen = result->amounts[index].amount_fen;
            if (is_one)
                continue;
            fen_yaml_append_key(writer->out, &fen_case_roles, (int)result->amounts[index].role,
                                writer->language);
            write_money(writer, amount_fen < 0 ? -amount_fen : amount_fen);
        }
        if (!is_one)
            fen_buffer_append_byte(writer->out, '}');
    }
    fen_buffer_append_str(writer->out, FEN_STR("}\n"));
}

void fen_case_write(const struct fen_plan *plan, const struct fen_case *one,
                    const struct fen_case_result *result, enum fen_language language,
                    struct fen_arena *arena, struct fen_buffer *out)
{
    struct writer writer = {plan, language, arena, out};
    fen_buffer_append_format(out, "  - %s: ",
                             fen_words_spell(&fen_case_keys, FEN_CASE_KEY_NAME, language));
    fen_yaml_append(out, one->name);
    fen_buffer_append_byte(out, '\n');
    write_stores(&writer, one);
    write_guides(&writer, one);
    write_bound(&writer, one);
    if (one->order_count > 0)
        write_order(&writer, &one->orders[0]);
    if (fen_str_is_set(one->recruiter)) {
        begin_line(&writer, FEN_CASE_KEY_RECRUITED);
        fen_yaml_append(out, one->recruiter);
        fen_buffer_append_byte(out, '\n');
    }
    write_scores(&writer, one);
    write_expected(&writer, result);
}
