#!/usr/bin/env python3
"""Makes mutants.jsonl: one-node mutants of the ONNX fixtures, with onnxruntime's verdicts.

    pip install onnx onnxruntime numpy
    ./make_mutants.py [--seed N] [--per-file N] [--out FILE] [DIRECTORY ...]
    ./make_mutants.py --fixtures . --out family_mutants.jsonl      those of the families beside it

A mutant is a fixture's graph with one thing changed: an operator, two inputs swapped or one taken
from elsewhere, an attribute, a small constant. onnxruntime runs original and mutant on the same
inputs, padding included; only mutants whose results differ ("differs"), or that it refuses to load
or run ("fails"), are recorded, as edits of the file's bytes: [offset, bytes removed, bytes put
there (hex)].

Parameters (weights, biases, norms, tables, their quantisation) are left alone: another parameter
makes another model, not a wrong one. Made with onnx 1.23, onnxruntime 1.32.
"""
import argparse
import json
import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import AttributeProto, TensorProto, numpy_helper

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"  # --fixtures says otherwise
TOLERANCE = 1e-4
SMALL = 16  # elements of a constant that is no parameter

RENAMES = {
    "Add": ["Sub", "Mul"],
    "Sub": ["Add", "Mul"],
    "Mul": ["Add", "Div", "Sub"],
    "Div": ["Mul", "Sub"],
    "Pow": ["Mul", "Add"],
    "Sqrt": ["Reciprocal", "Abs", "Exp"],
    "Erf": ["Tanh", "Sigmoid"],
    "Sigmoid": ["Tanh", "Relu", "Erf"],
    "Tanh": ["Sigmoid", "Erf"],
    "Relu": ["Sigmoid", "LeakyRelu", "Abs"],
    "Less": ["Greater", "Equal"],
    "Greater": ["Less", "Equal"],
    "Equal": ["Greater", "Less"],
    "Softmax": ["LogSoftmax", "Sigmoid"],
    "ReduceMean": ["ReduceSum", "ReduceMax"],
    "Identity": ["Neg", "Abs"],
    "Min": ["Max"],
    "Max": ["Min"],
}
SWAPS = {
    "Sub": [(0, 1)], "Div": [(0, 1)], "Pow": [(0, 1)], "MatMul": [(0, 1)], "FusedMatMul": [(0, 1)],
    "Less": [(0, 1)], "Greater": [(0, 1)], "Where": [(1, 2)], "Slice": [(1, 2)], "Range": [(0, 1)],
    "MatMulInteger": [(0, 1), (2, 3)], "ScatterND": [(0, 2)], "Reshape": [(0, 1)],
    "Gather": [(0, 1)], "Expand": [(0, 1)], "DequantizeLinear": [(1, 2)],
}
PARAMETER_READERS = {"DequantizeLinear", "MatMulNBits", "MatMulBnb4", "MatMulInteger",
                     "GatherBlockQuantized", "QuantizeLinear"}


def subgraph(model):
    """The graph that translates from the first token on: a merged decoder's branch without past."""
    for node in model.graph.node:
        if node.op_type == "If":
            for attribute in node.attribute:
                uses = any(n.startswith("past_key_values") for x in attribute.g.node for n in x.input)
                if not uses:
                    return attribute.g
    return model.graph


def constants_of(model, graph):
    found = {t.name: t for g in (model.graph, graph) for t in g.initializer}
    for g in (model.graph, graph):
        for node in g.node:
            for a in node.attribute:
                if node.op_type == "Constant" and a.name == "value":
                    found[node.output[0]] = a.t
    return found


def ints(node, name):
    return next((list(a.ints) for a in node.attribute if a.name == name), None)


def set_attribute(node, name, value):
    for i, a in enumerate(node.attribute):
        if a.name == name:
            del node.attribute[i]
            break
    node.attribute.append(onnx.helper.make_attribute(name, value))


