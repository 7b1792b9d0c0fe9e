from flask import Blueprint

from content.files.sizes import size_text
from content.mailing import trial_staff_views as trials
from content.manuals import staff_views as manuals
from content.reading import record_staff_views as records
from content.writing import autosave_views as autosaves
from content.writing import copy_staff_views as copies
from content.writing import list_staff_views as lists
from content.writing import plan_staff_views as plans
from content.writing import publishing_views as publishing
from content.writing import review_staff_views as reviews
from content.writing import revision_staff_views as revisions
from content.writing import staff_views as writing
from content.writing import standpoint_staff_views as eyes
from content.writing.conflict_pages import typed_day

ROUTES = (
    ("", "GET", lists.show_list),
    (".csv", "GET", lists.export_articles),
    ("/upcoming", "GET", lists.show_upcoming),
    ("/upcoming.csv", "GET", lists.export_upcoming),
    ("/withdraw", "GET", lists.show_withdrawal),
    ("/withdraw", "POST", lists.withdraw_ticked),
    ("/new", "GET", writing.show_new),
    ("/new", "POST", writing.create),
    ("/preview", "POST", writing.show_preview),
    ("/autosave", "POST", autosaves.autosave),
    ("/autosave/discard", "POST", autosaves.discard),
    ("/<public_id>", "GET", writing.show_article),
    ("/<public_id>", "POST", writing.save),
    ("/<public_id>/choose", "POST", writing.choose),
    ("/<public_id>/files", "POST", writing.add_files),
    ("/<public_id>/files/<file_id>/remove", "POST", writing.remove_file),
    ("/<public_id>/revisions", "GET", revisions.show_revisions),
    ("/<public_id>/revisions.csv", "GET", revisions.export_revisions),
    ("/<public_id>/revisions/restore", "POST", revisions.restore),
    ("/<public_id>/copy", "GET", copies.show_copy),
    ("/<public_id>/copy", "POST", copies.copy),
    ("/<public_id>/check", "GET", publishing.show_check),
    ("/<public_id>/check", "POST", publishing.check_update),
    ("/<public_id>/as", "GET", eyes.show_as),
    ("/<public_id>/as", "POST", eyes.show_update_as),
    ("/<public_id>/test-mail", "POST", trials.send_to_myself),
    ("/<public_id>/publish", "POST", publishing.publish_draft),
    ("/<public_id>/update", "POST", publishing.publish_update),
    ("/<public_id>/draft", "POST", plans.take_back),
    ("/<public_id>/end", "POST", plans.change_the_end),
    ("/<public_id>/marks", "POST", publishing.change_the_marks),
    ("/<public_id>/withdraw", "GET", publishing.show_withdraw),
    ("/<public_id>/withdraw", "POST", publishing.withdraw_article),
    ("/<public_id>/mails/<publication_id>/again", "POST", publishing.send_again),
    ("/<public_id>/review", "GET", reviews.show_update),
    ("/<public_id>/review/ask", "POST", reviews.send_for_review),
    ("/<public_id>/review/take-back", "POST", reviews.end_review),
    ("/<public_id>/review/approve", "POST", reviews.approve_article),
    ("/<public_id>/review/return", "POST", reviews.return_article),
    ("/<public_id>/readers", "GET", records.show_readers),
    ("/<public_id>/readers.csv", "GET", records.readers_csv),
    ("/<public_id>/acknowledgement/ask", "POST", records.ask_for_acknowledgement),
    ("/<public_id>/acknowledgement/end", "POST", records.end_the_acknowledgement),
    ("/<public_id>/acknowledgement/chase", "POST", records.chase_the_rest),
    *manuals.ROUTES,
)


def publishing_blueprint() -> Blueprint:
    blueprint = Blueprint("publishing", __name__)
    blueprint.add_app_template_filter(typed_day)
    blueprint.add_app_template_filter(size_text, "size")
    for path, method, view in ROUTES:
        blueprint.add_url_rule(f"{writing.FORM}{path}", view_func=view, methods=[method])
    return blueprint
