"""A TCP proxy whose line can be cut, stalled or slowed; it runs in threads of this process."""

import socket
import threading
import time


class Proxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.delay = 0.0       # seconds, before each piece that passes
        self.refuses = False   # new connections are reset
        self.passed = 0        # connections so far
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self):
        """Resets every connection, in both directions."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for each in sockets:
            try:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def stall(self):
        """Takes what comes, and passes nothing on."""
        self._flows.clear()

    def heal(self):
        self.delay, self.refuses = 0.0, False
        self._flows.set()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._accepting.join()
        self._listener.close()
        self.heal()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuses:
                client.close()
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        self.passed += 1
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._sockets |= {client, server}
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client)

    def _pump(self, origin, target):
        try:
            while True:
                piece = origin.recv(65536)
                self._flows.wait()
                if self.delay:
                    time.sleep(self.delay)
                if not piece:
                    break
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # Whoever is at the other end must not wait for what will not come.
            try:
                target.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        finally:
            with self._lock:
                self._sockets.discard(origin)
