/*
 * test_explain: an evaluation with a trace notes each decision and each step (SPEC §11.7), and an
 * explanation sets what is due beside what is posted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "split/explain.h"
#include "wire/event_decode.h"
#include "wire/json.h"

#define HEAD "plan: p\nversion: 2\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2001-01-01 00:00\n"
#define DAY INT64_C(86400000)
#define CREATED INT64_C(1780000000000)

static struct fen_arena *arena;
static struct fen_reference_builder *builder;
static struct fen_explanation explanation;

static int set_up(void **state)
{
    arena = fen_arena_create(1 << 16);
    builder = fen_reference_builder_create(1);
    explanation = (struct fen_explanation){.arena = arena};
    return 0;
}

static int tear_down(void **state)
{
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
    return 0;
}

static void publish_plan(const char *yaml)
{
    struct fen_str reason;
    assert_int_equal(fen_reference_apply_plan(builder, fen_str_from(yaml), &reason),
                     FEN_REFERENCE_APPLIED);
}

/* A guide or store event, its fields as JSON: effective long before CREATED. */
static void set_record(const char *type, const char *fields)
{
    static int number;
    struct fen_event event;
    struct fen_refused refused;
    struct fen_str json =
        fen_arena_format(arena, "{\"id\":\"r%d\",\"type\":\"%s\",\"time\":1000,%s}", ++number,
                         type, fields);
    assert_int_equal(fen_event_decode(FEN_WIRE_JSON, json, arena, &event, &refused),
                     FEN_REFUSAL_NONE);
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void see_references(void)
{
    fen_reference_publish(builder, 0, 0);
    explanation.reference = fen_reference_acquire(builder, 0);
}

/* An order of customer C, created at CREATED and paid a second later, with further fields. */
static void make_order(const char *fields)
{
    struct fen_str json = fen_arena_format(
        arena,
        "{\"customer\":\"C\",\"placed_event\":\"e1\",\"created\":%lld,\"paid_at\":%lld,"
        "\"paid_event\":\"e2\"%s}",
        (long long)CREATED, (long long)CREATED + 1000, fields);
    assert_int_equal(fen_json_decode(&fen_order_schema, json, arena, &explanation.order, NULL),
                     FEN_RECORD_OK);
    explanation.order.tenant = FEN_STR("default");
    explanation.order.order = FEN_STR("O");
}

static void assert_text(struct fen_str text, const char *expected)
{
    if (!fen_str_equal(text, fen_str_from(expected)))
        fail_msg("\"%.*s\" instead of \"%s\"", FEN_STR_ARG(text), expected);
}

static struct fen_touch_fact touch_of(const char *event, int64_t at_ms)
{
    return (struct fen_touch_fact){.guide = FEN_STR("A"), .at_ms = at_ms,
                                   .event = fen_str_from(event)};
}

#define LINE ",\"lines\":[{\"line\":1,\"sku\":\"P\",\"brand\":\"L\",\"quantity\":1,\"paid\":10001}]"

static void test_touches_are_listed_once_each_the_newest_first(void **state)
{
    publish_plan(HEAD "share: {window: 7d}\nroles: {share: [{name: s, pay: 5%}]}\n");
    see_references();
    make_order(LINE);
    struct fen_touch_fact kept[] = {touch_of("k2", CREATED - DAY), touch_of("k1", CREATED - DAY),
                                    touch_of("k0", CREATED - 8 * DAY)};
    struct fen_touch_fact all[] = {
        touch_of("a1", CREATED + 1), touch_of("k1", CREATED - 3 * DAY),
        touch_of("a2", CREATED - 7 * DAY), touch_of("a2", CREATED - 2 * DAY),
        touch_of("a3", CREATED - 7 * DAY + 1), touch_of("k9", CREATED - DAY),
        touch_of("a2", CREATED)};
    explanation.order.touches = kept;
    explanation.order.touch_count = 3;
    explanation.touches = all;
    explanation.touch_count = 7;
    fen_explain_order(&explanation);
    static const struct {
        const char *event;
        bool is_kept, is_inside;
    } expected[] = {{"a1", false, false}, {"k9", false, true}, {"k2", true, true},
                    {"k1", true, true},   {"a3", false, true}, {"a2", false, false},
                    {"k0", true, false}};
    assert_int_equal(explanation.explained_touch_count, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct fen_explained_touch *explained = &explanation.explained_touches[i];
        assert_text(explained->touch.event, expected[i].event);
        assert_int_equal(explained->is_kept, expected[i].is_kept);
        assert_int_equal(explained->is_inside, expected[i].is_inside);
    }
    assert_int_equal(explanation.explained_touches[5].touch.at_ms, CREATED - 7 * DAY);
}

static void test_without_a_plan_nothing_is_attributed(void **state)
{
    see_references();
    make_order(LINE ",\"posted\":[{\"payee\":\"hq\",\"funder\":\"hq\",\"line\":1,\"amount\":7}]");
    struct fen_touch_fact touch = touch_of("t", CREATED - 1);
    explanation.touches = &touch;
    explanation.touch_count = 1;
    struct fen_touch_fact kept = touch_of("k", CREATED - 2);
    explanation.order.touches = &kept;
    explanation.order.touch_count = 1;
    fen_explain_order(&explanation);
    assert_null(explanation.plan);
    assert_int_equal(explanation.trace.candidate_count, 0);
    assert_int_equal(explanation.explained_touch_count, 2);
    assert_false(explanation.explained_touches[0].is_inside);
    assert_false(explanation.explained_touches[1].is_inside);
    assert_int_equal(explanation.due_count, 1);
    assert_int_equal(explanation.dues[0].amount_fen, 0);
    assert_int_equal(explanation.dues[0].posted_fen, 7);
}

#define POSTED(payee_, role_, amount_, base_)                                                      \
    "{\"payee\":\"" payee_ "\",\"funder\":\"brand:L\",\"rule\":\"s\",\"plan\":\"p\","              \
    "\"plan_version\":2,\"line\":1,\"role\":\"" role_ "\",\"period\":\"2026-05\","                 \
    "\"available_on\":\"2026-05-29\",\"earned_at\":5,\"amount\":" amount_ ",\"base\":" base_ "}"

static void test_due_and_posted_stand_under_each_key_once(void **state)
{
    publish_plan(HEAD "roles: {sale: [{name: s, pay: 5%}], hq: [{name: h, pay: 1%}]}\n");
    set_record("guide.set", "\"guide\":\"A\"");
    see_references();
    make_order(LINE ",\"seller\":\"A\",\"posted\":[" POSTED("guide:A", "sale", "300", "6000") ","
               POSTED("guide:B", "sale", "40", "0") "," POSTED("guide:C", "sale", "0", "50") ","
               POSTED("guide:D", "sale", "0", "0") "]");
    fen_explain_order(&explanation);
    static const struct {
        const char *payee;
        int64_t amount_fen, base_fen, posted_fen, posted_base_fen, earned_ms;
    } expected[] = {{"guide:A", 500, 10001, 300, 6000, CREATED + 1000},
                    {"guide:B", 0, 0, 40, 0, 5},
                    {"guide:C", 0, 0, 0, 50, 5},
                    {"hq", 100, 10001, 0, 0, CREATED + 1000}};
    assert_int_equal(explanation.due_count, 4);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < 4; i++)
        for (size_t row = 0; row < 4; row++) {
            const struct fen_explained_due *due = &explanation.dues[i];
            if (!fen_str_equal(due->key.payee, fen_str_from(expected[row].payee)))
                continue;
            seen |= 1u << row;
            assert_int_equal(due->amount_fen, expected[row].amount_fen);
            assert_int_equal(due->base_fen, expected[row].base_fen);
            assert_int_equal(due->posted_fen, expected[row].posted_fen);
            assert_int_equal(due->posted_base_fen, expected[row].posted_base_fen);
            if (row != 0)
                assert_int_equal(due->earned_ms, expected[row].earned_ms);
        }
    assert_int_equal(seen, 15);
    for (uint32_t i = 1; i < 4; i++)
        assert_true(fen_key_compare(&explanation.dues[i - 1].key, &explanation.dues[i].key) < 0);
}

