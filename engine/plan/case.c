/* case: guides, stores, bindings, scores and what is expected. See case.h; orders: case_order.c. */
#include "plan/case.h"

#include "model/event.h"

/* Scores of a task (SPEC §3: a 64 bit integer); written by hand, so less will do. */
#define SCORE_MAX INT64_C(1000000000000)

static void read_guide(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_guide *guide)
{
    struct fen_fields fields;
    int is_buyer = 0;
    *guide = (struct fen_case_guide){.left_ms = FEN_NONE};
    (void)fen_reader_id(reader, node->key, &guide->guide);
    if (!fen_reader_fields(reader, node, &fen_case_guide_keys, &fields))
        return;
    const struct fen_node *buys = fields.values[FEN_CASE_GUIDE_BUYS];
    const struct fen_node *left = fields.values[FEN_CASE_GUIDE_LEFT];
    fen_reader_optional_id(reader, fields.values[FEN_CASE_GUIDE_STORE], &guide->store);
    fen_reader_optional_text(reader, fields.values[FEN_CASE_GUIDE_LEVEL], &guide->level);
    fen_reader_optional_text(reader, fields.values[FEN_CASE_GUIDE_KIND], &guide->kind);
    if (buys != NULL && fen_reader_word(reader, buys, &fen_case_answers, &is_buyer))
        guide->is_buyer = is_buyer != 0;
    if (left != NULL)
        (void)fen_reader_duration(reader, left, &guide->left_ms);
}

static void read_guides(struct fen_reader *reader, const struct fen_node *node,
                        struct fen_case *one)
{
    if (!fen_reader_mapping(reader, node))
        return;
    one->guides =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *one->guides);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next)
        read_guide(reader, value, &one->guides[one->guide_count++]);
}

static void read_store(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_store *store)
{
    struct fen_fields fields;
    int kind;
    *store = (struct fen_case_store){.kind = FEN_STORE_OWNED};
    (void)fen_reader_id(reader, node->key, &store->store);
    if (!fen_reader_fields(reader, node, &fen_case_store_keys, &fields))
        return;
    const struct fen_node *kind_node = fields.values[FEN_CASE_STORE_KIND];
    if (kind_node != NULL && fen_reader_word(reader, kind_node, &fen_store_kind_words, &kind))
        store->kind = (enum fen_store_kind)kind;
    fen_reader_optional_id(reader, fields.values[FEN_CASE_STORE_BRAND], &store->brand);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_STORE_REGION], &store->region);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_STORE_MALL], &store->mall);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_STORE_FRANCHISEE], &store->franchisee);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_STORE_MANAGER], &store->manager);
}

static void read_stores(struct fen_reader *reader, const struct fen_node *node,
                        struct fen_case *one)
{
    if (!fen_reader_mapping(reader, node))
        return;
    one->stores =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *one->stores);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next)
        read_store(reader, value, &one->stores[one->store_count++]);
}

/* A guide, or `{guide, store, days}`. */
static void read_bound(struct fen_reader *reader, const struct fen_node *node, struct fen_case *one)
{
    struct fen_fields fields;
    if (node->kind == FEN_NODE_SCALAR) {
        fen_reader_optional_id(reader, node, &one->bound_guide);
        return;
    }
    if (!fen_reader_fields(reader, node, &fen_case_bound_keys, &fields))
        return;
    fen_reader_optional_id(reader, fields.values[FEN_CASE_BOUND_GUIDE], &one->bound_guide);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_BOUND_STORE], &one->bound_store);
    if (fields.values[FEN_CASE_BOUND_DAYS] != NULL)
        (void)fen_reader_whole(reader, fields.values[FEN_CASE_BOUND_DAYS], 0, 10000,
                               &one->bound_days);
}

/* Scores of a task that the plan does not know pay nobody. */
static void warn_unknown_task(struct fen_reader *reader, const struct fen_node *key,
                              struct fen_str task)
{
    const struct fen_plan *plan = reader->plan;
    for (uint32_t index = 0; index < plan->task_count; index++)
        if (fen_str_equal(plan->tasks[index].task, task))
            return;
    if (reader->diagnostics->error_count == 0)
        fen_diagnose_warning(reader->diagnostics, key->place,
                             "the plan has no task of this id, so nobody is paid; correct the id, "
                             "or add the task",
                             "方案中没有这个任务，得分不会有奖励；请改正编号，或在“任务”里补上");
}

