"""Rows that tests of other parts hold: what needs no cluster is shown where it is cheap."""

from __future__ import annotations

from matrix import held

held(8, "markers at different times", "restore waits for W",
     ("tests/unit/test_worker_restore.c", "test_worker_waits_for_state_up_to_the_high_watermark"),
     ("tests/sim/test_sim.py", "test_every_world_comes_to_what_its_events_say"))
