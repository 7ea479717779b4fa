"""Mozilla's engine of Firefox Translations; one sentence at a time, greedy, one thread."""

from engines import base


class Engine(base.Engine):
    TITLE = "fxtranslate"
    COMPUTES = ("int8",)
    BEAMS = (1,)
    IDS = False

    @classmethod
    def prepare(cls, checkpoint, forms, compute, beams):
        from formats import to_marian

        to_marian.write(checkpoint, forms / "marian")

    @classmethod
    def candidates(cls, threads, beam):
        return [{}] if threads == 1 else []

    @classmethod
    def single_candidates(cls, threads):
        return [{}] if threads == 1 else []

    def __init__(self, forms, compute, threads, settings):
        import fxtranslate

        vocabulary = (forms / "marian" / "vocab.spm").read_bytes()
        model = (forms / "marian" / "model.alphas.bin").read_bytes()
        self.translator = fxtranslate.Translator(model, vocabulary, vocabulary)

    def translate(self, lines, beam, settings):
        return [self.translator.translate(line) for line in lines]
