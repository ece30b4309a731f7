/*
 * projection_reader: the projector's source in Kafka: a ledger partition read whole.
 *
 * fen.accounts.v1 gives each payee's absolute state and, in the lane's record, the version they
 * stand at; fen.ledger.v1, read after it, gives the entries of the feeds. Both are read committed,
 * from their beginning to the high watermark found when the reading begins, which an open
 * transaction delays. A transaction that straddles the accounts' watermark leaves accounts newer
 * than the version: the block of that transaction sets them once more, to the same values.
 *
 * It belongs to no group and commits nothing. Its clients are made at the first reading and let go
 * of when none has followed for some seconds.
 *
 * Threads: create, destroy: start-up. The source's functions: projector.
 */
#ifndef FEN_STREAM_PROJECTION_READER_H
#define FEN_STREAM_PROJECTION_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"
#include "plan/reference.h"
#include "stream/kafka_config.h"
#include "stream/projection_fold.h"
#include "wire/event_decode.h"

#define FEN_PROJECTION_LEDGER_RECORD_COUNT_DEFAULT INT64_C(1000000)

struct fen_projection_reader;

struct fen_projection_reader_options {
    const struct fen_kafka_config *config; /* must outlive the reader */
    const char *group;                     /* for the broker's access lists only */
    enum fen_wire wire;                    /* of the output topics */
    struct fen_reference_builder *references; /* for the stores of guides; NULL: none */
    uint32_t reference_reader;             /* its number there: one beyond the workers' */
    int64_t ledger_record_count_max;       /* of the newest, for the feeds; 0: the default */
};

/* The caller destroys, after the projector has stopped. `config` and `references` are borrowed. */
struct fen_projection_reader *
fen_projection_reader_create(const struct fen_projection_reader_options *options) FEN_MUST_USE;
void fen_projection_reader_destroy(struct fen_projection_reader *reader);

/*
 * Read one partition: all accounts, then entries. Blocks; asks goes_on about each 100 ms.
 * Returns: true with *version_out; false when Kafka cannot be read, makes no progress for 30 s, a
 * record is damaged, or goes_on says no; the reason is logged.
 */
bool fen_projection_reader_read(struct fen_projection_reader *reader, uint32_t partition,
                                uint32_t entries_per_payee,
                                const struct fen_projection_visitor *visitor,
                                uint64_t *version_out) FEN_MUST_USE;

/* Once a second: let go of old references and of idle clients. */
void fen_projection_reader_tick(struct fen_projection_reader *reader);

#endif /* FEN_STREAM_PROJECTION_READER_H */
