"""How things are measured: in alternating pairs, so that other load on the machine falls on both sides."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def timed(command, environment, standard_input=b"", output=None):
    """Runs a command to its end: wall and CPU time in ms, and peak memory in MB."""
    with tempfile.TemporaryFile() as script:
        script.write(standard_input)
        script.seek(0)
        actions = [(os.POSIX_SPAWN_DUP2, script.fileno(), 0)]
        if output is not None:
            actions.append((os.POSIX_SPAWN_DUP2, output.fileno(), 1))
        begun = time.perf_counter()
        pid = os.posix_spawn(command[0], command, environment, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1024


def report_of(command, environment, standard_input=""):
    """Runs one of our measuring programs: what it prints as JSON."""
    done = subprocess.run(command, env=environment, input=standard_input, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return json.loads(done.stdout)


def alternate(rounds, *sides):
    """Calls each side once a round, the first of them another in each round; a list of results for each side."""
    results = [[] for _ in sides]
    for i in range(rounds):
        for j in range(len(sides)):
            at = (i + j) % len(sides)
            results[at].append(sides[at]())
    return results


def median_ratio(above, below):
    """Of pairs: what other load did to both of a pair is not in it."""
    return statistics.median(a / b for a, b in zip(above, below))


def spread(above, below):
    ratios = sorted(a / b for a, b in zip(above, below))
    return f"{ratios[0]:.2f} to {ratios[-1]:.2f} ({len(ratios)})"


def kernel_times(program, size, repetitions):
    """A Google Benchmark program: the CPU times of each benchmark in ms, those of one repetition side by side."""
    command = [program, f"--benchmark_filter=/{size}$", f"--benchmark_repetitions={repetitions}",
               "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.2", "--benchmark_format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    times = {}
    for run in sorted(json.loads(done.stdout)["benchmarks"], key=lambda run: run.get("repetition_index", 0)):
        if run["run_type"] == "iteration":
            times.setdefault(run["name"].rsplit("/", 1)[0].split("/repeats")[0], []).append(run["cpu_time"])
    return times
