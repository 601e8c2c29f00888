"""What a person changes about themselves."""

from typing import Any

from django.core.files.base import ContentFile

from marketplace.accounts.models import User


def revise(*, user: User, changes: dict[str, Any]) -> None:
    """Write only these columns; an avatar of `False` removes the picture."""
    avatar = changes.pop("avatar", None)
    for name, value in changes.items():
        setattr(user, name, value)
    columns = [*changes, "updated_at"]
    if isinstance(avatar, ContentFile):
        user.avatar.save(f"{user.pk.hex}.webp", avatar, save=False)
        columns.append("avatar")
    elif avatar is False:
        user.avatar = ""
        columns.append("avatar")
    user.save(update_fields=columns)


def prefer_language(*, user: User, language: str) -> None:
    user.language = language
    user.save(update_fields=["language", "updated_at"])
