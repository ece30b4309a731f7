/*
 * plan_publish: `fen plan publish FILE…`, from checked files to events in fen.plans.v1.
 *
 * All that is to be known is told before anything is asked, and nothing is written before the
 * answer. What is told goes to standard output, with --json to standard error.
 */
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/explain/explain_text.h"
#include "cli/options/kafka_options.h"
#include "cli/options/tenant_option.h"
#include "cli/options/wire_option.h"
#include "cli/plan/plan_diff.h"
#include "cli/plan/plan_phrase.h"
#include "cli/publish/publish_review.h"
#include "plan/character.h"
#include "wire/json_fields.h"

#define FLUSH_TIMEOUT_MS 30000

struct publishing {
    const struct fen_arguments *arguments;
    struct fen_arena *arena;
    struct fen_kafka_config config;
    enum fen_wire wire;
    struct fen_publish_terms terms;
    struct fen_plan_checking checking;
    struct fen_published_list list;
    bool *was_in_force;                       /* at some time, by index of the list as read */
    uint32_t known_count;                     /* publications when it was read */
    struct fen_publish_candidate *candidates; /* as many as files */
    FILE *told;                               /* where people read */
    bool is_json, is_dry;
};

static void tell(const struct publishing *publishing, struct fen_buffer *text)
{
    (void)fwrite(text->data, 1, text->size_bytes, publishing->told);
    (void)fflush(publishing->told);
    fen_buffer_deinit(text);
    *text = (struct fen_buffer){0};
}

/* Whoever is logged in. */
static struct fen_str user_name(struct fen_arena *arena)
{
    const struct passwd *user = getpwuid(getuid());
    return fen_arena_format(arena, "%s", user == NULL ? "unknown" : user->pw_name);
}

static bool is_blank(struct fen_str text)
{
    for (uint32_t offset = 0, width; offset < text.size; offset += width)
        if (!fen_character_is_space(fen_character_at(text, offset, &width)))
            return false;
    return true;
}

static enum fen_exit check_text(const char *option, struct fen_str text)
{
    if (!fen_str_is_set(text) || (fen_publication_is_text(text) && !is_blank(text)))
        return FEN_EXIT_OK;
    fen_say("--%s takes a text of 1 to 128 bytes without control characters, not of blanks alone",
            "--%s 需要 1 到 128 字节、不含控制字符的文本，不能只有空格", option);
    return FEN_EXIT_USAGE;
}

static enum fen_exit read_terms(struct publishing *publishing)
{
    const struct fen_arguments *arguments = publishing->arguments;
    const char *by = fen_arguments_text(arguments, "by");
    const char *reason = fen_arguments_text(arguments, "reason");
    publishing->terms = (struct fen_publish_terms){
        .by = by == NULL ? user_name(publishing->arena) : fen_str_from(by),
        .reason = reason == NULL ? FEN_STR_NONE : fen_str_from(reason),
        .is_retroactive = fen_arguments_has(arguments, "retroactive"),
        .now_ms = (int64_t)time(NULL) * 1000,
    };
    if (publishing->terms.is_retroactive && reason == NULL) {
        fen_say("--retroactive needs --reason TEXT: why amounts already posted are changed",
                "--retroactive 需要 --reason 原因：为何要改动已入账的金额");
        return FEN_EXIT_USAGE;
    }
    enum fen_exit result = fen_tenant_option(arguments, &publishing->terms.tenant);
    if (result == FEN_EXIT_OK)
        result = check_text("by", publishing->terms.by);
    return result == FEN_EXIT_OK ? check_text("reason", publishing->terms.reason) : result;
}

/* Said before any work is done: who cannot be asked would wait in vain. */
static enum fen_exit check_terminal(const struct publishing *publishing)
{
    if (fen_arguments_has(publishing->arguments, "yes") || publishing->is_dry ||
        isatty(STDIN_FILENO))
        return FEN_EXIT_OK;
    fen_say("nobody can be asked, since standard input is no terminal: give --yes to publish "
            "without a question, or --dry-run to see what would be published",
            "标准输入不是终端，无法确认：加 --yes 直接发布，或用 --dry-run 只看不发");
    return FEN_EXIT_USAGE;
}

