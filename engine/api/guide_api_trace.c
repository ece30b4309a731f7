/* guide_api_trace: an order's full trace, which the process's tracer works out. */
#include "api/guide_api_parts.h"

#define AGAIN_SECONDS 5

/* False: the form is none of them. */
static bool read_form(struct fen_str text, enum fen_tracer_form *form_out)
{
    static const char *const names[] = {
        [FEN_TRACER_JSON] = "json",
        [FEN_TRACER_ENGLISH] = "en",
        [FEN_TRACER_CHINESE] = "zh",
    };
    *form_out = FEN_TRACER_JSON;
    if (!fen_str_is_set(text))
        return true;
    for (uint32_t form = 0; form < sizeof names / sizeof *names; form++) {
        *form_out = (enum fen_tracer_form)form;
        if (fen_str_equal(text, fen_str_from(names[form])))
            return true;
    }
    return false;
}

static void refuse(struct fen_api_job *job, int status, const char *code, const char *detail)
{
    struct fen_http_response response = {.retry_seconds = status == 503 ? AGAIN_SECONDS : 0};
    fen_api_problem(&response, status, code, detail);
    fen_api_job_reply(job, &response);
}

static void answer(void *context, enum fen_tracer_fate fate, struct fen_str told)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {
        .status = 200,
        .content_type = job->trace_form == FEN_TRACER_JSON ? "application/json"
                                                          : "text/plain; charset=utf-8",
    };
    switch (fate) {
    case FEN_TRACER_TOLD:
        job->api->counters.traces++;
        fen_buffer_append_str(&response.body, told);
        fen_api_job_reply(job, &response);
        break;
    case FEN_TRACER_NO_SUCH_ORDER:
        refuse(job, 404, "no-such-order", "the engine has not seen an order of this number");
        break;
    case FEN_TRACER_UNAVAILABLE:
        job->api->counters.unavailable++;
        refuse(job, 503, "no-trace",
               "the order's state could not be read in time; `fen explain ORDER` takes its time");
        break;
    }
}

void fen_api_trace_ask(struct fen_api_job *job)
{
    struct fen_order_tracer *tracer = job->api->tracer;
    struct fen_tracer_question question = {.tenant = job->call.tenant, .order = job->call.order};
    if (!read_form(fen_api_query(job->query, "form"), &question.form)) {
        refuse(job, 400, "bad-parameter", "form takes json, zh and en");
        return;
    }
    job->trace_form = question.form;
    if (tracer == NULL)
        refuse(job, 503, "no-states",
               "this process reads no states of orders; ask one that `fen run` started");
    else if (!fen_order_tracer_ask(tracer, &question, answer, job))
        refuse(job, 503, "busy", "traces are being worked out for others");
}
