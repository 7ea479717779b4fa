"""Results as Markdown."""

import statistics

import engines


def title(name):
    return engines.load(name).TITLE if name in engines.MODULES else name


def settings_text(settings):
    return ", ".join(f"{key} {value}" for key, value in settings.items()) or "–"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ours(records, record):
    """Transept's record of the same cell."""
    same = [
        r
        for r in records
        if r["engine"] == "transept" and all(r[k] == record[k] for k in ("compute", "threads", "beam"))
    ]
    return same[0] if same else None


def ratio(peer, own, key):
    return f"{statistics.median(peer[key]) / statistics.median(own[key]):.2f}" if own else "–"


def quality(record):
    columns = []
    columns.append(f"{record['equal']:.1%}" if "equal" in record else "–")
    columns.append(f"{record['bleu']:.2f}" if "bleu" in record else "–")
    return columns


def throughput(model):
    rows = []
    for record in model["batch"]:
        seconds, cpu = statistics.median(record["seconds"]), statistics.median(record["cpu"])
        own = ours(model["batch"], record)
        rows.append([
            f"{record['compute']}, {'greedy' if record['beam'] == 1 else 'beam ' + str(record['beam'])}",
            str(record["threads"]), title(record["engine"]), settings_text(record["settings"]),
            f"{model['words'] / seconds:,.0f}", f"{model['words'] / cpu:,.0f}",
            ratio(record, own, "seconds"), ratio(record, own, "cpu"), *quality(record),
        ])  # fmt: skip
    unit = model["unit"]
    return table(["work", "threads", "engine", "best settings", f"{unit}/s", f"{unit}/CPU s", "times Transept's time",
                  "times its CPU time", "lines as Transept float32", "BLEU"], rows)  # fmt: skip


def single(model):
    rows = []
    for record in model["single"]:
        own = ours(model["single"], record)
        rows.append([
            f"{record['compute']}, {'greedy' if record['beam'] == 1 else 'beam ' + str(record['beam'])}",
            str(record["threads"]), title(record["engine"]), settings_text(record["settings"]),
            *(f"{record[key] * 1000:.2f}" for key in ("seconds_p50", "seconds_p95", "cpu_p50", "cpu_p95")),
            *(f"{own[key] / record[key]:.2f}" if own else "–" for key in ("seconds_p50", "seconds_p95", "cpu_p50")),
        ])  # fmt: skip
    return table(["one sentence at a time", "threads", "engine", "best settings", "p50 ms", "p95 ms", "CPU p50 ms",
                  "CPU p95 ms", "Transept's p50 / its p50", "p95", "CPU p50"], rows)  # fmt: skip


def own_ratios(model):
    """Transept against itself: compute types, and threads."""
    records = [record for record in model["batch"] if record["engine"] == "transept"]
    cell = {(r["compute"], r["threads"], r["beam"]): r for r in records}
    rows = []
    for (compute, threads, beam), record in cell.items():
        base, one = cell.get(("float32", threads, beam)), cell.get((compute, 1, beam))
        rows.append([
            compute, str(threads), str(beam), ratio(base, record, "seconds") if base else "–",
            ratio(base, record, "cpu") if base else "–", ratio(one, record, "seconds") if one and threads > 1 else "–",
        ])  # fmt: skip
    return table(
        ["Transept", "threads", "beam", "times float32's speed", "by CPU time", "times its speed with 1 thread"], rows
    )


def resources(model):
    rows = []
    for compute, memory in model["memory"].items():
        cold = model["cold_start"].get(compute, {})
        for name, size in memory.items():
            wall, cpu = cold.get(name, (None, None))
            rows.append([
                compute, title(name), f"{size / 1e6:.0f}",
                f"{wall * 1000:.0f}" if wall else "–", f"{cpu * 1000:.0f}" if cpu else "–",
            ])  # fmt: skip
    return table(["compute", "engine", "peak memory MB", "cold start ms", "CPU ms"], rows)


def markdown(results):
    machine = results["machine"]
    parts = [
        "# Transept beside its peers\n",
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; {results['date']}; load average "
        f"{machine['load_before']:.1f} before, {machine['load_after']:.1f} after. "
        + ", ".join(f"{title(name)} {version}" for name, version in results["versions"].items())
        + ".\n",
        results["method"] + "\n",
    ]
    for model in results["models"]:
        parts.append(f"## {model['name']}\n")
        parts.append(model["description"] + "\n")
        if model["batch"]:
            parts += ["### Throughput\n", throughput(model), own_ratios(model)]
        if model["single"]:
            parts += ["### Latency\n", single(model)]
        if model["memory"]:
            parts += ["### Memory and start\n", resources(model)]
        if model["failures"]:
            parts.append("### Not measured\n")
            parts.append(
                "\n".join(
                    f"* {' '.join(filter(None, (title(item['engine']), item['compute'])))}: {item['reason']}"
                    for item in model["failures"]
                )
                + "\n"
            )
    return "\n".join(parts)
