"""Results as charts: the JSON that `transept bench --render` turns into a page."""

import statistics

from report import ours, settings_text, title


def search_name(beam):
    return "greedy" if beam == 1 else f"beam {beam}"


def cell_name(record):
    return (
        f"{record['compute']}, {search_name(record['beam'])}, {record['threads']} thread{'s' * (record['threads'] > 1)}"
    )


def bars(records, axis, value):
    """A group of bars for each kind of work, a series for each engine."""
    cells, names = list(dict.fromkeys(map(cell_name, records))), list(dict.fromkeys(r["engine"] for r in records))
    found = {(r["engine"], cell_name(r)): value(r) for r in records}
    series = [{"name": title(name), "values": [found.get((name, cell)) for cell in cells]} for name in names]
    return {
        "kind": "bars",
        "value": {"title": axis, "from_zero": True},
        "categories": cells,
        "horizontal": True,
        "series": series,
    }


def ratios(records, key, axis):
    """How many times Transept's time each peer takes."""
    peers = [r for r in records if r["engine"] != "transept" and ours(records, r)]
    chart = bars(peers, axis, lambda r: statistics.median(r[key]) / statistics.median(ours(records, r)[key]))
    return chart | {"guides": [{"value": 1, "label": "as Transept"}]}


def settings_table(records):
    columns = [{"title": text, "number": False} for text in ("work", "engine", "best settings")]
    rows = [[cell_name(r), title(r["engine"]), settings_text(r["settings"])] for r in records]
    return {"kind": "table", "title": "What each engine was run with", "columns": columns, "rows": rows}


def sections(model):
    result = []
    batch, single = model["batch"], model["single"]
    if batch:
        unit = model["unit"]
        result.append({"title": f"{model['name']}: throughput", "text": model["description"], "items": [
            bars(batch, f"{unit} a second of processor time", lambda r: model["words"] / statistics.median(r["cpu"])),
            ratios(batch, "cpu", "processor time, Transept = 1"),
            ratios(batch, "seconds", "time by the clock, Transept = 1"),
            settings_table(batch),
        ]})  # fmt: skip
    if single:
        samples = [
            {"name": f"{title(r['engine'])}, {cell_name(r)}", "values": [1000 * value for value in r["seconds"]]}
            for r in single
        ]
        result.append({"title": f"{model['name']}: one sentence at a time", "text": model["description"], "items": [
            bars(single, "median, ms of processor time", lambda r: 1000 * r["cpu_p50"]),
            bars(single, "95th percentile, ms by the clock", lambda r: 1000 * r["seconds_p95"]),
            {"kind": "boxes", "title": "Sentences", "value": {"title": "ms by the clock", "scale": "log10"}, "rows": samples},
        ]})  # fmt: skip
    if model["memory"]:
        names = list(dict.fromkeys(name for sizes in model["memory"].values() for name in sizes))
        memory = [{"name": compute, "values": [sizes[name] / 1e6 if name in sizes else None for name in names]}
                  for compute, sizes in model["memory"].items()]  # fmt: skip
        cold = [{"name": compute, "values": [1000 * times[name][0] if name in times else None for name in names]}
                for compute, times in model["cold_start"].items()]  # fmt: skip
        result.append({"title": f"{model['name']}: memory and start", "items": [
            {"kind": "bars", "horizontal": True, "categories": [title(name) for name in names], "series": series,
             "value": {"title": axis, "from_zero": True}}
            for axis, series in (("peak memory, MB", memory), ("start to first translation, ms", cold))
        ]})  # fmt: skip
    if model["failures"]:
        lines = [f"{title(item['engine'])} {item['compute'] or ''}: {item['reason']}" for item in model["failures"]]
        result.append({"title": f"{model['name']}: not measured", "text": lines, "items": []})
    return result


def members(results):
    """Title, facts and sections, to be kept beside the numbers in one JSON object."""
    machine = results["machine"]
    facts = {"processor": machine["cpu"], "cores": machine["cores"]}
    facts |= {title(name): version for name, version in results["versions"].items()}
    method = {"title": "How this was measured", "text": results["method"].replace("\n", " "), "items": []}
    return {
        "title": "Transept beside its peers", "subtitle": f"{results['date']}, {machine['system']}", "facts": facts,
        "sections": [section for model in results["models"] for section in sections(model)] + [method],
    }  # fmt: skip
