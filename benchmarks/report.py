"""The table people read: measured, demanded, met or by how much not."""

from dataclasses import dataclass

from benchmarks.measure import Results, Tally
from benchmarks.paths import Path

GROWTH, TAIL, MEMORY_MIB = 1.15, 3.0, 25


@dataclass(frozen=True)
class Line:
    """One demand and what was measured; `most` tells whether the limit is an upper one."""

    what: str
    measured: float
    limit: float
    most: bool = True

    @property
    def met(self) -> bool:
        return self.measured <= self.limit if self.most else self.measured >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        verdict = "met" if self.met else f"GAP {abs(self.measured / self.limit - 1):.0%}"
        return f"{self.what:<42} {self.measured:>7.2f}  {sign} {self.limit:<5.4g} {verdict}"


def against_floor(results: Results, paths: list[Path], hub: str, floor: str) -> list[Line]:
    """CPU and throughput of each path, as parts of the floor's."""
    lines = []
    for path in paths:
        ours, theirs = results[hub, path.name], results[floor, path.name]
        lines.append(Line(f"{path.name}: cpu ×", ours.cpu_per_answer / theirs.cpu_per_answer, path.must.cpu))
        lines.append(Line(f"{path.name}: throughput ratio", ours.rate / theirs.rate, path.must.ratio, most=False))
    return lines


def tails(results: Results, paths: list[Path], hub: str) -> list[Line]:
    """p99 over p50 of each path."""
    return [Line(f"{path.name}: p99 / p50", _tail(results[hub, path.name]), TAIL) for path in paths]


def growth(results: Results, paths: list[Path], small: str, large: str) -> list[Line]:
    """CPU of each path over the larger table, as a part of that over the smaller."""
    return [
        Line(
            f"{path.name}: growth of CPU",
            results[large, path.name].cpu_per_answer / results[small, path.name].cpu_per_answer,
            GROWTH,
        )
        for path in paths
    ]


def absolute(results: Results, paths: list[Path], servers: list[str]) -> list[str]:
    """Microseconds of CPU, answers a second and latencies: these drift with the machine."""
    lines = [f"{'':<26}" + "".join(f"{name:>36}" for name in servers)]
    lines.append(f"{'':<26}" + f"{'CPU µs':>12}{'a second':>10}{'p50 ms':>7}{'p99':>7}" * len(servers))
    for path in paths:
        cells = [results[server, path.name] for server in servers]
        lines.append(f"{path.name:<26}" + "".join(map(_cell, cells)))
    return lines


def _cell(tally: Tally) -> str:
    p50, p99 = (tally.percentile(share) * 1000 for share in (0.5, 0.99))
    return f"{tally.cpu_per_answer * 1e6:>12.0f}{tally.rate:>10.0f}{p50:>7.1f}{p99:>7.1f}"


def _tail(tally: Tally) -> float:
    return tally.percentile(0.99) / tally.percentile(0.5)
