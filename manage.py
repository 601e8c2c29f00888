#!/usr/bin/env python
"""Django's command line, with the development servers started when none are named."""

import os
import sys

from django.core.management import execute_from_command_line

from marketplace import services

if __name__ == "__main__":
    services.ensure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    execute_from_command_line(sys.argv)
