"""ONNX Runtime with the search of engines/decoding.py."""

import numpy

from engines import searched


class Engine(searched.Engine):
    TITLE = "ONNX Runtime"

    def __init__(self, forms, compute, threads, settings):
        import onnxruntime

        self.ort = onnxruntime
        super().__init__(forms, compute, threads)
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads // settings["workers"]
        self.options.inter_op_num_threads = 1
        self.encoder, self.decoders = self.session("encoder"), {}
        self.memory_names = [output.name for output in self.encoder.get_outputs()]

    def session(self, name):
        return self.ort.InferenceSession(str(self.directory / f"{name}.onnx"), self.options, ["CPUExecutionProvider"])

    def decoder(self, beam):
        if beam not in self.decoders:
            session = self.session("decoder_beam" if beam else "decoder_greedy")
            past = [item for item in session.get_inputs() if item.name.startswith("past")]
            outputs = [item.name for item in session.get_outputs()]
            present = [past_item.name.replace("past", "present") for past_item in past]
            self.decoders[beam] = session, past, [name for name in outputs if name not in present] + present
        return self.decoders[beam]

    def value(self, array):
        return self.ort.OrtValue.ortvalue_from_numpy(numpy.ascontiguousarray(array))

    def encode(self, ids, mask):
        feeds = {"ids": self.value(ids), "mask": self.value(mask)}
        return dict(zip(self.memory_names, self.encoder.run_with_ort_values(self.memory_names, feeds)))

    def step(self, memory, mask, ids, position, state, rows, candidates):
        session, past, outputs = self.decoder(rows is not None)
        if state is None:
            empty = [(len(ids), item.shape[1], 0, item.shape[3]) for item in past]
            state = [self.value(numpy.zeros(shape, numpy.float32)) for shape in empty]
        feeds = memory | {item.name: value for item, value in zip(past, state)}
        feeds |= {"ids": self.value(ids), "mask": self.value(mask), "position": self.value([position])}
        if rows is not None:
            feeds |= {"rows": self.value(rows), "candidates": self.value([candidates])}
        results = session.run_with_ort_values(outputs, feeds)
        heads = len(outputs) - len(past)
        scores, best = [None, results[0]] if heads == 1 else results[:2]
        return scores and scores.numpy(), best.numpy(), results[heads:]

    def keep(self, memory, rows):
        return {name: self.value(value.numpy()[rows]) for name, value in memory.items()}

    def keep_state(self, state, rows):
        return [self.value(value.numpy()[rows]) for value in state]
