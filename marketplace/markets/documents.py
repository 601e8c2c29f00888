"""Check digits of the identity and bank numbers of our countries."""

import re

_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)


def nit_check_digit(number: str) -> int:
    """Check digit of a Colombian NIT, weights from the right (DIAN order 4 of 1989)."""
    total = sum(int(digit) * weight for digit, weight in zip(reversed(number), _NIT_WEIGHTS, strict=False))
    rest = total % 11
    return rest if rest < 2 else 11 - rest


def is_nit(text: str) -> bool:
    """Nine digits and the check digit, with or without points and dash: `830.140.299-6`."""
    digits = re.sub(r"[.\s-]", "", text)
    return bool(re.fullmatch(r"[0-9]{10}", digits)) and nit_check_digit(digits[:-1]) == int(digits[-1])


def is_cedula(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{5,9}", re.sub(r"[.\s]", "", text)))


def is_foreigner_card(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{6,7}", text.strip()))


def is_nuit(text: str) -> bool:
    """Mozambican tax number: nine digits, not all the same."""
    digits = re.sub(r"\s", "", text)
    return bool(re.fullmatch(r"[0-9]{9}", digits)) and len(set(digits)) > 1


def is_bilhete(text: str) -> bool:
    """Mozambican identity card: twelve digits and a letter."""
    return bool(re.fullmatch(r"[0-9]{12}[A-Za-z]", re.sub(r"\s", "", text)))


def is_nib(text: str) -> bool:
    """Mozambican bank number: 21 digits, the last two are 98 minus (the rest times 100 mod 97)."""
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9]{21}", digits):
        return False
    return int(digits[-2:]) == 98 - int(digits[:19]) * 100 % 97
