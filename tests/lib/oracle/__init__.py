"""A slow, obvious oracle of fen: what a whole set of events comes to, from SPEC.md alone.

Nothing here is incremental and nothing is shared with the engine. The parts, in the order of
SPEC: forms and names (§2, §8, Appendix A), plan_text and plan (§8), check (§3, §9), facts (§3),
attribution (§4), entitlement (§5), posting (§6, §7), arrival (the walk over the events),
compare (a `fen replay` ledger against the oracle).
"""

from .arrival import DeadLetter, Oracle, Result, run
from .entitlement import Key
from .plan_text import PlanError

__all__ = ["DeadLetter", "Key", "Oracle", "PlanError", "Result", "run"]