/* `{task: {guide: score}}`. */
static void read_scores(struct fen_reader *reader, const struct fen_node *node,
                        struct fen_case *one)
{
    uint32_t capacity = 0;
    if (!fen_reader_mapping(reader, node))
        return;
    for (const struct fen_node *task = node->first; task != NULL; task = task->next) {
        struct fen_case_score score = {0};
        if (!fen_reader_id(reader, task->key, &score.task) || !fen_reader_mapping(reader, task))
            continue;
        warn_unknown_task(reader, task->key, score.task);
        for (const struct fen_node *guide = task->first; guide != NULL; guide = guide->next)
            if (fen_reader_id(reader, guide->key, &score.guide) &&
                fen_reader_whole(reader, guide, 0, SCORE_MAX, &score.score))
                FEN_ARENA_PUSH(reader->arena, one->scores, one->score_count, capacity, score);
    }
}

/* "门店:S1", "guide:A", "总部", or a guide's id alone -> as entries name payees. */
static bool read_payee(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_str *payee_out)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    const struct fen_word *whole = fen_words_find(&fen_case_payee_kinds, text);
    if (whole != NULL && whole->value == FEN_CASE_PAYEE_HQ) {
        *payee_out = FEN_STR("hq");
        return true;
    }
    const char *colon = memchr(text.data, ':', text.size);
    uint32_t size = colon == NULL ? 0 : (uint32_t)(colon - text.data);
    const struct fen_word *kind =
        colon == NULL ? &fen_case_payee_kinds.items[FEN_CASE_PAYEE_GUIDE]
                      : fen_words_find(&fen_case_payee_kinds, (struct fen_str){text.data, size});
    uint32_t start = colon == NULL ? 0 : size + 1;
    if (kind == NULL || kind->value == FEN_CASE_PAYEE_HQ || start == text.size) {
        fen_diagnose(reader->diagnostics, node->place,
                     "a payee is a guide's id, `store:ID`, `franchisee:ID`, `region:ID`, "
                     "`mall:ID`, `brand:ID` or `hq`",
                     "收款方写导购编号，或“门店:编号”“加盟商:编号”“区域:编号”“商场:编号”"
                     "“品牌:编号”“总部”");
        return false;
    }
    *payee_out = fen_arena_format(reader->arena, "%s:%.*s", kind->english,
                                  (int)(text.size - start), text.data + start);
    return true;
}

/* `甲` and `导购:甲` are one payee, `cap` and `封顶` one role: each stands once. */
static void refuse_twice(struct fen_reader *reader, const struct fen_node *key,
                         const struct fen_case *one, uint32_t first, struct fen_str payee,
                         const enum fen_role *role)
{
    for (uint32_t index = first; index < one->expected_count; index++) {
        const struct fen_case_expected *other = &one->expected[index];
        if (!fen_str_equal(other->payee, payee) || (role != NULL && other->role != *role))
            continue;
        fen_diagnose(reader->diagnostics, key->place,
                     "this stands already in the same `expect`; keep one",
                     "同一“期望”里已写过；请只留一个");
        return;
    }
}

/* A payee's amount in all, or by role: `{甲: 18.45}`, `{甲: {分享: 18.45}}`. */
static void read_expected(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_case *one)
{
    uint32_t capacity = 0;
    if (!fen_reader_mapping(reader, node))
        return;
    for (const struct fen_node *value = node->first; value != NULL; value = value->next) {
        struct fen_case_expected expected = {.role = FEN_ROLE_NONE};
        uint32_t before = one->expected_count;
        if (!read_payee(reader, value->key, &expected.payee))
            continue;
        refuse_twice(reader, value->key, one, 0, expected.payee, NULL);
        bool is_by_role = value->kind == FEN_NODE_MAPPING;
        for (const struct fen_node *item = is_by_role ? value->first : value; item != NULL;
             item = is_by_role ? item->next : NULL) {
            int role = FEN_ROLE_NONE;
            if (is_by_role && !fen_reader_word(reader, item->key, &fen_case_roles, &role))
                continue;
            expected.role = (enum fen_role)role;
            if (is_by_role)
                refuse_twice(reader, item->key, one, before, expected.payee, &expected.role);
            bool is_cap = role == FEN_ROLE_CAP; /* what is capped off is written without sign */
            if (!fen_reader_money(reader, item, FEN_AMOUNT_MAX, &expected.amount_fen))
                continue;
            if (is_cap)
                expected.amount_fen = -expected.amount_fen;
            FEN_ARENA_PUSH(reader->arena, one->expected, one->expected_count, capacity, expected);
        }
    }
}

