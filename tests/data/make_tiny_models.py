#!/usr/bin/env python3
"""Makes tests/data/tiny: Marian models with random weights in shapes that the fixtures lack, each as a checkpoint
and as the exports of it that the tests compare with the checkpoint.

    pip install transformers==4.57.6 optimum-onnx==0.1.0 onnxruntime torch
    python tests/data/make_tiny_models.py tests/data/tiny
"""
import pathlib
import shutil
import sys

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from optimum.exporters.onnx import main_export
from transformers import MarianConfig, MarianMTModel

COMMON = dict(vocab_size=31, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
              decoder_attention_heads=2, encoder_ffn_dim=12, decoder_ffn_dim=12, scale_embedding=True,
              max_position_embeddings=64, pad_token_id=30, eos_token_id=0, decoder_start_token_id=30, init_std=0.3)
MODELS = {
    # More encoder than decoder layers, other widths on each side, special ids in the middle of the vocabulary.
    "deep-encoder": dict(encoder_layers=3, decoder_ffn_dim=20, activation_function="relu", scale_embedding=False,
                         pad_token_id=12, eos_token_id=7, decoder_start_token_id=12, forced_eos_token_id=7),
    # Three tables that all differ.
    "untied": dict(share_encoder_decoder_embeddings=False, tie_word_embeddings=False, decoder_vocab_size=31,
                   decoder_layers=2, activation_function="gelu"),
    # Biases of zero and norms of one: the exporter merges them across layers (Identity nodes).
    "untrained": dict(encoder_layers=2, activation_function="swish", encoder_attention_heads=1,
                      decoder_attention_heads=1),
}
TASK = "text2text-generation"


def make(name, settings, directory):
    torch.manual_seed(3)
    model = MarianMTModel(MarianConfig(**{**COMMON, **settings})).eval()
    if name != "untrained":
        with torch.no_grad():
            for parameter, value in model.named_parameters():
                if parameter.endswith("bias") or "layer_norm" in parameter:
                    value.normal_(0.5, 0.2)
            model.final_logits_bias.normal_()
    model.generation_config.max_length = 12
    model.generation_config.renormalize_logits = True
    model.save_pretrained(directory / "checkpoint")


def export(directory):
    checkpoint = str(directory / "checkpoint")
    main_export(checkpoint, output=directory / "merged", task=TASK + "-with-past", do_validation=False)
    for part in ("decoder_model.onnx", "decoder_with_past_model.onnx"):
        (directory / "merged" / part).unlink(missing_ok=True)
    main_export(checkpoint, output=directory / "whole", task=TASK, monolith=True, do_validation=False)
    (directory / "q8").mkdir()
    for part in ("encoder_model", "decoder_model_merged"):
        quantize_dynamic(directory / "merged" / f"{part}.onnx", directory / "q8" / f"{part}.onnx", per_channel=True,
                         reduce_range=True, weight_type=QuantType.QInt8,
                         extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True})
    for part in ("config.json", "generation_config.json"):
        shutil.copy(directory / "merged" / part, directory / "q8" / part)


def main():
    out = pathlib.Path(sys.argv[1])
    for name, settings in MODELS.items():
        shutil.rmtree(out / name, ignore_errors=True)
        make(name, settings, out / name)
        export(out / name)


if __name__ == "__main__":
    main()
