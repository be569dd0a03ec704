"""The pages, one module each: `show(book)` draws one."""
