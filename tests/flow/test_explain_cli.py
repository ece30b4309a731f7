"""`fen explain` as people read it: the worked cases of SPEC §12 in both languages, who was passed
over and why, exit codes, standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flow.test_replay_cli import PLAN, Fen
from lib import flow

T0 = 1_780_000_000_000
DAY = 86_400_000
CASES = {case.title: case for case in
         flow.cases_of(Path(__file__).parent / "worked_cases.table")}


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


def explained(fen: Fen, title: str, lang: str, *words: str) -> str:
    """The explanation of order O of the worked case whose title begins so."""
    case = next(case for name, case in CASES.items() if name.startswith(title))
    (fen.directory / "plan.yaml").write_text(case.plan, encoding="utf-8")
    events = "".join(json.dumps(item) + "\n" for item in case.events)
    (fen.directory / "events.ndjson").write_text(events, encoding="utf-8")
    return fen("explain", "--plan", "plan.yaml", "--events", "events.ndjson", *words, "O",
               lang=lang).stdout


def event(type_: str, number: int, **fields: object) -> str:
    return json.dumps({"id": f"e{number}", "type": type_, "time": T0 + number, **fields})


WORDING = [
    ("SPEC §12.1", "en",
     """base 410.00 = paid 399.00 + platform 11.00
        share: guide A, by rule "s" and touch e03
        4.5% × 410.00 = 18.45
        → guide:A 18.45, borne by brand:L
        3.25% × 410.00 = 13.325
        0.005 stays with the funder
        first entry, for e06 (goods were picked up)
        What is due is posted."""),
    ("SPEC §12.1", "zh",
     """计佣基数 410.00 = 实付 399.00 + platform 11.00
        分享：导购 A，依规则“s”，触达 e03
        → guide:A 18.45，承担方 brand:L
        0.005 留给承担方
        首次计提，起因 e06（提货）
        应得均已入账。"""),
    ("SPEC §12.2", "en",
     """remaining 0.00 = 99.99 × 0/9999, floored
        refund r2: 33.33, line 1 (e06)
        guide:A #4  -1.49  share line 1
        less is due, for e07 (a refund r3)"""),
    ("SPEC §12.3 the same", "en",
     """were every refund counted (the funder bears that at most):
        → guide:B 13.32, borne by brand:L up to 0.00, the rest by hq"""),
    ("SPEC §12.3 the same", "zh",
     """若计入全部退款（承担方至多承担）：
        → guide:B 13.32，承担方 brand:L（至多 0.00，其余由总部承担）"""),
    ("SPEC §12.5", "en",
     """the customer is bound to guide A since 2026-10-24 09:00:00
        bind: guide A, by rule "b"
        2% × 410.00 = 8.20"""),
    ("SPEC §12.6", "en",
     """limit "most", 8% of 205.00 over its roles: 4.10 → 0.5125
        0.0025 stays with the funder"""),
    ("SPEC §12.6", "zh", "上限“most”，各角色合计不超过 8% × 205.00：4.10 → 0.5125"),
    ("SPEC §12.7", "en",
     """→ store:S1 4.33 (sell_store 42.8571%), borne by brand:L
        0.02 stays with the funder"""),
    ("SPEC §12.9", "zh",
     """商场：mall:M，依规则“m”
        25% × 410.00 = 102.50
        → mall:M 102.50，承担方 brand:L"""),
    ("SPEC §12.11", "en",
     """touch e02: guide A at 2026-11-02 09:00:00: outside the window, which had ended 0 ms before
        share: nobody: no touch inside the window that counts (7d)
        0 entries, 0.00 in all"""),
    ("SPEC §12.11", "zh",
     """触达 e02：导购 A，2026-11-02 09:00:00：超出有效期，有效期已结束 0 毫秒
        分享：无人：有效期（7 天）内没有可计的触达"""),
]


@pytest.mark.parametrize(("title", "lang", "wanted"), WORDING,
                         ids=lambda value: value if isinstance(value, str) else "")
def test_worked_case_reads(fen: Fen, title: str, lang: str, wanted: str) -> None:
    told = explained(fen, title, "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8")
    for sentence in wanted.split("\n"):
        assert sentence.strip() in told, told


PERIODS = {case.title: case for case in
           flow.cases_of(Path(__file__).parent / "period_rules.table")}
PERIOD_WORDING = [
    ("SPEC §12.8", "en", "guide:A@2026-11",
     """Period 2026-11 of guide:A (tenant default)
        tiers of rule "s" (sale), step, plan p@1: sum of bases 9,800.00, in tier 1 of 2
        from 0.00: 2%, in the entries themselves
        the next begins at 10,000.00: 3%
        in sum, floored: 0.00
        #2  +24.00  sale order:X line 1, rule "s", base 1,200.00, counts in s
        #3  +7.00  sale, rule "s" of the period, counts in s; for e05, by which an entry of order:X
        #7  -10.00  sale, rule "s" of the period, counts in s; for e08, by which an entry of
        What is due is posted."""),
    ("SPEC §12.8", "en", "X",
     """(the first tier's rate; the month's sum decides the rest, in entries of the period: see
        Tiers, bonuses and month limits count these entries too: fen explain guide:A@2026-11"""),
    ("SPEC §12.8", "zh", "X", "这些分录还计入阶梯、奖励或每月上限：fen explain guide:A@2026-11"),
    ("SPEC §7 flat", "en", "guide:A",
     """sum of bases 1,999.99, in tier 2 of 3
        from 1,000.00: 3% − 2% = 1% × 1,999.99 = 19.9999
        the next begins at 2,000.00: 5%
        in sum, floored: 19.99"""),
    ("SPEC §7 bonus by base", "en", "guide:A",
     """bonus "target" by base of sale, plan p@1: sum 999.99
        does not reach 1,000.00: 5.00"""),
    ("SPEC §7 a month limit", "zh", "guide:A@2026-11",
     """账期 2026-11，guide:A（租户 default）
        奖励“target”，依据基数，角色 开单，方案 p@1：合计 900.00
        未达到 1,000.00：30.00
        上限“most”，每月 100.00，角色 开单、成交门店、奖励，方案 p@1：合计 90.00
        未超出
        #4  -40.00  上限，账期规则“most”；起因 e05，order:P 的分录改变了合计"""),
    ("SPEC §7 a month limit", "en", "store:S",
     "no tiers, bonus or month limit bears on this payee"),
    ("SPEC §6 after the closing", "en", "guide:A",
     """Period 2026-11 of guide:A (tenant default), closed
        from 1,000.00: 3% − 2% = 1% × 500.00 = 5.00
        Period 2026-12 of guide:A (tenant default)
        #3  -20.00  sale order:O line 1, rule "s", base -1,000.00, counts in s; its own"""),
]


