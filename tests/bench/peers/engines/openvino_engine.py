"""OpenVINO with the search of engines/decoding.py."""

import threading

import numpy

from engines import searched


class Engine(searched.Engine):
    TITLE = "OpenVINO"

    def __init__(self, forms, compute, threads, settings):
        import openvino

        self.openvino = openvino
        super().__init__(forms, compute, threads)
        # Its fused attention gives wrong numbers from 16 cached positions on (2026.4.1, AVX-512 processor): switched off.
        self.settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": settings["workers"],
                         "INFERENCE_PRECISION_HINT": "f32", "SNIPPETS_MODE": "DISABLE"}  # fmt: skip
        self.core = openvino.Core()
        self.models, self.requests = {}, threading.local()

    def request(self, name, turn=0):
        """An inference request of this thread; results of one turn are inputs of the other."""
        if name not in self.models:
            self.models[name] = self.core.compile_model(str(self.directory / f"{name}.onnx"), "CPU", self.settings)
        requests = vars(self.requests).setdefault(f"{name}-{turn}", [])
        if not requests:
            requests.append(self.models[name].create_infer_request())
        return requests[0]

    def infer(self, request, feeds):
        request.infer(feeds, share_inputs=True, share_outputs=True)
        # Names of values inside the graph may have been merged into the sets of names of the outputs.
        return {
            name: request.get_output_tensor(i).data
            for i, output in enumerate(request.model_outputs)
            for name in output.names
            if name.startswith(("cross", "present", "best", "scores"))
        }

    def encode(self, ids, mask):
        return self.infer(self.request("encoder"), {"ids": ids, "mask": mask})

    def step(self, memory, mask, ids, position, state, rows, candidates):
        request = self.request("decoder_greedy" if rows is None else "decoder_beam", position % 2)
        feeds = dict(memory)
        if state is None:
            shape = next(iter(memory.values())).shape
            names = [name for name in memory]
            state = {
                n.replace("cross", "past"): numpy.zeros((len(ids), shape[1], 0, shape[3]), numpy.float32) for n in names
            }
        feeds |= state | {"ids": ids, "mask": mask, "position": numpy.array([position])}
        if rows is not None:
            feeds |= {"rows": rows, "candidates": numpy.array([candidates])}
        results = self.infer(request, feeds)
        state = {
            name.replace("present", "past"): value for name, value in results.items() if name.startswith("present")
        }
        return results.get("scores"), results["best"], state

    def keep(self, memory, rows):
        return {name: value[rows] for name, value in memory.items()}

    def keep_state(self, state, rows):
        return {name: value[rows] for name, value in state.items()}
