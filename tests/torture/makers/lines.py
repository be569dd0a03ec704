"""Lines that can't be told into the fields of the header: each is one malformed line, kept with its text."""

from tests.torture.makers.landing import Landing, csv_line, register, single_rows, whole_file

# name of the bad file: table, and the line
LINES: dict[str, tuple[str, bytes]] = {
    "short_line": ("prices", b"CDCB,2026-06-29"),
    "long_line": ("prices", b"CDCB,2026-06-29,104.22,USD"),
    "trailing_comma_on_one_line": ("prices", b"CDEN,2026-06-29,104.22,"),
    "thousands_separator_without_quotes": ("custodian_balances", b"P00001,2026-06-29,1,234.50"),
    "latin_1_bytes": ("clients", "C99998,René".encode("latin-1")),
    "windows_quotes": ("clients", "C99997,the “Fox”".encode("cp1252")),
    "text_after_a_closing_quote": ("clients", b'C99996,"Fox" Ltd'),
    "backslash_before_a_quote": ("clients", rb'C99995,"Jo \"Fox\" Ltd"'),
    "comment_line": ("advisors", b"# prepared by operations"),
    "line_of_blanks": ("advisors", b" \t "),
    "merge_conflict_marker": ("securities", b"<<<<<<< HEAD"),
    "end_of_file_mark_of_dos": ("portfolios", b"\x1a"),
    "line_of_a_million_commas": ("risk_profile_assignments", b"," * 1_000_000),
}


def _register(name: str, table: str, line: bytes) -> None:
    register(name, lambda landing: landing.reject_line(table, line), shares_file=True)


for bad_file, (of_table, text) in LINES.items():
    _register(bad_file, of_table, text)


@single_rows
def lone_carriage_return(landing: Landing) -> None:
    """It ends no line: two records have become one."""
    first, second = landing.pick("custodian_balances"), landing.pick("custodian_balances")
    line = csv_line("custodian_balances", first).rstrip(b"\n") + b"\r" + csv_line("custodian_balances", second)
    landing.reject_line("custodian_balances", line.rstrip(b"\n"))


@whole_file
def truncated_download(landing: Landing) -> None:
    """The transfer stopped within the last line, before its last field; what should have followed never came."""
    last = landing.as_if["prices"].pop()
    content = landing.csv("prices").read_bytes()
    cut = csv_line("prices", last).rpartition(b",")[0]
    landing.csv("prices").write_bytes(content.removesuffix(csv_line("prices", last)) + cut)
    landing.expect("prices", {"line": cut.decode()})
