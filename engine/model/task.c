/* task: the field tables of TaskState and TaskGuideState; numbers are those of proto/fen.proto. */
#include "model/task.h"

#include <string.h>

#define STATE struct fen_task_state
static const struct fen_field state_fields[] = {
    FEN_ROW(1, "closed_event", FEN_FIELD_TEXT, STATE, closed_event, 0),
    FEN_ROW(2, "closed_at", FEN_FIELD_INT64, STATE, closed_ms, FEN_NONE),
    FEN_ROW(3, "plan", FEN_FIELD_TEXT, STATE, pin.plan, 0),
    FEN_ROW(4, "plan_version", FEN_FIELD_UINT32, STATE, pin.plan_version, 0),
    FEN_ROW(5, "plan_at", FEN_FIELD_INT64, STATE, pin.at_ms, FEN_NONE),
    FEN_ROW(6, "plan_publication", FEN_FIELD_INT64, STATE, pin.publication, 0),
    FEN_ROW(7, "suspense", FEN_FIELD_UINT32, STATE, suspense_count, 0),
    FEN_ROW_MESSAGES(8, "marks", STATE, marks, mark_count, &fen_event_mark_schema),
};
const struct fen_schema fen_task_state_schema = FEN_SCHEMA("TaskState", STATE, state_fields);

#define SCORE struct fen_task_score
static const struct fen_field score_fields[] = {
    FEN_ROW(1, "score", FEN_FIELD_SINT64, SCORE, score, 0),
    FEN_ROW(2, "at", FEN_FIELD_INT64, SCORE, at_ms, FEN_NONE),
};
static const struct fen_schema score_schema = FEN_SCHEMA("TaskScore", SCORE, score_fields);

#define GUIDE struct fen_task_guide
static const struct fen_field guide_fields[] = {
    FEN_ROW_MESSAGES(1, "scores", GUIDE, scores, score_count, &score_schema),
    FEN_ROW_MESSAGES(2, "posted", GUIDE, posted, posted_count, &fen_posted_schema),
    FEN_ROW_MESSAGES(3, "marks", GUIDE, marks, mark_count, &fen_event_mark_schema),
};
const struct fen_schema fen_task_guide_schema = FEN_SCHEMA("TaskGuideState", GUIDE, guide_fields);

const struct fen_schema *fen_task_record_schema(struct fen_str key)
{
    struct fen_str tenant, rest, task, guide;
    bool is_guide =
        fen_str_split(key, &tenant, &rest) && fen_str_split(rest, &task, &guide);
    return is_guide ? &fen_task_guide_schema : &fen_task_state_schema;
}
