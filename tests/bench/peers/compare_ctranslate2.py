#!/usr/bin/env python3
"""Transept beside CTranslate2 on the same model, sentences and machine.

    tests/bench/peers/compare_ctranslate2.py --model DIR [--input FILE] [--compute float32 int8] [--threads 1 2]

DIR is a Marian checkpoint of transformers (model.safetensors, config.json, source.spm, target.spm, vocab.json).
The script makes a virtual environment of its own under build/peers, installs ctranslate2, safetensors and
sentencepiece from PyPI there, writes the checkpoint in CTranslate2's format, and runs both programs by turns, text
to text. Transept's times are those of whole processes, opening the model included; CTranslate2's are those of
translation alone, with each of its batch sizes tried and the best one counted. It prints medians and
ratios as a Markdown table. Nothing here is a test: a shared machine is noisy, so only ratios of one run mean anything.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
ENVIRONMENT = ROOT / "build" / "peers"
PACKAGES = ["ctranslate2==4.8.5", "safetensors", "sentencepiece==0.2.3", "numpy"]
BATCH_SIZES = (32, 64, 128)


def enter_environment():
    """Runs this script again inside its own environment, made on first use."""
    python = ENVIRONMENT / "bin" / "python"
    if pathlib.Path(sys.prefix) == ENVIRONMENT:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


class Checkpoint:
    """The tensors of a Marian checkpoint by name, aliases of the shared table resolved."""

    def __init__(self, directory):
        import numpy
        from safetensors.numpy import load_file

        self.numpy = numpy
        self.directory = directory
        self.config = json.loads((directory / "config.json").read_text())
        tensors = load_file(directory / "model.safetensors")
        self.tensors = {name: value.astype(numpy.float32) for name, value in tensors.items()}

    def table(self):
        for name in ("model.shared.weight", "model.encoder.embed_tokens.weight", "lm_head.weight"):
            if name in self.tensors:
                return self.tensors[name]
        raise SystemExit("this checkpoint has no shared embedding table")

    def positions(self):
        numpy, d = self.numpy, self.config["d_model"]
        rows = numpy.arange(self.config["max_position_embeddings"])[:, None]
        angles = rows / numpy.power(10000, 2 * numpy.arange(d // 2) / d)
        return numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], axis=1).astype(numpy.float32)


def write_ctranslate2(checkpoint, directory, quantization):
    """The checkpoint as a CTranslate2 directory; what its own converter does, without PyTorch."""
    from ctranslate2.specs import common_spec, transformer_spec

    config, tensors, numpy = checkpoint.config, checkpoint.tensors, checkpoint.numpy
    activations = {"swish": "SWISH", "relu": "RELU", "gelu": "GELU"}
    spec = transformer_spec.TransformerSpec.from_config(
        (config["encoder_layers"], config["decoder_layers"]),
        config["encoder_attention_heads"],
        pre_norm=False,
        activation=getattr(common_spec.Activation, activations[config["activation_function"]]),
    )

    def linear(target, *names):
        target.weight = numpy.concatenate([tensors[name + ".weight"] for name in names])
        target.bias = numpy.concatenate([tensors[name + ".bias"] for name in names])

    def norm(target, name):
        target.gamma = tensors[name + ".weight"]
        target.beta = tensors[name + ".bias"]

    def attention(target, name, fused):
        projections = [f"{name}.{part}_proj" for part in "qkv"]
        if fused:
            linear(target.linear[0], *projections)
        else:
            linear(target.linear[0], projections[0])
            linear(target.linear[1], *projections[1:])
        linear(target.linear[-1], name + ".out_proj")
        norm(target.layer_norm, name + "_layer_norm")

    table = checkpoint.table()[:-1]  # without <pad>, the start of every decoder: a zero embedding instead
    for stack, name in ((spec.encoder, "encoder"), (spec.decoder, "decoder")):
        stack.scale_embeddings = config["d_model"] ** 0.5 if config["scale_embedding"] else 1.0
        stack.position_encodings.encodings = checkpoint.positions()
        for i, layer in enumerate(stack.layer):
            prefix = f"model.{name}.layers.{i}"
            attention(layer.self_attention, prefix + ".self_attn", fused=True)
            if name == "decoder":
                attention(layer.attention, prefix + ".encoder_attn", fused=False)
            linear(layer.ffn.linear_0, prefix + ".fc1")
            linear(layer.ffn.linear_1, prefix + ".fc2")
            norm(layer.ffn.layer_norm, prefix + ".final_layer_norm")
    spec.encoder.embeddings[0].weight = table
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    if "final_logits_bias" in tensors:
        spec.decoder.projection.bias = tensors["final_logits_bias"].reshape(-1)[:-1]
    spec.decoder.start_from_zero_embedding = True

    vocabulary = json.loads((checkpoint.directory / "vocab.json").read_text())
    tokens = sorted(vocabulary, key=vocabulary.get)[:-1]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.eos_token, spec.config.unk_token = "</s>", "<unk>"
    spec.config.decoder_start_token = "</s>"
    spec.validate()
    spec.optimize(quantization=quantization)
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))


class CTranslate2:
    def __init__(self, model, checkpoint_directory, compute, threads):
        import ctranslate2
        import sentencepiece

        # Its own choice falls back to AVX2 on some processors; the faster one is asked for.
        self.source = sentencepiece.SentencePieceProcessor(str(checkpoint_directory / "source.spm"))
        self.target = sentencepiece.SentencePieceProcessor(str(checkpoint_directory / "target.spm"))
        self.translator = ctranslate2.Translator(
            str(model), compute_type=compute, inter_threads=threads, intra_threads=1
        )

    def run(self, lines, beam, batch_size):
        tokens = [pieces + ["</s>"] for pieces in self.source.encode(lines, out_type=str)]
        results = self.translator.translate_batch(
            tokens, beam_size=beam, max_batch_size=batch_size, max_decoding_length=512
        )
        return [self.target.decode(result.hypotheses[0]) for result in results]


def run_transept(program, model, input_file, compute, threads, beam):
    done = subprocess.run(
        [program, "translate", "--model", model, "-i", input_file, "--compute", compute,
         "--threads", str(threads), "--beam", str(beam), "--quiet"],
        check=True, capture_output=True, text=True,
    )
    return done.stdout.splitlines()


def timed(function, *arguments):
    begin = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - begin, result


def default_lines():
    data = ROOT / "tests" / "data" / "en-de" / "dev-100.jsonl"
    lines = [json.loads(line)["source"] for line in data.read_text().splitlines()]
    return lines * 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/bin/transept")
    parser.add_argument("--input", type=pathlib.Path, help="a sentence a line; default: the shipped hundred, ten times")
    parser.add_argument("--compute", nargs="+", default=["float32"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--beam", nargs="+", type=int, default=[1, 4])
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")
    enter_environment()

    lines = arguments.input.read_text().splitlines() if arguments.input else default_lines()
    input_file = ENVIRONMENT / "input.txt"
    input_file.write_text("\n".join(lines) + "\n")
    words = sum(len(line.split()) for line in lines)
    checkpoint = Checkpoint(arguments.model)

    print(f"{len(lines)} lines, {words} words; medians of {arguments.repeat} interleaved runs, words a second\n")
    print("| compute | threads | beam | CTranslate2 (batch) | Transept | ratio | equal lines |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for compute in arguments.compute:
        peer_model = ENVIRONMENT / f"model-{compute}"
        write_ctranslate2(checkpoint, peer_model, None if compute == "float32" else compute)
        for threads in arguments.threads:
            peer = CTranslate2(peer_model, arguments.model, compute, threads)
            for beam in arguments.beam:
                ours, theirs = [], {size: [] for size in BATCH_SIZES}
                for _ in range(arguments.repeat):
                    seconds, our_lines = timed(run_transept, arguments.program, arguments.model, input_file,
                                               compute, threads, beam)
                    ours.append(seconds)
                    for size in BATCH_SIZES:
                        seconds, their_lines = timed(peer.run, lines, beam, size)
                        theirs[size].append(seconds)
                medians = {size: statistics.median(times) for size, times in theirs.items()}
                size = min(medians, key=medians.get)
                our_median = statistics.median(ours)
                equal = sum(a == b for a, b in zip(our_lines, their_lines))
                print(f"| {compute} | {threads} | {beam} | {words / medians[size]:,.0f} ({size}) "
                      f"| {words / our_median:,.0f} | {medians[size] / our_median:.2f} | {equal / len(lines):.1%} |",
                      flush=True)


if __name__ == "__main__":
    main()
