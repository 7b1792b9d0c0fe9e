"""The screens of this floor that need nothing but the application."""

from content.addresses.staff_views import address_staff_blueprint
from content.mailing.mail_desk_views import mail_desk_blueprint
from content.systems.staff_views import system_staff_blueprint
from content.texts.staff_views import site_text_blueprint
from content.writing.publishing_routes import publishing_blueprint
from content.writing.template_staff_views import template_blueprint

BLUEPRINTS = (
    address_staff_blueprint,
    system_staff_blueprint,
    mail_desk_blueprint,
    publishing_blueprint,
    template_blueprint,
    site_text_blueprint,
)
