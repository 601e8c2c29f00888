"""Cells that a spreadsheet shows as they are, instead of computing them."""

_COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: str) -> str:
    """Text that begins like a formula gets an apostrophe in front; numbers stay numbers."""
    if cell.startswith(_COMPUTED) and not _is_number(cell):
        return "'" + cell
    return cell


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdecimal() and cell[0] in "+-"
