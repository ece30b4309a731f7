"""Records of topics as a stranger reads them: from some places to the ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition


def read_to_ends(consumer: Consumer, places: Sequence[TopicPartition]) -> Iterator[Message]:
    """What stands behind the places; the consumer tells of ends (enable.partition.eof)."""
    consumer.assign(list(places))
    ended: set[tuple[str, int]] = set()
    end = time.monotonic() + 30
    while len(ended) < len(places):
        assert time.monotonic() < end, "topics cannot be read to their ends"
        for message in consumer.consume(1000, 1.0):
            if message.error() is None:
                yield message
            elif message.error().code() == KafkaError._PARTITION_EOF:
                ended.add((message.topic(), message.partition()))
