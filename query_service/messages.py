"""What goes in and out of the query service: the same shapes for HTTP, `vitrine search --json` and evaluation."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from plugin_config.policy import RankingPolicy, SubQueryKind
from plugin_config.whole_text import whole
from query_service.media_messages import AudioInput, HeardSpeech, MatchedFrame, VideoFrame, VideoInput


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(Message):
    """Bounds of a number or date filter; both ends belong to it."""

    gte: float | str | None = Field(None, description="Least value.")
    lte: float | str | None = Field(None, description="Greatest value.")


ProductId = Annotated[str, Field(min_length=1, max_length=512)]
FilterValue = str | float | bool | list[str | float | bool] | Range


class Crop(Message):
    """A rectangle in shares of the picture, origin top left."""

    left: float = Field(0, ge=0, le=1)
    top: float = Field(0, ge=0, le=1)
    right: float = Field(1, ge=0, le=1)
    bottom: float = Field(1, ge=0, le=1)


class PictureInput(Message):
    """A picture to search by: a data URI, or an http(s) address that the service fetches."""

    uri: str = Field(description="data:image/…;base64,… or https://….", max_length=30_000_000)
    weight: float = Field(
        1.0, ge=-1, le=1, description="Share among several pictures; below 0: results shall not look like this one."
    )
    but: str | None = Field(
        None, max_length=200, description="Words that change what it says: “in blue”, “with long sleeves”."
    )
    crop: Crop | None = Field(None, description="Only this part of the picture is searched for.")


class UbiQuery(Message):
    """The query as User Behavior Insights 1.3.0 writes it into `ext.ubi`."""

    query_id: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]+$",
        description="The client's own id of this search.",
    )
    user_query: str | None = Field(None, max_length=2_000, description="What the shopper typed.")
    client_id: str | None = Field(None, max_length=200, description="The shopper's anonymous id.")
    object_id_field: str | None = Field(None, max_length=200, description="The field that holds a product's id.")
    application: str | None = Field(None, max_length=200, description="The page or app that asks.")
    query_attributes: dict[str, str | float | bool | None] = Field(
        {}, max_length=50, description="Whatever else is known of the query; kept in its trace."
    )


class Extensions(Message):
    """Additions to a search by other specifications."""

    ubi: UbiQuery | None = Field(None, description="User Behavior Insights.")


class SearchRequest(Message):
    """A search: words, pictures or both, or neither (browsing)."""

    text: Annotated[str | None, BeforeValidator(whole)] = Field(
        None, description="The shopper's words; longer than 2,000 characters is cut with a note."
    )
    images: list[PictureInput] = Field([], max_length=8, description="Pictures to search by.")
    audio: AudioInput | None = Field(None, description="A recording of what is searched for, in words.")
    video: VideoInput | None = Field(None, description="A video of what is searched for.")
    without: list[Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(whole)]] = Field(
        [], max_length=10, description="Words that no result shall have; `-word` in `text` does the same."
    )
    weights: dict[SubQueryKind, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="Weights of the parts for this search, over the policy's."
    )
    filters: Annotated[dict[str, FilterValue], BeforeValidator(whole)] = Field(
        {}, description="Field → value, list of values (any of them) or range."
    )
    facets: list[str] | None = Field(None, description="Facets to count; default: the catalogue's. [] for none.")
    sort: str | None = Field(None, description="A field, `-` before it for descending; default: by relevance.")
    size: int = Field(24, ge=1, le=200, description="Hits on a page.")
    from_: int = Field(0, ge=0, le=10_000, alias="from", description="Hits before this page.")
    user: str | None = Field(None, max_length=200, description="The shopper's anonymous id.")
    policy: str | RankingPolicy | None = Field(None, description="Name of a policy, or a policy in full.")
    more_like: list[ProductId] = Field(
        [],
        max_length=20,
        description="Products of which the shopper wants more like them: they move the search at once.",
    )
    not_like: list[ProductId] = Field(
        [],
        max_length=20,
        description="Products the shopper does not want: left out, and the search moves away from them.",
    )
    group: bool = Field(True, description="One hit per group of variants, where the catalogue has groups.")
    minimum_score: float | None = Field(None, ge=0, le=1, description="Relevance floor, over the policy's.")
    explain: bool = Field(False, description="Add to each hit why it stands where it stands.")
    debug: bool = Field(False, description="Add the OpenSearch bodies that were sent.")
    ext: Extensions | None = Field(None, description="`ext.ubi`: ids of the query and the shopper, as UBI says them.")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def ubi(self) -> UbiQuery | None:
        return None if self.ext is None else self.ext.ubi

    @property
    def shopper(self) -> str | None:
        """The shopper's anonymous id, whichever way it was given."""
        return self.user or (self.ubi.client_id if self.ubi else None) or None


class FacetValue(Message):
    value: str | float | bool
    count: int = Field(description="Products with this value under all other filters.")
    selected: bool = False


class Facet(Message):
    """Counts of one field. A number field has `minimum` and `maximum` and its values are lower bounds of steps."""

    kind: Literal["terms", "range", "flag"]
    values: list[FacetValue]
    minimum: float | None = None
    maximum: float | None = None


class Contribution(Message):
    """How much one feature moved the model's score of this hit (SHAP value, in score units)."""

    feature: str
    value: float | None = Field(description="The feature's value; null when absent.")
    contribution: float
    words: str = Field(description="The same for a person to read.")


