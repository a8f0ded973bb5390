"""Web applications for tests, made once: their routes take longer to compile than most tests run."""

from flask import Flask

from server.app import create_app
from server.bootstrap import Application
from server.web import Doors

_made: dict[object, Flask] = {}


def app_on(application: Application) -> Flask:
    """The web application on this database, from now on and until the next one is asked for.

    For fixtures of one test; what lives longer makes an application of its own.
    """
    settings = application.settings
    key = (settings.secret_key, settings.max_upload_bytes, settings.secure_cookies, settings.trusted_hosts)
    if key not in _made:
        _made[key] = create_app(application)
    _made[key].extensions["greengate"] = Doors(application.workshop, settings)
    return _made[key]
