#!/usr/bin/env python3
"""Makes tests/data/attention/marian.jsonl: the cross-attention of recorded hypotheses of the Marian
fixture, one row a generated token, as the mean over the heads of the last decoder layer.

    pip install numpy
    python tests/data/attention/make_attention.py

An own forward pass in float64 over the checkpoint, fed each recorded hypothesis at once under a
causal mask: no search, no cache, no batch. It must first agree, head by head, with what
transformers recorded in internals.json.
"""
import json
import pathlib

import numpy

DATA = pathlib.Path(__file__).resolve().parent.parent
CHECKPOINT = DATA / "fixtures" / "marian-safetensors"
RECORDED = DATA / "fixtures" / "marian"
SETTINGS = ("greedy", "beam5-lp0.6", "beam4-ret4", "greedy-rep1.3", "beam4-minlen10",
            "beam4-max5-ret2")
LONGEST_SOURCE = 20


def read_tensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[8 + size + begin:8 + size + end], numpy.float32)
        tensors[name] = values.reshape(entry["shape"]).astype(numpy.float64)
    return tensors


class Marian:
    """Post-norm transformer with swish, as transformers' MarianMTModel."""

    def __init__(self, directory):
        self.config = json.loads((directory / "config.json").read_text())
        self.tensors = read_tensors(directory / "model.safetensors")

    def linear(self, name, x):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / numpy.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)
        return x * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def embed(self, ids):
        d = self.config["d_model"]
        angles = numpy.arange(len(ids))[:, None] / 10000 ** (2 * numpy.arange(d // 2) / d)
        positions = numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], axis=1)
        return self.tensors["model.shared.weight"][ids] * d**0.5 + positions

    def attention(self, name, x, memory, causal=False):
        """What the layer adds to x, and its weights [heads, len(x), len(memory)]."""
        heads = self.config["decoder_attention_heads"]

        def split(projection, rows):
            y = self.linear(f"{name}.{projection}", rows)
            return y.reshape(len(rows), heads, -1).transpose(1, 0, 2)

        q, k, v = split("q_proj", x), split("k_proj", memory), split("v_proj", memory)
        scores = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
        if causal:
            scores = numpy.where(numpy.tri(len(x), dtype=bool), scores, -numpy.inf)
        weights = numpy.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ v).transpose(1, 0, 2).reshape(len(x), -1)
        return self.linear(f"{name}.out_proj", mixed), weights

    def layers(self, stack, x, memory=None):
        """The stack's output, and the cross-attention of its last layer."""
        cross = None
        for i in range(self.config[f"{stack}_layers"]):
            layer = f"model.{stack}.layers.{i}"
            added, _ = self.attention(f"{layer}.self_attn", x, x, causal=stack == "decoder")
            x = self.norm(f"{layer}.self_attn_layer_norm", x + added)
            if memory is not None:
                added, cross = self.attention(f"{layer}.encoder_attn", x, memory)
                x = self.norm(f"{layer}.encoder_attn_layer_norm", x + added)
            hidden = self.linear(f"{layer}.fc1", x)
            x = x + self.linear(f"{layer}.fc2", hidden / (1 + numpy.exp(-hidden)))
            x = self.norm(f"{layer}.final_layer_norm", x)
        return x, cross

    def cross_attention(self, source, decoder_input):
        memory, _ = self.layers("encoder", self.embed(source))
        return self.layers("decoder", self.embed(decoder_input), memory)[1]


def main():
    model = Marian(CHECKPOINT)
    for case in json.loads((RECORDED / "internals.json").read_text())["cases"]:
        found = model.cross_attention(case["input_ids"], case["decoder_input_ids"])
        worst = numpy.abs(found - numpy.array(case["cross_attention_last_layer"])).max()
        print(f"internals.json: differs by at most {worst:.1e}")
        assert worst < 1e-5

    lines = []
    for text in (RECORDED / "expected.jsonl").read_text().splitlines():
        case = json.loads(text)
        source = case["input_ids"]
        setting = case["id"].split("-", 1)[1]
        if setting not in SETTINGS or not case["stable"] or len(source) > LONGEST_SOURCE:
            continue
        rows = [model.cross_attention(source, ids[:-1]).mean(0).round(5).tolist()
                for ids in case["sequences"]]
        lines.append(json.dumps({
            "input_ids": source, "generate": case["generate"],
            "sequences": [ids[1:] for ids in case["sequences"]], "attention": rows},
            separators=(",", ":")))
    (DATA / "attention" / "marian.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} cases")


if __name__ == "__main__":
    main()
