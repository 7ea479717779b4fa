"""CTranslate2, with the sentences of a batch in as many workers as threads, or one worker with as many threads."""

import itertools

from engines import base


def kernels():
    """Its own choice is AVX2 on some processors that have AVX-512."""
    return ("default", "AVX512") if base.processor_has("avx512f") else ("default",)


class Engine(base.Engine):
    TITLE = "CTranslate2"
    PROCESS = ("isa", "workers")

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_ctranslate2

        to_ctranslate2.write(checkpoint, forms / f"ctranslate2-{compute}", None if compute == "float32" else compute)

    @classmethod
    def candidates(cls, threads, beam):
        return [
            {"isa": isa, "workers": threads, "batch": size} for isa, size in itertools.product(kernels(), (32, 64, 128))
        ]

    @classmethod
    def single_candidates(cls, threads):
        return [
            {"isa": isa, "workers": workers, "batch": 1}
            for isa, workers in itertools.product(kernels(), sorted({1, threads}))
        ]

    @classmethod
    def environment(cls, settings):
        return {} if settings["isa"] == "default" else {"CT2_FORCE_CPU_ISA": settings["isa"]}

    def __init__(self, forms, compute, threads, settings):
        import ctranslate2

        self.tokenizer = base.Tokenizer(forms, threads)
        length = base.forced_length(forms)
        self.limits = (
            {"min_decoding_length": length, "max_decoding_length": length} if length else {"max_decoding_length": 512}
        )
        self.translator = ctranslate2.Translator(
            str(forms / f"ctranslate2-{compute}"),
            compute_type=compute,
            inter_threads=settings["workers"],
            intra_threads=threads // settings["workers"],
        )

    def translate(self, lines, beam, settings):
        results = self.translator.translate_batch(
            self.tokenizer.pieces(lines), beam_size=beam, max_batch_size=settings["batch"], **self.limits
        )
        return self.tokenizer.text([result.hypotheses[0] for result in results])