static enum fen_exit check_files(struct publishing *publishing)
{
    struct fen_buffer text = {0};
    publishing->checking.arena = publishing->arena;
    enum fen_exit result = fen_plan_check_read(&publishing->checking, publishing->arguments);
    fen_plan_check_tell(&publishing->checking, &text);
    tell(publishing, &text);
    if (result == FEN_EXIT_OK && fen_plan_check_has_error(&publishing->checking))
        result = FEN_EXIT_CONFIG;
    uint32_t count = publishing->checking.source_count;
    publishing->candidates = fen_arena_allocate_zeroed(
        publishing->arena, ((size_t)count + 1) * sizeof *publishing->candidates);
    for (uint32_t i = 0; i < count; i++) {
        publishing->candidates[i].source = &publishing->checking.sources[i];
        publishing->candidates[i].plan = publishing->checking.sources[i].document.plan;
    }
    return result;
}

static enum fen_exit test_files(struct publishing *publishing)
{
    struct fen_buffer text = {0};
    bool is_passed = true;
    for (uint32_t i = 0; i < publishing->checking.source_count; i++) {
        struct fen_publish_candidate *candidate = &publishing->candidates[i];
        candidate->tested = fen_plan_test_brief(candidate->source, publishing->arena, &text);
        is_passed = is_passed && candidate->tested.failed_count == 0;
    }
    tell(publishing, &text);
    if (is_passed)
        return FEN_EXIT_OK;
    fen_say("nothing is published: cases differ, see above",
            "未发布：有用例不符，见上");
    return FEN_EXIT_FAILED;
}

static bool is_in_force(const struct publishing *publishing, uint32_t index)
{
    const struct fen_published *item = &publishing->list.items[index];
    return item->fate == FEN_PUBLISHED_HOLDS &&
           fen_str_equal(item->tenant, publishing->terms.tenant) &&
           fen_published_spans(&publishing->list, item).count > 0;
}

/* Which publications there are, and which are in force at some time, before any is added. */
static void note_known(struct publishing *publishing)
{
    uint32_t count = publishing->known_count = publishing->list.count;
    publishing->was_in_force = fen_arena_allocate(
        publishing->arena, ((size_t)count + 1) * sizeof *publishing->was_in_force);
    for (uint32_t i = 0; i < count; i++)
        publishing->was_in_force[i] = is_in_force(publishing, i);
}

static enum fen_exit review_files(struct publishing *publishing)
{
    publishing->list.arena = publishing->arena;
    enum fen_exit result =
        fen_published_read(&publishing->config, publishing->wire, &publishing->list);
    if (result != FEN_EXIT_OK)
        return result;
    note_known(publishing);
    for (uint32_t i = 0; i < publishing->checking.source_count; i++) {
        enum fen_exit one = fen_publish_review(&publishing->candidates[i], &publishing->terms,
                                               &publishing->list);
        result = one == FEN_EXIT_OK ? result : one;
    }
    for (uint32_t i = 0; i < publishing->checking.source_count; i++)
        fen_publish_foresee(&publishing->candidates[i], &publishing->terms, &publishing->list);
    if (result != FEN_EXIT_OK)
        fen_say("nothing is published, see above", "未发布，见上");
    return result;
}

static void append_spans(const struct publishing *publishing,
                         const struct fen_publish_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_plan *plan = candidate->plan;
    for (uint32_t i = 0; i < candidate->spans.count; i++) {
        const struct fen_published_span *span = &candidate->spans.items[i];
        struct fen_str from = fen_phrase_time(publishing->arena, plan, span->from_ms);
        struct fen_str to = span->to_ms == INT64_MAX
                                ? FEN_STR("…")
                                : fen_phrase_time(publishing->arena, plan, span->to_ms);
        fen_explain_say(out, "  in force: %.*s – %.*s\n", "  实际生效：%.*s – %.*s\n",
                        FEN_STR_ARG(from), FEN_STR_ARG(to));
    }
}

