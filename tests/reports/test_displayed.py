"""What own pages show has a table of its own, and stands among no other indicator."""

from __future__ import annotations

from reports.measures import displayed_rows, indicator_clusters, indicator_points

from .weeks import rich_week


def test_what_own_pages_show_stands_apart_from_the_other_indicators() -> None:
    indicators = rich_week().indicators
    rows = displayed_rows(indicators)
    assert {key: [*row] for key, row in rows.items()} == {
        ("lapak-contoh", "foreign"): ["described"],
        ("kedai-umpama", "foreign"): ["described"],
    }
    assert rows["lapak-contoh", "foreign"]["described"].value == 0.46
    names = {name for measures in indicator_points(indicators).values() for name in measures}
    # Its name begins alike, and it is none of them.
    assert "domestic_top10" in names
    assert "foreign_described" not in names
    only_displayed = [each for row in rows.values() for each in row.values()]
    assert indicator_clusters(only_displayed) == ()
