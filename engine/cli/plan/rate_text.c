/* rate_text: see the header. */
#include "cli/plan/rate_text.h"

#include <inttypes.h>

#include "cli/plan/plan_phrase.h"
#include "cli/text/yaml_text.h"
#include "model/event.h"

static struct fen_str money(const struct fen_rate_writer *writer, int64_t amount_fen)
{
    return fen_phrase_plain_money(writer->arena, writer->plan, amount_fen);
}

/* What the buffer holds, in the arena; the buffer is freed. */
static struct fen_str taken(const struct fen_rate_writer *writer, struct fen_buffer *buffer)
{
    struct fen_str text = fen_arena_copy(writer->arena, fen_buffer_str(buffer));
    fen_buffer_deinit(buffer);
    return text;
}

static void add(const struct fen_rate_writer *writer, struct fen_buffer *out,
                const struct fen_words *words, int key, struct fen_str value)
{
    fen_yaml_append_key(out, words, key, writer->language);
    fen_buffer_append_str(out, value);
}

/* `甲` or `[甲, 乙]`. */
static struct fen_str texts_text(const struct fen_rate_writer *writer,
                                 const struct fen_condition *condition)
{
    struct fen_buffer out = {0};
    bool is_list = condition->symbol_count != 1;
    if (is_list)
        fen_buffer_append_byte(&out, '[');
    for (uint32_t index = 0; index < condition->symbol_count; index++) {
        struct fen_str text = condition->texts[index];
        const struct fen_word *kind = condition->dimension == FEN_DIMENSION_STORE_KIND
                                          ? fen_words_find(&fen_store_kind_words, text)
                                          : NULL;
        if (kind != NULL)
            text = fen_str_from(
                fen_words_spell(&fen_store_kind_words, kind->value, writer->language));
        fen_buffer_append_str(&out, index == 0 ? FEN_STR("") : FEN_STR(", "));
        fen_yaml_append(&out, text);
    }
    if (is_list)
        fen_buffer_append_byte(&out, ']');
    return taken(writer, &out);
}

/* The values of a condition (enum fen_when_key); absent: none. */
static struct fen_str condition_text(const struct fen_rate_writer *writer,
                                     const struct fen_rule *rule, uint32_t key)
{
    for (uint32_t index = 0; index < rule->condition_count; index++)
        if ((uint32_t)rule->conditions[index].dimension == key)
            return texts_text(writer, &rule->conditions[index]);
    const struct fen_range *range =
        key < FEN_DIMENSION_TEXT_COUNT ? NULL : fen_plan_range(rule, key);
    if (range == NULL)
        return FEN_STR_NONE;
    struct fen_str list =
        fen_phrase_condition(writer->arena, writer->plan, rule, key, ", ");
    if (range->next == NULL)
        return list;
    return fen_arena_format(writer->arena, "[%.*s]", FEN_STR_ARG(list));
}

static struct fen_str pay_text(const struct fen_rate_writer *writer, const struct fen_pay *pay)
{
    struct fen_buffer out = {0};
    if (pay->kind == FEN_PAY_PERCENT)
        return fen_phrase_rate(writer->arena, pay->rate_ppm);
    fen_buffer_append_byte(&out, '{');
    if (pay->kind == FEN_PAY_PER_UNIT)
        add(writer, &out, &fen_pay_keys, FEN_PAY_KEY_PER_UNIT, money(writer, pay->amount_fen));
    if (pay->kind == FEN_PAY_PER_LINE)
        add(writer, &out, &fen_pay_keys, FEN_PAY_KEY_PER_LINE, money(writer, pay->amount_fen));
    if (pay->kind == FEN_PAY_TIERS) {
        add(writer, &out, &fen_pay_keys, FEN_PAY_KEY_MODE,
            fen_str_from(fen_words_spell(&fen_mode_words, pay->is_flat ? 1 : 0,
                                         writer->language)));
        add(writer, &out, &fen_pay_keys, FEN_PAY_KEY_TIERS, FEN_STR("["));
    }
    for (uint32_t index = 0; pay->kind == FEN_PAY_TIERS && index < pay->tier_count; index++)
        fen_buffer_append_format(
            &out, "%s[%.*s, %.*s]%s", index == 0 ? "" : ", ",
            FEN_STR_ARG(money(writer, pay->tiers[index].from_fen)),
            FEN_STR_ARG(fen_phrase_rate(writer->arena, pay->tiers[index].rate_ppm)),
            index + 1 == pay->tier_count ? "]" : "");
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}

static struct fen_str when_text(const struct fen_rate_writer *writer, const struct fen_rule *rule)
{
    struct fen_buffer out = {0};
    fen_buffer_append_byte(&out, '{');
    for (uint32_t key = 0; key <= FEN_WHEN_KEY_BASE; key++) {
        struct fen_str text = condition_text(writer, rule, key);
        if (fen_str_is_set(text))
            add(writer, &out, &fen_when_keys, (int)key, text);
    }
    if (out.size_bytes == 1) {
        fen_buffer_deinit(&out);
        return FEN_STR_NONE;
    }
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}

