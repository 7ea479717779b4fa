"""Bergamot, from its own Python package (Python up to 3.10)."""

import importlib.util
import pathlib
import site

from engines import base

CONFIGURATION = """
models: [{directory}/model.intgemm8.bin]
vocabs: [{directory}/vocab.spm, {directory}/vocab.spm]
beam-size: {beam}
normalize: 1.0
word-penalty: 0
max-length-break: 256
mini-batch-words: {words}
workspace: 128
max-length-factor: 2.0
skip-cost: {skip_cost}
cpu-threads: 0
quiet: true
quiet-translation: true
gemm-precision: int8shiftAll
alignment: soft
ssplit-mode: paragraph
"""


class Engine(base.Engine):
    TITLE = "Bergamot"
    COMPUTES = ("int8",)
    IDS = False
    PROCESS = ("words",)

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_marian

        to_marian.write(checkpoint, forms / "marian")

    @classmethod
    def candidates(cls, threads, beam):
        return [{"words": words} for words in (512, 1024)]

    @classmethod
    def single_candidates(cls, threads):
        return [{"words": 1024}]

    def __init__(self, forms, compute, threads, settings):
        # Importing the package itself would look for models on the network.
        path = next(
            path for root in site.getsitepackages() for path in pathlib.Path(root).glob("bergamot/_bergamot*.so")
        )
        spec = importlib.util.spec_from_file_location("_bergamot", path)
        self.bergamot = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.bergamot)
        self.directory, self.models = forms / "marian", {}
        self.service = self.bergamot.Service(
            self.bergamot.ServiceConfig(numWorkers=threads, cacheSize=0, logLevel="off")
        )
        self.options = self.bergamot.ResponseOptions(qualityScores=False, alignment=False, sentenceMappings=False)

    def translate(self, lines, beam, settings):
        key = beam, settings["words"]
        if key not in self.models:
            text = CONFIGURATION.format(
                directory=self.directory, beam=beam, words=settings["words"], skip_cost="true" if beam == 1 else "false"
            )
            self.models = {key: self.service.modelFromConfig(text)}
        responses = self.service.translate(self.models[key], self.bergamot.VectorString(lines), self.options)
        return [response.target.text for response in responses]
