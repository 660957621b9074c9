"""Applications whose every sample can be told from every other, served by HTTP from a thread of this process.

Sample number N of an application says timestamp = begin + N and response_time_ms = N, so that a row in the database
names the answer it came from. The error rate follows a story with incidents in it. An answer counts as delivered when
the client has taken all of it: it ends the connection in order, and not by a reset, which is what the kernel sends for
a client that left bytes unread or was killed.
"""

import json
import socket
import threading
import time

GOOD, BAD = 0.02, 0.9
STORY_LENGTH, BAD_FROM, BAD_TO = 12, 4, 7


def story(number):
    return BAD if BAD_FROM <= number % STORY_LENGTH < BAD_TO else GOOD


class Application:
    def __init__(self, name):
        self.name = name
        self.number = 0
        self.sent = {}           # number: error rate, of answers that were begun
        self.delivered = []      # numbers, of answers that were taken whole
        self.mode = "well"


class Source:
    """`mode` of an application: well, refuse (the connection is reset), http500, slow SECONDS, garbage, cut, endless, hang."""

    def __init__(self, names, begin=None):
        self.begin = begin if begin is not None else int(time.time()) - 1800
        self.applications = {name: Application(name) for name in names}
        self.rate = story
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._open = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def set_mode(self, mode, names=None):
        for name in names or self.applications:
            self.applications[name].mode = mode

    def delivered(self):
        """{application: numbers} once no answer is under way."""
        with self._idle:
            self._idle.wait_for(lambda: self._open == 0, timeout=10)
            return {name: list(application.delivered) for name, application in self.applications.items()}

    def close(self):
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._accepting.join()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                connection.settimeout(30)
                self._answer(connection)
        except OSError:
            pass
        finally:
            with self._idle:
                self._open -= 1
                self._idle.notify_all()

    def _answer(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(4096)
            if not more:
                return
            request += more
        application = self.applications[request.split()[1].decode().strip("/")]
        kind, _, detail = application.mode.partition(" ")
        if kind == "refuse":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        elif kind == "hang":
            connection.recv(1)
        elif kind == "http500":
            connection.sendall(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif kind == "garbage":
            self._finish(connection, b"\x00\xff{\"timestamp\": [[[" * 50)
        elif kind == "endless":
            self._endless(connection)
        else:
            if kind == "slow":
                self._stopping.wait(float(detail))
            self._sample(connection, application, kind == "cut")

    def _sample(self, connection, application, cut):
        with self._lock:
            application.number += 1
            number = application.number
            rate = application.sent[number] = self.rate(number)
        body = json.dumps({"timestamp": self.begin + number, "response_time_ms": number, "error_rate": rate}).encode()
        if self._finish(connection, body, cut):
            with self._lock:
                application.delivered.append(number)

    @staticmethod
    def _finish(connection, body, cut=False):
        """True where the client has taken the whole answer."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + (body[:len(body) // 2] if cut else body))
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(1) == b"" and not cut

    def _endless(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"timestamp\": ")
        while not self._stopping.is_set():
            connection.sendall(b"1" * 65536)
