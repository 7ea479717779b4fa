#!/usr/bin/env python3
"""Writes unicode_classes.inc: what the tokenizers need of Unicode's general categories.

    python3 -m venv venv && venv/bin/pip install unicodedata2==18.0.0
    venv/bin/python make_unicode_classes.py

A row says where a run of code points of one class begins; it ends where the next row begins.
"""
import pathlib
import sys

import unicodedata2

CLASSES = {"N": "kNumber", "P": "kPunctuation", "S": "kSymbol"}
COLUMNS = 100


def runs():
    previous = None
    for code in range(sys.maxunicode + 1):
        name = CLASSES.get(unicodedata2.category(chr(code))[0], "kOther")
        if name != previous:
            yield f"{{0x{code:04X}, {name}}},"
            previous = name


def main():
    lines = [
        "// Written by make_unicode_classes.py; do not edit.",
        f'constexpr std::string_view kUnicodeVersion = "{unicodedata2.unidata_version}";',
        "constexpr Run kRuns[] = {",
    ]
    line = "   "
    for run in runs():
        if len(line) + 1 + len(run) > COLUMNS:
            lines.append(line)
            line = "   "
        line += " " + run
    lines += [line, "};"]
    target = pathlib.Path(__file__).with_name("unicode_classes.inc")
    target.write_text("\n".join(lines) + "\n", encoding="ascii")


main()
