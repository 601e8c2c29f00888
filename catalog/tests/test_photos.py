import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog import photos
from catalog.models import Photo
from catalog.templatetags.pictures import picture, srcset
from catalog.tests.factories import make_photo, make_product
from marketplace.accounts.tests.factories import make_user
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def upload(content, name="photo.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def drawn(size=(900, 600), kind="JPEG", **options):
    written = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(written, kind, **options)
    return written.getvalue()


def bomb(width, height):
    """A valid PNG header that promises many pixels and holds none."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


REFUSED = {
    "no picture": b"hello",
    "empty": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "gif": drawn(kind="GIF"),
    "half a picture": drawn()[:20],
    "50 megapixels": bomb(10_000, 5_000),
    "a bomb": bomb(100_000, 100_000),
    "too small": drawn((100, 100)),
    "11 MB": drawn() + b"\x00" * 11 * 1024 * 1024,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_fit_picture_is_refused_with_a_sentence(client, kind):
    owner = make_user()
    product = make_product(seller=make_seller(owner=owner))
    client.force_login(owner)

    response = client.post(
        reverse("catalog_seller:add_photos", args=[product.pk]),
        {"pictures": [upload(REFUSED[kind])]},
        headers={"host": "co.localhost"},
    )

    assert response.status_code == 422
    assert response.context["pictures_form"].errors["pictures"]
    assert not Photo.objects.exists()


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))

    with pytest.raises(photos.UnusablePicture, match="50"):
        photos.check(upload(bomb(10_000, 5_000)))


def test_five_renditions_upright_without_place_and_camera():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret camera"
    exif.get_ifd(0x8825)[1] = "S"
    product = make_product()

    photo = photos.add(product, upload(drawn((3000, 2000), exif=exif)))
    photos.render(photo.pk)

    photo.refresh_from_db()
    product.refresh_from_db()
    assert (photo.width, photo.height) == (1600, 2400)
    assert product.photo == {"base": photo.base, "w": 1600, "h": 2400, "alt": ""}
    for name, side in photos.SIZES.items():
        with default_storage.open(f"{photo.base}-{name}.webp") as file:
            made = Image.open(file)
            assert max(made.size) == side
            assert made.format == "WEBP" and not made.getexif()
            assert made.height > made.width


def test_the_picture_of_a_card_is_light_however_noisy():
    made = photos.renditions(BytesIO(drawn((2000, 2000))))

    assert len(made.files["320"]) < 30_000
    assert len(made.files["160"]) <= photos.CARD_BYTES


def test_a_photograph_fits_into_twelve_kilobytes():
    smooth = (
        Image.effect_noise((1600, 1600), 90).resize((40, 40)).resize((1600, 1600), Image.Resampling.BICUBIC)
    )
    written = BytesIO()
    smooth.convert("RGB").save(written, "JPEG")

    assert len(photos.renditions(written).files["320"]) <= photos.CARD_BYTES


def test_uploads_as_they_came_lie_where_no_address_leads(client, settings):
    photo = photos.add(make_product(), upload(drawn()))

    assert not default_storage.exists(photo.original.name)
    assert client.get(f"/media/{photo.original.name}").status_code == 404


def test_doing_it_twice_changes_nothing():
    photo = photos.add(make_product(), upload(drawn()))
    photos.render(photo.pk)
    first = Photo.objects.get()

    photos.render(photo.pk)

    assert Photo.objects.get().ready_at == first.ready_at


def test_a_picture_that_breaks_while_decoding_is_recorded():
    half = drawn((2000, 2000))
    photo = photos.add(make_product(), upload(half[: len(half) // 2]))

    photos.render(photo.pk)

    photo.refresh_from_db()
    assert photo.failed and not photo.ready_at


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_with_broken_notes_of_its_camera_is_recorded_not_tried_for_ever(kind):
    photo = photos.add(make_product(), upload(drawn(kind=kind, exif=b"Exif\0\0II*\0")))

    photos.render(photo.pk)

    photo.refresh_from_db()
    assert photo.failed and not photo.ready_at


def test_a_rendition_that_a_dying_worker_left_half_written_is_written_again():
    made, content = photos.renditions(BytesIO(drawn())), drawn((600, 600))
    digest = hashlib.sha256(content).hexdigest()
    base = photos.store(made, digest)
    with default_storage.open(f"{base}-320.webp", "wb") as file:
        file.write(made.files["320"][:100])

    assert photos.store(made, digest) == base

    with default_storage.open(f"{base}-320.webp") as file:
        assert file.read() == made.files["320"]


def test_a_lost_task_is_found_again(monkeypatch):
    photo = photos.add(make_product(), upload(drawn()))
    queued = []
    monkeypatch.setattr(photos.render, "delay", queued.append)

    photos.sweep()
    Photo.objects.update(created_at="2020-01-01T00:00Z")
    photos.sweep()

    assert queued == [photo.pk]


def test_a_product_shows_no_more_than_it_may():
    product = make_product()
    for _ in range(photos.MAX_PHOTOS):
        make_photo(product)

    with pytest.raises(photos.TooManyPhotos):
        photos.add(product, upload(drawn()))


def test_the_first_picture_is_the_one_in_lists():
    product = make_product()
    first, second = make_photo(product), make_photo(product, position=1)

    photos.arrange(product, [second.pk])
    product.refresh_from_db()
    assert product.photo["base"] == second.base

    photos.remove(Photo.objects.get(pk=second.pk))
    product.refresh_from_db()
    assert product.photo["base"] == first.base


def test_the_browser_is_told_real_widths():
    small = {"base": "photos/ab/cd", "w": 500, "h": 250, "alt": ""}

    widths = [entry.split()[1] for entry in srcset(small).split(", ")]
    assert widths == ["160w", "320w", "500w"]
    html = picture(small, size=320, sizes="40vw", alt='"><script>')
    assert 'width="320" height="160"' in html and "<script>" not in html
    assert "placeholder" in picture({}, size=320, sizes="40vw")
