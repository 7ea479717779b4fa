"""Marian, from its own Python package."""

import itertools
import os
import subprocess
import sys

from engines import base


class Engine(base.Engine):
    TITLE = "Marian"
    PROCESS = ("file", "batch")

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_marian

        to_marian.write(checkpoint, forms / "marian")

    @classmethod
    def candidates(cls, threads, beam):
        return [{"file": "packed8avx512", "batch": size} for size in (32, 64)]

    @classmethod
    def single_candidates(cls, threads):
        return [{"file": "packed8avx512", "batch": 1}]

    def __init__(self, forms, compute, threads, settings):
        directory = forms / "marian"
        model = directory / "model.npz"
        if compute == "int8":
            model = directory / f"model.{settings['file']}.bin"
            if not model.exists():
                command = [os.path.join(os.path.dirname(sys.executable), "pymarian"), "convert", "--from", directory / "model.npz", "--to", model,
                           "--gemm-type", settings["file"]]  # fmt: skip
                subprocess.run([str(word) for word in command], check=True, capture_output=True)
        self.tokenizer = base.Tokenizer(forms, threads)
        vocabulary = directory / ("vocab.spm" if self.tokenizer.source else "vocab.yml")
        self.options = {
            "models": str(model), "vocabs": [str(vocabulary)] * 2, "cpu_threads": threads, "workspace": 256,
            "mini_batch": settings["batch"], "maxi_batch": 1000, "maxi_batch_sort": "src", "quiet": True,
            "quiet_translation": True, "log_level": "off", "normalize": 1, "max_length_factor": 3,
        }  # fmt: skip
        self.translators = {}

    def translate(self, lines, beam, settings):
        if beam not in self.translators:
            import pymarian

            self.translators = {beam: pymarian.Translator(**self.options, beam_size=beam)}
        return self.translators[beam].translate(lines)
