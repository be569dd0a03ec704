-- One row per asset class of the earlier run.
{{ rows_of_earlier_run(
    'marts.dim_asset_class',
    {
        'asset_class': 'string',
        'display_order': 'integer',
    }
) }}
