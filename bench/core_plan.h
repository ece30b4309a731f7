/*
 * core_plan: a plan of many rules with every feature on, for the shop of shop.h.
 *
 * Threads: any.
 */
#ifndef BENCH_CORE_PLAN_H
#define BENCH_CORE_PLAN_H

#include <stdint.h>

#include "base/buffer.h"
#include "bench/shop.h"
#include "plan/reference.h"

/*
 * Append the plan's YAML. Six guide roles share `rule_count` rules (at least 100) with caps,
 * splits, holds, per unit and per line pay, conditions by level, store, channel and base; the most
 * are by sku or by brand and category. Manager and entity roles come on top. 5,000 rules fit into
 * the 256 KiB that a plan may have.
 */
void bench_core_plan_append(struct fen_buffer *yaml, uint32_t rule_count, uint32_t sku_count);

/* That plan and the shop's stores and guides, published: what a core is measured against. */
void bench_core_publish(const struct bench_shop *shop, uint32_t rule_count,
                        struct fen_reference_builder *references);

#endif /* BENCH_CORE_PLAN_H */
