"""`vitrine demo`: the sample shop, from nothing to a page in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from plugin_config.settings import Settings
    from query_service.messages import SearchResponse
    from vitrine.sample_shop.examples import ExampleSearch
    from vitrine.sample_shop.feed import ShopFiles
    from vitrine.sample_shop.products import Product

CATALOGUE = "shop"
SHOWN = 5

_ONCE = typer.Option(False, "--once", help="Run through, ask five example searches, stop what was started, and exit.")
_PORT = typer.Option(None, "--port", min=1, max=65535, help="Port of the API and the storefront.")


def register(app: typer.Typer) -> None:
    app.command(help="Open the sample shop: drawn, indexed, enriched, trained and served on this machine.")(demo)


def demo(once: bool = _ONCE, port: int | None = _PORT) -> None:
    from plugin_config.settings import load_settings
    from vitrine.commands._start_progress import start_with_progress
    from vitrine.stack.discovery import running_api_url, running_settings
    from vitrine.stack.lifecycle import down

    settings = load_settings(**({} if port is None else {"api_port": port}))
    was_running = running_api_url(settings) is not None
    _say("1 of 6  starting OpenSearch, Redis, worker and API")
    start_with_progress(settings)
    try:
        running = running_settings(settings)
        products, shop = _draw(settings)
        _index(shop)
        _train(running, shop)
        _give_past(running, shop)
        _say("6 of 6  the shop is open")
        url = running_api_url(settings)
        if once:
            _ask_examples(running, products, shop)
        else:
            _tell(url)
    except KeyboardInterrupt:
        _say("interrupted; the same command goes on from here" + ("" if once else ", `vitrine down` stops what runs"))
        raise
    finally:
        if once and not was_running:
            down(settings)


def _draw(settings: Settings) -> tuple[tuple[Product, ...], ShopFiles]:
    import os

    from vitrine.commands._progress_bars import progress_bars
    from vitrine.sample_shop.feed import ShopFiles, write_feed
    from vitrine.sample_shop.judgments import write_judgments
    from vitrine.sample_shop.pictures import draw_pictures, missing_pictures
    from vitrine.sample_shop.products import make_products

    shop = ShopFiles(settings.state_dir.absolute() / "sample_shop")
    products = make_products()
    write_feed(products, shop)
    write_judgments(products, shop)
    missing = missing_pictures(products, shop)
    _say(
        f"2 of 6  drawing {len(missing):,} pictures of {len(products)} products"
        if missing
        else "2 of 6  pictures: there"
    )
    with progress_bars(quiet=not missing) as begin:
        report = begin("drawing")
        for done in draw_pictures(missing, shop, processes=os.cpu_count() or 1) if missing else ():
            report(done, len(missing))
    return products, shop


def _index(shop: ShopFiles) -> None:
    from vitrine.commands.index import index

    _say("3 of 6  indexing, and waiting for the vectors of words and pictures")
    index(shop.catalogue, str(shop.feed), partial=False, wait=True, format=None, rejects=None, as_json=False)


def _train(settings: Settings, shop: ShopFiles) -> None:
    from ranking.evaluation.judgments import read_judgments
    from ranking.lambdamart.store import DirectoryModelStore
    from vitrine.commands._progress_bars import progress_bars
    from vitrine.commands.train import Lesson, train_from_judgments

    current = DirectoryModelStore(settings.models_folder / CATALOGUE).pointer().current
    if current is not None:
        _say(f"4 of 6  the ranking model {current} is there; train another with `vitrine train`")
        return
    _say("4 of 6  training the ranking model on judged queries")
    lesson = Lesson(CATALOGUE, read_judgments(shop.training_judgments), "reranked", judged_only=False, seed=17)
    with progress_bars(quiet=False) as begin:
        trained = train_from_judgments(settings, lesson, use=True, begin=begin)
    figures = trained.model.figures
    _say(
        f"        {figures.measure} {figures.before.mean:.3f} before, {figures.reranked.mean:.3f} reranked "
        "(each query by trees that never saw it)"
    )


def _give_past(settings: Settings, shop: ShopFiles) -> None:
    """Ten days of simulated shoppers, unless they were here; then the ranking learns from them."""
    from vitrine.commands._demo_past import has_past, make_past

    if has_past(settings, CATALOGUE):
        _say("5 of 6  a past: there")
        return
    _say("5 of 6  ten days of simulated shoppers, and what can be learned from them")
    _say(f"        {make_past(settings, CATALOGUE, shop)}")


def _ask_examples(settings: Settings, products: tuple[Product, ...], shop: ShopFiles) -> None:
    from rich.console import Console

    from vitrine.sample_shop.examples import example_searches

    out = Console()
    for example in example_searches(products, shop):
        answer = _ask(settings, example)
        out.print(_as_table(example, answer))
        out.print(f"{answer.total:,} products in {answer.took_ms.total:.0f} ms, policy {answer.policy}\n")


def _ask(settings: Settings, example: ExampleSearch) -> SearchResponse:
    """The answer to an example. Raises RefusedSearch when it is empty or lacks a part: the demo has then failed."""
    from vitrine.commands.search import RefusedSearch, ask, build_request, file_uri

    request = build_request(
        {
            "text": example.text,
            "images": [{"uri": file_uri(str(example.picture), "--image")}] if example.picture else [],
            "filters": example.filters,
            "size": SHOWN,
            "explain": True,
        }
    )
    answer = ask(settings, CATALOGUE, request)
    if not answer.hits:
        raise RefusedSearch(f"the example search by {example.about} found nothing; see `vitrine status`")
    if answer.degraded:
        raise RefusedSearch(f"the example search by {example.about} ran without {', '.join(answer.degraded)}")
    return answer


def _as_table(example: ExampleSearch, answer: SearchResponse) -> Table:
    from rich.table import Table
    from rich.text import Text

    from vitrine.commands._search_report import title_of, why_of

    asked = [repr(example.text)] if example.text else []
    asked += [f"picture {example.picture.name}"] if example.picture else []
    asked += [f"{name} {value}" for name, value in example.filters.items()]
    searched = f"; searched for {answer.corrected!r}" if answer.corrected else ""
    table = Table(
        show_lines=True,
        title=f"{example.about}: {', '.join(asked)}{searched}",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("rank", justify="right")
    table.add_column("product", max_width=52)
    table.add_column("price", justify="right")
    table.add_column("score", justify="right")
    table.add_column("why")
    for hit in answer.hits:
        table.add_row(
            str(hit.rank), Text(title_of(hit)), f"€{hit.source['price']:,.2f}", f"{hit.score:.3f}", Text(why_of(hit))
        )
    return table


def _tell(url: str | None) -> None:
    typer.echo(f"\n  storefront   {url}/shop/{CATALOGUE}/")
    typer.echo(f"  API          {url}/docs")
    typer.echo('  a search     vitrine search "wool sweater" --catalogue shop --explain')
    typer.echo("  to stop      vitrine down\n")


def _say(line: str) -> None:
    typer.echo(line, err=True)