/* What the file changes, when, and what it would have paid. */
static void append_candidate(const struct publishing *publishing,
                             struct fen_publish_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_plan *plan = candidate->plan;
    fen_buffer_append_byte(out, '\n');
    if (candidate->is_published) {
        fen_explain_say(out, "%s: %.*s@%u is published already, at offset %lld: nothing to do\n",
                        "%s：%.*s@%u 已经发布（位点 %lld），无需再发\n", candidate->source->path,
                        FEN_STR_ARG(plan->id), plan->version,
                        (long long)candidate->published_offset);
        return;
    }
    if (candidate->against != NULL)
        candidate->change_count =
            fen_plan_diff_append(candidate->against, plan, publishing->arena, out);
    else
        fen_explain_say(out, "%.*s@%u: the first plan of this time; nothing to compare with\n",
                        "%.*s@%u：这段时间的第一个方案，没有可比较的版本\n",
                        FEN_STR_ARG(plan->id), plan->version);
    append_spans(publishing, candidate, out);
    if (publishing->terms.is_retroactive)
        fen_explain_say(out,
                        "  retroactive: orders created in its validity are worked out anew, and "
                        "the differences posted (%.*s)\n",
                        "  追溯：有效期内的订单将重新计算，差额入账（%.*s）\n",
                        FEN_STR_ARG(publishing->terms.reason));
    fen_buffer_append_byte(out, '\n');
    if (candidate->backtest != NULL)
        fen_backtest_append_summary(candidate->backtest, out);
    else if (candidate->is_other_currency)
        fen_explain_say(out, "No back-test: the version compared with pays in %.*s, this one in "
                             "%.*s\n",
                        "无法试算：对比的版本币种为 %.*s，本版本为 %.*s\n",
                        FEN_STR_ARG(candidate->against->currency), FEN_STR_ARG(plan->currency));
    else
        fen_explain_say(out,
                        "No back-test was asked for: --events FILE, or --from and --to, show what "
                        "this plan would have paid\n",
                        "未要求试算：--events 文件，或 --from 与 --to，可看本方案按以往订单付多少\n");
}

/* A version that waits for its day, and that a greater one now covers, is easily forgotten. */
static void tell_covered(struct publishing *publishing)
{
    struct fen_buffer out = {0};
    for (uint32_t i = 0; i < publishing->known_count; i++) {
        const struct fen_plan *plan = publishing->list.items[i].plan;
        if (!publishing->was_in_force[i] || is_in_force(publishing, i))
            continue;
        struct fen_str from = fen_phrase_time(publishing->arena, plan, plan->from_ms);
        fen_explain_say(&out,
                        "note: %.*s@%u (from %.*s), published before, is then in force at no "
                        "time: greater versions cover all of it\n",
                        "注意：已发布的 %.*s@%u（%.*s 起）将不再生效：更高的版本覆盖了它的全部时间\n",
                        FEN_STR_ARG(plan->id), plan->version, FEN_STR_ARG(from));
    }
    tell(publishing, &out);
}

static enum fen_exit show_files(struct publishing *publishing)
{
    enum fen_exit result = FEN_EXIT_OK;
    for (uint32_t i = 0; i < publishing->checking.source_count && result == FEN_EXIT_OK; i++) {
        struct fen_buffer text = {0};
        struct fen_publish_candidate *candidate = &publishing->candidates[i];
        if (!candidate->is_published)
            result = fen_publish_backtest(candidate, publishing->arguments, publishing->arena);
        if (result == FEN_EXIT_OK)
            append_candidate(publishing, candidate, &text);
        tell(publishing, &text);
    }
    if (result == FEN_EXIT_OK)
        tell_covered(publishing);
    return result;
}

static uint32_t open_count(const struct publishing *publishing)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < publishing->checking.source_count; i++)
        count += !publishing->candidates[i].is_published;
    return count;
}

/* Once, for all files. */
static bool is_confirmed(const struct publishing *publishing)
{
    char answer[16] = "";
    if (fen_arguments_has(publishing->arguments, "yes"))
        return true;
    fen_print(stderr, "\nPublish %u plan(s) for tenant %.*s on %s, as %.*s? (y/N) ",
              "\n发布 %u 个方案：租户 %.*s，Kafka %s，发布人 %.*s？(y/N) ",
              open_count(publishing), FEN_STR_ARG(publishing->terms.tenant),
              fen_kafka_setting_find(&publishing->config, "bootstrap.servers"),
              FEN_STR_ARG(publishing->terms.by));
    (void)fflush(stderr);
    if (fgets(answer, sizeof answer, stdin) != NULL &&
        (answer[0] == 'y' || answer[0] == 'Y' || strncmp(answer, "是", strlen("是")) == 0))
        return true;
    fen_say("nothing is published", "未发布");
    return false;
}

