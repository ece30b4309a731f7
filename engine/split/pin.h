/*
 * pin: the choice of a plan for a subject, and how long it stands (SPEC §4 Plan).
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_PIN_H
#define FEN_SPLIT_PIN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/order.h"
#include "model/pin.h"
#include "plan/catalog.h"

/*
 * The plan the subject follows: the pinned one, or a new choice, which is then pinned, where the
 * pin was taken for another time, a retroactive publication covers the time, or there is none.
 * NULL: unplanned. `currency` absent: any. Texts of the pin are borrowed from the catalog.
 */
const struct fen_plan *fen_pin_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                      struct fen_str currency, int64_t at_ms, struct fen_pin *pin,
                                      bool *is_new_out);

/* Likewise of an order, whose pin stands in its own fields. */
const struct fen_plan *fen_pin_choose_order(const struct fen_catalog *catalog,
                                            struct fen_order *order, bool *is_new_out);

#endif /* FEN_SPLIT_PIN_H */
