"""nDCG by day as a small SVG that reads on light and on dark paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 300, 46, 16, 120, 40
_COLOURS = ("#8a8f98", "#3f6a94", "#b9674a", "#33523f")


def draw(days: Sequence[int], lines: Mapping[str, Sequence[float]], path: Path, *, title: str) -> None:
    """Write one line for each name over the days."""
    values = [value for line in lines.values() for value in line]
    low, high = min(values) - 0.02, max(values) + 0.02

    def x(day: float) -> float:
        return _LEFT + (day - days[0]) / max(days[-1] - days[0], 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [f'<title>{title}</title><g font-family="sans-serif" font-size="12" fill="#8a8f98">']
    step = 0.05 if high - low > 0.12 else 0.02
    tick = round(low / step) * step + step
    while tick < high:
        parts.append(f'<path d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}" stroke="#8a8f98" stroke-opacity=".25"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>')
        tick += step
    parts += [f'<text x="{x(day):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{day}</text>' for day in days]
    parts.append(f'<text x="{(_WIDTH - _RIGHT + _LEFT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">day</text></g>')
    for colour, (name, line) in zip(_COLOURS, lines.items(), strict=False):
        points = " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value in zip(days, line, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{y(line[-1]) + 4:.1f}" font-family="sans-serif" font-size="12" '
            f'fill="{colour}">{name} {line[-1]:.3f}</text>'
        )
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>\n'
    )
    path.write_text(text, encoding="utf-8")
