/* inputs: see inputs.h. One table, cut down to the stages. */
#include "stream/inputs.h"

#include <stddef.h>

struct input {
    enum fen_topic topic;
    bool is_of_split; /* else of post */
};

static const struct input inputs[FEN_INPUT_COUNT_MAX] = {
    {FEN_TOPIC_ORDER_EVENTS, true}, {FEN_TOPIC_TOUCH_EVENTS, true},
    {FEN_TOPIC_CUSTOMER_EVENTS, true}, {FEN_TOPIC_TASK_EVENTS, true},
    {FEN_TOPIC_PAYEE_EVENTS, false}, {FEN_TOPIC_POSTINGS, false},
    {FEN_TOPIC_ORG_EVENTS, true}, {FEN_TOPIC_PLANS, true},
};

uint32_t fen_inputs_list(bool has_split, bool has_post,
                         enum fen_topic topics_out[FEN_INPUT_COUNT_MAX])
{
    uint32_t count = 0;
    for (size_t i = 0; i < FEN_INPUT_COUNT_MAX; i++) {
        if (inputs[i].is_of_split ? has_split : has_post)
            topics_out[count++] = inputs[i].topic;
    }
    return count;
}

uint32_t fen_inputs_list_followed(enum fen_topic topics_out[FEN_INPUT_COUNT_MAX])
{
    topics_out[0] = FEN_TOPIC_LEDGER;
    topics_out[1] = FEN_TOPIC_ACCOUNTS;
    return 2;
}