static void make_event(const struct publishing *publishing,
                       const struct fen_publish_candidate *candidate, struct fen_event *event)
{
    fen_record_clear(&fen_event_schema, event);
    event->id = candidate->event;
    event->tenant = publishing->terms.tenant;
    event->type = FEN_EVENT_PLAN_PUBLISHED;
    event->time_ms = publishing->terms.now_ms;
    event->source = FEN_STR("fen plan publish");
    event->yaml = candidate->source->yaml;
    event->retroactive = publishing->terms.is_retroactive;
    event->approver = publishing->terms.by;
    event->reason = publishing->terms.reason;
}

/* The engine would refuse a plan that fills its event to the bound (SPEC §3). */
static enum fen_exit check_event(const struct publishing *publishing,
                                 const struct fen_publish_candidate *candidate,
                                 const struct fen_event *event)
{
    struct fen_buffer bytes = {0};
    struct fen_event read;
    struct fen_refused refused;
    fen_event_encode(publishing->wire, event, &bytes);
    enum fen_refusal refusal = fen_event_decode(publishing->wire, fen_buffer_str(&bytes),
                                                publishing->arena, &read, &refused);
    fen_buffer_deinit(&bytes);
    if (refusal == FEN_REFUSAL_NONE)
        return FEN_EXIT_OK;
    fen_say("%s cannot be published: %s: %.*s", "%s 无法发布：%s：%.*s", candidate->source->path,
            fen_refusal_name(refusal), FEN_STR_ARG(refused.sentence));
    return FEN_EXIT_CONFIG;
}

/* One record at a time, acknowledged by all replicas, so that each file's place is known. */
static enum fen_exit send_one(const struct publishing *publishing, struct fen_event_sender *sender,
                              struct fen_publish_candidate *candidate)
{
    struct fen_event event;
    struct fen_buffer reason = {0};
    make_event(publishing, candidate, &event);
    enum fen_exit result = check_event(publishing, candidate, &event);
    if (result != FEN_EXIT_OK)
        return result;
    (void)fen_event_sender_send(sender, &event, FEN_STR_NONE, FEN_STR_NONE, event.time_ms);
    if (fen_event_sender_flush(sender, FLUSH_TIMEOUT_MS, &reason))
        candidate->place = fen_event_sender_last(sender);
    else
        result = fen_kafka_unavailable(&publishing->config, &reason);
    fen_buffer_deinit(&reason);
    return result;
}

static enum fen_exit send_files(struct publishing *publishing)
{
    struct fen_buffer reason = {0};
    struct fen_event_sender *sender =
        fen_event_sender_create(&publishing->config, publishing->wire, &reason);
    enum fen_exit result =
        sender == NULL ? fen_kafka_unavailable(&publishing->config, &reason) : FEN_EXIT_OK;
    int64_t expected = publishing->list.end;
    for (uint32_t i = 0; i < publishing->checking.source_count && result == FEN_EXIT_OK; i++) {
        struct fen_publish_candidate *candidate = &publishing->candidates[i];
        if (candidate->is_published)
            continue;
        result = send_one(publishing, sender, candidate);
        if (result == FEN_EXIT_OK && candidate->place.offset > expected)
            fen_say("somebody else published meanwhile: look at `fen plan list`",
                    "期间有其他人发布了方案：请查看 fen plan list");
        expected = candidate->place.offset + 1;
    }
    fen_event_sender_destroy(sender);
    fen_buffer_deinit(&reason);
    return result;
}

