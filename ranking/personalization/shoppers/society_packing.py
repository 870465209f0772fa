"""What all shoppers share, as bytes: NumPy's own archive, read without pickle."""

import io
import zipfile
import zlib

import numpy as np

from ranking.personalization.products.factors import FACTORS
from ranking.personalization.shoppers.affinity import ValueShares
from ranking.personalization.shoppers.building import Society
from ranking.personalization.shoppers.choosing import FAMILY_COUNT
from ranking.personalization.shoppers.segments import Segments

EDITION = 2


def pack_society(society: Society, *, learned_at: float) -> bytes:
    """The society, and when it was learned, in seconds since 1970."""
    buffer, values = io.BytesIO(), society.values
    np.savez(
        buffer,
        head=np.array([EDITION, society.generation, learned_at], dtype=np.float64),
        keys=values.keys,
        families=values.families,
        shares=values.shares,
        lifts=values.segment_lifts,
        centres=society.segments.centres,
        spread=society.spread,
    )
    return buffer.getvalue()


def unpack_society(packed: bytes | None) -> tuple[Society, float] | None:
    """The society and when it was learned; None for nothing, for damaged bytes and for another edition."""
    if packed is None:
        return None
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            edition, generation, learned_at = archive["head"].tolist()
            keys, families, shares = archive["keys"], archive["families"], archive["shares"]
            lifts, centres, spread = archive["lifts"], archive["centres"], archive["spread"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    if edition != EDITION or centres.ndim != 2 or centres.shape[1] != FACTORS or spread.shape != (FAMILY_COUNT,):
        return None
    if not keys.shape == families.shape == shares.shape == lifts.shape[1:]:
        return None
    values = ValueShares(keys, families, shares, lifts)
    return Society(int(generation), values, Segments(centres), spread), float(learned_at)