@pytest.mark.parametrize(("title", "lang", "subject", "wanted"), PERIOD_WORDING,
                         ids=lambda value: value if isinstance(value, str) else "")
def test_periods_read(fen: Fen, title: str, lang: str, subject: str, wanted: str) -> None:
    case = next(case for name, case in PERIODS.items() if name.startswith(title))
    lines = [json.dumps(item) for item in case.events]
    told = fen(*write_day(fen, case.plan, lines), subject,
               lang="zh_CN.UTF-8" if lang == "zh" else "C.UTF-8").stdout
    for sentence in wanted.split("\n"):
        assert sentence.strip() in told, told


def test_a_month_of_many_entries_is_cut_in_text_alone(fen: Fen) -> None:
    lines = [event("guide.set", 1, guide="A")]
    for n in range(60):
        goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 100_00}]
        placed = {"order": f"O{n}", "created": T0, "seller": "A", "lines": goods}
        lines += [event("order.placed", 100 + n, **placed),
                  event("order.paid", 200 + n, order=f"O{n}")]
    tiered = PLAN.replace("share:\n    - {name: all, pay: 4.5%, funder: hq}",
                          "sale: [{name: s, pay: {tiers: [[0, 1%], [5900.00, 2%]]}}]")
    assert tiered != PLAN
    command = write_day(fen, tiered, lines)
    told = fen(*command, "guide:A").stdout
    assert "and 10 more that count; --json has them" in told
    assert "#61  +1.00  sale, rule \"s\" of the period" in told
    assert "另有 10 条计入的分录，见 --json" in fen(*command, "guide:A", lang="zh_CN.UTF-8").stdout
    assert len(json.loads(fen(*command, "--json", "guide:A").stdout)["entries"]) == 61


