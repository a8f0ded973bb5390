"""What gunicorn loads: one application a process, and never a scheduler."""

from server.app import create_app
from server.bootstrap import open_application
from server.config import Settings

app = create_app(open_application(Settings.from_environment(), bring_up=False))
