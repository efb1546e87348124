"""`python -m tests.contract`: write docs/compatibility.md anew."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentio.settings")
django.setup()

from tests.contract.compatibility import PAGE, page  # noqa: E402  # needs Django set up

if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