/* A candidate as the tables below have it. */
struct tried {
    int64_t line;
    enum fen_role role;
    enum fen_trace_verdict verdict;
    const char *guide;
    const char *rule;
};

static void assert_tried(const struct tried *tried, uint32_t count)
{
    const struct fen_trace *trace = &explanation.trace;
    assert_int_equal(trace->candidate_count, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct fen_trace_candidate *candidate = &trace->candidates[i];
        assert_int_equal(candidate->line, tried[i].line);
        assert_int_equal(candidate->credit.role, tried[i].role);
        assert_int_equal(candidate->verdict, tried[i].verdict);
        assert_text(fen_credit_guide(&candidate->credit), tried[i].guide);
        assert_text(candidate->credit.rule == NULL ? FEN_STR_NONE : candidate->credit.rule->name,
                    tried[i].rule);
    }
}

static void test_everyone_tried_is_noted_with_the_verdict(void **state)
{
    publish_plan(HEAD "share: {window: 7d, match: sku_first}\n"
                      "credit_order: [live, coupon, share, bind]\n"
                      "roles:\n"
                      "  live: [{name: l, pay: 5%}]\n"
                      "  coupon: [{name: c, pay: 5%}]\n"
                      "  share: [{name: s, when: {sku: P}, pay: 5%}]\n"
                      "  bind: [{name: b, pay: 5%}]\n"
                      "  sale: [{name: t, when: {store: S}, pay: 1%}]\n"
                      "  mall: [{name: m, pay: 1%}]\n"
                      "  region: [{name: r, when: {channel: x}, pay: 1%}]\n");
    set_record("guide.set", "\"guide\":\"A\",\"level\":\"high\"");
    set_record("guide.set", "\"guide\":\"L\",\"status\":\"left\"");
    set_record("store.set", "\"store\":\"S\",\"region\":\"R\"");
    see_references();
    make_order(",\"live_host\":\"L\",\"live_session\":\"x\",\"seller\":\"U\",\"store\":\"S\","
               "\"lines\":[{\"line\":3,\"sku\":\"P\",\"quantity\":1,\"paid\":100},"
               "{\"line\":5,\"sku\":\"Q\",\"quantity\":1,\"paid\":100}]");
    struct fen_touch_fact touches[] = {touch_of("t4", CREATED + 1), touch_of("t3", CREATED - 1),
                                       touch_of("t2", CREATED - 2), touch_of("t1", 0)};
    touches[1].guide = FEN_STR("L");
    touches[1].sku = FEN_STR("Y");
    touches[2].sku = FEN_STR("Z");
    explanation.order.touches = touches;
    explanation.order.touch_count = 4;
    fen_explain_order(&explanation);
    static const struct tried tried[] = {
        {3, FEN_ROLE_LIVE, FEN_TRACE_INELIGIBLE, "L", NULL},
        {3, FEN_ROLE_COUPON, FEN_TRACE_NOBODY, NULL, NULL},
        {3, FEN_ROLE_SHARE, FEN_TRACE_CREDITED, "A", "s"},
        {3, FEN_ROLE_SALE, FEN_TRACE_SUSPENDED, "U", "t"},
        {3, FEN_ROLE_REGION, FEN_TRACE_NO_RULE, NULL, NULL},
        {3, FEN_ROLE_MALL, FEN_TRACE_NOBODY, NULL, NULL},
        {5, FEN_ROLE_LIVE, FEN_TRACE_INELIGIBLE, "L", NULL},
        {5, FEN_ROLE_COUPON, FEN_TRACE_NOBODY, NULL, NULL},
        {5, FEN_ROLE_SHARE, FEN_TRACE_NO_RULE, "A", NULL},
        {5, FEN_ROLE_BIND, FEN_TRACE_NOBODY, NULL, NULL},
        {5, FEN_ROLE_SALE, FEN_TRACE_SUSPENDED, "U", "t"},
        {5, FEN_ROLE_REGION, FEN_TRACE_NO_RULE, NULL, NULL},
        {5, FEN_ROLE_MALL, FEN_TRACE_NOBODY, NULL, NULL},
    };
    assert_tried(tried, sizeof tried / sizeof *tried);
    const struct fen_trace_candidate *share = &explanation.trace.candidates[2];
    assert_text(share->guide->level, "high");
    assert_text(share->credit.selling_store->record->region, "R");
    assert_text(share->credit.touch, "t2");
    assert_int_equal(explanation.trace.candidates[0].guide->status, FEN_GUIDE_LEFT);
    assert_text(explanation.trace.candidates[5].credit.selling_store->store, "S");
    assert_null(explanation.trace.candidates[4].guide);
    /* First the line's sku is sought, then any; t1 is passed only while the sku is. */
    static const struct {
        int64_t line;
        const char *event;
        enum fen_trace_fate fate;
    } passed[] = {
        {3, "t4", FEN_TRACE_AFTER}, {3, "t3", FEN_TRACE_OTHER_SKU}, {3, "t2", FEN_TRACE_OTHER_SKU},
        {3, "t1", FEN_TRACE_TOO_OLD}, {3, "t4", FEN_TRACE_AFTER}, {3, "t3", FEN_TRACE_NOT_ALLOWED},
    };
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(explanation.trace.touches[i].line, passed[i].line);
        assert_text(explanation.trace.touches[i].touch->event, passed[i].event);
        assert_int_equal(explanation.trace.touches[i].fate, passed[i].fate);
    }
    assert_int_equal(explanation.trace.touch_count, 12);
    assert_int_equal(explanation.trace.touches[5].guide->status, FEN_GUIDE_LEFT);
    assert_null(explanation.trace.touches[1].guide);
}

