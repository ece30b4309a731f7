/*
 * pin: the choice of a plan for a subject, and how long it stands (SPEC §4 Plan).
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_PIN_H
#define FEN_SPLIT_PIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/order.h"
#include "model/pin.h"
#include "plan/catalog.h"

/*
 * The plan that a registration or a task follows: the pinned one, or what a retroactive publication
 * that covers the time has chosen since, or a new choice, which is then pinned, where the pin was
 * taken for another time or there is none. NULL: unplanned. *is_new_out: another than at the last
 * evaluation. Texts of the pin are borrowed from the catalog.
 */
const struct fen_plan *fen_pin_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                      int64_t at_ms, struct fen_pin *pin, bool *is_new_out);

/*
 * Likewise of an order, which may come to another `created` or currency, and back: a pin is kept
 * for each, the former ones in an array from `arena`. A plan in another currency than the order's
 * is none.
 */
const struct fen_plan *fen_pin_choose_order(const struct fen_catalog *catalog,
                                            struct fen_order *order, struct fen_arena *arena,
                                            bool *is_new_out);

#endif /* FEN_SPLIT_PIN_H */