def attribute_mutants(node, rng):
    """Pairs of a description and a function that changes a node of the same kind."""
    op = node.op_type
    out = []

    def put(name, *values):
        for value in values:
            out.append((f"{op} {name}={value}", lambda n, name=name, v=value: set_attribute(n, name, v)))

    if op == "Softmax":
        put("axis", 1, 2, 0)
    elif op == "LayerNormalization":
        put("axis", 1, 0)
        put("epsilon", 1e-2)
    elif op == "SkipLayerNormalization":
        put("epsilon", 1e-2)
    elif op == "Transpose":
        perm = ints(node, "perm")
        if perm:
            for _ in range(3):
                other = perm[:]
                rng.shuffle(other)
                if other != perm:
                    put("perm", other)
    elif op in ("Concat", "Gather"):
        put("axis", 0, 1, -1)
    elif op in ("Squeeze", "Unsqueeze", "ReduceMean") and ints(node, "axes") is not None:
        put("axes", [0], [1], [-1])
    elif op == "Cast":
        put("to", 1, 7, 9, 10, 6)
    elif op == "Trilu":
        put("upper", 0, 1)
    elif op == "FusedMatMul":
        put("alpha", 0.5, 1.0)
        put("transB", 0, 1)
        put("transA", 1)
    elif op == "QuickGelu":
        put("alpha", 0.5, 1.3)
    elif op == "Shape":
        put("start", 1)
        put("end", 1)
    elif op == "ScatterND":
        put("reduction", "add", "mul")
    if op == "ReduceMean":
        put("keepdims", 0)
    return out


def candidates(model, graph, rng):
    """Every mutant as (group, description, function of the copied graph and its constants)."""
    consts = constants_of(model, graph)
    readers = {}
    for g in (model.graph, graph):
        for node in g.node:
            for name in node.input:
                readers.setdefault(name, set()).add(node.op_type)
    by_op = {}
    for index, node in enumerate(graph.node):
        by_op.setdefault(node.op_type, []).append(index)
    out = []
    changed = set()
    for index, node in enumerate(graph.node):
        op = node.op_type
        label = f"{node.name or index}"
        for to in RENAMES.get(op, []):
            out.append((f"{op}>{to}", f"{label}: {op} becomes {to}",
                        lambda g, c, i=index, to=to: setattr(g.node[i], "op_type", to)))
        pairs = list(SWAPS.get(op, []))
        if op == "Concat" and len(node.input) > 1:
            a, b = sorted(rng.sample(range(len(node.input)), 2))
            pairs.append((a, b))
        for a, b in pairs:
            if b < len(node.input) and node.input[a] != node.input[b]:
                def swap(g, c, i=index, a=a, b=b):
                    n = g.node[i]
                    n.input[a], n.input[b] = n.input[b], n.input[a]
                out.append((f"{op} swap", f"{label}: {op} inputs {a} and {b} swapped", swap))
        if op not in PARAMETER_READERS and op != "Constant":
            k = rng.randrange(len(node.input)) if node.input else 0
            earlier = [i for i in by_op[op] if i < index and k < len(graph.node[i].input)]
            if node.input and node.input[k] not in consts and earlier:
                other = graph.node[rng.choice(earlier)].input[k]
                if other != node.input[k] and other not in consts:
                    def rewire(g, c, i=index, k=k, other=other):
                        g.node[i].input[k] = other
                    out.append((f"{op} rewired", f"{label}: {op} input {k} becomes {other}", rewire))
        for text, change in attribute_mutants(node, rng):
            out.append((text, f"{label}: {text}", lambda g, c, i=index, change=change: change(g.node[i])))
        if op == "ConstantOfShape":
            def fill(g, c, i=index):
                for a in g.node[i].attribute:
                    if a.name == "value":
                        v = numpy_helper.to_array(a.t)
                        a.t.CopyFrom(numpy_helper.from_array((v + 1).astype(v.dtype), a.t.name))
            if node.attribute:
                out.append(("ConstantOfShape value", f"{label}: ConstantOfShape value plus 1", fill))
        for name in node.input:
            tensor = consts.get(name)
            if tensor is None or name in changed or readers[name] & PARAMETER_READERS:
                continue
            if name.endswith(("_scale", "_zero_point")) or tensor.data_location == TensorProto.EXTERNAL:
                continue
            if tensor.data_type not in (1, 6, 7, 9, 10) or np.prod(tensor.dims or [1]) > SMALL:
                continue
            changed.add(name)
            value = numpy_helper.to_array(tensor)
            if value.size == 0:
                continue
            for what in ("plus", "minus", "double", "zero", "negative"):
                def change(g, c, name=name, what=what):
                    t = c[name]
                    v = numpy_helper.to_array(t).copy().reshape(-1)
                    at = rng_of(name) % v.size
                    with np.errstate(all="ignore"):
                        if v.dtype == np.bool_:
                            v[at] = not v[at]
                        elif what == "plus":
                            v[at] = v[at] + 1
                        elif what == "minus":
                            v[at] = v[at] - 1
                        elif what == "double":
                            v[at] = v[at] * 2
                        elif what == "zero":
                            v[at] = 0
                        else:
                            v[at] = -v[at]
                    t.CopyFrom(numpy_helper.from_array(v.reshape(tuple(t.dims)), t.name))
                out.append((f"constant of {op} {what}", f"{label}: constant \"{name}\" of {op} {what}", change))
    return out


