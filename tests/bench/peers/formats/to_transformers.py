"""The checkpoint as transformers saves it: what Transept (and transformers) read."""

import json
import shutil

import numpy
from safetensors.numpy import save_file
from sentencepiece import sentencepiece_model_pb2

from checkpoint import TOKENIZER_FILES


def write(checkpoint, directory):
    directory.mkdir(parents=True, exist_ok=True)
    # Models of float16 values are stored as such, like most published checkpoints.
    exact = all(numpy.array_equal(value, value.astype(numpy.float16)) for value in checkpoint.tensors.values())
    kind = numpy.float16 if exact else numpy.float32
    tensors = {name: numpy.ascontiguousarray(value, kind) for name, value in checkpoint.tensors.items()}
    save_file(tensors, directory / "model.safetensors", {"format": "pt"})
    (directory / "config.json").write_text(json.dumps(checkpoint.config, indent=1))
    pad, eos = checkpoint.pad, checkpoint.eos
    generation = {"bad_words_ids": [[pad]], "decoder_start_token_id": pad, "eos_token_id": eos, "pad_token_id": pad,
                  "max_length": checkpoint.config["max_position_embeddings"], "renormalize_logits": True}  # fmt: skip
    (directory / "generation_config.json").write_text(json.dumps(generation, indent=1))
    if checkpoint.tokenizer:
        for name in TOKENIZER_FILES:
            if (checkpoint.tokenizer / name).exists():
                shutil.copyfile(checkpoint.tokenizer / name, directory / name)
    else:
        vocabulary = {token: i for i, token in enumerate(checkpoint.vocabulary)}
        (directory / "vocab.json").write_text(json.dumps(vocabulary))
        # Nothing is tokenised, but a directory without its tokenizer counts as incomplete.
        model = sentencepiece_model_pb2.ModelProto()
        kinds = model.SentencePiece
        for token in checkpoint.vocabulary:
            special = {"<unk>": kinds.UNKNOWN, "</s>": kinds.CONTROL, "<pad>": kinds.CONTROL}
            model.pieces.add(piece=token, score=0, type=special.get(token, kinds.NORMAL))
        for name in ("source.spm", "target.spm"):
            (directory / name).write_bytes(model.SerializeToString())
