/* places: see places.h. */
#include "stream/places.h"

#include <stdlib.h>
#include <string.h>

void fen_places_deinit(struct fen_places *places)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++)
        free(places->rows[i]);
    memset(places, 0, sizeof *places);
}

void fen_places_close_all(struct fen_places *places)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        for (uint32_t j = 0; j < places->counts[i]; j++)
            places->rows[i][j].next = INT64_MAX;
    }
}

void fen_places_open(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                     int64_t offset, int64_t end)
{
    FEN_ASSERT(topic < FEN_TOPIC_COUNT && offset >= 0);
    uint32_t count = places->counts[topic];
    if (partition >= count) {
        struct fen_place *rows = realloc(places->rows[topic], (partition + 1) * sizeof *rows);
        FEN_ASSERT(rows != NULL);
        for (uint32_t i = count; i <= partition; i++)
            rows[i] = (struct fen_place){INT64_MAX, -1, 0};
        places->rows[topic] = rows;
        places->counts[topic] = partition + 1;
    }
    places->rows[topic][partition] = (struct fen_place){offset, offset, end};
}

const struct fen_place *fen_places_find(const struct fen_places *places, enum fen_topic topic,
                                        uint32_t partition)
{
    return partition < places->counts[topic] ? &places->rows[topic][partition] : NULL;
}

/* The place of an open partition that has not come as far as `offset`; else NULL. */
static struct fen_place *find_before(struct fen_places *places, enum fen_topic topic,
                                     uint32_t partition, int64_t offset)
{
    if (topic == FEN_TOPIC_COUNT || partition >= places->counts[topic])
        return NULL;
    struct fen_place *place = &places->rows[topic][partition];
    return place->next == INT64_MAX || offset < place->next ? NULL : place;
}

bool fen_places_pass(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                     int64_t offset)
{
    struct fen_place *place = find_before(places, topic, partition, offset);
    if (place == NULL)
        return false;
    place->next = offset + 1;
    place->position = offset + 1;
    return offset < place->end;
}

void fen_places_reach(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                      int64_t offset)
{
    struct fen_place *place = find_before(places, topic, partition, offset);
    if (place != NULL)
        place->position = offset;
}
