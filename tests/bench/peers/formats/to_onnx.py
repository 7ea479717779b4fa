"""The checkpoint as three ONNX graphs made for fast decoding, for ONNX Runtime and OpenVINO.

encoder.onnx          ids [B, S], mask [B, S] (1 = token)  ->  cross.I.{k,v} of every decoder layer [B, H, S, Dh]
decoder_greedy.onnx   ids [B, 1], position [1], mask, cross.*, past.I.{k,v} [B, H, t, Dh]
                                                           ->  best [B, 1], present.I.{k,v} [B, H, t + 1, Dh]
decoder_beam.onnx     the same, past read at `rows` [B]    ->  scores [B, C], best [B, C]: the C = `candidates` best

Compared with an export of optimum: projections that share an input are one product, keys and values of the source are
computed once, shapes are not computed at run time, and a step returns candidates instead of [B, V] logits. With int8,
products are DynamicQuantizeLinear and MatMulInteger with a scale for each column, as ONNX Runtime's quantize_dynamic
makes them.
"""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    """Nodes and constants in the making; methods add nodes and return the name of the result."""

    def __init__(self, checkpoint, compute):
        self.checkpoint, self.compute = checkpoint, compute
        self.heads = checkpoint.config["encoder_attention_heads"]
        self.d_model = checkpoint.config["d_model"]
        self.nodes, self.constants, self.inputs, self.outputs = [], {}, [], []
        self.quantized = {}  # activation -> names of its integers, scale, zero point

    def constant(self, value, name=None):
        name = name or f"constant_{len(self.constants)}"
        self.constants.setdefault(name, numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def integers(self, *values):
        return self.constant(numpy.array(values, numpy.int64), "i_" + "_".join(map(str, values)).replace("-", "m"))

    def node(self, kind, *inputs, outputs=1, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, f"{kind}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def input(self, name, kind, shape):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, value, kind, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def product(self, x, name, weight):
        """x W with W [in, out]."""
        if self.compute == "float32":
            return self.node("MatMul", x, self.constant(weight, name))
        if x not in self.quantized:
            self.quantized[x] = self.node("DynamicQuantizeLinear", x, outputs=3)
        integers, scale, zero = self.quantized[x]
        scales = numpy.maximum(numpy.abs(weight).max(axis=0), 1e-12).astype(numpy.float32) / 127
        weights = self.constant(numpy.rint(weight / scales).astype(numpy.int8), name + "_integers")
        zeros = self.constant(numpy.zeros(len(scales), numpy.int8), name + "_zeros")
        sums = self.node("Cast", self.node("MatMulInteger", integers, weights, zero, zeros), to=FLOAT)
        return self.node("Mul", sums, self.node("Mul", scale, self.constant(scales, name + "_scales")))

    def linear(self, x, *names):
        tensors = self.checkpoint.tensors
        weight = numpy.concatenate([tensors[name + ".weight"] for name in names]).T
        bias = numpy.concatenate([tensors[name + ".bias"] for name in names])
        return self.node("Add", self.product(x, "+".join(names), weight), self.constant(bias))

    def add_norm(self, x, y, name):
        tensors = self.checkpoint.tensors
        gamma, beta = self.constant(tensors[name + ".weight"]), self.constant(tensors[name + ".bias"])
        return self.node("LayerNormalization", self.node("Add", x, y), gamma, beta, axis=-1, epsilon=1e-5)

    def embed(self, ids, positions):
        table = self.checkpoint.table
        if self.compute == "int8":  # a table in bytes, as quantize_dynamic makes it
            scale = float(numpy.abs(table).max()) / 127
            rows = self.node("Gather", self.constant(numpy.rint(table / scale).astype(numpy.int8), "table"), ids)
            embedded = self.node("DequantizeLinear", rows, self.constant(numpy.float32(scale), "table_scale"))
        else:
            embedded = self.node("Gather", self.constant(table, "table"), ids)
        scale = self.d_model**0.5 if self.checkpoint.config["scale_embedding"] else 1.0
        return self.node("Add", self.node("Mul", embedded, self.constant(numpy.float32(scale))), positions)

    def split_heads(self, x):
        shape = self.integers(0, 0, self.heads, self.d_model // self.heads)
        return self.node("Transpose", self.node("Reshape", x, shape), perm=[0, 2, 1, 3])

    def attend(self, query, key, value, mask=None):
        scale = self.constant(numpy.float32((self.d_model // self.heads) ** -0.5), "scale")
        scores = self.node("MatMul", self.node("Mul", query, scale), self.node("Transpose", key, perm=[0, 1, 3, 2]))
        if mask:
            scores = self.node("Add", scores, mask)
        read = self.node("MatMul", self.node("Softmax", scores, axis=-1), value)
        return self.node("Reshape", self.node("Transpose", read, perm=[0, 2, 1, 3]), self.integers(0, 0, self.d_model))

    def feed_forward(self, x, prefix):
        hidden = self.linear(x, prefix + ".fc1")
        kind = self.checkpoint.config["activation_function"]
        if kind == "swish":
            hidden = self.node("Mul", hidden, self.node("Sigmoid", hidden))
        else:
            hidden = self.node({"relu": "Relu", "gelu": "Gelu"}[kind], hidden)
        return self.add_norm(x, self.linear(hidden, prefix + ".fc2"), prefix + ".final_layer_norm")

    def additive_mask(self):
        """0 where the source has a token, -1e9 where it has none: [B, 1, 1, S]."""
        mask = self.node("Cast", self.input("mask", INT64, ["B", "S"]), to=FLOAT)
        hidden = self.node(
            "Mul", self.node("Sub", mask, self.constant(numpy.float32(1))), self.constant(numpy.float32(1e9))
        )
        return self.node("Unsqueeze", hidden, self.integers(1, 2))

    def save(self, path):
        graph = helper.make_graph(self.nodes, path.stem, self.inputs, self.outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        onnx.save(model, path)


def cached(name, length):
    return name, FLOAT, ["B", "H", length, "Dh"]


def write_encoder(checkpoint, compute, path):
    graph = Graph(checkpoint, compute)
    ids = graph.input("ids", INT64, ["B", "S"])
    mask = graph.additive_mask()
    length = graph.node("Shape", ids, start=1)
    positions = graph.node(
        "Slice", graph.constant(checkpoint.positions()), graph.integers(0), length, graph.integers(0)
    )
    x = graph.embed(ids, positions)
    for i in range(checkpoint.config["encoder_layers"]):
        prefix = f"model.encoder.layers.{i}"
        qkv = graph.linear(x, *(f"{prefix}.self_attn.{part}_proj" for part in "qkv"))
        query, key, value = (
            graph.split_heads(part) for part in graph.node("Split", qkv, outputs=3, axis=-1, num_outputs=3)
        )
        read = graph.linear(graph.attend(query, key, value, mask), prefix + ".self_attn.out_proj")
        x = graph.feed_forward(graph.add_norm(x, read, prefix + ".self_attn_layer_norm"), prefix)
    for i in range(checkpoint.config["decoder_layers"]):
        prefix = f"model.decoder.layers.{i}.encoder_attn"
        pair = graph.linear(x, prefix + ".k_proj", prefix + ".v_proj")
        for name, part in zip("kv", graph.node("Split", pair, outputs=2, axis=-1, num_outputs=2)):
            graph.output(
                f"cross.{i}.{name}",
                graph.split_heads(part),
                FLOAT,
                ["B", graph.heads, "S", graph.d_model // graph.heads],
            )
    graph.save(path)


def write_decoder(checkpoint, compute, beam, path):
    graph = Graph(checkpoint, compute)
    heads, width = graph.heads, graph.d_model // graph.heads
    ids = graph.input("ids", INT64, ["B", 1])
    position = graph.input("position", INT64, [1])
    rows = graph.input("rows", INT64, ["B"]) if beam else None
    mask = graph.additive_mask()
    x = graph.embed(ids, graph.node("Gather", graph.constant(checkpoint.positions()), position))
    for i in range(checkpoint.config["decoder_layers"]):
        prefix = f"model.decoder.layers.{i}"
        qkv = graph.linear(x, *(f"{prefix}.self_attn.{part}_proj" for part in "qkv"))
        query, *new = (graph.split_heads(part) for part in graph.node("Split", qkv, outputs=3, axis=-1, num_outputs=3))
        whole = []
        for name, part in zip("kv", new):
            past = graph.input(f"past.{i}.{name}", FLOAT, ["P", heads, "t", width])
            if beam:
                past = graph.node("Gather", past, rows)
            whole.append(graph.node("Concat", past, part, axis=2))
            graph.output(f"present.{i}.{name}", whole[-1], FLOAT, ["B", heads, "t1", width])
        read = graph.linear(graph.attend(query, *whole), prefix + ".self_attn.out_proj")
        x = graph.add_norm(x, read, prefix + ".self_attn_layer_norm")
        query = graph.split_heads(graph.linear(x, prefix + ".encoder_attn.q_proj"))
        memory = [graph.input(f"cross.{i}.{name}", FLOAT, ["B", heads, "S", width]) for name in "kv"]
        read = graph.linear(graph.attend(query, *memory, mask), prefix + ".encoder_attn.out_proj")
        x = graph.add_norm(x, read, prefix + ".encoder_attn_layer_norm")
        x = graph.feed_forward(x, prefix)
    bias = checkpoint.bias.copy()
    bias[checkpoint.pad] = -1e9
    x = graph.node("Reshape", x, graph.integers(-1, graph.d_model))
    logits = graph.node("Add", graph.product(x, "head", checkpoint.table.T), graph.constant(bias))
    if beam:
        candidates = graph.input("candidates", INT64, [1])
        scores, best = graph.node("TopK", graph.node("LogSoftmax", logits, axis=-1), candidates, outputs=2, axis=-1)
        graph.output("scores", scores, FLOAT, ["B", "C"])
        graph.output("best", best, INT64, ["B", "C"])
    else:
        graph.output("best", graph.node("ArgMax", logits, axis=-1), INT64, ["B", 1])
    graph.save(path)


def write(checkpoint, directory, compute, beams):
    directory.mkdir(parents=True, exist_ok=True)
    write_encoder(checkpoint, compute, directory / "encoder.onnx")
    for beam in {size > 1 for size in beams}:
        write_decoder(checkpoint, compute, beam, directory / ("decoder_beam.onnx" if beam else "decoder_greedy.onnx"))
