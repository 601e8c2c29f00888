"""What the shopper does next, as we keep it: enough to show it, no more."""

from payments.gateways.base import NextStep


def kept(step: NextStep) -> dict[str, str]:
    """A phone keeps its last four digits: enough to know which one to take."""
    values = step.as_json()
    if phone := values.get("phone"):
        values["phone"] = f"••••\N{NO-BREAK SPACE}{phone[-4:]}"
    return values
