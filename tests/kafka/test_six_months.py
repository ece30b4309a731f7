"""Real orders through real Kafka to the ledger and Redis, right to the fen (tests/lib/uci)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib import six_months
from lib.servers import Kafka, Redis


def test_six_months_agree_with_the_oracle_on_every_key(
        fen_binary: Path, fresh_kafka: Kafka, fresh_redis: Redis, directory: Path,
        real_orders: Path) -> None:
    months = six_months.prepare(directory, None)
    outcome = six_months.run(fen_binary, fresh_kafka, fresh_redis, months, directory)
    counters = outcome.counters
    assert counters["events_read"] == months.lines
    assert counters["events_dead_lettered"] == 0
    assert counters["events_late_touch_dropped"] == 0
    assert list(six_months.oracle_differences(months, outcome)) == []


@pytest.fixture(scope="module")
def one_month(tmp_path_factory: pytest.TempPathFactory) -> six_months.Months:
    return six_months.prepare(tmp_path_factory.mktemp("month"), 1)


@pytest.mark.xdist_group("one-month")  # whose oracle runs once
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_number_of_workers_does_not_change_a_key(
        fen_binary: Path, fresh_kafka: Kafka, fresh_redis: Redis, directory: Path,
        real_orders: Path, one_month: six_months.Months, workers: int) -> None:
    outcome = six_months.run(fen_binary, fresh_kafka, fresh_redis, one_month, directory,
                             workers=workers, partitions=5)
    assert outcome.counters["events_read"] == one_month.lines
    assert list(six_months.oracle_differences(one_month, outcome)) == []
    assert os.path.getsize(outcome.ledger) > 1_000_000
