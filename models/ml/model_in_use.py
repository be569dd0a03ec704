# One row: the model that scores, or why there is none and the command that mends it.
def model(dbt, session):
    """What ml/scoring.py says of the file in ml/champion."""
    from ml.scoring import model_in_use  # noqa: PLC0415 (dbt runs this function alone)

    return model_in_use()
