"""Pictures of products: checked before decoding, kept privately as they came, shown as renditions."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import IO

import structlog
from celery import shared_task
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from catalog import cards
from catalog.models import Photo, Product
from marketplace.uploads import BROKEN

log = structlog.get_logger(__name__)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000
MIN_SIDE = 200
MAX_PHOTOS = 12
# Longest side of each rendition by name: zoom, gallery, page, card, thumbnail.
SIZES = {"full": 2400, "1280": 1280, "640": 640, "320": 320, "160": 160}
QUALITIES = (78, 70, 62, 54, 46, 38)
CARD_BYTES = 12_000


class UnusablePicture(Exception):
    """Carries a sentence for the person who sent it."""


class TooManyPhotos(Exception):
    """A product shows at most MAX_PHOTOS pictures."""


@dataclass(frozen=True, kw_only=True)
class Renditions:
    width: int
    height: int
    files: dict[str, bytes]


def check(upload: UploadedFile | IO[bytes], size: int | None = None) -> None:
    """Judge a file by its content and its header alone: no pixel is decoded. Raises UnusablePicture."""
    if (size if size is not None else upload.size or 0) > MAX_BYTES:  # type: ignore[union-attr]
        raise UnusablePicture(_("The picture is larger than %(megabytes)s MB.") % {"megabytes": 10})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we measure ourselves, below
            picture = Image.open(upload, formats=FORMATS)
            width, height = picture.size
    except BROKEN as error:
        raise UnusablePicture(_("This is no picture we can read. Use JPEG, PNG, WebP or AVIF.")) from error
    finally:
        upload.seek(0)
    if width * height > MAX_PIXELS:
        raise UnusablePicture(
            _("The picture has %(megapixels)s megapixels; at most %(most)s are allowed.")
            % {"megapixels": round(width * height / 1_000_000), "most": MAX_PIXELS // 1_000_000}
        )
    if min(width, height) < MIN_SIDE:
        raise UnusablePicture(
            _("The picture is too small: each side needs at least %(pixels)s pixels.") % {"pixels": MIN_SIDE}
        )


@transaction.atomic
def add(product: Product, upload: UploadedFile, alt: str = "") -> Photo:
    """Keep an upload and have its renditions made. Raises UnusablePicture or TooManyPhotos."""
    check(upload)
    Product.objects.select_for_update().get(pk=product.pk)
    last = product.photos.order_by("-position").values_list("position", flat=True).first()
    if product.photos.count() >= MAX_PHOTOS:
        raise TooManyPhotos
    content = upload.read()
    photo = Photo(
        product=product,
        digest=hashlib.sha256(content).hexdigest(),
        alt=alt[:160],
        position=0 if last is None else last + 1,
    )
    photo.original.save(photo.digest, ContentFile(content), save=True)
    render.delay_on_commit(photo.pk)
    return photo


def renditions(original: IO[bytes]) -> Renditions:
    """The picture upright and without place or camera, in five sizes as WebP. Raises UnusablePicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            upright = ImageOps.exif_transpose(Image.open(original, formats=FORMATS))
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            picture = upright.convert("RGBA" if has_alpha else "RGB")
    except BROKEN as error:
        raise UnusablePicture(str(error)) from error
    picture.info.clear()
    files = {}
    for name, side in SIZES.items():
        picture.thumbnail((side, side))  # in place: each size is made from the next larger one
        if name == "full":
            width, height = picture.size
        files[name] = _compressed(picture, most=CARD_BYTES if side <= 320 else None)
    return Renditions(width=width, height=height, files=files)


def _compressed(picture: Image.Image, *, most: int | None) -> bytes:
    """As good as fits: the card's picture must stay light on a telephone."""
    for quality in QUALITIES:
        written = BytesIO()
        picture.save(written, "WEBP", quality=quality, method=5)
        if most is None or written.tell() <= most:
            break
    return written.getvalue()


def store(made: Renditions, digest: str) -> str:
    """Write the files under a name made of their content, so that browsers may keep them for ever."""
    base = f"photos/{digest[:2]}/{digest[2:26]}"
    for name, content in made.files.items():
        path = f"{base}-{name}.webp"
        if default_storage.exists(path):
            if default_storage.size(path) == len(content):
                continue
            default_storage.delete(path)  # a worker died while it was writing
        default_storage.save(path, ContentFile(content))
    return base


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def render(photo_id: int) -> None:
    """Make the renditions of one photo; doing it twice changes nothing."""
    photo = Photo.objects.filter(pk=photo_id, ready_at=None, failed=False).first()
    if photo is None:
        return
    try:
        with photo.original.open() as original:
            made = renditions(original)
    except UnusablePicture as problem:
        log.warning("photo_unusable", photo=photo_id, problem=str(problem))
        Photo.objects.filter(pk=photo_id).update(failed=True)
        return
    base = store(made, photo.digest)
    with transaction.atomic():
        Photo.objects.filter(pk=photo_id).update(
            base=base, width=made.width, height=made.height, ready_at=timezone.now()
        )
        cards.refresh([photo.product_id])


@shared_task
def sweep() -> None:
    """Photos whose task was lost: the row knows what the queue forgot."""
    late = timezone.now() - timedelta(minutes=2)
    waiting = Photo.objects.filter(ready_at=None, failed=False, created_at__lt=late)
    for photo_id in waiting.order_by("pk").values_list("pk", flat=True)[:200]:
        render.delay(photo_id)


@transaction.atomic
def describe(photo: Photo, alt: str) -> None:
    """What people hear who cannot see it."""
    Photo.objects.filter(pk=photo.pk).update(alt=alt)
    cards.refresh([photo.product_id])


@transaction.atomic
def remove(photo: Photo) -> None:
    """Take a picture off its product; files stay, for other products and placed orders may show them."""
    photo.delete()
    cards.refresh([photo.product_id])


@transaction.atomic
def arrange(product: Product, photo_ids: list[int]) -> None:
    """Put the pictures in this order; those not named follow."""
    photos = {photo.pk: photo for photo in product.photos.select_for_update()}
    named = [photos.pop(pk) for pk in photo_ids if pk in photos]
    for position, photo in enumerate([*named, *photos.values()]):
        photo.position = position
    Photo.objects.bulk_update([*named, *photos.values()], ["position"])
    cards.refresh([product.pk])
