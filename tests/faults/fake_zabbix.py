"""The part of Zabbix 6.0's API that the aggregator asks, over values that can be known beforehand.

One host with two items, one value of each a second, from `begin` on: value N of an item has clock begin + N.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOSTID = "10105"
ITEMIDS = (501, 502)
TOKEN = "0123456789abcdef" * 4


class FakeZabbix:
    def __init__(self, offset=0):
        self.offset = offset  # seconds by which its clock is off
        self.begin = self._now() - 600
        self.mode = "well"  # refuse, http500, garbage
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if owner.mode == "refuse":
                    self.close_connection = True
                    return
                status, body = owner.answer(call)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/api_jsonrpc.php"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _now(self):
        return int(time.time()) + self.offset

    def clocks(self, till):
        """What an aggregator that has read up to `till` must have stored, of each item."""
        return range(self.begin, till + 1)

    def answer(self, call):
        if self.mode == "http500":
            return 500, b"Internal Server Error"
        if self.mode == "garbage":
            return 200, b"<html>not an API\xff"
        result = self._result(call["method"], call.get("params"))
        return 200, json.dumps({"jsonrpc": "2.0", "result": result, "id": call["id"]}).encode()

    def _result(self, method, params):
        now = self._now()
        if method == "apiinfo.version":
            return "6.0.14"
        if method == "host.get":
            return [{"hostid": HOSTID, "host": "app-1", "name": "Application host"}]
        if method == "item.get":
            return [{"itemid": str(itemid), "hostid": HOSTID, "key_": f"test.item[{itemid}]", "name": f"Item {itemid}",
                     "value_type": "3", "units": "", "state": "0", "error": ""} for itemid in ITEMIDS]
        if method == "history.get":
            if int(params["history"]) != 3:
                return []
            first = max(self.begin, int(params["time_from"]))
            last = min(now, int(params["time_till"]))
            rows = [{"itemid": str(itemid), "clock": str(clock), "ns": "0", "value": str(clock - self.begin)}
                    for clock in range(first, last + 1) for itemid in ITEMIDS if str(itemid) in params["itemids"]]
            return rows[:int(params["limit"])]
        return []
