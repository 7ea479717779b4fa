"""Rounds in which every engine does the same work in turn, and what came of them as plain dictionaries."""

import json
import os
import statistics
import subprocess
import time

import engines
from worker import HERE, Failed, Worker

SEARCH_LINES = 64


class Field:
    """The engines that take part, for one model: installed, and with the model in their form."""

    def __init__(self, pythons, forms, log):
        self.pythons, self.forms, self.log = pythons, forms, log
        self.classes = {name: engines.load(name) for name in pythons}
        self.workers, self.failures = {}, {}

    def prepare(self, checkpoint, computes, beams):
        for name, kind in self.classes.items():
            if checkpoint.tokenizer is None and not kind.IDS:
                self.fail(name, None, "takes no token ids")
                continue
            for compute in computes:
                if compute in kind.COMPUTES:
                    self.attempt(name, compute, lambda: kind.prepare(checkpoint, self.forms, compute, beams))

    def attempt(self, name, compute, action):
        """The result of `action`, or None; an engine that fails is out for this compute type, and the reason is kept."""
        if (name, compute) in self.failures or (name, None) in self.failures:
            return None
        try:
            return action()
        except Exception as error:
            self.fail(name, compute, str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}")
            return None

    def fail(self, name, compute, reason):
        self.log(f"  {name} {compute or ''}: {reason}")
        self.failures[name, compute] = reason

    def specification(self, compute, threads, settings):
        return {"forms": str(self.forms), "compute": compute, "threads": threads, "settings": settings}

    def worker(self, name, compute, threads, settings):
        kind = self.classes[name]
        key = (name, compute, threads, *(settings.get(item) for item in kind.PROCESS))
        if key not in self.workers:
            specification = self.specification(compute, threads, settings)
            self.workers[key] = Worker(self.pythons[name], name, specification, kind.environment(settings))
        return self.workers[key]

    def close(self):
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()

    def ask(self, name, compute, threads, do, lines, beam, settings):
        worker = self.worker(name, compute, threads, settings)
        return worker.ask(do=do, lines=lines, beam=beam, settings=settings)


def best_settings(field, name, compute, threads, beam, do, lines):
    """The fastest of the engine's candidates, by processor time for one thread, by the clock for more."""
    kind = field.classes[name]
    candidates = kind.candidates(threads, beam) if do == "translate" else kind.single_candidates(threads)
    if len(candidates) <= 1:
        return candidates[0] if candidates else None

    def cost(settings):
        field.ask(name, compute, threads, do, lines[:10], beam, settings)
        value = field.ask(name, compute, threads, do, lines, beam, settings)["cpu" if threads == 1 else "seconds"]
        return sum(value) if do == "single" else value

    return min(candidates, key=cost)


def takes_part(field, name, compute, beam):
    kind = field.classes[name]
    return compute in kind.COMPUTES and (kind.BEAMS is None or beam in kind.BEAMS)


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def measure(field, do, compute, threads, beam, lines, repeat):
    """One record for each engine: samples of `repeat` interleaved rounds. `do` is "translate" or "single"."""
    settings = {}
    for name in field.classes:
        if takes_part(field, name, compute, beam):
            few = lines[: SEARCH_LINES if do == "translate" else 10]
            chosen = field.attempt(name, compute, lambda: best_settings(field, name, compute, threads, beam, do, few))
            if chosen is not None:
                settings[name] = chosen
                # Once for caches and for memory that grows with the work.
                field.attempt(name, compute, lambda: field.ask(name, compute, threads, do, few, beam, chosen))
    rounds = {name: [] for name in settings}
    for i in range(repeat):
        order = list(settings)
        order = order[i % len(order) :] + order[: i % len(order)] if order else []
        for name in order:
            run = field.attempt(
                name, compute, lambda: field.ask(name, compute, threads, do, lines, beam, settings[name])
            )
            if run:
                rounds[name].append(run)
    records = []
    for name, runs in rounds.items():
        if len(runs) < repeat:
            continue
        record = {"engine": name, "compute": compute, "threads": threads, "beam": beam, "settings": settings[name]}
        if do == "translate":
            record |= {"seconds": [run["seconds"] for run in runs], "cpu": [run["cpu"] for run in runs]}
        else:
            # The sentence's median over the rounds, then percentiles over sentences: a hiccup of the machine is no tail.
            for key in ("seconds", "cpu"):
                values = [statistics.median(sample) for sample in zip(*(run[key] for run in runs))]
                record |= {f"{key}_p50": percentile(values, 0.5), f"{key}_p95": percentile(values, 0.95), key: values}
        record["outputs"] = runs[0]["outputs"]
        record["same_every_round"] = all(run["outputs"] == runs[0]["outputs"] for run in runs)
        records.append(record)
    field.log(f"  {do} {compute} threads {threads} beam {beam}: " + ", ".join(sorted(r["engine"] for r in records)))
    return records


def peak_memory(field, compute, lines):
    """Bytes for each engine: a fresh process, one thread, greedy, batch 32, all lines once."""
    result = {}
    for name, kind in field.classes.items():
        if not takes_part(field, name, compute, 1):
            continue
        candidates = kind.candidates(1, 1)
        settings = next((item for item in candidates if item.get("batch") == 32), candidates[0])

        def run():
            field.ask(name, compute, 1, "translate", lines, 1, settings)
            return field.worker(name, compute, 1, settings).ask(do="memory")["bytes"]

        field.close()
        if (bytes_ := field.attempt(name, compute, run)) is not None:
            result[name] = bytes_
    field.close()
    return result


def cold_start(field, compute, line, repeat):
    """Seconds (wall, processor) for each engine from the start of a process to its end after one translation."""
    commands = {}
    for name, kind in field.classes.items():
        if (
            not takes_part(field, name, compute, 1)
            or (name, compute) in field.failures
            or (name, None) in field.failures
        ):
            continue
        settings = kind.single_candidates(1)[0]
        if name == "transept":
            command = [*kind.command(field.forms, compute, 1, 1), line]
        else:
            specification = field.specification(compute, 1, settings) | {"engine": name, "once": line}
            command = [str(field.pythons[name]), str(HERE / "worker.py"), json.dumps(specification)]
        commands[name] = command
    samples = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            before, begin = os.times(), time.perf_counter()
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds, after = time.perf_counter() - begin, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            samples[name].append((seconds, cpu))
    return {name: [statistics.median(values) for values in zip(*runs)] for name, runs in samples.items()}
