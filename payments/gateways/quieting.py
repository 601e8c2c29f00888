"""What companies say, without the telephone numbers and addresses they like to repeat."""

import re

_ADDRESS = re.compile(r"[^\s@]*@[^\s@]*")
_NUMBER = re.compile(r"\+?[0-9](?:[ .()-]?[0-9]){6,}")


def quiet(text: str) -> str:
    """Words with an @, and what has seven digits or more, become an ellipsis."""
    return _NUMBER.sub("…", _ADDRESS.sub("…", text.replace("\x00", ""))).strip()
