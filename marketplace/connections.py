"""One Redis address, in the spelling of each library that wants it."""

import re
from urllib.parse import parse_qs, urlsplit


def redis_urls(url: str) -> tuple[str, str]:
    """The address for Django's cache and the one for Celery's broker, in neighbouring databases.

    `redis://host:6379/2` gives databases 2 and 3. A socket is `unix:///path?db=2` to redis-py and
    `redis+socket:///path?virtual_host=2` to kombu; either spelling is understood here.
    """
    parts = urlsplit(url)
    if parts.scheme in ("unix", "redis+socket"):
        query = parse_qs(parts.query)
        number = int((query.get("db") or query.get("virtual_host") or ["0"])[0])
        login = f"{parts.netloc}" if parts.netloc else ""
        return (
            f"unix://{login}{parts.path}?db={number}",
            f"redis+socket://{login}{parts.path}?virtual_host={number + 1}",
        )
    number = int(parts.path.strip("/") or 0)
    bare = re.sub(r"/\d*$", "", parts._replace(path="", query="", fragment="").geturl())
    rest = f"?{parts.query}" if parts.query else ""
    return f"{bare}/{number}{rest}", f"{bare}/{number + 1}{rest}"
