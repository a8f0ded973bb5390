"""The worker process, as `greengate worker` starts it."""

import threading

from server.bootstrap import open_application
from server.config import Settings
from server.worker import run_worker

if __name__ == "__main__":
    application = open_application(Settings.from_environment(), bring_up=False)
    run_worker(application.workshop, application.jobs, application.ticks, application.on_parked, threading.Event())
