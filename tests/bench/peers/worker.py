"""A process that holds one engine and does what its standard input asks, a JSON object a line; answers likewise.

    {"do": "translate", "lines": [...], "beam": 1, "settings": {...}}  ->  {"seconds", "cpu", "outputs"}
    {"do": "single", ...}             the same, one line after the other  ->  {"seconds": [...], "cpu": [...], "outputs"}
    {"do": "memory"}                                                      ->  {"bytes"}

`Worker` is the other end. With "once" in the specification the process translates that line and ends: a cold start.
"""

import itertools
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

# Work that goes ahead of what is measured: threads of the engine before may spin for a while before they sleep (OpenMP's
# of Intel for 0.2 s), and a system may keep all threads on one core until they have had work for some time.
SETTLE_SECONDS = 0.3


class Failed(Exception):
    """What an engine could not do, in its own words."""


class Worker:
    PATIENCE = 600  # seconds for one request on a busy machine

    def __init__(self, python, engine, specification, environment):
        self.messages = tempfile.TemporaryFile()
        command = [str(python), str(HERE / "worker.py"), json.dumps(specification | {"engine": engine})]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages, env=os.environ | environment
        )
        self.read()

    def read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], self.PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        if line:
            answer = json.loads(line)
            if "error" not in answer:
                return answer
            reason = answer["error"]
        elif ready:
            self.messages.seek(0)
            last = self.messages.read().decode(errors="replace").strip().splitlines()[-1:]
            reason = " ".join(["its process ended", *last])
        else:
            reason = f"no answer within {self.PATIENCE} s"
        self.close()
        raise Failed(reason)

    def ask(self, **request):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # read() says why it ended
        return self.read()

    def close(self):
        self.process.kill()
        self.process.wait()


def timed(engine, lines, beam, settings):
    cpu, begin = engine.cpu_seconds(), time.perf_counter()
    outputs = engine.translate(lines, beam, settings)
    return time.perf_counter() - begin, engine.cpu_seconds() - cpu, outputs


def settle(engine, portions, beam, settings):
    begin = time.perf_counter()
    for portion in itertools.cycle(portions):
        engine.translate(portion, beam, settings)
        if time.perf_counter() - begin > SETTLE_SECONDS:
            return


def answer(engine, request):
    if request["do"] == "memory":
        return {"bytes": engine.peak_memory()}
    lines, beam, settings = request["lines"], request["beam"], request["settings"]
    if request["do"] == "translate":
        settle(engine, [lines[:16]], beam, settings)
        seconds, cpu, outputs = timed(engine, lines, beam, settings)
        return {"seconds": seconds, "cpu": cpu, "outputs": outputs}
    settle(engine, [[line] for line in lines], beam, settings)
    runs = [timed(engine, [line], beam, settings) for line in lines]
    seconds, cpu, outputs = zip(*runs)
    return {"seconds": seconds, "cpu": cpu, "outputs": [output[0] for output in outputs]}


def main():
    import engines

    specification = json.loads(sys.argv[1])
    settings = specification["settings"]
    # Whatever a library prints goes to standard error; answers keep the real standard output.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        kind = engines.load(specification["engine"])
        engine = kind(
            pathlib.Path(specification["forms"]), specification["compute"], specification["threads"], settings
        )
        if "once" in specification:
            print(engine.translate([specification["once"]], 1, settings)[0], file=answers)
            return
        print(json.dumps({"ready": True}), file=answers)
        for line in sys.stdin:
            print(json.dumps(answer(engine, json.loads(line))), file=answers)
    except BaseException as error:  # said to the parent, which reports it in the table; a panic of Rust is no Exception
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers)


if __name__ == "__main__":
    main()
