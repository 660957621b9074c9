"""The table of faults and invariants, on the terminal and as docs/faults.md."""

import os

GOOD, BAD = "ok", "FAILED"


class Table:
    def __init__(self, columns):
        self.columns = ["as expected", *columns]
        self.rows = []  # (subject, fault, kills, {column: complaints}, notes)

    def add(self, subject, fault, kills, complaints, notes):
        self.rows.append((subject, fault, kills, complaints, notes))

    def failures(self):
        return [f"{fault}: {column}: {'; '.join(found)}" for _, fault, _, complaints, _ in self.rows
                for column, found in complaints.items() if found]

    def cells(self, row):
        _, fault, kills, complaints, notes = row
        verdicts = [BAD if complaints[column] else GOOD for column in self.columns]
        return [fault, str(kills) if kills else "", *verdicts, notes]

    def lines(self):
        subject = None
        head = ["fault", "kills", *self.columns, "seen"]
        for row in self.rows:
            if row[0] != subject:
                subject = row[0]
                yield from ("", f"## {subject}", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head))
            yield "| " + " | ".join(self.cells(row)) + " |"

    def write(self, path, head):
        fresh = path + ".new"
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(head.rstrip("\n") + "\n" + "\n".join(self.lines()) + "\n")
        os.rename(fresh, path)
