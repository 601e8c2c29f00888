"""A person's own page: names, picture, language, news."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from marketplace.accounts.models import User

PROFILE = "/account/"


def details(**changes):
    return {"first_name": "Ana", "last_name": "Díaz", "language": "en", "wants_email": "on"} | changes


def picture(width=600, height=400, kind="PNG", **options):
    written = BytesIO()
    Image.new("RGB", (width, height), "tomato").save(written, kind, **options)
    return SimpleUploadedFile(f"me.{kind.lower()}", written.getvalue(), "image/png")


def test_names_language_and_news_are_saved_and_the_language_cookie_follows(ana_shop, ana):
    response = ana_shop.post(PROFILE, details())

    assert response.status_code == 302
    assert response.cookies["django_language"].value == "en"
    ana.refresh_from_db()
    assert (ana.last_name, ana.language, ana.wants_email, ana.wants_sms) == ("Díaz", "en", True, False)


def test_nobody_else_has_a_profile(shop):
    assert shop.get(PROFILE).url == "/accounts/login/?next=/account/"
    assert shop.post(PROFILE, details()).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("last_name", "x" * 81),
        ("language", "pt"),
        ("language", "xx"),
        ("first_name", "\x00"),
    ],
)
def test_what_does_not_fit_changes_nothing(ana_shop, ana, field, value):
    response = ana_shop.post(PROFILE, details(**{field: value}))

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    ana.refresh_from_db()
    assert ana.last_name == "Gómez"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_with_broken_notes_of_its_camera_is_refused_with_a_sentence(ana_shop, ana, kind):
    response = ana_shop.post(PROFILE, details(avatar=picture(kind=kind, exif=b"Exif\0\0II*\0")))

    assert response.status_code == 422
    assert response.context["form"].errors["avatar"]


def test_fields_that_are_not_on_the_form_are_left_alone(ana_shop, ana):
    ana_shop.post(PROFILE, details(email="evil@example.com", is_staff="on", is_superuser="on"))

    ana.refresh_from_db()
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("ana@example.com", False, False)


def test_a_picture_is_written_anew_without_the_place_it_was_taken(ana_shop, ana):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    ana_shop.post(PROFILE, details(avatar=picture(2000, 1000, "JPEG", exif=exif)))

    ana.refresh_from_db()
    with Image.open(ana.avatar) as stored:
        assert (stored.format, stored.size) == ("WEBP", (512, 256))
        assert not stored.getexif()


def test_a_picture_can_be_taken_down(ana_shop, ana):
    ana_shop.post(PROFILE, details(avatar=picture()))
    ana_shop.post(PROFILE, {**details(), "avatar-clear": "on"})

    ana.refresh_from_db()
    assert not ana.avatar


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("me.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        SimpleUploadedFile("me.jpg", b"\xff\xd8\xff" + b"x" * 500, "image/jpeg"),
        SimpleUploadedFile("me.png", b"", "image/png"),
        SimpleUploadedFile("me.zip", b"PK\x03\x04" + b"0" * 50, "image/png"),
        SimpleUploadedFile("big.png", b"\x89PNG\r\n\x1a\n" + b"0" * (5 * 1024 * 1024 + 1), "image/png"),
    ],
    ids=["svg", "broken", "empty", "archive", "too many bytes"],
)
def test_what_is_no_picture_is_refused(ana_shop, ana, upload):
    response = ana_shop.post(PROFILE, details(avatar=upload))

    assert response.status_code == 422
    assert response.context["form"].errors["avatar"]
    assert not User.objects.get().avatar


def test_fifty_megapixels_are_refused_before_they_are_decoded(ana_shop):
    written = BytesIO()
    Image.new("1", (10_000, 5_000)).save(written, "PNG")

    response = ana_shop.post(PROFILE, details(avatar=SimpleUploadedFile("m.png", written.getvalue())))

    assert response.status_code == 422
    assert "25" in response.context["form"].errors["avatar"][0]


def test_the_profile_costs_the_session_and_the_person(ana_shop, django_assert_max_num_queries):
    ana_shop.get(PROFILE)

    with django_assert_max_num_queries(4):
        ana_shop.get(PROFILE)