static struct fen_str cap_text(const struct fen_rate_writer *writer, const struct fen_rule *rule)
{
    struct fen_buffer out = {0};
    if (rule->cap_line_fen == FEN_NONE && rule->cap_order_fen == FEN_NONE)
        return FEN_STR_NONE;
    fen_buffer_append_byte(&out, '{');
    if (rule->cap_line_fen != FEN_NONE)
        add(writer, &out, &fen_cap_keys, FEN_CAP_KEY_LINE, money(writer, rule->cap_line_fen));
    if (rule->cap_order_fen != FEN_NONE)
        add(writer, &out, &fen_cap_keys, FEN_CAP_KEY_ORDER, money(writer, rule->cap_order_fen));
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}

/* In the order of the words, whatever that of the file: two rules are compared by their texts. */
static struct fen_str split_text(const struct fen_rate_writer *writer, const struct fen_rule *rule)
{
    struct fen_buffer out = {0};
    if (rule->split_count == 0)
        return FEN_STR_NONE;
    fen_buffer_append_byte(&out, '{');
    for (uint32_t at = 0; at < fen_portion_roles.count; at++)
        for (uint32_t index = 0; index < rule->split_count; index++)
            if ((int)rule->splits[index].portion == fen_portion_roles.items[at].value)
                add(writer, &out, &fen_portion_roles, fen_portion_roles.items[at].value,
                    fen_phrase_rate(writer->arena, rule->splits[index].rate_ppm));
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}

static struct fen_str hold_text(const struct fen_rate_writer *writer, const struct fen_rule *rule)
{
    struct fen_buffer out = {0};
    if (rule->hold_from == FEN_FACT_NONE)
        return FEN_STR_NONE;
    fen_buffer_append_byte(&out, '{');
    add(writer, &out, &fen_hold_keys, FEN_HOLD_KEY_FROM,
        fen_str_from(fen_words_spell(&fen_fact_words, (int)rule->hold_from, writer->language)));
    add(writer, &out, &fen_hold_keys, FEN_HOLD_KEY_DAYS,
        fen_arena_format(writer->arena, "%" PRId32, rule->hold_days));
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}

/* The value of a key of a rule; absent: the rule does not need the key. */
static struct fen_str value_text(const struct fen_rate_writer *writer, const struct fen_rule *rule,
                                 enum fen_rule_key key)
{
    bool is_recruit = rule->role == FEN_ROLE_RECRUIT;
    struct fen_buffer name = {0};
    switch (key) {
    case FEN_RULE_KEY_NAME: fen_yaml_append(&name, rule->name); return taken(writer, &name);
    case FEN_RULE_KEY_WHEN: return when_text(writer, rule);
    case FEN_RULE_KEY_PAY: return is_recruit ? FEN_STR_NONE : pay_text(writer, &rule->pay);
    case FEN_RULE_KEY_PER_CUSTOMER:
        return is_recruit ? money(writer, rule->pay.amount_fen) : FEN_STR_NONE;
    case FEN_RULE_KEY_CAP: return cap_text(writer, rule);
    case FEN_RULE_KEY_SPLIT: return split_text(writer, rule);
    case FEN_RULE_KEY_EARNED:
        return is_recruit ? FEN_STR_NONE
                          : fen_str_from(fen_words_spell(&fen_fact_words, (int)rule->earned,
                                                         writer->language));
    case FEN_RULE_KEY_HOLD: return hold_text(writer, rule);
    case FEN_RULE_KEY_FUNDER:
        return is_recruit ? FEN_STR_NONE
                          : fen_str_from(fen_words_spell(&fen_entity_roles, (int)rule->funder,
                                                         writer->language));
    }
    return FEN_STR_NONE;
}

/* What a rule has without saying so. */
static bool is_default(const struct fen_rule *rule, enum fen_rule_key key)
{
    return (key == FEN_RULE_KEY_EARNED && rule->earned == FEN_FACT_PAID) ||
           (key == FEN_RULE_KEY_FUNDER && rule->funder == FEN_ROLE_BRAND);
}

struct fen_str fen_rate_rule_text(const struct fen_rate_writer *writer,
                                  const struct fen_rule *rule, bool has_defaults)
{
    struct fen_buffer out = {0};
    fen_buffer_append_byte(&out, '{');
    for (int key = FEN_RULE_KEY_NAME; key <= FEN_RULE_KEY_FUNDER; key++) {
        struct fen_str text = value_text(writer, rule, (enum fen_rule_key)key);
        bool is_said = has_defaults || !is_default(rule, (enum fen_rule_key)key);
        if (fen_str_is_set(text) && is_said)
            add(writer, &out, &fen_rule_keys, key, text);
    }
    fen_buffer_append_byte(&out, '}');
    return taken(writer, &out);
}
