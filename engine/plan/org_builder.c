/* org_builder: see org_builder.h. */
#include "plan/org_builder.h"

#include "model/period.h"

/* Chunks of about two hundred keys at 400,000 guides, of a dozen at 3,000 stores. */
#define GUIDE_CHUNK_BITS    11u
#define STORE_CHUNK_BITS    8u
#define TRANSFER_CHUNK_BITS 10u
#define PERIOD_CHUNK_BITS   4u

void fen_org_builder_init(struct fen_org_builder *builder, struct fen_arena *arena,
                          struct fen_numbering *names, struct fen_retire *retire)
{
    uint64_t number = retire->number;
    *builder = (struct fen_org_builder){
        .arena = arena,
        .names = names,
        .retire = retire,
        .guides = fen_directory_create(GUIDE_CHUNK_BITS, sizeof(struct fen_guide), number),
        .stores = fen_directory_create(STORE_CHUNK_BITS, sizeof(struct fen_store), number),
        .transfers = fen_directory_create(TRANSFER_CHUNK_BITS, sizeof(struct fen_transfer), number),
        .periods = fen_directory_create(PERIOD_CHUNK_BITS, sizeof(int32_t), number),
    };
}

void fen_org_builder_deinit(struct fen_org_builder *builder)
{
    fen_directory_destroy(builder->guides);
    fen_directory_destroy(builder->stores);
    fen_directory_destroy(builder->transfers);
    fen_directory_destroy(builder->periods);
    fen_change_log_deinit(&builder->log);
}

struct fen_org fen_org_builder_snapshot(const struct fen_org_builder *builder)
{
    return (struct fen_org){builder->guides,  builder->stores,     builder->transfers,
                            builder->periods, builder->log.blocks, builder->log.count};
}

static struct fen_str copy(const struct fen_org_builder *builder, struct fen_str text)
{
    return fen_arena_copy(builder->arena, text);
}

/* The number of a text that many records share, from 1, and the text they share; absent: 0. */
static uint32_t share(const struct fen_org_builder *builder, struct fen_str *text)
{
    struct fen_numbering *names = builder->names;
    if (!fen_str_is_set(*text))
        return 0;
    uint32_t count = names->count, number = fen_numbering_number(names, *text);
    if (number == count)
        names->texts[number] = copy(builder, *text);
    *text = names->texts[number];
    return number + 1;
}

/* A copy of `prefix` and the id, of which *id becomes the end; returns it whole. */
static struct fen_str copy_behind(const struct fen_org_builder *builder, const char *prefix,
                                  struct fen_str *id)
{
    struct fen_str first = fen_str_from(prefix);
    char *text = fen_arena_allocate(builder->arena, (size_t)first.size + id->size);
    char *end = fen_str_write(fen_str_write(text, first), *id);
    *id = (struct fen_str){end - id->size, id->size};
    return (struct fen_str){text, first.size + id->size};
}

/* A key's texts: those its history has already, else copies, the id's behind the prefix. */
static void own_key(const struct fen_org_builder *builder, const struct fen_history *history,
                    const char *prefix, struct fen_str *tenant, struct fen_str *id)
{
    (void)share(builder, tenant);
    if (history != NULL)
        *id = history->id;
    else if (fen_str_is_set(*id))
        (void)copy_behind(builder, prefix, id);
}

/* The order of versions: by effective, then event id (SPEC §3). */
static bool is_after(int64_t effective_ms, struct fen_str event, int64_t other_ms,
                     struct fen_str other_event)
{
    return effective_ms != other_ms ? effective_ms > other_ms
                                    : fen_str_compare(event, other_event) > 0;
}

static void log_change(struct fen_org_builder *builder, enum fen_org_record record,
                       struct fen_str tenant, struct fen_str id, struct fen_str event,
                       int64_t from_ms)
{
    struct fen_org_change change = {record, tenant, id, event, from_ms};
    fen_change_log_append(&builder->log, builder->retire, &change);
}

/* SPEC §3: the earliest version, among equals the greatest event id, covers all time before it. */
static int64_t version_from_ms(int64_t effective_ms, const int64_t *earliest_ms)
{
    return earliest_ms == NULL || effective_ms <= *earliest_ms ? INT64_MIN : effective_ms;
}

/* The payee of an id, which becomes its end; both absent where the id is. */
static struct fen_str payee_of(const struct fen_org_builder *builder, const char *prefix,
                               struct fen_str *id)
{
    return fen_str_is_set(*id) ? copy_behind(builder, prefix, id) : FEN_STR_NONE;
}

static struct fen_guide read_guide(const struct fen_org_builder *builder,
                                   const struct fen_event *event)
{
    struct fen_guide guide = {
        .store = event->store,
        .level = event->level,
        .kind = fen_str_is_set(event->kind) ? event->kind : FEN_STR("guide"),
        .employer = copy(builder, event->employer),
        .name = copy(builder, event->name),
        .effective_ms = event->effective_ms,
        .event = copy(builder, event->id),
    };
    guide.store_number = share(builder, &guide.store);
    guide.level_number = share(builder, &guide.level);
    guide.kind_number = share(builder, &guide.kind);
    guide.status = FEN_GUIDE_ACTIVE;
    if (event->status != FEN_GUIDE_STATUS_NONE)
        guide.status = event->status & 0xFF;
    if (event->customer_count > 0) {
        FEN_ASSERT(event->customer_count < UINT32_C(1) << 24);
        guide.customer_count = event->customer_count & 0xFFFFFF;
        guide.customers =
            fen_arena_allocate(builder->arena, event->customer_count * sizeof *guide.customers);
        for (uint32_t index = 0; index < event->customer_count; index++)
            guide.customers[index] = copy(builder, event->customers[index]);
    }
    return guide;
}

