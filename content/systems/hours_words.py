"""How the hours of a system are written on screens."""

from flask_babel import gettext as _

from content.systems.opening_hours import WHOLE_DAY, Hours


def hours_text(hours: Hours) -> str:
    return _("終日(%(hours)s)", hours=hours.text) if hours == WHOLE_DAY else hours.text
