/* fake_lanes_body: the definitions of fake_lanes.h; include once, in the test's own file. */
#ifndef FEN_TESTS_LIB_FAKE_LANES_BODY_H
#define FEN_TESTS_LIB_FAKE_LANES_BODY_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lib/fake_lanes.h"

#define FAKE_KEY_MAX 64

struct fake_total {
    char key[FAKE_KEY_MAX];
    uint32_t partition;
    uint64_t seq;
    int64_t total;
};

struct fake_totals {
    struct fake_total *items;
    uint32_t count;
};

struct fake_output {
    char key[FAKE_KEY_MAX];
    char value[64];
};

struct fen_lanes {
    struct fen_lanes_options options;
    bool *is_open;
    struct fake_totals state;   /* committed */
    struct fake_totals overlay; /* of the batch: a copy of everything */
    bool is_in_batch;
    bool is_finished;
    struct fake_output *texts;
    struct fen_message *outputs;
    uint32_t output_count;
    uint32_t output_capacity;
    const struct fen_reference *reference;
    struct fen_counters counters;
};

struct fake_lanes_seen fake_lanes_seen;

static void fake_copy(struct fake_totals *to, const struct fake_totals *from)
{
    free(to->items);
    to->count = from->count;
    to->items = malloc((from->count + 1) * sizeof *to->items);
    FEN_ASSERT(to->items != NULL);
    if (from->count > 0)
        memcpy(to->items, from->items, from->count * sizeof *to->items);
}

static struct fake_total *fake_find(struct fake_totals *totals, struct fen_str key,
                                    uint32_t partition)
{
    for (uint32_t i = 0; i < totals->count; i++) {
        if (fen_str_equal(fen_str_from(totals->items[i].key), key))
            return &totals->items[i];
    }
    totals->items = realloc(totals->items, (totals->count + 1) * sizeof *totals->items);
    FEN_ASSERT(totals->items != NULL && key.size < FAKE_KEY_MAX);
    struct fake_total *total = &totals->items[totals->count++];
    memset(total, 0, sizeof *total);
    memcpy(total->key, key.data, key.size);
    total->partition = partition;
    return total;
}

static void fake_emit(struct fen_lanes *lanes, enum fen_topic topic, uint32_t partition,
                      const char *key, const char *value)
{
    if (lanes->output_count == lanes->output_capacity) {
        lanes->output_capacity = lanes->output_capacity * 2 + 64;
        lanes->texts = realloc(lanes->texts, lanes->output_capacity * sizeof *lanes->texts);
        lanes->outputs =
            realloc(lanes->outputs, lanes->output_capacity * sizeof *lanes->outputs);
        FEN_ASSERT(lanes->texts != NULL && lanes->outputs != NULL);
    }
    struct fake_output *text = &lanes->texts[lanes->output_count];
    (void)snprintf(text->key, sizeof text->key, "%s", key);
    (void)snprintf(text->value, sizeof text->value, "%s", value);
    lanes->outputs[lanes->output_count++] = (struct fen_message){
        .topic = topic, .partition = partition, .offset = -1, .timestamp_ms = -1};
}

struct fen_lanes *fen_lanes_create(const struct fen_lanes_options *options)
{
    struct fen_lanes *lanes = calloc(1, sizeof *lanes);
    FEN_ASSERT(lanes != NULL);
    lanes->options = *options;
    lanes->is_open = calloc(options->partition_count, sizeof *lanes->is_open);
    FEN_ASSERT(lanes->is_open != NULL);
    return lanes;
}

void fen_lanes_destroy(struct fen_lanes *lanes)
{
    if (lanes == NULL)
        return;
    free(lanes->is_open);
    free(lanes->state.items);
    free(lanes->overlay.items);
    free(lanes->texts);
    free(lanes->outputs);
    free(lanes);
}

void fen_lanes_open(struct fen_lanes *lanes, uint32_t partition)
{
    FEN_ASSERT(!lanes->is_open[partition] && !lanes->is_in_batch);
    lanes->is_open[partition] = true;
}

void fen_lanes_close(struct fen_lanes *lanes, uint32_t partition)
{
    FEN_ASSERT(lanes->is_open[partition] && !lanes->is_in_batch);
    lanes->is_open[partition] = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < lanes->state.count; i++) {
        if (lanes->state.items[i].partition != partition)
            lanes->state.items[kept++] = lanes->state.items[i];
    }
    lanes->state.count = kept;
}

bool fen_lanes_is_open(const struct fen_lanes *lanes, uint32_t partition)
{
    return lanes->is_open[partition];
}

bool fen_lanes_restore(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_ASSERT(lanes->is_open[message->partition]);
    if (message->topic == FEN_TOPIC_TOUCH_EVENTS) {
        fake_lanes_seen.restored_touches++;
        return true;
    }
    if (message->topic == FEN_TOPIC_ORG_EVENTS || message->topic == FEN_TOPIC_PLANS) {
        fake_lanes_seen.restored_org_events++;
        return true;
    }
    if (message->topic != FEN_TOPIC_ORDER_STATE)
        return true;
    if (message->value.size == 0 || message->value.data[0] == '?')
        return false;
    char text[64] = {0};
    memcpy(text, message->value.data, message->value.size < 63 ? message->value.size : 63);
    struct fake_total *total = fake_find(&lanes->state, message->key, message->partition);
    char *rest = NULL;
    total->seq = strtoull(text, &rest, 10);
    total->total = strtoll(rest, NULL, 10);
    fake_lanes_seen.restored_states++;
    return true;
}

