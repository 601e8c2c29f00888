"""Show, collect and compile the translations."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace import extraction


class Command(BaseCommand):
    help = "List what is not translated; --update brings the .po files in step with the sources."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--update", action="store_true", help="rewrite the .po files")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["update"]:
            extraction.update()
        for language in extraction.LANGUAGES:
            missing = extraction.untranslated(language)
            for entry in missing:
                self.stdout.write(f"{language} {entry.place}: {entry.singular!r}")
            self.stdout.write(f"{language}: {len(missing)} without translation")
