"""The checkpoint in Marian's own formats: model.npz for Marian, an int8 .bin for Bergamot.

Marian's table of positions is another one (p * 10000^(-i / (D/2 - 1)) where transformers has p * 10000^(-i / (D/2)))
and cannot be stored in the file, so that its translations of a model trained with transformers' positions differ in
some lines. The work is the same.
"""

import struct

import numpy

MODEL_OPTIONS = {
    "type": "transformer", "dec-cell": "gru", "enc-cell": "gru", "dim-rnn": 1024, "input-types": [],
    "tied-embeddings-all": True, "tied-embeddings": False, "tied-embeddings-src": False,
    "transformer-decoder-autoreg": "self-attention", "transformer-ffn-depth": 2, "transformer-decoder-ffn-depth": 0,
    "transformer-decoder-dim-ffn": 0, "transformer-preprocess": "", "transformer-postprocess": "dan",
    "transformer-postprocess-emb": "d", "transformer-postprocess-top": "", "transformer-no-projection": False,
    "transformer-train-position-embeddings": False, "transformer-tied-layers": [], "transformer-aan-depth": 2,
    "transformer-aan-activation": "swish", "transformer-aan-nogate": False, "transformer-dim-aan": 2048,
    "transformer-guided-alignment-layer": "last", "transformer-rnn-projection": False, "lemma-dim-emb": 0,
    "bert-train-type-embeddings": True, "bert-type-vocab-size": 2, "output-omit-bias": False, "right-left": False,
    "layer-normalization": False, "skip": False, "ulr": False, "ulr-dim-emb": 0, "ulr-trainable-transformation": False,
    "enc-type": "bidirectional", "enc-cell-depth": 1, "dec-cell-base-depth": 2, "dec-cell-high-depth": 1,
    "factors-combine": "sum", "factors-dim-emb": 0,
}  # fmt: skip
# Bergamot's code for an int8 matrix; everything else is float32.
FLOAT32, INTGEMM8, INT8 = 0x404, 0x4101, 0x101


def options(checkpoint):
    config = checkpoint.config
    return MODEL_OPTIONS | {
        "version": "v1.12.42", "dim-emb": config["d_model"], "dim-vocabs": [config["vocab_size"]] * 2,
        "enc-depth": config["encoder_layers"], "dec-depth": config["decoder_layers"],
        "transformer-heads": config["encoder_attention_heads"], "transformer-dim-ffn": config["encoder_ffn_dim"],
        "transformer-ffn-activation": config["activation_function"],
    }  # fmt: skip


def yaml(value, indent=""):
    lines = []
    for key, item in value.items():
        text = {True: "true", False: "false"}[item] if isinstance(item, bool) else item if item != "" else '""'
        lines.append(f"{indent}{key}: {text}")
    return "\n".join(lines) + "\n"


def renamed(checkpoint):
    """Marian's names: matrices [in, out], vectors [1, n]."""
    source, result = checkpoint.tensors, {"Wemb": checkpoint.table}

    def linear(name, weight, bias):
        result[weight] = source[name + ".weight"].T
        result[bias] = source[name + ".bias"][None]

    def norm(name, prefix):
        result[prefix + "_ln_scale"] = source[name + ".weight"][None]
        result[prefix + "_ln_bias"] = source[name + ".bias"][None]

    for stack, i in checkpoint.layers():
        old, new = f"model.{stack}.layers.{i}", f"{stack}_l{i + 1}"
        for old_name, new_name in (("self_attn", "self"), ("encoder_attn", "context")):
            if stack == "encoder" and new_name == "context":
                continue
            for part, letter in (("q_proj", "q"), ("k_proj", "k"), ("v_proj", "v"), ("out_proj", "o")):
                linear(f"{old}.{old_name}.{part}", f"{new}_{new_name}_W{letter}", f"{new}_{new_name}_b{letter}")
            norm(f"{old}.{old_name}_layer_norm", f"{new}_{new_name}_Wo")
        linear(old + ".fc1", new + "_ffn_W1", new + "_ffn_b1")
        linear(old + ".fc2", new + "_ffn_W2", new + "_ffn_b2")
        norm(old + ".final_layer_norm", new + "_ffn_ffn")
    bias = checkpoint.bias.copy()
    bias[checkpoint.pad] = -1e4
    result["decoder_ff_logit_out_b"] = bias[None]
    return {name: numpy.ascontiguousarray(value, numpy.float32) for name, value in result.items()}


def quantized(name, value):
    """The bytes of an int8 matrix: integers (transposed, except the table), then 127 / max |W|."""
    multiplier = numpy.float32(127) / numpy.abs(value).max()
    integers = numpy.clip(numpy.rint(value * multiplier), -127, 127).astype(numpy.int8)
    return (integers if name == "Wemb" else integers.T).tobytes() + multiplier.astype("<f4").tobytes()


def write_binary(tensors, config, path):
    """The container of browsermt/marian-dev with int8 matrices."""
    items = []
    for name, value in sorted(tensors.items()):
        if value.shape[0] > 1:
            items.append((name, INTGEMM8, value.shape, quantized(name, value)))
        else:
            items.append((name, FLOAT32, value.shape, value.astype("<f4").tobytes()))
    text = config.encode() + b"\0"
    items.append(("special:model.yml", INT8, (len(text),), text))
    items = [(name, kind, shape, data + bytes(-len(data) % 256)) for name, kind, shape, data in items]
    head = struct.pack("<QQ", 1, len(items))
    for name, kind, shape, data in items:
        head += struct.pack("<QQQQ", len(name.encode()) + 1, kind, len(shape), len(data))
    head += b"".join(name.encode() + b"\0" for name, *_ in items)
    head += b"".join(struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in items)
    gap = -(len(head) + 8) % 256
    path.write_bytes(head + struct.pack("<Q", gap) + bytes(gap) + b"".join(data for *_, data in items))


def write_vocabulary(checkpoint, path):
    """One SentencePiece model whose ids are the model's own, for both sides."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((checkpoint.tokenizer / "source.spm").read_bytes())
    pieces = {piece.piece: piece for piece in model.pieces}
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    ordered = []
    for token in checkpoint.vocabulary:
        piece = kinds(piece=token, score=0, type=kinds.CONTROL)
        ordered.append(pieces.get(token, piece))
    del model.pieces[:]
    model.pieces.extend(ordered)
    spec = model.trainer_spec
    spec.vocab_size = len(ordered)
    spec.eos_id, spec.unk_id = checkpoint.eos, checkpoint.vocabulary.index("<unk>")
    spec.bos_id, spec.pad_id = -1, checkpoint.pad
    path.write_bytes(model.SerializeToString())


def write(checkpoint, directory):
    directory.mkdir(parents=True, exist_ok=True)
    tensors, config = renamed(checkpoint), yaml(options(checkpoint))
    special = numpy.frombuffer(config.encode() + b"\0", numpy.int8)
    numpy.savez(directory / "model.npz", **tensors, **{"special:model.yml": special})
    write_binary(tensors, config, directory / "model.intgemm8.bin")
    if checkpoint.tokenizer:
        write_vocabulary(checkpoint, directory / "vocab.spm")
    else:
        lines = (f"{token}: {i}" for i, token in enumerate(checkpoint.vocabulary))
        (directory / "vocab.yml").write_text("\n".join(lines) + "\n")
