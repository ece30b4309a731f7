/* order_trace: see order_trace.h. */
#include "cli/serve/order_trace.h"

#include "base/log.h"
#include "cli/explain/explain.h"
#include "cli/options/language.h"

/* Less than a connection may go without an answer (api/http.h). */
#define SECONDS_MAX 30
#define STALL_MS    10000

static bool is_over(const void *context)
{
    return fen_order_tracer_is_over(context);
}

/* Ids of customers may be telephone numbers, and senders put them into those of registrations. */
static void conceal_customer(struct fen_explanation *explanation)
{
    explanation->order.customer = FEN_STR_NONE;
    explanation->customer.registered_event = FEN_STR_NONE;
}

static enum fen_tracer_fate tell(const struct fen_order_trace *trace,
                                 struct fen_explain *explain, enum fen_tracer_form form,
                                 struct fen_buffer *told)
{
    struct fen_explain_subject *subject = &explain->subjects[0];
    if (!subject->is_found)
        return FEN_TRACER_NO_SUCH_ORDER;
    explain->reference = fen_reference_acquire(trace->references, trace->reader);
    fen_explain_evaluate(explain, subject);
    conceal_customer(&subject->explanation);
    if (form == FEN_TRACER_JSON) {
        fen_explain_append_json(subject, told);
    } else {
        fen_language_use(form == FEN_TRACER_CHINESE ? FEN_LANGUAGE_CHINESE : FEN_LANGUAGE_ENGLISH);
        fen_explain_append_text(subject, told);
    }
    fen_buffer_append_byte(told, '\n');
    return FEN_TRACER_TOLD;
}

static enum fen_tracer_fate trace_order(void *context, const struct fen_order_tracer *tracer,
                                        const struct fen_tracer_question *question,
                                        struct fen_buffer *told)
{
    const struct fen_order_trace *trace = context;
    struct fen_explain explain;
    struct fen_buffer reason = {0};
    enum fen_tracer_fate fate = FEN_TRACER_UNAVAILABLE;
    fen_explain_init(&explain);
    struct fen_explain_subject subject = {
        .kind = FEN_EXPLAIN_ORDER,
        .tenant = question->tenant,
        .id = question->order,
        .subject = fen_arena_join(explain.arena, FEN_STR("order"), ':', question->order),
    };
    explain.wire = trace->wire;
    explain.subjects = &subject;
    explain.subject_count = 1;
    const struct fen_explain_topics topics = {
        .config = trace->config, .is_over = is_over, .context = tracer, .stall_ms = STALL_MS};
    if (fen_explain_gather(&explain, &topics, &reason) == FEN_EXIT_OK)
        fate = tell(trace, &explain, question->form, told);
    else
        FEN_LOG_WARN("api", "an order cannot be traced", FEN_LOG_STR("order", question->order),
                     FEN_LOG_STR("reason", fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    fen_explain_deinit(&explain);
    return fate;
}

/* A reader that never looks would keep all that was ever published (plan/reference.h). */
static void look(void *context)
{
    const struct fen_order_trace *trace = context;
    (void)fen_reference_acquire(trace->references, trace->reader);
}

struct fen_order_tracer *fen_order_trace_start(struct fen_order_trace *trace)
{
    return fen_order_tracer_create(&(struct fen_order_tracer_options){
        .trace = trace_order, .idle = look, .context = trace, .seconds_max = SECONDS_MAX});
}
