"""`fen replay` as SPEC §10 says: exit codes, standard input and output, dead letters, languages."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from lib.oracle.arrival import run
from lib.oracle.compare import differences

PLAN = """\
plan: cli
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
share: {window: 7d}
roles:
  share:
    - {name: all, pay: 4.5%, funder: hq}
"""
T0 = 1_780_000_000_000  # 2026-05-29 04:26:40 in +08:00
EVENT_BYTES_MAX = 256 * 1024
LINE_BYTES_MAX = 64 * 1024 * 1024


class Fen:
    """The binary in a folder of the test's own."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self.binary = binary
        self.directory = directory

    def __call__(
        self, *words: str, text: str | bytes = "", code: int = 0, lang: str = "C.UTF-8"
    ) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "FEN_"))}
        environment["LANG"] = lang
        given = text.encode() if isinstance(text, str) else text
        done = subprocess.run(
            [str(self.binary), *words],
            input=given,
            capture_output=True,
            cwd=self.directory,
            env=environment,
            timeout=600,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, f"exit {done.returncode}, not {code}\n{out}\n{err}"
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    (directory / "plan.yaml").write_text(PLAN)
    (directory / "day.ndjson").write_text("".join(line + "\n" for line in day()))
    return Fen(fen_binary, directory)


def event(kind: str, number: int, **fields: object) -> str:
    return json.dumps({"id": f"e{number}", "type": kind, "time": T0 + number, **fields})


def day() -> list[str]:
    """One guide shares, one customer buys twice, one order is refunded whole."""
    lines = [
        event("guide.set", 1, guide="G1"),
        event("touch.shared", 2, customer="C1", guide="G1"),
    ]
    for n, order in enumerate(("O1", "O2")):
        goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 41000}]
        placed = {"order": order, "customer": "C1", "created": T0 + 10, "lines": goods}
        lines.append(event("order.placed", 10 + n, **placed))
        lines.append(event("order.paid", 20 + n, order=order, customer="C1"))
    back = [{"line": 1, "amount": 41000}]
    lines.append(event("order.refunded", 30, order="O2", customer="C1", refund="R1", lines=back))
    return lines


def rows(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_ledger_has_every_field_of_the_specification(fen: Fen) -> None:
    entries = rows(fen("replay", "--plan", "plan.yaml", "--ledger", "-", "day.ndjson").stdout)
    assert [(e["payee"], e["seq"], e["amount"], e["balance"], e["kind"]) for e in entries] == [
        ("guide:G1", 1, 1845, 1845, "accrual"),
        ("guide:G1", 2, 1845, 3690, "accrual"),
        ("guide:G1", 3, -1845, 1845, "reversal"),
    ]
    assert list(entries[0]) == (
        "tenant payee seq kind amount balance funder role portion subject line rule plan base "
        "rate_ppm capped_by touch period prior earned_at available_on event"
    ).split()
    assert entries[0]["plan"] == "cli@1" and entries[0]["portion"] is None


def test_accounts_are_one_line_each(fen: Fen) -> None:
    done = fen("replay", "--plan", "plan.yaml", "--accounts", "-", "day.ndjson")
    assert rows(done.stdout) == [
        {
            "tenant": "default",
            "payee": "guide:G1",
            "seq": 3,
            "balance": 1845,
            "by_period": {"2026-05": {"share": 1845}},
            "by_date": {"2026-05-29": 1845},
        }
    ]
    assert "7 read = 7 applied" in done.stderr and "balanced" in done.stderr


def test_accounts_are_sorted_bytewise_by_tenant_and_payee(fen: Fen) -> None:
    lines = []
    for n, (tenant, guide) in enumerate((("b", "G1"), ("a", "G9"), ("a", "G10"), ("B", "Ä"))):
        base = {"tenant": tenant}
        goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 41000}]
        lines.append(event("guide.set", 10 * n, guide=guide, **base))
        sharer = {"guide": guide, "time": T0}
        placed = {"order": "O", "created": T0 + 1, "lines": goods, "sharer": sharer}
        lines.append(event("order.placed", 10 * n + 1, **placed, **base))
        lines.append(event("order.paid", 10 * n + 2, order="O", **base))
    done = fen("replay", "-p", "plan.yaml", "-a", "-", "-", text="\n".join(lines))
    found = [(row["tenant"], row["payee"]) for row in rows(done.stdout)]
    expected = [("B", "guide:Ä"), ("a", "guide:G10"), ("a", "guide:G9"), ("b", "guide:G1")]
    assert found == expected


