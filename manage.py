#!/usr/bin/env python
"""Run a Django management command; `python manage.py up` starts the whole product."""

import os
import sys

from portal import local
from portal.state import LocalError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        local.adopt(os.environ, starting=sys.argv[1:2] == ["up"])
    except LocalError as error:
        sys.exit(str(error))
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.DEBUG  # the first one asked for reads them all
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