static void assert_step(uint32_t at, enum fen_trace_kind kind, enum fen_pass pass,
                        enum fen_role role, int64_t whole, int64_t millionths)
{
    const struct fen_trace *trace = &explanation.trace;
    const struct fen_trace_step *step = &trace->steps[at];
    assert_true(at < trace->step_count);
    assert_int_equal(step->kind, kind);
    assert_int_equal(step->pass, pass);
    assert_int_equal(step->credit->credit->role, role);
    assert_int_equal(step->amount.whole, whole);
    assert_int_equal((int64_t)(step->amount.part * 1000000 / step->credit->scale), millionths);
    assert_int_equal(step->limit != NULL, kind == FEN_TRACE_LIMIT);
}

static const char amounts_plan[] =
    HEAD "refund: {serve: goodwill}\nleaver: {serve: store}\n"
         "roles:\n"
         "  sale: [{name: s, pay: 5%, cap: {line: 4.00, order: 3.90}, \n"
         "          split: {self: 60%, mall: 40%}}]\n"
         "  serve: [{name: v, pay: 3%, earned: picked_up}]\n"
         "limits: [{name: most, roles: [serve, sale], line: 6%}]\n";

static void test_steps_servers_and_portions_are_noted(void **state)
{
    publish_plan(amounts_plan);
    set_record("guide.set", "\"guide\":\"A\"");
    set_record("guide.set", "\"guide\":\"G\",\"status\":\"left\",\"effective\":1779999999000");
    set_record("guide.set", "\"guide\":\"G\",\"store\":\"S\",\"effective\":900");
    set_record("guide.set", "\"guide\":\"N\",\"status\":\"suspended\"");
    see_references();
    make_order(LINE ",\"seller\":\"A\","
                    "\"facts\":[{\"kind\":\"picked_up\",\"at\":1779999000000,\"event\":\"e3\","
                    "\"servers\":[{\"guide\":\"G\",\"weight\":2},{\"guide\":\"N\"},"
                    "{\"guide\":\"X\"}]}],"
                    "\"refunds\":[{\"refund\":\"r\",\"line\":1,\"amount\":1,\"event\":\"e4\"}]");
    fen_explain_order(&explanation);
    assert_int_equal(explanation.trace.step_count, 12);
    assert_step(0, FEN_TRACE_PAY, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SERVE, 300, 30000);
    assert_step(1, FEN_TRACE_PAY, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SALE, 500, 0);
    assert_step(2, FEN_TRACE_CAP_LINE, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SALE, 400, 0);
    assert_step(3, FEN_TRACE_LIMIT, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SERVE, 300, 30000);
    assert_step(4, FEN_TRACE_LIMIT, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SALE, 300, 30000);
    assert_step(5, FEN_TRACE_CAP_ORDER, FEN_PASS_OWN_REFUNDS, FEN_ROLE_SALE, 300, 30000);
    assert_step(6, FEN_TRACE_PAY, FEN_PASS_ALL_REFUNDS, FEN_ROLE_SERVE, 300, 0);
    assert_step(9, FEN_TRACE_LIMIT, FEN_PASS_ALL_REFUNDS, FEN_ROLE_SERVE, 300, 0);
    assert_step(10, FEN_TRACE_LIMIT, FEN_PASS_ALL_REFUNDS, FEN_ROLE_SALE, 300, 0);
    const struct fen_trace *trace = &explanation.trace;
    assert_int_equal(trace->limit_count, 2);
    assert_int_equal(trace->limits[0].greatest_fen, 10001);
    assert_int_equal(trace->limits[0].pass, FEN_PASS_OWN_REFUNDS);
    assert_int_equal(trace->limits[0].line, 1);
    assert_int_equal(trace->limits[1].greatest_fen, 10000);
    assert_ptr_equal(trace->steps[4].limit, trace->limits[0].limit);
    assert_int_equal(trace->server_count, 3);
    assert_int_equal(trace->servers[0].standing, FEN_STANDING_ELIGIBLE);
    assert_int_equal(trace->servers[1].standing, FEN_STANDING_INELIGIBLE);
    assert_int_equal(trace->servers[1].guide->status, FEN_GUIDE_SUSPENDED);
    assert_int_equal(trace->servers[2].standing, FEN_STANDING_UNKNOWN);
    assert_null(trace->servers[2].guide);
    assert_int_equal(trace->leaver_count, 1);
    assert_text(trace->leavers[0].guide, "G");
    assert_int_equal(trace->leavers[0].policy, FEN_LEAVER_STORE);
    assert_int_equal(trace->leavers[0].record->status, FEN_GUIDE_LEFT);
    assert_int_equal(trace->portion_count, 3);
    assert_false(fen_str_is_set(trace->portions[0].payee)); /* the leaver's store: none by then */
    assert_int_equal(trace->portions[0].portion, FEN_ROLE_NONE);
    assert_int_equal(trace->portions[0].weight, 2);
    assert_text(trace->portions[1].payee, "guide:A");
    assert_int_equal(trace->portions[1].rate_ppm, 600000);
    assert_false(fen_str_is_set(trace->portions[2].payee)); /* no mall */
    assert_int_equal(trace->share_count, 1);
    assert_text(trace->shares[0].key.payee, "guide:A");
    assert_text(trace->shares[0].key.funder, "brand:L");
    assert_int_equal(trace->shares[0].key.portion, FEN_ROLE_SELF);
    assert_int_equal(trace->shares[0].rate_ppm, 600000);
    assert_int_equal(trace->shares[0].weight, 1);
    assert_int_equal(trace->shares[0].weights, 1);
    assert_int_equal(trace->shares[0].amount_fen[FEN_PASS_OWN_REFUNDS], 180);
    assert_int_equal(trace->shares[0].amount_fen[FEN_PASS_ALL_REFUNDS], 180);
    assert_int_equal(trace->shares[0].base_fen[FEN_PASS_OWN_REFUNDS], 10000);
    assert_int_equal(trace->line_count, 1);
    assert_int_equal(trace->work.line_count, 1);
}

