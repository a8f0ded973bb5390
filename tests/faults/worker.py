"""The background worker of an installation, at a quick pace. Settings come from the environment."""

import threading
from datetime import timedelta

from server.bootstrap import open_application
from server.config import Settings
from server.db.runner import Pace
from server.worker import run_worker

PACE = Pace(
    poll=0.1,
    retry_after=(timedelta(milliseconds=200),),
    dead_after=timedelta(seconds=2),
    stranded_after=timedelta(seconds=3),
    beat=timedelta(milliseconds=500),
    reap=timedelta(seconds=1),
)


def main() -> None:
    application = open_application(Settings.from_environment(), bring_up=False)
    run_worker(
        application.workshop, application.jobs, application.ticks, application.on_parked, threading.Event(), PACE
    )


if __name__ == "__main__":
    main()
