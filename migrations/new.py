"""Writes the next migration from what the tables say and the migrations so far do not: `make migration WORD=...`."""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from server.db.engines import open_engine
from server.db.migrate import configuration, upgrade

WORD = re.compile(r"[a-z][a-z0-9_]{2,40}")


def main(word: str) -> int:
    if not WORD.fullmatch(word):
        sys.stderr.write("say what changes in a word or a few: make migration WORD=unit_colours\n")
        return 2
    config = configuration()
    heads = ScriptDirectory.from_config(config).get_heads()
    number = f"{int(heads[0]) + 1 if heads else 1:04d}"
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.sqlite'}"
        if heads:
            upgrade(url)
        engine = open_engine(url)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            config.attributes["batch"] = bool(heads)
            command.revision(config, message=word, autogenerate=True, rev_id=number)
        engine.dispose()
    sys.stdout.write("Read it, add what no comparison finds (checks, triggers, data), then: make check\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
