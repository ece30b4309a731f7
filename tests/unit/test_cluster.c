/* test_cluster: slots, requests taken apart, and pipelines split among the nodes of a cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "redis/cluster_link.h"
#include "redis/resp.h"

static void test_slots_are_those_of_the_specification(void **state)
{
    assert_int_equal(fen_cluster_slot(FEN_STR("123456789")), 0x31c3);
    assert_int_equal(fen_cluster_slot(FEN_STR("{user1000}.following")),
                     fen_cluster_slot(FEN_STR("user1000")));
    assert_int_equal(fen_cluster_slot(FEN_STR("fen:{p3}:fence")), fen_cluster_slot(FEN_STR("p3")));
    /* An empty tag is none; the first one holds. */
    assert_int_not_equal(fen_cluster_slot(FEN_STR("foo{}{bar}")), fen_cluster_slot(FEN_STR("bar")));
    assert_int_equal(fen_cluster_slot(FEN_STR("foo{{bar}}zap")), fen_cluster_slot(FEN_STR("{bar")));
    assert_int_equal(fen_cluster_slot(FEN_STR("{bar")), fen_cluster_slot(FEN_STR("{bar")));
    assert_true(fen_cluster_slot(FEN_STR("")) == 0);
}

static void append(struct fen_buffer *pipeline, const char *const *words)
{
    uint32_t count = 0;
    while (words[count] != NULL)
        count++;
    fen_resp_append_array(pipeline, count);
    for (uint32_t i = 0; i < count; i++)
        fen_resp_append_text(pipeline, fen_str_from(words[i]));
}

static void test_requests_name_their_key(void **state)
{
    static const struct {
        const char *words[6];
        const char *key;
        bool is_for_all;
    } rows[] = {
        {{"HGET", "fen:{p1}:fence", "seq"}, "fen:{p1}:fence", false},
        {{"EVALSHA", "abc", "2", "fen:{p2}:fence", "more"}, "fen:{p2}:fence", false},
        {{"SCAN", "0", "MATCH", "fen:{p7}:*"}, "fen:{p7}:*", false},
        {{"SCRIPT", "LOAD", "return 1"}, NULL, true},
        {{"PING"}, NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fen_buffer pipeline = {0};
        append(&pipeline, rows[i].words);
        size_t size = pipeline.size_bytes;
        append(&pipeline, rows[0].words);
        struct fen_cluster_request request = fen_cluster_request(fen_buffer_str(&pipeline));
        assert_int_equal(request.size, size);
        assert_int_equal(request.is_for_all, rows[i].is_for_all);
        assert_int_equal(fen_str_is_set(request.key), rows[i].key != NULL);
        if (rows[i].key != NULL)
            assert_true(fen_str_equal(request.key, fen_str_from(rows[i].key)));
        fen_buffer_deinit(&pipeline);
    }
}

static int closed_count;

static void count_closed(void *link)
{
    assert_ptr_equal(link, &closed_count);
    closed_count++;
}

static const struct fen_transport no_transport = {.close = count_closed};

/* Two nodes that share the slots by halves, without a connection that works. */
static struct fen_cluster_link *two_nodes(void)
{
    struct fen_cluster *cluster = calloc(1, sizeof *cluster);
    struct fen_cluster_link *link = fen_cluster_link_create(&no_transport);
    assert_non_null(cluster);
    cluster->node_count = 2;
    for (uint32_t slot = FEN_CLUSTER_SLOT_COUNT / 2; slot < FEN_CLUSTER_SLOT_COUNT; slot++)
        cluster->owners[slot] = 1;
    fen_cluster_link_set(link, cluster);
    free(cluster);
    assert_int_equal(fen_cluster_link_count(link), 0); /* half of a cluster is no link */
    for (int node = 0; node < 2; node++)
        fen_cluster_link_add(link, &closed_count);
    assert_int_equal(fen_cluster_link_count(link), 2);
    return link;
}

static void test_pipeline_is_split_and_replies_keep_their_order(void **state)
{
    struct fen_cluster_link *link = two_nodes();
    struct fen_buffer pipeline = {0};
    const char *keys[] = {"fen:{p1}:fence", "fen:{p2}:fence", "fen:{p3}:fence", "fen:{p4}:fence"};
    uint32_t counts[2] = {0};
    for (int i = 0; i < 4; i++)
        append(&pipeline, (const char *const[]){"HGET", keys[i], "seq", NULL});
    append(&pipeline, (const char *const[]){"SCRIPT", "LOAD", "x", NULL});
    fen_cluster_link_route(link, fen_buffer_str(&pipeline));
    for (int i = 0; i < 4; i++) {
        uint32_t node = fen_cluster_slot(fen_str_from(keys[i])) >= FEN_CLUSTER_SLOT_COUNT / 2;
        assert_int_equal(fen_cluster_link_next(link), node);
        counts[node]++;
    }
    assert_int_equal(fen_cluster_link_next(link), FEN_CLUSTER_LINK_ALL);
    assert_true(counts[0] > 0 && counts[1] > 0);
    for (uint32_t node = 0; node < 2; node++) {
        struct fen_str part = fen_cluster_link_part(link, node);
        uint32_t found = 0;
        while (part.size > 0) {
            size_t size = fen_cluster_request(part).size;
            part = (struct fen_str){part.data + size, part.size - (uint32_t)size};
            found++;
        }
        assert_int_equal(found, counts[node] + 1); /* and the script */
    }
    fen_cluster_link_pin(link, 1);
    fen_cluster_link_route(link, fen_buffer_str(&pipeline));
    assert_int_equal(fen_cluster_link_next(link), 1);
    fen_buffer_deinit(&pipeline);
    fen_cluster_link_close(link);
    assert_int_equal(closed_count, 2);
    assert_int_equal(fen_cluster_link_known(link), 2); /* whom to ask when the address is gone */
    fen_cluster_link_destroy(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_are_those_of_the_specification),
        cmocka_unit_test(test_requests_name_their_key),
        cmocka_unit_test(test_pipeline_is_split_and_replies_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
