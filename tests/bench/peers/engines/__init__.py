"""One class an engine, all with the same few methods; each runs in a process of its own (worker.py).

    prepare(checkpoint, forms, compute, beams)  class method: writes the model in the engine's form below `forms`
    candidates(threads, beam)             class method: the settings to search; keys that `PROCESS` names need a new process
    __init__(forms, compute, threads, settings)
    translate(lines, beam, settings)      lines of text, or of ids when the model has no tokenizer; as many lines out
    cpu_seconds()                         processor time used so far, all threads
    peak_memory()                         bytes

Everything from text to text is inside `translate`: SentencePiece too.
"""

import importlib

# In the order of the tables. The attributes of the classes are read without the packages of the peers installed.
MODULES = {
    "transept": "transept",
    "ctranslate2": "ctranslate2_engine",
    "onnxruntime": "onnxruntime_engine",
    "openvino": "openvino_engine",
    "marian": "marian",
    "bergamot": "bergamot",
}


def load(name):
    return importlib.import_module(f"engines.{MODULES[name]}").Engine
