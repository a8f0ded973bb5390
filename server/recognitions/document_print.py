"""The page to forward as A4 PDF or as one long picture: set in a child process that is ended when it takes too long."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from server.errors import Unavailable
from server.i18n import Message
from server.recognitions.briefing import Briefing

WALL_SECONDS = 20.0


def printed(page: Briefing, form: str, wall_seconds: float = WALL_SECONDS) -> bytes:
    """form: `pdf` or `png`. Raises Unavailable when it does not come about in time."""
    source = files("server._templates").joinpath("recognitions/briefing.typ").read_text(encoding="utf-8")
    root = str(Path(__file__).resolve().parents[2])
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the page goes by its input
            [sys.executable, "-B", "-m", "server.recognitions.document_child", form],
            input=b"\0".join((source.encode(), page.as_json(form).encode())),
            capture_output=True,
            timeout=wall_seconds,
            env={"PYTHONPATH": os.pathsep.join([root, *filter(None, sys.path)]), "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(Message("recognitions-briefing-failed")) from error
    if done.returncode != 0 or not done.stdout:
        raise Unavailable(Message("recognitions-briefing-failed"))
    return done.stdout
