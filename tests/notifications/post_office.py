"""A mail server that keeps what it is given; addresses that begin with `nobody` are unknown to it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


class PostOffice(socketserver.ThreadingTCPServer):
    """received: letters, oldest first. refusing: answers every sender with a refusal for now."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.received: list[EmailMessage] = []
        self.refusing = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Counter(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a sender needs."""

    def handle(self) -> None:
        office = cast(PostOffice, self.server)
        self._say("220 post office")
        while line := self.rfile.readline().strip():
            verb = line.split(b" ")[0].split(b":")[0].upper()
            if verb == b"DATA":
                self._say("354 go on")
                office.received.append(self._letter())
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            elif verb == b"MAIL" and office.refusing:
                self._say("451 come back later")
            elif verb == b"RCPT" and b"<nobody" in line:
                self._say("550 no such person here")
            else:
                self._say("250 yes")

    def _letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return cast(EmailMessage, message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield office
        finally:
            office.shutdown()
            thread.join()