def test_summary_goes_to_stdout_only_when_no_output_does(fen: Fen) -> None:
    done = fen("replay", "--plan", "plan.yaml", "day.ndjson")
    assert "balanced ✓" in done.stdout and "share" in done.stdout and done.stderr == ""
    done = fen("replay", "--plan", "plan.yaml", "--ledger", "-", "day.ndjson")
    assert "balanced ✓" in done.stderr
    done = fen("replay", "--plan", "plan.yaml", "--ledger", "out.ndjson", "day.ndjson")
    assert "balanced ✓" in done.stdout
    assert len(rows((fen.directory / "out.ndjson").read_text())) == 3


def test_several_files_and_standard_input_are_one_stream(fen: Fen) -> None:
    lines = day()
    (fen.directory / "a.ndjson").write_text("\n".join(lines[:2]))  # no line end at its end
    (fen.directory / "c.ndjson").write_text("\n".join(lines[5:]))
    whole = fen("replay", "-p", "plan.yaml", "-l", "-", "day.ndjson").stdout
    given = "\r\n\r\n".join(lines[2:5])  # CR LF and empty lines
    parts = fen("replay", "-p", "plan.yaml", "-l", "-", "a.ndjson", "-", "c.ndjson", text=given)
    assert parts.stdout == whole


def test_byte_order_mark_is_no_part_of_the_line(fen: Fen) -> None:
    marked = b"\xef\xbb\xbf" + (fen.directory / "day.ndjson").read_bytes()
    whole = fen("replay", "-p", "plan.yaml", "-l", "-", "day.ndjson").stdout
    assert fen("replay", "-p", "plan.yaml", "-l", "-", "-", text=marked).stdout == whole


def test_dead_letters_keep_line_number_and_text(fen: Fen) -> None:
    bad = ["not json", "", '{"id":"x","type":"order.flown","time":1}', day()[0], '{"id":1}']
    (fen.directory / "bad.ndjson").write_text("\n".join(bad))
    done = fen("replay", "--dlq", "-", "day.ndjson", "bad.ndjson")
    letters = rows(done.stdout)
    assert [(row["line"], row["code"], row["event"]) for row in letters] == [
        (1, "MALFORMED", bad[0]),
        (3, "UNKNOWN_TYPE", bad[2]),
        (5, "MALFORMED", bad[4]),
    ]
    assert all(list(row) == ["code", "message", "line", "event"] for row in letters)
    assert "11 read = 7 applied + 1 duplicate + 0 late + 3 dead-lettered (balanced" in done.stderr


def test_bytes_that_are_no_utf8_leave_a_dead_letter_that_is_json(fen: Fen) -> None:
    done = fen("replay", "--dlq", "-", "-", text=b'{"id":"\xff"}\n')
    assert rows(done.stdout)[0]["code"] == "MALFORMED"


