"""The join as one would write it with pandas: merge_asof.py COUNT ROUNDS. Prints the CPU seconds of each round as JSON."""

import json
import sys
import time

import numpy
import pandas


def times(count, seed):
    gaps = numpy.random.default_rng(seed).exponential(5, count)
    return (1_750_000_000 + numpy.cumsum(gaps)).astype("int64")


def main():
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    samples = pandas.DataFrame({"timestamp": times(count, 1)})
    values = pandas.DataFrame({"clock": times(count, 2), "row": range(count)})
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        pandas.merge_asof(samples, values, left_on="timestamp", right_on="clock", direction="nearest", tolerance=10)
        seconds.append(time.process_time() - begun)
    print(json.dumps(seconds))


main()
