"""Features of the query itself: the same value for every candidate."""


def query_features(text: str | None, *, pictures: int = 0) -> dict[str, float]:
    """The features with source `query`, by name. No words at all make the word features NaN."""
    words = (text or "").split()
    absent = float("nan")
    return {
        "query_words": float(len(words)) if words else absent,
        "query_characters": float(sum(map(len, words))) if words else absent,
        "query_has_digits": float(any(c.isdigit() for word in words for c in word)) if words else absent,
        "query_has_picture": float(pictures > 0),
    }