def rng_of(name):
    return sum(name.encode())


def feeds_of(session, batch, src, tgt, d_model):
    rng = np.random.default_rng(batch * 100 + src)
    feeds = {}
    for i in session.get_inputs():
        half = np.float16 if "float16" in i.type else np.float32
        if i.name == "use_cache_branch":
            feeds[i.name] = np.array([False])
        elif i.name.startswith("past_key_values"):
            feeds[i.name] = np.zeros((batch, i.shape[1], 0, i.shape[3]), half)
        elif "mask" in i.name:
            length = tgt if "decoder" in i.name else src
            mask = np.ones((batch, length), np.int64)
            mask[-1, length - 2:] = 0
            feeds[i.name] = mask
        elif i.name == "encoder_hidden_states":
            feeds[i.name] = rng.normal(size=(batch, src, d_model)).astype(half)
        else:
            decoder = i.name == "decoder_input_ids" or "encoder_hidden_states" in [
                x.name for x in session.get_inputs()]
            feeds[i.name] = rng.integers(1, 400, (batch, tgt if decoder else src)).astype(np.int64)
    return feeds


def run(path, d_model, level):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    first = next((n for n in ("logits", "last_hidden_state") if n in names), names[0])
    return [session.run([first], feeds_of(session, *shape, d_model))[0].astype(np.float64)
            for shape in ((2, 7, 5), (1, 4, 3))]


def still_fails(mutant, scratch, expected, d_model, level):
    """Whether the nodes before the first output are at fault: types noted beside a graph
    (value_info) and keys and values that are put out besides say nothing of it."""
    model = onnx.ModelProto()
    model.ParseFromString(mutant)
    if subgraph(model) is model.graph:
        first = [o for o in model.graph.output if o.name in ("logits", "last_hidden_state")]
        others = {o.name for o in model.graph.output} - {o.name for o in first}
        if first:
            del model.graph.output[:]
            model.graph.output.extend(first)
            kept = [n for n in model.graph.node if not (n.op_type == "Cast" and n.output[0] in others)]
            del model.graph.node[:]
            model.graph.node.extend(kept)
    for graph in {id(g): g for g in (model.graph, subgraph(model))}.values():
        del graph.value_info[:]
    scratch.write_bytes(model.SerializeToString())
    try:
        return any(map(differ, expected, run(scratch, d_model, level)))
    except Exception:
        return True


def differ(a, b):
    if a.shape != b.shape:
        return True
    if (np.isnan(a) != np.isnan(b)).any():
        return True
    return bool(np.nanmax(np.abs(a - b)) > TOLERANCE)


