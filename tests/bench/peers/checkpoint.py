"""A Marian model as named float32 arrays, read from a directory or made of random numbers.

Names and shapes are those of a transformers checkpoint: `model.encoder.layers.0.self_attn.q_proj.weight` [out, in]
and so on, one table `model.shared.weight` [V, D] for source, target and output, `final_logits_bias` [1, V].
"""

import dataclasses
import json
import pathlib
import re

import numpy

TOKENIZER_FILES = ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclasses.dataclass
class Checkpoint:
    name: str
    config: dict
    tensors: dict
    vocabulary: list  # the token of each id; the last one is <pad>, with which every decoder starts
    tokenizer: pathlib.Path | None  # a directory with source.spm and target.spm; None: ids in, ids out

    def __post_init__(self):
        for value in self.tensors.values():
            value.flags.writeable = False  # every peer gets the same numbers

    @property
    def table(self):
        return self.tensors["model.shared.weight"]

    @property
    def bias(self):
        return self.tensors["final_logits_bias"].reshape(-1)

    @property
    def pad(self):
        return self.config["pad_token_id"]

    @property
    def eos(self):
        return self.config["eos_token_id"]

    def positions(self):
        """Sinusoids [P, D]: sine half, then cosine half."""
        d = self.config["d_model"]
        rows = numpy.arange(self.config["max_position_embeddings"])[:, None]
        angles = rows / numpy.power(10000, 2 * numpy.arange(d // 2) / d)
        return numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], axis=1).astype(numpy.float32)

    def layers(self):
        """(stack, index) of every layer, encoder first."""
        return [(stack, i) for stack in ("encoder", "decoder") for i in range(self.config[f"{stack}_layers"])]


def attention_names(stack, layer):
    """The attention blocks of a layer."""
    prefix = f"model.{stack}.layers.{layer}."
    return [prefix + "self_attn"] + ([prefix + "encoder_attn"] if stack == "decoder" else [])


def read(directory):
    """The model in `directory`: safetensors, or an ONNX export (int8 weights become the floats they stand for)."""
    config = json.loads((directory / "config.json").read_text())
    if config.get("model_type") != "marian":
        raise SystemExit(f"{directory}: only Marian models can be converted for every peer")
    if (directory / "model.safetensors").exists():
        from safetensors.numpy import load_file

        tensors = load_file(directory / "model.safetensors")
        tensors = {name: value.astype(numpy.float32) for name, value in tensors.items()}
        for name in ("model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"):
            if name in tensors:
                tensors.setdefault("model.shared.weight", tensors.pop(name))
    else:
        tensors = read_onnx(directory)
    tensors.setdefault("final_logits_bias", numpy.zeros((1, len(tensors["model.shared.weight"])), numpy.float32))
    ids = json.loads((directory / "vocab.json").read_text())
    vocabulary = sorted(ids, key=ids.get)
    if config["pad_token_id"] != len(vocabulary) - 1:
        raise SystemExit(f"{directory}: <pad> is expected to be the last id of the vocabulary")
    return Checkpoint(directory.name, config, tensors, vocabulary, directory)


