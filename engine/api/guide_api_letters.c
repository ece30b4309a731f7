/* guide_api_letters: a page of a tenant's dead letters. */
#include "api/dead_letter_board.h"
#include "api/guide_api_parts.h"

void fen_api_letters_respond(struct fen_guide_api *api, const struct fen_http_request *request,
                             const struct fen_api_call *call, struct fen_http_response *response)
{
    struct fen_dead_letter_place place;
    struct fen_str before = fen_api_query(request->query, "before");
    uint64_t limit;
    if (!fen_api_query_is_known(request->query, call->route) ||
        (fen_str_is_set(before) && !fen_dead_letter_place_read(before, &place)) ||
        !fen_api_query_number(request->query, "limit", FEN_API_LIMIT_DEFAULT, &limit) ||
        limit == 0 || limit > FEN_API_LIMIT_MAX) {
        fen_api_problem(response, 400, "bad-parameter",
                        "a parameter is unknown, or its value out of bounds");
        return;
    }
    fen_dead_letter_board_append_json(api->dead_letters, call->tenant,
                                      fen_str_is_set(before) ? &place : NULL, (uint32_t)limit,
                                      &response->body);
    fen_buffer_append_byte(&response->body, '\n');
    response->content_type = "application/json";
}
