"""The screens of this floor."""

from desk.audit_staff_views import audit_blueprint
from desk.closing.staff_views import closing_blueprint
from desk.desk_views import desk_blueprint

BLUEPRINTS = (
    desk_blueprint,
    audit_blueprint,
    closing_blueprint,
)
