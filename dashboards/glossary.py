"""What dbt says of a column, which is Markdown, as pages need it."""

from collections.abc import Iterator

from dashboards.book import Book


def flowing(description: str) -> str:
    """A description as plain lines: a row of a table becomes a line of its own."""
    return "\n".join(
        f"{first}: {', '.join(cell for cell in rest if cell)}" if rest else first
        for first, *rest in _lines(description)
    )


def meanings(book: Book, column: str) -> dict[str, list[str]]:
    """What the table in a column's description says of each value: by the first cell of a row, the cells after it."""
    found = book.row(
        "select description from audit.glossary where column_name = $column order by all limit 1", column=column
    )
    return {first: rest for first, *rest in _lines(found["description"] if found else "") if rest}


def _lines(description: str) -> Iterator[list[str]]:
    """The lines of a description, each as its cells: one, where it is no row of a table. A table's rule is left out."""
    for line in description.splitlines():
        is_row = line.startswith("|")
        text = line.replace("`", "")
        cells = [cell.strip() for cell in text.strip("| ").split("|")] if is_row else [text.strip()]
        if any(cell.strip("-: ") for cell in cells):
            yield cells
