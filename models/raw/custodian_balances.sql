-- One row per landed row of custodian_balances: every field as text, with the file and the line that it came from.
{{ landed_rows('custodian_balances') }}
