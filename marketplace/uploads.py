"""Pictures people send us: judged by content, measured before decoding, written anew."""

import struct
import warnings
from io import BytesIO
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
MEGABYTES = 5
MEGAPIXELS = 25
# What Pillow raises over a broken file; its reader of EXIF data lets the errors of its trade through.
BROKEN = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
)


class UnusablePicture(Exception):
    """Carries a sentence for the person who sent it."""


def rewrite(upload: UploadedFile, *, longest_side: int) -> ContentFile:
    """The picture as WebP, upright, shrunk to fit, without place or camera. Raises UnusablePicture."""
    if upload.size is None or upload.size > MEGABYTES * 1024 * 1024:
        raise UnusablePicture(
            gettext("The picture is larger than %(megabytes)s MB.") % {"megabytes": MEGABYTES}
        )
    try:
        with warnings.catch_warnings():
            # We measure ourselves, below and before any pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=FORMATS)
            if picture.width * picture.height > MEGAPIXELS * 1_000_000:
                raise UnusablePicture(
                    gettext("The picture has more than %(megapixels)s megapixels.")
                    % {"megapixels": MEGAPIXELS}
                )
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((longest_side, longest_side))
            written = BytesIO()
            upright.convert(
                "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
            ).save(written, "WEBP", quality=82)
    except BROKEN as error:
        raise UnusablePicture(
            gettext("This is no picture we can read. Use JPEG, PNG, WebP or AVIF.")
        ) from error
    return ContentFile(written.getvalue(), name="picture.webp")


class PictureField(forms.FileField):
    """A file field that answers with the rewritten picture, `False` for "remove", or nothing."""

    def __init__(self, *, longest_side: int = 512, **kwargs: Any) -> None:
        self.longest_side = longest_side
        kwargs.setdefault(
            "help_text", format_lazy(_("JPEG, PNG, WebP or AVIF, up to {megabytes} MB"), megabytes=MEGABYTES)
        )
        kwargs.setdefault(
            "widget", forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif"})
        )
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return upload
        try:
            return rewrite(upload, longest_side=self.longest_side)
        except UnusablePicture as problem:
            raise forms.ValidationError(str(problem), code="unusable_picture") from problem