def read_onnx(directory):
    import onnx
    from onnx import numpy_helper

    tensors = {}

    def read_graph(graph, outer, prefix):
        values = outer | {item.name: numpy_helper.to_array(item) for item in graph.initializer}
        producers = {output: node for node in graph.node for output in node.output}
        consumers = {name: node for node in graph.node for name in node.input}

        def weight_scale(product):
            """MatMulInteger -> Cast -> Mul by (activation scale x weight scale); the second is a constant."""
            scaling = consumers[consumers[product.output[0]].output[0]]
            factors = [producers[name] for name in scaling.input if producers[name].op_type == "Mul"]
            return next(values[name] for name in factors[0].input if name in values)

        for node in graph.node:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    read_graph(attribute.g, values, prefix)
            match = re.search(r"(layers\.\d+/.+|lm_head)/MatMul", node.name)
            if match is None or node.op_type not in ("MatMul", "MatMulInteger") or node.input[1] not in values:
                continue
            weight = values[node.input[1]]
            if node.op_type == "MatMulInteger":
                zero = values[node.input[3]].astype(numpy.float32)
                weight = (weight.astype(numpy.float32) - zero) * weight_scale(node)
            name = match[1].replace("/", ".")
            name = "model.shared" if name == "lm_head" else f"model.{prefix}.{name}"
            tensors[name + ".weight"] = weight.T.astype(numpy.float32)
        for name, value in values.items():
            name = re.sub(r"_merged_\d+$", "", name)
            if name == "final_logits_bias":
                tensors[name] = value
            elif re.search(r"(shared|embed_tokens)\.weight$", name) and value.dtype != numpy.uint8:
                tensors.setdefault("model.shared.weight", value.astype(numpy.float32))
            elif match := re.search(r"(layers\.\d+\..+(\.bias|norm\.weight))$", name):
                tensors[f"model.{prefix}.{match[1]}"] = value.astype(numpy.float32)

    for prefix, names in (("encoder", ["encoder_model"]), ("decoder", ["decoder_model_merged", "decoder_model"])):
        path = next((directory / f"{name}.onnx" for name in names if (directory / f"{name}.onnx").exists()), None)
        if path is None:
            raise SystemExit(f"{directory}: neither model.safetensors nor {names[0]}.onnx")
        read_graph(onnx.load(path).graph, {}, prefix)
    return tensors


def random(name, encoder_layers, decoder_layers, d_model, heads, d_ff, vocab, seed=1):
    """A model of the given shape that knows nothing; its end token is all but forbidden, so that lengths can be forced."""
    generator = numpy.random.default_rng(seed)
    config = {
        "model_type": "marian", "architectures": ["MarianMTModel"], "activation_function": "relu",
        "d_model": d_model, "encoder_layers": encoder_layers, "decoder_layers": decoder_layers,
        "encoder_attention_heads": heads, "decoder_attention_heads": heads,
        "encoder_ffn_dim": d_ff, "decoder_ffn_dim": d_ff, "max_position_embeddings": 512,
        "vocab_size": vocab, "decoder_vocab_size": vocab, "scale_embedding": True, "normalize_embedding": False,
        "normalize_before": False, "add_bias_logits": False, "add_final_layer_norm": False,
        "static_position_embeddings": True, "share_encoder_decoder_embeddings": True, "is_encoder_decoder": True,
        "num_hidden_layers": encoder_layers, "bos_token_id": 0, "eos_token_id": 0,
        "pad_token_id": vocab - 1, "decoder_start_token_id": vocab - 1, "use_cache": True,
    }  # fmt: skip

    def matrix(rows, columns):
        # Values of half precision: the same in every file format.
        values = generator.standard_normal((rows, columns), numpy.float32) * numpy.float32(columns**-0.5)
        return values.astype(numpy.float16).astype(numpy.float32)

    tensors = {
        "model.shared.weight": matrix(vocab, d_model),
        "final_logits_bias": numpy.zeros((1, vocab), numpy.float32),
    }
    tensors["model.shared.weight"][-1] = 0
    tensors["final_logits_bias"][0, 0] = -10000
    layers = [("encoder", i) for i in range(encoder_layers)] + [("decoder", i) for i in range(decoder_layers)]

    def linear(name, outputs, inputs):
        tensors[name + ".weight"] = matrix(outputs, inputs)
        tensors[name + ".bias"] = matrix(1, outputs)[0]

    def norm(name):
        tensors[name + ".weight"] = numpy.ones(d_model, numpy.float32)
        tensors[name + ".bias"] = numpy.zeros(d_model, numpy.float32)

    for stack, i in layers:
        for attention in attention_names(stack, i):
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                linear(f"{attention}.{part}", d_model, d_model)
            norm(attention + "_layer_norm")
        prefix = f"model.{stack}.layers.{i}"
        linear(prefix + ".fc1", d_ff, d_model)
        linear(prefix + ".fc2", d_model, d_ff)
        norm(prefix + ".final_layer_norm")
    vocabulary = ["</s>", "<unk>", *(f"w{i}" for i in range(2, vocab - 1)), "<pad>"]
    return Checkpoint(name, config, tensors, vocabulary, None)
