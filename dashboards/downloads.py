"""Downloads of what is shown."""

from dashboards.book import Book


def buttons(name, book, query, parameters):
    pass
