/* test_published: the publications of fen.plans.v1 as people are told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/publish/engine_metrics.h"
#include "cli/publish/publish_review.h"
#include "model/period.h"

#define TENANT FEN_STR("t")

struct topic {
    struct fen_published_list list;
    enum fen_wire wire;
    int64_t offset;
};

static struct topic topic_of(enum fen_wire wire)
{
    return (struct topic){.list.arena = fen_arena_create((size_t)1 << 16), .wire = wire};
}

/* Midnight of a date in +08:00. */
static int64_t at(const char *date)
{
    int32_t day = 0;
    assert_true(fen_date_parse(fen_str_from(date), &day));
    return day * FEN_DAY_MS - FEN_OFFSET_DEFAULT_MS;
}

/* A plan file from a date to another (NULL: open); `rate` tells contents apart. */
static struct fen_str plan_text(struct fen_arena *arena, const char *id, uint32_t version,
                                const char *from, const char *to, const char *rate)
{
    return fen_arena_format(arena,
                            "plan: %s\nversion: %u\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: %s\n"
                            "%s%s%sroles: {sale: [{name: a, pay: %s}]}\n",
                            id, version, from, to == NULL ? "" : "to: ", to == NULL ? "" : to,
                            to == NULL ? "" : "\n", rate);
}

static struct fen_event event_of(const char *id, struct fen_str yaml, bool is_retroactive)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.id = fen_str_from(id);
    event.tenant = TENANT;
    event.time_ms = at("2026-01-01");
    event.yaml = yaml;
    event.retroactive = is_retroactive;
    event.approver = FEN_STR("wang");
    event.reason = FEN_STR("why");
    return event;
}

static void add_event(struct topic *topic, const struct fen_event *event, struct fen_str key)
{
    struct fen_buffer value = {0};
    fen_event_encode(topic->wire, event, &value);
    fen_published_add(&topic->list, topic->wire,
                      &(struct fen_message){.topic = FEN_TOPIC_PLANS,
                                            .offset = topic->offset++,
                                            .timestamp_ms = at("2026-01-02"),
                                            .key = key,
                                            .value = fen_buffer_str(&value)});
    fen_buffer_deinit(&value);
}

static void publish(struct topic *topic, const char *event_id, struct fen_str yaml,
                    bool is_retroactive)
{
    struct fen_event event = event_of(event_id, yaml, is_retroactive);
    add_event(topic, &event, TENANT);
}

static void check_who_and_why(enum fen_wire wire)
{
    struct topic topic = topic_of(wire);
    struct fen_arena *arena = topic.list.arena;
    publish(&topic, "e1", plan_text(arena, "p", 1, "2026-02-01", NULL, "1%"), true);
    assert_int_equal(topic.list.count, 1);
    const struct fen_published *item = &topic.list.items[0];
    assert_true(fen_str_equal(item->by, FEN_STR("wang")));
    assert_true(fen_str_equal(item->reason, FEN_STR("why")));
    assert_true(item->is_retroactive && item->published_ms == at("2026-01-02"));

    /* What is no text is not said; the publication is one all the same. */
    struct fen_event event =
        event_of("e2", plan_text(arena, "p", 2, "2026-02-01", NULL, "1%"), false);
    event.approver = FEN_STR("a\nb");
    event.reason = FEN_STR_NONE;
    add_event(&topic, &event, TENANT);
    assert_int_equal(topic.list.count, 2);
    assert_false(fen_str_is_set(topic.list.items[1].by));
    assert_false(fen_str_is_set(topic.list.items[1].reason));
    fen_arena_destroy(arena);
}

static void test_who_and_why_are_read_in_both_wires(void **state)
{
    (void)state;
    check_who_and_why(FEN_WIRE_PROTOBUF);
    check_who_and_why(FEN_WIRE_JSON);
}

static void test_what_the_engine_refuses_has_no_place(void **state)
{
    (void)state;
    struct topic topic = topic_of(FEN_WIRE_PROTOBUF);
    struct fen_arena *arena = topic.list.arena;
    struct fen_str yaml = plan_text(arena, "p", 1, "2026-02-01", NULL, "1%");
    struct fen_event event = event_of("e1", yaml, false);
    add_event(&topic, &event, FEN_STR("other"));
    publish(&topic, "e2", FEN_STR("plan: p\n"), false);
    fen_published_add(&topic.list, topic.wire,
                      &(struct fen_message){.topic = FEN_TOPIC_PLANS, .offset = topic.offset++});
    assert_int_equal(topic.list.count, 0);
    assert_int_equal(topic.list.refused_count, 3);
    assert_int_equal(topic.list.end, 3);
    /* A bad plan leaves no mark: the mended event may have its id. */
    publish(&topic, "e2", yaml, false);
    assert_int_equal(topic.list.items[0].fate, FEN_PUBLISHED_HOLDS);
    fen_arena_destroy(arena);
}

