"""Bring a development database up to date and fill it once."""

import os

import django
from django.core.management import call_command

from marketplace import translations


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    translations.compile_all()
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("demo")


if __name__ == "__main__":
    main()