@pytest.mark.parametrize("wire", ["json", "protobuf"])
def test_lines_beyond_the_bound_of_an_event_are_kept_whole(fen: Fen, wire: str) -> None:
    long = "中" * (EVENT_BYTES_MAX // 3 + 2)
    at_bound = '{"id":"' + "x" * (EVENT_BYTES_MAX - 9) + '"}'
    longer = "y" * (9 * 1024 * 1024)
    text = f"{long}\n{at_bound}\n{longer}\n{day()[0]}"
    done = fen("replay", "--wire", wire, "--dlq", "-", "-", text=text)
    letters = rows(done.stdout)
    assert [row["code"] for row in letters] == ["TOO_LARGE", "MISSING_FIELD", "TOO_LARGE"]
    assert [row["line"] for row in letters] == [1, 2, 3]
    assert [row["event"] == line for row, line in zip(letters, [long, at_bound, longer])] \
        == [True] * 3
    assert f"has {len(longer)} bytes" in str(letters[2]["message"])
    assert "1 applied" in done.stderr


def test_of_a_line_beyond_64_mib_that_much_is_kept(fen: Fen) -> None:
    line = "中" * (LINE_BYTES_MAX // 3 + 1)
    done = fen("replay", "--dlq", "-", "-", text=f"{line}\n{day()[0]}")
    letters = rows(done.stdout)
    assert [row["code"] for row in letters] == ["TOO_LARGE"] and "1 applied" in done.stderr
    assert str(letters[0]["event"]) == line[:LINE_BYTES_MAX // 3]


def test_blanks_before_an_event_count_and_a_line_of_blanks_is_none(fen: Fen) -> None:
    """SPEC §9: nothing is dropped in silence; §3: 256 KiB as it came."""
    blanks = " " * (EVENT_BYTES_MAX + 1000)
    for before in (blanks, " " * LINE_BYTES_MAX):
        text = f"{before}{day()[0]}\n{blanks}\n{day()[0]}"
        done = fen("replay", "--dlq", "-", "-", text=text)
        assert [(row["code"], row["line"]) for row in rows(done.stdout)] == [("TOO_LARGE", 1)]
        assert "2 read = 1 applied" in done.stderr


def test_plans_may_be_several_and_in_either_form(fen: Fen) -> None:
    later = PLAN.replace("version: 1", "version: 2").replace("4.5%", "9%")
    (fen.directory / "later.yaml").write_text(later)
    one = fen("replay", "--plan", "plan.yaml", "--plan", "later.yaml", "-l", "-", "day.ndjson")
    two = fen("replay", "--plan", "plan.yaml", "later.yaml", "-l", "-", "--", "day.ndjson")
    assert rows(one.stdout)[0]["amount"] == 3690
    assert one.stdout == two.stdout


def test_no_plan_is_no_error_but_is_said(fen: Fen) -> None:
    done = fen("replay", "day.ndjson")
    assert "found no plan" in done.stdout


def test_plan_in_the_events_is_published_at_its_place(fen: Fen) -> None:
    published = event("plan.published", 0, yaml=PLAN)
    text = "\n".join([published, *day()])
    done = fen("replay", "-l", "-", "-", text=text)
    assert [row["amount"] for row in rows(done.stdout)] == [1845, 1845, -1845]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["replay"], 2),
        (["replay", "--frob", "day.ndjson"], 2),
        (["replay", "--wire", "xml", "day.ndjson"], 2),
        (["replay", "--batch", "0", "day.ndjson"], 2),
        (["replay", "-l", "-", "-a", "-", "day.ndjson"], 2),
        (["replay", "nowhere.ndjson"], 65),
        (["replay", "."], 65),
        (["replay", "--plan", "nowhere.yaml", "day.ndjson"], 65),
        (["replay", "--ledger", "no/such/folder", "day.ndjson"], 65),
        (["frobnicate"], 2),
        ([], 2),
    ],
)
def test_exit_codes(fen: Fen, words: list[str], code: int) -> None:
    done = fen(*words, code=code)
    assert done.stderr.startswith("fen") or not words


def test_every_mistake_of_every_plan_is_said_with_its_place(fen: Fen) -> None:
    (fen.directory / "one.yaml").write_text(PLAN.replace("share: {window: 7d}", "shaer: {}"))
    (fen.directory / "two.yaml").write_text(PLAN.replace("4.5%", "4.5％").replace("CNY", "CN"))
    given = ["--plan", "one.yaml", "--plan", "two.yaml", "day.ndjson"]
    done = fen("replay", "--ledger", "never.ndjson", *given, code=78)
    assert 'one.yaml:6:1: error: "shaer": ' in done.stderr
    assert 'two.yaml:3:11: error: "CN": ' in done.stderr
    assert 'two.yaml:9:24: error: "4.5％": ' in done.stderr
    assert not (fen.directory / "never.ndjson").exists()
    chinese = fen("replay", *given, code=78, lang="zh_CN.UTF-8")
    assert "one.yaml:6:1: 错误: “shaer”：" in chinese.stderr and "方案 two.yaml 有" in chinese.stderr


def test_a_warning_of_a_plan_is_said_and_the_plan_is_used(fen: Fen) -> None:
    unreachable = PLAN + "    - {name: never, pay: 1%}\n"
    (fen.directory / "plan.yaml").write_text(unreachable)
    done = fen("replay", "-p", "plan.yaml", "-l", "-", "day.ndjson")
    assert 'plan.yaml:10:7: warning: "name": never used: ' in done.stderr
    assert [row["amount"] for row in rows(done.stdout)] == [1845, 1845, -1845]