static void test_a_version_again(void **state)
{
    (void)state;
    struct topic topic = topic_of(FEN_WIRE_PROTOBUF);
    struct fen_arena *arena = topic.list.arena;
    struct fen_str yaml = plan_text(arena, "p", 1, "2026-02-01", NULL, "1%");
    publish(&topic, "e1", yaml, false);
    publish(&topic, "e1", yaml, true);
    publish(&topic, "e2", yaml, false);
    publish(&topic, "e3", plan_text(arena, "p", 1, "2026-02-01", NULL, "2%"), false);
    const enum fen_published_fate expected[] = {FEN_PUBLISHED_HOLDS, FEN_PUBLISHED_DUPLICATE,
                                                FEN_PUBLISHED_AGAIN, FEN_PUBLISHED_CONFLICT};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(topic.list.items[i].fate, expected[i]);
    assert_ptr_equal(fen_published_find(&topic.list, TENANT, FEN_STR("p"), 1),
                     &topic.list.items[0]);
    fen_arena_destroy(arena);
}

/* The times of a publication that holds, as "from..to" in days of January 2026. */
static void check_spans(const struct topic *topic, uint32_t place, const char *expected)
{
    char text[128] = "";
    int size = 0;
    struct fen_published_spans spans =
        fen_published_spans(&topic->list, &topic->list.items[place]);
    for (uint32_t i = 0; i < spans.count; i++) {
        const struct fen_published_span *span = &spans.items[i];
        long long from = (span->from_ms - at("2026-01-01")) / FEN_DAY_MS + 1;
        long long to =
            span->to_ms == INT64_MAX ? 99 : (span->to_ms - at("2026-01-01")) / FEN_DAY_MS + 1;
        size += snprintf(text + size, sizeof text - (size_t)size, "%s%lld..%lld",
                         i == 0 ? "" : " ", from, to);
    }
    assert_string_equal(text, expected);
}

static void test_when_a_version_is_the_one_chosen(void **state)
{
    (void)state;
    struct topic topic = topic_of(FEN_WIRE_PROTOBUF);
    struct fen_arena *arena = topic.list.arena;
    publish(&topic, "e1", plan_text(arena, "p", 1, "2026-01-01", NULL, "1%"), false);
    publish(&topic, "e2", plan_text(arena, "p", 2, "2026-01-05", "2026-01-10", "1%"), false);
    publish(&topic, "e3", plan_text(arena, "p", 3, "2026-01-07", "2026-01-12", "1%"), false);
    publish(&topic, "e4", plan_text(arena, "p", 4, "2026-01-20", NULL, "1%"), false);
    publish(&topic, "e5", plan_text(arena, "o", 1, "2026-01-06", "2026-01-07", "1%"), false);
    check_spans(&topic, 0, "1..5 12..20");
    check_spans(&topic, 1, "5..7");
    check_spans(&topic, 2, "7..12");
    check_spans(&topic, 3, "20..99");
    check_spans(&topic, 4, "");
    assert_ptr_equal(fen_published_choose(&topic.list, TENANT, at("2026-01-05") - 1),
                     &topic.list.items[0]);
    assert_null(fen_published_choose(&topic.list, TENANT, at("2026-01-01") - 1));
    assert_null(fen_published_choose(&topic.list, FEN_STR("u"), at("2026-01-05")));
    fen_arena_destroy(arena);
}

static enum fen_exit review(struct topic *topic, struct fen_publish_terms terms,
                            struct fen_str yaml, struct fen_publish_candidate *candidate)
{
    static struct fen_plan_source source;
    struct fen_diagnostics diagnostics = {.arena = topic->list.arena};
    source = (struct fen_plan_source){.path = "plan.yaml", .yaml = yaml};
    terms.tenant = TENANT;
    terms.by = FEN_STR("wang");
    terms.now_ms = at("2026-01-03");
    *candidate = (struct fen_publish_candidate){
        .source = &source, .plan = fen_plan_parse(yaml, topic->list.arena, &diagnostics)};
    assert_non_null(candidate->plan);
    return fen_publish_review(candidate, &terms, &topic->list);
}

