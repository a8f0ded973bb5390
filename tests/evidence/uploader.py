"""A process that stores uploads until it is killed, and prints each hash once it is kept. Argument: the store."""

import os
import sys
from pathlib import Path

from server.evidence.store import BlobStore

SIZE = 4 * 1024 * 1024


class Slowly:
    """Random bytes in small pieces."""

    def __init__(self) -> None:
        self._left = SIZE

    def read(self, size: int = -1, /) -> bytes:
        piece = min(self._left, 64 * 1024, size if size >= 0 else self._left)
        self._left -= piece
        return os.urandom(piece)


def main(folder: Path) -> None:
    store = BlobStore(folder, keep_free=0)
    while True:
        with store.receive(Slowly(), limit=SIZE) as received:
            received.keep()
            sys.stdout.write(f"{received.sha256}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
