#!/usr/bin/env python3
"""Transept beside CTranslate2, ONNX Runtime, OpenVINO, Marian and Bergamot: same model, sentences and machine.

    tests/bench/peers/compare.py                       # the default model, every peer
    tests/bench/peers/compare.py --model DIR --input sentences.jsonl --peers ctranslate2 onnxruntime

DIR is a Marian model of transformers: model.safetensors, or an ONNX export whose integers become the floats they stand
for. The script makes virtual environments under build/peers, installs the peers there from PyPI, writes the model in
the format of each, and lets all of them translate the same lines in turn, round after round, each in a process of its
own and with the fastest settings it was found to have. Results go to build/peers/results.md, .json and .html. A peer
that cannot be installed or cannot run the model is listed with the reason. Nothing here is a test: a shared machine is
noisy, so only ratios of one run mean anything, and with one thread processor time means more than the clock.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import sys
import time

# Nothing is written beside the sources, by the processes started here neither.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import environment

METHOD = """Times are from text to text, SentencePiece included, the model loaded: Transept is the program kept open, lines
written to its standard input and read back; the peers are their Python packages in a process each (ONNX Runtime and
OpenVINO with this script's search and graphs made for it). Every round lets each engine translate all lines once, in rotating
order; shown are medians over {repeat} rounds, after a search for each engine's best settings. CPU time is that of all threads of
the process. Memory is the peak of a fresh process at batch 32 (for peers: with Python), cold start the time of a
process that translates one sentence and ends (for peers: with the imports of Python)."""

# Peers that cannot run what is compared here, whatever is installed.
UNABLE = {
    "fxtranslate": "0.5.0 runs only students with SSRU decoders and static activation scales (it asks for "
    "decoder_l1_rnn_W); Marian models of transformers have self-attention there",
}
SHAPES = {
    "base": {"encoder_layers": 6, "decoder_layers": 6, "d_model": 512, "heads": 8, "d_ff": 2048, "vocab": 32000},
    "large-vocabulary": {"encoder_layers": 2, "decoder_layers": 2, "d_model": 1024, "heads": 16, "d_ff": 4096, "vocab": 256000},
}  # fmt: skip
SHAPE_PEERS = ("transept", "ctranslate2", "onnxruntime")
SHAPE_LENGTH = 20


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = environment.ROOT
    parser.add_argument("--model", type=pathlib.Path, default=root / "model" / "pretrained" / "en-de")
    parser.add_argument("--program", type=pathlib.Path, default=root / "build" / "release" / "bin" / "transept")
    parser.add_argument("--input", type=pathlib.Path, default=root / "tests" / "data" / "en-de" / "dev-100.jsonl",
                        help="lines of text, or JSON objects with source and reference")  # fmt: skip
    parser.add_argument("--sentences", type=int, default=1000, help="at most; a shorter input is repeated")
    parser.add_argument("--singles", type=int, default=50, help="sentences for the latency of one at a time")
    parser.add_argument("--peers", nargs="*", choices=environment.PEERS, metavar="NAME",
                        default=list(environment.PEERS), help=f"of {', '.join(environment.PEERS)}")  # fmt: skip
    parser.add_argument(
        "--compute", nargs="+", choices=("float32", "int8", "bfloat16"), default=["float32", "int8", "bfloat16"]
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--beam", nargs="+", type=int, default=[1, 4])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=list(SHAPES), help="models of random numbers")
    parser.add_argument("--only-shapes", action="store_true", help="leave out the model of --model")
    parser.add_argument(
        "--output", type=pathlib.Path, default=environment.WORKSPACE / "results", help="without extension"
    )
    options = parser.parse_args()
    # float32 first: everything else is compared with its lines.
    options.compute.sort(key=("float32", "int8", "bfloat16").index)
    return options


def log(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def read_lines(path, count):
    """(sources, references or None), repeated or cut to `count`."""
    lines = path.read_text().splitlines()
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in lines]
        sources, references = [row["source"] for row in rows], [row["reference"] for row in rows]
    else:
        sources, references = lines, None
    times = -(-count // len(sources))
    return (sources * times)[:count], references and (references * times)[:count]


def judge(records, exact, references):
    """Adds to each record the fraction of lines equal to `exact`, Transept's float32 lines, and BLEU; drops the lines."""
    import sacrebleu

    for record in records:
        if record["engine"] == "transept" and record["compute"] == "float32":
            exact.setdefault(record["beam"], record["outputs"])
    for record in records:
        outputs, base = record.pop("outputs"), exact.get(record["beam"])
        if base:
            record["equal"] = sum(a == b for a, b in zip(outputs, base)) / len(outputs)
        if references:
            record["bleu"] = sacrebleu.corpus_bleu(outputs, [references[: len(outputs)]]).score


def run_model(results, save, name, description, unit, checkpoint, field, plan, lines, references):
    """Everything about one model, saved again and again; `plan`: computes, threads, beams, repeat, singles, batch, resources."""
    import measure

    log(f"{name}: writing the model for {', '.join(field.classes)}")
    field.prepare(checkpoint, plan["computes"], plan["beams"])
    model = {"name": name, "description": description, "unit": unit, "batch": [], "single": [], "memory": {}, "cold_start": {},
             "words": sum(len(line.split()) for line in lines), "failures": []}  # fmt: skip
    results["models"].append(model)
    exact = {}
    for compute in plan["computes"]:
        if plan["resources"]:
            model["memory"][compute] = measure.peak_memory(field, compute, lines)
            model["cold_start"][compute] = measure.cold_start(field, compute, lines[0], plan["repeat"])
        for threads in plan["threads"]:
            for beam in plan["beams"]:
                work = {"translate": lines} if plan["batch"] else {}
                for do, part in (work | {"single": lines[: plan["singles"]]}).items():
                    records = measure.measure(field, do, compute, threads, beam, part, plan["repeat"])
                    judge(records, exact, references)
                    model["batch" if do == "translate" else "single"] += records
            field.close()
            model["failures"] = [
                {"engine": engine, "compute": kind, "reason": why} for (engine, kind), why in field.failures.items()
            ]
            save()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def main():
    options = arguments()
    if not options.program.exists():
        raise SystemExit(f"{options.program}: not there; build it with tools/quickstart, or name one with --program")
    os.environ["TRANSEPT"] = str(options.program.resolve())
    environment.enter()
    import subprocess

    import charts
    import checkpoint as checkpoints
    import report
    from measure import Field

    pythons, versions = {"transept": sys.executable}, {}
    missing = {(name, None): reason for name, reason in UNABLE.items()}
    for peer in options.peers:
        log(f"installing {peer}")
        python, reason = environment.install(peer)
        if python:
            pythons[peer] = python
            versions[peer] = environment.version(python, peer)
        else:
            missing[peer, None] = reason
            log(f"  {peer}: {reason}")
    versions["transept"] = subprocess.run(
        [options.program, "--version"], capture_output=True, text=True
    ).stdout.split()[-1]
    results = {
        "machine": {"cpu": processor(), "cores": os.cpu_count(), "system": platform.platform(), "load_before": os.getloadavg()[0]},
        "date": time.strftime("%Y-%m-%d"), "versions": versions, "method": METHOD.format(repeat=options.repeat), "models": [],
    }  # fmt: skip

    def save():
        results["machine"]["load_after"] = os.getloadavg()[0]
        options.output.parent.mkdir(parents=True, exist_ok=True)
        data, page = options.output.with_suffix(".json"), options.output.with_suffix(".html")
        data.write_text(json.dumps(charts.members(results) | results, indent=1))
        options.output.with_suffix(".md").write_text(report.markdown(results))
        if subprocess.run([options.program, "bench", "--render", data, "--html", page]).returncode != 0:
            log(f"no page: {options.program} bench --render failed")

    plan = {"threads": options.threads, "beams": options.beam, "computes": options.compute, "repeat": options.repeat,
            "singles": options.singles, "batch": True, "resources": True}  # fmt: skip
    if not options.only_shapes:
        lines, references = read_lines(options.input, options.sentences)
        model = checkpoints.read(options.model)
        field = Field(pythons, environment.WORKSPACE / "forms" / model.name, log)
        field.failures.update(missing)
        description = f"{len(lines)} sentences of {options.input.name}."
        run_model(results, save, model.name, description, "words", model, field, plan, lines, references)
    for shape in options.shapes:
        numbers = SHAPES[shape]
        large = shape == "large-vocabulary"
        model = checkpoints.random(shape, **numbers)
        forms = environment.WORKSPACE / "forms" / shape
        forms.mkdir(parents=True, exist_ok=True)
        (forms / "forced_length").write_text(str(SHAPE_LENGTH))
        generator = random.Random(1)
        lines = [" ".join(str(generator.randrange(2, numbers["vocab"] - 1)) for _ in range(SHAPE_LENGTH - 1)) + " 0"
                 for _ in range(4 if large else 32)]  # fmt: skip
        field = Field({name: pythons[name] for name in SHAPE_PEERS if name in pythons}, forms, log)
        computes = [compute for compute in options.compute if compute in (("int8",) if large else ("int8", "float32"))]
        shape_plan = plan | {"computes": computes, "batch": not large, "beams": [1], "singles": 8, "resources": False,
                             "threads": [1]}  # fmt: skip
        description = (
            f"Random weights, {', '.join(f'{key} {value}' for key, value in numbers.items())}; {len(lines)} sentences of {SHAPE_LENGTH} tokens, "
            f"{SHAPE_LENGTH} tokens generated for each, ids in and out."
        )
        run_model(results, save, shape, description, "tokens", model, field, shape_plan, lines, None)
    print(options.output.with_suffix(".md").read_text())


if __name__ == "__main__":
    main()
