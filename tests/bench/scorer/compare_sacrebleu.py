#!/usr/bin/env python3
"""transept bleu beside sacreBLEU on the same texts and machine, one thread each.

    tests/bench/scorer/compare_sacrebleu.py [--segments 3000] [--runs 5]

The script makes a virtual environment of its own under build/sacrebleu, installs sacrebleu from PyPI there, and
makes segments of three sentences from tests/data/scorer/references.txt with systems that lose, move and change
words. It runs both programs by turns, compares what they print, and shows medians of processor time as a
Markdown table: of whole processes, and of bootstrap resampling alone. Nothing here is a test: a shared machine is
noisy, so only ratios of one run mean anything.
"""

import argparse
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "build" / "sacrebleu"
PROGRAM = ROOT / "build" / "release" / "bin" / "transept"
PACKAGES = ["sacrebleu==2.6.0", "numpy>=2"]

REFERENCE, SYSTEM, OTHERS = "reference", ["system0"], ["system0", "system1", "system2"]
CASES = [  # what, systems, flags
    ("BLEU, chrF and TER", SYSTEM, ["-m", "bleu", "chrf", "ter"]),
    ("BLEU", SYSTEM, ["-m", "bleu"]),
    ("chrF", SYSTEM, ["-m", "chrf"]),
    ("TER", SYSTEM, ["-m", "ter"]),
    ("BLEU, interval of 1,000 resamples", SYSTEM, ["-m", "bleu", "-ci"]),
    ("chrF, interval", SYSTEM, ["-m", "chrf", "-ci"]),
    ("TER, interval", SYSTEM, ["-m", "ter", "-ci"]),
    ("BLEU of 3 systems, paired bootstrap", OTHERS, ["-m", "bleu", "-pbs"]),
    ("chrF of 3 systems, paired bootstrap", OTHERS, ["-m", "chrf", "-pbs"]),
    ("TER of 3 systems, paired bootstrap", OTHERS, ["-m", "ter", "-pbs"]),
    ("BLEU of 3 systems, approximate randomization", OTHERS, ["-m", "bleu", "-par"]),
]


def enter_environment():
    """Runs this script again inside its own environment, made on first use."""
    python = FOLDER / "bin" / "python"
    if pathlib.Path(sys.prefix) == FOLDER:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def changed(line, rng, rate):
    words = []
    for word in line.split(" "):
        roll = rng.random()
        if roll >= rate:
            words.append(word)
        elif roll > rate / 2:
            words.insert(rng.randrange(len(words) + 1), word.lower())
    return " ".join(words)


def write_texts(count):
    text = (ROOT / "tests" / "data" / "scorer" / "references.txt").read_text(encoding="utf-8")
    sentences = [line for line in text.split("## zh")[0].split("\n")[1:] if line]
    rng = random.Random(1)
    segments = [" ".join(rng.choices(sentences, k=3)) for _ in range(count)]
    def write(name, lines):
        (FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    write(REFERENCE, segments)
    for number, name in enumerate(OTHERS):
        write(name, [changed(line, rng, 0.1 + 0.05 * number) for line in segments])


def run(command):
    """Output, and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True,
                            env={**os.environ, "NO_COLOR": "1", "OMP_NUM_THREADS": "1",
                                 "OPENBLAS_NUM_THREADS": "1"}).stdout.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--segments", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    write_texts(arguments.segments)
    version = run([PROGRAM, "--version"])[0].split()[1]

    programs = {"sacreBLEU": [sys.executable, "-m", "sacrebleu"], "transept": [PROGRAM, "bleu"]}
    times = {(name, what): [] for name in programs for what, _, _ in CASES}
    for _ in range(arguments.runs):
        for what, systems, flags in CASES:
            outputs = []
            for name, program in programs.items():
                output, seconds = run([*program, REFERENCE, "-i", *systems, *flags, "-f", "text", "-q"])
                outputs.append(output.replace("transept-" + version, "2.6.0"))
                times[name, what].append(seconds)
            if outputs[0] != outputs[1]:
                sys.exit(f"{what}: the programs do not agree")

    medians = {key: statistics.median(values) for key, values in times.items()}
    rows = [(what, medians["sacreBLEU", what], medians["transept", what]) for what, _, _ in CASES]
    for metric in ("BLEU", "chrF", "TER"):
        plain, interval = metric, next(what for what, _, _ in CASES if what.startswith(metric + ", interval"))
        rows.append((f"{metric}, the interval alone",
                     *(medians[name, interval] - medians[name, plain] for name in programs)))
    print(f"{arguments.segments} segments, medians of {arguments.runs} runs, milliseconds of processor time\n")
    print("| | sacreBLEU | transept | ratio |\n| --- | --- | --- | --- |")
    for what, theirs, ours in rows:
        print(f"| {what} | {theirs * 1000:.0f} | {ours * 1000:.1f} | {theirs / ours:.0f} |")


if __name__ == "__main__":
    enter_environment()
    main()
