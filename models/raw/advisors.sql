-- One row per landed row of advisors: every field as text, with the file and the line that it came from.
{{ landed_rows('advisors') }}
