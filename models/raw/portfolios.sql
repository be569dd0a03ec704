-- One row per landed row of portfolios: every field as text, with the file and the line that it came from.
{{ landed_rows('portfolios') }}