def test_what_is_no_period_of_a_payee(fen: Fen) -> None:
    command = write_day(fen, RULED, [
        *ruled_day(),
        event("adjustment.posted", 30, payee="hq", adjustment="a", amount=5, reason="r",
              approver="p"),
        event("order.placed", 31, order="guide:A", created=T0, lines=[]),
    ])
    assert "hq has no entries under a plan" in fen(*command, "hq", code=1).stderr
    assert "hq 没有方案下的分录" in fen(*command, "hq", code=1, lang="zh_CN.UTF-8").stderr
    assert "no tiers, bonus or month limit" in fen(*command, "hq@2026-05").stdout
    assert "nothing of guide:X@2026-05" in fen(*command, "guide:X@2026-05", code=1).stderr
    assert "nothing of guide:X@2026-13" in fen(*command, "guide:X@2026-13", code=1).stderr
    assert "guide:wins@2026-05" not in fen(*command, "O").stdout
    assert "PAYEE@YYYY-MM" in fen(*command, "guide:A/x/y", code=2).stderr


def test_a_plan_that_loses_a_period_rule(fen: Fen) -> None:
    head = ("plan: p\nversion: {}\ncurrency: CNY\ntimezone: \"+08:00\"\n"
            "from: 2026-01-01 00:00\nroles: {{sale: [{{name: s, pay: {}}}]}}\n")
    goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 100_00}]
    lines = [
        event("plan.published", 1, yaml=head.format(1, "{tiers: [[0, 1%], [50.00, 2%]]}")),
        event("guide.set", 2, guide="A"),
        event("order.placed", 3, order="O", created=T0, seller="A", lines=goods),
        event("order.paid", 4, order="O"),
        event("plan.published", 5, yaml=head.format(2, "1%")),
    ]
    (fen.directory / "day.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = fen("explain", "--events", "day.ndjson", "guide:A").stdout
    assert "-0.50  sale, rule \"s\" of the period; a plan was published" in told, told


RULED = """\
plan: ruled
version: 3
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
share: {window: 7d, by_channel: {tmall: 15d}}
credit_order: [live, share, bind]
leaver: {share: house}
roles:
  live: [{name: hosts, pay: 5%}]
  share:
    - {name: cream, when: {category: [cream, oil], quantity: 3..}, pay: 6%}
    - {name: owned, when: {store_kind: owned}, pay: 5%, cap: {line: 1.00}}
    - {name: senior, when: {level: senior}, pay: 4%, split: {self: 60%, region: 40%}}
  bind: [{name: bound, pay: 2%}]
  sale: [{name: till, when: {channel: shop}, pay: 1%}]
"""


def ruled_day() -> list[str]:
    """Touches too old, of one who had left, of the buyer's own guide, too late; and the winner."""
    lines = [{"line": 1, "sku": "P", "brand": "L", "category": "soap", "quantity": 1,
              "paid": 10_000}]
    return [
        event("guide.set", 1, guide="old", effective=T0 - 40 * DAY),
        event("guide.set", 2, guide="gone", status="left", effective=T0 - 40 * DAY),
        event("guide.set", 3, guide="self", customers=["C"], effective=T0 - 40 * DAY),
        event("guide.set", 4, guide="wins", level="senior", store="S", effective=T0 - 40 * DAY),
        event("store.set", 5, store="S", kind="franchise", effective=T0 - 40 * DAY),
        event("touch.shared", 6, customer="C", guide="old", at=T0 - 8 * DAY),
        event("touch.shared", 7, customer="C", guide="wins", at=T0 - 3 * DAY),
        event("touch.shared", 8, customer="C", guide="self", at=T0 - 2 * DAY),
        event("touch.shared", 9, customer="C", guide="gone", at=T0 - DAY),
        event("touch.shared", 10, customer="C", guide="wins", at=T0 + DAY),
        event("touch.shared", 11, customer="other", guide="old", at=T0 - DAY),
        event("customer.bound", 12, customer="C", guide="old", effective=T0 - 30 * DAY),
        event("order.placed", 13, order="O", customer="C", created=T0, seller="old",
              lines=lines),
        event("order.paid", 14, order="O", customer="C"),
    ]


def write_day(fen: Fen, plan: str, lines: list[str]) -> list[str]:
    (fen.directory / "plan.yaml").write_text(plan, encoding="utf-8")
    (fen.directory / "day.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["explain", "--plan", "plan.yaml", "--events", "day.ndjson"]


def test_tells_who_was_passed_over_and_which_condition_failed(fen: Fen) -> None:
    told = fen(*write_day(fen, RULED, ruled_day()), "O").stdout
    for sentence in (
        "touch e6: guide old", "outside the window, which had ended 1d before",
        "touch e10: guide wins", ": 1d after the order was created",
        "live: nobody: the facts name none",
        "touch e9 of guide gone does not count: the guide had left",
        "touch e8 of guide self does not count: the buyer is one of the guide's own customer ids",
        'share: guide wins, by rule "senior" and touch e7',
        'rule "cream" does not match: category wants cream, oil, found soap; '
        "quantity wants 3.., found 1",
        'rule "owned" does not match: store_kind wants owned, found franchise',
        "bind: not tried, a role before it in credit_order has the line",
        "sale: guide old gets nothing: no rule matches",
        'rule "till" does not match: channel wants shop, found nothing',
        "region 40%: there is no such payee; it stays with the funder",
        "→ guide:wins 2.40 (self 60%), borne by brand:L",
        "1.60 stays with the funder",
    ):
        assert sentence in told, told


def test_tells_it_in_chinese_too(fen: Fen) -> None:
    told = fen(*write_day(fen, RULED, ruled_day()), "O", lang="zh_CN.UTF-8").stdout
    for sentence in (
        "超出有效期，有效期已结束 1 天", "晚于下单 1 天",
        "触达 e9（导购 gone）不计：导购已离职",
        "触达 e8（导购 self）不计：买家是该导购本人的顾客号（自购）",
        "规则“cream”不符：品类 要求 cream、oil，实为 soap；数量 要求 3..，实为 1",
        "规则“owned”不符：门店类型 要求 自营，实为 加盟",
        "绑定：未考虑，独占顺序中靠前的角色已得此行",
        "区域 40%：没有这个收款方，留给承担方",
    ):
        assert sentence in told, told


def order_of_amount(currency: str) -> list[str]:
    return [event("guide.set", 1, guide="g", status="active"),
            event("order.placed", 2, order="O", customer="c", seller="g", created=T0 + 2,
                  currency=currency,
                  lines=[{"line": 1, "sku": "k", "brand": "L", "quantity": 1, "paid": 4_899}]),
            event("order.paid", 3, order="O", customer="c")]


LARGE = """\
  sale: [{name: large, when: {base: [1000.., 60..70]}, pay: 2%}, {name: rest, pay: 1%}]"""


def test_money_of_a_condition_is_in_the_major_unit(fen: Fen) -> None:
    plan = PLAN[:PLAN.index("roles:")] + "roles:\n" + LARGE + "\n"
    told = fen(*write_day(fen, plan, order_of_amount("CNY")), "O", lang="zh_CN.UTF-8").stdout
    assert "规则“large”不符：基数 要求 1000.00..、60.00..70.00，实为 48.99" in told, told


def test_an_order_in_another_currency_than_its_plan_is_said(fen: Fen) -> None:
    plan = PLAN[:PLAN.index("roles:")] + "roles:\n" + LARGE + "\n"
    command = write_day(fen, plan, order_of_amount("HKD"))
    assert "is in CNY and the order in HKD: nothing is posted" in fen(*command, "O").stdout
    told = json.loads(fen(*command, "--json", "O").stdout)
    assert told["plan"] is None and told["currency"] == "CNY"
    assert told["plan_in_other_currency"] == "cli@1"


def test_json_is_the_same_in_every_language_and_from_standard_input(fen: Fen) -> None:
    command = write_day(fen, RULED, ruled_day())
    one = fen(*command, "--json", "O").stdout
    assert fen(*command, "--json", "O", lang="zh_CN.UTF-8").stdout == one
    piped = fen("explain", "--plan", "plan.yaml", "--events", "-", "--json", "default/order:O",
                text="\n".join(ruled_day()))
    assert piped.stdout == one
    told = json.loads(one)
    assert [touch["event"] for touch in told["touches"]] == ["e10", "e9", "e8", "e7", "e6"]
    assert [touch["kept"] for touch in told["touches"]] == [False, True, True, True, True]
    assert told["touches"][4]["outside_ms"] == DAY
    assert told["touches"][0]["after_created_ms"] == DAY
    line = told["lines"][0]
    assert line["not_tried"] == ["bind"]
    share = next(item for item in line["considered"] if item["role"] == "share")
    assert share["passed_rules"][0]["failed"] == [
        {"condition": "category", "wanted": "cream, oil", "found": "soap"},
        {"condition": "quantity", "wanted": "3..", "found": "1"}]


def test_what_is_not_due_says_why(fen: Fen) -> None:
    unpaid = [line for line in ruled_day() if "order.paid" not in line]
    told = fen(*write_day(fen, RULED, unpaid), "O").stdout
    assert "not paid yet: nothing is due before" in told and "nothing yet: waits for paid" in told
    cancelled = ruled_day() + [event("order.cancelled", 20, order="O", customer="C")]
    told = fen(*write_day(fen, RULED, cancelled), "O").stdout
    assert "cancelled: nothing is due" in told and "2 entries, 0.00 in all" in told
    late = RULED.replace("from: 2026-01-01", "from: 2027-01-01")
    told = fen(*write_day(fen, late, ruled_day()), "O").stdout
    assert "no plan is in force for it" in told
    refund = [event("order.refunded", 20, order="N", customer="C", refund="r",
                    lines=[{"line": 1, "amount": 1}])]
    told = fen(*write_day(fen, RULED, refund), "N").stdout
    assert "not placed yet: what is known waits for order.placed" in told


def test_a_guide_nobody_has_announced_holds_the_credit(fen: Fen) -> None:
    unknown = [line for line in ruled_day() if '"e4"' not in line and '"e5"' not in line]
    plan = RULED.replace("when: {store_kind: owned}, ", "")
    told = fen(*write_day(fen, plan, unknown), "O").stdout
    assert "share: in suspense for guide wins, whom nobody has announced" in told
    assert "cap of 1.00 a line: 5.00 → 1.00" in told
    assert "0 entries, 0.00 in all" in told


def test_registrations_and_tasks(fen: Fen) -> None:
    plan = PLAN + "  recruit: [{name: invites, per_customer: 5.00}]\n" + \
        "tasks: {game: {score: [[600, 20.00], [800, 50.00]]}}\n"
    lines = [
        event("guide.set", 1, guide="A"), event("guide.set", 2, guide="B", status="suspended"),
        event("customer.registered", 3, customer="C", recruiter="A"),
        event("customer.registered", 4, customer="D", recruiter="B"),
        event("task.scored", 5, task="game", guide="A", score=700),
        event("task.scored", 6, task="game", guide="B", score=900),
        event("task.scored", 7, task="game", guide="X", score=800),
        event("task.closed", 8, task="game"),
    ]
    command = write_day(fen, plan, lines)
    told = fen(*command, "customer:C", "customer:D", "task:game").stdout
    for sentence in (
        'recruit: guide A, by rule "invites"', "+5.00  recruit", "recruit, for e3",
        "recruit: guide B may not earn: the guide was suspended",
        "guide A: score 700 at", ": 20.00\n", "left out: the guide may not earn",
        "50.00 (in suspense: nobody has announced the guide)", "task, for e8 (the task was closed)",
    ):
        assert sentence in told, told
    told = fen(*command, "task:game", lang="zh_CN.UTF-8").stdout
    assert "挂起：导购尚未登记" in told and "起因 e8（任务结束）" in told
    assert "分享有效期" not in told  # a task has none


def test_a_plan_that_cannot_be_published_is_told_with_the_reason(fen: Fen) -> None:
    command = write_day(fen, RULED, ruled_day())
    (fen.directory / "other.yaml").write_text(RULED + "# changed\n", encoding="utf-8")
    done = fen(*command, "--plan", "other.yaml", "O", code=78)
    assert "other.yaml cannot be published: this plan and version were given" in done.stderr


def test_exit_codes(fen: Fen) -> None:
    command = write_day(fen, RULED, ruled_day())
    assert "which order?" in fen("explain", code=2).stderr
    assert "哪个订单" in fen("explain", code=2, lang="zh_CN.UTF-8").stderr
    assert "TENANT/ORDER" in fen(*command, "a/b/c", code=2).stderr
    assert "--plan goes with --events" in fen("explain", "--plan", "plan.yaml", "O", code=2).stderr
    missing = fen(*command, "nothing", "O", code=1)
    assert "say nothing of order:nothing" in missing.stderr and "Order O" in missing.stdout
    assert "没有 order:nothing" in fen(*command, "nothing", code=1, lang="zh_CN.UTF-8").stderr
    assert "say nothing" in fen(*command, "--tenant", "other", "O", code=1).stderr
    fen("explain", "--events", "absent.ndjson", "O", code=65)
    (fen.directory / "plan.yaml").write_text("plan: [", encoding="utf-8")
    fen(*command, "O", code=78)
