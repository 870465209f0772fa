"""Teaching a model what to do for strangers: every group a second time, without what is known of its shopper."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ranking.features.feature import Feature
from ranking.lambdamart.training_set import QueryGroup, TrainingSet
from ranking.personalization.strength import personal_names


def with_anonymous_copies(data: TrainingSet, features: Iterable[Feature]) -> TrainingSet:
    """The groups and, after each that knows its shopper, the same with personal columns NaN.

    Without them a model of known shoppers alone would read absent columns as something it never met, and its order for
    strangers, and at strength 0, would be poor.
    """
    names = personal_names(features)
    places = [place for place, name in enumerate(data.features) if name in names]
    groups: list[QueryGroup] = []
    for group in data.groups:
        groups.append(group)
        if places and not np.isnan(group.values[:, places]).all():
            values = group.values.copy()
            values[:, places] = np.nan
            groups.append(replace(group, values=values))
    return TrainingSet(data.features, tuple(groups))
