/*
 * audit: `fen audit`, the check that the books balance.
 */
#include "cli/inspect/audit.h"

#include <stdlib.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options/kafka_options.h"
#include "cli/options/wire_option.h"

void fen_audit_init(struct fen_audit *audit)
{
    audit->arena = fen_arena_create((size_t)1 << 14);
    audit->scratch = fen_arena_create((size_t)1 << 16);
    audit->slab = fen_slab_create();
    audit->account_table = fen_state_table_create(audit->slab);
    audit->order_table = fen_state_table_create(audit->slab);
    audit->customer_table = fen_state_table_create(audit->slab);
    audit->task_table = fen_state_table_create(audit->slab);
    audit->fold = fen_ledger_fold_create();
}

void fen_audit_deinit(struct fen_audit *audit)
{
    fen_ledger_fold_destroy(audit->fold);
    fen_state_table_destroy(audit->account_table);
    fen_state_table_destroy(audit->order_table);
    fen_state_table_destroy(audit->customer_table);
    fen_state_table_destroy(audit->task_table);
    fen_slab_destroy(audit->slab);
    fen_arena_destroy(audit->scratch);
    fen_arena_destroy(audit->arena);
    fen_buffer_deinit(&audit->line);
    free(audit->channels);
    free(audit->versions);
}

void fen_audit_set_partitions(struct fen_audit *audit, uint32_t count)
{
    audit->partition_count = count;
    audit->versions = calloc(count, sizeof *audit->versions);
    audit->channels = calloc((size_t)count * count, sizeof *audit->channels);
    FEN_ASSERT(audit->versions != NULL && audit->channels != NULL);
}

static enum fen_exit run_audit(struct fen_audit *audit, bool is_json)
{
    enum fen_exit result = fen_audit_read(audit);
    if (result == FEN_EXIT_OK)
        result = fen_audit_check(audit);
    if (result != FEN_EXIT_OK)
        return result;
    if (is_json)
        fen_audit_print_json(audit);
    else
        fen_audit_print(audit);
    return audit->difference_count == 0 ? FEN_EXIT_OK : FEN_EXIT_FAILED;
}

enum fen_exit fen_command_audit(const struct fen_arguments *arguments)
{
    struct fen_kafka_config config;
    struct fen_audit audit = {.kafka = &config};
    struct fen_arena *arena = fen_arena_create(4096);
    enum fen_exit result = fen_wire_option(arguments, &audit.wire);
    if (!fen_arguments_has(arguments, "no-redis"))
        audit.redis_address = fen_arguments_text(arguments, "redis");
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, arena, &config);
    if (result == FEN_EXIT_OK
        && (!fen_output_open(&audit.ledger, fen_arguments_text(arguments, "ledger"))
            || !fen_output_open(&audit.accounts, fen_arguments_text(arguments, "accounts"))))
        result = FEN_EXIT_INPUT;
    if (result == FEN_EXIT_OK) {
        fen_interrupt_init();
        fen_audit_init(&audit);
        result = run_audit(&audit, fen_arguments_has(arguments, "json"));
        fen_audit_deinit(&audit);
    }
    if (!fen_output_close(&audit.ledger) && result == FEN_EXIT_OK)
        result = FEN_EXIT_FAILED;
    if (!fen_output_close(&audit.accounts) && result == FEN_EXIT_OK)
        result = FEN_EXIT_FAILED;
    fen_arena_destroy(arena);
    return result;
}
