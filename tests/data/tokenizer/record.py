#!/usr/bin/env python3
"""Writes unigram.jsonl: what the newest SentencePiece makes of texts with many equally good pieces.

    python3 -m venv venv && venv/bin/pip install sentencepiece==0.2.3 protobuf
    venv/bin/python record.py

A line is a text and, for each model below, the ids of its pieces. Debian's library is older and breaks
ties otherwise, so the tests compare with it only up to ties.
"""
import json
import pathlib
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures" / "marian"
NORMAL, USER_DEFINED, UNUSED = 1, 4, 5


def rounded(model, pieces):
    for piece in pieces:
        # As std::round: halves away from zero.
        piece.score = float(-int(0.5 - piece.score)) if piece.score < 0 else float(int(piece.score + 0.5))


def unused(model, pieces):
    for count, piece in enumerate(pieces, 1):
        if count % 3 == 0:
            piece.type = UNUSED


def user_defined(model, pieces):
    for count, piece in enumerate(pieces, 1):
        if count % 11 == 0:
            piece.type = USER_DEFINED
            piece.score = 0.0


def unchanged(model, pieces):
    pass


# The names and changes are those of sentence_piece_oracle_test.cpp.
CASES = {
    "source": (FIXTURES / "source.spm", unchanged),
    "target": (FIXTURES / "target.spm", unchanged),
    "source_rounded": (FIXTURES / "source.spm", rounded),
    "source_unused": (FIXTURES / "source.spm", unused),
    "source_user_defined": (FIXTURES / "source.spm", user_defined),
    "bytes": (HERE / "bytes.model", unchanged),
    "bytes_rounded": (HERE / "bytes.model", rounded),
    "suffix": (HERE / "suffix.model", unchanged),
    "suffix_rounded": (HERE / "suffix.model", rounded),
}


def processor(path, change):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(path.read_bytes())
    change(model, [p for p in model.pieces if p.type == NORMAL and len(p.piece) > 1])
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def texts():
    rng = random.Random(7)
    words = (HERE / "sentences.txt").read_text(encoding="utf-8").split()
    yield "Helllo"
    yield ""
    yield from (HERE / "scripts.txt").read_text(encoding="utf-8").split("\n")[:30]
    for _ in range(400):
        word = rng.choice(words)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(word))
            word = word[:at] + word[at] * rng.randrange(1, 4) + word[at:]
        yield word


def main():
    processors = {name: processor(*case) for name, case in CASES.items()}
    with open(HERE / "unigram.jsonl", "w", encoding="utf-8") as out:
        for text in texts():
            ids = {name: one.encode(text) for name, one in processors.items()}
            out.write(json.dumps({"text": text, "ids": ids}, ensure_ascii=False, separators=(",", ":")) + "\n")


main()
