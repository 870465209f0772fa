"""What fine-tuning the sentence model on a shop's own words brings: Chorus, titles ↔ descriptions, a quarter held out.

    python -m benchmarks.fine_tuning [--products 2000] [--minutes 4] [--loss contrastive|triplet] [--blend .5] [--queries]

Beside the gate's own figures: whether the shop's judged queries, of which the training sees nothing, gain or lose when
their judged products are ordered by the cosine alone. Judged products are kept out of training. With --queries the
judgments play the clicks instead (grade 3: clicked): three quarters of the queries teach, the others are the gate.
"""

import argparse
import csv
import gzip
import json
import random
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from encoders.registry import text_encoder
from encoders.runtime import Runtime
from encoders.text.contrast import Course
from encoders.text.finetuning import ShopText, ShopWords, fine_tune_text
from plugin_config.catalogue import EncoderChoice
from ranking.evaluation.intervals import bootstrap_mean
from ranking.evaluation.ndcg import ndcg

DATA = Path(__file__).parents[2] / "shared" / "data" / "chorus-icecat"
MINILM = EncoderChoice(model="minilm")
RUNTIME = Runtime(threads=1, precision="fp32")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--loss", default="contrastive")
    parser.add_argument("--blend", type=float, default=0.5)
    parser.add_argument("--queries", action="store_true", help="learn from judged queries as if they were clicks")
    asked = parser.parse_args()
    judged = read_judgments()
    texts = read_texts()
    away = {id for docs in judged.values() for id in docs}
    known = [one for id, one in texts.items() if id not in away and len(one.description) >= 20]
    shop = ShopWords(random.Random(3).sample(known, min(asked.products, len(known))))
    if asked.queries:
        clicks = [(query, id) for query, docs in judged.items() for id, grade in docs.items() if grade == 3]
        shop = ShopWords([*shop.products, *(texts[id] for id in sorted(away) if id in texts)], clicks)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "tuned"
        course = Course(asked.minutes, loss=asked.loss, blend=asked.blend)
        tuned = fine_tune_text(shop, MINILM, folder, course, runtime=RUNTIME)
        print(f"{tuned.pairs} pairs, {tuned.steps} steps, {tuned.seconds:.0f} s in all; {tuned.questions} held-out")
        print(f"before {tuned.before}\nafter  {tuned.after}")
        print("gain of the mean reciprocal rank {:+.4f} [{:+.4f}, {:+.4f}]".format(*tuned.gain))
        if tuned.folder is None or asked.queries:
            print("the gate", "opened" if tuned.folder else "stayed shut")
            return 0
        mine = EncoderChoice(model=str(tuned.folder))
        rows = [order_judged(choice, judged, texts) for choice in (MINILM, mine)]
    print(
        f"judged queries, nDCG@10 of judged products: before {bootstrap_mean(rows[0])}, after {bootstrap_mean(rows[1])}"
    )
    print(f"gain {bootstrap_mean(rows[1] - rows[0])}")
    return 0


def read_texts() -> dict[str, ShopText]:
    texts = {}
    with gzip.open(DATA / "products.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            title, description = raw["title"], raw.get("short_description") or ""
            texts[raw["id"]] = ShopText(raw["id"], title, f"{title}. {description}".strip(" ."))
    return texts


def read_judgments() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (DATA / "judgments_dev.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["query"]][row["docid"]] = float(row["rating"])
    return found


def order_judged(choice: EncoderChoice, judged: dict[str, dict[str, float]], texts: dict[str, ShopText]) -> np.ndarray:
    """nDCG@10 of each query when its judged products are ordered by the cosine."""
    encoder = text_encoder(choice, runtime=RUNTIME)
    ids = sorted({id for docs in judged.values() for id in docs if id in texts})
    vectors = dict(zip(ids, encoder.encode_documents([texts[id].text for id in ids]), strict=True))
    values = []
    for query, docs in judged.items():
        mine = [id for id in docs if id in vectors]
        scores = np.stack([vectors[id] for id in mine]) @ encoder.encode_queries([query])[0]
        values.append(of_order([docs[mine[k]] for k in np.argsort(-scores)]))
    return np.array(values)


def of_order(grades: list[float]) -> float:
    return float(ndcg(np.array(grades), np.array(sorted(grades, reverse=True)), cutoff=10))


if __name__ == "__main__":
    raise SystemExit(main())
