"""What a catalogue declares: for pages that show it and for clients that ask it well."""

from fastapi import APIRouter

from plugin_config.catalogue import Catalogue
from plugin_config.policy import BUILT_IN
from query_service.messages import CatalogueNames, CatalogueResponse
from query_service.problems import PROBLEMS
from query_service.routes.service_of import CatalogueName, Service

router = APIRouter(tags=["catalogues"], responses=PROBLEMS)


@router.get("/catalogues", response_model=CatalogueNames, summary="The catalogues there are")
async def catalogues(service: Service) -> CatalogueNames:
    """Names of all catalogues, in alphabetical order."""
    return CatalogueNames(catalogues=await service.catalogues.names())


@router.get("/catalogues/{name}", response_model=CatalogueResponse, summary="What a catalogue declares")
async def catalogue(name: CatalogueName, service: Service) -> CatalogueResponse:
    """Its fields by type, which field plays which role, and the policies that searches can name."""
    return declared((await service.catalogues.get(name)).stored.catalogue)


def declared(catalogue: Catalogue) -> CatalogueResponse:
    """The public part of a catalogue: nothing of its encoders, templates and synonyms."""
    return CatalogueResponse(
        name=catalogue.name,
        language=str(catalogue.language),
        currency=catalogue.currency,
        text=list(catalogue.text),
        keyword=list(catalogue.keyword),
        number=list(catalogue.number),
        date=list(catalogue.date),
        flag=list(catalogue.flag),
        facets=list(catalogue.facet_fields),
        roles={"title": catalogue.title_field} | catalogue.roles.model_dump(exclude_none=True),
        reviews=None if catalogue.reviews is None else catalogue.reviews.model_dump(exclude={"language"}),
        group=catalogue.group,
        policies={name: policy.candidates for name, policy in {**BUILT_IN, **catalogue.policies}.items()},
        default_policy=catalogue.default_policy,
    )
