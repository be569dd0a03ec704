# One row per portfolio, scored day and horizon that the model in use gives a probability: ml/scoring.py.
def model(dbt, session):
    """The scores of what this build computes."""
    from ml.scoring import score  # noqa: PLC0415 (dbt runs this function alone)

    horizons = dbt.ref("risk_score_policy").unique("horizon_days").fetchall()
    features = dbt.ref("portfolio_features").set_alias("features")
    days_to_score = dbt.ref("int_days_to_score").set_alias("days")
    is_to_score = "features.portfolio_id = days.portfolio_id and features.as_of_date = days.as_of_date"
    to_score = features.join(days_to_score, is_to_score, how="semi")
    return score(to_score.to_arrow_table(), sorted(horizon for (horizon,) in horizons))
