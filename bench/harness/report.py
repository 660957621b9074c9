"""The table: to the terminal, and to docs/speed.md between its two markers."""

import dataclasses
import os
import platform
import subprocess
import time

from harness.servers import ROOT

FILE = os.path.join(ROOT, "docs", "speed.md")
BEGIN, END = "<!-- written by bench/run -->\n", "<!-- end -->\n"
HEAD = ("| row | what | ours | limit | figure | pairs | goal | met | measured |\n"
        "| --- | --- | ---: | ---: | ---: | --- | --- | --- | --- |\n")


@dataclasses.dataclass
class Line:
    """One figure with its goal."""
    what: str
    ours: str
    limit: str
    figure: float
    goal: str  # "≥ 1.0 ×", "≤ 200 MB"; empty: for information
    pairs: str = ""

    def met(self):
        if not self.goal:
            return ""
        sign, bound = self.goal.split()[:2]
        bound = float(bound.replace(",", ""))
        return "yes" if (self.figure >= bound if sign == "≥" else self.figure <= bound) else "**no**"

    def cells(self, row):
        unit = self.goal.split()[2] if len(self.goal.split()) > 2 else "×"
        return [row, self.what, self.ours, self.limit, f"{self.figure:.{2 if self.figure < 100 else 0}f} {unit}",
                self.pairs, self.goal, self.met(), time.strftime("%Y-%m-%d", time.gmtime())]


def tell(row, lines):
    for line in lines:
        cells = line.cells(row)
        print(f"  {cells[1]:58} {cells[2]:>16} {cells[3]:>16} {cells[4]:>10}  {cells[5]:22} {cells[6]:10} "
              f"{cells[7].strip('*')}", flush=True)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) / 2**20
    server = subprocess.run(["mariadbd", "--version"], capture_output=True, text=True, check=False).stdout.split()
    return (f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release().split('-')[0]}, "
            f"{server[2] if len(server) > 2 else 'no MariaDB'}")


def write(row, lines):
    """Puts the lines of one row in the place of its former ones."""
    with open(FILE, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    kept = [line for line in old.splitlines() if line.startswith("| ") and not line.startswith(("| row", "| ---"))
            and line.split("|")[1].strip() != row]
    fresh = ["| " + " | ".join(line.cells(row)) + " |" for line in lines]
    body = "\n".join(in_order(kept + fresh)) + "\n"
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n`bench/run ROW --rounds N` on {machine()}; N is in brackets behind the pairs.\n\n{HEAD}{body}\n{END}{after}")


ORDER = []  # of the rows, set by bench/run


def in_order(lines):
    return sorted(lines, key=lambda line: ORDER.index(line.split("|")[1].strip()))