static void register_customer(const char *recruiter)
{
    explanation = (struct fen_explanation){.arena = arena, .reference = explanation.reference};
    explanation.customer = (struct fen_customer){.tenant = FEN_STR("default"),
                                                 .customer = FEN_STR("C"),
                                                 .registered_event = FEN_STR("e"),
                                                 .registered_ms = CREATED,
                                                 .recruiter = fen_str_from(recruiter)};
    fen_explain_registration(&explanation);
}

static void test_a_registration_says_who_was_considered(void **state)
{
    see_references();
    register_customer("A");
    assert_null(explanation.plan);
    publish_plan(HEAD "roles:\n  recruit:\n"
                      "    - {name: i, when: {guide_store: S}, per_customer: 5.00}\n");
    set_record("guide.set", "\"guide\":\"A\",\"store\":\"S\"");
    set_record("guide.set", "\"guide\":\"B\"");
    set_record("guide.set", "\"guide\":\"L\",\"status\":\"left\"");
    see_references();
    register_customer("A");
    assert_tried(&(struct tried){0, FEN_ROLE_RECRUIT, FEN_TRACE_CREDITED, "A", "i"}, 1);
    assert_text(explanation.trace.candidates[0].credit.selling_store->store, "S");
    assert_true(explanation.is_new_choice);
    assert_int_equal(explanation.due_count, 1);
    assert_int_equal(explanation.dues[0].amount_fen, 500);
    register_customer("B");
    assert_tried(&(struct tried){0, FEN_ROLE_RECRUIT, FEN_TRACE_NO_RULE, "B", NULL}, 1);
    register_customer("L");
    assert_tried(&(struct tried){0, FEN_ROLE_RECRUIT, FEN_TRACE_INELIGIBLE, "L", NULL}, 1);
    assert_int_equal(explanation.trace.candidates[0].guide->status, FEN_GUIDE_LEFT);
    assert_int_equal(explanation.due_count, 0);
}

