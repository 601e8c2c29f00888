"""Order numbers people can read out on the telephone (CF-06)."""

import re
import secrets
from datetime import date

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O, 1 I L
PATTERN = re.compile(rf"ORD-[0-9]{{8}}-[{ALPHABET}]{{8}}")


def new_number(day: date) -> str:
    """`ORD-20261121-7K2MX9QF`: the day in the market's time, and eight random characters."""
    return f"ORD-{day:%Y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(8))}"
