"""What engines share that run our graphs, one encoder and one step at a time, with the search of decoding.py."""

import itertools

from engines import base, decoding


class Engine(base.Engine):
    PROCESS = ("workers",)

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_onnx

        to_onnx.write(checkpoint, forms / f"onnx-{compute}", compute, beams)

    @classmethod
    def candidates(cls, threads, beam):
        return [
            {"workers": workers, "batch": size} for workers, size in itertools.product(sorted({1, threads}), (32, 64))
        ]

    @classmethod
    def single_candidates(cls, threads):
        return [{"workers": workers, "batch": 1} for workers in sorted({1, threads})]

    def __init__(self, forms, compute, threads):
        self.directory = forms / f"onnx-{compute}"
        self.tokenizer = base.Tokenizer(forms, threads)
        self.forced = base.forced_length(forms)

    def translate(self, lines, beam, settings):
        workers = settings["workers"]
        return decoding.translate(self, self.tokenizer, lines, beam, settings["batch"], workers, self.forced)