void fen_lanes_restore_ahead(const struct fen_lanes *lanes, const struct fen_message *message)
{
    (void)lanes;
    (void)message;
}

struct fen_start_fault fen_lanes_restore_fault(const struct fen_lanes *lanes,
                                               const struct fen_message *message)
{
    (void)lanes;
    return (struct fen_start_fault){FEN_START_UNREADABLE, message->topic, message->partition,
                                    message->offset, 0, 0};
}

bool fen_lanes_has_history(const struct fen_lanes *lanes, uint32_t partition, bool is_split)
{
    (void)lanes, (void)partition, (void)is_split;
    return false;
}

int64_t fen_lanes_touches_from_ms(const struct fen_lanes *lanes,
                                  const struct fen_reference *reference, uint32_t partition)
{
    (void)partition;
    FEN_ASSERT(lanes != NULL && reference != NULL);
    return fake_lanes_seen.touches_from_ms;
}

void fen_lanes_begin(struct fen_lanes *lanes, const struct fen_reference *reference)
{
    FEN_ASSERT(!lanes->is_in_batch);
    lanes->is_in_batch = true;
    fake_lanes_seen.behind_batches -= fake_lanes_seen.behind_batches > 0;
    lanes->is_finished = false;
    lanes->output_count = 0;
    fake_copy(&lanes->overlay, &lanes->state);
    if (lanes->reference != NULL && lanes->reference != reference
        && fake_lanes_seen.emits_on_reference)
        fake_emit(lanes, FEN_TOPIC_LEDGER, 0, "reference", "changed");
    lanes->reference = reference;
}

bool fen_lanes_apply(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_ASSERT(lanes->is_in_batch && !lanes->is_finished);
    FEN_ASSERT(lanes->is_open[message->partition]);
    fake_lanes_seen.applied++;
    if (message->topic == FEN_TOPIC_POSTINGS)
        return !fen_str_equal(message->value, FEN_STR("gap"));
    if (message->topic != FEN_TOPIC_ORDER_EVENTS)
        return true;
    char text[64] = {0};
    memcpy(text, message->value.data, message->value.size < 63 ? message->value.size : 63);
    struct fake_total *total = fake_find(&lanes->overlay, message->key, message->partition);
    total->seq++;
    total->total += strtoll(text, NULL, 10);
    (void)snprintf(text, sizeof text, "%" PRIu64 " %" PRId64, total->seq, total->total);
    fake_emit(lanes, FEN_TOPIC_LEDGER, message->partition, total->key, text);
    fake_emit(lanes, FEN_TOPIC_ORDER_STATE, message->partition, total->key, text);
    return true;
}

void fen_lanes_condemn(struct fen_lanes *lanes, const struct fen_message *message)
{
    (void)lanes, (void)message;
}

bool fen_lanes_is_behind(const struct fen_lanes *lanes)
{
    FEN_ASSERT(!lanes->is_in_batch);
    return fake_lanes_seen.behind_batches > 0;
}

bool fen_lanes_is_full(const struct fen_lanes *lanes)
{
    return fake_lanes_seen.batch_outputs_max > 0
           && lanes->output_count >= fake_lanes_seen.batch_outputs_max;
}

void fen_lanes_finish(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch && !lanes->is_finished);
    lanes->is_finished = true;
    for (uint32_t i = 0; i < lanes->output_count; i++) {
        lanes->outputs[i].key = fen_str_from(lanes->texts[i].key);
        lanes->outputs[i].value = fen_str_from(lanes->texts[i].value);
    }
}

const struct fen_message *fen_lanes_outputs(const struct fen_lanes *lanes, uint32_t *count_out)
{
    FEN_ASSERT(lanes->is_finished);
    *count_out = lanes->output_count;
    return lanes->outputs;
}

const struct fen_projection *fen_lanes_projections(const struct fen_lanes *lanes,
                                                   uint32_t *count_out)
{
    (void)lanes;
    *count_out = 0;
    return NULL;
}

uint64_t fen_lanes_version(const struct fen_lanes *lanes, uint32_t partition)
{
    (void)lanes, (void)partition;
    return fake_lanes_seen.promoted;
}

void fen_lanes_promote(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch && lanes->is_finished);
    lanes->is_in_batch = false;
    fake_copy(&lanes->state, &lanes->overlay);
    fake_lanes_seen.promoted++;
}

void fen_lanes_discard(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch);
    lanes->is_in_batch = false;
    if (lanes->texts != NULL) /* a reader that borrowed them too long shall see it */
        memset(lanes->texts, 'x', lanes->output_capacity * sizeof *lanes->texts);
    fake_lanes_seen.discarded++;
}

const struct fen_counters *fen_lanes_counters(const struct fen_lanes *lanes)
{
    return &lanes->counters;
}

void fen_lanes_measure(const struct fen_lanes *lanes, struct fen_lanes_sizes *sizes_out)
{
    memset(sizes_out, 0, sizeof *sizes_out);
    sizes_out->customer_count = lanes->state.count;
}

void fen_lanes_visit_accounts(struct fen_lanes *lanes,
                              void (*visit)(void *context, uint32_t partition,
                                            const struct fen_account *account),
                              void *context)
{
    (void)lanes, (void)visit, (void)context;
}

#endif /* FEN_TESTS_LIB_FAKE_LANES_BODY_H */
