"""Many clients of one HTTP server, each of which asks again as soon as it has its answer."""

import select
import socket
import time
import urllib.parse


def answers_each(url, clients, seconds):
    """How many answers each of `clients` kept connections gets in that time; no connection may end."""
    parts = urllib.parse.urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    connections = {}
    epoll = select.epoll()
    for _ in range(clients):
        connection = socket.create_connection((parts.hostname, parts.port))
        connections[connection.fileno()] = [connection, b"", 0]
        epoll.register(connection, select.EPOLLIN)
    for connection, _, _ in connections.values():
        connection.sendall(request)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for descriptor, _ in epoll.poll(end - time.monotonic()):
            client = connections[descriptor]
            got = client[0].recv(65536)
            if not got:
                raise ConnectionError("the server ended a connection")
            client[1] += got
            head, found, body = client[1].partition(b"\r\n\r\n")
            if found and len(body) >= int(head.lower().split(b"content-length:")[1].split()[0]):
                client[1:] = b"", client[2] + 1
                client[0].sendall(request)
    epoll.close()
    for connection, _, _ in connections.values():
        connection.close()
    return [count for _, _, count in connections.values()]
