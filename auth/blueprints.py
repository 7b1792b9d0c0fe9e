"""The screens of this floor that need nothing but the application."""

from auth.allowed_staff_views import allowed_staff_blueprint
from auth.blocked_staff_views import blocked_staff_blueprint
from auth.ca_staff_views import ca_staff_blueprint
from auth.certificate_entry_views import certificate_entry_blueprint
from auth.certificate_staff_views import certificate_staff_blueprint
from auth.certificate_views import certificate_blueprint
from auth.dormancy_staff_views import dormancy_staff_blueprint
from auth.self_check_views import self_check_blueprint

BLUEPRINTS = (
    self_check_blueprint,
    ca_staff_blueprint,
    certificate_blueprint,
    certificate_staff_blueprint,
    certificate_entry_blueprint,
    dormancy_staff_blueprint,
    allowed_staff_blueprint,
    blocked_staff_blueprint,
)
