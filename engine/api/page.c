/*
 * page: see page.h. As in redis/script.c the assembler takes the files in, by the include root.
 */
#include "api/page.h"

#include <stddef.h>

#define HTML "text/html; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define MODULE "text/javascript; charset=utf-8"
#define PICTURE "image/svg+xml"

/* Only what the program itself serves is loaded, run or asked. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                    \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Every file: its name as a symbol, its name, its type. */
#define FILES(FILE)                                                                                \
    FILE(index_html, "index.html", HTML)                                                           \
    FILE(finance_html, "finance.html", HTML)                                                       \
    FILE(look_css, "look.css", STYLE)                                                              \
    FILE(guide_css, "guide.css", STYLE)                                                            \
    FILE(finance_css, "finance.css", STYLE)                                                        \
    FILE(seal_svg, "seal.svg", PICTURE)                                                            \
    FILE(client_js, "client.js", MODULE)                                                           \
    FILE(days_js, "days.js", MODULE)                                                               \
    FILE(dom_js, "dom.js", MODULE)                                                                 \
    FILE(events_js, "events.js", MODULE)                                                           \
    FILE(finance_js, "finance.js", MODULE)                                                         \
    FILE(gate_js, "gate.js", MODULE)                                                               \
    FILE(guide_js, "guide.js", MODULE)                                                             \
    FILE(ledger_js, "ledger.js", MODULE)                                                           \
    FILE(letters_js, "letters.js", MODULE)                                                         \
    FILE(money_js, "money.js", MODULE)                                                             \
    FILE(news_js, "news.js", MODULE)                                                               \
    FILE(orders_js, "orders.js", MODULE)                                                           \
    FILE(ranking_js, "ranking.js", MODULE)                                                         \
    FILE(reason_js, "reason.js", MODULE)                                                           \
    FILE(session_js, "session.js", MODULE)                                                         \
    FILE(statement_js, "statement.js", MODULE)                                                     \
    FILE(store_js, "store.js", MODULE)                                                             \
    FILE(stream_js, "stream.js", MODULE)                                                           \
    FILE(summary_js, "summary.js", MODULE)                                                         \
    FILE(totals_js, "totals.js", MODULE)                                                           \
    FILE(trace_js, "trace.js", MODULE)                                                             \
    FILE(words_js, "words.js", MODULE)

#define EMBED(symbol, name, type)                                                                  \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global fen_page_" #symbol "_begin\n"                                                 \
            ".global fen_page_" #symbol "_end\n"                                                   \
            "fen_page_" #symbol "_begin:\n"                                                        \
            ".incbin \"api/page/" name "\"\n"                                                      \
            "fen_page_" #symbol "_end:\n"                                                          \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char fen_page_##symbol##_begin[];                                                 \
    extern const char fen_page_##symbol##_end[];
FILES(EMBED)

struct file {
    const char *name;
    const char *type;
    const char *begin;
    const char *end;
};

#define ROW(symbol, name, type) {name, type, fen_page_##symbol##_begin, fen_page_##symbol##_end},
static const struct file files[] = {FILES(ROW)};

static const struct file *find(struct fen_str name)
{
    for (size_t index = 0; index < sizeof files / sizeof *files; index++) {
        if (fen_str_equal(name, fen_str_from(files[index].name)))
            return &files[index];
    }
    return NULL;
}

struct fen_str fen_page_file(struct fen_str name)
{
    const struct file *file = find(name);
    if (file == NULL)
        return FEN_STR_NONE;
    return (struct fen_str){file->begin, (uint32_t)(file->end - file->begin)};
}

static void respond_file(const struct file *file, struct fen_http_response *response)
{
    if (file == NULL) {
        response->status = 404;
        response->content_type = "text/plain; charset=utf-8";
        fen_buffer_append_format(&response->body, "not found\n");
        return;
    }
    response->content_type = file->type;
    response->policy = POLICY;
    fen_buffer_append(&response->body, file->begin, (size_t)(file->end - file->begin));
}

/* `context`: the name of the one file. */
static void respond_page(void *context, const struct fen_http_request *request,
                         struct fen_http_response *response)
{
    (void)request;
    respond_file(find(fen_str_from(context)), response);
}

static void respond_part(void *context, const struct fen_http_request *request,
                         struct fen_http_response *response)
{
    const uint32_t size = sizeof "/page/" - 1;
    (void)context;
    respond_file(find((struct fen_str){request->path.data + size, request->path.size - size}),
                 response);
}

void fen_page_add(struct fen_http *http)
{
    static char guide[] = "index.html";
    static char finance[] = "finance.html";
    fen_http_route(http, FEN_HTTP_GET, "/", respond_page, guide);
    fen_http_route(http, FEN_HTTP_GET, "/finance", respond_page, finance);
    fen_http_route(http, FEN_HTTP_GET, "/page/*", respond_part, NULL);
}
