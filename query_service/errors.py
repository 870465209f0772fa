"""The errors of the read path itself.

VitrineError
├── UnknownPolicy        a policy is named that neither the catalogue nor Vitrine has
├── UnsearchablePicture  only pictures were given and none of them can be searched with
├── PictureNotHad        a product has no picture of this number
└── RecommendationIncomplete  a kind of recommendation lacks the product or shopper it is made from
"""

from plugin_config.errors import VitrineError


class UnknownPolicy(VitrineError):
    """There is no policy of this name."""

    code = "unknown_policy"
    status = 422


class UnsearchablePicture(VitrineError):
    """A search by picture alone cannot be answered, for the picture part cannot run."""

    code = "picture_search_unavailable"
    status = 503


class PictureNotHad(VitrineError):
    """A product has no picture of this number."""

    code = "no_such_picture"
    status = 404


class ProductNotFound(VitrineError):
    """There is no product of this id."""

    code = "no_such_product"
    status = 404


class TraceNotKept(VitrineError):
    """A search's trace is not, or no longer, in memory."""

    code = "no_such_search"
    status = 404


class RecommendationIncomplete(VitrineError):
    """A kind of recommendation was asked for without the product or shopper that it is made from."""

    code = "recommendation_incomplete"
    status = 422