static void append_json(const struct publishing *publishing,
                        const struct fen_publish_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_plan *plan = candidate->plan;
    const struct fen_plan *against = candidate->against;
    bool is_sent = candidate->place.offset >= 0;
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "file", fen_str_from(candidate->source->path));
    fen_json_text(out, "tenant", publishing->terms.tenant);
    fen_json_text(out, "plan", plan->id);
    fen_json_integer(out, "version", plan->version);
    fen_json_integer(out, "from", plan->from_ms);
    fen_json_integer(out, "to", plan->to_ms == INT64_MAX ? FEN_NONE : plan->to_ms);
    fen_json_integer(out, "against_version",
                     against == NULL ? FEN_NONE : (int64_t)against->version);
    fen_json_integer(out, "changes", against == NULL ? FEN_NONE : candidate->change_count);
    fen_json_integer(out, "cases", candidate->tested.passed_count);
    fen_json_bool(out, "retroactive", publishing->terms.is_retroactive);
    fen_json_text(out, "reason", publishing->terms.reason);
    fen_json_text(out, "by", publishing->terms.by);
    fen_json_text(out, "event", candidate->event);
    fen_json_text(out, "result",
                  is_sent                      ? FEN_STR("published")
                  : candidate->is_published    ? FEN_STR("published_before")
                                               : FEN_STR("not_published"));
    fen_json_integer(out, "partition", is_sent ? candidate->place.partition : FEN_NONE);
    fen_json_integer(out, "offset",
                     is_sent                   ? candidate->place.offset
                     : candidate->is_published ? candidate->published_offset
                                               : FEN_NONE);
    if (candidate->backtest != NULL) {
        fen_json_name(out, "backtest");
        fen_backtest_append_json(candidate->backtest, out);
    }
    fen_buffer_append_byte(out, '}');
    fen_buffer_append_byte(out, '\n');
}

static void append_sent(const struct publishing *publishing,
                        const struct fen_publish_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_plan *plan = candidate->plan;
    if (candidate->place.offset >= 0)
        fen_explain_say(out,
                        "published: %.*s@%u, fen.plans.v1 partition %d offset %lld, by %.*s\n",
                        "已发布：%.*s@%u，fen.plans.v1 分区 %d 位点 %lld，发布人 %.*s\n",
                        FEN_STR_ARG(plan->id), plan->version, candidate->place.partition,
                        (long long)candidate->place.offset, FEN_STR_ARG(publishing->terms.by));
}

static enum fen_exit tell_result(const struct publishing *publishing)
{
    struct fen_buffer out = {0};
    for (uint32_t i = 0; i < publishing->checking.source_count; i++) {
        if (publishing->is_json)
            append_json(publishing, &publishing->candidates[i], &out);
        else
            append_sent(publishing, &publishing->candidates[i], &out);
    }
    if (!publishing->is_json && publishing->is_dry)
        fen_explain_say(&out, "a dry run: nothing is published\n", "只看不发：未发布\n");
    enum fen_exit result = fen_plan_write("-", &out);
    fen_buffer_deinit(&out);
    return result;
}

static enum fen_exit publish(struct publishing *publishing)
{
    enum fen_exit result = check_files(publishing);
    if (result == FEN_EXIT_OK)
        result = test_files(publishing);
    if (result == FEN_EXIT_OK)
        result = review_files(publishing);
    if (result == FEN_EXIT_OK)
        result = show_files(publishing);
    if (result != FEN_EXIT_OK)
        return result;
    if (!publishing->is_dry && open_count(publishing) > 0) {
        if (!is_confirmed(publishing))
            return FEN_EXIT_FAILED;
        result = send_files(publishing);
    }
    enum fen_exit told = tell_result(publishing);
    return result == FEN_EXIT_OK ? told : result;
}

enum fen_exit fen_command_plan_publish(const struct fen_arguments *arguments)
{
    struct publishing publishing = {
        .arguments = arguments,
        .arena = fen_arena_create((size_t)1 << 18),
        .is_json = fen_arguments_has(arguments, "json"),
        .is_dry = fen_arguments_has(arguments, "dry-run"),
    };
    publishing.told = publishing.is_json ? stderr : stdout;
    enum fen_exit result = fen_plan_operands(arguments, 1, UINT32_MAX);
    if (result == FEN_EXIT_OK)
        result = read_terms(&publishing);
    if (result == FEN_EXIT_OK)
        result = check_terminal(&publishing);
    if (result == FEN_EXIT_OK)
        result = fen_wire_option(arguments, &publishing.wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, publishing.arena, &publishing.config);
    if (result == FEN_EXIT_OK)
        result = publish(&publishing);
    for (uint32_t i = 0; publishing.candidates != NULL && i < publishing.checking.source_count; i++)
        fen_backtest_made_deinit(&publishing.candidates[i].made);
    fen_arena_destroy(publishing.arena);
    return result;
}
