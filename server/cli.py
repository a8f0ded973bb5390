"""The command line: `greengate COMMAND`."""

import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from server import demo
from server.app import create_app
from server.bootstrap import Application, known, open_application
from server.config import Settings, SettingsError
from server.errors import GreengateError
from server.i18n import text
from server.identity import accounts
from server.rehearsal import report as rehearsal_report
from server.rehearsal.run import rehearse as run_rehearsal
from server.schemes import commands as scheme_commands
from server.schemes.parts import SchemeParts
from server.standards.parts import StandardPart
from server.verify import verify as verify_everything
from server.worker import run_worker, start_in_process

LANGUAGE = "en" if os.environ.get("LANG", "").startswith("en") else "zh-CN"


def say(key: str, **values: object) -> str:
    return text(key, LANGUAGE, **values)


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _open(*, bring_up: bool = True) -> Application:
    return open_application(_settings(), bring_up=bring_up)


@click.group(help=say("cli-about"))
def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


@main.command(help=say("cli-run"))
@click.option("--demo/--no-demo", "with_demo", default=True, help=say("cli-run-demo"))
def run(with_demo: bool) -> None:
    application = _open()
    settings = application.settings
    if _port_taken(settings.port):
        raise click.ClickException(say("cli-port-taken", port=str(settings.port)))
    scheme_commands.install_shipped(application.workshop)
    accounts_shown = demo.fill(application) if with_demo else ()
    background = start_in_process(application.workshop, application.jobs, application.ticks, application.on_parked)
    server = make_server("127.0.0.1", settings.port, create_app(application), threaded=True, request_handler=Quiet)
    click.echo(say("cli-address", url=f"http://127.0.0.1:{settings.port}"))
    for account in accounts_shown:
        click.echo(f"  {account.login:<12} {account.password:<16} {account.about}")
    _until_told(server.serve_forever, server.shutdown)
    background.stop()


class Quiet(WSGIRequestHandler):
    """Says nothing of what serves."""

    def version_string(self) -> str:
        return "greengate"


def _port_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until_told(serve: object, stop: object) -> None:
    """Serve on a thread until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    thread = threading.Thread(target=serve, name="web", daemon=True)  # type: ignore[arg-type]
    thread.start()
    told.wait()
    stop()  # type: ignore[operator]
    thread.join(timeout=10)


@main.command(help=say("cli-init"))
@click.option("--login", required=True, help=say("cli-init-login"))
@click.option("--name", required=True, help=say("cli-init-name"))
def init(login: str, name: str) -> None:
    application = _open()
    scheme_commands.install_shipped(application.workshop)
    with application.workshop.writing() as work:
        token = accounts.create_first_administrator(work, login, name)
    click.echo(say("cli-first-token", login=login, token=token))


@main.command(help=say("cli-serve"))
@click.option("--workers", default=2, show_default=True)
@click.option("--bind", default="")
def serve(workers: int, bind: str) -> None:
    settings = _settings()
    _open()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"]
    command += ["--workers", str(workers), "--bind", bind or f"127.0.0.1:{settings.port}", "server.wsgi:app"]
    os.execv(sys.executable, command)  # noqa: S606 - replaces this process by gunicorn, no shell, fixed arguments


@main.command(help=say("cli-worker"))
def worker() -> None:
    application = _open()
    stop = threading.Event()
    run_worker(application.workshop, application.jobs, application.ticks, application.on_parked, stop)


@main.command(help=say("cli-migrate"))
def migrate() -> None:
    _open()
    click.echo(say("cli-migrated"))


@main.group(help=say("cli-scheme"))
def scheme() -> None:
    pass


@scheme.command("check", help=say("cli-scheme-check"))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def scheme_check(path: Path) -> None:
    parts = SchemeParts([StandardPart()], known())
    lines, code = scheme_commands.check(path, LANGUAGE, parts)
    click.echo("\n".join(lines))
    raise SystemExit(code)


@scheme.command("install", help=say("cli-scheme-install"))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--note", default="")
def scheme_install(path: Path, note: str) -> None:
    application = _open()
    lines, code = scheme_commands.install(application.workshop, path, note, LANGUAGE)
    click.echo("\n".join(lines))
    raise SystemExit(code)


@main.command(help=say("cli-rehearse"))
@click.argument("scheme_key")
@click.option("--units", default=12, show_default=True, type=click.IntRange(1, 5000))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help=say("cli-rehearse-json"))
def rehearse(scheme_key: str, units: int, seed: int, as_json: bool) -> None:
    try:
        found = run_rehearsal(scheme_key, units, seed)
    except GreengateError as error:
        raise click.ClickException(text(error.message, LANGUAGE)) from error
    click.echo(
        json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True)
        if as_json
        else rehearsal_report.in_words(found, LANGUAGE)
    )
    raise SystemExit(1 if found["incidents"] else 0)


@main.command(help=say("cli-verify"))
def verify() -> None:
    application = _open(bring_up=False)
    problems = verify_everything(application)
    for problem in problems:
        click.echo(f"{problem.area}: {problem.place}: {text(problem.message, LANGUAGE)}")
    click.echo(say("cli-verified", count=len(problems)))
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
