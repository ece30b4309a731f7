/* explain: see explain.h. */
#include "post/explain.h"

#include "post/period_rules.h"

struct posting {
    struct fen_period_explanation *explanation;
    struct fen_account_room room;
};

/* Later rules count on what earlier ones have posted, as in the lane. */
static void post_difference(void *context, const struct fen_entry *difference)
{
    struct posting *posting = context;
    struct fen_period_explanation *explanation = posting->explanation;
    struct fen_entry entry = *difference;
    bool is_posted = fen_account_post(explanation->arena, &explanation->account, &posting->room,
                                      explanation->reference->org, &entry);
    explanation->difference_count += is_posted;
}

void fen_explain_period(struct fen_period_explanation *explanation)
{
    struct posting posting = {.explanation = explanation};
    explanation->trace.arena = explanation->arena;
    struct fen_period_rules rules = {
        .arena = explanation->arena,
        .scratch = explanation->arena,
        .catalog = explanation->reference->catalog,
        .account = &explanation->account,
        .room = &posting.room,
        .trace = &explanation->trace,
        .post = post_difference,
        .context = &posting,
    };
    fen_period_rules_apply(&rules, explanation->period);
}

static void take_earlier(int32_t candidate, int32_t after, int32_t *first)
{
    if (candidate > after && (*first == FEN_DATE_NONE || candidate < *first))
        *first = candidate;
}

bool fen_explain_period_after(const struct fen_account *account, int32_t *period)
{
    int32_t first = FEN_DATE_NONE;
    for (uint32_t index = 0; index < account->sum_count; index++)
        if (account->sums[index].rule != 0)
            take_earlier(account->sums[index].period, *period, &first);
    for (uint32_t index = 0; index < account->period_posted_count; index++)
        take_earlier(account->period_posted[index].period, *period, &first);
    *period = first;
    return first != FEN_DATE_NONE;
}