class Explanation(Message):
    """Why a hit stands where it stands."""

    sub_queries: dict[str, float] = Field(description="Raw score of each part that matched.")
    shares: dict[str, float] = Field(
        {}, description="About which share of the fused score each part gave; only with two parts or more."
    )
    fused_score: float = Field(description="Score after normalizing and weighing the parts.")
    fused_rank: int = Field(description="Rank by fused score.")
    features: dict[str, float | None] = Field({}, description="The feature vector; null when absent.")
    model: str | None = Field(None, description="Id of the model that reranked, null for none.")
    model_score: float | None = None
    base_value: float | None = Field(None, description="The model's score before any feature spoke.")
    contributions: list[Contribution] = []
    moves: list[str] = Field([], description="What else moved it, in words: diversity, grouping.")
    final_rank: int
    summary: list[str] = Field([], description="Two or three sentences for a person.")


class Hit(Message):
    id: str
    rank: int = Field(description="From 1, over all pages.")
    score: float
    source: dict[str, Any] = Field(description="The product as it was indexed.")
    pictures: int = Field(0, description="How many pictures it has; /products/{id}/pictures/{n} serves them from 0.")
    variants: int | None = Field(None, description="Products in its group that matched, itself among them.")
    token: str | None = Field(None, description="Send it back with what the shopper does with this hit (POST /events).")
    explanation: Explanation | None = None
    frame: MatchedFrame | None = Field(None, description="For a search by video: the frame it looks most like.")


class Took(Message):
    """Milliseconds by stage. `engine` is what OpenSearch reports as its own `took`, within retrieve and features."""

    encode: float = 0
    retrieve: float = 0
    features: float = 0
    rank: float = 0
    rules: float = 0
    total: float = 0
    engine: float = 0


class Personalization(Message):
    """What an answer owes to the shopper who asked."""

    strength: float = Field(description="The policy's: 0 for nobody in particular, 1 for this shopper.")
    events: int = Field(description="What the profile rests on: events that were counted.")
    products: int = Field(description="Products among them.")
    segment: int | None = Field(None, description="Shoppers of like taste that it leans on; null for none.")


class UbiEcho(Message):
    query_id: str = Field(description="The id that this search's events shall carry.")


class ExtensionsEcho(Message):
    """What is answered to `ext`."""

    ubi: UbiEcho


class SearchResponse(Message):
    query_id: str
    hits: list[Hit]
    total: int = Field(description="Products that match; see total_is_exact.")
    total_is_exact: bool = True
    facets: dict[str, Facet] = {}
    took_ms: Took
    policy: str
    model: str | None = None
    corrected: str | None = Field(None, description="The words that were searched instead, after spelling correction.")
    degraded: list[str] = Field([], description="Parts that could not run, e.g. text_vector; the rest answered.")
    notes: list[str] = Field([], description="What was done to the query, in words for the shopper.")
    operator_notes: list[str] = Field(
        [],
        description="What those who run the service should know, not for shoppers: no model serves, a part cannot run.",
    )
    heard: HeardSpeech | None = Field(None, description="For a search by voice: what was understood.")
    frames: list[VideoFrame] = Field([], description="For a search by video: the frames that were searched with.")
    personalized: Personalization | None = Field(None, description="Null where nothing personal went into the order.")
    ext: ExtensionsEcho | None = Field(None, description="Only where the request had `ext.ubi`.")
    debug: dict[str, Any] | None = None


class SuggestedText(Message):
    text: str = Field(description="Words to search for.")
    kind: Literal["completion", "category", "brand"]
    count: int | None = Field(None, description="Products there, where it is known.")


class SuggestedProduct(Message):
    id: str
    title: str
    pictures: int = Field(0, description="How many pictures it has.")


class SuggestResponse(Message):
    """What may be meant by the letters typed so far."""

    texts: list[SuggestedText]
    products: list[SuggestedProduct]
    took_ms: float


class ProductResponse(Message):
    id: str
    source: dict[str, Any] = Field(description="The product as it was indexed.")
    pictures: int = Field(description="How many pictures it has; …/pictures/{n} serves them from 0.")
    enrichment: str = Field(description="pending, done, partial, failed or dead: where its vectors stand.")


class Health(Message):
    status: Literal["ok", "waiting"]
    detail: str = Field("", description="What is waited for.")


class CatalogueNames(Message):
    catalogues: list[str]


class CatalogueResponse(Message):
    """What a catalogue declares, as far as a page that shows it needs to know."""

    name: str
    language: str = Field(description="Language of its texts, unless a field says otherwise.")
    currency: str | None = Field(None, description="ISO 4217 code of its prices, where declared.")
    text: list[str] = Field(description="Searched fields.")
    keyword: list[str]
    number: list[str]
    date: list[str]
    flag: list[str]
    facets: list[str] = Field(description="Fields that are counted unless a search asks for others.")
    roles: dict[str, str] = Field(description="Role → field: title, brand, category, price, list_price, rating, …")
    reviews: dict[str, str] | None = Field(None, description="field, and in it the names of text and rating.")
    group: str | None = Field(None, description="The field that the variants of one product share.")
    policies: dict[str, int] = Field(description="Policies that a search can name → how many candidates each ranks.")
    default_policy: str
