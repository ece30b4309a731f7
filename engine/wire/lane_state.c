/* lane_state: the field table of LaneState; numbers are those of proto/fen.proto. */
#include "wire/lane_state.h"

#define CHANNEL struct fen_lane_channel
static const struct fen_field channel_fields[] = {
    FEN_ROW(1, "partition", FEN_FIELD_UINT32, CHANNEL, partition, 0),
    FEN_ROW(2, "number", FEN_FIELD_INT64, CHANNEL, number, 0),
};
static const struct fen_schema channel_schema = FEN_SCHEMA("LaneChannel", CHANNEL, channel_fields);

#define LANE struct fen_lane_state
static const struct fen_field lane_fields[] = {
    FEN_ROW(1, "org_change", FEN_FIELD_INT64, LANE, org_change, 0),
    FEN_ROW(2, "plan_publication", FEN_FIELD_INT64, LANE, plan_publication, 0),
    FEN_ROW(3, "newest_order", FEN_FIELD_INT64, LANE, newest_order_ms, FEN_NONE),
    FEN_ROW(4, "newest_touch", FEN_FIELD_INT64, LANE, newest_touch_ms, FEN_NONE),
    FEN_ROW(5, "version", FEN_FIELD_INT64, LANE, version, 0),
    FEN_ROW_MESSAGES(6, "channels", LANE, channels, channel_count, &channel_schema),
    FEN_ROW(7, "format", FEN_FIELD_UINT32, LANE, format, 0),
    FEN_ROW(8, "partition_count", FEN_FIELD_UINT32, LANE, partition_count, 0),
};
const struct fen_schema fen_lane_state_schema = FEN_SCHEMA("LaneState", LANE, lane_fields);