def test_two_plans_of_one_version_with_other_content_are_refused(fen: Fen) -> None:
    (fen.directory / "other.yaml").write_text(PLAN.replace("4.5%", "9%"))
    fen("replay", "--plan", "plan.yaml", "--plan", "other.yaml", "day.ndjson", code=78)
    fen("replay", "--plan", "plan.yaml", "--plan", "plan.yaml", "day.ndjson")


@pytest.mark.parametrize("content", [PLAN, PLAN.replace("4.5%", "9%")])
def test_a_version_given_on_the_command_line_is_a_duplicate_for_every_tenant(
    fen: Fen, content: str
) -> None:
    """SPEC §4: it is published before the first event; the content that holds is the first."""
    published = json.loads(event("plan.published", 0, yaml=content))
    others = [json.dumps({**published, "id": f"plan-{tenant}", "tenant": tenant})
              for tenant in ("default", "elsewhere")]
    text = "\n".join([*others, *day()])
    done = fen("replay", "-p", "plan.yaml", "-l", "-", "-", text=text)
    assert [row["amount"] for row in rows(done.stdout)] == [1845, 1845, -1845]
    count = len(others) + len(day())
    assert f"{count} read = {len(day())} applied + 2 duplicate" in done.stderr
    assert ("plan_conflict" in done.stderr) == (content != PLAN)


def test_a_bad_plan_of_an_event_is_named_with_the_text_at_fault(fen: Fen) -> None:
    published = event("plan.published", 0, yaml=PLAN.replace("4.5%", "4.5％"))
    done = fen("replay", "--dlq", "-", "-", text=published)
    letter = rows(done.stdout)[0]
    assert letter["code"] == "BAD_PLAN"
    assert 'line 9, column 24: "4.5％": ' in letter["message"]


@pytest.mark.parametrize("words", [
    ["--ledger", "day.ndjson"], ["--accounts", "./day.ndjson"], ["--dlq", "link.ndjson"],
    ["--ledger", "plan.yaml"], ["--ledger", "out", "--accounts", "out"],
    ["--accounts", "out", "--dlq", "out"],
])
def test_no_output_overwrites_what_is_in_use(fen: Fen, words: list[str]) -> None:
    (fen.directory / "link.ndjson").symlink_to("day.ndjson")
    before = {path: (fen.directory / path).read_bytes() for path in ("day.ndjson", "plan.yaml")}
    done = fen("replay", "-p", "plan.yaml", *words, "day.ndjson", code=2)
    assert "would overwrite" in done.stderr
    assert before == {path: (fen.directory / path).read_bytes() for path in before}


def test_outputs_that_are_no_files_may_be_one(fen: Fen) -> None:
    fen("replay", "-p", "plan.yaml", "-l", "/dev/null", "-a", "/dev/null", "day.ndjson")


def test_facts_that_wait_are_said(fen: Fen) -> None:
    done = fen("replay", "-p", "plan.yaml", "-", text=event("order.cancelled", 1, order="O9"))
    assert "1 fact(s) came before their order or line" in done.stdout
    more = [{"line": number, "sku": "P", "quantity": 1, "paid": 1} for number in (1, 2)]
    waiting = [event("order.shipped", 91, order="O1", lines=[1, 78]),
               event("order.shipped", 92, order="O1", lines=[78])]
    waiting += [event("order.refunded", 93 + len(lines), order="O1", refund="R",
                      lines=[{"line": line, "amount": 1} for line in lines])
                for lines in ([1, 2], [2])]
    others = [event("order.shipped", 97, order="O1", lines=[1]),
              event("order.received", 98, order="O1", lines=[1]),
              event("order.placed", 0, order="O1", customer="C1", created=T0 + 10, lines=more)]
    done = fen("replay", "-p", "plan.yaml", "-", text="\n".join([*day(), *waiting, *others]))
    assert "4 fact(s) came before their order or line" in done.stdout


