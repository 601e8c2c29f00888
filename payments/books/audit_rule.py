"""What a question of the audit is: an invariant, put as a search for rows that break it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`sql` selects one text column: what breaks the rule. `id` is the invariant it guards."""

    id: str
    says: str
    sql: str
