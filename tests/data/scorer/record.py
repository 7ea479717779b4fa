#!/usr/bin/env python3
"""Writes the texts of this folder and what sacreBLEU makes of them (cases.json).

    python3 -m venv venv && venv/bin/pip install "sacrebleu[ja,ko]==2.6.0" "numpy>=2" sentencepiece
    venv/bin/python record.py SPM_MODEL

SPM_MODEL: here ../fixtures/marian/target.spm; it stands in for the models of the flores tokenizers, which
are too large to ship. Everything is derived from references.txt (see README.md); run again, the script
gives the same files.
"""
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LANGUAGES = {}


def read_references():
    language = None
    for line in (HERE / "references.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("## "):
            language = line[3:]
            LANGUAGES[language] = []
        elif language and line:
            LANGUAGES[language].append(line)


def perturbed(line, rng, strength):
    """The line as a system might have translated it: words lost, moved, doubled, characters changed."""
    words = line.split(" ")
    spaced = len(words) > 2
    units = words if spaced else list(line)
    for _ in range(strength):
        if not units:
            break
        kind = rng.randrange(6)
        i = rng.randrange(len(units))
        if kind == 0:
            del units[i]
        elif kind == 1:
            units.insert(rng.randrange(len(units) + 1), units.pop(i))
        elif kind == 2:
            length = min(3, len(units) - i)
            block = units[i:i + length]
            del units[i:i + length]
            at = rng.randrange(len(units) + 1)
            units[at:at] = block
        elif kind == 3:
            units.insert(i, units[rng.randrange(len(units))])
        elif kind == 4:
            units[i] = units[i].upper() if rng.randrange(2) else units[i].lower()
        else:
            unit = units[i]
            at = rng.randrange(len(unit) + 1)
            units[i] = unit[:at] + rng.choice([".", ",", "-", "!", "x", "1", "’"]) + unit[at:]
    return (" " if spaced else "").join(units)


def write(name, lines):
    (HERE / name).write_bytes("".join(line + "\n" for line in lines).encode("utf-8"))


def write_texts():
    for language, lines in LANGUAGES.items():
        rng = random.Random(language)
        write(f"{language}.ref", lines)
        write(f"{language}.ref2", [perturbed(line, rng, 1) for line in lines])
        write(f"{language}.ref3", [perturbed(line, rng, 2) for line in lines])
        for system, strength in (("a", 2), ("b", 3), ("c", 6)):
            write(f"{language}.{system}", [perturbed(line, rng, strength) for line in lines])
    long_lines = [" ".join(LANGUAGES["de"][i:i + 12]) for i in range(0, 36, 12)]
    rng = random.Random("long")
    write("long.ref", long_lines)
    write("long.a", [perturbed(line, rng, 40) for line in long_lines])
    write("long.b", [" ".join(sorted(line.split())) for line in long_lines])

    references = [(HERE / f"de.{r}").read_text(encoding="utf-8").split("\n")[:-1]
                  for r in ("ref", "ref2", "ref3")]
    write("de.refs.tsv", ["\t".join(row) for row in zip(*references)])
    systems = [(HERE / f"de.{s}").read_text(encoding="utf-8").split("\n")[:-1] for s in "abc"]
    write("de.systems.tsv", ["\t".join(row) for row in zip(*systems)])

    with open(HERE / "de.ref.gz", "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as out:
        out.write((HERE / "de.ref").read_bytes())

    write("odd.ref", ["\ufeffA line with a byte-order mark", "a carriage\rreturn inside",
                      "a line\u2028separator inside", "trailing blanks \u00a0\u3000\r", "", "word",
                      "nbsp\u00a0between words", "&quot;Tom &amp; Jerry&quot; &lt;b&gt;", "<skipped> text -",
                      "1,000.5-3 5-x .5 5. x.y a...b", "İSTANBUL ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ ǅ ẞ", "\x1c\x1d\x85 odd spaces",
                      "the cat's. the dog's, 'tis Tom's!"])
    write("odd.a", ["A line with a byte-order mark", "a carriage return inside", "a line separator inside",
                    "trailing blanks", "not empty", "", "nbsp between words", "\"Tom & Jerry\" <b>",
                    "text -", "1,000.5 - 3 5 - x . 5 5 . x . y a . . . b", "istanbul οδυσσευς σας. σ ǆ ß",
                    "odd spaces", "the cat's. the dog's, 'tis Tom's!"])
    write("same.a", LANGUAGES["de"])
    write("disjoint.a", ["zzz qqq" for _ in LANGUAGES["de"]])
    write("empty.a", ["" for _ in LANGUAGES["de"]])
    write("one.ref", ["Ein einzelner Satz ."])
    write("one.a", ["Ein Satz ."])


def cases():
    """(arguments, file for standard input or None, environment)"""
    for language in LANGUAGES:
        yield f"{language}.ref -i {language}.a -m bleu chrf ter -w 12", None, {}
        yield f"{language}.ref {language}.ref2 -i {language}.b -m bleu -tok intl -w 12", None, {}
        yield f"{language}.ref -i {language}.b -sl -m ter --ter-normalized --ter-asian-support -w 12", None, {}
        yield f"{language}.ref {language}.ref2 {language}.ref3 -i {language}.c -sl -m chrf -cw 2 -w 12", None, {}
        yield f"{language}.ref -i {language}.c -sl -tok char -lc -w 12", None, {}
        yield f"{language}.ref -i {language}.c -sl -tok zh -w 12", None, {}
    for language in ("de", "zh", "odd"):
        for smooth in ("-s exp", "-s none", "-s floor", "-s floor -sv 0.5", "-s add-k", "-s add-k -sv 0.5"):
            yield f"{language}.ref -i {language}.a -sl {smooth} -w 12", None, {}
            yield f"{language}.ref -i {language}.a {smooth} -w 12", None, {}
        for chrf in ("-cc 4", "-cw 1", "-cw 2 --chrf-beta 1", "--chrf-whitespace", "--chrf-lowercase",
                     "--chrf-eps-smoothing", "-cc 1 --chrf-eps-smoothing -cw 2 --chrf-beta 3"):
            yield f"{language}.ref -i {language}.a -m chrf {chrf} -w 12", None, {}
            yield f"{language}.ref -i {language}.a -m chrf {chrf} -sl -w 12", None, {}
        for ter in ("--ter-case-sensitive", "--ter-normalized", "--ter-no-punct",
                    "--ter-normalized --ter-no-punct", "--ter-asian-support --ter-no-punct",
                    "--ter-normalized --ter-no-punct --ter-asian-support --ter-case-sensitive"):
            yield f"{language}.ref -i {language}.a -m ter {ter} -sl -w 12", None, {}
        for tokenizer in ("13a", "intl", "zh", "char", "none"):
            yield f"{language}.ref -i {language}.a -sl -tok {tokenizer} -w 12", None, {}
    for system in ("long.a", "long.b"):
        yield f"long.ref -i {system} -m bleu chrf ter -w 9", None, {}
        yield f"long.ref -i {system} -m ter -sl -w 12", None, {}
        yield f"long.ref -i {system} -m ter -sl --ter-normalized --ter-no-punct -w 12", None, {}
    for system in ("same.a", "disjoint.a", "empty.a"):
        yield f"de.ref -i {system} -m ter chrf bleu", None, {}
        yield f"de.ref -i {system} -m bleu -sl", None, {}
    yield "one.ref -i one.a -ci", None, {}
    yield "de.ref -i de.a", None, {}
    yield "de.ref -i de.a -f text", None, {}
    yield "de.ref -i de.a -f latex -sh", None, {}
    yield "de.ref -i de.a -b", None, {}
    yield "de.ref -i de.a -b -m bleu ter chrf -f text -w 3", None, {}
    yield "de.ref -i de.a -b -m bleu ter -f json", None, {}
    yield "de.ref -i de.a -f text -m ter bleu chrf", None, {}
    yield "de.ref -i de.a -f text -m ter bleu chrf -sh", None, {}
    yield "de.ref -i de.a -w 0", None, {}
    yield "de.ref -i de.a -w 17 -m bleu chrf ter", None, {}
    yield "de.ref -i de.a -d", None, {}
    yield "de.ref -i de.a -l en-de", None, {}
    yield "zh.ref -i zh.a -l en-zh -f text", None, {}
    yield "de.ref -i de.a -sl -sh", None, {}
    yield "de.ref -i de.a -sl -b -w 4", None, {}
    yield "de.ref.gz -i de.a", None, {}
    yield "de.refs.tsv -nr 3 -i de.a -m bleu chrf ter", None, {}
    yield "de.ref de.ref2 de.ref3 -i de.a -m bleu chrf ter -f text", None, {}
    yield "de.ref", "de.a", {}
    yield "de.ref -f text -m bleu ter", "de.systems.tsv", {}
    yield "de.ref -pbs -f text", "de.systems.tsv", {}
    yield "de.ref -i de.a de.b de.c", None, {}
    yield "de.ref -i de.a de.b de.c -m ter bleu chrf -f text", None, {}
    yield "de.ref -i de.a de.b de.c -m ter bleu chrf -f latex -w 2", None, {}
    for language in ("de", "zh", "ar"):
        pair = f"{language}.ref -i {language}.a {language}.b {language}.c"
        yield f"{language}.ref -i {language}.a -m bleu chrf ter -ci -w 10", None, {}
        yield f"{language}.ref -i {language}.c -m chrf -cw 2 -ci -cin 321 -f text -w 6", None, {}
        yield f"{pair} -pbs -m bleu chrf ter -f text -w 6", None, {}
        yield f"{pair} -pbs -m ter bleu -pbsn 211 -f latex -w 3", None, {}
        yield f"{pair} -pbs -f json", None, {}
        yield f"{pair} -par -m bleu chrf ter -f text -parn 1000", None, {}
        yield f"{pair} -par -m chrf bleu ter -f json -parn 777", None, {}
    yield "de.ref -i de.a -ci -s add-k -sv 0.3 -w 10", None, {}
    yield "de.ref -i de.a de.b -par -s add-k -sv 0.7 -parn 500", None, {}
    yield "de.ref -i de.a de.b -pbs -s floor -w 8", None, {}
    yield "de.ref -i de.a de.b -pbs -m chrf --chrf-eps-smoothing -f text -w 8", None, {}
    yield "de.ref de.ref2 de.ref3 -i de.a de.b -pbs -m bleu ter -f text -w 8", None, {}
    yield "de.ref de.ref2 de.ref3 -i de.a -ci -m bleu ter chrf -w 8", None, {}
    yield "de.ref -i de.a de.a de.b -pbs -f text", None, {}
    yield "de.ref -i de.a -ci -w 8", None, {"SACREBLEU_SEED": "98765432109876"}
    yield "de.ref -i de.a de.b -par -parn 500", None, {"SACREBLEU_SEED": "7"}
    yield "ja.ref -i ja.a -tok ja-mecab", None, {}
    yield "ja.ref -i ja.a -tok ja-mecab -sl -w 12", None, {}
    yield "ja.ref -i ja.c -l en-ja -w 12", None, {}
    yield "ko.ref -i ko.a -l en-ko", None, {}
    yield "ko.ref ko.ref2 -i ko.b -tok ko-mecab -sl -w 12", None, {}
    yield "de.ref -i de.a de.b -m ter bleu -d", None, {}
    for tokenizer in ("flores101", "flores200", "spm", "spBLEU-1K"):
        yield f"de.ref -i de.b -tok {tokenizer} -w 12", None, {}
        yield f"odd.ref -i odd.a -tok {tokenizer} -sl -w 12", None, {}


def main():
    read_references()
    write_texts()
    recorded = []
    with tempfile.TemporaryDirectory() as folder:
        models = pathlib.Path(folder) / "models"
        models.mkdir()
        for name in ("sacrebleu_tokenizer_spm.model", "flores200sacrebleuspm", "spbleu-1k_tokenizer_spm.model"):
            shutil.copy(sys.argv[1], models / name)
        for arguments, stdin, environment in cases():
            run = subprocess.run(
                [sys.executable, "-m", "sacrebleu", *arguments.split(), "-q"], cwd=HERE,
                stdin=open(HERE / stdin, "rb") if stdin else subprocess.DEVNULL, capture_output=True,
                env={"PATH": os.environ["PATH"], "NO_COLOR": "1", "SACREBLEU": folder, **environment})
            if run.returncode != 0:
                sys.exit(f"{arguments}: {run.stderr.decode()}")
            output = run.stdout.decode("utf-8")
            for before, after in (("version:2.6.0", "version:@"), ("v:2.6.0", "v:@"),
                                  ('"version": "2.6.0"', '"version": "@"')):
                output = output.replace(before, after)
            recorded.append({"arguments": arguments.split(), "stdin": stdin or "",
                             "environment": environment, "output": output})
    with open(HERE / "cases.json", "w", encoding="utf-8") as out:
        json.dump(recorded, out, ensure_ascii=False, indent=0)
        out.write("\n")
    print(len(recorded), "cases")


if __name__ == "__main__":
    main()