def test_reader_that_goes_away_ends_the_run(fen: Fen, fen_binary: Path) -> None:
    fen("generate", "-n", "500", "-o", "many.ndjson")
    command = f"'{fen_binary}' replay -l - many.ndjson | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=fen.directory, capture_output=True, timeout=600, check=False
    )
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "command", ["replay", "explain", "generate", "send", "tail", "run", "config"]
)
def test_help_is_in_the_readers_language(fen: Fen, command: str) -> None:
    english = fen(command, "--help").stdout
    chinese = fen(command, "--help", lang="zh_CN.UTF-8").stdout
    assert english.startswith(f"fen {command}: ") and "General:" in english
    assert chinese.startswith(f"fen {command}：") and "通用：" in chinese
    assert english.count("--") == chinese.count("--")
    assert max(map(len, english.splitlines())) <= 110


def test_mistyped_names_are_answered_with_the_near_one(fen: Fen) -> None:
    assert "did you mean --plan?" in fen("replay", "--plna", "x", code=2).stderr
    assert "did you mean `fen replay`?" in fen("repaly", code=2).stderr
    assert "是不是 --plan？" in fen("replay", "--plna", "x", code=2, lang="zh_CN.UTF-8").stderr


def test_ledger_does_not_depend_on_batch_partitions_or_wire(fen: Fen) -> None:
    fen("generate", "-n", "300", "-o", "many.ndjson")
    one = fen("replay", "-l", "-", "--batch", "1", "many.ndjson").stdout
    for words in (["--batch", "10"], ["--partitions", "12"], ["--wire", "protobuf"]):
        assert fen("replay", "-l", "-", *words, "many.ndjson").stdout == one


@pytest.mark.parametrize("spread", [["--partitions", "3"], ["-n", "3"]])
@pytest.mark.parametrize("is_file", [True, False])
def test_events_without_customer_meet_their_order(fen: Fen, spread: list[str],
                                                  is_file: bool) -> None:
    lines, late = [event("guide.set", 1, guide="G1")], []
    for n in range(20):
        goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 41000}]
        sharer = {"guide": "G1", "time": T0}
        placed = {"order": f"O{n}", "customer": f"C{n}", "created": T0 + 1, "sharer": sharer}
        facts = [event("order.placed", 100 + n, **placed, lines=goods),
                 event("order.paid", 200 + n, order=f"O{n}")]
        lines += facts[::-1] if is_file else facts  # what comes through a pipe is read only once
        late.append(event("order.refunded", 300 + n, order=f"O{n}", refund="R",
                          lines=[{"line": 1, "amount": 20000}]))
    text = "\n".join(lines + late)
    (fen.directory / "unsaid.ndjson").write_text(text)
    words = ["replay", "-p", "plan.yaml", "-l", "-", "unsaid.ndjson" if is_file else "-"]
    one = fen(*words, text=text)
    assert len(rows(one.stdout)) == 40
    many = fen(*words, *spread, text=text)
    assert sum(int(str(e["amount"])) for e in rows(many.stdout)) == 20 * 945
    assert many.stderr.split("\n")[:2] == one.stderr.split("\n")[:2]


def test_orders_that_wait_for_a_guide_now_are_counted(fen: Fen) -> None:
    unannounced = day()[1:]
    done = fen("replay", "-p", "plan.yaml", "-", text="\n".join(unannounced))
    assert "2 credit(s) wait for a guide" in done.stdout
    announced = "\n".join([*unannounced, event("guide.set", 40, guide="G1")])
    assert "wait for a guide" not in fen("replay", "-p", "plan.yaml", "-", text=announced).stdout


EXCESS = [
    # refunds of 41,000 paid (amount, before the order?), lines in excess, yuan
    ([(41000, False)], None),
    ([(41000, True), (1, False)], (1, "0.01")),
    ([(50000, True)], (1, "90.00")),
    ([(50000, False), (41000, True)], (1, "500.00")),
]


