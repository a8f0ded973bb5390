"""What holds for all tables: what grows with work says which campaign it belongs to, to be divided by it."""

from server.db import metadata

DIVIDES_BY = {"campaign_id", "root_id"}
GROWS_OTHERWISE = {
    "campaign": "is what is divided by",
    "scheme": "grows with notices",
    "scheme_version": "grows with notices",
    "scheme_file": "grows with notices",
    "file_content": "grows with notices",
    "process_definition": "grows with notices",
    "criterion": "grows with notices",
    "unit": "grows with the organisation",
    "unit_name": "grows with the organisation",
    "post": "grows with the organisation",
    "post_kind_domain": "grows with the organisation",
    "person": "grows with the organisation",
    "holding": "grows with the organisation",
    "departure": "grows with the organisation",
    "departure_post": "grows with the organisation",
    "permission_grant": "grows with the organisation",
    "opinion_phrase": "grows with the organisation",
    "notification_choice": "grows with the organisation",
    "person_address": "grows with the organisation",
    "account": "grows with the organisation",
    "api_token": "grows with the organisation",
    "calendar_period": "grows with the years",
    "group_message": "grows with the days",
    "login_session": "is swept when it is over",
    "kept_form": "is swept after days",
    "kept_file": "is swept after days",
    "organisation_upload": "is swept after days",
    "idempotency_key": "is swept after days",
    "node_heartbeat": "is swept after days",
    "blob": "is one file for any number of campaigns",
    "audit_seal": "goes over all campaigns",
    "audit_sealed": "is a cursor that the seals can make again",
}


def test_what_grows_with_work_says_which_campaign_it_belongs_to() -> None:
    tables = {table.name: set(table.columns.keys()) for table in metadata.load().sorted_tables}
    lacking = {name for name, columns in tables.items() if not columns & DIVIDES_BY}
    assert lacking == set(GROWS_OTHERWISE)
