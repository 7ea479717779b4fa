"""Greedy and beam search over the graphs of formats/to_onnx.py, for runtimes that bring none of their own.

A runtime hands in two functions; what they pass around as caches is opaque here:
    encode(ids [B, S], mask [B, S]) -> memory
    step(memory, mask, ids [B, 1], position, state, rows, candidates) -> (scores, best, state)
        `state` None: no past; `rows` None: greedy, `scores` is None and `best` [B, 1]
    keep(memory, rows) -> memory of these rows;  keep_state(state, rows) the same for caches (greedy)
Rows of finished sentences leave the batch.
"""

import concurrent.futures

import numpy


def batches(lines, size):
    """Indices of at most `size` lines, lines of similar length together, the longest first."""
    order = sorted(range(len(lines)), key=lambda i: -len(lines[i]))
    return [order[begin : begin + size] for begin in range(0, len(order), size)]


def translate(runtime, tokenizer, lines, beam, size, workers, forced):
    """Text to text; `workers` threads take batches by turns."""
    sources = tokenizer.encode(lines)
    results = [None] * len(lines)

    def run(indices):
        longest = max(len(sources[i]) for i in indices)
        ids = numpy.full((len(indices), longest), tokenizer.pad, numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, i in enumerate(indices):
            ids[row, : len(sources[i])] = sources[i]
            mask[row, : len(sources[i])] = 1
        limit = forced or 512
        search = greedy if beam == 1 else beam_search
        for i, result in zip(indices, search(runtime, tokenizer, ids, mask, beam, limit)):
            results[i] = result

    groups = batches(sources, size)
    if workers == 1 or len(groups) == 1:
        for indices in groups:
            run(indices)
    else:
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, groups))
    return tokenizer.decode(results)


def greedy(runtime, tokenizer, ids, mask, beam, limit):
    memory, state = runtime.encode(ids, mask), None
    results = [[] for _ in range(len(ids))]
    alive = numpy.arange(len(ids))
    last = numpy.full((len(ids), 1), tokenizer.pad, numpy.int64)
    for position in range(limit):
        _, last, state = runtime.step(memory, mask, last, position, state, None, 1)
        tokens = last[:, 0].tolist()
        for row, token in zip(alive.tolist(), tokens):
            if token != tokenizer.eos:
                results[row].append(token)
        going = numpy.flatnonzero(last[:, 0] != tokenizer.eos)
        if len(going) == 0:
            break
        if len(going) < len(alive):
            alive, last, mask = alive[going], last[going], mask[going]
            memory, state = runtime.keep(memory, going), runtime.keep_state(state, going)
    return results


def beam_search(runtime, tokenizer, ids, mask, beam, limit):
    """Beam search with length penalty 1, a sentence done when no running hypothesis can become better than its worst."""
    sentences = len(ids)
    mask = numpy.repeat(mask, beam, axis=0)
    memory, state = runtime.keep(runtime.encode(ids, mask[::beam]), numpy.repeat(numpy.arange(sentences), beam)), None
    totals = numpy.full((sentences, beam), -1e9, numpy.float32)
    totals[:, 0] = 0
    running = numpy.zeros((sentences, beam, 0), numpy.int64)
    finished = [[] for _ in range(sentences)]  # (score, tokens), best first
    alive = numpy.arange(sentences)
    last = numpy.full((sentences * beam, 1), tokenizer.pad, numpy.int64)
    rows = numpy.arange(sentences * beam)
    for position in range(limit):
        scores, best, state = runtime.step(memory, mask, last, position, state, rows, 2 * beam)
        count = len(alive)
        scores = (totals[..., None] + scores.reshape(count, beam, -1)).reshape(count, -1)
        order = numpy.argsort(-scores, axis=1, kind="stable")[:, : 2 * beam]
        scores = numpy.take_along_axis(scores, order, 1)
        tokens = numpy.take_along_axis(best.reshape(count, -1), order, 1)
        parents = order // (2 * beam)
        ends = tokens == tokenizer.eos
        for i, rank in zip(*numpy.nonzero(ends[:, :beam])):
            hypotheses = finished[alive[i]]
            hypotheses.append((float(scores[i, rank]) / (position + 1), running[i, parents[i, rank]].tolist()))
            hypotheses.sort(key=lambda item: -item[0])
            del hypotheses[beam:]
        # The `beam` best that go on, in order.
        order = numpy.argsort(ends, axis=1, kind="stable")[:, :beam]
        totals = numpy.take_along_axis(scores, order, 1)
        parents, tokens = numpy.take_along_axis(parents, order, 1), numpy.take_along_axis(tokens, order, 1)
        running = numpy.concatenate([numpy.take_along_axis(running, parents[..., None], 1), tokens[..., None]], 2)
        rows = (numpy.arange(count)[:, None] * beam + parents).reshape(-1)
        possible = totals[:, 0] / (position + 1)
        going = [i for i in range(count) if len(finished[alive[i]]) < beam or finished[alive[i]][-1][0] < possible[i]]
        if not going:
            break
        if len(going) < count:
            kept = (numpy.array(going)[:, None] * beam + numpy.arange(beam)).reshape(-1)
            alive, totals, running, tokens = alive[going], totals[going], running[going], tokens[going]
            rows, mask, memory = rows[kept], mask[kept], runtime.keep(memory, kept)
        last = tokens.reshape(-1, 1)
    for i, sentence in enumerate(alive):
        if not finished[sentence]:
            finished[sentence].append((0.0, running[i, 0].tolist()))
    return [hypotheses[0][1] for hypotheses in finished]
