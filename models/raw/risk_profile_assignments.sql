-- One row per landed row of risk_profile_assignments: every field as text, with the file and the line that it came from.
{{ landed_rows('risk_profile_assignments') }}
