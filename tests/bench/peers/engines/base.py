"""What the engines share."""

import json
import os
import pathlib
import time


def peak_memory_of(pid):
    """The most physical memory a process has had, in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM in /proc")


def processor_has(flag):
    return f" {flag} " in pathlib.Path("/proc/cpuinfo").read_text().replace("\n", " ")


class Engine:
    TITLE = ""
    COMPUTES = ("float32", "int8")
    BEAMS = None  # None: any
    IDS = True  # can be fed with token ids
    PROCESS = ()

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        pass

    @classmethod
    def candidates(cls, threads, beam):
        return [{"batch": size} for size in (16, 32, 64, 128)]

    @classmethod
    def single_candidates(cls, threads):
        """Settings to search for one sentence at a time."""
        return [{"batch": 1}]

    @classmethod
    def environment(cls, settings):
        """Environment variables of its process."""
        return {}

    def cpu_seconds(self):
        return time.process_time()

    def peak_memory(self):
        return peak_memory_of(os.getpid())


class Tokenizer:
    """SentencePiece as a user of a Python library calls it; ids pass through when the model has no tokenizer."""

    def __init__(self, forms, threads):
        directory = forms / "transformers"
        self.threads = threads
        ids = json.loads((directory / "vocab.json").read_text())
        self.ids, self.tokens = ids, sorted(ids, key=ids.get)
        self.eos, self.pad = ids["</s>"], ids["<pad>"]
        self.source = None
        if forced_length(forms) is None:
            import sentencepiece

            self.source = sentencepiece.SentencePieceProcessor(str(directory / "source.spm"))
            self.target = sentencepiece.SentencePieceProcessor(str(directory / "target.spm"))

    def pieces(self, lines):
        """Source tokens with the end token."""
        if self.source is None:
            return [[self.tokens[int(i)] for i in line.split()] for line in lines]
        return [pieces + ["</s>"] for pieces in self.source.encode(lines, out_type=str, num_threads=self.threads)]

    def encode(self, lines):
        if self.source is None:
            return [[int(i) for i in line.split()] for line in lines]
        unknown = self.ids["<unk>"]
        return [[self.ids.get(piece, unknown) for piece in pieces] for pieces in self.pieces(lines)]

    def text(self, pieces):
        """Target texts of lists of pieces without the end token; ids when the model has no tokenizer."""
        if self.source is None:
            return [" ".join(str(self.ids[piece]) for piece in line) for line in pieces]
        return self.target.decode(pieces, num_threads=self.threads)

    def decode(self, ids):
        return self.text([[self.tokens[i] for i in line] for line in ids])


def forced_length(forms):
    """Generated tokens of every sentence for a model of random numbers, or None."""
    path = forms / "forced_length"
    return int(path.read_text()) if path.exists() else None
