/*
 * applied: which events a lane has applied, and which of them by the batch that is on (SPEC §3).
 *
 * An event is told by 128 bits of the hash of (tenant, id); 32 bits of its content tell whether a
 * second one of that id says the same. Marks travel inside the records of what they were applied
 * to, and are restored from there. A batch that is discarded leaves no mark.
 *
 * Threads: one.
 */
#ifndef FEN_MODEL_APPLIED_H
#define FEN_MODEL_APPLIED_H

#include "base/arena.h"
#include "base/mark_set.h"
#include "model/event.h"
#include "model/order.h"

#define FEN_APPLIED_WAITING_MAX 16u

struct fen_applied {
    bool is_trusting; /* no event comes twice: each is new, and none is noted */
    struct fen_mark_set *marks;
    struct fen_hash128 *fresh; /* of the batch, in its arena */
    uint32_t fresh_count, fresh_capacity;
    /* Restored, and on their way into the set: by then its memory has come near. */
    struct fen_event_mark waiting[FEN_APPLIED_WAITING_MAX];
    uint32_t waiting_count;
};

/* Whether an event is to be applied. */
enum fen_applied_fate {
    FEN_APPLIED_NEW,
    FEN_APPLIED_DUPLICATE,
    FEN_APPLIED_CONFLICT, /* a duplicate by id, with other content */
};

/* None applied yet. The owner deinits. */
void fen_applied_init(struct fen_applied *applied);
/* Free what it holds; the batch's arena is its owner's. */
void fen_applied_deinit(struct fen_applied *applied);

/* A batch begins: what it adds may be discarded. */
void fen_applied_begin(struct fen_applied *applied);

/* Note the event as applied unless it was before; of a NEW one *mark_out is what to keep of it. */
enum fen_applied_fate fen_applied_add(struct fen_applied *applied, struct fen_arena *arena,
                                      const struct fen_event *event,
                                      struct fen_event_mark *mark_out) FEN_MUST_USE;

/* The event added last was refused after all. */
void fen_applied_take_back(struct fen_applied *applied);

/* Nothing of the batch was applied. */
void fen_applied_discard(struct fen_applied *applied);

/* How many events are noted; of restored ones the last few count twice if they came twice. */
uint64_t fen_applied_count(const struct fen_applied *applied);

/* Marks of a restored record. */
void fen_applied_restore(struct fen_applied *applied, const struct fen_event_mark *marks,
                         uint32_t count);

/* An event read anew from its topic; false: it stands already. */
bool fen_applied_restore_event(struct fen_applied *applied, const struct fen_event *event);

/*
 * Append to the marks of a record, which become an array of the arena with room for some more: the
 * capacity, 0 as long as they are those that were read.
 */
void fen_event_mark_append(struct fen_arena *arena, struct fen_event_mark mark,
                           struct fen_event_mark **marks, uint32_t *mark_count,
                           uint32_t *mark_capacity);

#endif /* FEN_MODEL_APPLIED_H */
