/* input_plan: see input_plan.h. Each part is there by a bit of the shape. */
#include "sim/input_plan.h"

#define NEWLINE "\\n"

static void line(struct fen_buffer *out, const char *text)
{
    fen_buffer_append_format(out, "%s" NEWLINE, text);
}

static void append_roles(uint32_t shape, uint32_t version, struct fen_buffer *out)
{
    line(out, "roles:");
    line(out, version == 1
                  ? "  share: [{name: s, pay: 4.5%, split: {self: 70%, sell_store: 30%}}]"
                  : "  share: [{name: s, pay: 5%, split: {self: 60%, sell_store: 30%, hq: 10%}}]");
    line(out, version == 1 ? "  bind: [{name: b, pay: 2%, hold: {from: received, days: 7}}]"
                           : "  bind: [{name: b, pay: 1.5%, cap: {order: 20.00}}]");
    line(out, (shape & 1) != 0
                  ? "  serve: [{name: v, pay: {tiers: [[0, 3.25%], [500.00, 5%]]}, "
                    "earned: picked_up}]"
                  : "  serve: [{name: v, pay: 3.25%, earned: picked_up, cap: {line: 30.00}}]");
    if ((shape & 2) != 0)
        line(out, "  mall: [{name: m, pay: {mode: flat, tiers: [[0, 25%], [900.00, 26%]]}}]");
    if ((shape & 4) != 0)
        line(out, "  manager: [{name: a, pay: 0.5%}]");
    if ((shape & 8) != 0)
        line(out, "  sale: [{name: e, pay: {per_unit: 2.00}, earned: shipped}]");
    if ((shape & 16) != 0)
        line(out, "  coupon: [{name: c, pay: {per_line: 1.50}}]");
    if ((shape & 1024) != 0)
        line(out, "  live: [{name: i, pay: 3%, when: {live_session: h1}}]");
    if ((shape & 2048) != 0) {
        line(out, "  franchisee: [{name: f, pay: 1.25%, earned: received}]");
        line(out, "  fulfil_store: [{name: u, pay: {per_line: 0.80}, earned: shipped}]");
    }
    if ((shape & 32) != 0)
        line(out, "  recruit: [{name: r, when: {bound_days: 1..}, per_customer: 1.00}, "
                  "{name: o, per_customer: 5.00}]");
}

static void append_sums(uint32_t shape, struct fen_buffer *out)
{
    if ((shape & 64) != 0)
        line(out, "bonus: [{name: n, roles: [bind, serve], by: amount, table: [[10.00, 5.00]]}]");
    if ((shape & 192) == 192)
        line(out, "limits: [{name: l, roles: [serve, bonus], month: 20.00}]");
    else if ((shape & 128) != 0)
        line(out, "limits: [{name: l, roles: [share, serve, bind], line: 6%}]");
    if ((shape & 256) != 0) {
        line(out, "tasks:");
        line(out, "  w0: {score: [[2, 20.00], [4, 50.00]]}");
        line(out, "  w1: {rank: [[1, 5.00], [2..3, 3.00]]}");
    }
}

void sim_plan_append(uint32_t shape, uint32_t version, struct fen_buffer *out)
{
    line(out, "plan: p");
    fen_buffer_append_format(out, "version: %u" NEWLINE, version);
    line(out, "currency: CNY");
    bool is_moved = version > 1 && (shape & 32768) != 0; /* with what was posted, orders and all */
    line(out, is_moved ? "timezone: '-05:00'" : "timezone: '+08:00'");
    line(out, "from: 2026-01-01 00:00");
    line(out, (shape & 4096) != 0 ? "base: {add_back: [platform], exclude: [tax]}"
                                  : "base: {add_back: [platform]}");
    if ((shape & 8192) != 0)
        line(out, "refund: {serve: goodwill, share: goodwill}");
    if ((shape & 16384) != 0)
        line(out, "self_purchase: allow");
    line(out, (shape & 512) != 0 ? "share: {window: 7d, match: sku_first}" : "share: {window: 7d}");
    fen_buffer_append_format(out, "credit_order: [%s%sshare, bind]" NEWLINE,
                             (shape & 16) != 0 ? "coupon, " : "",
                             (shape & 1024) != 0 ? "live, " : "");
    line(out, "leaver: {share: pay, bind: store}");
    append_roles(shape, version, out);
    append_sums(shape, out);
}
