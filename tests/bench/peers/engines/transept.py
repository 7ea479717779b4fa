"""Transept: the program itself, kept open, lines written to its standard input and read from its standard output."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

from engines import base
from environment import ROOT

PROGRAM = pathlib.Path(os.environ.get("TRANSEPT", ROOT / "build" / "release" / "bin" / "transept"))


class Engine(base.Engine):
    TITLE = "Transept"
    COMPUTES = ("float32", "bfloat16", "int8")

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_transformers

        to_transformers.write(checkpoint, forms / "transformers")

    @classmethod
    def candidates(cls, threads, beam):
        return [{}]

    @classmethod
    def single_candidates(cls, threads):
        return [{}]

    @staticmethod
    def command(forms, compute, threads, beam):
        command = [PROGRAM, "translate", "--quiet", "--model", forms / "transformers", "--compute", compute,
                   "--threads", threads, "--beam", beam,
                   "--special-tokens", "--copy-unknown", "off"]  # fmt: skip
        if length := base.forced_length(forms):
            command += ["--input", "ids", "--format", "jsonl", "--min-length", length, "--max-length", length]
        return [str(word) for word in command]

    def __init__(self, forms, compute, threads, settings):
        self.forms, self.compute, self.threads = forms, compute, threads
        self.beam, self.process = None, None
        self.messages = tempfile.TemporaryFile()

    def open(self, beam):
        if self.beam == beam:
            return
        if self.process:
            self.process.stdin.close()
            self.process.wait()
        self.process = subprocess.Popen(
            self.command(self.forms, self.compute, self.threads, beam), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.messages,
        )  # fmt: skip
        self.beam = beam

    def translate(self, lines, beam, settings):
        self.open(beam)
        data = "".join(line + "\n" for line in lines).encode()
        # One write is enough for a pipe unless it is full; a thread writes, so that neither side waits for the other.
        writer = threading.Thread(target=self.write, args=(data,)) if len(data) > 4096 else None
        if writer:
            writer.start()
        else:
            self.write(data)
        results = [self.process.stdout.readline() for _ in lines]
        if writer:
            writer.join()
        if not results[-1]:
            self.messages.seek(0)
            raise RuntimeError(self.messages.read().decode().strip() or "transept ended early")
        results = [result.decode().rstrip("\n") for result in results]
        if base.forced_length(self.forms):
            results = [" ".join(map(str, json.loads(result)["hypotheses"][0]["ids"])) for result in results]
        return results

    def write(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # translate() finds no answer and says what transept said

    def cpu_seconds(self):
        if not self.process:
            return 0.0
        # The clock of another process (clock_getcpuclockid(3)); it has nothing of this Python process in it.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def peak_memory(self):
        return base.peak_memory_of(self.process.pid)