def edits_between(a, b):
    """Edits that make b of a, near each other pairwise: [offset in a, removed, hex put there]."""
    window = 24
    edits = []
    i = j = 0
    while i < len(a) or j < len(b):
        same = 0
        step = 1 << 16
        while step:
            if a[i:i + step] == b[j:j + step] and i + step <= len(a) and j + step <= len(b):
                i += step
                j += step
            else:
                step >>= 1
        if i == len(a) and j == len(b):
            break
        best = None
        for total in range(1, 2000):
            for x in range(max(0, total - 1000), min(total, 1000) + 1):
                y = total - x
                p, q = a[i + x:i + x + window], b[j + y:j + y + window]
                if p == q and (len(p) == window or (i + x + len(p) == len(a) and j + y + len(q) == len(b))):
                    best = (x, y)
                    break
            if best:
                break
        if not best:
            raise ValueError("the mutant is too far from its original")
        x, y = best
        edits.append([i, x, b[j:j + y].hex()])
        i += x
        j += y
    return edits


def apply(data, edits):
    out, at = [], 0
    for offset, removed, put in edits:
        out += [data[at:offset], bytes.fromhex(put)]
        at = offset + removed
    return b"".join(out + [data[at:]])


def mutants_of(path, seed, count):
    rng = random.Random(f"{seed} {path.relative_to(FIXTURES)}")
    data = path.read_bytes()
    base = onnx.ModelProto()
    base.ParseFromString(data)
    d_model = json.loads((FIXTURES / path.relative_to(FIXTURES).parts[0] / "config.json").read_text())["d_model"]
    level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        expected = run(path, d_model, level)
    except Exception:
        level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        expected = run(path, d_model, level)
    groups = {}
    for group, text, change in candidates(base, subgraph(base), rng):
        groups.setdefault(group, []).append((text, change))
    order = []
    for members in groups.values():
        rng.shuffle(members)
    while any(groups.values()):  # round by round one of each group
        names = [n for n, members in groups.items() if members]
        rng.shuffle(names)
        order += [groups[n].pop() for n in names]
    found, same = [], 0
    scratch = path.with_name(f"mutant_of_{path.name}")
    for text, change in order:
        if len(found) == count:
            break
        model = onnx.ModelProto()
        model.CopyFrom(base)
        graph = subgraph(model)
        try:
            change(graph, constants_of(model, graph))
        except Exception:
            continue
        mutant = model.SerializeToString()
        try:
            edits = edits_between(data, mutant)
        except ValueError:
            continue
        if not edits:
            continue
        assert apply(data, edits) == mutant
        scratch.write_bytes(mutant)
        try:
            got = run(scratch, d_model, level)
            verdict = "differs" if any(map(differ, expected, got)) else "same"
        except Exception:
            verdict = "fails" if still_fails(mutant, scratch, expected, d_model, level) else "same"
        if verdict == "same":
            same += 1
            continue
        found.append({"file": str(path.relative_to(FIXTURES)), "mutant": text, "verdict": verdict, "edits": edits})
    scratch.unlink(missing_ok=True)
    print(f"{path.relative_to(FIXTURES)}: {len(found)} mutants, {same} more without effect", flush=True)
    return found


def main():
    global FIXTURES
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--per-file", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("mutants.jsonl"))
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("directories", nargs="*")
    arguments = parser.parse_args()
    FIXTURES = arguments.fixtures.resolve()
    files = sorted(p for p in FIXTURES.rglob("*.onnx") if "with_past" not in p.name and "mutant_of" not in p.name)
    if arguments.directories:
        files = [p for p in files if p.relative_to(FIXTURES).parts[0] in arguments.directories]
    lines = [json.dumps(m, separators=(",", ":")) for p in files for m in mutants_of(p, arguments.seed, arguments.per_file)]
    arguments.out.write_text("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
