"""Serving the page: one short document that is always asked for again, and files that never change under their name."""

import hashlib
import html
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Path, Request
from fastapi.responses import RedirectResponse, Response

from studio.storefront.assets import Asset, Edition, read_edition
from studio.storefront.first import first_catalogue

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
}
READING = ["GET", "HEAD"]
FOREVER = "public, max-age=31536000, immutable"
Catalogue = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_\-]{0,39}$")]


def mount(app: FastAPI) -> None:
    """Serve the storefront of every catalogue at /shop/{catalogue}/, and lead `/` to the first one's."""
    app.include_router(build_router(read_edition()))


def build_router(edition: Edition) -> APIRouter:
    """The storefront's routes for one edition of its files."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=READING)
    async def front_door(request: Request) -> Response:
        name = await first_catalogue(request)
        if name is None:
            return _document(edition, request, "")
        return RedirectResponse(f"{_root(request)}/shop/{name}/", headers={"Cache-Control": "no-store"})

    @router.api_route("/shop/{catalogue}", methods=READING)
    async def without_slash(catalogue: Catalogue, request: Request) -> Response:
        return RedirectResponse(f"{_root(request)}/shop/{catalogue}/", status_code=308)

    @router.api_route("/shop/{catalogue}/", methods=READING)
    async def page(catalogue: Catalogue, request: Request, if_none_match: Annotated[str, Header()] = "") -> Response:
        return _document(edition, request, catalogue, if_none_match)

    @router.api_route("/storefront/{digest}/{name:path}", methods=READING)
    async def file(digest: str, name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
        found = edition.files.get(name)
        if found is None:
            return Response("There is no such file.", status_code=404, media_type="text/plain")
        # A page of an older edition may still ask: it gets today's file, but must not keep it under that name.
        return _file(found, is_current=digest == edition.digest, may_pack="gzip" in accept_encoding)

    return router


def _root(request: Request) -> str:
    path: str = request.scope.get("root_path", "")
    return path.rstrip("/")


def _document(edition: Edition, request: Request, catalogue: str, if_none_match: str = "") -> Response:
    assets = html.escape(f"{_root(request)}/storefront/{edition.digest}")
    # Modules name each other deep down: told all at once, the browser fetches them in one go.
    modules = "\n".join(f'<link rel="modulepreload" href="{assets}/{name}">' for name in edition.modules)
    text = edition.index.replace("{{catalogue}}", html.escape(catalogue))
    text = text.replace("{{modules}}", modules).replace("{{assets}}", assets)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    headers = {**HEADERS, "Cache-Control": "no-cache", "ETag": etag}
    if etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/html", headers=headers)


def _file(asset: Asset, *, is_current: bool, may_pack: bool) -> Response:
    headers = {
        "Cache-Control": FOREVER if is_current else "no-store",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if may_pack:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.packed if may_pack else asset.content, media_type=asset.kind, headers=headers)
