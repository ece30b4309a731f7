/*
 * guide_api_estimate: the answer to an estimate, or why there is none.
 *
 * It is worked out on the http thread: a cart has at most some hundred lines, and the rate of a
 * payee bounds how many come.
 */
#include "api/estimate.h"
#include "api/guide_api_parts.h"
#include "base/clock.h"
#include "wire/json.h"

/* A refusal's sentence names fields and values of the cart: it is escaped. */
static void refuse_cart(struct fen_http_response *response, struct fen_str reason)
{
    struct fen_buffer text = {0};
    fen_json_append_text(&text, reason);
    fen_buffer_append_byte(&text, '\0');
    text.data[text.size_bytes - 2] = '\0'; /* its quotes: the problem has some of its own */
    fen_api_problem(response, 400, "bad-cart", text.data + 1);
    fen_buffer_deinit(&text);
}

static void refuse(struct fen_guide_api *api, struct fen_http_response *response,
                   enum fen_estimate_fate fate, struct fen_str reason)
{
    switch (fate) {
    case FEN_ESTIMATE_NOT_A_GUIDE:
        fen_api_problem(response, 400, "not-a-guide", "only guides have estimates");
        return;
    case FEN_ESTIMATE_BAD_ROLE:
        fen_api_problem(response, 400, "bad-parameter",
                        "roles takes share, serve, bind, live, coupon and sale");
        return;
    case FEN_ESTIMATE_BAD_CART:
        refuse_cart(response, reason);
        return;
    case FEN_ESTIMATE_NO_PLAN:
        fen_api_problem(response, 404, "no-plan", "no plan is in force");
        return;
    case FEN_ESTIMATE_GOOD:
        api->counters.estimates++;
        fen_buffer_append_byte(&response->body, '\n');
        response->content_type = "application/json";
        return;
    }
}

void fen_api_estimate_respond(struct fen_guide_api *api, const struct fen_http_request *request,
                              const struct fen_api_call *call, struct fen_arena *arena,
                              struct fen_http_response *response)
{
    struct fen_str reason = FEN_STR_NONE;
    if (!fen_api_query_is_known(request->query, call->route)) {
        fen_api_problem(response, 400, "bad-parameter", "a parameter is unknown");
        return;
    }
    if (api->references == NULL) {
        fen_api_problem(response, 503, "no-references",
                        "this process reads no plans; ask one that `fen run` started");
        return;
    }
    const struct fen_reference *reference =
        fen_reference_acquire(api->references, api->reference_reader);
    const struct fen_estimate_request asked = {.tenant = call->tenant,
                                               .payee = call->payee,
                                               .roles = fen_api_query(request->query, "roles"),
                                               .cart = request->body,
                                               .now_ms = fen_clock_wall_ms()};
    refuse(api, response,
           fen_estimate_append_json(reference, &asked, arena, &response->body, &reason), reason);
}
