"""Marian, from its own Python package."""

import pathlib
import subprocess
import sys

from engines import base


class Engine(base.Engine):
    TITLE = "Marian"
    PROCESS = ("batch",)

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_marian

        to_marian.write(checkpoint, forms / "marian")

    @classmethod
    def candidates(cls, threads, beam):
        return [{"batch": size} for size in (32, 64)]

    @classmethod
    def single_candidates(cls, threads):
        return [{"batch": 1}]

    def __init__(self, forms, compute, threads, settings):
        directory = forms / "marian"
        model = directory / "model.npz"
        if compute == "int8":
            kind = "packed8avx512" if base.processor_has("avx512f") else "packed8avx2"
            model = directory / f"model.{kind}.bin"
            if not model.exists():
                program = pathlib.Path(sys.executable).parent / "pymarian"
                command = [program, "convert", "--from", directory / "model.npz", "--to", model, "--gemm-type", kind]
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