@pytest.mark.parametrize(("refunds", "wanted"), EXCESS)
def test_refunds_in_excess_are_said_in_whichever_order(
    fen: Fen, refunds: list[tuple[int, bool]], wanted: tuple[int, str] | None
) -> None:
    lines = [line for line in day() if '"O2"' not in line]
    for number, (amount, is_early) in enumerate(refunds):
        text = event("order.refunded", 50 + number, order="O1", customer="C1", refund=f"R{number}",
                     lines=[{"line": 1, "amount": amount}])
        lines.insert(0 if is_early else len(lines), text)
    result = run([PLAN], [json.loads(line) for line in lines])
    said = fen("replay", "-p", "plan.yaml", "-", text="\n".join(lines)).stdout
    if wanted is None:
        assert result.counters["refund_excess"] == 0 and "beyond what was paid" not in said
        return
    count, yuan = wanted
    assert len(result.refund_excess) == count
    assert f"{count} line(s) refunded beyond what was paid, by {yuan} in sum" in said
    assert result.counters["refund_excess"] == round(float(yuan) * 100)
    chinese = fen("replay", "-p", "plan.yaml", "-l", "ledger", "-", text="\n".join(lines),
                  lang="zh_CN.UTF-8")
    assert f"{count} 行的退款超过实付，合计超出 {yuan}" in chinese.stdout


def test_a_later_version_that_was_paid_less_leaves_an_excess(fen: Fen) -> None:
    goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 30000}]
    placed = {"order": "O2", "version": 2, "customer": "C1", "created": T0 + 10, "lines": goods}
    lines = [*day(), event("order.placed", 60, **placed)]
    said = fen("replay", "-p", "plan.yaml", "-", text="\n".join(lines)).stdout
    assert "1 line(s) refunded beyond what was paid, by 110.00 in sum" in said


def great_order(fen: Fen, brand: str, lines: int) -> list[str]:
    """An order that pays the brand the most there can be on each line, 10^18 fen."""
    (fen.directory / "great.yaml").write_text(PLAN.split("share:")[0] + """\
roles: {brand: [{name: most, pay: {per_unit: 10000000000.00}, funder: hq}]}
""")
    goods = [{"line": n, "sku": "P", "brand": brand, "quantity": 10**6, "paid": 1}
             for n in range(1, lines + 1)]
    placed = {"order": f"O{brand}", "created": T0, "lines": goods}
    first = 10 * ord(brand)
    return [event("order.placed", first, **placed),
            event("order.paid", first + 1, order=f"O{brand}")]


def test_sums_beyond_64_bits_are_not_posted_and_said(fen: Fen) -> None:
    lines = great_order(fen, "B", 10)
    words = ["replay", "-p", "great.yaml", "-a", "accounts", "-l", "ledger", "-"]
    done = fen(*words, text="\n".join(lines), code=1)
    assert "2 read = 2 applied" in done.stdout
    assert "1 difference(s) NOT posted: a payee's sums would leave 64 bits" in done.stdout
    account, = rows((fen.directory / "accounts").read_text())
    assert (account["seq"], account["balance"]) == (9, 9 * 10**18)
    again = fen(*words, text="\n".join(lines), code=1, lang="zh_CN.UTF-8")
    assert "1 条差额未入账" in again.stdout
    plan = (fen.directory / "great.yaml").read_text()
    result = run([plan], [json.loads(line) for line in lines])
    assert result.beyond_range == {("default", "brand:B")}
    with (fen.directory / "ledger").open(encoding="utf-8") as ledger:
        assert list(differences(result, ledger)) == []


def test_sums_of_all_payees_may_be_beyond_64_bits(fen: Fen) -> None:
    lines = [line for brand in "BCD" for line in great_order(fen, brand, 9)]
    done = fen("replay", "-p", "great.yaml", "-", text="\n".join(lines))
    assert "270,000,000,000,000,000.00" in done.stdout
    result = run([(fen.directory / "great.yaml").read_text()], [json.loads(x) for x in lines])
    assert result.beyond_range == set()


@pytest.mark.parametrize("workers", ["2", "5"])
def test_amounts_do_not_depend_on_the_number_of_workers(fen: Fen, workers: str) -> None:
    fen("generate", "-n", "300", "--seed", "3", "-o", "many.ndjson")
    one = fen("replay", "-a", "-", "many.ndjson").stdout
    words = ["--partitions", "12", "--workers", workers, "--batch", "50"]
    many = fen("replay", "-a", "-", *words, "many.ndjson").stdout

    def sums(text: str) -> dict[object, object]:
        return {
            (row["tenant"], row["payee"]): (row["balance"], row["by_date"])
            for row in rows(text)
            if row["balance"] or row["by_date"]
        }

    assert sums(many) == sums(one)
