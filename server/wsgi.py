"""What gunicorn loads: one application a process, and never a scheduler."""

import gc

from server.app import create_app
from server.bootstrap import open_application
from server.config import Settings

app = create_app(open_application(Settings.from_environment(), bring_up=False))

# All that was made until now stays for ever, and requests leave little garbage in circles: without this, looking for it
# took a tenth of their time.
gc.freeze()
gc.set_threshold(50_000, 20, 50)
