"""The checkpoint as a CTranslate2 directory: what CTranslate2's own converter writes, without PyTorch."""

import numpy
from ctranslate2.specs import common_spec, transformer_spec

ACTIVATIONS = {"swish": "SWISH", "relu": "RELU", "gelu": "GELU"}


def write(checkpoint, directory, quantization):
    """`quantization` as the converters have it: None for float32, or "int8"."""
    config, tensors = checkpoint.config, checkpoint.tensors
    spec = transformer_spec.TransformerSpec.from_config(
        (config["encoder_layers"], config["decoder_layers"]),
        config["encoder_attention_heads"],
        pre_norm=False,
        activation=getattr(common_spec.Activation, ACTIVATIONS[config["activation_function"]]),
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

    for stack, i in checkpoint.layers():
        layer, prefix = getattr(spec, stack).layer[i], f"model.{stack}.layers.{i}"
        attention(layer.self_attention, prefix + ".self_attn", fused=True)
        if stack == "decoder":
            attention(layer.attention, prefix + ".encoder_attn", fused=False)
        linear(layer.ffn.linear_0, prefix + ".fc1")
        linear(layer.ffn.linear_1, prefix + ".fc2")
        norm(layer.ffn.layer_norm, prefix + ".final_layer_norm")
    for stack in (spec.encoder, spec.decoder):
        stack.scale_embeddings = config["d_model"] ** 0.5 if config["scale_embedding"] else 1.0
        stack.position_encodings.encodings = checkpoint.positions()
    # Without <pad>, with which decoding starts: a zero embedding instead. A copy: it is quantised in place.
    table = checkpoint.table[:-1].copy()
    spec.encoder.embeddings[0].weight = table
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = checkpoint.bias[:-1]
    spec.decoder.start_from_zero_embedding = True

    tokens = checkpoint.vocabulary[:-1]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.eos_token, spec.config.unk_token = tokens[checkpoint.eos], "<unk>"
    spec.config.decoder_start_token = tokens[checkpoint.eos]
    spec.validate()
    spec.optimize(quantization=quantization)
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))
