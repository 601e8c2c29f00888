"""Whatever happens in whatever order, with workers killed between any statements: every invariant holds."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.tests.money_machine import MoneyMachine, checks

# How many stories, and how long each: the nightly run asks for more (docs/operations.md).
STORIES = int(os.environ.get("MONEY_STORIES", "18"))
STEPS = int(os.environ.get("MONEY_STEPS", "20"))


@pytest.mark.django_db
def test_every_invariant_holds_after_every_step():
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="MONEY_STORIES" not in os.environ,
            database=None,
            phases=[Phase.generate],  # the steps that led there are printed; shrinking them takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    asked = {name: count for name, count in sorted(checks.items()) if name.startswith("I-")}
    print(f"{checks['steps']} steps, {sum(asked.values())} invariant checks: {asked}")
    print({name: count for name, count in checks.items() if name not in asked})
    assert len(asked) == 15, "an invariant that is not asked after a step"
    assert checks["steps"] >= STORIES
    told = {"sale", "surplus", "revived", "release", "refund", "refund_paid", "payout", "payout_paid"}
    untold = told - set(checks)
    assert not untold, "the stories never came to this"