static void apply_guide(struct fen_org_builder *builder, const struct fen_event *event)
{
    struct fen_str tenant = event->tenant, id = event->guide;
    const struct fen_history *history = fen_directory_find(builder->guides, tenant, id);
    struct fen_guide guide = read_guide(builder, event);
    own_key(builder, history, FEN_ORG_GUIDE_PREFIX, &tenant, &id);
    uint32_t position = 0;
    int64_t from_ms = version_from_ms(guide.effective_ms, NULL);
    if (history != NULL) {
        const struct fen_guide *versions = (const void *)history->items;
        from_ms = version_from_ms(guide.effective_ms, &versions->effective_ms);
        for (position = history->count; position > 0; position--)
            if (is_after(guide.effective_ms, guide.event, versions[position - 1].effective_ms,
                         versions[position - 1].event))
                break;
    }
    builder->guides =
        fen_directory_insert(builder->guides, builder->retire, tenant, id, position, &guide);
    log_change(builder, FEN_ORG_GUIDE, tenant, id, guide.event, from_ms);
}

static struct fen_store read_store(const struct fen_org_builder *builder,
                                   const struct fen_event *event)
{
    int kind = fen_names_find(&fen_store_kind_names, event->kind);
    struct fen_str id = event->store, region = event->region;
    struct fen_store store = {
        .kind = kind == 0 ? FEN_STORE_OWNED : (enum fen_store_kind)kind,
        .brand = event->brand,
        .region = event->region,
        .mall = event->mall,
        .franchisee = event->franchisee,
        .manager = copy(builder, event->manager),
        .name = copy(builder, event->name),
        .effective_ms = event->effective_ms,
        .event = copy(builder, event->id),
    };
    store.brand_payee = payee_of(builder, "brand:", &store.brand);
    store.region_payee = payee_of(builder, "region:", &store.region);
    store.mall_payee = payee_of(builder, "mall:", &store.mall);
    store.franchisee_payee = payee_of(builder, "franchisee:", &store.franchisee);
    store.store_number = share(builder, &id);
    store.region_number = share(builder, &region);
    return store;
}

static void apply_store(struct fen_org_builder *builder, const struct fen_event *event)
{
    struct fen_str tenant = event->tenant, id = event->store;
    const struct fen_history *history = fen_directory_find(builder->stores, tenant, id);
    struct fen_store store = read_store(builder, event);
    own_key(builder, history, FEN_ORG_STORE_PREFIX, &tenant, &id);
    uint32_t position = 0;
    int64_t from_ms = version_from_ms(store.effective_ms, NULL);
    if (history != NULL) {
        const struct fen_store *versions = (const void *)history->items;
        from_ms = version_from_ms(store.effective_ms, &versions->effective_ms);
        for (position = history->count; position > 0; position--)
            if (is_after(store.effective_ms, store.event, versions[position - 1].effective_ms,
                         versions[position - 1].event))
                break;
    }
    builder->stores =
        fen_directory_insert(builder->stores, builder->retire, tenant, id, position, &store);
    log_change(builder, FEN_ORG_STORE, tenant, id, store.event, from_ms);
}

static void apply_transfer(struct fen_org_builder *builder, const struct fen_event *event)
{
    struct fen_str tenant = event->tenant, id = event->from;
    const struct fen_history *history = fen_directory_find(builder->transfers, tenant, id);
    own_key(builder, history, "", &tenant, &id);
    struct fen_transfer transfer = {copy(builder, event->to), event->effective_ms,
                                    copy(builder, event->id)};
    uint32_t position = 0;
    if (history != NULL) {
        const struct fen_transfer *transfers = (const void *)history->items;
        for (position = history->count; position > 0; position--)
            if (is_after(transfer.effective_ms, transfer.event,
                         transfers[position - 1].effective_ms, transfers[position - 1].event))
                break;
    }
    builder->transfers =
        fen_directory_insert(builder->transfers, builder->retire, tenant, id, position, &transfer);
    log_change(builder, FEN_ORG_TRANSFER, tenant, id, transfer.event, transfer.effective_ms);
}

static void apply_period(struct fen_org_builder *builder, const struct fen_event *event)
{
    int32_t period;
    /* The form of a period is checked where events are decoded (SPEC §9 BAD_ID). */
    bool is_period = fen_period_parse(event->period, &period);
    FEN_ASSERT(is_period);
    struct fen_str tenant = event->tenant, id = FEN_STR_NONE;
    const struct fen_history *history = fen_directory_find(builder->periods, tenant, id);
    uint32_t position = 0;
    if (history != NULL) {
        const int32_t *periods = (const void *)history->items;
        for (position = history->count; position > 0; position--)
            if (periods[position - 1] <= period)
                break;
        if (position > 0 && periods[position - 1] == period)
            return;
    }
    own_key(builder, history, "", &tenant, &id);
    builder->periods =
        fen_directory_insert(builder->periods, builder->retire, tenant, id, position, &period);
    log_change(builder, FEN_ORG_PERIOD, tenant, copy(builder, event->period),
               copy(builder, event->id), event->time_ms);
}

void fen_org_builder_apply(struct fen_org_builder *builder, const struct fen_event *event)
{
    bool is_known = true;
    if (event->type == FEN_EVENT_GUIDE_SET)
        apply_guide(builder, event);
    else if (event->type == FEN_EVENT_STORE_SET)
        apply_store(builder, event);
    else if (event->type == FEN_EVENT_BOOK_TRANSFERRED)
        apply_transfer(builder, event);
    else if (event->type == FEN_EVENT_PERIOD_CLOSED)
        apply_period(builder, event);
    else
        is_known = false;
    FEN_ASSERT(is_known && "not an org event");
}
