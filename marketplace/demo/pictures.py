"""The committed pictures of the demo, and the sizes in which pages show them."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.core.files.base import ContentFile
from PIL import Image

from catalog import photos
from catalog.models import Photo
from catalog.models.product import original_path, private_storage

FOLDER = Path(__file__).parent / "pictures"
QUALITY = 80


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Where the renditions of a picture lie."""

    base: str
    digest: str
    width: int
    height: int
    original: str


def original(name: str) -> bytes:
    return (FOLDER / f"{name}.webp").read_bytes()


def develop(names: Iterable[str], *, report: Callable[[int, int], None]) -> dict[str, Shown]:
    """Make the renditions of all these pictures, several at once; Pillow works outside Python's lock."""
    wanted = sorted(set(names))
    with ThreadPoolExecutor() as pool:
        found = {}
        for done, (name, shown) in enumerate(zip(wanted, pool.map(_develop, wanted), strict=True), start=1):
            found[name] = shown
            report(done, len(wanted))
    return found


def _develop(name: str) -> Shown:
    """Like catalog.photos.renditions, but the large sizes are the committed file itself, unharmed."""
    content = original(name)
    picture = Image.open(BytesIO(content)).convert("RGB")
    width, height = picture.size
    files = {}
    for size, side in photos.SIZES.items():
        if side >= max(width, height):
            files[size] = content
            continue
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        written = BytesIO()
        picture.save(written, "WEBP", quality=QUALITY, method=2)
        files[size] = written.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    base = photos.store(photos.Renditions(width=width, height=height, files=files), digest)
    kept = original_path(Photo(digest=digest), name)
    if not private_storage().exists(kept):
        private_storage().save(kept, ContentFile(content))
    return Shown(base=base, digest=digest, width=width, height=height, original=kept)
