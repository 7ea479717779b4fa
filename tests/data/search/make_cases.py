#!/usr/bin/env python3
"""Writes cases.json: what transformers' generate does with toy models whose logits are a hash of the tokens.

The C++ tests compute the same logits, so the search is compared with the reference implementation
without any network. Made with torch 2.13.0 and transformers 4.57.6 (CPU):

    python3 tests/data/search/make_cases.py > tests/data/search/cases.json
"""

import json
import random
import sys

import torch
import transformers
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

MASK = (1 << 64) - 1


def mix(x):
    """splitmix64's finaliser."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def logits(seed, vocab, spread, tokens):
    """24 bits of a hash of the sequence and the column, as a float in [-spread, spread)."""
    state = mix(seed)
    for token in tokens:
        state = mix(state ^ token)
    return [((mix(state ^ (column << 32)) >> 40) - (1 << 23)) * (spread / (1 << 23)) for column in range(vocab)]


class ToyConfig(PretrainedConfig):
    model_type = "toy"

    def __init__(self, vocab_size=8, **kwargs):
        self.vocab_size = vocab_size
        super().__init__(is_encoder_decoder=True, **kwargs)


class Encoder(torch.nn.Module):
    main_input_name = "input_ids"

    def forward(self, input_ids=None, **_):
        return BaseModelOutput(last_hidden_state=torch.zeros(*input_ids.shape, 1))


class Toy(PreTrainedModel, GenerationMixin):
    config_class = ToyConfig
    main_input_name = "input_ids"

    def __init__(self, config, seed, spread):
        super().__init__(config)
        self.encoder = Encoder()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seed, self.spread = seed, spread

    def get_encoder(self, *_, **__):
        return self.encoder

    def prepare_inputs_for_generation(self, decoder_input_ids, encoder_outputs=None, attention_mask=None, **_):
        return {"decoder_input_ids": decoder_input_ids, "encoder_outputs": encoder_outputs}

    def forward(self, decoder_input_ids=None, encoder_outputs=None, attention_mask=None, **_):
        rows = [logits(self.seed, self.config.vocab_size, self.spread, row) for row in decoder_input_ids.tolist()]
        return Seq2SeqLMOutput(logits=torch.tensor(rows, dtype=torch.float32)[:, None, :])


def run(case):
    """The hypotheses of one case: options in the words of the engine, lengths counting new tokens."""
    o = case["options"]
    config = GenerationConfig(
        num_beams=o["beam"],
        num_return_sequences=o["n_best"],
        length_penalty=o["length_penalty"],
        early_stopping={"off": False, "on": True, "never": "never"}[o["early_stopping"]],
        max_length=o["max_length"] + 1,
        min_length=o["min_length"] + 1 if o["min_length"] else 0,
        repetition_penalty=o["repetition_penalty"],
        no_repeat_ngram_size=o["no_repeat_ngram"],
        renormalize_logits=o["renormalize"],
        forced_bos_token_id=o["forced_bos"] if o["forced_bos"] >= 0 else None,
        forced_eos_token_id=o["forced_eos"] or None,
        eos_token_id=o["end"] or None,
        bad_words_ids=o["bad_words"] or None,
        decoder_start_token_id=o["start"],
        bos_token_id=o["start"],
        pad_token_id=o["start"],
        use_cache=False,
    )
    model = Toy(ToyConfig(vocab_size=case["vocab"]), case["seed"], case["spread"])
    out = model.generate(torch.tensor([[1, 2]]), attention_mask=torch.ones(1, 2, dtype=torch.long),
                         generation_config=config, return_dict_in_generate=True, output_scores=True)
    if o["beam"] > 1:
        result = []
        for ids, beams, score in zip(out.sequences.tolist(), out.beam_indices.tolist(), out.sequences_scores.tolist()):
            n = sum(b >= 0 for b in beams)
            result.append({"ids": ids[1 : 1 + n], "score": score})
        return result
    ids = out.sequences[0].tolist()[1:]
    scores = [float(s[0].log_softmax(-1)[t]) for t, s in zip(ids, out.scores)]
    return [{"ids": ids, "token_scores": scores, "score": sum(scores) / len(ids) ** o["length_penalty"]}]


def draw(rng, number):
    vocab = rng.choice([3, 4, 5, 6, 8, 12, 20, 50])
    ends = rng.choice([[], [1], [1], [1], [1], [1, 2]])
    if len(ends) == 2 and vocab == 3:
        ends = [1]
    token = lambda: rng.randrange(vocab)
    beam = rng.choice([1, 1, 2, 3, 4, 4, 5, 8])
    max_length = rng.choice([1, 2, 3, 5, 8, 12, 20])
    maybe = lambda value, none, chance=0.25: value() if rng.random() < chance else none
    return {
        "id": number,
        "seed": rng.randrange(1 << 32),
        "vocab": vocab,
        "spread": rng.choice([1.0, 3.0, 8.0]),
        "options": {
            "beam": beam,
            "n_best": rng.randint(1, beam),
            "length_penalty": rng.choice([1.0, 1.0, 0.0, 0.5, 2.0, -1.0]),
            "early_stopping": rng.choice(["off", "off", "on", "never"]),
            "max_length": max_length,
            "min_length": maybe(lambda: rng.randint(1, max_length), 0),
            "repetition_penalty": maybe(lambda: rng.choice([1.25, 1.5, 0.75]), 1.0),
            "no_repeat_ngram": maybe(lambda: rng.choice([1, 2, 3]), 0),
            "renormalize": rng.random() < 0.4,
            "start": rng.choice([0, vocab - 1]),
            "forced_bos": maybe(token, -1),
            # Several forced tokens are equal candidates, whose order transformers leaves open in beam search.
            "forced_eos": maybe(lambda: rng.choice([[1], [token()], [2, 1] if beam == 1 else [2]]), []),
            "end": ends,
            "bad_words": maybe(lambda: [[token() for _ in range(rng.choice([1, 1, 2, 2, 3]))]
                                        for _ in range(rng.randint(1, 4))], []),
        },
    }


def real_hypotheses(case):
    """Without the beams that start at -1e9, which only come up where alternatives run out and whose tokens
    hang on the order of equal scores, and without slots that were never filled."""
    penalty = case["options"]["length_penalty"]
    return [h for h in case["hypotheses"]
            if h["ids"] and h["score"] != -1e9 and h["score"] * len(h["ids"]) ** penalty > -5e8]


def main():
    transformers.logging.set_verbosity_error()
    rng = random.Random(20240501)
    cases = []
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 700):
        case = draw(rng, number)
        case["hypotheses"] = run(case)
        case["hypotheses"] = real_hypotheses(case)
        if case["hypotheses"]:  # none: everything was banned before anything was finished
            cases.append(case)
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")


if __name__ == "__main__":
    main()