static void test_what_may_be_published(void **state)
{
    (void)state;
    struct topic topic = topic_of(FEN_WIRE_PROTOBUF);
    struct fen_arena *arena = topic.list.arena;
    struct fen_publish_terms plain = {.is_retroactive = false};
    struct fen_publish_terms back = {.is_retroactive = true, .reason = FEN_STR("r")};
    struct fen_publish_candidate made;
    struct fen_str first = plan_text(arena, "p", 1, "2026-01-05", "2026-01-10", "1%");
    publish(&topic, "e1", first, false);

    assert_int_equal(review(&topic, plain, first, &made), FEN_EXIT_OK);
    assert_true(made.is_published && made.published_offset == 0);
    assert_int_equal(
        review(&topic, plain, plan_text(arena, "p", 1, "2026-01-05", "2026-01-10", "2%"), &made),
        FEN_EXIT_CONFIG);
    assert_int_equal(review(&topic, plain, plan_text(arena, "o", 1, "2026-01-09", NULL, "1%"),
                            &made),
                     FEN_EXIT_CONFIG);
    assert_int_equal(review(&topic, plain, plan_text(arena, "p", 2, "2026-01-02", NULL, "1%"),
                            &made),
                     FEN_EXIT_CONFIG);
    assert_int_equal(topic.list.count, 1);

    /* What joins without a gap does not overlap; the moment now is not past. */
    assert_int_equal(review(&topic, plain, plan_text(arena, "o", 1, "2026-01-10", NULL, "1%"),
                            &made),
                     FEN_EXIT_OK);
    assert_null(made.against);
    struct fen_str second = plan_text(arena, "p", 3, "2026-01-03", "2026-01-10", "1%");
    assert_int_equal(review(&topic, plain, second, &made), FEN_EXIT_OK);
    assert_int_equal(made.against->version, 1);
    assert_int_equal(review(&topic, back, plan_text(arena, "p", 4, "2026-01-01", "2026-01-10",
                                                    "1%"),
                            &made),
                     FEN_EXIT_OK);
    assert_int_equal(review(&topic, back, plan_text(arena, "p", 2, "2026-01-05", "2026-01-06",
                                                    "1%"),
                            &made),
                     FEN_EXIT_CONFIG);
    /* Backwards the same content is another publication, once for each reason. */
    assert_int_equal(review(&topic, back, first, &made), FEN_EXIT_CONFIG);
    assert_false(made.is_published);
    fen_arena_destroy(arena);
}

static void test_the_event_of_a_publication(void **state)
{
    (void)state;
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_publish_terms terms = {.tenant = TENANT, .reason = FEN_STR("r")};
    struct fen_publish_terms back = {TENANT, FEN_STR("a"), FEN_STR("r"), true, 1};
    struct fen_publish_terms other = {TENANT, FEN_STR("b"), FEN_STR("s"), true, 2};
    struct fen_str plain = fen_publish_event_id(arena, &terms, FEN_STR("y"));
    terms.reason = FEN_STR_NONE;
    assert_true(fen_str_equal(plain, fen_publish_event_id(arena, &terms, FEN_STR("y"))));
    assert_false(fen_str_equal(plain, fen_publish_event_id(arena, &terms, FEN_STR("z"))));
    assert_false(fen_str_equal(plain, fen_publish_event_id(arena, &back, FEN_STR("y"))));
    assert_false(fen_str_equal(fen_publish_event_id(arena, &other, FEN_STR("y")),
                               fen_publish_event_id(arena, &back, FEN_STR("y"))));
    assert_true(plain.size <= 64);
    fen_arena_destroy(arena);
}

static void test_workers_in_the_metrics(void **state)
{
    (void)state;
    struct fen_engine_metrics metrics;
    struct fen_str text = FEN_STR("HTTP/1.1 200 OK\r\n\r\n# TYPE fen_worker_plan_offset gauge\n"
                                  "fen_worker_plan_offset{worker=\"0\"} 3\n"
                                  "fen_worker_plan_offset{worker=\"1\"} 12\n"
                                  "fen_worker_plan_offsets{worker=\"2\"} 12");
    assert_true(fen_engine_metrics_parse(text, &metrics));
    assert_int_equal(metrics.worker_count, 2);
    assert_int_equal(metrics.plan_offsets[0], 3);
    assert_int_equal(metrics.plan_offsets[1], 12);
    assert_false(fen_engine_metrics_parse(FEN_STR("HTTP/1.1 404 Not Found\r\n\r\n"), &metrics));
    assert_false(fen_engine_metrics_parse(FEN_STR(""), &metrics));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_and_why_are_read_in_both_wires),
        cmocka_unit_test(test_what_the_engine_refuses_has_no_place),
        cmocka_unit_test(test_a_version_again),
        cmocka_unit_test(test_when_a_version_is_the_one_chosen),
        cmocka_unit_test(test_what_may_be_published),
        cmocka_unit_test(test_the_event_of_a_publication),
        cmocka_unit_test(test_workers_in_the_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
