"""The figures as a table for people, as Markdown for RESULTS.md, and as JSON."""

from __future__ import annotations

import statistics
from typing import Any

from measure.drain import Drain

FLOOR = 0.25
GOAL = 0.75


def median(drains: list[Drain], name: str) -> float:
    return statistics.median(getattr(drain, name) for drain in drains)


def summarize(drains: list[Drain], latency: list[dict[str, Any]], held: dict[str, float],
              core: list[dict[str, Any]], rules: dict[str, Any]) -> dict[str, Any]:
    """Medians, ratios and sizes; all else is in the single runs."""
    relay = [drain for drain in drains if drain.what == "relay"]
    engine = [drain for drain in drains if drain.what == "engine"]
    relay_wall, engine_wall = median(relay, "wall_s"), median(engine, "wall_s")
    relay_cpu, engine_cpu = median(relay, "cpu_s"), median(engine, "cpu_s")
    return {
        "drains": [drain.as_json() for drain in drains],
        "ratio_wall": relay_wall / engine_wall,
        "ratio_cpu": relay_cpu / engine_cpu,
        "ratio_floor": FLOOR,
        "ratio_goal": GOAL,
        "latency": latency,
        "held": held,
        "resident_bytes_per_order": held["resident_bytes"] / held["orders"],
        "state_bytes_per_order": held["state_bytes"] / held["orders"],
        "core": core,
        "rules": rules,
    }


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        left = cells[0].ljust(widths[0])
        return "| " + " | ".join(
            [left] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        ) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2)]
                          + ["-" * (width + 1) + ":" for width in widths[1:]]) + "|"
    return [line(head), rule, *(line(row) for row in rows)]


def _drain_rows(drains: list[Drain]) -> list[list[str]]:
    return [
        [drain.what, f"{drain.orders_per_s:,.0f}", f"{drain.records / drain.wall_s:,.0f}",
         f"{drain.micros(drain.cpu_s):,.1f}", f"{drain.micros(drain.broker_cpu_s):,.1f}",
         f"{drain.micros(drain.redis_cpu_s):,.1f}", f"{drain.commits:,}",
         f"{drain.redis_later_s:.2f}", f"{drain.idle_percent:.0f}", f"{drain.steal_percent:.1f}"]
        for drain in drains
    ]


def _latency_rows(latency: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [run["path"]] + [f"{run[name]:,.1f}" for name in
                         ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "late_send_p99_ms")]
        + [f"{run['unseen']:,}", f"{run['idle_percent']:.0f}", f"{run['steal_percent']:.1f}"]
        for run in latency
    ]


def _core_rows(core: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [run["workload"], f"{run['orders_per_s']:,.0f}", f"{run['ns_per_order']:,.0f}",
         f"{run['apply_ns']:,.0f}", f"{run['finish_ns']:,.0f}", f"{run['promote_ns']:,.0f}",
         f"{run['entries_per_order']:.2f}", f"{run['malloc_calls_per_order']:.3f}",
         f"{run['bytes_per_customer']:,.0f}", f"{run['bytes_per_order']:,.0f}"]
        for run in core
    ]


def _rules_line(rules: dict[str, Any]) -> str:
    return (f"The rules alone (W6), facts in memory to entries: {rules['orders_per_s']:,.0f} "
            f"orders/s, {rules['ns_per_order']:,.0f} ns an order of two lines and "
            f"{rules['entries_per_order']:.2f} entries under {rules['rules']:,} rules; "
            f"{rules['malloc_calls']:,} calls of malloc in {rules['orders']:,} orders.")


def _held_lines(summary: dict[str, Any]) -> list[str]:
    held = summary["held"]
    mib = 1 << 20
    return [
        f"- resident {held['resident_bytes'] / mib:,.0f} MiB, of it held by the lanes "
        f"{held['held_bytes'] / mib:,.0f} MiB, of that state records "
        f"{held['state_bytes'] / mib:,.0f} MiB",
        f"- {held['orders']:,.0f} orders, {held['customers']:,.0f} customers, "
        f"{held['touches']:,.0f} touches, {held['payees']:,.0f} payees in memory: "
        f"{summary['state_bytes_per_order']:,.0f} bytes of state and "
        f"{summary['resident_bytes_per_order']:,.0f} resident bytes an order, all included",
        f"- {held['entries']:,.0f} entries of {held['evaluations']:,.0f} evaluations and "
        f"{held['reevaluations']:,.0f} re-evaluations; {held['dead_lettered']:,.0f} dead letters; "
        f"{held['projector_blocks_missed']:,.0f} batches that Redis was too slow for",
    ]


def lines(title: str, drains: list[Drain], summary: dict[str, Any]) -> list[str]:
    """The report, Markdown that reads well in a terminal too."""
    return [
        title, "",
        "Drain, in the order of the runs. CPU is in microseconds an order; `Redis later` is the "
        "time in seconds from the last commit until Redis had it.", "",
        *table(["drain", "orders/s", "records/s", "own CPU", "broker CPU", "Redis CPU", "commits",
                "Redis later", "idle %", "steal %"], _drain_rows(drains)), "",
        f"Engine to relay, medians: **{summary['ratio_wall']:.3f} by wall time, "
        f"{summary['ratio_cpu']:.3f} by CPU** (floor {FLOOR}, goal {GOAL}).", "",
        "Latency in ms, open loop, from the scheduled send: `engine` until the order's entry "
        "stands in Redis, `relay` until a read_committed consumer has the record.", "",
        *table(["path", "p50", "p90", "p99", "p99.9", "max", "sent late p99", "unseen", "idle %",
                "steal %"], _latency_rows(summary["latency"])), "",
        "Memory after the last drain:", "",
        *_held_lines(summary), "",
        "The core with its records, in memory, one core, ns of CPU time an order of two lines:",
        "",
        *table(["workload", "orders/s", "ns", "apply", "finish", "promote", "entries", "mallocs",
                "B a customer", "B an order"], _core_rows(summary["core"])), "",
        _rules_line(summary["rules"]),
    ]
