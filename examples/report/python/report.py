"""Renders a CSV of files as a Markdown table. Runs inside the sandbox."""

import csv
import io

import humanize
from slugify import slugify
from tabulate import tabulate


def render(text):
    """`text` is CSV with the columns title, bytes and downloads."""
    rows = [
        (row["title"], slugify(row["title"]), humanize.naturalsize(int(row["bytes"])), humanize.intcomma(row["downloads"]))
        for row in csv.DictReader(io.StringIO(text))
    ]
    return tabulate(rows, headers=["Title", "Slug", "Size", "Downloads"], tablefmt="github", colalign=("left", "left", "right", "right"))
