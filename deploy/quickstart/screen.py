"""What the person in front of the quickstart sees."""

import sys
import time

TERMINAL = sys.stdout.isatty()


def _style(code, text):
    return f"\033[{code}m{text}\033[0m" if TERMINAL else text


def bold(text):
    return _style("1", text)


def heading(text):
    print("\n" + bold(text), flush=True)


class Progress:
    """One line that is rewritten on a terminal; elsewhere a line every ten seconds."""

    def __init__(self):
        self._started = time.monotonic()
        self._printed = -100.0
        self._open = False

    def seconds(self):
        return time.monotonic() - self._started

    def show(self, text):
        line = f"[{self.seconds():4.0f} s] {text}"
        if TERMINAL:
            print("\r\033[K" + line[:118], end="", flush=True)
            self._open = True
        elif self.seconds() - self._printed >= 10:
            print(line, flush=True)
            self._printed = self.seconds()

    def say(self, text):
        """A line that stays."""
        if self._open:
            print("\r\033[K", end="")
            self._open = False
        print(f"[{self.seconds():4.0f} s] {text}", flush=True)


def table(header, rows):
    """Aligned columns, numbers to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [header, *rows]) for i in range(len(header))]

    def numeric(i):
        return all(row[i].lstrip("-").replace(".", "", 1).isdigit() or row[i] == "" for row in rows)

    def line(cells):
        return "  " + "  ".join(cell.rjust(widths[i]) if numeric(i) else cell.ljust(widths[i])
                                for i, cell in enumerate(cells)).rstrip()
    print(bold(line(header)))
    for row in rows:
        print(line(row))
