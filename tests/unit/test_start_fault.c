/* test_start_fault: state that must not be gone on from is refused, and the reason names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/serve/start_refusal.h"
#include "stream/lanes.h"
#include "wire/lane_state.h"

#define PARTITION_COUNT 4u

/* Restore a lane's record with that format and count into partition 2. */
static struct fen_start_fault restore(enum fen_topic topic, uint32_t format, uint32_t count)
{
    struct fen_lanes *lanes = fen_lanes_create(&(struct fen_lanes_options){
        .partition_count = PARTITION_COUNT, .has_split = true, .has_post = true});
    struct fen_lane_state state;
    struct fen_buffer value = {0};
    fen_record_clear(&fen_lane_state_schema, &state);
    state.format = format;
    state.partition_count = count;
    fen_record_encode(&fen_lane_state_schema, &state, &value);
    fen_lanes_open(lanes, 2);
    struct fen_message message = {.topic = topic,
                                  .partition = 2,
                                  .offset = 77,
                                  .key = FEN_LANE_STATE_KEY,
                                  .value = fen_buffer_str(&value)};
    struct fen_start_fault fault = {.kind = FEN_START_SOUND};
    if (!fen_lanes_restore(lanes, &message))
        fault = fen_lanes_restore_fault(lanes, &message);
    fen_buffer_deinit(&value);
    fen_lanes_destroy(lanes);
    return fault;
}

static void check_sentence(const struct fen_start_fault *fault, const char *wanted)
{
    struct fen_buffer sentence = {0};
    fen_start_fault_append(fault, &sentence);
    fen_buffer_append_byte(&sentence, '\0');
    if (strstr(sentence.data, wanted) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", wanted, sentence.data);
    assert_int_equal(fen_start_refusal_say(fault), FEN_EXIT_CONFIG);
    fen_buffer_deinit(&sentence);
}

static void test_own_and_former_formats_are_read(void **state)
{
    enum fen_topic topics[] = {FEN_TOPIC_CUSTOMER_STATE, FEN_TOPIC_ACCOUNTS};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(restore(topics[i], 0, 0).kind, FEN_START_SOUND);
        assert_int_equal(restore(topics[i], FEN_STATE_FORMAT, PARTITION_COUNT).kind,
                         FEN_START_SOUND);
    }
}

static void test_a_newer_format_is_refused(void **state)
{
    struct fen_start_fault fault =
        restore(FEN_TOPIC_CUSTOMER_STATE, FEN_STATE_FORMAT + 1, PARTITION_COUNT);
    assert_int_equal(fault.kind, FEN_START_NEWER);
    check_sentence(&fault, "fen.customer-state.v1 [2] was written in format 2 by a newer version");
    assert_int_equal(restore(FEN_TOPIC_ACCOUNTS, FEN_STATE_FORMAT + 1, 0).kind, FEN_START_NEWER);
}

static void test_another_number_of_partitions_is_refused(void **state)
{
    struct fen_start_fault fault =
        restore(FEN_TOPIC_ACCOUNTS, FEN_STATE_FORMAT, PARTITION_COUNT - 1);
    assert_int_equal(fault.kind, FEN_START_REPARTITIONED);
    check_sentence(&fault, "fen.accounts.v1 [2] was written for 3 partitions, and now there are 4");
}

static void test_every_fault_has_a_sentence_with_its_place(void **state)
{
    static const enum fen_start_fault_kind kinds[] = {FEN_START_CUT, FEN_START_LOST,
                                                      FEN_START_EXPIRED, FEN_START_STATE_CUT,
                                                      FEN_START_UNREADABLE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct fen_start_fault fault = {
            .kind = kinds[i], .topic = FEN_TOPIC_ORDER_EVENTS, .partition = 5, .found = 9};
        check_sentence(&fault, "fen.order-events.v1 [5] ");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_and_former_formats_are_read),
        cmocka_unit_test(test_a_newer_format_is_refused),
        cmocka_unit_test(test_another_number_of_partitions_is_refused),
        cmocka_unit_test(test_every_fault_has_a_sentence_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