static void test_a_task_lists_its_contenders_and_what_is_due(void **state)
{
    publish_plan(HEAD "roles: {hq: [{name: h, pay: 1%}]}\n"
                      "tasks: {game: {rank: [[1, 9.00], [2, 5.00], [3..4, 2.00], [5, 0.01]]}}\n");
    set_record("guide.set", "\"guide\":\"A\"");
    set_record("guide.set", "\"guide\":\"B\"");
    set_record("guide.set", "\"guide\":\"E\"");
    set_record("guide.set", "\"guide\":\"L\",\"status\":\"left\"");
    see_references();
    struct fen_task_score scores[] = {{5, CREATED - 1}, {7, CREATED}, {9, CREATED + 1}};
    struct fen_task_score low = {1, CREATED - 1}, lowest = {0, CREATED - 1};
    struct fen_posted posted[] = {
        {.key = {.payee = FEN_STR("guide:B"), .role = FEN_ROLE_TASK}, .amount_fen = 100},
        {.key = {.payee = FEN_STR("guide:B"), .role = FEN_ROLE_TASK, .period = 1},
         .amount_fen = 30},
        {.key = {.payee = FEN_STR("guide:X"), .role = FEN_ROLE_TASK}, .amount_fen = 1}};
    struct fen_task_guide guides[] = {{.guide = FEN_STR("X"), .scores = scores, .score_count = 1,
                                       .posted = posted + 2, .posted_count = 1},
                                      {.guide = FEN_STR("B"), .scores = scores, .score_count = 1,
                                       .posted = posted, .posted_count = 2},
                                      {.guide = FEN_STR("A"), .scores = scores, .score_count = 3},
                                      {.guide = FEN_STR("L"), .scores = scores, .score_count = 2},
                                      {.guide = FEN_STR("W"), .scores = &low,
                                       .score_count = 1},
                                      {.guide = FEN_STR("E"), .scores = &lowest,
                                       .score_count = 1},
                                      {.guide = FEN_STR("Y"), .scores = scores + 2,
                                       .score_count = 1}};
    explanation.guides = guides;
    explanation.guide_count = 7;
    explanation.task = (struct fen_task_state){.tenant = FEN_STR("default"),
                                               .task = FEN_STR("game"),
                                               .closed_event = FEN_STR("e"),
                                               .closed_ms = CREATED};
    fen_explain_task(&explanation);
    static const struct {
        const char *guide;
        int64_t score, amount_fen;
        enum fen_standing standing;
    } expected[] = {{"A", 7, 900, FEN_STANDING_ELIGIBLE},
                    {"L", 7, 0, FEN_STANDING_INELIGIBLE},
                    {"B", 5, 500, FEN_STANDING_ELIGIBLE},
                    {"X", 5, 200, FEN_STANDING_UNKNOWN},
                    {"W", 1, 200, FEN_STANDING_UNKNOWN},
                    {"E", 0, 1, FEN_STANDING_ELIGIBLE}};
    assert_int_equal(explanation.contender_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct fen_contender *contender = &explanation.contenders[i];
        assert_text(contender->guide, expected[i].guide);
        assert_int_equal(contender->score.score, expected[i].score);
        assert_int_equal(contender->amount_fen, expected[i].amount_fen);
        assert_int_equal(contender->standing, expected[i].standing);
        assert_text(guides[contender->index].guide, expected[i].guide);
    }
    assert_int_equal(explanation.due_count, 6);
    int64_t due_fen = 0, posted_fen = 0;
    for (uint32_t i = 0; i < 6; i++) {
        due_fen += explanation.dues[i].amount_fen;
        posted_fen += explanation.dues[i].posted_fen;
    }
    assert_int_equal(due_fen, 1401);
    assert_int_equal(posted_fen, 131);
    assert_non_null(explanation.task_table);
}

static void test_a_task_no_plan_knows_has_no_contenders(void **state)
{
    publish_plan(HEAD "roles: {hq: [{name: h, pay: 1%}]}\n");
    see_references();
    explanation.task = (struct fen_task_state){.tenant = FEN_STR("default"),
                                               .task = FEN_STR("game"),
                                               .closed_event = FEN_STR("e"),
                                               .closed_ms = CREATED};
    fen_explain_task(&explanation);
    assert_non_null(explanation.plan);
    assert_null(explanation.task_table);
    assert_int_equal(explanation.contender_count, 0);
    explanation.task.closed_ms = 1;
    explanation.plan = NULL;
    fen_explain_task(&explanation);
    assert_null(explanation.plan);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_touches_are_listed_once_each_the_newest_first),
        TEST(test_without_a_plan_nothing_is_attributed),
        TEST(test_due_and_posted_stand_under_each_key_once),
        TEST(test_everyone_tried_is_noted_with_the_verdict),
        TEST(test_steps_servers_and_portions_are_noted),
        TEST(test_a_registration_says_who_was_considered),
        TEST(test_a_task_lists_its_contenders_and_what_is_due),
        TEST(test_a_task_no_plan_knows_has_no_contenders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
