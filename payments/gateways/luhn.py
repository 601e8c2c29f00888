"""The Luhn check digit (ISO/IEC 7812-1, annex B), which finds every single wrong digit."""


def check_digit(digits: str) -> str:
    """The digit to append to a number made of ASCII digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_valid(number: str) -> bool:
    """False for anything but ASCII digits whose last is the right one."""
    if not (number.isascii() and number.isdigit() and len(number) > 1):
        return False
    return check_digit(number[:-1]) == number[-1]