static const int case_needs[] = {FEN_CASE_KEY_NAME};

static void read_case(struct fen_reader *reader, const struct fen_node *node, struct fen_case *one)
{
    struct fen_fields fields;
    *one = (struct fen_case){.bound_days = 1, .line_number = node->place.line, .is_open = true};
    if (!fen_reader_fields(reader, node, &fen_case_keys, &fields))
        return;
    const struct fen_node *const *values = fields.values;
    fen_reader_need(reader, &fields, &fen_case_keys, case_needs, 1);
    if (values[FEN_CASE_KEY_NAME] != NULL)
        (void)fen_reader_text(reader, values[FEN_CASE_KEY_NAME], &one->name);
    if (values[FEN_CASE_KEY_GUIDES] != NULL)
        read_guides(reader, values[FEN_CASE_KEY_GUIDES], one);
    if (values[FEN_CASE_KEY_STORES] != NULL)
        read_stores(reader, values[FEN_CASE_KEY_STORES], one);
    if (values[FEN_CASE_KEY_BOUND] != NULL)
        read_bound(reader, values[FEN_CASE_KEY_BOUND], one);
    if (values[FEN_CASE_KEY_ORDER] != NULL)
        fen_case_read_orders(reader, values[FEN_CASE_KEY_ORDER], one);
    fen_reader_optional_id(reader, values[FEN_CASE_KEY_RECRUITED], &one->recruiter);
    if (values[FEN_CASE_KEY_SCORES] != NULL)
        read_scores(reader, values[FEN_CASE_KEY_SCORES], one);
    one->is_open = values[FEN_CASE_KEY_EXPECT] == NULL;
    if (!one->is_open)
        read_expected(reader, values[FEN_CASE_KEY_EXPECT], one);
    bool is_idle = one->order_count == 0 && one->score_count == 0 &&
                   !fen_str_is_set(one->recruiter);
    if (is_idle && values[FEN_CASE_KEY_ORDER] == NULL && values[FEN_CASE_KEY_SCORES] == NULL)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "nothing happens in this case; add `order`, `recruited` or `scores`",
                             "这个用例里没有发生任何事；请写“订单”“拉新”或“得分”");
}

/* Two cases of one name could not be told apart in a report. */
static void refuse_same_name(struct fen_reader *reader, const struct fen_cases *cases,
                             const struct fen_node *node)
{
    const struct fen_case *last = &cases->items[cases->count - 1];
    for (uint32_t index = 0; index + 1 < cases->count && fen_str_is_set(last->name); index++)
        if (fen_str_equal(cases->items[index].name, last->name))
            fen_diagnose(reader->diagnostics, fen_reader_place(node),
                         "a case of this name stands already in line %u; give it another",
                         "第 %u 行已有同名用例；请换一个名称", cases->items[index].line_number);
}

const struct fen_cases *fen_cases_read(struct fen_reader *reader, const struct fen_node *root)
{
    struct fen_cases *cases = FEN_ARENA_NEW(reader->arena, struct fen_cases);
    const struct fen_node *list = NULL;
    bool is_mapping = root != NULL && root->kind == FEN_NODE_MAPPING;
    for (const struct fen_node *value = is_mapping ? root->first : NULL; value != NULL;
         value = value->next) {
        const struct fen_word *word = value->key->kind == FEN_NODE_BROKEN
                                          ? NULL
                                          : fen_words_find(&fen_plan_keys, value->key->place.text);
        if (word != NULL && word->value == FEN_PLAN_KEY_TESTS && list == NULL)
            list = value;
    }
    if (list == NULL || list->kind != FEN_NODE_LIST)
        return cases;
    cases->items =
        fen_arena_allocate(reader->arena, ((size_t)list->child_count + 1) * sizeof *cases->items);
    for (const struct fen_node *item = list->first; item != NULL; item = item->next) {
        read_case(reader, item, &cases->items[cases->count++]);
        refuse_same_name(reader, cases, item);
    }
    return cases;
}
