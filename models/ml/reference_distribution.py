# One row per feature, or log-odds of a horizon, and bin: how it was distributed when the model in use was trained.
def model(dbt, session):
    """What ml/scoring.py says of the file in ml/champion."""
    from ml.scoring import reference_distribution  # noqa: PLC0415 (dbt runs this function alone)

    return reference_distribution()
