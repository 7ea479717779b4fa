"""The peers' own virtual environments under build/peers: nothing is installed anywhere else."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORKSPACE = ROOT / "build" / "peers"
MAIN = WORKSPACE / "environment"

# What the script itself needs; without these nothing can be measured.
TOOLS = ["numpy", "safetensors", "onnx", "protobuf", "sentencepiece==0.2.3", "sacrebleu==2.6.0"]
# The peers, each installed on its own, so that one which has no package for this Python is reported and the rest run.
PEERS = {
    "ctranslate2": ["ctranslate2==4.8.5"],
    "onnxruntime": ["onnxruntime"],
    "openvino": ["openvino"],
    "marian": ["pymarian"],
    "bergamot": ["bergamot==0.4.5"],
}
# Bergamot's packages end with Python 3.10.
OLDER_PYTHONS = {"bergamot": ("python3.10", "python3.9", "python3.8")}


def python_of(directory):
    return directory / "bin" / "python"


def pip_install(python, packages):
    """Installs wheels only: a peer that would have to be compiled here is one this machine does not have."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    return subprocess.run([*command, *packages], capture_output=True, text=True)


def enter():
    """Runs the calling script again inside build/peers/environment, made on first use."""
    if pathlib.Path(sys.prefix) == MAIN:
        return
    marker = MAIN / "complete"
    if not marker.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(MAIN)], check=True)
        done = pip_install(python_of(MAIN), TOOLS)
        if done.returncode != 0:
            raise SystemExit(f"cannot install {', '.join(TOOLS)}:\n{done.stderr}")
        marker.touch()
    os.execv(python_of(MAIN), [str(python_of(MAIN)), *sys.argv])


def older_python(names):
    """The first of the interpreters that runs, also among those of pyenv, or None."""
    candidates = [shutil.which(name) for name in names]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv")) / "versions"
    for name in names:
        candidates += sorted(str(path) for path in pyenv.glob(f"{name.removeprefix('python')}*/bin/{name}"))
    for path in candidates:
        if path and subprocess.run([path, "-c", "import venv"], capture_output=True).returncode == 0:
            return path
    return None


def install(peer):
    """The interpreter that has `peer` installed, and None; or None and the reason why there is none."""
    if peer in OLDER_PYTHONS:
        directory = WORKSPACE / f"environment-{peer}"
        interpreter = older_python(OLDER_PYTHONS[peer])
        if interpreter is None:
            return None, f"its packages need one of {', '.join(OLDER_PYTHONS[peer])}"
    else:
        directory, interpreter = MAIN, sys.executable
    marker = directory / f"complete-{peer}"
    if not marker.exists():
        if directory != MAIN:
            subprocess.run([interpreter, "-m", "venv", "--clear", str(directory)], check=True)
        done = pip_install(python_of(directory), PEERS[peer])
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return None, "pip: " + (lines[-1] if lines else f"exit code {done.returncode}")
        marker.touch()
    return python_of(directory), None


def version(python, peer):
    """The version of the peer's package in that environment."""
    package = PEERS[peer][-1].split("==")[0]
    code = f"import importlib.metadata as m; print(m.version('{package}'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()
